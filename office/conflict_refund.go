package office

import (
	"context"
	"slices"

	"chepiao"
	"chepiao/store"
)

// RefundTwice gives one of two tickets back that one person has of two holders, all of
// its money: neither the passenger nor a clerk could know. A person decides which, with
// a reason; nothing here ever does by itself. Where a station owns the order it is asked
// to, and answers when it is reached: the conflict closes when the ticket has ended.
// Refusals: Invalid at reason or ticket, NotFound, WrongState when it is settled or at a
// station, and those of a refund.
func (o *Office) RefundTwice(ctx context.Context, v Verb, id chepiao.ConflictID, ticket chepiao.TicketID, note string) (Answer, error) {
	if err := chepiao.CheckReason(note); err != nil {
		return Answer{}, err
	}
	t, err := o.Ticket(ctx, ticket)
	if err != nil {
		return Answer{}, err
	}
	e, err := o.once(o.store.With(ctx, store.Needs{Order: t.Order}), v, []any{"refund twice", id, ticket, note}, func(tx *store.Tx) (*chepiao.Event, error) {
		c, err := tx.StaffReader().Conflict(id)
		switch {
		case err != nil:
			return nil, err
		case !c.Standing():
			return nil, chepiao.Refuse(chepiao.WrongState, "该冲突已处理", "this conflict is settled already").At("conflict")
		case c.Here != o.No():
			return nil, onlyAtHub
		case !slices.Contains(c.Tickets, ticket):
			return nil, chepiao.Refuse(chepiao.Invalid, "请选择其中一张车票", "choose one of the two tickets").At("ticket")
		}
		order, err := tx.Order(t.Order)
		if err != nil {
			return nil, err
		}
		if order.Owner() == o.No() {
			return o.refundFor(tx, v, order, []chepiao.TicketID{ticket}, chepiao.FaultStation)
		}
		return o.askFree(tx, v, order, ticket)
	})
	return answer(e, err)
}

// refundFor gives tickets back for a fault that the system knows of, so that nobody has
// to agree and all the money goes back.
func (o *Office) refundFor(tx *store.Tx, v Verb, order chepiao.Order, ids []chepiao.TicketID, fault chepiao.Fault) (*chepiao.Event, error) {
	_, chosen, err := o.choose(tx, order, ids)
	if err != nil {
		return nil, err
	}
	for _, t := range chosen {
		t = t.Blamed(fault, "")
		t.Version++
		if err := tx.PutTicket(t); err != nil {
			return nil, err
		}
	}
	return o.refundIn(tx, v, order, ids, nil, chepiao.Blame{})
}

// askFree asks the owner of an order to give a ticket back with all of its money.
func (o *Office) askFree(tx *store.Tx, v Verb, order chepiao.Order, id chepiao.TicketID) (*chepiao.Event, error) {
	asked, err := tx.StaffReader().Asked(order.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(asked, func(a chepiao.Asked) bool {
		return a.State == chepiao.AskedWaiting && slices.Contains(a.Tickets, id)
	}) {
		return nil, chepiao.Refuse(chepiao.WrongState, "已向售票车站提出退票，正在等待答复", "the station that sold it was asked already and has not answered yet").At("ticket")
	}
	_, chosen, err := o.choose(tx, order, []chepiao.TicketID{id})
	if err != nil {
		return nil, err
	}
	c, err := o.refundCaseIn(tx, chosen[0], v.At)
	if err != nil {
		return nil, err
	}
	q, err := chepiao.QuoteRefund(chosen[0].Blamed(chepiao.FaultStation, c.Fault), c, o.rulesOf(chosen[0]))
	if err != nil {
		return nil, err
	}
	a := chepiao.Asked{ID: chepiao.AskedID(tx.NextIDs(1)), Verb: chepiao.MoveRefund, Order: order.ID, Tickets: []chepiao.TicketID{id}, Back: q.Back, Fault: chepiao.FaultStation,
		When: tx.Now, Window: v.At, By: v.By, State: chepiao.AskedWaiting}
	if err := tx.PutAsked(a); err != nil {
		return nil, err
	}
	return recordAsked(tx, a, order.Owner(), &order, chosen)
}
