package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// AskChannel asks the channel how a pending payment stands and settles what it
// says: for a payer who has come back before the notice did.
func (o *Office) AskChannel(ctx context.Context, id chepiao.PaymentID) error {
	p, err := o.paymentOf(ctx, id)
	if err != nil {
		return err
	}
	c := o.channel(p.Channel)
	if c == nil {
		return nil
	}
	r, err := c.Query(ctx, id.String())
	if err != nil {
		return fmt.Errorf("asking the channel: %w", err)
	}
	return o.settleResult(ctx, p.Channel, id, r)
}

func (o *Office) paymentOf(ctx context.Context, id chepiao.PaymentID) (p chepiao.Payment, err error) {
	err = o.store.Read(ctx, func(rd *store.Reader) error {
		p, err = rd.Payment(id)
		return err
	})
	return p, err
}

// settleResult applies what a channel says of a payment of its own.
func (o *Office) settleResult(ctx context.Context, channel chepiao.PaymentChannel, id chepiao.PaymentID, r pay.Result) error {
	p, err := o.paymentOf(ctx, id)
	switch {
	case err != nil:
		return err
	case p.Channel != channel:
		return fmt.Errorf("payment %s is one of %s: %s has no say in it", id, p.Channel, channel)
	case r.State == chepiao.PaymentPaid && r.Amount != p.Amount:
		return fmt.Errorf("payment %s: the channel took %d fen for a charge of %d", id, r.Amount, p.Amount)
	}
	return o.settle(ctx, id, said{state: r.State, transaction: r.Transaction})
}

// Settle applies what a channel says of a payment. Paid: the tickets are
// issued; if the hold has lapsed meanwhile the order takes the same seats when
// they are still free, and otherwise the money goes back by itself. Failed: the
// hold goes on. Closed: the order lapses. Saying it again changes nothing.
func (o *Office) Settle(ctx context.Context, id chepiao.PaymentID, state chepiao.PaymentState) error {
	return o.settle(ctx, id, said{state: state})
}

// said is how a payment ended, and on whose word.
type said struct {
	state       chepiao.PaymentState
	transaction string
	unsure      bool // ours alone: the channel cannot be asked
}

func (o *Office) settle(ctx context.Context, id chepiao.PaymentID, s said) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		order, err := tx.Order(p.Order)
		if err != nil {
			return err
		}
		moved, err := p.Become(s.state)
		if err != nil {
			return o.settleSure(tx, order, p, s) // said before: the payment is over
		}
		if moved.Unsure = s.unsure; len(s.transaction) <= transactionMax {
			moved.Transaction = s.transaction
		}
		switch s.state {
		case chepiao.PaymentPaid:
			return o.settlePaid(tx, order, moved)
		case chepiao.PaymentFailed:
			return o.settleFailed(tx, order, moved, saidBy(p.Channel))
		case chepiao.PaymentClosed:
			return o.settleClosed(tx, order, moved)
		}
		return nil // still pending
	})
}

// settleSure notes that the channel has said at last what was assumed.
func (o *Office) settleSure(tx *store.Tx, order chepiao.Order, p chepiao.Payment, s said) error {
	if !p.Unsure || s.unsure || s.state != p.State {
		return nil
	}
	p.Unsure = false
	p.Version++
	if err := tx.PutPayment(p); err != nil {
		return err
	}
	_, err := record(tx, &chepiao.Event{Kind: chepiao.PaymentWasRefused, By: saidBy(p.Channel), Order: &order, Payment: &p})
	return err
}

