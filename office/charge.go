package office

import (
	"context"
	"errors"
	"fmt"
	"net"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// ChargeInput says how an order is to be paid through a channel.
type ChargeInput struct {
	Order    chepiao.OrderID
	Channel  chepiao.PaymentChannel // "": the first that can be met in this way
	Way      chepiao.PayWay         // "": the channel's usual one
	AuthCode string                 // PayByScan: the digits of the code on the payer's phone; never stored
	Payer    string                 // PayInApp: who pays, as the channel calls them
	PayerIP  string                 // PayByPage: the payer's address, for channels that compare it
}

// Charged is an order that waits for its channel, and where the payer pays. One
// that was paid at once, by a scan, is issued already.
type Charged struct {
	Answer
	Payment chepiao.Payment
	PayURL  string // PayByPage: to open on the payer's own phone
	QRText  string // PayByCode: to show as a QR code
	InApp   string // PayInApp: what the page passes to the channel's app, JSON
}

// Charge begins paying an order through a channel, or goes on with the charge
// that is already open: a payer who comes back finds the same one. One that is
// open at another channel, or in another way, is ended first, so that nobody
// pays twice. When the channel cannot be reached the refusal PaymentRefused says
// so; the charge stays open, as it may exist there, and is asked about at the
// deadline. Refusals: NotFound, HoldExpired, WrongState, DepartureClosed,
// PaymentRefused, PaymentOpen.
func (o *Office) Charge(ctx context.Context, v Verb, in ChargeInput) (Charged, error) {
	channel, way, err := o.channelFor(in.Channel, in.Way)
	if err != nil {
		return Charged{}, err
	}
	if err := in.check(way); err != nil {
		return Charged{}, err
	}
	c, err := o.openCharge(ctx, v, in.Order, channel.Name(), way)
	if err != nil {
		return Charged{}, err
	}
	if way == chepiao.PayByScan && c.Event == nil { // the code may have been taken already: one look first
		if err := o.AskChannel(ctx, c.Payment.ID); err == nil {
			return o.charged(ctx, c)
		} else if !errors.Is(err, pay.ErrNotFound) {
			return Charged{}, o.failCharge(ctx, c.Payment, err)
		}
	}
	created, err := channel.Create(ctx, pay.Charge{
		ID: c.Payment.ID.String(), Amount: c.Payment.Amount, Subject: fmt.Sprintf("车票订单 %s · %d 张", in.Order, c.Order.Count),
		NotifyURL: o.notifyURL(channel.Name()), ReturnURL: o.back, Expires: c.Order.Deadline,
		Way: way, AuthCode: in.AuthCode, Payer: in.Payer, PayerIP: in.PayerIP,
	})
	if way == chepiao.PayInApp && errors.Is(err, pay.ErrMismatch) {
		return Charged{}, o.otherPayer(ctx, v, c.Payment)
	}
	if err != nil {
		return Charged{}, o.failCharge(ctx, c.Payment, err)
	}
	c.PayURL, c.QRText, c.InApp = created.PayURL, created.QRText, created.InApp
	if created.Result == nil {
		return c, nil
	}
	if err := o.settleResult(ctx, channel.Name(), c.Payment.ID, *created.Result); err != nil {
		return Charged{}, err
	}
	return o.charged(ctx, c)
}

// check says what is missing for the way. Refusal Invalid.
func (in ChargeInput) check(way chepiao.PayWay) error {
	if way == chepiao.PayByScan && !digits(in.AuthCode) {
		return chepiao.Refuse(chepiao.Invalid, "请扫描旅客手机上的付款码(16 至 24 位数字)", "scan the payment code on the passenger's phone: 16 to 24 digits").At("auth_code")
	}
	if way == chepiao.PayInApp && (in.Payer == "" || len(in.Payer) > 128) {
		return chepiao.Refuse(chepiao.Invalid, "请在微信内打开后支付", "open this page inside the app to pay there").At("payer")
	}
	if in.PayerIP != "" && net.ParseIP(in.PayerIP) == nil {
		return chepiao.Refuse(chepiao.Invalid, "地址有误", "the payer's address is not one").At("payer_ip")
	}
	return nil
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) >= 16 && len(s) <= 24 // WeChat 18, Alipay 16 to 24
}

