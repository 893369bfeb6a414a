package alipay

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/smartwalle/alipay/v3"

	"chepiao"
	"chepiao/pay"
)

// Refund sends money back. The same number again changes nothing; how far it has
// come is asked for. A bank card that cannot take it leaves it stuck: a person
// looks in the merchant platform.
func (c *Channel) Refund(ctx context.Context, in pay.RefundRequest) (pay.RefundResult, error) {
	if err := in.Check(); err != nil {
		return pay.RefundResult{}, fmt.Errorf("refunding a charge: %w", pay.ErrMalformed)
	}
	err := c.call(ctx, tries, func() (alipay.Error, error) {
		answer, err := c.client.TradeRefund(ctx, alipay.TradeRefund{OutTradeNo: in.Charge, RefundAmount: in.Amount.String(), OutRequestNo: in.ID, RefundReason: "退票"})
		if err != nil {
			return alipay.Error{}, err
		}
		return answer.Error, nil
	})
	var r pay.RefundResult
	if err == nil {
		r, err = c.refunded(ctx, in)
	}
	if err != nil {
		return pay.RefundResult{}, fmt.Errorf("refunding charge %s: %w", in.Charge, err)
	}
	return r, nil
}

// refundSaid is the answer to the question how a refund stands. The library's own
// type wants deposit_back_info as a list, the documentation as an object.
type refundSaid struct {
	alipay.Error
	OutTradeNo   string          `json:"out_trade_no"`
	OutRequestNo string          `json:"out_request_no"`
	RefundAmount string          `json:"refund_amount"`
	RefundStatus string          `json:"refund_status"`
	GmtRefundPay string          `json:"gmt_refund_pay"`
	DepositBack  json.RawMessage `json:"deposit_back_info"`
}

// refunded asks how far a refund that was accepted has come.
func (c *Channel) refunded(ctx context.Context, in pay.RefundRequest) (r pay.RefundResult, err error) {
	var answer *refundSaid
	question := alipay.NewPayload("alipay.trade.fastpay.refund.query").AddBizField("out_trade_no", in.Charge).
		AddBizField("out_request_no", in.ID).AddBizField("query_options", []string{"gmt_refund_pay", "deposit_back_info"})
	err = c.call(ctx, tries, func() (alipay.Error, error) {
		answer = nil
		if err := c.client.Request(ctx, question, &answer); err != nil {
			return alipay.Error{}, err
		}
		return answer.Error, nil
	})
	r = pay.RefundResult{ID: in.ID, Charge: in.Charge, Amount: in.Amount, State: chepiao.PaybackDue}
	if err != nil { // it was accepted: how far it is will be asked again
		return r, fmt.Errorf("%w: it is not known how far it has come", pay.ErrUnreachable)
	}
	if answer.RefundStatus == "" {
		return r, nil
	}
	amount, err := fen(answer.RefundAmount)
	switch {
	case err != nil || answer.OutRequestNo != in.ID || answer.OutTradeNo != in.Charge:
		return r, fmt.Errorf("%w: the answer is about something else", pay.ErrUnreachable)
	case amount != in.Amount:
		return r, pay.ErrMismatch
	case answer.RefundStatus != "REFUND_SUCCESS":
		return r, fmt.Errorf("%w: a refund in words that are not known", pay.ErrUnreachable)
	}
	r.State = chepiao.PaybackSettled
	r.At, _ = time.ParseInLocation(timeForm, answer.GmtRefundPay, pay.China)
	switch backStatus(answer.DepositBack) {
	case "F":
		r.State = chepiao.PaybackStuck
	case "P":
		r.State = chepiao.PaybackDue
	}
	return r, nil
}

// backStatus is how the way back to a bank card went: S, F, P, or nothing.
func backStatus(raw json.RawMessage) string {
	type info struct {
		Status string `json:"dback_status"`
	}
	var one info
	if json.Unmarshal(raw, &one) == nil {
		return one.Status
	}
	var many []info
	if json.Unmarshal(raw, &many) == nil && len(many) > 0 {
		return many[len(many)-1].Status
	}
	return ""
}
