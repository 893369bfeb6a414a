package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"

	"chepiao"
	"chepiao/pay"
)

// ParseNotify checks a notice's signature and age and opens it with the APIv3
// key. Of events that are not followed it returns neither charge nor refund.
// Errors: ErrBadSignature, ErrMalformed; ErrUnreachable while the certificates
// that would tell cannot be had.
func (c *Channel) ParseNotify(header http.Header, body []byte) (pay.Notice, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if len(body) > pay.BodyBytesMax {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	_, verifier, err := c.ready(ctx)
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", err)
	}
	handler, err := notify.NewRSANotifyHandler(c.set.V3Key, verifier)
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: the APIv3 key is not one")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", err)
	}
	r.Header = header
	var content json.RawMessage
	n, err := handler.ParseNotifyRequest(ctx, r, &content)
	if err != nil { // the library's words hold the whole message: they are not passed on
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrBadSignature)
	}
	switch {
	case strings.HasPrefix(n.EventType, "TRANSACTION."):
		return charged(content)
	case strings.HasPrefix(n.EventType, "REFUND."):
		return repaid(content)
	}
	return pay.Notice{}, nil
}

func charged(content []byte) (pay.Notice, error) {
	var t payments.Transaction
	if json.Unmarshal(content, &t) != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	r, err := result(t, deref(t.OutTradeNo))
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	return pay.Notice{Charge: &r}, nil
}

func repaid(content []byte) (pay.Notice, error) {
	var n struct {
		Charge string    `json:"out_trade_no"`
		ID     string    `json:"out_refund_no"`
		Status string    `json:"refund_status"`
		At     time.Time `json:"success_time"`
		Amount struct {
			Refund int64 `json:"refund"`
		} `json:"amount"`
	}
	if json.Unmarshal(content, &n) != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	r, err := refunded(n.ID, n.Charge, n.Status)
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	r.Amount, r.At = chepiao.Money(n.Amount.Refund), n.At
	return pay.Notice{Refund: &r}, nil
}

// Answer is 204 for a notice that was taken in; anything else has it repeated,
// for a day.
func (c *Channel) Answer(err error) (status int, contentType string, body []byte) {
	switch {
	case err == nil:
		return http.StatusNoContent, "", nil
	case pay.Disbelieved(err):
		return http.StatusUnauthorized, "application/json", []byte(`{"code":"FAIL","message":"签名验证失败"}`)
	}
	return http.StatusInternalServerError, "application/json", []byte(`{"code":"FAIL","message":"请稍后重发"}`)
}
