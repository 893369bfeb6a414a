package message

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"chepiao"
)

// Text is one SMS, sent once per ID however often it is handed over.
type Text struct {
	ID        string `json:"id"` // letters, digits, - and _, at most 64
	To        string `json:"to"` // the phone in clear: the only place where it leaves the house
	Text      string `json:"text"`
	ReportURL string `json:"report_url,omitempty"` // where the gateway reports what became of it
}

// Report is what the gateway says of a text that it took.
type Report struct {
	ID    string               `json:"id"`
	State chepiao.MessageState `json:"state"`          // delivered or failed
	Code  string               `json:"code,omitempty"` // of a failure
	At    time.Time            `json:"at"`
}

// Gateway is the hub's side of an SMS gateway. Its methods may be called from
// many goroutines. It tries once: whoever has a queue tries again.
type Gateway struct {
	url    string
	report string
	key    []byte
	http   http.Client
}

// Config is what a Gateway needs to know. URL and Key are required.
type Config struct {
	URL       string            // of the gateway's service, http or https
	Key       []byte            // shared with the gateway, at least KeyBytesMin
	ReportURL string            // where the gateway reports to; "" wants no reports
	Timeout   time.Duration     // of one try; 0 means TimeoutDefault
	Transport http.RoundTripper // nil means a connection pool of its own
}

// NewGateway makes a client; it does not call the gateway yet.
func NewGateway(c Config) (*Gateway, error) {
	if err := CheckURL(c.URL); err != nil {
		return nil, fmt.Errorf("SMS gateway: URL: %w", err)
	}
	if c.ReportURL != "" {
		if err := CheckURL(c.ReportURL); err != nil {
			return nil, fmt.Errorf("SMS gateway: report URL: %w", err)
		}
	}
	if len(c.Key) < KeyBytesMin {
		return nil, fmt.Errorf("SMS gateway: the key must have at least %d bytes", KeyBytesMin)
	}
	return &Gateway{url: strings.TrimRight(c.URL, "/") + "/v1/texts", report: c.ReportURL, key: c.Key, http: client(c.Timeout, c.Transport)}, nil
}

// client is an HTTP client that waits a bounded time and follows no redirect: a
// receiver must not be able to point us elsewhere, least of all inside.
func client(timeout time.Duration, transport http.RoundTripper) http.Client {
	if timeout <= 0 {
		timeout = TimeoutDefault
	}
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 32
		transport = t
	}
	return http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send hands a text over. The same ID again is the same text: the gateway sends
// it once. Errors: ErrUnreachable (say it again), or a Declined. None of them
// repeats the phone or the text.
func (g *Gateway) Send(ctx context.Context, now time.Time, t Text) error {
	t.ReportURL = g.report
	return g.send(ctx, now, t)
}

// SendUnreported hands over a text of which nothing is kept here, such as a code
// to sign in with: the gateway is asked for no report. Errors as of Send.
func (g *Gateway) SendUnreported(ctx context.Context, now time.Time, t Text) error {
	t.ReportURL = ""
	return g.send(ctx, now, t)
}

func (g *Gateway) send(ctx context.Context, now time.Time, t Text) error {
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("writing text %s: %w", t.ID, err)
	}
	status, answer, err := post(ctx, &g.http, g.url, g.key, ForText, now, body)
	switch {
	case err != nil:
		return fmt.Errorf("sending text %s: %w", t.ID, err)
	case status >= 200 && status <= 299:
		return nil
	}
	var no ErrorBody
	final := status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
	if !final || json.Unmarshal(answer, &no) != nil || !codeShape.MatchString(string(no.Code)) {
		return fmt.Errorf("sending text %s: %w: it answered %d", t.ID, ErrUnreachable, status)
	}
	if no.Code == ErrUnsigned { // a key or clock that a person will put right, not this text's fault
		return fmt.Errorf("sending text %s: %w: %w", t.ID, ErrUnreachable, no.Code)
	}
	return fmt.Errorf("sending text %s: %w", t.ID, no.Code)
}

// ErrorBody is the body of every answer of the gateway that is not 2xx.
type ErrorBody struct {
	Code    Declined `json:"code"`
	Message string   `json:"message"` // for the developer; programs use the code
}

var codeShape = regexp.MustCompile(`^[A-Z_]{1,40}$`)

// ParseReport reads the gateway's report: header and body of the request as
// received. Errors: ErrBadSignature, ErrStale, ErrMalformed; with any of them it
// must be answered with a 4xx and change nothing. The gateway repeats a report
// until it gets a 2xx.
func (g *Gateway) ParseReport(now time.Time, header http.Header, body []byte) (Report, error) {
	var r Report
	if len(body) > BodyBytesMax {
		return r, fmt.Errorf("reading a report: %w: too long", ErrMalformed)
	}
	if err := Verify(header, g.key, ForReport, now, body); err != nil {
		return r, fmt.Errorf("reading a report: %w", err)
	}
	if json.Unmarshal(body, &r) != nil || CheckID(r.ID) != nil || (r.State != chepiao.MessageDelivered && r.State != chepiao.MessageFailed) {
		return Report{}, fmt.Errorf("reading a report: %w", ErrMalformed)
	}
	if !codeShape.MatchString(r.Code) {
		r.Code = ""
	}
	return r, nil
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CheckID says what is wrong with a text's id, nil if nothing.
func CheckID(id string) error {
	if !idShape.MatchString(id) {
		return errors.New("id must be 1 to 64 letters, digits, - or _")
	}
	return nil
}

var phoneShape = regexp.MustCompile(`^(1[3-9][0-9]{9}|\+[1-9][0-9]{6,14})$`)

// Check says what is wrong with a text, nil if nothing, as the gateway's
// refusal. Both sides use it.
func (t Text) Check() error {
	switch n := utf8.RuneCountInString(t.Text); {
	case CheckID(t.ID) != nil:
		return ErrBadInput
	case t.ReportURL != "" && CheckURL(t.ReportURL) != nil:
		return ErrBadInput
	case n < 1 || n > TextRunesMax || !utf8.ValidString(t.Text):
		return ErrBadText
	case !phoneShape.MatchString(t.To):
		return ErrBadNumber
	}
	return nil
}

// post sends a signed body and reads a bounded answer. Every error is
// ErrUnreachable.
func post(ctx context.Context, c *http.Client, url string, key []byte, purpose Purpose, now time.Time, body []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("%w: the address cannot be used", ErrUnreachable)
	}
	Sign(req.Header, key, purpose, now, body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := c.Do(req)
	if err != nil {
		if u := (*neturl.Error)(nil); errors.As(err, &u) {
			err = u.Err // a partner's address may have a secret in it
		}
		return 0, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, BodyBytesMax))
	if err != nil {
		return 0, nil, fmt.Errorf("%w: reading the answer: %w", ErrUnreachable, err)
	}
	return res.StatusCode, answer, nil
}
