package office

import (
	"chepiao"
	"chepiao/store"
)

// join gives a request that is paid ahead its place in the queue. It is served at
// once if seats have come back since it was asked; the event returned is the last
// one of the verb and says how the request stands.
func (o *Office) join(tx *store.Tx, order chepiao.Order, p chepiao.Payment, v Verb) (e *chepiao.Event, err error) {
	if order, err = order.Move(chepiao.OrderQueue); err != nil {
		return nil, err
	}
	if err := tx.PutPayment(p); err != nil {
		return nil, err
	}
	departures, err := o.settleQueues(tx, order)
	if err != nil {
		return nil, err
	}
	wait := *order.Wait
	if wait.Seq, err = tx.NextWait(); err != nil {
		return nil, err
	}
	order.Wait, order.Payment, order.Deadline = &wait, p.ID, wait.Until
	for _, d := range departures {
		if err := tx.Enqueue(order, d.ID); err != nil {
			return nil, err
		}
		tx.Touch(d) // another process that sells here must look at the queue again
	}
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	tickets, err := tx.Tickets(order)
	if err != nil {
		return nil, err
	}
	if e, err = record(tx, &chepiao.Event{Kind: chepiao.WaitWasJoined, By: v.By, Order: &order, Tickets: tickets, Payment: &p}); err != nil {
		return nil, err
	}
	for _, d := range departures {
		served, err := o.serveAt(tx, d)
		if err != nil {
			return nil, err
		}
		if n := len(served); n > 0 && served[n-1].Order.ID == order.ID { // the last of the queue
			return served[n-1], nil
		}
	}
	return e, nil
}

// settleQueues brings the departures of a request up to date before it joins:
// expired holds are over, and whoever stands ahead is served first.
func (o *Office) settleQueues(tx *store.Tx, order chepiao.Order) (departures []*chepiao.Departure, err error) {
	for _, id := range order.Wait.Departures {
		run, err := o.Timetable().Run(id)
		if err != nil {
			return nil, err
		}
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return nil, err
		}
		if _, err := o.lapseDue(tx, d); err != nil {
			return nil, err
		}
		if err := o.freed(tx, d); err != nil {
			return nil, err
		}
		departures = append(departures, d)
	}
	return departures, nil
}

func (o *Office) serveAt(tx *store.Tx, d *chepiao.Departure) ([]*chepiao.Event, error) {
	waiting, err := tx.Waiting(d.ID)
	if err != nil {
		return nil, err
	}
	run, err := o.Timetable().Run(d.ID)
	if err != nil {
		return nil, err
	}
	return o.walk(tx, run, d, waiting)
}

// stillAsked refuses with WaitClosed to take money for a request whose time is
// over.
func stillAsked(tx *store.Tx, order chepiao.Order) error {
	if tx.Now.Before(order.Wait.Until) {
		return nil
	}
	return chepiao.Refuse(chepiao.WaitClosed, "候补已截止", "the request is over").At("order")
}
