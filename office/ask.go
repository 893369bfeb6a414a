package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// askOwner records a refund that was asked for here of an order that another node
// owns. The event names what was asked; nothing has changed yet.
func (o *Office) askOwner(tx *store.Tx, v Verb, order chepiao.Order, tickets []chepiao.TicketID, back chepiao.Money) (*chepiao.Event, error) {
	if order.Payment == 0 && order.Origin == 0 {
		return nil, notPaid
	}
	all, chosen, err := o.choose(tx, order, tickets)
	if err != nil {
		return nil, err
	}
	sum := chepiao.Money(0)
	for i, t := range chosen {
		c, err := o.refundCaseIn(tx, t, v.At)
		if err != nil {
			return nil, err
		}
		q, err := chepiao.QuoteRefund(t, c, o.rulesOf(t))
		if err != nil {
			return nil, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
		sum += q.Back
	}
	if no := chepiao.StaysAlone(all, tickets); no != nil {
		return nil, no
	}
	if sum != back {
		return nil, chepiao.Refuse(chepiao.QuoteChanged, "应退金额已变为 "+sum.Yuan()+"，请重新确认", fmt.Sprintf("%s would come back now: please confirm again", sum.Yuan())).At("back")
	}
	a := chepiao.Asked{ID: chepiao.AskedID(tx.NextIDs(1)), Verb: chepiao.MoveRefund, Order: order.ID, Tickets: tickets, Back: back, When: tx.Now, Window: v.At, By: v.By, State: chepiao.AskedWaiting}
	if err := tx.PutAsked(a); err != nil {
		return nil, err
	}
	return recordAsked(tx, a, order.Owner(), &order, chosen)
}

func recordAsked(tx *store.Tx, a chepiao.Asked, owner chepiao.NodeNo, order *chepiao.Order, tickets []chepiao.Ticket) (*chepiao.Event, error) {
	e := &chepiao.Event{Kind: chepiao.OwnerWasAsked, By: a.By, Asked: &a, Order: order, Tickets: tickets, Tell: []chepiao.NodeNo{owner}}
	return e, tx.Record("asked "+a.ID.String(), 1, *e)
}

// Asked lists what was asked here of the owner of an order, oldest first.
func (o *Office) Asked(ctx context.Context, id chepiao.OrderID) (list []chepiao.Asked, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.Asked(id)
		return err
	})
	return list, err
}

