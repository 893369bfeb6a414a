package store

import (
	"bytes"
	"context"
	"fmt"

	"chepiao"
)

// Diagnosis is what Doctor found: how much it looked at, the money in it, and
// every place where two things that must agree do not.
type Diagnosis struct {
	Entries    int64 `json:"entries"` // of the journal
	Departures int64 `json:"departures"`
	Orders     int64 `json:"orders"`
	Tickets    int64 `json:"tickets"`
	Payments   int64 `json:"payments"`

	In   chepiao.Money `json:"in"`   // paid, without money that came too late
	Back chepiao.Money `json:"back"` // given back for refunded tickets
	Held chepiao.Money `json:"held"` // prices of tickets that stand, and fees
	Late chepiao.Money `json:"late"` // came too late, and goes back whole

	Findings []Finding `json:"findings"`
	More     int64     `json:"more,omitempty"` // findings beyond FindingsMax
}

// FindingsMax bounds the findings that are told one by one.
const FindingsMax = 1000

// Finding is one difference. It names rows by number, nobody by name.
type Finding struct {
	Where string `json:"where"` // "ticket TK…", "departure 7-20261122 seat 3", "journal H1/1/17"
	What  string `json:"what"`
}

// String is the finding in one line.
func (f Finding) String() string { return f.Where + ": " + f.What }

// Summary is the diagnosis in one line.
func (d Diagnosis) Summary() string {
	verdict := "nothing differs"
	if n := int64(len(d.Findings)) + d.More; n > 0 {
		verdict = fmt.Sprintf("%d differences", n)
	}
	return fmt.Sprintf("%d journal entries, %d departures, %d orders, %d tickets, %d payments; in %s = back %s + held %s; %s",
		d.Entries, d.Departures, d.Orders, d.Tickets, d.Payments, d.In.Yuan(), d.Back.Yuan(), d.Held.Yuan(), verdict)
}

