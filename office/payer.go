package office

import (
	"context"
	"errors"
	"fmt"

	"chepiao"
	"chepiao/pay"
)

// A page that is opened inside a payment firm's own app pays there without
// leaving it (chepiao.PayInApp), once it knows who the firm says the payer is.
// That is asked for at each purchase and never stored.

// PayerPage is where a page within the channel's app goes to learn who pays. It
// comes back to the address with a code and the state. Refusal PaymentRefused
// when the channel has no such app, or no contract for it.
func (o *Office) PayerPage(name chepiao.PaymentChannel, back, state string) (string, error) {
	finder, err := o.payerFinder(name)
	if err != nil {
		return "", err
	}
	return finder.PayerPage(back, state), nil
}

// Payer is who pays, ChargeInput.Payer, by the code that came back. Refusal
// PaymentRefused when the code is not good, or nobody answers.
func (o *Office) Payer(ctx context.Context, name chepiao.PaymentChannel, code string) (string, error) {
	finder, err := o.payerFinder(name)
	if err != nil {
		return "", err
	}
	if code == "" || len(code) > 512 {
		return "", errPayerUnknown()
	}
	who, err := finder.Payer(ctx, code)
	switch {
	case err == nil:
		return who, nil
	case errors.Is(err, pay.ErrCode):
		return "", errPayerUnknown()
	case errors.Is(err, pay.ErrUnreachable):
		return "", chepiao.Refuse(chepiao.PaymentRefused, "支付渠道暂时不可用，请稍后再试或换一种方式", "the payment channel cannot be reached: try again or pay another way").At("channel")
	}
	return "", fmt.Errorf("learning who pays: %w", err)
}

// otherPayer ends a charge within the app that was opened for somebody else, whose
// phone had the order's link: the firm takes that one from nobody but them, and it
// must not stay payable beside the next.
func (o *Office) otherPayer(ctx context.Context, v Verb, open chepiao.Payment) error {
	if err := o.stopCharge(ctx, v, open); err != nil {
		return err
	}
	f, err := o.Look(ctx, open.Order)
	if err != nil {
		return err
	}
	if f.Order.State == chepiao.OrderIssued {
		return chepiao.Refuse(chepiao.WrongState, "该订单已在另一部手机上支付", "another phone has paid this order").At("order")
	}
	return chepiao.Refuse(chepiao.PaymentRefused, "该订单曾在另一部手机上发起支付，现已取消，请重新点击支付", "another phone had begun to pay this order, which is cancelled now: please press pay again").At("payer")
}

func errPayerUnknown() *chepiao.Refusal {
	return chepiao.Refuse(chepiao.PaymentRefused, "未能确认付款人，请重新点击支付", "who pays could not be learnt: please press pay again").At("payer")
}

func (o *Office) payerFinder(name chepiao.PaymentChannel) (pay.PayerFinder, error) {
	c, _, err := o.channelFor(name, chepiao.PayInApp)
	if err != nil {
		return nil, err
	}
	finder, can := c.(pay.PayerFinder)
	if !can {
		return nil, chepiao.Refuse(chepiao.PaymentRefused, "这里不能用这种方式支付，请换一种", "this way of paying is not set up here: choose another").At("channel")
	}
	return finder, nil
}
