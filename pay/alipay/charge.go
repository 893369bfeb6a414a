package alipay

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/smartwalle/alipay/v3"

	"chepiao"
	"chepiao/pay"
)

// Products of Alipay's contract, and the form of its times.
const (
	productWap  = "QUICK_WAP_WAY"
	productFace = "FACE_TO_FACE_PAYMENT"
	timeForm    = "2006-01-02 15:04:05"
	pageMax     = 8 << 10 // of an address: its signature and everything signed is in it
)

// Create opens a charge in the way that is asked for. A page is only an address
// with a signature: Alipay is not called. A scan takes the money if it can; what
// became of it otherwise, Query says.
func (c *Channel) Create(ctx context.Context, in pay.Charge) (pay.Created, error) {
	in.Expires = in.Expires.UTC().Truncate(time.Second)
	if err := in.Check(); err != nil {
		return pay.Created{}, fmt.Errorf("creating a charge: %w", pay.ErrMalformed)
	}
	var out pay.Created
	var err error
	switch in.Way {
	case chepiao.PayByPage, "":
		out, err = c.page(in)
	case chepiao.PayByCode:
		out, err = c.code(ctx, in)
	case chepiao.PayByScan:
		out, err = c.scan(ctx, in)
	default:
		err = pay.ErrMalformed
	}
	if err != nil {
		return pay.Created{}, fmt.Errorf("creating charge %s: %w", in.ID, err)
	}
	return out, nil
}

func trade(in pay.Charge, product string) alipay.Trade {
	return alipay.Trade{
		NotifyURL: in.NotifyURL, ReturnURL: in.ReturnURL, Subject: in.Subject, OutTradeNo: in.ID, TotalAmount: in.Amount.String(), ProductCode: product,
		TimeExpire: in.Expires.In(pay.China).Format(timeForm),
	}
}

func (c *Channel) page(in pay.Charge) (out pay.Created, err error) {
	asked := trade(in, productWap)
	to, err := c.client.TradeWapPay(alipay.TradeWapPay{Trade: asked, QuitURL: in.ReturnURL, TimeExpire: asked.TimeExpire})
	if err != nil || len(to.String()) > pageMax {
		return out, pay.ErrMalformed
	}
	out.PayURL = to.String()
	return out, nil
}

func (c *Channel) code(ctx context.Context, in pay.Charge) (out pay.Created, err error) {
	err = c.call(ctx, tries, func() (alipay.Error, error) {
		answer, err := c.client.TradePreCreate(ctx, alipay.TradePreCreate{Trade: trade(in, productFace)})
		if err != nil {
			return alipay.Error{}, err
		}
		out.QRText = answer.QRCode
		return answer.Error, nil
	})
	if err == nil && (out.QRText == "" || len(out.QRText) > pay.URLBytesMax) {
		err = fmt.Errorf("%w: no usable code in the answer", pay.ErrUnreachable)
	}
	return out, err
}

// scan pays with the code on the payer's phone. It is sent once: the code is good
// for one payment. An answer 10003 says that the payer is asked for the password.
func (c *Channel) scan(ctx context.Context, in pay.Charge) (out pay.Created, err error) {
	asked := trade(in, productFace)
	var r pay.Result
	err = c.call(ctx, 1, func() (alipay.Error, error) {
		answer, err := c.client.TradePay(ctx, alipay.TradePay{Trade: asked, Scene: "bar_code", AuthCode: in.AuthCode})
		if err != nil {
			return alipay.Error{}, err
		}
		r = pay.Result{ID: answer.OutTradeNo, State: chepiao.PaymentPending, Transaction: answer.TradeNo}
		if answer.Code == alipay.CodeSuccess {
			r.State = chepiao.PaymentPaid
			r.PaidAt, _ = time.ParseInLocation(timeForm, answer.GmtPayment, pay.China) // the query has it again
			r.Amount, _ = fen(answer.TotalAmount)
		}
		return answer.Error, nil
	})
	if err != nil && !errors.Is(err, pay.ErrUnreachable) {
		return out, err
	}
	unclear := r.ID != in.ID || r.State == chepiao.PaymentPaid && (r.Amount < 1 || r.Transaction == "")
	if err != nil || unclear { // unknown: it may have been paid
		if r, err = c.Query(ctx, in.ID); err != nil {
			return out, fmt.Errorf("%w: it is not known whether the scan was paid", pay.ErrUnreachable)
		}
	}
	if r.State == chepiao.PaymentPending {
		r.Transaction = ""
	}
	out.Result = &r
	return out, nil
}

