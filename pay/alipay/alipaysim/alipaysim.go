// Package alipaysim is Alipay to practise with: it speaks the wire protocol of the
// firm's open platform (forms signed with RSA2, answers and notices signed back, the
// page that a signed address opens, refunds, the zipped bill), and behind it works a
// practice firm where no money moves. It was written after the public documentation
// (opendocs.alipay.com) and shares no code with the client. `chepiao fakes alipay`
// runs it by itself.
package alipaysim

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"chepiao/pay"
	"chepiao/pay/practice"
)

// Options say how a simulator runs. All but Transport and Log are required.
type Options struct {
	Now       func() time.Time
	Rand      io.Reader
	Keys      *Keys             // those of its one merchant and its own
	Transport http.RoundTripper // carries notices; nil means a pool of its own
	Log       *slog.Logger
}

// Server is a running simulator: an http.Handler, and Run for its notices.
type Server struct {
	*practice.Firm
	opt  Options
	keys *Keys
	mux  *http.ServeMux

	mu   sync.Mutex
	seen map[string]bool // charges whose code a payer has scanned: others do not exist yet
}

// New makes a simulator. Call Run to send notices.
func New(o Options) (*Server, error) {
	if o.Keys == nil {
		return nil, errors.New("practice Alipay: keys are needed")
	}
	s := &Server{opt: o, keys: o.Keys, mux: http.NewServeMux(), seen: map[string]bool{}}
	var err error
	s.Firm, err = practice.New(practice.Options{
		Now: o.Now, Rand: o.Rand, ZH: "支付宝", EN: "Alipay", CodeBegin: "28", Post: s.notice, Transport: o.Transport, Log: o.Log,
		Taken: func(status int, body []byte) bool { return status == http.StatusOK && string(body) == "success" },
	})
	if err != nil {
		return nil, err
	}
	s.mux.HandleFunc("POST /gateway.do", s.Gate(s.merchant))
	s.mux.HandleFunc("GET /gateway.do", s.Gate(s.page))
	s.mux.HandleFunc("GET /bill/{day}", s.download)
	s.Firm.Routes(s.mux)
	return s, nil
}

// ServeHTTP answers merchants, payers and whoever holds the controls.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, pay.BodyBytesMax)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if token, ok := strings.CutPrefix(r.URL.Path, "/scan/"); ok {
		s.scanned(token)
	}
	s.mux.ServeHTTP(w, r)
}

// scanned notes that a payer has read a charge's code.
func (s *Server) scanned(token string) {
	for _, t := range s.Trades() {
		if t.Token == token {
			s.see(t.ID)
		}
	}
}

func (s *Server) see(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[id] = true
}

// no is a refusal in Alipay's words.
type no struct{ code, sub, message string }

func (n no) Error() string { return n.sub }

func business(sub, message string) no { return no{"40004", sub, message} }

// refusalOf puts the firm's refusal into Alipay's words.
func refusalOf(err error) no {
	var n no
	switch {
	case errors.As(err, &n):
		return n
	case errors.Is(err, pay.ErrNotFound):
		return business("ACQ.TRADE_NOT_EXIST", "交易不存在")
	case errors.Is(err, pay.ErrMismatch):
		return business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
	case errors.Is(err, pay.ErrExpired):
		return business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
	case errors.Is(err, pay.ErrNotPaid):
		return business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
	case errors.Is(err, pay.ErrTooMuch):
		return business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
	case errors.Is(err, pay.ErrRefundRefused):
		return business("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
	case errors.Is(err, pay.ErrCode):
		return business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付码无效")
	case errors.Is(err, pay.ErrFunds):
		return business("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")
	case errors.Is(err, pay.ErrNoBill):
		return business("isp.bill_not_exist", "账单不存在")
	}
	return no{"20000", "aop.ACQ.SYSTEM_ERROR", "系统错误"}
}

// question is a merchant's request after its signature was checked.
type question struct {
	url.Values
	host string
	body []byte // biz_content
}

func (s *Server) methods() map[string]func(question) (map[string]any, error) {
	return map[string]func(question) (map[string]any, error){
		"alipay.trade.precreate": s.precreate, "alipay.trade.pay": s.barcode, "alipay.trade.query": s.query, "alipay.trade.close": s.close,
		"alipay.trade.refund": s.refund, "alipay.trade.fastpay.refund.query": s.queryRefund,
		"alipay.data.dataservice.bill.downloadurl.query": s.bill,
	}
}

// merchant checks a request's signature, has it answered and signs the answer: the
// very bytes of the node that is named after the method.
func (s *Server) merchant(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	do := s.methods()[r.PostForm.Get("method")]
	if err := s.signed(r.PostForm); err != nil || do == nil { // such an answer is not signed either
		json.NewEncoder(w).Encode(map[string]any{"error_response": map[string]string{"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature", "sub_msg": "验签出错"}})
		return
	}
	out, err := do(question{r.PostForm, practice.Host(r), []byte(r.PostForm.Get("biz_content"))})
	if err != nil {
		n := refusalOf(err)
		out = map[string]any{"code": n.code, "msg": "Business Failed", "sub_code": n.sub, "sub_msg": n.message}
	} else if out["code"] == nil {
		out["code"], out["msg"] = "10000", "Success"
	}
	node, err := json.Marshal(out)
	if err != nil {
		http.Error(w, "fault", http.StatusInternalServerError)
		return
	}
	signature, err := s.sign(s.keys.Alipay, node)
	if err != nil {
		http.Error(w, "fault", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, `{%q:%s,"sign":%q}`, strings.ReplaceAll(r.PostForm.Get("method"), ".", "_")+"_response", node, signature)
}

// page is where a signed address leads the payer's browser: only now there is a
// charge.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if err := s.signed(q); err != nil || q.Get("method") != "alipay.trade.wap.pay" {
		http.Error(w, "错误：验签出错 (isv.invalid-signature)", http.StatusBadRequest)
		return
	}
	t, err := s.read(question{q, practice.Host(r), []byte(q.Get("biz_content"))}, "QUICK_WAP_WAY")
	if err == nil {
		t, err = s.Open(t)
	}
	if err != nil {
		n := refusalOf(err)
		http.Error(w, "错误："+n.message+" ("+n.sub+")", http.StatusBadRequest)
		return
	}
	s.see(t.ID)
	http.Redirect(w, r, "/pay/"+t.Token, http.StatusFound)
}

