package wechatsim

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/practice"
)

var refundStatus = map[chepiao.PaybackState]string{
	chepiao.PaybackDue: "PROCESSING", chepiao.PaybackSettled: "SUCCESS", chepiao.PaybackStuck: "ABNORMAL",
}

func (s *Server) refund(q question) (any, error) {
	var in struct {
		OutTradeNo  string `json:"out_trade_no"`
		OutRefundNo string `json:"out_refund_no"`
		NotifyURL   string `json:"notify_url"`
		Amount      struct {
			Refund   int64  `json:"refund"`
			Total    int64  `json:"total"`
			Currency string `json:"currency"`
		} `json:"amount"`
	}
	if json.Unmarshal(q.body, &in) != nil || in.Amount.Currency != "CNY" || pay.CheckID(in.OutRefundNo) != nil {
		return nil, param("refund")
	}
	t, err := s.Find(in.OutTradeNo)
	if err == nil && int64(t.Amount) != in.Amount.Total {
		return nil, no{http.StatusBadRequest, "INVALID_REQUEST", "订单金额不一致"}
	}
	t, r, err := s.Firm.Refund(in.OutTradeNo, practice.Refund{ID: in.OutRefundNo, Amount: chepiao.Money(in.Amount.Refund), NotifyURL: in.NotifyURL})
	if errors.Is(err, pay.ErrNotFound) {
		return nil, no{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在"}
	}
	if err != nil {
		return nil, err
	}
	return refundOf(t, r), nil
}

func (s *Server) queryRefund(q question) (any, error) {
	t, r, err := s.FindRefund(q.PathValue("id"))
	if err != nil {
		return nil, no{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在"}
	}
	return refundOf(t, r), nil
}

func refundOf(t practice.Trade, r practice.Refund) map[string]any {
	out := map[string]any{
		"refund_id": r.Number, "out_refund_no": r.ID, "transaction_id": t.Transaction, "out_trade_no": t.ID, "channel": "ORIGINAL",
		"user_received_account": "支付用户零钱", "create_time": r.Created.In(pay.China).Format(time.RFC3339), "status": refundStatus[r.State], "funds_account": "AVAILABLE",
		"amount": map[string]any{
			"total": int64(t.Amount), "refund": int64(r.Amount), "payer_total": int64(t.Amount), "payer_refund": int64(r.Amount),
			"settlement_refund": int64(r.Amount), "settlement_total": int64(t.Amount), "discount_refund": 0, "currency": "CNY",
		},
	}
	if r.State == chepiao.PaybackSettled {
		out["success_time"] = r.Settled.In(pay.China).Format(time.RFC3339)
	}
	return out
}

func (s *Server) refundNotice(t practice.Trade, r *practice.Refund) map[string]any {
	out := map[string]any{
		"mchid": s.keys.MchID, "out_trade_no": t.ID, "transaction_id": t.Transaction, "out_refund_no": r.ID, "refund_id": r.Number,
		"refund_status": refundStatus[r.State], "user_received_account": "支付用户零钱",
		"amount": map[string]any{"total": int64(t.Amount), "refund": int64(r.Amount), "payer_total": int64(t.Amount), "payer_refund": int64(r.Amount)},
	}
	if r.State == chepiao.PaybackSettled {
		out["success_time"] = r.Settled.In(pay.China).Format(time.RFC3339)
	}
	return out
}

// bill says where the day's bill lies and what its SHA-1 is.
func (s *Server) bill(q question) (any, error) {
	day, err := chepiao.ParseDay(q.URL.Query().Get("bill_date"))
	if err != nil || (q.URL.Query().Get("bill_type") != "" && q.URL.Query().Get("bill_type") != "ALL") {
		return nil, param("bill_date")
	}
	text, err := s.billText(day)
	if err != nil {
		return nil, err
	}
	hash := sha1.Sum(text)
	at := "https://api.mch.weixin.qq.com/v3/billdownload/file?token=" + day.String()
	if q.URL.Query().Get("tar_type") == "GZIP" {
		at += "&tartype=gzip"
	}
	return map[string]string{"hash_type": "SHA1", "hash_value": hex.EncodeToString(hash[:]), "download_url": at}, nil
}

// download gives the file out; only what asks for it is signed.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	day, err := chepiao.ParseDay(r.URL.Query().Get("token"))
	if err != nil || s.signed(r, nil) != nil {
		say(w, http.StatusUnauthorized, []byte(`{"code":"SIGN_ERROR"}`))
		return
	}
	text, err := s.billText(day)
	if err != nil {
		say(w, http.StatusBadRequest, []byte(`{"code":"NO_STATEMENT_EXIST"}`))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if r.URL.Query().Get("tartype") == "gzip" {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(text)
		z.Close()
		text = packed.Bytes()
	}
	w.Write(text)
}

const billTitle = "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"

func (s *Server) billText(day chepiao.Day) ([]byte, error) {
	rows, err := s.Bill(day)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(billTitle)
	var came, went chepiao.Money
	for _, row := range rows {
		t := row.Trade
		state, number, refund, total, back, kind := "SUCCESS", "0", "0", row.Amount, chepiao.Money(0), ""
		switch {
		case row.Refund != nil:
			state, number, refund, total, back, kind = "REFUND", row.Refund.Number, row.Refund.ID, 0, row.Amount, "ORIGINAL"
		case row.Revoked:
			state, total, back, kind = "REVOKED", 0, row.Amount, "ORIGINAL"
		}
		came, went = came+total, went+back
		fields := []string{
			row.At.In(pay.China).Format("2006-01-02 15:04:05"), s.keys.AppID, s.keys.MchID, "0", "", t.Transaction, t.ID, t.Payer, t.Kind, state, "OTHERS", "CNY",
			total.String(), "0.00", number, refund, back.String(), "0.00", kind, "", strings.ReplaceAll(t.Subject, ",", ","), "", "0.00000", "0.60%", total.String(), back.String(), "",
		}
		b.WriteString("`" + strings.Join(fields, ",`") + "\r\n")
	}
	b.WriteString("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")
	fmt.Fprintf(&b, "`%d,`%s,`%s,`0.00,`0.00000,`%s,`%s\r\n", len(rows), came, went, came, went)
	return []byte(b.String()), nil
}