// Query asks how a charge stands. ErrNotFound also while the payer has not opened
// the page or scanned the code yet.
func (c *Channel) Query(ctx context.Context, id string) (r pay.Result, err error) {
	if pay.CheckID(id) != nil {
		return r, fmt.Errorf("querying a charge: %w", pay.ErrMalformed)
	}
	err = c.call(ctx, tries, func() (alipay.Error, error) {
		answer, err := c.client.TradeQuery(ctx, alipay.TradeQuery{OutTradeNo: id})
		if err != nil {
			return alipay.Error{}, err
		}
		if answer.Code == alipay.CodeSuccess {
			r, err = result(said{answer.OutTradeNo, answer.TradeNo, answer.TradeStatus, answer.TotalAmount, answer.SendPayDate}, id)
		}
		return answer.Error, err
	})
	if err != nil && !errors.Is(err, pay.ErrNotFound) && !errors.Is(err, pay.ErrUnreachable) {
		err = fmt.Errorf("%w: %w", pay.ErrUnreachable, err) // a no to a question says nothing of the charge
	}
	if err != nil {
		return pay.Result{}, fmt.Errorf("querying charge %s: %w", id, err)
	}
	return r, nil
}

// Close ends a charge that has not been paid. It is closed and not cancelled:
// cancelling (alipay.trade.cancel) would give back what was paid meanwhile under no
// number of ours. As closing says nothing of how the charge stands, it is asked
// before and after.
func (c *Channel) Close(ctx context.Context, id string) (pay.Result, error) {
	r, err := c.Query(ctx, id)
	if err != nil || r.State != chepiao.PaymentPending {
		return r, err
	}
	err = c.call(ctx, tries, func() (alipay.Error, error) {
		answer, err := c.client.TradeClose(ctx, alipay.TradeClose{OutTradeNo: id})
		if err != nil {
			return alipay.Error{}, err
		}
		return answer.Error, nil
	})
	if errors.Is(err, pay.ErrUnreachable) {
		return pay.Result{}, fmt.Errorf("closing charge %s: %w", id, err)
	}
	if r, err = c.Query(ctx, id); err == nil && r.State == chepiao.PaymentPending { // a no may well mean that it was paid meanwhile
		err = fmt.Errorf("closing charge %s: %w: still pending after closing", id, pay.ErrUnreachable)
	}
	return r, err
}

// said is what an answer or a notice tells of a charge.
type said struct {
	id, transaction string
	status          alipay.TradeStatus
	amount, paidAt  string
}

// result reads what is said of a charge. ErrUnreachable when it makes no sense.
func result(s said, id string) (r pay.Result, err error) {
	r = pay.Result{ID: id}
	at, atErr := time.ParseInLocation(timeForm, s.paidAt, pay.China)
	switch s.status {
	case alipay.TradeStatusWaitBuyerPay:
		r.State = chepiao.PaymentPending
	case alipay.TradeStatusSuccess, alipay.TradeStatusFinished:
		r.State = chepiao.PaymentPaid
	case alipay.TradeStatusClosed: // over its time, or paid once and given back whole
		if r.State = chepiao.PaymentClosed; atErr == nil {
			r.State = chepiao.PaymentPaid
		}
	}
	if r.State == "" || s.id != id {
		return pay.Result{}, fmt.Errorf("charge %s: %w: the answer is about something else, or in words that are not known", id, pay.ErrUnreachable)
	}
	if r.Amount, err = fen(s.amount); err != nil {
		return pay.Result{}, fmt.Errorf("charge %s: %w: without amount", id, pay.ErrUnreachable)
	}
	if r.State == chepiao.PaymentPaid {
		if r.Transaction, r.PaidAt = s.transaction, at; s.transaction == "" {
			return pay.Result{}, fmt.Errorf("charge %s: %w: paid, but without number", id, pay.ErrUnreachable)
		}
	}
	return r, nil
}

// fen reads "106.50" exactly; more than nothing.
func fen(s string) (chepiao.Money, error) {
	v, ok := new(big.Rat).SetString(s)
	if !ok || !v.Mul(v, big.NewRat(100, 1)).IsInt() || !v.Num().IsInt64() || v.Sign() <= 0 {
		return 0, errors.New("not an amount")
	}
	return chepiao.Money(v.Num().Int64()), nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
