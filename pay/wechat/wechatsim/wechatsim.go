// Package wechatsim is WeChat Pay to practise with: it speaks the firm's wire
// protocol of version 3 (signed requests and answers, platform certificates,
// encrypted notices, refunds, bills, the OAuth page that says who pays), and
// behind it works a practice firm where no money moves. It was written after the
// public documentation (pay.weixin.qq.com/doc/v3/merchant) and shares no code
// with the client. `chepiao fakes wechat` runs it by itself.
package wechatsim

import (
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
	"regexp"
	"strconv"
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

	mu    sync.Mutex
	asked map[string]bool // codes that say who pays, not used yet
}

// New makes a simulator. Call Run to send notices.
func New(o Options) (*Server, error) {
	if o.Keys == nil {
		return nil, errors.New("practice WeChat Pay: keys are needed")
	}
	s := &Server{opt: o, keys: o.Keys, mux: http.NewServeMux(), asked: map[string]bool{}}
	var err error
	s.Firm, err = practice.New(practice.Options{
		Now: o.Now, Rand: o.Rand, ZH: "微信支付", EN: "WeChat Pay", CodeBegin: "13", Post: s.notice, Transport: o.Transport, Log: o.Log,
		Taken: func(status int, _ []byte) bool { return status == http.StatusOK || status == http.StatusNoContent },
	})
	if err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

func (s *Server) routes() {
	for path, do := range map[string]func(question) (any, error){
		"GET /v3/certificates":                                s.certificates,
		"POST /v3/pay/transactions/h5":                        s.prepay("MWEB"),
		"POST /v3/pay/transactions/native":                    s.prepay("NATIVE"),
		"POST /v3/pay/transactions/jsapi":                     s.prepay("JSAPI"),
		"POST /v3/pay/transactions/codepay":                   s.codepay,
		"GET /v3/pay/transactions/out-trade-no/{id}":          s.query,
		"POST /v3/pay/transactions/out-trade-no/{id}/close":   s.close,
		"POST /v3/pay/transactions/out-trade-no/{id}/reverse": s.reverse,
		"POST /v3/refund/domestic/refunds":                    s.refund,
		"GET /v3/refund/domestic/refunds/{id}":                s.queryRefund,
		"GET /v3/bill/tradebill":                              s.bill,
	} {
		s.mux.HandleFunc(path, s.Gate(s.merchant(do)))
	}
	s.mux.HandleFunc("GET /v3/billdownload/file", s.download)
	s.mux.HandleFunc("GET /connect/oauth2/authorize", s.authorize)
	s.mux.HandleFunc("GET /sns/oauth2/access_token", s.token)
	s.mux.HandleFunc("POST /app/pay", s.app)
	s.Firm.Routes(s.mux)
}

// ServeHTTP answers merchants, payers and whoever holds the controls.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, pay.BodyBytesMax)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

// question is a merchant's request after its signature was checked.
type question struct {
	*http.Request
	body []byte
}

// no is a refusal in WeChat Pay's words.
type no struct {
	status        int
	Code, Message string
}

func (n no) Error() string { return n.Code }

// authorization is what a request's header must look like
// (pay.weixin.qq.com/doc/v3/merchant/4012365336).
var authorization = regexp.MustCompile(`(mchid|nonce_str|signature|timestamp|serial_no)="([^"]*)"`)

// merchant checks a request's signature, has it answered and signs the answer.
func (s *Server) merchant(do func(question) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err := s.signed(r, body); err != nil { // such an answer is not signed either
			say(w, http.StatusUnauthorized, []byte(`{"code":"SIGN_ERROR","message":"签名错误"}`))
			return
		}
		out, err := do(question{r, body})
		status := http.StatusOK
		var text []byte
		switch refused := (no{}); {
		case errors.As(err, &refused):
			status = refused.status
			text, _ = json.Marshal(map[string]string{"code": refused.Code, "message": refused.Message})
		case err != nil:
			refused = refusalOf(err)
			status = refused.status
			text, _ = json.Marshal(map[string]string{"code": refused.Code, "message": refused.Message})
		case out == nil:
			status = http.StatusNoContent
		default:
			text, _ = json.Marshal(out)
		}
		if err := s.sign(w.Header(), text); err != nil {
			http.Error(w, "fault", http.StatusInternalServerError)
			return
		}
		say(w, status, text)
	}
}

