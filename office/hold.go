package office

import (
	"context"
	"errors"
	"time"

	"chepiao"
	"chepiao/store"
)

// HoldInput asks for seats on a departure.
type HoldInput struct {
	Departure  chepiao.DepartureID
	From, To   chepiao.StationNo
	Passengers []Rider
	Seats      []int // chosen, one a passenger; empty: the system chooses
	Channel    chepiao.Channel
	Outlet     string
	Member     chepiao.MemberID `json:",omitempty"` // whose order it is; 0: nobody's
}

// ridersMax bounds the work done on one request, whatever the rules say.
const ridersMax = 60

// Hold keeps seats for an order until a deadline. All passengers get a seat or
// none. key is the buyer's secret for the new order, chosen by the caller; a
// repeated request gets the first order with its first key.
//
// Refusals: Invalid (field by field), NotFound, PastDeparture, StopSale,
// NotOnSaleYet, DepartureClosed, NotSoldHere, TooMany, DocumentNotOnline, NotEligible,
// NameMismatch (on line), ChildNeedsAdult, DuplicateRider, Overlap, SoldOut, SeatTaken, ReplayMismatch, WaitForTurn, Busy.
func (o *Office) Hold(ctx context.Context, now time.Time, v Verb, key string, in HoldInput) (Answer, error) {
	names, err := o.verifyNames(ctx, now, in.Channel, in.Departure, in.From, in.To, in.Passengers)
	if err != nil {
		return Answer{}, err
	}
	o.offered.RLock() // no import between looking the departure up and holding it
	defer o.offered.RUnlock()
	t := o.Timetable()
	run, err := t.OnOffer(in.Departure)
	if err != nil {
		return Answer{}, err
	}
	board, alight, err := run.Template.Find(in.From, in.To)
	if err != nil {
		return Answer{}, err
	}
	h := holding{office: o, run: run, in: in, rules: o.RulesFor(now, run, board), key: key, v: v}
	if h.pass, err = o.pass(ctx, now, v, in.Channel, in.Departure.Day(), h.rules); err != nil {
		return Answer{}, err
	}
	defer h.pass.leave()
	h.wish = chepiao.Wish{Channel: in.Channel, Board: board, Alight: alight, Seats: in.Seats}
	h.wish.Outlet = in.Channel == chepiao.Window && v.At.Station != 0 && v.At.Station != in.From
	if h.people, h.because, err = o.admit(in.Passengers, run, now, h.rules, &h.wish); err != nil {
		return Answer{}, err
	}
	h.because, h.names = append(h.because, names.because...), names.fresh
	needs := store.Needs{People: h.wish.Tokens()}
	if seen := o.seen(run); seen != nil && seen.Seats.Free(board, alight) == 0 {
		needs = store.Needs{Verb: v.ID} // it will hear no, unless it is sent again
	}
	e, err := o.once(o.store.With(ctx, needs), v, in, h.do)
	if err != nil {
		return Answer{}, err
	}
	return h.answer(ctx, e)
}

// holding is one hold under way.
type holding struct {
	office *Office
	run    Run
	wish   chepiao.Wish
	in     HoldInput
	rules  *chepiao.Rules
	people []store.Sealed
	key    string
	v      Verb
	pass   *roomPass

	because []chepiao.Explanation
	names   []store.NameCheck // what was just said of them
}

func (h *holding) do(tx *store.Tx) (*chepiao.Event, error) {
	d, err := tx.Departure(h.run.ID, h.run.Template)
	if err != nil {
		return nil, err
	}
	if err := h.office.Timetable().serves(h.run.ID.Day(), h.in.From, h.in.To); err != nil {
		return nil, err
	}
	today := chepiao.DayOf(tx.Now.In(h.office.Timetable().Zone))
	_, last := h.office.spanOf(h.run, d.Ops, h.wish.Board)
	if err := d.OnSale(h.in.Channel, h.wish.Board, last, tx.Now, today, h.rules); err != nil {
		return nil, err
	}
	if err := h.pass.use(tx); err != nil {
		return nil, err
	}
	if h.wish.Outlet {
		if err := h.rules.SoldAt(h.v.At.Station, h.in.From, last, tx.Now); err != nil {
			return nil, err
		}
	}
	if err := tx.Riders(d, h.wish.Tokens()); err != nil {
		return nil, err
	}
	seats, err := d.Seat(h.wish, h.office.plan(h.run, d.Ops), h.rules)
	if chepiao.AsRefusal(err) != nil {
		// An expired hold is dead the moment it expires: perhaps it stands in the way.
		swept, sweepErr := h.office.lapseDue(tx, d)
		if sweepErr != nil {
			return nil, sweepErr
		}
		if swept > 0 {
			seats, err = d.Seat(h.wish, h.office.plan(h.run, d.Ops), h.rules)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := h.office.maySell(tx, d, h.run, h.wish, nil, h.rules); err != nil {
		return nil, err
	}
	order, tickets := h.write(tx, seats)
	d.Take(tickets)
	tx.Touch(d)
	if err := tx.AddOrder(order, tickets, h.people); err != nil {
		return nil, err
	}
	owned(tx, order.ID, h.in.Member, h.names)
	return record(tx, &chepiao.Event{Kind: chepiao.OrderWasHeld, By: h.v.By, Order: &order, Tickets: tickets, Because: h.because})
}

// write makes the order and its tickets; their numbers follow each other.
func (h *holding) write(tx *store.Tx, seats []int) (chepiao.Order, []chepiao.Ticket) {
	first := tx.NextIDs(1 + len(seats))
	order := chepiao.Order{
		ID: chepiao.OrderID(first), Key: h.key, Channel: h.in.Channel, Outlet: h.in.Outlet,
		Departure: h.run.ID, From: h.in.From, To: h.in.To, State: chepiao.OrderHeld,
		Created: tx.Now, Deadline: tx.Now.Add(h.rules.Hold(h.in.Channel)), Count: len(seats), Version: 1,
	}
	tickets := make([]chepiao.Ticket, len(seats))
	for i, seat := range seats {
		r := h.wish.Riders[i]
		fare := chepiao.Price(h.run.Line, h.run.Template, h.wish.Board, h.wish.Alight, r.Kind, h.rules)
		order.Total += fare.Price
		tickets[i] = chepiao.Ticket{
			ID: chepiao.TicketID(first + 1 + int64(i)), Order: order.ID, Departure: h.run.ID, State: chepiao.TicketHeld,
			From: h.in.From, To: h.in.To, Board: h.wish.Board, Alight: h.wish.Alight, Seat: seat,
			Kind: r.Kind, Children: r.Children, Full: fare.Full, Price: fare.Price, Rules: h.rules.Version,
			Person: r.Token, Voucher: 1, Version: 1,
		}
		tickets[i].Proof = r.Proof
		if r.Guardian > 0 {
			tickets[i].Guardian = chepiao.TicketID(first + int64(r.Guardian))
		}
	}
	return order, tickets
}

// answer gives the order its key: the journal does not hold it, so a replay
// reads it from the order's row.
func (h *holding) answer(ctx context.Context, e *chepiao.Event) (Answer, error) {
	a := Answer{*e.Order, e.Tickets, e}
	if a.Order.Key != "" {
		return a, nil
	}
	err := h.office.store.Read(ctx, func(r *store.Reader) error {
		stored, err := r.Order(a.Order.ID)
		a.Order.Key = stored.Key
		return err
	})
	if err != nil {
		err = errors.Join(errors.New("reading back a held order"), err)
	}
	return a, err
}
