package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/h5"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"chepiao"
	"chepiao/pay"
)

// leeway is how much longer a charge lives there than the hold here, since
// WeChat Pay takes none that would end within a minute. The office closes it at
// the hold's deadline all the same.
const leeway = time.Minute

// idMax is the length of WeChat Pay's out_trade_no; out_refund_no may have 64.
const idMax = 32

// Create opens a charge in the way that is asked for. A scan takes the money if
// it can; what became of it otherwise, Query says.
func (c *Channel) Create(ctx context.Context, in pay.Charge) (pay.Created, error) {
	in.Expires = in.Expires.UTC().Truncate(time.Second)
	if err := in.Check(); err != nil || len(in.ID) > idMax {
		return pay.Created{}, fmt.Errorf("creating a charge: %w", pay.ErrMalformed)
	}
	var out pay.Created
	var err error
	switch in.Way {
	case chepiao.PayByPage, "":
		out, err = c.page(ctx, in)
	case chepiao.PayByCode:
		out, err = c.code(ctx, in)
	case chepiao.PayInApp:
		out, err = c.inApp(ctx, in)
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

func (c *Channel) page(ctx context.Context, in pay.Charge) (out pay.Created, err error) {
	ip := in.PayerIP
	if ip == "" {
		ip = "127.0.0.1"
	}
	err = c.call(ctx, tries, func(client *core.Client) error {
		answer, _, err := (&h5.H5ApiService{Client: client}).Prepay(ctx, h5.PrepayRequest{
			Appid: &c.set.AppID, Mchid: &c.set.MchID, Description: &in.Subject, OutTradeNo: &in.ID,
			TimeExpire: core.Time(in.Expires.Add(leeway).In(pay.China)), NotifyUrl: &in.NotifyURL,
			Amount:    &h5.Amount{Total: core.Int64(int64(in.Amount)), Currency: core.String("CNY")},
			SceneInfo: &h5.SceneInfo{PayerClientIp: &ip, H5Info: &h5.H5Info{Type: core.String("Wap")}},
		})
		if err == nil {
			out.PayURL = deref(answer.H5Url)
		}
		return err
	})
	if err == nil && !webAddress(out.PayURL) {
		return out, fmt.Errorf("%w: no usable address in the answer", pay.ErrUnreachable)
	}
	if in.ReturnURL != "" {
		out.PayURL += "&redirect_url=" + url.QueryEscape(in.ReturnURL) // as H5's address says where to go afterwards
	}
	return out, err
}

func (c *Channel) code(ctx context.Context, in pay.Charge) (out pay.Created, err error) {
	err = c.call(ctx, tries, func(client *core.Client) error {
		answer, _, err := (&native.NativeApiService{Client: client}).Prepay(ctx, native.PrepayRequest{
			Appid: &c.set.AppID, Mchid: &c.set.MchID, Description: &in.Subject, OutTradeNo: &in.ID,
			TimeExpire: core.Time(in.Expires.Add(leeway).In(pay.China)), NotifyUrl: &in.NotifyURL,
			Amount: &native.Amount{Total: core.Int64(int64(in.Amount)), Currency: core.String("CNY")},
		})
		if err == nil {
			out.QRText = deref(answer.CodeUrl)
		}
		return err
	})
	if err == nil && (out.QRText == "" || len(out.QRText) > pay.URLBytesMax) {
		err = fmt.Errorf("%w: no usable code in the answer", pay.ErrUnreachable)
	}
	return out, err
}

func (c *Channel) inApp(ctx context.Context, in pay.Charge) (out pay.Created, err error) {
	err = c.call(ctx, tries, func(client *core.Client) error {
		answer, _, err := (&jsapi.JsapiApiService{Client: client}).PrepayWithRequestPayment(ctx, jsapi.PrepayRequest{
			Appid: &c.set.AppID, Mchid: &c.set.MchID, Description: &in.Subject, OutTradeNo: &in.ID,
			TimeExpire: core.Time(in.Expires.Add(leeway).In(pay.China)), NotifyUrl: &in.NotifyURL,
			Amount: &jsapi.Amount{Total: core.Int64(int64(in.Amount)), Currency: core.String("CNY")},
			Payer:  &jsapi.Payer{Openid: &in.Payer},
		})
		if err != nil {
			return err
		}
		text, err := json.Marshal(map[string]string{ // what WeixinJSBridge's getBrandWCPayRequest wants
			"appId": deref(answer.Appid), "timeStamp": deref(answer.TimeStamp), "nonceStr": deref(answer.NonceStr),
			"package": deref(answer.Package), "signType": deref(answer.SignType), "paySign": deref(answer.PaySign),
		})
		out.InApp = string(text)
		return err
	})
	return out, err
}

// scan pays with the code on the payer's phone (POST /v3/pay/transactions/codepay,
// pay.weixin.qq.com/doc/v3/merchant/4012382150), which the library has no call
// for. It is sent once: the code is good for one payment.
func (c *Channel) scan(ctx context.Context, in pay.Charge) (out pay.Created, err error) {
	body := map[string]any{
		"appid": c.set.AppID, "mchid": c.set.MchID, "description": in.Subject, "out_trade_no": in.ID,
		"notify_url": in.NotifyURL,
		"payer":      map[string]any{"auth_code": in.AuthCode},
		"amount":     map[string]any{"total": int64(in.Amount), "currency": "CNY"},
		"scene_info": map[string]any{"store_info": map[string]any{"out_id": "window"}},
	}
	var t payments.Transaction
	err = c.call(ctx, 1, func(client *core.Client) error {
		answer, err := client.Post(ctx, server+"/v3/pay/transactions/codepay", body)
		if err != nil {
			return err
		}
		return core.UnMarshalResponse(answer.Response, &t)
	})
	if err != nil && !errors.Is(err, pay.ErrUnreachable) {
		return out, err
	}
	r, stateErr := result(t, in.ID)
	if err != nil || stateErr != nil { // unknown: it may have been paid
		if r, err = c.Query(ctx, in.ID); err != nil {
			return out, fmt.Errorf("%w: it is not known whether the scan was paid", pay.ErrUnreachable)
		}
	}
	out.Result = &r
	return out, nil
}

// Query asks how a charge stands.
func (c *Channel) Query(ctx context.Context, id string) (pay.Result, error) {
	t, err := c.query(ctx, id)
	if err != nil {
		return pay.Result{}, fmt.Errorf("querying charge %s: %w", id, err)
	}
	return result(t, id)
}

func (c *Channel) query(ctx context.Context, id string) (t payments.Transaction, err error) {
	if pay.CheckID(id) != nil || len(id) > idMax {
		return t, pay.ErrMalformed
	}
	err = c.call(ctx, tries, func(client *core.Client) error {
		answer, _, err := (&native.NativeApiService{Client: client}).QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &id, Mchid: &c.set.MchID})
		if err == nil {
			t = *answer
		}
		return err
	})
	if err != nil && !errors.Is(err, pay.ErrNotFound) && !errors.Is(err, pay.ErrUnreachable) {
		err = fmt.Errorf("%w: %w", pay.ErrUnreachable, err) // a no to a question says nothing of the charge
	}
	return t, err
}