// Doctor recomputes what the tables hold and says where they differ: the
// journal's chain and head, seats from live tickets, totals from prices, money
// from payments, states from the journal's last word. It looks at one committed
// state, so a store may go on working; it changes nothing. progress may be nil.
func (s *Store) Doctor(ctx context.Context, progress func(stage string, done, total int64)) (Diagnosis, error) {
	var d Diagnosis
	err := s.Read(ctx, func(r *Reader) error {
		e := &examination{c: r.c, ctx: ctx, progress: progress, found: &d, last: newLastWords(), billed: newBillWords(), families: map[chepiao.OrderID]family{}, reviewed: map[chepiao.Review]int64{}}
		for _, look := range []func() error{e.readTimetable, e.journal, e.reviews, e.fleet, e.departures, e.orders, e.balance, e.queues, e.cases, e.shifts, e.slips, e.invoices, e.bills, e.destroyed, e.strays} {
			if err := look(); err != nil {
				return err
			}
		}
		e.last.unheard(e)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("examining the store: %w", err)
	}
	return d, nil
}

// examination is a Doctor at work.
type examination struct {
	c         *conn
	ctx       context.Context
	progress  func(string, int64, int64)
	found     *Diagnosis
	last      lastWords
	billed    billWords
	templates map[chepiao.TemplateNo]*chepiao.Template
	rules     map[int64]bool
	sharing   bool                       // somewhere, once, a document could have several tickets of a departure
	families  map[chepiao.OrderID]family // by their first order
	queued    int64                      // places of requests in queues
	fair      chepiao.WaitProof
	reviewed  map[chepiao.Review]int64 // passages in the journal that are looked at
}

// tell notes a finding.
func (e *examination) tell(where, format string, args ...any) {
	if len(e.found.Findings) >= FindingsMax {
		e.found.More++
		return
	}
	e.found.Findings = append(e.found.Findings, Finding{where, fmt.Sprintf(format, args...)})
}

// pageRows is how many rows an examination has in hand at a time.
const pageRows = 500

// paged runs one page after another until one is empty. page reads what comes
// after the last row of the one before and says how many rows there were.
func (e *examination) paged(stage, count string, page func() (int, error)) error {
	total, err := e.number(count)
	if err != nil {
		return err
	}
	for done := int64(0); ; {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		n, err := page()
		if err != nil {
			return err
		}
		if done += int64(n); e.progress != nil {
			e.progress(stage, done, total)
		}
		if n == 0 {
			return nil
		}
	}
}

func (e *examination) number(sql string, args ...any) (n int64, err error) {
	err = e.c.query(sql, args, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

func (e *examination) readTimetable() error {
	t, err := (&Reader{c: e.c}).Timetable()
	if err != nil {
		return err
	}
	e.templates, e.rules = map[chepiao.TemplateNo]*chepiao.Template{}, map[int64]bool{}
	for i := range t.Templates {
		e.templates[t.Templates[i].No] = &t.Templates[i]
	}
	return e.c.query("SELECT no, body FROM rule_sheet ORDER BY no", nil, func(r rowOf) error {
		e.rules[r.int(0)] = true
		e.sharing = e.sharing || bytes.Contains(r.bytes(1), []byte(`"one_document":false`))
		return nil
	})
}

// strays are rows that belong to nothing. Each statement names them by number
// and says what they are.
var strays = []struct{ sql, kind, what string }{
	{"SELECT id FROM ticket WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = ticket.order_id AND ticket.id > orders.id AND ticket.id <= orders.id + orders.tickets) ORDER BY id LIMIT $1", "ticket", "has no order"},
	{"SELECT ticket FROM person WHERE NOT EXISTS (SELECT 1 FROM ticket WHERE ticket.id = person.ticket) ORDER BY ticket LIMIT $1", "ticket", "has a person but does not exist"},
	{"SELECT id FROM payment WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = payment.order_id) ORDER BY id LIMIT $1", "payment", "has no order"},
	{"SELECT id FROM payback WHERE NOT EXISTS (SELECT 1 FROM payment WHERE payment.id = payback.payment AND payment.order_id = payback.order_id) ORDER BY id LIMIT $1", "payback", "has no payment of its order"},
	{"SELECT id FROM payment WHERE shift <> 0 AND NOT EXISTS (SELECT 1 FROM shift WHERE shift.id = payment.shift) ORDER BY id LIMIT $1", "payment", "is of a shift that does not exist"},
	{"SELECT id FROM payback WHERE shift <> 0 AND NOT EXISTS (SELECT 1 FROM shift WHERE shift.id = payback.shift) ORDER BY id LIMIT $1", "payback", "is of a shift that does not exist"},
	{"SELECT id FROM message WHERE NOT EXISTS (SELECT 1 FROM ticket WHERE ticket.id = message.ticket AND ticket.order_id = message.order_id) ORDER BY id LIMIT $1", "message", "is about no ticket of its order"},
	{"SELECT id FROM message WHERE state = 'sent' AND NOT EXISTS (SELECT 1 FROM message AS lead WHERE lead.id = message.lead AND lead.order_id = message.order_id) ORDER BY id LIMIT $1", "message", "is sent, but in no text of its order"},
	{"SELECT departure FROM ticket WHERE NOT EXISTS (SELECT 1 FROM departure WHERE departure.id = ticket.departure) ORDER BY departure LIMIT $1", "departure", "has tickets but no row"},
	{"SELECT seq FROM verb WHERE NOT EXISTS (SELECT 1 FROM lane JOIN journal ON journal.node = lane.node AND journal.lane = lane.id WHERE lane.id = verb.lane AND journal.seq = verb.seq) ORDER BY lane, seq LIMIT $1", "verb", "is answered by an entry that does not exist"},
}

func (e *examination) strays() error {
	for _, s := range strays {
		err := e.c.query(s.sql, []any{FindingsMax}, func(r rowOf) error {
			e.tell(s.kind+" "+printed(s.kind, r.int(0)), "%s", s.what)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func printed(kind string, n int64) string {
	switch kind {
	case "ticket":
		return chepiao.TicketID(n).String()
	case "payment":
		return chepiao.PaymentID(n).String()
	case "payback":
		return chepiao.PaybackID(n).String()
	case "message":
		return chepiao.MessageID(n).String()
	case "departure":
		return chepiao.DepartureID(n).String()
	}
	return fmt.Sprint("of entry ", n)
}
