package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// endWait ends a request that was paid ahead and has waited in vain, or that its
// buyer gives up: all of the money goes back.
func (o *Office) endWait(tx *store.Tx, v Verb, order chepiao.Order, move chepiao.OrderMove, ticketMove chepiao.TicketMove) (*chepiao.Event, error) {
	if err := tx.Dequeue(order); err != nil {
		return nil, err
	}
	order, err := order.Move(move)
	if err != nil {
		return nil, err
	}
	tickets, err := moveTickets(tx, order, ticketMove)
	if err != nil {
		return nil, err
	}
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.WaitHasEnded, By: v.By, Order: &order, Tickets: tickets}
	if e.Payback, err = o.sendBack(tx, v, order, order.Wait.Prepaid); err != nil {
		return nil, err
	}
	if move == chepiao.OrderLapse {
		for i, t := range tickets {
			if err := o.tell(tx, chepiao.TellWaitlistFailed, tickets[i:i+1], chepiao.MessageFacts{Back: t.Price}); err != nil {
				return nil, err
			}
		}
	}
	return record(tx, e)
}

// lapseWait ends a request that is over: unpaid at its deadline, or waiting at
// its end.
func (o *Office) lapseWait(ctx context.Context, order chepiao.Order) (ended bool, err error) {
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		ended = false
		current, err := tx.Order(order.ID)
		if err != nil || tx.Now.Before(current.Deadline) {
			return err
		}
		switch current.State {
		case chepiao.OrderAsked:
			_, err = o.endHold(tx, current, chepiao.OrderLapse, chepiao.MoveLapse, chepiao.OrderHasLapsed, "sweeper", nil)
		case chepiao.OrderWaiting:
			_, err = o.endWait(tx, Verb{By: "sweeper"}, current, chepiao.OrderLapse, chepiao.MoveLapse)
		default:
			return nil
		}
		ended = true
		return err
	})
	return ended, err
}

// dropped ends the requests of a departure that does not run any more and that
// have no other departure to wait for. The others go on waiting for those.
func (o *Office) dropped(tx *store.Tx, d *chepiao.Departure) error {
	waiting, err := tx.Waiting(d.ID)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		order, err := tx.Order(id)
		if err != nil {
			return err
		}
		hope, err := o.hope(tx, order)
		if err != nil {
			return err
		}
		if hope {
			continue
		}
		if _, err := o.endWait(tx, Verb{By: waitlist}, order, chepiao.OrderLapse, chepiao.MoveLapse); err != nil {
			return err
		}
	}
	return nil
}

// hope says whether a request can still be served by one of its departures.
func (o *Office) hope(tx *store.Tx, order chepiao.Order) (bool, error) {
	for _, id := range order.Wait.Departures {
		run, err := o.Timetable().Run(id)
		if err != nil {
			return false, err
		}
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return false, err
		}
		board, _, err := o.Timetable().Find(run, order.From, order.To)
		if err != nil {
			continue
		}
		_, departs := o.spanOf(run, d.Ops, board)
		switch no := d.MayWait(board, departs, tx.Now, o.RulesFor(tx.Now, run, board)); chepiao.Why(no) {
		case "", chepiao.StopSale: // a stopped sale may go on
			return true, nil
		}
	}
	return false, nil
}

// Limits of one round of serveWaiting.
const departuresMax = 1000

// serveWaiting looks once more at departures that somebody waits for and that
// have a seat free: a request that was passed over for another reason than seats
// may fit now, because a rule or the passenger's other journey has changed.
func (o *Office) serveWaiting(ctx context.Context) (failed error) {
	var ids []chepiao.DepartureID
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		ids, err = r.WaitedFor(-1<<62, departuresMax)
		return err
	})
	if err != nil {
		return fmt.Errorf("finding queues: %w", err)
	}
	for _, id := range ids {
		v := o.store.View(id)
		if v == nil || v.State == chepiao.Running && !someFree(v.Seats) {
			continue
		}
		failed = errors.Join(failed, o.store.Write(ctx, func(tx *store.Tx) error {
			run, err := o.Timetable().Run(id)
			if err != nil {
				return err
			}
			d, err := tx.Departure(id, run.Template)
			if err != nil {
				return err
			}
			if d.State != chepiao.Running {
				return o.dropped(tx, d)
			}
			return o.freed(tx, d)
		}))
	}
	return failed
}

func someFree(m chepiao.SeatMap) bool {
	for leg := range m.Legs() {
		if m.Free(leg, leg+1) > 0 {
			return true
		}
	}
	return false
}

// dueWaits are the requests that are over.
func (o *Office) dueWaits(ctx context.Context, now time.Time) (due []chepiao.Order, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		due, err = r.DueWaits(now, lapsesMax)
		return err
	})
	if err != nil {
		err = fmt.Errorf("finding due requests: %w", err)
	}
	return due, err
}
