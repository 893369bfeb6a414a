// Package wechat takes money through WeChat Pay (微信支付), by the firm's own Go
// library and its interface of version 3: a page in the phone's browser (H5), a
// page inside WeChat (JSAPI), a code that the payer scans (Native), and the code
// on the payer's phone that a clerk scans (付款码支付). Requests are signed with
// the merchant's key and answers checked with WeChat Pay's; notices are opened
// with the APIv3 key.
//
// What WeChat Pay calls SUCCESS and REFUND is paid here, NOTPAY and USERPAYING
// pending, CLOSED and REVOKED closed, PAYERROR failed. An answer whose signature
// is wrong, and any word that is not known, is no answer: pay.ErrUnreachable.
package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"

	"chepiao"
	"chepiao/pay"
)

// server is where the library sends its requests; a simulator's address takes
// its place on the way.
const server = "https://api.mch.weixin.qq.com"

// Timing of one call.
const (
	timeout = 5 * time.Second
	tries   = 2
	pause   = 200 * time.Millisecond
)

// Channel is a merchant's access to WeChat Pay.
type Channel struct {
	set      Settings
	http     http.Client
	now      func() time.Time
	mu       sync.Mutex // guards what follows: made at the first call, as it may need WeChat Pay
	client   *core.Client
	verifier auth.Verifier
	again    time.Time // platform certificates are fetched again from then on
	kept     *downloader.CertificateDownloader
}

var _ pay.Channel = (*Channel)(nil)

// Config is what a Channel needs beside its settings.
type Config struct {
	Settings
	Now       func() time.Time
	Timeout   time.Duration     // of one try; 0 means 5 s, and WeChat Pay recommends not less
	Transport http.RoundTripper // nil means a pool of its own
}

// New makes a channel; it does not call WeChat Pay yet.
func New(c Config) (*Channel, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		return nil, errors.New("WeChat Pay: a clock is needed")
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 64
		c.Transport = t
	}
	if c.Timeout <= 0 {
		c.Timeout = timeout
	}
	if c.URL != "" {
		to, err := url.Parse(c.URL)
		if err != nil || to.Host == "" || (to.Scheme != "http" && to.Scheme != "https") {
			return nil, errors.New("WeChat Pay: url must be an http or https address")
		}
		c.Transport = diverted{to, c.Transport}
	}
	return &Channel{set: c.Settings, now: c.Now, http: http.Client{Transport: c.Transport, Timeout: c.Timeout}}, nil
}

// diverted sends what is meant for WeChat Pay to a simulator. What was signed,
// method, path and body, stays as it is.
type diverted struct {
	to   *url.URL
	next http.RoundTripper
}

func (d diverted) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.Host = d.to.Scheme, d.to.Host, d.to.Host
	return d.next.RoundTrip(out)
}

// Name is chepiao.WeChat.
func (c *Channel) Name() chepiao.PaymentChannel { return chepiao.WeChat }

// Ways are those of the merchant's contract.
func (c *Channel) Ways() []chepiao.PayWay { return slices.Clone(c.set.Ways) }

// certificatesLife is how long platform certificates are used without being
// fetched again: WeChat Pay asks for twelve hours at most.
const certificatesLife = 12 * time.Hour

// ready is the library's client and the verifier of what WeChat Pay signs. With
// platform certificates they are fetched first. ErrUnreachable when they cannot be.
func (c *Channel) ready(ctx context.Context) (*core.Client, auth.Verifier, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil && (c.set.PublicKey != nil || c.now().Before(c.again)) {
		return c.client, c.verifier, nil
	}
	merchant := option.WithMerchantCredential(c.set.MchID, c.set.Serial, c.set.Key)
	if c.set.PublicKey != nil {
		c.verifier = verifiers.NewSHA256WithRSAPubkeyVerifier(c.set.PublicKeyID, *c.set.PublicKey)
	} else if err := c.certificates(ctx, merchant); err != nil {
		if c.client != nil { // the old ones are good for days yet
			return c.client, c.verifier, nil
		}
		return nil, nil, unreachable(err)
	}
	client, err := core.NewClient(ctx, merchant, option.WithVerifier(c.verifier), option.WithHTTPClient(&c.http))
	if err != nil {
		return nil, nil, unreachable(err)
	}
	c.client = client
	return c.client, c.verifier, nil
}

