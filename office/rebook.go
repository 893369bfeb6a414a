package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// RebookInput asks to move tickets of one order to another departure: all of
// the chosen ones or none.
type RebookInput struct {
	Order     chepiao.OrderID
	Tickets   []chepiao.TicketID
	Departure chepiao.DepartureID
	From, To  chepiao.StationNo // zero: as before
	Seats     []int             // chosen, one a ticket; empty: the system chooses
}

// RebookSums is what a rebooking costs or gives back.
type RebookSums struct {
	Quotes []chepiao.RebookQuote // one a ticket
	Credit chepiao.Money         // carried over from the old tickets
	Total  chepiao.Money         // of the new ones
}

// Difference is what the passenger still pays; negative: what comes back.
func (s RebookSums) Difference() chepiao.Money { return s.Total - s.Credit }

// rebooking is a rebooking under way.
type rebooking struct {
	office        *Office
	in            RebookInput
	v             Verb
	run           Run // of the new departure
	board, alight int
	from, to      chepiao.StationNo
	rules         *chepiao.Rules // of the new departure, now
	last          time.Time
	people        map[chepiao.TicketID]store.Sealed // sealed anew for the new tickets
	tokens        map[chepiao.TicketID]chepiao.PersonToken
	pass          *roomPass
}

// QuoteRebook says what moving tickets to another departure would cost or give
// back at a moment. Whether seats are free there is not looked at. Refusals:
// Invalid, NotFound, those of Departure.OnSale and of chepiao.QuoteRebook.
func (o *Office) QuoteRebook(ctx context.Context, now time.Time, at chepiao.AskedAt, in RebookInput) (sums RebookSums, err error) {
	f, err := o.Look(ctx, in.Order)
	if err != nil {
		return sums, err
	}
	b, err := o.beginRebook(now, Verb{At: at}, f.Order, in)
	if err != nil {
		return sums, err
	}
	if err := b.onSale(o.viewOf(b.run), now, f.Order); err != nil {
		return sums, err
	}
	for i, id := range in.Tickets {
		t, ok := f.ticket(id)
		if !ok {
			return sums, chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At(fmt.Sprintf("tickets[%d]", i))
		}
		c, err := o.refundCase(t, now, at)
		if err != nil {
			return sums, err
		}
		if err := b.quote(&sums, t, c); err != nil {
			return sums, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
	}
	return sums, nil
}

// ticket finds a ticket of an order's file.
func (f File) ticket(id chepiao.TicketID) (chepiao.Ticket, bool) {
	for _, t := range f.Tickets {
		if t.ID == id {
			return t, true
		}
	}
	return chepiao.Ticket{}, false
}

// viewOf is a departure as last committed, with what a sale asks of it.
func (o *Office) viewOf(run Run) *chepiao.Departure {
	d := chepiao.NewDepartureAt(o.store.No(), run.ID, run.Template)
	if v := o.store.View(run.ID); v != nil {
		d.State, d.Left, d.Ops, d.Away, d.Seats, d.Children = v.State, v.Left, v.Ops, v.Away, v.Seats.Clone(), v.Children
	}
	return d
}

// Rebook moves tickets to another departure. difference is the sum that the
// passenger confirmed, negative for what comes back; when it no longer holds,
// QuoteChanged names the new one and nothing happens.
//
// With nothing to pay, old and new tickets change places at once. Else the new
// order is held until it is paid; the old tickets stay valid so long, and
// change places with the new ones in the transaction that issues them.
// Refusals: those of QuoteRebook, and of Hold for seats, documents and the
// waiting room.
func (o *Office) Rebook(ctx context.Context, now time.Time, v Verb, in RebookInput, difference chepiao.Money) (Answer, error) {
	o.offered.RLock() // no import between looking the departure up and holding it
	defer o.offered.RUnlock()
	f, err := o.Look(ctx, in.Order)
	if err != nil {
		return Answer{}, err
	}
	b, err := o.beginRebook(now, v, f.Order, in)
	if err != nil {
		return Answer{}, err
	}
	if b.pass, err = o.pass(ctx, now, v, b.channel(f.Order), in.Departure.Day(), b.rules); err != nil {
		return Answer{}, err
	}
	defer b.pass.leave()
	if err := b.sealAnew(f); err != nil {
		return Answer{}, err
	}
	e, err := o.once(ctx, v, []any{"rebook", in, difference}, func(tx *store.Tx) (*chepiao.Event, error) {
		return b.do(tx, difference)
	})
	return answer(e, err)
}

// beginRebook looks the new departure up.
func (o *Office) beginRebook(now time.Time, v Verb, order chepiao.Order, in RebookInput) (*rebooking, error) {
	if len(in.Tickets) == 0 || len(in.Tickets) > ridersMax {
		return nil, chepiao.Refuse(chepiao.Invalid, "请选择要改签的车票", "choose the tickets to rebook").At("tickets")
	}
	b := &rebooking{office: o, in: in, v: v, from: in.From, to: in.To}
	if b.from == 0 {
		b.from = order.From
	}
	if b.to == 0 {
		b.to = order.To
	}
	var err error
	if b.run, err = o.Timetable().OnOffer(in.Departure); err != nil {
		return nil, err
	}
	if b.board, b.alight, err = b.run.Template.Find(b.from, b.to); err != nil {
		return nil, err
	}
	b.rules = o.RulesFor(now, b.run, b.board)
	return b, nil
}

// sealAnew seals who travels once more, for the new tickets.
func (b *rebooking) sealAnew(f File) (err error) {
	b.people, b.tokens = map[chepiao.TicketID]store.Sealed{}, map[chepiao.TicketID]chepiao.PersonToken{}
	for i, t := range f.Tickets {
		b.tokens[t.ID] = t.Person
		if b.people[t.ID], err = b.office.secret.seal(f.Passengers[i], t.Person); err != nil {
			return err
		}
	}
	return nil
}

// channel is where the new order is sold: at the window that rebooks, else
// where the old one was bought on line.
func (b *rebooking) channel(old chepiao.Order) chepiao.Channel {
	switch {
	case b.v.At.Window:
		return chepiao.Window
	case old.Channel == chepiao.Platform:
		return chepiao.Platform
	}
	return chepiao.Online
}

func (b *rebooking) onSale(d *chepiao.Departure, now time.Time, old chepiao.Order) error {
	if err := b.office.Timetable().serves(b.run.ID.Day(), b.from, b.to); err != nil {
		return err
	}
	_, b.last = b.office.spanOf(b.run, d.Ops, b.board)
	today := chepiao.DayOf(now.In(b.office.Timetable().Zone))
	return d.OnSale(b.channel(old), b.board, b.last, now, today, b.rules)
}

// quote adds what one ticket costs or gives back. c is how its present
// departure stands.
func (b *rebooking) quote(sums *RebookSums, t chepiao.Ticket, c chepiao.RefundCase) error {
	was, err := b.office.Timetable().Run(t.Departure)
	if err != nil {
		return err
	}
	q, err := chepiao.QuoteRebook(t, chepiao.RebookCase{
		Now: c.Now, Departs: c.Departs, Gone: c.Gone, Fault: c.Fault, At: c.At,
		Same: t.Departure == b.run.ID, SameLine: was.Line.No == b.run.Line.No, SameDay: t.Departure.Day() == b.run.ID.Day(),
		From: b.from, To: b.to, Price: b.fare(t).Price,
	}, b.office.rulesOf(t))
	if err != nil {
		return err
	}
	sums.Quotes = append(sums.Quotes, q)
	sums.Credit, sums.Total = sums.Credit+q.Credit, sums.Total+q.Price
	return nil
}

func (b *rebooking) fare(t chepiao.Ticket) chepiao.Fare {
	return chepiao.Price(b.run.Line, b.run.Template, b.board, b.alight, t.Kind, b.rules)
}

func (b *rebooking) do(tx *store.Tx, difference chepiao.Money) (*chepiao.Event, error) {
	old, err := tx.Order(b.in.Order)
	if err != nil {
		return nil, err
	}
	if old.Payment == 0 && old.Origin == 0 {
		return nil, notPaid
	}
	all, chosen, err := b.office.choose(tx, old, b.in.Tickets)
	if err != nil {
		return nil, err
	}
	d, err := tx.Departure(b.run.ID, b.run.Template)
	if err != nil {
		return nil, err
	}
	if err := b.onSale(d, tx.Now, old); err != nil {
		return nil, err
	}
	if err := b.pass.use(tx); err != nil {
		return nil, err
	}
	sums, err := b.quoteAll(tx, chosen)
	if err != nil {
		return nil, err
	}
	if err := b.together(all, chosen); err != nil {
		return nil, err
	}
	if now := sums.Difference(); now != difference {
		return nil, differenceChanged(now)
	}
	seats, err := b.seat(tx, d, old, chosen)
	if err != nil {
		return nil, err
	}
	return b.write(tx, d, old, chosen, seats, sums)
}

func (b *rebooking) quoteAll(tx *store.Tx, chosen []chepiao.Ticket) (sums RebookSums, err error) {
	for i, t := range chosen {
		c, err := b.office.refundCaseIn(tx, t, b.v.At)
		if err != nil {
			return sums, err
		}
		if err := b.quote(&sums, t, c); err != nil {
			return sums, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
		if t.Person != b.tokens[t.ID] {
			return sums, chepiao.Refuse(chepiao.Busy, "旅客信息刚刚被更正，请重试", "the passenger was corrected this very moment: try again")
		}
	}
	return sums, nil
}

// together refuses with ChildAlone when a child would stay behind without an
// adult, or go ahead without one.
func (b *rebooking) together(all, chosen []chepiao.Ticket) error {
	if no := chepiao.StaysAlone(all, b.in.Tickets); no != nil {
		return no
	}
	var staying []chepiao.TicketID
	for _, t := range all {
		goes := false
		for _, c := range chosen {
			goes = goes || c.ID == t.ID
		}
		if !goes {
			staying = append(staying, t.ID)
		}
	}
	if no := chepiao.StaysAlone(all, staying); no != nil {
		return no
	}
	return nil
}

func differenceChanged(now chepiao.Money) error {
	if now >= 0 {
		return chepiao.Refuse(chepiao.QuoteChanged, "应补差价已变为 "+now.Yuan()+"，请重新确认", now.Yuan()+" is to pay now: please confirm again").At("difference")
	}
	return chepiao.Refuse(chepiao.QuoteChanged, "应退差价已变为 "+(-now).Yuan()+"，请重新确认", (-now).Yuan()+" comes back now: please confirm again").At("difference")
}

// seat decides the seats on the new departure as a sale does.
func (b *rebooking) seat(tx *store.Tx, d *chepiao.Departure, old chepiao.Order, chosen []chepiao.Ticket) ([]int, error) {
	wish := chepiao.Wish{Channel: b.channel(old), Board: b.board, Alight: b.alight, Seats: b.in.Seats}
	for _, t := range chosen {
		wish.Riders = append(wish.Riders, chepiao.Rider{Token: t.Person, Kind: t.Kind, Children: t.Children})
	}
	if err := tx.Riders(d, wish.Tokens()); err != nil {
		return nil, err
	}
	seats, err := d.Seat(wish, b.office.plan(b.run, d.Ops), b.rules)
	if chepiao.AsRefusal(err) != nil {
		swept, sweepErr := b.office.lapseDue(tx, d) // an expired hold may stand in the way
		if sweepErr != nil {
			return nil, sweepErr
		}
		if swept > 0 {
			seats, err = d.Seat(wish, b.office.plan(b.run, d.Ops), b.rules)
		}
	}
	if err != nil {
		return nil, err
	}
	return seats, b.office.maySell(tx, d, b.run, wish, b.in.Tickets, b.rules)
}
