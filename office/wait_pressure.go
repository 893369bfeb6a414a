package office

import (
	"context"
	"slices"

	"chepiao"
	"chepiao/store"
)

// WaitPlaces says how a request stands in the queues of its departures. None for
// an order that does not wait.
func (o *Office) WaitPlaces(ctx context.Context, order chepiao.Order) (places []chepiao.WaitPlace, err error) {
	if order.State != chepiao.OrderWaiting {
		return nil, nil
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		places, err = r.WaitPlaces(order)
		return err
	})
	return places, err
}

// WaitPressure says how much is asked of a departure that is full, and whether
// an extra one is worth proposing. Refusal NotFound.
func (o *Office) WaitPressure(ctx context.Context, id chepiao.DepartureID) (p chepiao.WaitPressure, err error) {
	p.Departure = id
	run, err := o.Timetable().Run(id)
	if err != nil {
		return p, err
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		queue, err := r.WaitQueue(id)
		for _, order := range queue {
			p.Press(order)
		}
		return err
	})
	p.Propose(o.RulesFor(o.store.Now(), run, 0))
	return p, err
}

// widen lets the requests for a departure have seats of the extra one that
// relieves it, too, and serves those that fit, in the order of the queue. It is
// called in the transaction that makes the extra departure; extra is its run,
// which the timetable may not have yet, and d as the transaction sees it.
func (o *Office) widen(tx *store.Tx, v Verb, of chepiao.DepartureID, extra Run, d *chepiao.Departure) error {
	waiting, err := tx.Waiting(of)
	if err != nil || len(waiting) == 0 {
		return err
	}
	for _, id := range waiting {
		order, err := tx.Order(id)
		if err != nil {
			return err
		}
		if _, _, err := extra.Template.Find(order.From, order.To); err != nil || slices.Contains(order.Wait.Departures, extra.ID) {
			continue // it does not stop there
		}
		wait := *order.Wait
		wait.Departures = append(slices.Clone(wait.Departures), extra.ID)
		order.Wait = &wait
		order.Version++
		if err := tx.PutOrder(order); err != nil {
			return err
		}
		if err := tx.Enqueue(order, extra.ID); err != nil {
			return err
		}
		if _, err := record(tx, &chepiao.Event{Kind: chepiao.WaitWasWidened, By: v.By, Order: &order}); err != nil {
			return err
		}
	}
	tx.Touch(d)
	if waiting, err = tx.Waiting(extra.ID); err != nil {
		return err
	}
	_, err = o.walk(tx, extra, d, waiting)
	return err
}
