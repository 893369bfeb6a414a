package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// Extend keeps a hold for another while, as often as the rules allow.
// Refusals: NotFound, HoldExpired, HoldLimit, WrongState, DepartureClosed.
func (o *Office) Extend(ctx context.Context, v Verb, id chepiao.OrderID) (Answer, error) {
	e, err := o.once(ctx, v, []any{"extend", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		run, board, err := o.open(tx, order)
		if err != nil {
			return nil, err
		}
		_, last := o.Span(run, board)
		if order, err = order.Extend(tx.Now, last, o.RulesFor(tx.Now, run, board)); err != nil {
			return nil, err
		}
		if err := tx.PutOrder(order); err != nil {
			return nil, err
		}
		tickets, err := tx.Tickets(order)
		if err != nil {
			return nil, err
		}
		return record(tx, &chepiao.Event{Kind: chepiao.HoldWasExtended, By: v.By, Order: &order, Tickets: tickets})
	})
	return answer(e, err)
}

// loadDeparture makes sure the departure's list of holds follows the order.
func (o *Office) loadDeparture(tx *store.Tx, order chepiao.Order) error {
	run, err := o.Timetable().Run(order.Departure)
	if err != nil {
		return err
	}
	_, err = tx.Departure(order.Departure, run.Template)
	return err
}

// open finds where an order boards. It refuses with DepartureClosed when the
// coach has left that stop: nobody pays for a coach that is gone. An order that
// was rebooked is refused, too, when its old tickets are worth nothing any more.
func (o *Office) open(tx *store.Tx, order chepiao.Order) (run Run, board int, err error) {
	if run, err = o.Timetable().Run(order.Departure); err != nil {
		return run, 0, err
	}
	d, err := tx.Departure(order.Departure, run.Template)
	if err != nil {
		return run, 0, err
	}
	first, err := tx.Ticket(order.Tickets()[0])
	if err != nil {
		return run, 0, err
	}
	if err := o.mayReplace(tx, order); err != nil {
		return run, 0, err
	}
	if order.Wait != nil {
		return run, first.Board, stillAsked(tx, order)
	}
	return run, first.Board, d.Open(first.Board)
}

func answer(e *chepiao.Event, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	return Answer{*e.Order, e.Tickets, e}, nil
}
