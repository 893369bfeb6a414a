package wechatsim

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/practice"
)

// order is the body of the calls that open a charge.
type order struct {
	AppID       string    `json:"appid"`
	MchID       string    `json:"mchid"`
	Description string    `json:"description"`
	OutTradeNo  string    `json:"out_trade_no"`
	TimeExpire  time.Time `json:"time_expire"`
	NotifyURL   string    `json:"notify_url"`
	Amount      struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
	Payer struct {
		OpenID   string `json:"openid"`
		AuthCode string `json:"auth_code"`
	} `json:"payer"`
	SceneInfo *struct {
		PayerClientIP string `json:"payer_client_ip"`
		H5Info        *struct {
			Type string `json:"type"`
		} `json:"h5_info"`
		StoreInfo *struct {
			ID    string `json:"id"`
			OutID string `json:"out_id"`
		} `json:"store_info"`
	} `json:"scene_info"`
}

func param(message string) no { return no{http.StatusBadRequest, "PARAM_ERROR", message} }

// refusalOf puts the firm's refusal into WeChat Pay's words.
func refusalOf(err error) no {
	switch {
	case errors.Is(err, pay.ErrNotFound):
		return no{http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在"}
	case errors.Is(err, pay.ErrMismatch):
		return no{http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复"}
	case errors.Is(err, pay.ErrExpired):
		return param("time_expire 已过")
	case errors.Is(err, pay.ErrCode):
		return no{http.StatusForbidden, "AUTH_CODE_EXPIRE", "二维码已过期,请用户刷新后重新扫码"}
	case errors.Is(err, pay.ErrFunds), errors.Is(err, pay.ErrRefundRefused):
		return no{http.StatusForbidden, "NOT_ENOUGH", "余额不足"}
	case errors.Is(err, pay.ErrNotPaid):
		return no{http.StatusBadRequest, "INVALID_REQUEST", "订单未支付"}
	case errors.Is(err, pay.ErrTooMuch):
		return no{http.StatusBadRequest, "INVALID_REQUEST", "退款金额超过可退金额"}
	case errors.Is(err, pay.ErrNoBill):
		return no{http.StatusBadRequest, "NO_STATEMENT_EXIST", "账单文件不存在"}
	}
	return no{http.StatusInternalServerError, "SYSTEM_ERROR", "系统错误"}
}

// read reads and checks what every way of paying asks for.
func (s *Server) read(q question, kind string) (in order, t practice.Trade, err error) {
	if json.Unmarshal(q.body, &in) != nil {
		return in, t, param("不是 JSON")
	}
	to, urlErr := url.Parse(in.NotifyURL)
	switch {
	case in.AppID != s.keys.AppID || in.MchID != s.keys.MchID:
		return in, t, no{http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配"}
	case len(in.OutTradeNo) < 6 || len(in.OutTradeNo) > 32 || pay.CheckID(in.OutTradeNo) != nil:
		return in, t, param("out_trade_no")
	case in.Description == "" || utf8.RuneCountInString(in.Description) > 127:
		return in, t, param("description")
	case in.Amount.Total < 1 || in.Amount.Total > 100_000_00 || in.Amount.Currency != "CNY":
		return in, t, param("amount")
	case kind != "MICROPAY" && (urlErr != nil || to.Host == "" || to.RawQuery != ""):
		return in, t, param("notify_url 不能携带参数")
	}
	return in, practice.Trade{
		ID: in.OutTradeNo, Kind: kind, Amount: chepiao.Money(in.Amount.Total), Subject: in.Description,
		NotifyURL: in.NotifyURL, Expires: in.TimeExpire, Payer: in.Payer.OpenID,
	}, nil
}

// prepay opens a charge of one of the three kinds where the payer acts.
func (s *Server) prepay(kind string) func(question) (any, error) {
	return func(q question) (any, error) {
		in, t, err := s.read(q, kind)
		if err != nil {
			return nil, err
		}
		switch {
		case kind == "JSAPI" && in.Payer.OpenID == "":
			return nil, param("payer.openid")
		case kind == "MWEB" && (in.SceneInfo == nil || in.SceneInfo.PayerClientIP == "" || in.SceneInfo.H5Info == nil || in.SceneInfo.H5Info.Type == ""):
			return nil, param("scene_info")
		}
		old, err := s.Find(t.ID)
		if err == nil && old.State == chepiao.PaymentPaid {
			return nil, no{http.StatusBadRequest, "ORDER_PAID", "订单已支付"}
		}
		if err == nil && old.Payer != t.Payer {
			return nil, pay.ErrMismatch
		}
		if err == nil && old.State == chepiao.PaymentClosed {
			return nil, no{http.StatusBadRequest, "ORDER_CLOSED", "订单已关闭"}
		}
		if errors.Is(err, pay.ErrNotFound) && !t.Expires.IsZero() && t.Expires.Sub(s.opt.Now()) < time.Minute {
			return nil, param("time_expire 距当前时间不足 1 分钟")
		}
		if t, err = s.Open(t); err != nil {
			return nil, err
		}
		host := practice.Host(q.Request)
		switch kind {
		case "MWEB":
			return map[string]string{"h5_url": host + "/pay/" + t.Token + "?package=1"}, nil
		case "NATIVE":
			return map[string]string{"code_url": host + "/scan/" + t.Token}, nil // weixin://wxpay/bizpayurl?pr=… at the true one
		}
		return map[string]string{"prepay_id": "wx" + t.Token}, nil
	}
}

// codepay takes the money by the code that a clerk has scanned.
func (s *Server) codepay(q question) (any, error) {
	in, t, err := s.read(q, "MICROPAY")
	if err != nil {
		return nil, err
	}
	if len(in.Payer.AuthCode) != 18 || in.Payer.AuthCode[0] != '1' || in.Payer.AuthCode[1] > '5' || in.SceneInfo == nil || in.SceneInfo.StoreInfo == nil {
		return nil, no{http.StatusBadRequest, "AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码"}
	}
	if t, err = s.Scan(t, in.Payer.AuthCode); err != nil {
		return nil, err
	}
	return s.transaction(t), nil
}

func (s *Server) query(q question) (any, error) {
	if q.URL.Query().Get("mchid") != s.keys.MchID {
		return nil, param("mchid")
	}
	t, err := s.Find(q.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return s.transaction(t), nil
}

// close answers nothing when it is done, and says when the payer was first.
func (s *Server) close(q question) (any, error) {
	if !s.bodyNames(q) {
		return nil, param("mchid")
	}
	t, err := s.Close(q.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if t.State == chepiao.PaymentPaid {
		return nil, no{http.StatusBadRequest, "ORDER_PAID", "订单已支付"}
	}
	return nil, nil
}

func (s *Server) reverse(q question) (any, error) {
	if !s.bodyNames(q) {
		return nil, param("mchid")
	}
	t, err := s.Find(q.PathValue("id"))
	if err == nil && t.Kind != "MICROPAY" {
		return nil, no{http.StatusBadRequest, "INVALID_REQUEST", "只有付款码支付可以撤销"}
	}
	if err == nil {
		t, err = s.Revoke(t.ID)
	}
	if err != nil {
		return nil, err
	}
	return map[string]string{"out_trade_no": t.ID, "mchid": s.keys.MchID}, nil
}

func (s *Server) bodyNames(q question) bool {
	var in struct {
		MchID string `json:"mchid"`
	}
	return json.Unmarshal(q.body, &in) == nil && in.MchID == s.keys.MchID
}

// transaction is how a charge is told, to who asks and in notices.
func (s *Server) transaction(t practice.Trade) map[string]any {
	state := map[chepiao.PaymentState]string{
		chepiao.PaymentPending: "NOTPAY", chepiao.PaymentPaid: "SUCCESS", chepiao.PaymentFailed: "PAYERROR", chepiao.PaymentClosed: "CLOSED",
	}[t.State]
	switch {
	case t.Revoked:
		state = "REVOKED"
	case t.Typing:
		state = "USERPAYING"
	case t.State == chepiao.PaymentPaid && len(t.Refunds) > 0:
		state = "REFUND"
	}
	out := map[string]any{"appid": s.keys.AppID, "mchid": s.keys.MchID, "out_trade_no": t.ID, "trade_type": t.Kind, "trade_state": state, "trade_state_desc": state}
	if t.State == chepiao.PaymentPaid {
		out["transaction_id"], out["success_time"], out["bank_type"] = t.Transaction, t.PaidAt.In(pay.China).Format(time.RFC3339), "OTHERS"
		out["payer"] = map[string]string{"openid": t.Payer}
		out["amount"] = map[string]any{"total": int64(t.Amount), "payer_total": int64(t.Amount), "currency": "CNY", "payer_currency": "CNY"}
	}
	return out
}
