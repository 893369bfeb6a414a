package office

import (
	"context"
	"slices"

	"chepiao"
	"chepiao/store"
)

// Release gives a hold up: the seats are free at once. It gives a request for the
// waitlist up, too: what was paid ahead goes back. Refusals: NotFound,
// HoldExpired, WrongState (paid, or being paid).
func (o *Office) Release(ctx context.Context, v Verb, id chepiao.OrderID) (Answer, error) {
	e, err := o.once(ctx, v, []any{"release", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if err := order.Alive(tx.Now); err != nil {
			return nil, err
		}
		if order.State == chepiao.OrderWaiting {
			return o.endWait(tx, v, order, chepiao.OrderRelease, chepiao.MoveRelease)
		}
		return o.endHold(tx, order, chepiao.OrderRelease, chepiao.MoveRelease, chepiao.OrderWasReleased, v.By, nil)
	})
	return answer(e, err)
}

// endHold ends an unpaid order and frees its seats: the one way a hold ends
// without money, whoever asks. closed is the payment that ended it by being
// closed at its channel, nil otherwise.
func (o *Office) endHold(tx *store.Tx, order chepiao.Order, move chepiao.OrderMove, ticketMove chepiao.TicketMove, kind chepiao.EventKind, by string, closed *chepiao.Payment) (*chepiao.Event, error) {
	order, err := order.Move(move)
	if err != nil {
		return nil, err
	}
	tickets, err := moveTickets(tx, order, ticketMove)
	if err != nil {
		return nil, err
	}
	if order.Wait == nil { // a request has no seats yet
		if err := o.freeSeats(tx, tickets); err != nil {
			return nil, err
		}
	}
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	return record(tx, &chepiao.Event{Kind: kind, By: by, Order: &order, Tickets: tickets, Payment: closed})
}

// freeSeats gives back the seats of tickets that live no longer, each on its own
// departure. Lapse, refund and release all come through here.
func (o *Office) freeSeats(tx *store.Tx, tickets []chepiao.Ticket) error {
	var touched []*chepiao.Departure
	for _, t := range tickets {
		run, err := o.Timetable().Run(t.Departure)
		if err != nil {
			return err
		}
		d, err := tx.Departure(t.Departure, run.Template)
		if err != nil {
			return err
		}
		d.Free(t)
		if !slices.Contains(touched, d) {
			touched = append(touched, d)
		}
	}
	for _, d := range touched {
		tx.Touch(d)
		if err := o.freed(tx, d); err != nil {
			return err
		}
	}
	return nil
}

// moveTickets applies a verb to every ticket of an order.
func moveTickets(tx *store.Tx, order chepiao.Order, move chepiao.TicketMove) ([]chepiao.Ticket, error) {
	tickets, err := tx.Tickets(order)
	if err != nil {
		return nil, err
	}
	for i := range tickets {
		if tickets[i], err = tickets[i].Move(move); err != nil {
			return nil, err
		}
		if err := tx.PutTicket(tickets[i]); err != nil {
			return nil, err
		}
	}
	return tickets, nil
}
