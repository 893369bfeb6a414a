package baseline

import (
	"fmt"
	"math/rand/v2"
	"time"

	"chepiao"
)

// What the three ways of writing have in common: the decisions of the verbs.
// Each takes what was read from the database and says what is to be written.

// verb is the caller's id of a request with a keyed hash of its inputs.
type verb struct {
	id    string
	input []byte
}

func (s *Shop) verb(id string, inputs any) (verb, error) {
	if id == "" || len(id) > 100 {
		return verb{}, chepiao.Refuse(chepiao.Invalid, "请求编号应为 1 到 100 个字符", "the idempotency key must have 1 to 100 characters").At("Idempotency-Key")
	}
	input, err := s.secret.inputHash(inputs)
	return verb{id, input}, err
}

// holding is one hold under way.
type holding struct {
	shop   *Shop
	verb   verb
	key    string
	in     Sale
	now    time.Time
	run    *run
	wish   chepiao.Wish
	sealed []sealed
	order  Order
}

// admit checks and seals the passengers and asks whether the departure is on
// sale: all that needs no database.
func (h *holding) admit() error {
	s := h.shop
	var err error
	if h.run, err = s.net.find(h.in.Departure); err != nil {
		return err
	}
	from, to := s.net.codes[h.in.From], s.net.codes[h.in.To]
	if from == nil || to == nil {
		return chepiao.Refuse(chepiao.NotFound, "没有这个车站", "there is no such station").At("from")
	}
	h.wish.Channel = h.in.Channel
	if h.wish.Board, h.wish.Alight, err = h.run.template.Find(from.No, to.No); err != nil {
		return err
	}
	day := h.in.Departure.Day()
	today := chepiao.DayOf(h.now.In(s.net.Zone))
	for i, p := range h.in.Passengers {
		if err := h.passenger(p, day, today); err != nil {
			if r := chepiao.AsRefusal(err); r != nil {
				return r.At(fmt.Sprintf("passengers[%d].%s", i, r.Field))
			}
			return err
		}
	}
	_, last := h.run.template.Span(h.wish.Board, day, s.net.Zone)
	d := chepiao.NewDeparture(h.in.Departure, h.run.template)
	if err := d.OnSale(h.in.Channel, h.wish.Board, last, h.now, today, s.rules); err != nil {
		return err
	}
	_, err = d.Seat(h.wish, h.run.plan, s.rules) // on an empty coach: what it says no to is no matter of seats
	return err
}

func (h *holding) passenger(p Passenger, day, today chepiao.Day) error {
	kind, err := chepiao.ParseTicketKind(p.Fare)
	if err != nil {
		return err
	}
	var who chepiao.Passenger
	if who.Name, err = chepiao.NewName(p.Name); err != nil {
		return err
	}
	if who.Document, err = chepiao.NewDocument(chepiao.DocumentKind(p.Kind), p.Number, "", today); err != nil {
		return err
	}
	if err := who.Document.SoldOn(h.in.Channel); err != nil {
		return err
	}
	if who.Phone, err = chepiao.NewPhone(p.Phone); err != nil {
		return err
	}
	claim := chepiao.Claim{Kind: kind, Age: -1}
	if years, known := who.Document.Age(day); known {
		claim.Age = years
	}
	proof, _, no := claim.Eligible(h.in.Channel, h.shop.rules)
	if no != nil {
		return no
	}
	token := chepiao.TokenOf(h.shop.secret.node, who.Document)
	box, err := h.shop.secret.seal(who, token)
	if err != nil {
		return err
	}
	h.wish.Riders = append(h.wish.Riders, chepiao.Rider{Token: token, Kind: kind, Proof: proof})
	h.sealed = append(h.sealed, box)
	return nil
}

// journey is a live ticket that a passenger has already.
type journey struct {
	departure     chepiao.DepartureID
	board, alight int
}

// rides refuses passengers who ride here already or elsewhere at that time.
func (h *holding) rides(others []journey) error {
	wanted := h.shop.net.ride(h.run, h.in.Departure, h.wish.Board, h.wish.Alight)
	for _, j := range others {
		if j.departure == h.in.Departure {
			return duplicate
		}
		other, err := h.shop.net.find(j.departure)
		if err != nil {
			return err
		}
		if no := wanted.Meets(h.shop.net.ride(other, j.departure, j.board, j.alight), h.shop.net.Zone, h.shop.rules); no != nil {
			return no
		}
	}
	return nil
}

var duplicate = chepiao.Refuse(chepiao.DuplicateRider, "该证件已购买本班次车票，一证一票", "this document already has a ticket for this departure").At("passengers[0].document.number")

var soldOut = chepiao.Refuse(chepiao.SoldOut, "该区段已售完", "no seat is left between these stops")

// number gives the order and its tickets their numbers, before they have seats.
func (h *holding) number() int64 {
	n := int64(len(h.wish.Riders)) + 1
	return h.shop.ids.Add(n) - n + 1
}

