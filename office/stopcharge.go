package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// StopCharge ends the order's open charge at its channel, so that it can be paid
// another way: in cash, say, because the phone's battery is empty. Money that was
// first is money: the order is issued then. An order without an open charge
// stays as it is. Refusals: NotFound; PaymentOpen when the channel cannot say how
// the charge stands, as money may still be on its way.
func (o *Office) StopCharge(ctx context.Context, v Verb, id chepiao.OrderID) (Answer, error) {
	if err := v.check(); err != nil {
		return Answer{}, err
	}
	open, err := o.openPayment(ctx, id)
	if err == nil && open.ID != 0 {
		err = o.stopCharge(ctx, v, open)
	}
	if err != nil {
		return Answer{}, err
	}
	f, err := o.Look(ctx, id)
	return Answer{Order: f.Order, Tickets: f.Tickets}, err
}

func (o *Office) stopCharge(ctx context.Context, v Verb, open chepiao.Payment) error {
	r, err := o.closeAtChannel(ctx, open)
	if err != nil {
		return chepiao.Refuse(chepiao.PaymentOpen, "上一笔支付的结果还不知道，请稍候再试", "the outcome of the payment before is not known yet: try again in a moment").At("order")
	}
	if r.State != chepiao.PaymentClosed {
		return o.settleResult(ctx, open.Channel, open.ID, r)
	}
	return o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.At.Station
		p, err := tx.Payment(open.ID)
		if err != nil {
			return err
		}
		order, err := tx.Order(p.Order)
		if err != nil {
			return err
		}
		moved, err := p.Become(chepiao.PaymentClosed)
		if err != nil {
			return nil // somebody else was first
		}
		return o.settleFailed(tx, order, moved, v.By)
	})
}
