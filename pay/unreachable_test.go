package pay_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/sandbox"
)

// every calls each of the client's verbs.
func every(c *pay.Sandbox, s *shop, id string) map[string]error {
	ctx := s.t.Context()
	_, create := c.Create(ctx, s.charge(id))
	_, query := c.Query(ctx, id)
	_, closing := c.Close(ctx, id)
	_, refund := c.Refund(ctx, pay.RefundRequest{Charge: id, ID: "r-" + id, Amount: 1})
	return map[string]error{"create": create, "query": query, "close": closing, "refund": refund}
}

func allUnreachable(t *testing.T, errs map[string]error) {
	t.Helper()
	for verb, err := range errs {
		var no pay.Declined
		if !errors.Is(err, pay.ErrUnreachable) || errors.As(err, &no) {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

func TestUnreachableSwitch(t *testing.T) {
	s := open(t)
	s.create("known")
	s.set(sandbox.Switches{Unreachable: true})
	allUnreachable(t, every(s.Sandbox, s, "known"))
	allUnreachable(t, every(s.Sandbox, s, "unknown"))
	if status := s.payer("known", "success"); status != http.StatusOK {
		t.Fatalf("the payer got %d", status)
	}
	s.set(sandbox.Switches{})
	s.want("known", chepiao.PaymentPaid)
	_, err := s.Query(t.Context(), "unknown")
	wantErr(t, err, pay.ErrNotFound)
}

func TestNobodyListens(t *testing.T) {
	s := open(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	allUnreachable(t, every(s.client(pay.Config{URL: gone.URL}), s, "a"))
}

// TestSlow: the work is done although the answer does not come in time.
func TestSlow(t *testing.T) {
	s := open(t)
	s.create("a")
	s.set(sandbox.Switches{SlowSeconds: 5})
	began := time.Now()
	_, err := s.client(pay.Config{Timeout: 50 * time.Millisecond, Tries: 2}).Close(t.Context(), "a")
	wantErr(t, err, pay.ErrUnreachable)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("gave up only after %v", took)
	}
	s.set(sandbox.Switches{})
	s.want("a", chepiao.PaymentClosed)
}

func TestContextEnds(t *testing.T) {
	s := open(t)
	s.create("a")
	s.set(sandbox.Switches{SlowSeconds: 5})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Query(ctx, "a")
	wantErr(t, err, pay.ErrUnreachable)
	wantErr(t, err, context.DeadlineExceeded)
}

// TestRetries: a call is repeated while nobody answers, a bounded number of
// times, and a clear no is not.
func TestRetries(t *testing.T) {
	s := open(t)
	var calls, failures atomic.Int32
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1); failures.Add(-1) >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		s.wallet.ServeHTTP(w, r)
	}))
	defer flaky.Close()
	c := s.client(pay.Config{URL: flaky.URL})
	for _, row := range []struct {
		failures, calls int32
		err             error
	}{{0, 1, pay.ErrNotFound}, {2, 3, pay.ErrNotFound}, {3, 3, pay.ErrUnreachable}, {99, 3, pay.ErrUnreachable}} {
		calls.Store(0)
		failures.Store(row.failures)
		_, err := c.Query(t.Context(), "unseen")
		wantErr(t, err, row.err)
		if calls.Load() != row.calls {
			t.Errorf("%d failures: %d calls, want %d", row.failures, calls.Load(), row.calls)
		}
	}
}

