package chepiao

import (
	"fmt"
	"time"
)

// Reasons of the waitlist.
const (
	SeatsFree  Reason = "SEATS_FREE"  // there are seats: nobody needs to wait for them
	WaitClosed Reason = "WAIT_CLOSED" // too late to wait for this departure
)

// WaitQueueMax bounds the requests that wait for one departure, so that a seat
// that comes back is given out in bounded time.
const WaitQueueMax = 200

// WaitEnds is when nobody waits for a departure any longer: what comes back
// later goes to whoever stands at a window.
func WaitEnds(departs time.Time, r *Rules) time.Time { return departs.Add(-seconds(r.WaitCloses)) }

// MayWait refuses when a departure cannot be waited for: DepartureClosed when it
// was dispatched or does not run, StopSale where a dispatcher stopped the sale,
// WaitClosed within the last minutes. departs is when the last coach leaves the
// boarding stop, delays included.
func (d *Departure) MayWait(board int, departs, now time.Time, r *Rules) error {
	if err := d.Open(board); err != nil {
		return err
	}
	if no := d.stopped(board, r); no != nil {
		return no
	}
	if now.Before(WaitEnds(departs, r)) {
		return nil
	}
	minutes := r.WaitCloses / 60
	return Refuse(WaitClosed, fmt.Sprintf("发车前 %d 分钟截止候补", minutes), fmt.Sprintf("the waitlist closes %d minutes before departure", minutes)).
		At("departure").By("wait_closes", r, Given("left", departs.Sub(now)), Given("wait_closes", seconds(r.WaitCloses)))
}

// MayWant refuses with TooMany a request that names too many departures (rule
// wait_wanted).
func (r *Rules) MayWant(departures int) error {
	if departures <= r.WaitWanted {
		return nil
	}
	return Refuse(TooMany, fmt.Sprintf("一个候补订单最多选 %d 个班次", r.WaitWanted), fmt.Sprintf("a request names at most %d departures", r.WaitWanted)).
		At("departures").By("wait_wanted", r, Given("departures", departures), Given("wait_wanted", r.WaitWanted))
}

// Serve decides which seats of a departure a request that waits gets now: the
// whole party or nobody. Refusals: those of MayWait and Seat.
func (d *Departure) Serve(w Wish, departs, now time.Time, plan SeatPlan, r *Rules) ([]int, error) {
	if err := d.MayWait(w.Board, departs, now, r); err != nil {
		return nil, err
	}
	return d.Seat(w, plan, r)
}

// WishOf is what a request asks for on one of its departures, as its tickets
// tell it.
func (o Order) WishOf(tickets []Ticket, board, alight int) Wish {
	w := Wish{Channel: o.Channel, Board: board, Alight: alight, Riders: make([]Rider, len(tickets))}
	for i, t := range tickets {
		w.Riders[i] = Rider{Token: t.Person, Kind: t.Kind, Children: t.Children, Proof: t.Proof}
		if t.Guardian != 0 {
			w.Riders[i].Guardian = int(int64(t.Guardian) - int64(o.ID))
		}
	}
	return w
}

// Seated is a ticket of a request that got a seat on a departure. It costs the
// fare there, and never more than was paid ahead for it.
func (t Ticket) Seated(id DepartureID, w Wish, seat int, fare Fare) (Ticket, error) {
	t, err := t.Move(MoveServe)
	t.Departure, t.Board, t.Alight, t.Seat, t.Waited = id, w.Board, w.Alight, seat, true
	t.Full, t.Price = min(fare.Full, t.Full), min(fare.Price, t.Price)
	return t, err
}

// Wanted is one departure of a request and what the party would pay there.
type Wanted struct {
	Departure DepartureID
	Departs   time.Time // last coach at the boarding stop
	Fares     []Fare    // one a passenger
}

// Total is what the party pays on the departure.
func (w Wanted) Total() (sum Money) {
	for _, f := range w.Fares {
		sum += f.Price
	}
	return sum
}

// WaitTermsOf are the terms of a request for departures, best first: it is paid
// ahead at the price of the dearest and ends at until, at the latest, and if none
// was given, when nobody waits for the last of them any longer. dearest is the
// place of the departure whose price is paid. Refusal Invalid for a time that has
// passed or is too late.
func WaitTermsOf(wanted []Wanted, until, now time.Time, r *Rules) (terms WaitTerms, dearest int, err error) {
	last := time.Time{}
	for i, w := range wanted {
		terms.Departures = append(terms.Departures, w.Departure)
		if ends := WaitEnds(w.Departs, r); ends.After(last) {
			last = ends
		}
		if w.Total() > wanted[dearest].Total() {
			dearest = i
		}
	}
	terms.Prepaid, terms.Until = wanted[dearest].Total(), until
	if until.IsZero() {
		terms.Until = last
	}
	if !terms.Until.After(now) || terms.Until.After(last) {
		minutes := r.WaitCloses / 60
		return terms, dearest, Refuse(Invalid, fmt.Sprintf("截止时间应在现在之后，且不晚于最后一个班次发车前 %d 分钟", minutes),
			fmt.Sprintf("wait until some time from now on, at most until %d minutes before the last of the departures", minutes)).At("until").
			By("wait_closes", r, Given("until", terms.Until), Given("latest", last))
	}
	return terms, dearest, nil
}

// WaitPlace is how a request stands in the queue of one of its departures.
type WaitPlace struct {
	Departure DepartureID
	Ahead     int // requests before it
	Waiting   int // requests in all
}

// WaitPressure is how much is asked of a departure that is full.
type WaitPressure struct {
	Departure DepartureID
	Requests  int
	People    int
	Prepaid   Money        // what they have paid ahead: the revenue an extra departure can expect
	Extra     bool         // an extra departure is proposed
	Because   *Explanation // why, if it is
}

// Press adds a request of so many people to the pressure.
func (p *WaitPressure) Press(o Order) {
	p.Requests++
	p.People += o.Count
	p.Prepaid += o.Wait.Prepaid
}

// Propose decides whether an extra departure is worth proposing (rule
// wait_extra).
func (p *WaitPressure) Propose(r *Rules) {
	if p.Extra = p.People >= r.WaitExtra; p.Extra {
		p.Because = &Explanation{Rule: "wait_extra", Version: r.Version,
			Inputs: []Input{Given("people", p.People), Given("wait_extra", r.WaitExtra), Given("prepaid", p.Prepaid)},
			ZH:     fmt.Sprintf("候补 %d 人，建议加班，预计收入 %s", p.People, p.Prepaid.Yuan()),
			EN:     fmt.Sprintf("%d people are waiting: an extra departure would earn %s", p.People, p.Prepaid.Yuan())}
	}
}
