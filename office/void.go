package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// Void undoes the sale of tickets that a clerk has just made by mistake: their
// cash comes out of the drawer of whoever acts, all of it. The window that sold
// them may, within minutes, before anybody passed a gate; later, or for another
// clerk's sale, v.Agreed names the supervisor who agrees. All the tickets or none.
// Refusals: Invalid, NotFound, ChildAlone and those of chepiao.Void.
func (o *Office) Void(ctx context.Context, v Verb, id chepiao.OrderID, tickets []chepiao.TicketID) (Answer, error) {
	e, err := o.once(ctx, v, []any{"void", id, tickets}, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if order.Payment == 0 && order.Origin == 0 {
			return nil, notPaid
		}
		all, chosen, err := o.choose(tx, order, tickets)
		if err != nil {
			return nil, err
		}
		voided, because, sum, err := o.voidTickets(tx, v, order, chosen)
		if err != nil {
			return nil, err
		}
		if no := chepiao.StaysAlone(all, tickets); no != nil {
			return nil, no
		}
		if err := o.freeSeats(tx, voided); err != nil {
			return nil, err
		}
		if err := countTickets(tx, v, 0, len(voided), 0); err != nil {
			return nil, err
		}
		return o.giveBack(tx, v, order, sum, &chepiao.Event{Kind: chepiao.TicketWasVoided, By: v.By, Tickets: voided, Because: because})
	})
	return answer(e, err)
}

func (o *Office) voidTickets(tx *store.Tx, v Verb, order chepiao.Order, chosen []chepiao.Ticket) (voided []chepiao.Ticket, because []chepiao.Explanation, sum chepiao.Money, err error) {
	var paid chepiao.Payment
	if order.Payment != 0 {
		if paid, err = tx.Payment(order.Payment); err != nil {
			return nil, nil, 0, err
		}
	}
	var sold chepiao.Shift
	if paid.Shift != 0 {
		if sold, err = tx.Shift(paid.Shift); err != nil {
			return nil, nil, 0, err
		}
	}
	for i, t := range chosen {
		at, err := o.refundCaseIn(tx, t, v.At)
		if err != nil {
			return nil, nil, 0, err
		}
		next, why, err := chepiao.Void(t, chepiao.VoidCase{
			Now: tx.Now, Sold: paid.Created, At: v.At, By: v.By, SoldBy: order.Outlet, In: v.Shift, SoldIn: paid.Shift, Channel: paid.Channel, Gone: at.Gone, Origin: order.Origin != 0,
			Agreed: v.Agreed, Who: v.Who, SoldWho: sold.Staff,
		}, o.rulesOf(t))
		if chepiao.Why(err) == chepiao.SecondHand {
			return nil, nil, 0, err // about the supervisor, not about a ticket
		} else if err != nil {
			return nil, nil, 0, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
		if err := tx.PutTicket(next); err != nil {
			return nil, nil, 0, err
		}
		voided, because, sum = append(voided, next), append(because, why), sum+next.Refund
	}
	return voided, because, sum, nil
}

// Voidable are the tickets of an order whose sale can be undone now by whoever
// asks; ask says that a supervisor has to agree to it.
func (o *Office) Voidable(f File, now time.Time, v Verb) (ids []chepiao.TicketID, ask bool) {
	var paid chepiao.Payment
	for _, p := range f.Payments {
		if p.ID == f.Order.Payment {
			paid = p
		}
	}
	for _, t := range f.Tickets {
		_, _, err := chepiao.Void(t, chepiao.VoidCase{
			Now: now, Sold: paid.Created, At: v.At, By: v.By, SoldBy: f.Order.Outlet, In: v.Shift, SoldIn: paid.Shift, Channel: paid.Channel, Gone: t.Board < f.Left, Origin: f.Order.Origin != 0,
		}, o.rulesOf(t))
		needs := chepiao.Why(err) == chepiao.SupervisorNeeded
		if err == nil || needs {
			ids, ask = append(ids, t.ID), ask || needs
		}
	}
	return ids, ask
}
