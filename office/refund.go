package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// QuoteRefund says what refunding a ticket at a moment, past or future, would
// cost and give back; at says where it would be asked for. Refusals: NotFound
// and those of chepiao.QuoteRefund.
func (o *Office) QuoteRefund(ctx context.Context, now time.Time, at chepiao.AskedAt, id chepiao.TicketID) (chepiao.RefundQuote, error) {
	return o.QuoteBlame(ctx, now, at, id, "")
}

// QuoteBlame is QuoteRefund for a fault that a clerk names, "" for none.
func (o *Office) QuoteBlame(ctx context.Context, now time.Time, at chepiao.AskedAt, id chepiao.TicketID, fault chepiao.Fault) (chepiao.RefundQuote, error) {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return chepiao.RefundQuote{}, err
	}
	c, err := o.refundCase(t, now, at)
	if err != nil {
		return chepiao.RefundQuote{}, err
	}
	return chepiao.QuoteRefund(t.Blamed(fault, c.Fault), c, o.rulesOf(t))
}

// RefundStages says until when a ticket gives what back. There are none for one
// that cannot be refunded.
func (o *Office) RefundStages(ctx context.Context, id chepiao.TicketID) ([]chepiao.RefundStage, error) {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := o.refundCase(t, time.Time{}, chepiao.AskedAt{})
	if err != nil {
		return nil, err
	}
	return chepiao.RefundStages(t, c, o.rulesOf(t)), nil
}

// refundCase is how a ticket's departure stands, as last committed.
func (o *Office) refundCase(t chepiao.Ticket, now time.Time, at chepiao.AskedAt) (c chepiao.RefundCase, err error) {
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return c, err
	}
	left, ops := 0, (*chepiao.Ops)(nil)
	if v := o.store.View(t.Departure); v != nil {
		left, ops = v.Left, v.Ops
	}
	return o.refundCaseOf(run, left, ops, t, now, at), nil
}

func (o *Office) refundCaseOf(run Run, left int, ops *chepiao.Ops, t chepiao.Ticket, now time.Time, at chepiao.AskedAt) chepiao.RefundCase {
	c := chepiao.RefundCase{Now: now, Flow: run.Template.Kind == chepiao.Flow, Gone: t.Board < left, At: at}
	_, c.Departs = o.spanOf(run, ops, t.Board)
	if !at.When.IsZero() && at.When.Before(now) { // asked for at another node: the fee is that time's
		c.Now, c.Gone = at.When, c.Gone && !at.When.Before(c.Departs)
	}
	if ops != nil {
		c.Fault = ops.Fault
	}
	return c
}

// refundCaseIn is how a ticket's departure stands in a transaction.
func (o *Office) refundCaseIn(tx *store.Tx, t chepiao.Ticket, at chepiao.AskedAt) (c chepiao.RefundCase, err error) {
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return c, err
	}
	d, err := tx.Departure(t.Departure, run.Template)
	if err != nil {
		return c, err
	}
	return o.refundCaseOf(run, d.Left, d.Ops, t, tx.Now, at), nil
}

// Refund gives tickets of one order back. back is the sum the buyer confirmed;
// when it no longer holds, QuoteChanged names the new one and nothing happens.
// Money goes back the way it came. All the tickets are refunded or none. Where
// another node owns the order, nothing has changed when it returns: the owner was
// asked, and Asked tells what came of it.
// Refusals: Invalid, NotFound, QuoteChanged, ChildAlone and those of
// chepiao.QuoteRefund.
func (o *Office) Refund(ctx context.Context, v Verb, id chepiao.OrderID, tickets []chepiao.TicketID, back chepiao.Money) (Answer, error) {
	return o.RefundBlame(ctx, v, id, tickets, back, chepiao.Blame{})
}

// RefundBlame is Refund with what the clerk says of it: whose fault it is, and why.
// Both are journaled, and v.Agreed, the supervisor who agrees to it. Refusals beside
// those of Refund: those of chepiao.Blame's Read and of Ticket.Blame.
func (o *Office) RefundBlame(ctx context.Context, v Verb, id chepiao.OrderID, tickets []chepiao.TicketID, back chepiao.Money, blame chepiao.Blame) (Answer, error) {
	blame, err := blame.Read()
	if err != nil {
		return Answer{}, err
	}
	inputs := []any{"refund", id, tickets, back}
	if blame != (chepiao.Blame{}) {
		inputs = append(inputs, blame)
	}
	e, err := o.once(o.store.With(ctx, store.Needs{Order: id}), v, inputs, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if order.Owner() != o.No() && blame == (chepiao.Blame{}) { // what a clerk decides is decided where the order is
			return o.askOwner(tx, v, order, tickets, back)
		}
		return o.refundIn(tx, v, order, tickets, &back, blame)
	})
	return answer(e, err)
}

