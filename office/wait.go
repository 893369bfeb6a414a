package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// WaitInput asks for seats of departures that are full (候补).
type WaitInput struct {
	Departures []chepiao.DepartureID // best first; any of them will do
	From, To   chepiao.StationNo
	Until      time.Time // the request ends then; zero: as late as it can
	Passengers []Rider
	Channel    chepiao.Channel
	Outlet     string
	Member     chepiao.MemberID `json:",omitempty"` // whose order it is; 0: nobody's
}

// Wait puts a request for the waitlist: it is to be paid ahead, and then the
// whole party gets seats that come back, in the order of the queue, or all of
// its money. key is the buyer's secret for the order, as in Hold.
//
// Refusals: Invalid (field by field), NotFound, SeatsFree when one of the
// departures has seats, WaitClosed, TooMany (departures, or requests waiting),
// those of Hold for passengers and departures, ReplayMismatch, Busy.
func (o *Office) Wait(ctx context.Context, now time.Time, v Verb, key string, in WaitInput) (Answer, error) {
	a := asking{office: o, in: in, key: key, v: v}
	if len(in.Departures) > 0 {
		names, err := o.verifyNames(ctx, now, in.Channel, in.Departures[0], in.From, in.To, in.Passengers)
		if err != nil {
			return Answer{}, err
		}
		a.names = names
	}
	o.offered.RLock()
	defer o.offered.RUnlock()
	if err := a.find(now); err != nil {
		return Answer{}, err
	}
	a.because = append(a.because, a.names.because...)
	e, err := o.once(ctx, v, in, a.do)
	if err != nil {
		return Answer{}, err
	}
	return o.withKey(ctx, e)
}

// asking is one request for the waitlist under way.
type asking struct {
	office *Office
	in     WaitInput
	key    string
	v      Verb
	on     []wanted
	rules  *chepiao.Rules // of the first departure
	people []store.Sealed
	names  namesVerified

	because []chepiao.Explanation
}

// wanted is one departure of a request and its wish there.
type wanted struct {
	Run
	wish  chepiao.Wish
	rules *chepiao.Rules
}

// find looks the departures up and admits the passengers on each of them.
func (a *asking) find(now time.Time) error {
	o, in := a.office, a.in
	if len(in.Departures) == 0 {
		return chepiao.Refuse(chepiao.Invalid, "请选择班次", "choose a departure").At("departures")
	}
	for i, id := range in.Departures {
		field := fmt.Sprintf("departures[%d]", i)
		if slices.Contains(in.Departures[:i], id) {
			return chepiao.Refuse(chepiao.Invalid, "班次重复", "the departure is given twice").At(field)
		}
		run, err := o.Timetable().OnOffer(id)
		if err != nil {
			return atField(field, err)
		}
		board, alight, err := run.Template.Find(in.From, in.To)
		if err != nil {
			return err
		}
		w := wanted{Run: run, wish: chepiao.Wish{Channel: in.Channel, Board: board, Alight: alight}, rules: o.RulesFor(now, run, board)}
		if a.rules == nil {
			a.rules = w.rules
			if err := a.rules.MayWant(len(in.Departures)); err != nil {
				return err
			}
		}
		people, because, err := o.admit(in.Passengers, run, now, w.rules, &w.wish)
		if err != nil {
			return err
		}
		if i == 0 {
			a.people, a.because = people, because
		}
		a.on = append(a.on, w)
	}
	return nil
}

func (a *asking) do(tx *store.Tx) (*chepiao.Event, error) {
	var terms []chepiao.Wanted
	for i := range a.on {
		departs, err := a.full(tx, &a.on[i])
		if err != nil {
			return nil, departureField(i, err)
		}
		w := chepiao.Wanted{Departure: a.on[i].ID, Departs: departs}
		for _, r := range a.on[i].wish.Riders {
			w.Fares = append(w.Fares, chepiao.Price(a.on[i].Line, a.on[i].Template, a.on[i].wish.Board, a.on[i].wish.Alight, r.Kind, a.on[i].rules))
		}
		terms = append(terms, w)
	}
	if err := a.twice(tx); err != nil {
		return nil, err
	}
	wait, dearest, err := chepiao.WaitTermsOf(terms, a.in.Until, tx.Now, a.rules)
	if err != nil {
		return nil, err
	}
	order, tickets := a.write(tx, wait, terms[dearest].Fares)
	if err := tx.AddOrder(order, tickets, a.people); err != nil {
		return nil, err
	}
	owned(tx, order.ID, a.in.Member, a.names.fresh)
	return record(tx, &chepiao.Event{Kind: chepiao.WaitWasAsked, By: a.v.By, Order: &order, Tickets: tickets, Because: a.because})
}

// departureField puts the place of a departure in front of what a refusal says of it.
func departureField(i int, err error) error {
	if r := chepiao.AsRefusal(err); r != nil && (r.Field == "" || r.Field == "departure") {
		return r.At(fmt.Sprintf("departures[%d]", i))
	}
	return err
}

