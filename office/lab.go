package office

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// LabInput is what the rule lab replays: the sheets of a file, as if they had
// stood over all others of their layer throughout, and the period, [From, To).
type LabInput struct {
	Rules    chepiao.RuleFile
	From, To time.Time // zero: from the beginning, to the end
}

// LabArea is one part of the rules and what the proposal would have done there.
type LabArea struct {
	Area     string             `json:"area"` // fare, refund_fee, sale, check
	ZH       string             `json:"zh"`
	EN       string             `json:"en"`
	Judged   int                `json:"judged"`  // decisions looked at
	Changed  int                `json:"changed"` // that would have been others
	Old      chepiao.Money      `json:"old"`     // money under the rules of then
	New      chepiao.Money      `json:"new"`     // money under the proposal
	More     int                `json:"more"`    // refusals that would have been added
	Fewer    int                `json:"fewer"`   // refusals that would have been none
	Unclear  int                `json:"unclear"` // decisions of then that the rules of then do not reproduce: left out
	Reasons  map[string]int     `json:"reasons"` // of the other refusals, by the rule that decides
	Examples []chepiao.TicketID `json:"examples"`
}

// LabReport is what a proposal would have changed in a period. The journal holds
// no refused sale, so it cannot say which of those would have been made.
type LabReport struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Entries int64     `json:"entries"` // of the journal, in the period
	Areas   []LabArea `json:"areas"`
}

// LabExamples bounds the examples of an area.
const LabExamples = 5

// Lab replays a period of the journal under proposed rules: what each ticket
// would have cost, what each refund's fee would have been at its moment, and
// which sales and checks would have been refused or let through. It changes
// nothing, and the same journal and proposal give the same report. Refusals:
// Invalid for proposed rules that contradict each other.
func (o *Office) Lab(ctx context.Context, in LabInput, progress func(done, total int64)) (LabReport, error) {
	l := lab{office: o, in: in, known: map[edition]*chepiao.Rules{}}
	for i, s := range in.Rules.Sheets {
		l.more = append(l.more, chepiao.Sheet{No: int64(i + 1), Scope: s.Scope, Author: s.Author, Reason: s.Reason, Values: s.Values})
	}
	if err := l.proposal(); err != nil {
		return LabReport{}, err
	}
	l.report = LabReport{From: in.From, To: in.To, Areas: []LabArea{
		labFare: {Area: "fare", ZH: "票款", EN: "fares"}, labFee: {Area: "refund_fee", ZH: "退票费", EN: "refund fees"},
		labSale: {Area: "sale", ZH: "售票", EN: "sales"}, labCheck: {Area: "check", ZH: "检票", EN: "checks"},
	}}
	for i := range l.report.Areas {
		l.report.Areas[i].Reasons, l.report.Areas[i].Examples = map[string]int{}, []chepiao.TicketID{}
	}
	if err := l.replay(ctx, progress); err != nil {
		return LabReport{}, fmt.Errorf("replaying the journal: %w", err)
	}
	return l.report, nil
}

// lab is a replay under way.
type lab struct {
	office *Office
	in     LabInput
	more   []chepiao.Sheet
	known  map[edition]*chepiao.Rules // under the proposal
	report LabReport
}

// proposal refuses a proposal that could not be set.
func (l *lab) proposal() error {
	next := l.office.rules.Load().book
	now := l.office.store.Now()
	for i, s := range l.more {
		s.Effective, s.Recorded = now, now
		var err error
		if next, _, err = next.With(s); err != nil {
			return within(fmt.Sprintf("sheets[%d].", i), err)
		}
	}
	return nil
}

// under are the rules of an edition at a place with the proposal over them.
func (l *lab) under(n int64, where chepiao.Where) *chepiao.Rules {
	key := edition{n, where}
	if r := l.known[key]; r != nil {
		return r
	}
	r, err := l.office.rules.Load().book.RulesWith(n, l.more, where)
	if err != nil {
		panic("office: rules just read cannot be read: " + err.Error())
	}
	l.known[key] = r
	return r
}

// replay hears every entry of the node's journal that stands when it begins: its
// lanes together, by their times.
func (l *lab) replay(ctx context.Context, progress func(done, total int64)) error {
	var lanes []*laneReader
	var total, done int64
	err := l.office.store.Read(ctx, func(r *store.Reader) error {
		heads, err := r.Heads()
		for _, h := range heads {
			if h.Node == l.office.store.Node() && h.Seq > 0 {
				lanes = append(lanes, &laneReader{lane: h.Lane, head: h.Seq})
				total += h.Seq
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for {
		var first *laneReader
		for _, lane := range lanes {
			if err := lane.fill(ctx, l.office.store); err != nil {
				return err
			}
			if len(lane.page) > 0 && (first == nil || lane.page[0].At.Before(first.page[0].At)) {
				first = lane
			}
		}
		if progress != nil && (first == nil || done%labPage == 0) {
			progress(done, total)
		}
		if first == nil {
			return nil
		}
		if err := l.hear(first.page[0]); err != nil {
			return err
		}
		first.page, done = first.page[1:], done+1
	}
}

// labPage is how many entries are read at once.
const labPage = 1000

// laneReader reads one lane up to the head that it had when the replay began:
// somebody may be selling.
type laneReader struct {
	lane, head, after int64
	page              []chepiao.Entry // read and not heard
}

func (l *laneReader) fill(ctx context.Context, s *store.Store) error {
	if len(l.page) > 0 || l.after >= l.head {
		return nil
	}
	err := s.Read(ctx, func(r *store.Reader) (err error) {
		l.page, err = r.Journal(s.Node(), l.lane, l.after, int(min(labPage, l.head-l.after)))
		return err
	})
	if n := len(l.page); n > 0 {
		l.after = l.page[n-1].Seq
	} else {
		l.after = l.head
	}
	return err
}

func (l *lab) hear(e chepiao.Entry) error {
	if e.At.Before(l.in.From) || (!l.in.To.IsZero() && !e.At.Before(l.in.To)) {
		return nil
	}
	l.report.Entries++
	var event chepiao.Event
	switch e.Kind {
	case chepiao.OrderWasHeld, chepiao.OrderWasIssued, chepiao.TicketWasRefunded, chepiao.TicketWasChecked, chepiao.CheckWasRefused:
		if err := json.Unmarshal(e.Body, &event); err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
	}
	switch e.Kind {
	case chepiao.OrderWasHeld:
		l.sale(e.At, event)
	case chepiao.OrderWasIssued:
		l.fares(event)
	case chepiao.TicketWasRefunded:
		l.refunds(e.At, event)
	case chepiao.TicketWasChecked, chepiao.CheckWasRefused:
		l.check(e.At, event)
	}
	return nil
}
