package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// PayCash takes an order's money over the counter and issues its tickets.
// amount is what the clerk confirms to have taken for the order; it must be what
// is due. It lies in the drawer of the clerk's shift, where there is one (v.Shift).
// Refusals: NotFound, HoldExpired, AmountMismatch, WrongState, DepartureClosed,
// ShiftNeeded, ShiftClosed, CashCeiling.
func (o *Office) PayCash(ctx context.Context, v Verb, id chepiao.OrderID, amount chepiao.Money) (Answer, error) {
	e, err := o.once(o.store.With(ctx, store.Needs{Order: id}), v, []any{"pay", "cash", id, amount}, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if err := order.Alive(tx.Now); err != nil {
			return nil, err
		}
		if order.State == chepiao.OrderPaying {
			return nil, chepiao.Refuse(chepiao.PaymentOpen, "该订单正在线上支付", "the order is being paid through a channel").At("order")
		}
		if amount != order.Due() {
			return nil, chepiao.Refuse(chepiao.AmountMismatch, "应收金额为 "+order.Due().Yuan(), fmt.Sprintf("%s is to pay", order.Due().Yuan())).At("amount")
		}
		if _, _, err := o.open(tx, order); err != nil {
			return nil, err
		}
		if err := o.mayMoveCash(tx, v); err != nil {
			return nil, err
		}
		payment := chepiao.Payment{
			ID: chepiao.PaymentID(tx.NextIDs(1)), Order: id, Channel: chepiao.Cash, Amount: amount,
			State: chepiao.PaymentPaid, Created: tx.Now, Shift: v.Shift, Version: 1,
		}
		tx.AddPayment(payment)
		return o.issue(tx, order, payment, chepiao.OrderIssue, chepiao.MoveIssue, v)
	})
	return answer(e, err)
}

// issue makes the tickets of a paid order valid: the money is there, the seats
// are its own. A request for the waitlist takes its place in the queue instead.
func (o *Office) issue(tx *store.Tx, order chepiao.Order, p chepiao.Payment, move chepiao.OrderMove, ticketMove chepiao.TicketMove, v Verb) (*chepiao.Event, error) {
	sold := order.Count
	if order.Origin != 0 {
		sold = 0 // rebooked, not sold
	}
	if err := o.countIn(tx, &p, sold); err != nil {
		return nil, err
	}
	if order.Wait != nil {
		return o.join(tx, order, p, v)
	}
	order, err := order.Move(move)
	if err != nil {
		return nil, err
	}
	order.Payment = p.ID
	tickets, err := moveTickets(tx, order, ticketMove)
	if err != nil {
		return nil, err
	}
	if err := tx.PutPayment(p); err != nil {
		return nil, err
	}
	if order.Origin != 0 {
		if err := o.replace(tx, v, order, tickets); err != nil {
			return nil, err
		}
	}
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	if err := o.tell(tx, chepiao.TellIssued, tickets, chepiao.MessageFacts{}); err != nil {
		return nil, err
	}
	return record(tx, &chepiao.Event{Kind: chepiao.OrderWasIssued, By: v.By, Order: &order, Tickets: tickets, Payment: &p})
}