// refundIn gives tickets of an order back in a transaction. back is the sum that
// was confirmed, nil where there is nothing to confirm.
func (o *Office) refundIn(tx *store.Tx, v Verb, order chepiao.Order, tickets []chepiao.TicketID, back *chepiao.Money, blame chepiao.Blame) (*chepiao.Event, error) {
	if order.Payment == 0 && order.Origin == 0 {
		return nil, notPaid
	}
	all, chosen, err := o.choose(tx, order, tickets)
	if err != nil {
		return nil, err
	}
	given, because, sum, err := o.giveTickets(tx, v, chosen, blame)
	if err != nil {
		return nil, err
	}
	if no := chepiao.StaysAlone(all, tickets); no != nil {
		return nil, no
	}
	if back != nil && sum != *back {
		return nil, chepiao.Refuse(chepiao.QuoteChanged, "应退金额已变为 "+sum.Yuan()+"，请重新确认", fmt.Sprintf("%s would come back now: please confirm again", sum.Yuan())).At("back")
	}
	var seated []chepiao.Ticket // a cancelled ticket has no seat any more
	for i, t := range given {
		if chosen[i].State.Live() {
			seated = append(seated, t)
		}
		if err := o.settleCase(tx, t, chepiao.ChooseRefund, 0, v.By); err != nil {
			return nil, err
		}
	}
	if err := o.freeSeats(tx, seated); err != nil {
		return nil, err
	}
	if err := countTickets(tx, v, len(given), 0, 0); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.TicketWasRefunded, By: v.By, Reason: blame.Why, Tickets: given, Because: because}
	return o.giveBack(tx, v, order, sum, e)
}

// choose reads an order's tickets and those of them that a verb is about.
// Refusals: Invalid for none, WrongState for the
// same one twice, NotFound for another order's.
func (o *Office) choose(tx *store.Tx, order chepiao.Order, ids []chepiao.TicketID) (all, chosen []chepiao.Ticket, err error) {
	if len(ids) == 0 {
		return nil, nil, chepiao.Refuse(chepiao.Invalid, "请选择车票", "choose the tickets").At("tickets")
	}
	if all, err = tx.Tickets(order); err != nil {
		return nil, nil, err
	}
	seen := map[chepiao.TicketID]bool{}
	for i, id := range ids {
		n := int64(id) - int64(order.ID)
		field := fmt.Sprintf("tickets[%d]", i)
		switch {
		case n < 1 || n > int64(order.Count):
			return nil, nil, chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At(field)
		case seen[id]:
			return nil, nil, chepiao.Refuse(chepiao.WrongState, "同一车票出现了两次", "the same ticket appears twice").At(field)
		}
		seen[id] = true
		chosen = append(chosen, all[n-1])
	}
	return all, chosen, nil
}

func (o *Office) giveTickets(tx *store.Tx, v Verb, chosen []chepiao.Ticket, blame chepiao.Blame) (given []chepiao.Ticket, because []chepiao.Explanation, sum chepiao.Money, err error) {
	for i, t := range chosen {
		field := fmt.Sprintf("tickets[%d]", i)
		c, err := o.refundCaseIn(tx, t, v.At)
		if err != nil {
			return nil, nil, 0, err
		}
		t, said, err := t.Blame(blame, c.Fault, v.At, v.Who, v.Agreed, o.rulesOf(t))
		if err != nil {
			return nil, nil, 0, err
		}
		q, err := chepiao.QuoteRefund(t, c, o.rulesOf(t))
		if err != nil {
			return nil, nil, 0, atField(field, err)
		}
		q.Because.Inputs = append(q.Because.Inputs, said...)
		if t, err = t.Give(q); err != nil {
			return nil, nil, 0, atField(field, err)
		}
		if err := tx.PutTicket(t); err != nil {
			return nil, nil, 0, err
		}
		if err := o.tell(tx, chepiao.TellRefunded, []chepiao.Ticket{t}, chepiao.MessageFacts{Back: t.Refund}); err != nil {
			return nil, nil, 0, err
		}
		given, because, sum = append(given, t), append(because, q.Because), sum+q.Back
	}
	return given, because, sum, nil
}

var notPaid = chepiao.Refuse(chepiao.WrongState, "订单尚未支付，没有可退的车票", "the order is not paid: there is nothing to refund").At("order")

func atField(field string, err error) error {
	if r := chepiao.AsRefusal(err); r != nil {
		return r.At(field)
	}
	return err
}