// Fetch asks the node that has a ticket for it and waits a moment for it to come:
// a gate calls it for a ticket that its node does not own. Whether it came shows
// when it is checked. Refusal Invalid for a ticket of this node.
func (o *Office) Fetch(ctx context.Context, v Verb, id chepiao.TicketID, wait time.Duration) error {
	owner := chepiao.NodeOf(int64(id))
	if t, err := o.Ticket(ctx, id); err == nil {
		owner = t.Owner()
	}
	if owner == o.No() {
		return chepiao.Refuse(chepiao.Invalid, "车票由本节点办理", "this node owns the ticket").At("ticket")
	}
	_, err := o.once(ctx, v, []any{"fetch", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		a := chepiao.Asked{ID: chepiao.AskedID(tx.NextIDs(1)), Verb: chepiao.MoveCheck, Tickets: []chepiao.TicketID{id}, When: tx.Now, Window: v.At, By: v.By, State: chepiao.AskedWaiting}
		return recordAsked(tx, a, owner, nil, nil)
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	pause := time.NewTicker(fetchLook)
	defer pause.Stop()
	for {
		if t, err := o.Ticket(ctx, id); err == nil && t.Owner() == o.No() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
}

// fetchFirst asks for a ticket that is shown here before it has come: it was sold a
// moment ago elsewhere, or should have boarded at another station.
func (o *Office) fetchFirst(ctx context.Context, v Verb, id chepiao.TicketID, wait time.Duration) error {
	if id == 0 || wait == 0 || o.No() == chepiao.Hub {
		return nil
	}
	t, err := o.Ticket(ctx, id)
	if err == nil && t.Owner() == o.No() || err != nil && chepiao.NodeOf(int64(id)) == o.No() {
		return nil
	}
	v.ID += ".fetch"
	if len(v.ID) > verbIDMax {
		v.ID = v.ID[len(v.ID)-verbIDMax:]
	}
	err = o.Fetch(ctx, v, id, wait)
	if chepiao.AsRefusal(err) != nil {
		return nil // the check itself says why it does not pass
	}
	return err
}

// FetchWait is how long a gate waits for a ticket that another node has to give
// first: a passenger stands before it.
const FetchWait = 1500 * time.Millisecond

// fetchLook is how often a gate looks whether a ticket has come.
const fetchLook = 50 * time.Millisecond

// asked does what another node asks for, if the order is this node's; else it passes
// it on.
func (h *hearing) asked(tx *store.Tx, a chepiao.Asked) error {
	if a.Verb == chepiao.MoveCheck {
		return h.sendTicket(tx, a)
	}
	order, err := tx.Order(a.Order)
	if err != nil {
		return h.answer(tx, a, err)
	}
	if owner := order.Owner(); owner != h.office.No() {
		_, err := recordAsked(tx, a, owner, nil, nil)
		return err
	}
	err = tx.Try(func() error {
		v := Verb{ID: "asked-" + a.ID.String(), By: a.By, At: a.Window}
		v.At.When = a.When
		if a.Fault != "" && a.From() == chepiao.Hub { // a person there has decided it
			_, err := h.office.refundFor(tx, v, order, a.Tickets, a.Fault)
			return err
		}
		_, err := h.office.refundIn(tx, v, order, a.Tickets, &a.Back, chepiao.Blame{})
		return err
	})
	return h.answer(tx, a, err)
}

// answer tells the node that asked what came of it.
func (h *hearing) answer(tx *store.Tx, a chepiao.Asked, err error) error {
	a.State = chepiao.AskedDone
	if err != nil {
		if a.Why = chepiao.AsRefusal(err); a.Why == nil {
			return err
		}
		a.State = chepiao.AskedRefused
	}
	if a.From() == h.office.No() { // the order has come back meanwhile
		if err := tx.PutAsked(a); err != nil {
			return err
		}
	}
	return tx.Record("asked "+a.ID.String(), 2, chepiao.Event{Kind: chepiao.OwnerHasAnswered, By: relayed, Asked: &a, Tell: []chepiao.NodeNo{a.From()}})
}

// answered notes the owner's answer where it was asked for; the hub passes it on.
func (h *hearing) answered(tx *store.Tx, a chepiao.Asked) error {
	if a.From() == h.office.No() {
		return tx.PutAsked(a)
	}
	if h.office.No() == chepiao.Hub {
		return tx.Record("asked "+a.ID.String(), 2, chepiao.Event{Kind: chepiao.OwnerHasAnswered, By: relayed, Asked: &a, Tell: []chepiao.NodeNo{a.From()}})
	}
	return nil
}

// sendTicket gives a ticket's order to the node that asks for it to be checked there,
// if that is where its passenger boards.
func (h *hearing) sendTicket(tx *store.Tx, a chepiao.Asked) error {
	t, err := tx.Ticket(a.Tickets[0])
	if err != nil {
		return nil // nobody has such a ticket: the gate says so
	}
	if t.Owner() != h.office.No() || h.office.Stations()[t.From] != a.From() {
		return nil
	}
	family, err := familyOf(tx, t.Order)
	if err != nil {
		return nil
	}
	err = tx.Try(func() error {
		for _, order := range family {
			if _, err := h.office.giveOrder(tx, Verb{By: a.By}, order, a.From()); err != nil {
				return err
			}
		}
		return nil
	})
	if chepiao.AsRefusal(err) != nil {
		return nil
	}
	return err
}