// certificates fetches the platform certificates.
func (c *Channel) certificates(ctx context.Context, merchant core.ClientOption) error {
	c.again = c.now().Add(time.Minute) // one try a minute while it fails
	if c.kept == nil {
		plain, err := core.NewClient(ctx, merchant, option.WithoutValidator(), option.WithHTTPClient(&c.http)) // they come encrypted
		if err != nil {
			return err
		}
		if c.kept, err = downloader.NewCertificateDownloaderWithClient(ctx, plain, c.set.V3Key); err != nil {
			c.kept = nil
			return err
		}
		c.verifier = verifiers.NewSHA256WithRSAVerifier(c.kept)
	} else if err := c.kept.DownloadCertificates(ctx); err != nil {
		return err
	}
	c.again = c.now().Add(certificatesLife)
	return nil
}

// call does something with the library's client, a second time when nobody
// answered and once is not all that may be asked. Errors are pay.ErrUnreachable
// or a pay.Declined.
func (c *Channel) call(ctx context.Context, most int, do func(*core.Client) error) error {
	client, verifier, err := c.ready(ctx)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := c.translate(ctx, verifier, do(client))
		if err == nil || !errors.Is(err, pay.ErrUnreachable) || try >= most || ctx.Err() != nil {
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

// unreachable keeps what the library says out of logs: it writes whole messages.
func unreachable(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return fmt.Errorf("%w: %w", pay.ErrUnreachable, e.Err)
	}
	return pay.ErrUnreachable
}

// translate turns the library's error into one of ours. A no counts only when
// WeChat Pay has signed it: the library does not look.
func (c *Channel) translate(ctx context.Context, verifier auth.Verifier, err error) error {
	if err == nil {
		return nil
	}
	var no *core.APIError
	if !errors.As(err, &no) {
		return unreachable(err)
	}
	if no.StatusCode >= 500 || no.StatusCode == http.StatusTooManyRequests {
		return fmt.Errorf("%w: it answered %d", pay.ErrUnreachable, no.StatusCode)
	}
	signed := validators.NewWechatPayResponseValidator(verifier).Validate(ctx, &http.Response{
		Header: no.Header, Body: io.NopCloser(bytes.NewBufferString(no.Body)),
	})
	if signed != nil {
		return fmt.Errorf("%w: it answered %d without its signature", pay.ErrUnreachable, no.StatusCode)
	}
	if d, known := codes[strings.ReplaceAll(no.Code, "_", "")]; known {
		return fmt.Errorf("%w (%s)", d, code(no.Code))
	}
	return fmt.Errorf("%w (%s)", pay.ErrMalformed, code(no.Code))
}

// code keeps only what a code may look like.
func code(s string) string {
	if len(s) > 40 || strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && r != '_' }) {
		return "?"
	}
	return s
}

// codes are WeChat Pay's, which spells some with underscores and without.
var codes = map[string]pay.Declined{
	"ORDERNOTEXIST": pay.ErrNotFound, "RESOURCENOTEXISTS": pay.ErrNotFound,
	"OUTTRADENOUSED": pay.ErrMismatch,
	"ORDERCLOSED":    pay.ErrExpired, "ORDERREVERSED": pay.ErrExpired,
	"NOTENOUGH":       pay.ErrFunds,
	"AUTHCODEEXPIRE":  pay.ErrCode,
	"AUTHCODEINVALID": pay.ErrCode, "AUTHCODEERROR": pay.ErrCode,
	"TRADESTATEERROR": pay.ErrNotPaid, "TRADEERROR": pay.ErrNotPaid,
	"NOSTATEMENTEXIST": pay.ErrNoBill, "STATEMENTCREATING": pay.ErrNoBill,
	"USERACCOUNTABNORMAL": pay.ErrRefundRefused,
}
