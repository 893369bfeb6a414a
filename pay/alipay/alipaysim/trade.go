package alipaysim

import (
	"encoding/json"
	"math/big"
	"net/url"
	"time"
	"unicode/utf8"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/practice"
)

// order is the content of the calls that open a charge.
type order struct {
	OutTradeNo  string `json:"out_trade_no"`
	TotalAmount string `json:"total_amount"`
	Subject     string `json:"subject"`
	ProductCode string `json:"product_code"`
	TimeExpire  string `json:"time_expire"`
	Scene       string `json:"scene"`
	AuthCode    string `json:"auth_code"`
}

func invalid(field string) no { return business("ACQ.INVALID_PARAMETER", "参数无效："+field) }

// read reads an order of a product. An address to notify must be there where the
// payer acts later.
func (s *Server) read(q question, product string) (t practice.Trade, err error) {
	var in order
	if json.Unmarshal(q.body, &in) != nil {
		return t, invalid("biz_content")
	}
	amount, err := fen(in.TotalAmount)
	to, urlErr := url.Parse(q.Get("notify_url"))
	ends, timeErr := time.ParseInLocation("2006-01-02 15:04:05", in.TimeExpire, pay.China)
	switch {
	case pay.CheckID(in.OutTradeNo) != nil:
		return t, invalid("out_trade_no")
	case err != nil || amount < 1 || amount > 100_000_00:
		return t, business("ACQ.TOTAL_FEE_EXCEED", "订单总金额不在允许范围内")
	case in.Subject == "" || utf8.RuneCountInString(in.Subject) > 256:
		return t, invalid("subject")
	case in.ProductCode != product:
		return t, business("ACQ.ACCESS_FORBIDDEN", "没有权限使用该产品")
	case timeErr != nil:
		return t, invalid("time_expire")
	case urlErr != nil || to.Host == "":
		return t, invalid("notify_url")
	}
	return practice.Trade{
		ID: in.OutTradeNo, Kind: product, Amount: amount, Subject: in.Subject, Payer: in.AuthCode, Expires: ends,
		NotifyURL: q.Get("notify_url"), ReturnURL: q.Get("return_url"),
	}, nil
}

func fen(s string) (chepiao.Money, error) {
	v, ok := new(big.Rat).SetString(s)
	if !ok || !v.Mul(v, big.NewRat(100, 1)).IsInt() || !v.Num().IsInt64() {
		return 0, invalid("total_amount")
	}
	return chepiao.Money(v.Num().Int64()), nil
}

// precreate gives a code to show. The charge exists when a payer has scanned it.
func (s *Server) precreate(q question) (map[string]any, error) {
	t, err := s.read(q, "FACE_TO_FACE_PAYMENT")
	if err != nil {
		return nil, err
	}
	if t, err = s.Open(t); err != nil {
		return nil, err
	}
	switch t.State {
	case chepiao.PaymentPaid:
		return nil, business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
	case chepiao.PaymentClosed:
		return nil, business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
	}
	return map[string]any{"out_trade_no": t.ID, "qr_code": q.host + "/scan/" + t.Token}, nil // https://qr.alipay.com/… at the true one
}

// barcode takes the money by the code that a clerk has scanned.
func (s *Server) barcode(q question) (map[string]any, error) {
	t, err := s.read(q, "FACE_TO_FACE_PAYMENT")
	if err != nil {
		return nil, err
	}
	var in order
	if json.Unmarshal(q.body, &in) != nil || in.Scene != "bar_code" || len(in.AuthCode) < 16 || len(in.AuthCode) > 24 || in.AuthCode[:2] < "25" || in.AuthCode[:2] > "30" {
		return nil, business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付码无效")
	}
	t.Kind, t.Payer = "BARCODE", ""
	if t, err = s.Scan(t, in.AuthCode); err != nil {
		return nil, err
	}
	s.see(t.ID)
	out := map[string]any{"out_trade_no": t.ID, "trade_no": tradeNo(t), "total_amount": t.Amount.String(), "buyer_logon_id": "ye***@example.cn", "buyer_user_id": "2088000000000001"}
	switch t.State {
	case chepiao.PaymentPaid:
		out["gmt_payment"], out["receipt_amount"] = t.PaidAt.In(pay.China).Format("2006-01-02 15:04:05"), t.Amount.String()
	case chepiao.PaymentPending:
		out["code"], out["msg"] = "10003", "order success pay inprocess"
	default:
		return nil, business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
	}
	return out, nil
}

// tradeNo is Alipay's number of a charge, which it has before it is paid.
func tradeNo(t practice.Trade) string {
	if t.Transaction != "" {
		return t.Transaction
	}
	return "2026" + t.Token
}

// find is a charge that exists: one that the payer has met.
func (s *Server) find(q question) (practice.Trade, error) {
	var in order
	if json.Unmarshal(q.body, &in) != nil {
		return practice.Trade{}, invalid("biz_content")
	}
	t, err := s.Find(in.OutTradeNo)
	if err != nil {
		return t, err
	}
	s.mu.Lock()
	seen := s.seen[t.ID]
	s.mu.Unlock()
	if !seen && t.Transaction == "" {
		return practice.Trade{}, pay.ErrNotFound
	}
	return t, nil
}

func (s *Server) query(q question) (map[string]any, error) {
	t, err := s.find(q)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"out_trade_no": t.ID, "trade_no": tradeNo(t), "trade_status": status(t), "total_amount": t.Amount.String(), "buyer_logon_id": "ye***@example.cn"}
	if t.Transaction != "" {
		out["send_pay_date"], out["receipt_amount"] = t.PaidAt.In(pay.China).Format("2006-01-02 15:04:05"), t.Amount.String()
	}
	return out, nil
}

func status(t practice.Trade) string {
	switch {
	case t.State == chepiao.PaymentPaid && t.Refunded() == t.Amount:
		return "TRADE_CLOSED"
	case t.State == chepiao.PaymentPaid:
		return "TRADE_SUCCESS"
	case t.State == chepiao.PaymentPending:
		return "WAIT_BUYER_PAY"
	}
	return "TRADE_CLOSED"
}

// close says when the payer was first.
func (s *Server) close(q question) (map[string]any, error) {
	t, err := s.find(q)
	if err != nil {
		return nil, err
	}
	was := t.State
	if t, err = s.Close(t.ID); err != nil {
		return nil, err
	}
	if t.State == chepiao.PaymentPaid {
		return nil, business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
	}
	if was != chepiao.PaymentPending {
		return nil, business("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常")
	}
	return map[string]any{"out_trade_no": t.ID, "trade_no": tradeNo(t)}, nil
}
