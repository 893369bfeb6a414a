package chepiao

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// WaitWalk is how a request came to its seats: the detail of the event
// wait_served. It says what was free and who stood ahead and got nothing, so that
// anybody who has the journal can hold it against the order of the queue.
type WaitWalk struct {
	Departure DepartureID  `json:"departure"`
	Seats     []byte       `json:"seats"` // SeatMap before the request was served
	Passed    []WaitPassed `json:"passed,omitempty"`
}

// WaitPassed is a request that stood ahead in the queue and was passed over.
type WaitPassed struct {
	Order  OrderID `json:"order"`
	Seq    int64   `json:"seq"`
	Board  int     `json:"board"` // stop positions
	Alight int     `json:"alight"`
	People int     `json:"people"`
	Reason Reason  `json:"reason"`
}

// Because says why a request was passed over: to whoever was served instead, so
// it tells nothing of the others' journeys. no is what Serve or another rule of
// the sale said.
func (p WaitPassed) Because(no *Refusal, r *Rules) Explanation {
	e := Explanation{Rule: "waitlist", Version: r.Version, Inputs: []Input{Given("seq", p.Seq), Given("people", p.People), Given("reason", string(p.Reason))}}
	if no.Because != nil {
		e.Rule = no.Because.Rule
	}
	switch p.Reason {
	case SoldOut:
		e.ZH = fmt.Sprintf("排在前面的候补订单有 %d 人，座位不够，暂不能兑现", p.People)
		e.EN = fmt.Sprintf("a request ahead in the queue is for %d people: the seats are too few for it", p.People)
	case WaitClosed:
		e.ZH, e.EN = "排在前面的候补订单已到截止时间", "a request ahead in the queue is over"
	default:
		e.ZH, e.EN = "排在前面的候补订单按规则暂不能在本班次兑现", "a request ahead in the queue cannot be served with this departure by another rule"
	}
	return e
}

// passOver are the reasons for which a request may be passed over.
var passOver = []Reason{SoldOut, TooMany, DuplicateRider, Overlap, WaitClosed, DepartureClosed, StopSale, NotFound}

// WaitProof reads the entries of a journal, lane by lane, and proves that no
// request of the waitlist was served while an earlier one that fitted waited: the
// queue follows from who joined and left, whoever stood ahead must be named, and
// whoever was passed over for want of seats must really not have fitted.
type WaitProof struct {
	Joined, Served, Ended int
	waiting               map[OrderID]Order
	turn                  int64            // of the last one heard
	early                 map[int64]*Event // heard before their turn: from a lane that was read first
}

// Hear takes in the next event of a lane and says what is unfair about it and
// those that it was the last to wait for, "" for nothing. Events of several lanes
// are told apart by their turn; entries of before there were turns have none and
// come in the order of their one lane.
func (p *WaitProof) Hear(e *Event) (unfair string) {
	if !e.Kind.Queues() || e.Turn == 0 {
		return p.hear(e)
	}
	if p.early == nil {
		p.early = map[int64]*Event{}
	}
	p.early[e.Turn] = e
	for next := p.early[p.turn+1]; next != nil; next = p.early[p.turn+1] {
		p.turn++
		delete(p.early, p.turn)
		if what := p.hear(next); what != "" {
			unfair = strings.TrimPrefix(unfair+"; "+what, "; ")
		}
	}
	return unfair
}

// Missing says which turn nobody has told of, though later ones were; 0 for none.
// It is asked when every lane has been read.
func (p *WaitProof) Missing() int64 {
	if len(p.early) == 0 {
		return 0
	}
	return p.turn + 1
}

func (p *WaitProof) hear(e *Event) (unfair string) {
	if p.waiting == nil {
		p.waiting = map[OrderID]Order{}
	}
	switch e.Kind {
	case WaitWasJoined, WaitWasWidened:
		if e.Order == nil || e.Order.Wait == nil {
			return "it names no request"
		}
		if e.Kind == WaitWasJoined {
			p.Joined++
		}
		p.waiting[e.Order.ID] = *e.Order
	case WaitHasEnded:
		if e.Order == nil {
			return "it names no request"
		}
		if _, ok := p.waiting[e.Order.ID]; !ok {
			return fmt.Sprintf("request %s ends and did not wait", e.Order.ID)
		}
		p.Ended++
		delete(p.waiting, e.Order.ID)
	case WaitWasServed:
		return p.served(e)
	}
	return ""
}

func (p *WaitProof) served(e *Event) string {
	var walk WaitWalk
	var seats SeatMap
	text, err := json.Marshal(e.Detail)
	if err == nil {
		err = json.Unmarshal(text, &walk)
	}
	if err == nil {
		err = seats.UnmarshalBinary(walk.Seats)
	}
	if err != nil || e.Order == nil || len(e.Tickets) == 0 {
		return "it does not say how the request was served"
	}
	mine, ok := p.waiting[e.Order.ID]
	if !ok {
		return fmt.Sprintf("request %s is served and did not wait", e.Order.ID)
	}
	p.Served++
	delete(p.waiting, e.Order.ID)
	var ahead []Order
	for _, o := range p.waiting {
		if o.Wait.Seq < mine.Wait.Seq && slices.Contains(o.Wait.Departures, walk.Departure) {
			ahead = append(ahead, o)
		}
	}
	slices.SortFunc(ahead, func(a, b Order) int { return cmp.Compare(a.Wait.Seq, b.Wait.Seq) })
	if len(ahead) != len(walk.Passed) {
		return fmt.Sprintf("%d requests stood ahead of %s, it names %d", len(ahead), mine.ID, len(walk.Passed))
	}
	for i, o := range ahead {
		if what := walk.Passed[i].unfair(o, &seats); what != "" {
			return what
		}
	}
	for _, t := range e.Tickets {
		if t.Departure != walk.Departure || !seats.Fits(t.Board, t.Alight, []int{t.Seat}) {
			return fmt.Sprintf("ticket %s got a seat that was not free", t.ID)
		}
		seats.Take(t.Board, t.Alight, []int{t.Seat})
	}
	return ""
}

// unfair holds the word of who was passed over against the request and the seats.
func (w WaitPassed) unfair(o Order, seats *SeatMap) string {
	switch {
	case w.Order != o.ID || w.Seq != o.Wait.Seq || w.People != o.Count:
		return fmt.Sprintf("request %s stood ahead and is not named", o.ID)
	case !slices.Contains(passOver, w.Reason):
		return fmt.Sprintf("request %s was passed over for %q", o.ID, w.Reason)
	case w.Reason != SoldOut:
		return ""
	case w.Board < 0 || w.Alight <= w.Board || w.Alight > seats.Legs() || seats.Free(w.Board, w.Alight) >= w.People:
		return fmt.Sprintf("request %s of %d stood ahead and would have fitted", o.ID, o.Count)
	}
	return ""
}

// ProveFair reads a journal, all lanes of it one after another, and returns what is unfair about its waitlist, one
// sentence an entry: nothing is the proof.
func ProveFair(entries []Entry) (proof WaitProof, unfair []string, err error) {
	for _, entry := range entries {
		var e Event
		if err := json.Unmarshal(entry.Body, &e); err != nil {
			return proof, unfair, fmt.Errorf("reading entry %d: %w", entry.Seq, err)
		}
		if what := proof.Hear(&e); what != "" {
			unfair = append(unfair, fmt.Sprintf("entry %d: %s", entry.Seq, what))
		}
	}
	if turn := proof.Missing(); turn != 0 {
		unfair = append(unfair, fmt.Sprintf("turn %d of the waitlist is missing", turn))
	}
	return proof, unfair, nil
}
