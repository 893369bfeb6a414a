package bench

import (
	"context"
	"encoding/json"
	"fmt"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// Proof is what the clients' log and the store say of each other. An empty list
// of Wrong is the proof.
type Proof struct {
	Orders, Tickets        int
	Paid, Lapsed, Released int
	Refunded, Checked      int
	In, Back               chepiao.Money // money taken and given back, by the clients' log
	Wrong                  []string      // evidence, at most evidenceMax lines
	WrongCount             int
	JournalEntries         int64
	MostOnOneDeparture     int
}

const evidenceMax = 20

func (p *Proof) wrong(format string, args ...any) {
	p.WrongCount++
	if len(p.Wrong) < evidenceMax {
		p.Wrong = append(p.Wrong, fmt.Sprintf(format, args...))
	}
}

// Prove holds the clients' own log against what a stopped hub's store has:
// every answered sale is there, none twice, no seat is sold twice on any leg,
// and the money balances to the fen.
func Prove(ctx context.Context, log *Log, o *office.Office, s *store.Store) (*Proof, error) {
	p := &Proof{}
	seen := map[chepiao.OrderID]bool{}
	seats := map[chepiao.DepartureID]*chepiao.SeatMap{}
	for i := range log.Records {
		r := &log.Records[i]
		if seen[r.Order.ID] {
			p.wrong("order %s was given to two clients", r.Order.ID)
			continue
		}
		seen[r.Order.ID] = true
		f, err := o.Look(ctx, r.Order.ID)
		if chepiao.Why(err) == chepiao.NotFound {
			p.wrong("order %s was answered and is gone", r.Order.ID)
			continue
		}
		if err != nil {
			return nil, err
		}
		p.order(r, f)
		p.occupy(r, f, seats)
	}
	for _, m := range seats {
		taken := 0
		if !m.Flow() {
			for n := 1; n <= m.Places(); n++ {
				if m.Seat(n) != 0 {
					taken++
				}
			}
		}
		p.MostOnOneDeparture = max(p.MostOnOneDeparture, taken)
	}
	return p, p.journal(ctx, s, len(log.Records))
}

// order compares what a client was told with what stands.
func (p *Proof) order(r *Record, f office.File) {
	p.Orders++
	if len(f.Tickets) != r.People || f.Order.Total != r.Order.Total {
		p.wrong("order %s has %d tickets for %s, the client was told %d for %s", r.Order.ID, len(f.Tickets), f.Order.Total.Yuan(), r.People, r.Order.Total.Yuan())
	}
	want := chepiao.OrderIssued
	switch {
	case r.Released:
		want = chepiao.OrderReleased
		p.Released++
	case r.Left:
		want = chepiao.OrderLapsed
		p.Lapsed++
	case len(r.Refunded) == r.People:
		want = chepiao.OrderRefunded
	}
	if f.Order.State != want {
		p.wrong("order %s is %s, the client was told %s", r.Order.ID, f.Order.State, want)
	}
	if r.Paid {
		p.Paid++
		p.In += r.Order.Total
		p.Back += r.Back
	}
	for i, t := range f.Tickets {
		p.ticket(r, i, t)
	}
}

func (p *Proof) ticket(r *Record, i int, t chepiao.Ticket) {
	p.Tickets++
	want := chepiao.TicketValid
	switch {
	case r.Refunded[t.ID]:
		want = chepiao.TicketRefunded
		p.Refunded++
	case r.Checked[t.ID]:
		want = chepiao.TicketChecked
		p.Checked++
	case !r.Paid:
		return
	}
	if t.State != want {
		p.wrong("ticket %s is %s, the client was told %s", t.ID, t.State, want)
	}
	if i < len(r.Order.Tickets) && r.Order.Tickets[i].Seat != t.Seat {
		p.wrong("ticket %s has seat %d, the client was told %d", t.ID, t.Seat, r.Order.Tickets[i].Seat)
	}
}

// occupy takes the seats of live tickets on a map of its own, made from the
// clients' log: a seat that is not free was sold twice.
func (p *Proof) occupy(r *Record, f office.File, seats map[chepiao.DepartureID]*chepiao.SeatMap) {
	m := seats[r.Journey.Departure]
	if m == nil {
		fresh := chepiao.NewDeparture(r.Journey.Departure, f.Run.Template).Seats
		m = &fresh
		seats[r.Journey.Departure] = m
	}
	for i, t := range r.Order.Tickets {
		if !r.Paid || r.Refunded[t.ID] {
			continue
		}
		if !m.Fits(r.Journey.Board, r.Journey.Alight, []int{t.Seat}) {
			p.wrong("seat %d of departure %s is sold twice: ticket %s (%d of its order)", t.Seat, r.Journey.Departure, t.ID, i+1)
			continue
		}
		m.Take(r.Journey.Board, r.Journey.Alight, []int{t.Seat})
	}
}

// journal counts the orders and the money of all lanes of the journal and compares.
func (p *Proof) journal(ctx context.Context, s *store.Store, orders int) error {
	var heads []store.Head
	err := s.Read(ctx, func(r *store.Reader) (err error) {
		heads, err = r.Heads()
		return err
	})
	if err != nil {
		return err
	}
	var sum journalSum
	for _, head := range heads {
		if head.Node != s.Node() {
			continue
		}
		n, err := sum.lane(ctx, s, head.Lane)
		if err != nil {
			return err
		}
		p.JournalEntries += n
	}
	if sum.held != orders {
		p.wrong("the journal holds %d orders, the clients were answered %d", sum.held, orders)
	}
	if sum.in != p.In || sum.back != p.Back {
		p.wrong("the journal took %s and gave back %s, the clients paid %s and got %s", sum.in.Yuan(), sum.back.Yuan(), p.In.Yuan(), p.Back.Yuan())
	}
	return nil
}

// journalSum is what a journal says of orders and money.
type journalSum struct {
	held     int
	in, back chepiao.Money
}

// lane reads one lane to its end and returns how many entries it has.
func (j *journalSum) lane(ctx context.Context, s *store.Store, lane int64) (seq int64, err error) {
	const page = 2000
	for {
		var entries []chepiao.Entry
		err := s.Read(ctx, func(r *store.Reader) (err error) {
			entries, err = r.Journal(s.Node(), lane, seq, page)
			return err
		})
		if err != nil {
			return 0, err
		}
		for _, entry := range entries {
			seq = entry.Seq
			var e chepiao.Event
			if err := json.Unmarshal(entry.Body, &e); err != nil {
				return 0, fmt.Errorf("journal entry %d of lane %d: %w", entry.Seq, lane, err)
			}
			switch entry.Kind {
			case chepiao.OrderWasHeld:
				j.held++
			case chepiao.OrderWasIssued:
				j.in += e.Payment.Amount
			case chepiao.TicketWasRefunded:
				if e.Payback != nil {
					j.back += e.Payback.Amount
				}
			}
		}
		if len(entries) < page {
			return seq, nil
		}
	}
}
