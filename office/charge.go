package office

import (
	"context"
	"errors"
	"fmt"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// Charged is an order that waits for its channel, and where the payer pays.
type Charged struct {
	Answer
	Payment chepiao.Payment
	PayURL  string
	QRText  string
}

// Charge begins paying an order through the wallet, or goes on with the charge
// that is already open: a payer who comes back finds the same one. When the
// channel cannot be reached the refusal PaymentRefused says so; the charge stays
// open, as it may exist there, and is asked about at the deadline.
// Refusals: NotFound, HoldExpired, WrongState, DepartureClosed, PaymentRefused.
func (o *Office) Charge(ctx context.Context, v Verb, id chepiao.OrderID) (Charged, error) {
	if o.wallet == nil {
		return Charged{}, chepiao.Refuse(chepiao.PaymentRefused, "未开通线上支付", "no online payment is set up here").At("channel")
	}
	c, err := o.openCharge(ctx, v, id)
	if err != nil {
		return Charged{}, err
	}
	created, err := o.wallet.Create(ctx, pay.Charge{
		ID: c.Payment.ID.String(), Amount: c.Payment.Amount, Subject: fmt.Sprintf("车票订单 %s · %d 张", id, c.Order.Count),
		NotifyURL: o.notify, ReturnURL: o.back, Expires: c.Order.Deadline,
	})
	if err != nil {
		return Charged{}, o.failCharge(ctx, c.Payment.ID, err)
	}
	c.PayURL, c.QRText = created.PayURL, created.QRText
	return c, nil
}

// openCharge finds the order's open charge or begins one.
func (o *Office) openCharge(ctx context.Context, v Verb, id chepiao.OrderID) (c Charged, err error) {
	c.Payment, err = o.openPayment(ctx, id)
	if err == nil && c.Payment.ID != 0 {
		f, err := o.Look(ctx, id)
		c.Answer = Answer{Order: f.Order, Tickets: f.Tickets}
		return c, err
	}
	if err != nil {
		return c, err
	}
	e, err := o.once(ctx, v, []any{"pay", "sandbox", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		return o.beginCharge(tx, v.By, id)
	})
	if err != nil {
		return c, err
	}
	return Charged{Answer: Answer{*e.Order, e.Tickets, e}, Payment: *e.Payment}, nil
}

// openPayment is the payment of an order that its channel is working on; zero
// when there is none.
func (o *Office) openPayment(ctx context.Context, id chepiao.OrderID) (open chepiao.Payment, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		payments, err := r.Payments(id)
		for _, p := range payments {
			if p.State == chepiao.PaymentPending {
				open = p
			}
		}
		return err
	})
	return open, err
}

func (o *Office) beginCharge(tx *store.Tx, by string, id chepiao.OrderID) (*chepiao.Event, error) {
	order, err := tx.Order(id)
	if err != nil {
		return nil, err
	}
	if err := order.Alive(tx.Now); err != nil {
		return nil, err
	}
	if order.State == chepiao.OrderPaying {
		return nil, chepiao.Refuse(chepiao.PaymentOpen, "该订单已有一笔支付在进行", "a payment of this order is already under way").At("order")
	}
	if order, err = order.Move(chepiao.OrderPayStep); err != nil {
		return nil, err
	}
	p := chepiao.Payment{
		ID: chepiao.PaymentID(tx.NextIDs(1)), Order: id, Channel: chepiao.Sandbox, Amount: order.Due(),
		State: chepiao.PaymentPending, Created: tx.Now, Version: 1,
	}
	if _, _, err := o.open(tx, order); err != nil {
		return nil, err
	}
	tx.AddPayment(p)
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	return record(tx, &chepiao.Event{Kind: chepiao.PaymentBegan, By: by, Order: &order, Payment: &p})
}

// failCharge says that a charge could not be opened. A clear no ends the
// payment and the order waits as before; silence leaves it open.
func (o *Office) failCharge(ctx context.Context, id chepiao.PaymentID, cause error) error {
	if !errors.Is(cause, pay.ErrUnreachable) {
		if err := o.Settle(ctx, id, chepiao.PaymentFailed); err != nil {
			return errors.Join(cause, err)
		}
	}
	if declined := pay.Declined(""); errors.Is(cause, pay.ErrUnreachable) || errors.As(cause, &declined) {
		return chepiao.Refuse(chepiao.PaymentRefused, "支付渠道暂时不可用,请稍后再试或换一种方式", "the payment channel cannot be reached: try again or pay another way").At("channel")
	}
	return fmt.Errorf("opening a charge: %w", cause)
}