func (o *Office) settlePaid(tx *store.Tx, order chepiao.Order, p chepiao.Payment) error {
	by := saidBy(p.Channel)
	if order.State != chepiao.OrderPaying && order.State != chepiao.OrderHeld && order.State != chepiao.OrderAsked {
		return o.settleLate(tx, order, p, by)
	}
	err := order.Alive(tx.Now) // one that is held: the payment seemed to have failed
	if err == nil {
		_, _, err = o.open(tx, order)
	}
	if err == nil {
		_, err = o.issue(tx, order, p, chepiao.OrderIssue, chepiao.MoveIssue, Verb{By: by})
		return err
	}
	if chepiao.AsRefusal(err) == nil {
		return err
	}
	if _, err := o.endHold(tx, order, chepiao.OrderLapse, chepiao.MoveLapse, chepiao.OrderHasLapsed, by, nil); err != nil {
		return err
	}
	if order, err = tx.Order(order.ID); err != nil {
		return err
	}
	return o.settleLate(tx, order, p, by)
}

// settleLate is money for an order that no longer waits for it: the same seats
// if they are still free, else all of it back.
func (o *Office) settleLate(tx *store.Tx, order chepiao.Order, p chepiao.Payment, by string) error {
	if order.Wait == nil && (order.State == chepiao.OrderLapsed || order.State == chepiao.OrderReleased) {
		tickets, err := tx.Tickets(order)
		if err != nil {
			return err
		}
		run, err := o.Timetable().Run(order.Departure)
		if err != nil {
			return err
		}
		d, err := tx.Departure(order.Departure, run.Template)
		if err != nil {
			return err
		}
		if _, err := o.lapseDue(tx, d); err != nil {
			return err
		}
		may := o.mayReplace(tx, order)
		if may != nil && chepiao.AsRefusal(may) == nil {
			return may
		}
		_, last := o.spanOf(run, d.Ops, tickets[0].Board)
		free, err := o.mayRetake(tx, d, run, tickets)
		if err != nil {
			return err
		}
		if may == nil && tx.Now.Before(last) && free {
			d.Take(tickets)
			tx.Touch(d)
			_, err := o.issue(tx, order, p, chepiao.OrderRevive, chepiao.MoveRevive, Verb{By: by})
			return err
		}
	}
	p.State = chepiao.PaymentReturned
	back := chepiao.Payback{
		ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: p.ID, Order: order.ID, Channel: p.Channel,
		Amount: p.Amount, State: chepiao.PaybackDue, Created: tx.Now, Version: 1,
	}
	if err := tx.PutPayment(p); err != nil {
		return err
	}
	tx.AddPayback(back)
	_, err := record(tx, &chepiao.Event{Kind: chepiao.PaymentCameLate, By: by, Order: &order, Payment: &p, Payback: &back})
	return err
}

// transactionMax bounds the channel's own number of a charge.
const transactionMax = 64

// settleFailed lets an order wait for another payment.
func (o *Office) settleFailed(tx *store.Tx, order chepiao.Order, p chepiao.Payment, by string) error {
	if order.State == chepiao.OrderPaying {
		var err error
		move := chepiao.OrderUnpay
		if order.Wait != nil {
			move = chepiao.OrderReask
		}
		if order, err = order.Move(move); err != nil {
			return err
		}
		if err := o.loadDeparture(tx, order); err != nil {
			return err
		}
		if err := tx.PutOrder(order); err != nil {
			return err
		}
	}
	if err := tx.PutPayment(p); err != nil {
		return err
	}
	_, err := record(tx, &chepiao.Event{Kind: chepiao.PaymentWasRefused, By: by, Order: &order, Payment: &p})
	return err
}

func (o *Office) settleClosed(tx *store.Tx, order chepiao.Order, p chepiao.Payment) error {
	if err := tx.PutPayment(p); err != nil {
		return err
	}
	if order.State != chepiao.OrderPaying {
		_, err := record(tx, &chepiao.Event{Kind: chepiao.PaymentWasRefused, By: saidBy(p.Channel), Order: &order, Payment: &p})
		return err
	}
	_, err := o.endHold(tx, order, chepiao.OrderLapse, chepiao.MoveLapse, chepiao.OrderHasLapsed, saidBy(p.Channel), &p)
	return err
}
