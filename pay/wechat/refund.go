package wechat

import (
	"context"
	"errors"
	"fmt"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"chepiao"
	"chepiao/pay"
)

// Refund sends money back. The same number again is answered with how far it has
// come. ABNORMAL and CLOSED are stuck: a person looks in the merchant platform.
func (c *Channel) Refund(ctx context.Context, in pay.RefundRequest) (pay.RefundResult, error) {
	if err := in.Check(); err != nil || in.Total < in.Amount {
		return pay.RefundResult{}, fmt.Errorf("refunding a charge: %w", pay.ErrMalformed)
	}
	var answer refunddomestic.Refund
	err := c.call(ctx, tries, func(client *core.Client) error {
		req := refunddomestic.CreateRequest{
			OutTradeNo: &in.Charge, OutRefundNo: &in.ID,
			Amount: &refunddomestic.AmountReq{Refund: core.Int64(int64(in.Amount)), Total: core.Int64(int64(in.Total)), Currency: core.String("CNY")},
		}
		if in.NotifyURL != "" {
			req.NotifyUrl = &in.NotifyURL
		}
		out, _, err := (&refunddomestic.RefundsApiService{Client: client}).Create(ctx, req)
		if err == nil {
			answer = *out
		}
		return err
	})
	switch {
	case errors.Is(err, pay.ErrFunds), errors.Is(err, pay.ErrMalformed): // here it is the merchant's balance, or a rule of WeChat Pay's
		err = fmt.Errorf("%w: %w", pay.ErrRefundRefused, err)
	case err == nil:
		status := ""
		if answer.Status != nil {
			status = string(*answer.Status)
		}
		var r pay.RefundResult
		if r, err = refunded(deref(answer.OutRefundNo), deref(answer.OutTradeNo), status); err == nil && (r.ID != in.ID || r.Charge != in.Charge || answer.Amount == nil || deref(answer.Amount.Refund) != int64(in.Amount)) {
			err = fmt.Errorf("%w: the answer is about something else", pay.ErrUnreachable)
		}
		r.Amount, r.At = in.Amount, deref(answer.CreateTime)
		if err == nil {
			return r, nil
		}
	}
	return pay.RefundResult{}, fmt.Errorf("refunding charge %s: %w", in.Charge, err)
}

var refundStates = map[string]chepiao.PaybackState{
	"SUCCESS": chepiao.PaybackSettled, "PROCESSING": chepiao.PaybackDue,
	"ABNORMAL": chepiao.PaybackStuck, "CLOSED": chepiao.PaybackStuck,
}

func refunded(id, charge, status string) (pay.RefundResult, error) {
	state, known := refundStates[status]
	if !known {
		return pay.RefundResult{}, fmt.Errorf("%w: a refund in words that are not known", pay.ErrUnreachable)
	}
	return pay.RefundResult{ID: id, Charge: charge, State: state}, nil
}