// write makes the order with the seats that were got.
func (h *holding) write(first int64, seats []int) {
	r := h.shop.rules
	stops := h.run.template.Stops
	o := chepiao.Order{
		ID: chepiao.OrderID(first), Key: h.key, Channel: h.in.Channel, Departure: h.in.Departure,
		From: stops[h.wish.Board].Station, To: stops[h.wish.Alight].Station, State: chepiao.OrderHeld,
		Created: h.now, Deadline: h.now.Add(r.Hold(h.in.Channel)), Count: len(seats), Version: 1,
	}
	tickets := make([]chepiao.Ticket, len(seats))
	for i, seat := range seats {
		rider := h.wish.Riders[i]
		fare := chepiao.Price(h.run.line, h.run.template, h.wish.Board, h.wish.Alight, rider.Kind, r)
		o.Total += fare.Price
		tickets[i] = chepiao.Ticket{
			ID: chepiao.TicketID(first + 1 + int64(i)), Order: o.ID, Departure: o.Departure, State: chepiao.TicketHeld,
			From: o.From, To: o.To, Board: h.wish.Board, Alight: h.wish.Alight, Seat: seat, Kind: rider.Kind,
			Full: fare.Full, Price: fare.Price, Rules: r.Version, Person: rider.Token, Voucher: 1, Version: 1,
		}
	}
	h.order = Order{o, tickets}
}

// paying is one payment under way.
type paying struct {
	shop    *Shop
	verb    verb
	id      chepiao.OrderID
	amount  chepiao.Money
	now     time.Time
	payment chepiao.Payment
	order   Order
}

var notFound = chepiao.Refuse(chepiao.NotFound, "没有这个订单", "there is no such order").At("order")

// decide issues the order that was read.
func (p *paying) decide(o Order) (err error) {
	if o.ID == 0 {
		return notFound
	}
	if err := o.Alive(p.now); err != nil {
		return err
	}
	if p.amount != o.Due() {
		return chepiao.Refuse(chepiao.AmountMismatch, "应收金额为 "+o.Due().Yuan(), o.Due().Yuan()+" is to pay").At("amount")
	}
	if o.Order, err = o.Move(chepiao.OrderIssue); err != nil {
		return err
	}
	p.payment = chepiao.Payment{
		ID: chepiao.PaymentID(p.shop.ids.Add(1)), Order: o.ID, Channel: chepiao.Cash, Amount: p.amount,
		State: chepiao.PaymentPaid, Created: p.now, Version: 1,
	}
	o.Payment = p.payment.ID
	for i, t := range o.Tickets {
		if o.Tickets[i], err = t.Move(chepiao.MoveIssue); err != nil {
			return err
		}
	}
	p.order = o
	return nil
}

// refunding is one refund under way.
type refunding struct {
	shop    *Shop
	verb    verb
	id      chepiao.OrderID
	chosen  []chepiao.TicketID
	back    chepiao.Money
	now     time.Time
	given   []chepiao.Ticket
	because []chepiao.Explanation
	payback chepiao.Payback
	order   Order
}

// decide gives the chosen tickets of the order that was read back.
func (r *refunding) decide(o Order) error {
	if o.ID == 0 {
		return notFound
	}
	run, err := r.shop.net.find(o.Departure)
	if err != nil {
		return err
	}
	returned, sum := 0, chepiao.Money(0)
	r.given, r.because = nil, nil
	for i, t := range o.Tickets {
		for _, id := range r.chosen {
			if id != t.ID {
				continue
			}
			_, departs := run.template.Span(t.Board, t.Departure.Day(), r.shop.net.Zone)
			q, err := chepiao.QuoteRefund(t, chepiao.RefundCase{Now: r.now, Departs: departs, Flow: run.template.Kind == chepiao.Flow}, r.shop.rules)
			if err != nil {
				return err
			}
			if t, err = t.Give(q); err != nil {
				return err
			}
			o.Tickets[i], sum = t, sum+q.Back
			r.given, r.because = append(r.given, t), append(r.because, q.Because)
		}
		if o.Tickets[i].State.Returned() {
			returned++
		}
	}
	switch {
	case len(r.given) != len(r.chosen) || len(r.given) == 0:
		return chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("tickets[0]")
	case sum != r.back:
		return chepiao.Refuse(chepiao.QuoteChanged, "应退金额已变为 "+sum.Yuan()+"，请重新确认", sum.Yuan()+" would come back now: please confirm again").At("back")
	case returned < len(o.Tickets):
		o.Version++
	default:
		if o.Order, err = o.Move(chepiao.OrderReturn); err != nil {
			return err
		}
	}
	r.payback = chepiao.Payback{
		ID: chepiao.PaybackID(r.shop.ids.Add(1)), Payment: o.Payment, Order: o.ID, Channel: chepiao.Cash,
		Amount: sum, State: chepiao.PaybackSettled, Created: r.now, Version: 1,
	}
	r.order = o
	return nil
}

func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(rand.Int64N(int64(d)))
}
