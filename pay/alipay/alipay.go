// Package alipay takes money through Alipay (支付宝), by smartwalle's client of its
// open platform: a page in the phone's browser (手机网站支付), a code that the payer
// scans (当面付, precreate), and the code on the payer's phone that a clerk scans.
// Requests are signed with the application's key and answers checked with
// Alipay's (RSA2).
//
// A charge exists at Alipay only from the moment the payer has opened the page or
// scanned the code; until then Alipay does not know it (ErrNotFound), and its page
// works until the charge's deadline, which travels in the signed address.
// WAIT_BUYER_PAY is pending here, TRADE_SUCCESS and TRADE_FINISHED paid,
// TRADE_CLOSED closed, or paid where money had come and all of it went back. An
// answer whose signature is wrong, and any word that is not known, is no answer:
// pay.ErrUnreachable.
package alipay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/smartwalle/alipay/v3"

	"chepiao"
	"chepiao/pay"
)

const server = "https://openapi.alipay.com/gateway.do"

// Timing of one call.
const (
	timeout = 5 * time.Second
	tries   = 2
	pause   = 200 * time.Millisecond
)

// Channel is a merchant's access to Alipay.
type Channel struct {
	set    Settings
	client *alipay.Client
	http   http.Client
}

var _ pay.Channel = (*Channel)(nil)

// Config is what a Channel needs beside its settings.
type Config struct {
	Settings
	Timeout   time.Duration     // of one try; 0 means 5 s
	Transport http.RoundTripper // nil means a pool of its own
}

// New makes a channel; it does not call Alipay yet.
func New(c Config) (*Channel, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 64
		c.Transport = t
	}
	if c.Timeout <= 0 {
		c.Timeout = timeout
	}
	out := &Channel{set: c.Settings, http: http.Client{Transport: c.Transport, Timeout: c.Timeout}}
	gateway := server
	if c.URL != "" {
		gateway = strings.TrimSuffix(strings.TrimSuffix(c.URL, "/"), "/gateway.do") + "/gateway.do"
	}
	var err error
	// Not "production", in the library's sense: there it would fetch any certificate
	// that an answer names, and believe it.
	if out.client, err = alipay.New(c.AppID, c.Key, false, alipay.WithTimeLocation(pay.China), alipay.WithHTTPClient(&out.http), alipay.WithSandboxGateway(gateway)); err != nil {
		return nil, errors.New("Alipay: the application's key is not an RSA key") // the library's words may hold it
	}
	if err := out.client.LoadAliPayPublicKey(c.PublicKey); err != nil {
		return nil, errors.New("Alipay: its public key is not an RSA key")
	}
	return out, nil
}

// Name is chepiao.Alipay.
func (c *Channel) Name() chepiao.PaymentChannel { return chepiao.Alipay }

// Ways are those of the merchant's contract.
func (c *Channel) Ways() []chepiao.PayWay { return slices.Clone(c.set.Ways) }

// call does something with the library's client, a second time when nobody
// answered and once is not all that may be asked. do returns what Alipay has said
// of the request. Errors are pay.ErrUnreachable or a pay.Declined.
func (c *Channel) call(ctx context.Context, most int, do func() (alipay.Error, error)) error {
	for try := 1; ; try++ {
		said, err := do()
		if err = translate(said, err); err == nil || !errors.Is(err, pay.ErrUnreachable) || try >= most || ctx.Err() != nil {
			return err
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return err
		}
	}
}

// translate turns an answer into one of our errors. The library hands over what was
// not signed as an error of its own: that is no answer.
func translate(said alipay.Error, err error) error {
	var unsigned *alipay.Error
	switch {
	case errors.As(err, &unsigned):
		return fmt.Errorf("%w: it answered %s without its signature", pay.ErrUnreachable, code(unsigned.SubCode))
	case err != nil:
		if e := (*url.Error)(nil); errors.As(err, &e) { // the address of a page holds everything
			return fmt.Errorf("%w: %w", pay.ErrUnreachable, e.Err)
		}
		return pay.ErrUnreachable
	case said.Code == alipay.CodeSuccess || said.Code == alipay.CodeOrderSuccessPayInProcess:
		return nil
	}
	if d, known := codes[said.SubCode]; known {
		return fmt.Errorf("%w (%s)", d, code(said.SubCode))
	}
	if said.Code == alipay.CodeUnknowError || said.Code == alipay.CodeCallLimited || strings.HasSuffix(said.SubCode, "SYSTEM_ERROR") {
		return fmt.Errorf("%w: it answered %s", pay.ErrUnreachable, code(said.SubCode))
	}
	return fmt.Errorf("%w (%s)", pay.ErrMalformed, code(said.SubCode))
}

// code keeps only what a code may look like.
func code(s string) string {
	if len(s) > 60 || strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '.' && r != '-'
	}) {
		return "?"
	}
	return s
}

// codes are Alipay's sub_codes.
var codes = map[string]pay.Declined{
	"ACQ.TRADE_NOT_EXIST":      pay.ErrNotFound,
	"ACQ.CONTEXT_INCONSISTENT": pay.ErrMismatch, "ACQ.DISCORDANT_REPEAT_REQUEST": pay.ErrMismatch,
	"ACQ.TRADE_HAS_CLOSE": pay.ErrExpired, "ACQ.TIME_EXPIRE_INVALID": pay.ErrExpired,
	"ACQ.BUYER_BALANCE_NOT_ENOUGH": pay.ErrFunds, "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": pay.ErrFunds,
	"ACQ.PAYMENT_AUTH_CODE_INVALID":  pay.ErrCode,
	"ACQ.TRADE_STATUS_ERROR":         pay.ErrNotPaid,
	"ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": pay.ErrTooMuch,
	"ACQ.SELLER_BALANCE_NOT_ENOUGH":  pay.ErrRefundRefused, "ACQ.TRADE_NOT_ALLOW_REFUND": pay.ErrRefundRefused,
	"ACQ.REASON_TRADE_BEEN_FREEZEN": pay.ErrRefundRefused, "ACQ.TRADE_HAS_FINISHED": pay.ErrRefundRefused,
	"isp.bill_not_exist": pay.ErrNoBill,
}

// Answer is "success" for a notice that was taken in; anything else has it
// repeated, for a day.
func (c *Channel) Answer(err error) (status int, contentType string, body []byte) {
	switch {
	case err == nil:
		return http.StatusOK, "text/plain; charset=utf-8", []byte("success")
	case pay.Disbelieved(err):
		return http.StatusUnauthorized, "text/plain; charset=utf-8", []byte("fail")
	}
	return http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("fail")
}
