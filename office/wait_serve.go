package office

import (
	"chepiao"
	"chepiao/store"
)

// waitlist is who acts when seats that came back are given out.
const waitlist = "waitlist"

// freed is called whenever seats of a departure have come back, in the very
// transaction that frees them, after the departure was touched: before anybody
// else can buy them, they go to the first requests that they satisfy.
func (o *Office) freed(tx *store.Tx, d *chepiao.Departure) error {
	if err := o.seatLeftOver(tx, d); err != nil { // whom a smaller coach could not take comes first
		return err
	}
	waiting, err := tx.Waiting(d.ID)
	if err != nil || len(waiting) == 0 {
		return err
	}
	run, err := o.Timetable().Run(d.ID)
	if err != nil {
		return err
	}
	_, err = o.walk(tx, run, d, waiting)
	return err
}

// walk goes through the queue of a departure in order and serves each request
// that fits, the whole party or nobody. A request that does not fit is passed
// over, and whoever is served after it has that in the event. The events are
// returned in the order of serving.
func (o *Office) walk(tx *store.Tx, run Run, d *chepiao.Departure, waiting []chepiao.OrderID) (served []*chepiao.Event, err error) {
	var passed []chepiao.WaitPassed
	var because []chepiao.Explanation
	for _, id := range waiting {
		s, err := o.serving(tx, run, d, id)
		if err != nil {
			return nil, err
		}
		err = s.fit()
		if no := chepiao.AsRefusal(err); no != nil {
			one := chepiao.WaitPassed{Order: id, Seq: s.order.Wait.Seq, Board: s.wish.Board, Alight: s.wish.Alight, People: s.order.Count, Reason: no.Reason}
			passed, because = append(passed, one), append(because, one.Because(no, s.rules))
			continue
		}
		if err != nil {
			return nil, err
		}
		e, err := s.serve(passed, because)
		if err != nil {
			return nil, err
		}
		served = append(served, e)
	}
	return served, nil
}

// serving is one request looked at for one departure.
type serving struct {
	office  *Office
	tx      *store.Tx
	run     Run
	d       *chepiao.Departure
	order   chepiao.Order
	tickets []chepiao.Ticket
	wish    chepiao.Wish
	rules   *chepiao.Rules
	seats   []int
	lost    error // the stops are not on the departure
}

func (o *Office) serving(tx *store.Tx, run Run, d *chepiao.Departure, id chepiao.OrderID) (*serving, error) {
	s := &serving{office: o, tx: tx, run: run, d: d}
	var err error
	if s.order, err = tx.Order(id); err != nil {
		return nil, err
	}
	if s.tickets, err = tx.Tickets(s.order); err != nil {
		return nil, err
	}
	board, alight, err := o.Timetable().Find(run, s.order.From, s.order.To)
	if err != nil {
		s.lost = err
	}
	s.wish, s.rules = s.order.WishOf(s.tickets, board, alight), o.RulesFor(tx.Now, run, board)
	return s, tx.Riders(d, s.wish.Tokens())
}

// fit finds the request its seats. Refusals: those of Departure.Serve and
// maySell, WaitClosed when the request is over.
func (s *serving) fit() (err error) {
	if s.lost != nil {
		return s.lost
	}
	if !s.tx.Now.Before(s.order.Wait.Until) {
		return chepiao.Refuse(chepiao.WaitClosed, "候补已到截止时间", "the request is over")
	}
	_, departs := s.office.spanOf(s.run, s.d.Ops, s.wish.Board)
	if s.seats, err = s.d.Serve(s.wish, departs, s.tx.Now, s.office.plan(s.run, s.d.Ops), s.rules); err != nil {
		return err
	}
	return s.office.maySell(s.tx, s.d, s.run, s.wish, nil, s.rules)
}

// serve gives the request its seats. What the departure costs less than the
// dearest one goes back.
func (s *serving) serve(passed []chepiao.WaitPassed, because []chepiao.Explanation) (*chepiao.Event, error) {
	before, err := s.d.Seats.MarshalBinary()
	if err != nil {
		return nil, err
	}
	order, err := s.order.Move(chepiao.OrderServe)
	if err != nil {
		return nil, err
	}
	if err := s.tx.Dequeue(order); err != nil {
		return nil, err
	}
	order.Departure, order.Total = s.run.ID, 0
	for i, t := range s.tickets {
		pinned := s.office.rules.Load().rules(t.Rules, s.office.where(s.run, s.wish.Board))
		fare := chepiao.Price(s.run.Line, s.run.Template, s.wish.Board, s.wish.Alight, t.Kind, pinned)
		if t, err = t.Seated(s.run.ID, s.wish, s.seats[i], fare); err != nil {
			return nil, err
		}
		if err := s.tx.PutTicket(t); err != nil {
			return nil, err
		}
		s.tickets[i] = t
		order.Total += t.Price
	}
	s.d.Take(s.tickets)
	s.tx.Touch(s.d)
	if err := s.tx.PutOrder(order); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.WaitWasServed, By: waitlist, Order: &order, Tickets: s.tickets, Because: because,
		Detail: chepiao.WaitWalk{Departure: s.run.ID, Seats: before, Passed: passed}}
	if e.Payback, err = s.office.sendBack(s.tx, Verb{By: waitlist}, order, order.Wait.Prepaid-order.Total); err != nil {
		return nil, err
	}
	if err := s.office.tell(s.tx, chepiao.TellWaitlistServed, s.tickets, chepiao.MessageFacts{}); err != nil {
		return nil, err
	}
	return record(s.tx, e)
}
