package pay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"chepiao"
)

// Sandbox is the merchant's side of the practice wallet. Its methods may be
// called from many goroutines. Each one may be repeated with the same ids and
// does its work once, so it repeats by itself when the channel does not answer:
// at most Tries times Timeout plus the pauses (9.5 s by default), less when the
// context ends sooner.
type Sandbox struct {
	base    string
	key     []byte
	now     func() time.Time
	random  io.Reader
	drawing sync.Mutex // random may not be safe for two at once
	tries   int
	pause   time.Duration
	http    http.Client
}

// Config is what a Sandbox needs to know. URL, Key, Now and Rand are required.
type Config struct {
	URL       string            // of the wallet's service, http or https
	Key       []byte            // shared with the wallet, at least KeyBytesMin
	Now       func() time.Time  // the caller's clock
	Rand      io.Reader         // the caller's chance, for nonces
	Timeout   time.Duration     // of one try; 0 means 3 s
	Tries     int               // of one call; 0 means 3, at most 10
	Pause     time.Duration     // after the first try, doubled after each further one; 0 means 150 ms
	Transport http.RoundTripper // nil means a connection pool of its own
}

// NewSandbox makes a client; it does not call the channel yet.
func NewSandbox(c Config) (*Sandbox, error) {
	if !webAddress(c.URL) {
		return nil, errors.New("payment channel: URL must be an http or https address")
	}
	if len(c.Key) < KeyBytesMin {
		return nil, fmt.Errorf("payment channel: the key must have at least %d bytes", KeyBytesMin)
	}
	if c.Now == nil || c.Rand == nil {
		return nil, errors.New("payment channel: a clock and a source of chance are needed")
	}
	if c.Tries < 0 || c.Tries > 10 || c.Timeout < 0 || c.Pause < 0 {
		return nil, errors.New("payment channel: tries must be 0 to 10, times not negative")
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 64
		c.Transport = t
	}
	return &Sandbox{
		base: strings.TrimRight(c.URL, "/"), key: c.Key, now: c.Now, random: c.Rand,
		tries: orElse(c.Tries, 3), pause: orElse(c.Pause, 150*time.Millisecond),
		http: http.Client{
			Transport:     c.Transport,
			Timeout:       orElse(c.Timeout, 3*time.Second),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Create opens a charge. The same charge again gets the same answer, whatever
// became of it since. Errors: ErrUnreachable, ErrMismatch, ErrExpired,
// ErrMalformed.
func (s *Sandbox) Create(ctx context.Context, c Charge) (Created, error) {
	c.Expires = c.Expires.UTC().Truncate(time.Second)
	if err := c.Check(); err != nil {
		return Created{}, fmt.Errorf("creating a charge: %w: %w", ErrMalformed, err)
	}
	var out Created
	if err := s.call(ctx, http.MethodPost, "/v1/charges", c, &out); err != nil {
		return Created{}, fmt.Errorf("creating charge %s: %w", c.ID, err)
	}
	if !webAddress(out.PayURL) || !webAddress(out.QRText) {
		return Created{}, fmt.Errorf("creating charge %s: %w: no usable address in the answer", c.ID, ErrUnreachable)
	}
	return out, nil
}

// Query asks how a charge stands. Errors: ErrUnreachable, ErrNotFound.
func (s *Sandbox) Query(ctx context.Context, id string) (Result, error) {
	return s.result(ctx, "querying", http.MethodGet, id, "")
}

// Close ends a charge that has not been paid. The answer's state is closed,
// or what the charge had become before: paid or failed. Closing twice is fine.
// Errors: ErrUnreachable, ErrNotFound.
func (s *Sandbox) Close(ctx context.Context, id string) (Result, error) {
	return s.result(ctx, "closing", http.MethodPost, id, "/close")
}

func (s *Sandbox) result(ctx context.Context, doing, method, id, verb string) (Result, error) {
	if err := CheckID(id); err != nil {
		return Result{}, fmt.Errorf("%s a charge: %w: %w", doing, ErrMalformed, err)
	}
	var out Result
	if err := s.call(ctx, method, "/v1/charges/"+url.PathEscape(id)+verb, nil, &out); err != nil {
		return Result{}, fmt.Errorf("%s charge %s: %w", doing, id, err)
	}
	if err := out.check(); err != nil {
		return Result{}, fmt.Errorf("%s charge %s: %w: %w", doing, id, ErrUnreachable, err)
	}
	if out.ID != id {
		return Result{}, fmt.Errorf("%s charge %s: %w: the answer is about another charge", doing, id, ErrUnreachable)
	}
	if verb == "/close" && out.State == chepiao.PaymentPending {
		return Result{}, fmt.Errorf("%s charge %s: %w: still pending after closing", doing, id, ErrUnreachable)
	}
	return out, nil
}

// Refund sends back an amount of a paid charge, once per refund id however
// often it is asked, and never more than the charge in sum. Errors:
// ErrUnreachable, ErrNotFound, ErrNotPaid, ErrTooMuch, ErrMismatch (the
// refund's id stands for another amount or charge), ErrRefundRefused.
func (s *Sandbox) Refund(ctx context.Context, in RefundRequest) (RefundResult, error) {
	if err := in.Check(); err != nil {
		return RefundResult{}, fmt.Errorf("refunding a charge: %w: %w", ErrMalformed, err)
	}
	var out RefundResult
	if err := s.call(ctx, http.MethodPost, "/v1/refunds", in, &out); err != nil {
		return RefundResult{}, fmt.Errorf("refunding charge %s: %w", in.Charge, err)
	}
	known := out.State == chepiao.PaybackDue || out.State == chepiao.PaybackSettled
	if out.ID != in.ID || out.Charge != in.Charge || out.Amount != in.Amount || !known {
		return RefundResult{}, fmt.Errorf("refunding charge %s: %w: the answer is about something else", in.Charge, ErrUnreachable)
	}
	return out, nil
}

// check keeps states and sums that this protocol does not have from getting in.
func (r Result) check() error {
	if err := CheckID(r.ID); err != nil {
		return err
	}
	switch r.State {
	case chepiao.PaymentPending, chepiao.PaymentPaid, chepiao.PaymentFailed, chepiao.PaymentClosed:
	default:
		return errors.New("no such state of a charge")
	}
	if checkAmount(r.Amount) != nil || r.Refunded < 0 || r.Refunded > r.Amount {
		return errors.New("amounts outside their limits")
	}
	return nil
}

// call sends one request, again while nobody answers, and reads the answer
// into out. Every error is ErrUnreachable or a Declined.
func (s *Sandbox) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	pause := s.pause
	for try := 1; ; try++ {
		again, err := s.once(ctx, method, path, body, out)
		if err == nil || !again || try >= s.tries {
			return err
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return fmt.Errorf("%w: %w", ErrUnreachable, ctx.Err())
		}
		pause *= 2
	}
}

// once makes a single try. again says that another one may help.
func (s *Sandbox) once(ctx context.Context, method, path string, body []byte, out any) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	nonce, err := s.nonce()
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	Sign(req.Header, s.key, ForRequest(method, path), s.now(), nonce, body)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.http.Do(req)
	if err != nil {
		return ctx.Err() == nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, BodyBytesMax+1))
	if err != nil {
		return ctx.Err() == nil, fmt.Errorf("%w: reading the answer: %w", ErrUnreachable, err)
	}
	if len(answer) > BodyBytesMax {
		return false, fmt.Errorf("%w: the answer is longer than %d bytes", ErrUnreachable, BodyBytesMax)
	}
	if res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests {
		return true, fmt.Errorf("%w: it answered %d", ErrUnreachable, res.StatusCode)
	}
	if err := Verify(res.Header, s.key, ForAnswer(nonce), s.now(), answer); err != nil {
		return false, fmt.Errorf("%w: it answered %d: %w", ErrUnreachable, res.StatusCode, err)
	}
	return false, readAnswer(res.StatusCode, answer, out)
}

func (s *Sandbox) nonce() (string, error) {
	s.drawing.Lock()
	defer s.drawing.Unlock()
	return NewNonce(s.random)
}

// ErrorBody is the body of every answer that is not 200.
type ErrorBody struct {
	Code    Declined `json:"code"`
	Message string   `json:"message"` // for the developer who reads it; programs use the code
}

var codeShape = regexp.MustCompile(`^[A-Z_]{1,40}$`)

func readAnswer(status int, answer []byte, out any) error {
	if status == http.StatusOK {
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("%w: the answer is not what was agreed", ErrUnreachable)
		}
		return nil
	}
	var no ErrorBody
	if err := json.Unmarshal(answer, &no); err != nil || !codeShape.MatchString(string(no.Code)) {
		return fmt.Errorf("%w: it answered %d without a reason", ErrUnreachable, status)
	}
	return no.Code
}
