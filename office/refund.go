package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// QuoteRefund says what refunding a ticket at a moment would cost and give
// back. Refusals: NotFound, WrongState, NotRefundable.
func (o *Office) QuoteRefund(ctx context.Context, at time.Time, id chepiao.TicketID) (chepiao.RefundQuote, error) {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return chepiao.RefundQuote{}, err
	}
	return o.quote(t, at)
}

func (o *Office) quote(t chepiao.Ticket, at time.Time) (chepiao.RefundQuote, error) {
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return chepiao.RefundQuote{}, err
	}
	_, last := o.Span(run, t.Board)
	return chepiao.QuoteRefund(t, last, at, o.rulesOf(t))
}

// Refund gives tickets of one order back. back is the sum the buyer confirmed;
// when it no longer holds, QuoteChanged names the new one and nothing happens.
// Money goes back the way it came: over the counter for cash, else by the
// channel. All the tickets are refunded or none.
// Refusals: Invalid, NotFound, WrongState, NotRefundable, QuoteChanged.
func (o *Office) Refund(ctx context.Context, v Verb, id chepiao.OrderID, tickets []chepiao.TicketID, back chepiao.Money) (Answer, error) {
	e, err := o.once(ctx, v, []any{"refund", id, tickets, back}, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if order.Payment == 0 {
			return nil, notPaid
		}
		paid, err := tx.Payment(order.Payment)
		if err != nil {
			return nil, err
		}
		given, sum, err := o.giveTickets(tx, order, tickets)
		if err != nil {
			return nil, err
		}
		if sum != back {
			return nil, chepiao.Refuse(chepiao.QuoteChanged, "应退金额已变为 "+sum.Yuan()+",请重新确认", fmt.Sprintf("%s would come back now: please confirm again", sum.Yuan())).At("back")
		}
		if err := o.freeSeats(tx, given); err != nil {
			return nil, err
		}
		return o.recordRefund(tx, v, order, given, paid, sum)
	})
	return answer(e, err)
}

func (o *Office) giveTickets(tx *store.Tx, order chepiao.Order, ids []chepiao.TicketID) (given []chepiao.Ticket, sum chepiao.Money, err error) {
	if len(ids) == 0 {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "请选择要退的车票", "choose the tickets to refund").At("tickets")
	}
	for i, id := range ids {
		field := fmt.Sprintf("tickets[%d]", i)
		t, err := tx.Ticket(id)
		if err == nil && t.Order != order.ID {
			err = chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket")
		}
		if err != nil {
			return nil, 0, atField(field, err)
		}
		q, err := o.quote(t, tx.Now)
		if err != nil {
			return nil, 0, atField(field, err)
		}
		if t, err = t.Give(q); err != nil {
			return nil, 0, atField(field, err)
		}
		if err := tx.PutTicket(t); err != nil {
			return nil, 0, err
		}
		given, sum = append(given, t), sum+q.Back
	}
	return given, sum, nil
}

func (o *Office) recordRefund(tx *store.Tx, v Verb, order chepiao.Order, given []chepiao.Ticket, paid chepiao.Payment, sum chepiao.Money) (*chepiao.Event, error) {
	all, err := tx.Tickets(order)
	if err != nil {
		return nil, err
	}
	returned := 0
	for _, t := range all {
		if t.State == chepiao.TicketRefunded {
			returned++
		}
	}
	if returned == len(all) {
		if order, err = order.Move(chepiao.OrderReturn); err != nil {
			return nil, err
		}
	} else {
		order.Version++
	}
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.TicketWasRefunded, By: v.By, Order: &order, Tickets: given}
	if sum > 0 {
		state := chepiao.PaybackDue
		if paid.Channel == chepiao.Cash {
			state = chepiao.PaybackSettled // the clerk hands it over
		}
		e.Payback = &chepiao.Payback{
			ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: paid.ID, Order: order.ID, Channel: paid.Channel,
			Amount: sum, State: state, Created: tx.Now, Version: 1,
		}
		tx.AddPayback(*e.Payback)
	}
	for i, t := range given {
		if err := o.tell(tx, chepiao.TellRefunded, given[i:i+1], chepiao.MessageFacts{Back: t.Refund}); err != nil {
			return nil, err
		}
	}
	return record(tx, e)
}

var notPaid = chepiao.Refuse(chepiao.WrongState, "订单尚未支付,没有可退的车票", "the order is not paid: there is nothing to refund").At("order")

func atField(field string, err error) error {
	if r := chepiao.AsRefusal(err); r != nil {
		return r.At(field)
	}
	return err
}