// charged is the charge as it stands now.
func (o *Office) charged(ctx context.Context, c Charged) (Charged, error) {
	f, err := o.Look(ctx, c.Payment.Order)
	if err != nil {
		return Charged{}, err
	}
	c.Order, c.Tickets = f.Order, f.Tickets
	for _, p := range f.Payments {
		if p.ID == c.Payment.ID {
			c.Payment = p
		}
	}
	if c.Payment.State == chepiao.PaymentFailed {
		return c, chepiao.Refuse(chepiao.PaymentRefused, "支付未成功，请重新扫码或换一种方式", "the payment did not succeed: scan again or pay another way").At("channel")
	}
	return c, nil
}

// notifyURL is where a channel reports to.
func (o *Office) notifyURL(c chepiao.PaymentChannel) string {
	return o.notify + "/" + string(c) + "/notify"
}

// openCharge finds the order's open charge or begins one. Its event is nil when
// the charge was open before.
func (o *Office) openCharge(ctx context.Context, v Verb, id chepiao.OrderID, channel chepiao.PaymentChannel, way chepiao.PayWay) (c Charged, err error) {
	c.Payment, err = o.openPayment(ctx, id)
	if err != nil {
		return c, err
	}
	if open := c.Payment; open.ID != 0 {
		if open.Channel == channel && (open.Way == way || open.Way == "") {
			f, err := o.Look(ctx, id)
			c.Answer = Answer{Order: f.Order, Tickets: f.Tickets}
			return c, err
		}
		if err := o.stopCharge(ctx, v, open); err != nil {
			return c, err
		}
	}
	e, err := o.once(ctx, v, []any{"pay", channel, way, id}, func(tx *store.Tx) (*chepiao.Event, error) {
		return o.beginCharge(tx, v, id, channel, way)
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

func (o *Office) beginCharge(tx *store.Tx, v Verb, id chepiao.OrderID, channel chepiao.PaymentChannel, way chepiao.PayWay) (*chepiao.Event, error) {
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
		ID: chepiao.PaymentID(tx.NextIDs(1)), Order: id, Channel: channel, Amount: order.Due(),
		State: chepiao.PaymentPending, Created: tx.Now, Version: 1, PaymentMore: chepiao.PaymentMore{Way: way},
	}
	if _, _, err := o.open(tx, order); err != nil {
		return nil, err
	}
	tx.AddPayment(p)
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	return record(tx, &chepiao.Event{Kind: chepiao.PaymentBegan, By: v.By, Order: &order, Payment: &p})
}

// failCharge says that a charge could not be opened. A clear no ends the
// payment and the order waits as before; silence leaves it open.
func (o *Office) failCharge(ctx context.Context, p chepiao.Payment, cause error) error {
	if !errors.Is(cause, pay.ErrUnreachable) {
		if err := o.Settle(ctx, p.ID, chepiao.PaymentFailed); err != nil {
			return errors.Join(cause, err)
		}
	}
	switch declined := pay.Declined(""); {
	case errors.Is(cause, pay.ErrCode):
		return chepiao.Refuse(chepiao.PaymentRefused, "付款码已失效或不是本渠道的，请旅客刷新后重新扫码", "the payment code is old, used or another firm's: have it refreshed and scan again").At("auth_code")
	case errors.Is(cause, pay.ErrFunds):
		return chepiao.Refuse(chepiao.PaymentRefused, "旅客余额不足，请换卡或换一种方式", "the payer's balance does not cover it: another card, or another way").At("channel")
	case errors.Is(cause, pay.ErrUnreachable) && p.Way == chepiao.PayByScan:
		return chepiao.Refuse(chepiao.PaymentRefused, "支付结果未知，请稍候查询，勿重复收款", "the outcome is not known yet: ask again in a moment, take no other money").At("channel")
	case errors.Is(cause, pay.ErrUnreachable), errors.As(cause, &declined):
		return chepiao.Refuse(chepiao.PaymentRefused, "支付渠道暂时不可用，请稍后再试或换一种方式", "the payment channel cannot be reached: try again or pay another way").At("channel")
	}
	return fmt.Errorf("opening a charge: %w", cause)
}