func say(w http.ResponseWriter, status int, body []byte) {
	if len(body) > 0 {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	w.Write(body)
}

// signed checks WECHATPAY2-SHA256-RSA2048: method, address, time, nonce and body,
// each with a line feed behind it, under the merchant's key.
func (s *Server) signed(r *http.Request, body []byte) error {
	const scheme = "WECHATPAY2-SHA256-RSA2048 "
	h := r.Header.Get("Authorization")
	if len(h) < len(scheme) || h[:len(scheme)] != scheme {
		return errors.New("not signed")
	}
	got := map[string]string{}
	for _, m := range authorization.FindAllStringSubmatch(h, -1) {
		got[m[1]] = m[2]
	}
	seconds, err := strconv.ParseInt(got["timestamp"], 10, 64)
	age := s.opt.Now().Sub(time.Unix(seconds, 0))
	if err != nil || age > 5*time.Minute || age < -5*time.Minute || got["mchid"] != s.keys.MchID || got["serial_no"] != s.keys.MerchantSerial {
		return errors.New("stale, or another merchant")
	}
	signature, err := base64.StdEncoding.DecodeString(got["signature"])
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(r.Method + "\n" + r.URL.RequestURI() + "\n" + got["timestamp"] + "\n" + got["nonce_str"] + "\n" + string(body) + "\n"))
	return rsa.VerifyPKCS1v15(&s.keys.Merchant.PublicKey, crypto.SHA256, hash[:], signature)
}

// sign puts time, nonce, serial and signature of an answer or a notice into its
// header.
func (s *Server) sign(h http.Header, body []byte) error {
	return s.signBy(s.keys.Platform, h, body)
}

func (s *Server) signBy(key *rsa.PrivateKey, h http.Header, body []byte) error {
	nonce, err := pay.NewNonce(s.opt.Rand)
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(s.opt.Now().Unix(), 10)
	hash := sha256.Sum256([]byte(stamp + "\n" + nonce + "\n" + string(body) + "\n"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:])
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	serial := s.keys.PlatformSerial
	if s.keys.PublicKeyID != "" {
		serial = s.keys.PublicKeyID
	}
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
	h.Set("Request-ID", nonce)
	return nil
}

// notice makes the request that tells a merchant how a charge or a refund ended:
// encrypted with the APIv3 key, signed with the platform's. One that is forged
// knows neither.
func (s *Server) notice(ctx context.Context, t practice.Trade, r *practice.Refund, forged bool) (*http.Request, error) {
	key, v3, to, event, kind, content := s.keys.Platform, s.keys.V3Key, t.NotifyURL, "TRANSACTION.SUCCESS", "transaction", any(s.transaction(t))
	if r != nil {
		status := refundStatus[r.State]
		to, event, kind, content = r.NotifyURL, "REFUND."+status, "refund", s.refundNotice(t, r)
	}
	if forged {
		t.State, t.Transaction, t.PaidAt = "paid", "4200000000000000000000000000", s.opt.Now()
		key, v3, content = s.keys.Merchant, "00000000000000000000000000000000", s.transaction(t)
	}
	if to == "" {
		return nil, nil
	}
	resource, err := s.seal(v3, kind, content)
	if err != nil {
		return nil, err
	}
	id, err := pay.NewNonce(s.opt.Rand)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{
		"id": id, "create_time": s.opt.Now().In(pay.China).Format(time.RFC3339), "resource_type": "encrypt-resource", "event_type": event, "summary": "", "resource": resource,
	})
	if err != nil {
		return nil, fmt.Errorf("writing a notice: %w", err)
	}
	req, err := newPost(ctx, to, body)
	if err != nil {
		return nil, err
	}
	return req, s.signBy(key, req.Header, body)
}