// full makes sure that a departure is worth waiting for: on sale, and without
// seats for this party. It says when its last coach leaves.
func (a *asking) full(tx *store.Tx, on *wanted) (departs time.Time, err error) {
	o := a.office
	d, err := tx.Departure(on.ID, on.Template)
	if err != nil {
		return departs, err
	}
	_, departs = o.spanOf(on.Run, d.Ops, on.wish.Board)
	if err := o.Timetable().serves(on.ID.Day(), a.in.From, a.in.To); err != nil {
		return departs, err
	}
	if err := d.OnSale(a.in.Channel, on.wish.Board, departs, tx.Now, chepiao.DayOf(tx.Now.In(o.Timetable().Zone)), on.rules); err != nil {
		return departs, err
	}
	if _, err := o.lapseDue(tx, d); err != nil { // an expired hold may be all that stands in the way
		return departs, err
	}
	if err := tx.Riders(d, on.wish.Tokens()); err != nil {
		return departs, err
	}
	_, err = d.Serve(on.wish, departs, tx.Now, o.plan(on.Run, d.Ops), on.rules)
	switch {
	case err == nil:
		return departs, chepiao.Refuse(chepiao.SeatsFree, "该班次有余票，请直接购票", "this departure has seats: please buy them").At("departure")
	case chepiao.Why(err) != chepiao.SoldOut:
		return departs, err
	}
	waiting, err := tx.Waiting(d.ID)
	if err == nil && len(waiting) >= chepiao.WaitQueueMax {
		err = chepiao.Refuse(chepiao.TooMany, "该班次候补人数已满", "too many wait for this departure already").At("departure")
	}
	return departs, err
}

// twice refuses a passenger who waits for one of the departures already.
func (a *asking) twice(tx *store.Tx) error {
	for i, r := range a.on[0].wish.Riders {
		if r.Token.IsZero() {
			continue
		}
		tickets, err := tx.Requests(r.Token)
		if err != nil {
			return err
		}
		for _, t := range tickets {
			order, err := tx.Order(t.Order)
			if err != nil {
				return err
			}
			waits := order.Alive(tx.Now) == nil && order.Wait != nil
			for _, id := range a.in.Departures {
				if waits && slices.Contains(order.Wait.Departures, id) {
					return chepiao.Refuse(chepiao.DuplicateRider, "该证件已在候补本班次", "this document is on the waitlist of this departure already").
						At(fmt.Sprintf("passengers[%d].document.number", i)).By("one_document", a.rules)
				}
			}
		}
	}
	return nil
}

// write makes the request: its tickets have no seat yet and cost what the
// dearest of the departures costs.
func (a *asking) write(tx *store.Tx, wait chepiao.WaitTerms, fares []chepiao.Fare) (chepiao.Order, []chepiao.Ticket) {
	on, first := a.on[0], tx.NextIDs(1+len(fares))
	order := chepiao.Order{
		ID: chepiao.OrderID(first), Key: a.key, Channel: a.in.Channel, Outlet: a.in.Outlet, Departure: on.ID, From: a.in.From, To: a.in.To,
		State: chepiao.OrderAsked, Total: wait.Prepaid, Created: tx.Now, Deadline: tx.Now.Add(a.rules.Hold(a.in.Channel)), Count: len(fares), Version: 1,
		OrderMore: chepiao.OrderMore{Wait: &wait},
	}
	if order.Deadline.After(wait.Until) {
		order.Deadline = wait.Until
	}
	tickets := make([]chepiao.Ticket, len(fares))
	for i, r := range on.wish.Riders {
		tickets[i] = chepiao.Ticket{
			ID: chepiao.TicketID(first + 1 + int64(i)), Order: order.ID, Departure: on.ID, State: chepiao.TicketWaiting,
			From: a.in.From, To: a.in.To, Board: on.wish.Board, Alight: on.wish.Alight, Kind: r.Kind, Children: r.Children,
			Full: fares[i].Full, Price: fares[i].Price, Rules: a.rules.Version, Person: r.Token, Voucher: 1, Version: 1,
		}
		tickets[i].Proof, tickets[i].Waited = r.Proof, true
		if r.Guardian > 0 {
			tickets[i].Guardian = chepiao.TicketID(first + int64(r.Guardian))
		}
	}
	return order, tickets
}

// withKey is the answer of a verb with the order's key: the journal does not
// hold it, so a replay reads it from the order's row.
func (o *Office) withKey(ctx context.Context, e *chepiao.Event) (Answer, error) {
	a := Answer{*e.Order, e.Tickets, e}
	if a.Order.Key != "" {
		return a, nil
	}
	err := o.store.Read(ctx, func(r *store.Reader) error {
		stored, err := r.Order(a.Order.ID)
		a.Order.Key = stored.Key
		return err
	})
	if err != nil {
		err = errors.Join(errors.New("reading back a request"), err)
	}
	return a, err
}