// Close ends a charge that has not been paid: one that was scanned is revoked,
// as WeChat Pay wants it, any other closed. As closing says nothing of how the
// charge stands, it is asked before and after.
func (c *Channel) Close(ctx context.Context, id string) (pay.Result, error) {
	t, err := c.query(ctx, id)
	if err != nil {
		return pay.Result{}, fmt.Errorf("closing charge %s: %w", id, err)
	}
	if r, err := result(t, id); err != nil || r.State != chepiao.PaymentPending {
		return r, err
	}
	err = c.call(ctx, tries, func(client *core.Client) error {
		if deref(t.TradeState) == "USERPAYING" || deref(t.TradeType) == "MICROPAY" {
			_, err := client.Post(ctx, server+"/v3/pay/transactions/out-trade-no/"+url.PathEscape(id)+"/reverse", map[string]string{"appid": c.set.AppID, "mchid": c.set.MchID})
			return err
		}
		_, err := (&native.NativeApiService{Client: client}).CloseOrder(ctx, native.CloseOrderRequest{OutTradeNo: &id, Mchid: &c.set.MchID})
		return err
	})
	if errors.Is(err, pay.ErrUnreachable) {
		return pay.Result{}, fmt.Errorf("closing charge %s: %w", id, err)
	}
	r, err := c.Query(ctx, id) // a no may well mean that it was paid meanwhile
	if err == nil && r.State == chepiao.PaymentPending {
		err = fmt.Errorf("closing charge %s: %w: still pending after closing", id, pay.ErrUnreachable)
	}
	return r, err
}

var states = map[string]chepiao.PaymentState{
	"SUCCESS": chepiao.PaymentPaid, "REFUND": chepiao.PaymentPaid,
	"NOTPAY": chepiao.PaymentPending, "USERPAYING": chepiao.PaymentPending, "ACCEPT": chepiao.PaymentPending,
	"CLOSED": chepiao.PaymentClosed, "REVOKED": chepiao.PaymentClosed,
	"PAYERROR": chepiao.PaymentFailed,
}

// result reads what is said of a charge. ErrUnreachable when it makes no sense.
func result(t payments.Transaction, id string) (pay.Result, error) {
	state, known := states[deref(t.TradeState)]
	if !known || deref(t.OutTradeNo) != id {
		return pay.Result{}, fmt.Errorf("charge %s: %w: the answer is about something else, or in words that are not known", id, pay.ErrUnreachable)
	}
	r := pay.Result{ID: id, State: state, Transaction: deref(t.TransactionId)}
	if t.Amount != nil {
		r.Amount = chepiao.Money(deref(t.Amount.Total))
	}
	if at, err := time.Parse(time.RFC3339, deref(t.SuccessTime)); err == nil {
		r.PaidAt = at
	}
	if state == chepiao.PaymentPaid && (r.Amount < 1 || r.Transaction == "") {
		return pay.Result{}, fmt.Errorf("charge %s: %w: paid, but without amount or number", id, pay.ErrUnreachable)
	}
	return r, nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && len(s) <= pay.URLBytesMax
}