// TestFalseAnswers: an answer that is too long, unsigned, made for another
// question or not in the protocol is no answer.
func TestFalseAnswers(t *testing.T) {
	s := open(t)
	const good = `{"id":"a","state":"paid","amount":4500,"refunded":0}`
	sign := func(w http.ResponseWriter, r *http.Request, body string) {
		pay.Sign(w.Header(), key, pay.ForAnswer(r.Header.Get(pay.HeaderNonce)), s.clock.now(), strings.Repeat("1", 32), []byte(body))
	}
	answers := map[string]func(http.ResponseWriter, *http.Request) string{
		"unsigned": func(http.ResponseWriter, *http.Request) string { return good },
		"signed for another question": func(w http.ResponseWriter, r *http.Request) string {
			pay.Sign(w.Header(), key, pay.ForAnswer(strings.Repeat("2", 32)), s.clock.now(), strings.Repeat("1", 32), []byte(good))
			return good
		},
		"changed after signing": func(w http.ResponseWriter, r *http.Request) string {
			sign(w, r, strings.Replace(good, "paid", "pending", 1))
			return good
		},
		"old": func(w http.ResponseWriter, r *http.Request) string {
			pay.Sign(w.Header(), key, pay.ForAnswer(r.Header.Get(pay.HeaderNonce)), s.clock.now().Add(-time.Hour), strings.Repeat("1", 32), []byte(good))
			return good
		},
		"too long":        signed(sign, good+strings.Repeat(" ", pay.BodyBytesMax)),
		"another charge":  signed(sign, strings.Replace(good, `"a"`, `"b"`, 1)),
		"unknown state":   signed(sign, strings.Replace(good, "paid", "unknown", 1)),
		"returned":        signed(sign, strings.Replace(good, "paid", "returned", 1)),
		"no state":        signed(sign, `{"id":"a","amount":4500}`),
		"refund too high": signed(sign, strings.Replace(good, `"refunded":0`, `"refunded":4501`, 1)),
		"half a fen":      signed(sign, strings.Replace(good, "4500", "4500.5", 1)),
		"not JSON":        signed(sign, "<html>"),
		"empty":           signed(sign, ""),
		"redirect": func(w http.ResponseWriter, r *http.Request) string {
			w.Header().Set("Location", s.url)
			w.WriteHeader(http.StatusFound)
			return ""
		},
		"no without a reason": func(w http.ResponseWriter, r *http.Request) string {
			sign(w, r, "{}")
			w.WriteHeader(http.StatusConflict)
			return "{}"
		},
		"no without a signature": func(w http.ResponseWriter, r *http.Request) string {
			w.WriteHeader(http.StatusNotFound)
			return `{"code":"NOT_FOUND"}`
		},
	}
	ask := func(answer func(http.ResponseWriter, *http.Request) string) (pay.Result, error) {
		liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(answer(w, r)))
		}))
		defer liar.Close()
		return s.client(pay.Config{URL: liar.URL}).Query(t.Context(), "a")
	}
	if r, err := ask(signed(sign, good)); err != nil || r.State != chepiao.PaymentPaid {
		t.Fatalf("the true answer: %+v %v", r, err)
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			r, err := ask(answer)
			wantErr(t, err, pay.ErrUnreachable)
			if r != (pay.Result{}) {
				t.Errorf("an error and yet a result: %+v", r)
			}
		})
	}
}

func signed(sign func(http.ResponseWriter, *http.Request, string), body string) func(http.ResponseWriter, *http.Request) string {
	return func(w http.ResponseWriter, r *http.Request) string {
		sign(w, r, body)
		return body
	}
}

// TestWrongKey: a merchant with another key can neither ask nor believe.
func TestWrongKey(t *testing.T) {
	s := open(t)
	s.create("a")
	s.payer("a", "success")
	stranger := s.client(pay.Config{Key: []byte("quite another key, same length..")})
	allUnreachable(t, every(stranger, s, "a"))
	if r := s.want("a", chepiao.PaymentPaid); r.Refunded != 0 {
		t.Error("a stranger refunded")
	}
	_, err := s.Query(t.Context(), "b")
	wantErr(t, err, pay.ErrNotFound)
}

func TestWalletLimitsBodies(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/v1/charges", "/v1/refunds", "/control/charges/a/outcome"} {
		res, err := http.Post(s.url+path, "application/json", strings.NewReader(`"`+strings.Repeat("a", pay.BodyBytesMax)+`"`))
		must(t, err)
		res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s answered %d", path, res.StatusCode)
		}
	}
}

func TestConfig(t *testing.T) {
	s := open(t)
	whole := pay.Config{URL: s.url, Key: key, Now: s.clock.now, Rand: strings.NewReader("")}
	if _, err := pay.NewSandbox(whole); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*pay.Config){
		"no url":     func(c *pay.Config) { c.URL = "" },
		"ftp":        func(c *pay.Config) { c.URL = "ftp://a" },
		"short key":  func(c *pay.Config) { c.Key = key[:15] },
		"no clock":   func(c *pay.Config) { c.Now = nil },
		"no chance":  func(c *pay.Config) { c.Rand = nil },
		"many tries": func(c *pay.Config) { c.Tries = 11 },
	} {
		c := whole
		spoil(&c)
		if _, err := pay.NewSandbox(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	c, err := pay.NewSandbox(whole) // chance has run dry
	must(t, err)
	_, err = c.Query(t.Context(), "a")
	wantErr(t, err, pay.ErrUnreachable)
}

// TestFalseClose: a charge that is still pending after closing is not closed.
func TestFalseClose(t *testing.T) {
	s := open(t)
	const body = `{"id":"a","state":"pending","amount":4500,"refunded":0}`
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pay.Sign(w.Header(), key, pay.ForAnswer(r.Header.Get(pay.HeaderNonce)), s.clock.now(), strings.Repeat("1", 32), []byte(body))
		w.Write([]byte(body))
	}))
	defer liar.Close()
	c := s.client(pay.Config{URL: liar.URL})
	_, err := c.Query(t.Context(), "a")
	must(t, err)
	_, err = c.Close(t.Context(), "a")
	wantErr(t, err, pay.ErrUnreachable)
}

// TestRedirect: signed requests are not carried on to wherever an answer points.
func TestRedirect(t *testing.T) {
	s := open(t)
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer elsewhere.Close()
	from := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer from.Close()
	allUnreachable(t, every(s.client(pay.Config{URL: from.URL}), s, "a"))
	if followed {
		t.Error("the client followed a redirect")
	}
}