// signed checks a request: all its parameters but the signature, sorted, joined, under
// the application's key.
func (s *Server) signed(v url.Values) error {
	at, err := time.ParseInLocation("2006-01-02 15:04:05", v.Get("timestamp"), pay.China)
	if err != nil || v.Get("app_id") != s.keys.AppID || v.Get("sign_type") != "RSA2" || v.Get("charset") != "utf-8" {
		return errors.New("another application")
	}
	if age := s.opt.Now().Sub(at); v.Get("method") != "alipay.trade.wap.pay" && (age > 10*time.Minute || age < -10*time.Minute) {
		return errors.New("stale")
	}
	signature, err := base64.StdEncoding.DecodeString(v.Get("sign"))
	if err != nil {
		return err
	}
	hash := sha256.Sum256(joined(v, "sign"))
	return rsa.VerifyPKCS1v15(&s.keys.App.PublicKey, crypto.SHA256, hash[:], signature)
}

func joined(v url.Values, without ...string) []byte {
	var pairs []string
	for name, values := range v {
		if len(values) > 0 && values[0] != "" && !slices.Contains(without, name) {
			pairs = append(pairs, name+"="+values[0])
		}
	}
	slices.Sort(pairs)
	return []byte(strings.Join(pairs, "&"))
}

func (s *Server) sign(key *rsa.PrivateKey, text []byte) (string, error) {
	hash := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:])
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// notice makes the request that tells a merchant how a charge stands, also after a
// refund: a signed form to the charge's own address. One that is forged is signed
// with a key that is not Alipay's.
func (s *Server) notice(ctx context.Context, t practice.Trade, r *practice.Refund, forged bool) (*http.Request, error) {
	if t.NotifyURL == "" {
		return nil, nil
	}
	key := s.keys.Alipay
	if forged {
		key = s.keys.App
		t.State, t.Transaction, t.PaidAt = "paid", "4200000000000000000000000000", s.opt.Now()
	}
	id, err := pay.NewNonce(s.opt.Rand)
	if err != nil {
		return nil, err
	}
	stamp := func(at time.Time) string { return at.In(pay.China).Format("2006-01-02 15:04:05") }
	v := url.Values{
		"notify_time": {stamp(s.opt.Now())}, "notify_type": {"trade_status_sync"}, "notify_id": {id}, "app_id": {s.keys.AppID}, "auth_app_id": {s.keys.AppID},
		"charset": {"utf-8"}, "version": {"1.0"}, "seller_id": {s.keys.SellerID}, "trade_no": {t.Transaction}, "out_trade_no": {t.ID}, "subject": {t.Subject},
		"trade_status": {status(t)}, "total_amount": {t.Amount.String()}, "receipt_amount": {t.Amount.String()}, "gmt_create": {stamp(t.Created)}, "buyer_id": {"2088000000000001"},
	}
	if !t.PaidAt.IsZero() {
		v.Set("gmt_payment", stamp(t.PaidAt))
	}
	if r != nil {
		v.Set("refund_fee", t.Refunded().String())
		v.Set("gmt_refund", stamp(r.Created)+".123")
		v.Set("out_biz_no", r.ID)
	}
	signature, err := s.sign(key, joined(v))
	if err != nil {
		return nil, err
	}
	v.Set("sign_type", "RSA2")
	v.Set("sign", signature)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.NotifyURL, bytes.NewReader([]byte(v.Encode())))
	if err != nil {
		return nil, fmt.Errorf("writing a notice: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return req, nil
}
