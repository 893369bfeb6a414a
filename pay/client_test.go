package pay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/sandbox"
)

var key = []byte("a key shared by both, 32 bytes..")

// clock is a hand-moved clock.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// shop is a merchant and a running practice wallet.
type shop struct {
	*pay.Sandbox
	t      *testing.T
	clock  *clock
	wallet *sandbox.Server
	url    string
	got    chan pay.Result // notices taken
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, clock: &clock{at: time.Date(2026, 2, 10, 8, 0, 0, 0, time.UTC)}, got: make(chan pay.Result, 16)}
	var err error
	s.wallet, err = sandbox.New(sandbox.Options{Now: s.clock.now, Rand: rand.NewChaCha8([32]byte{1}), Key: key})
	must(t, err)
	server := httptest.NewServer(s.wallet)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.Sandbox = s.client(pay.Config{})
	return s
}

func (s *shop) client(c pay.Config) *pay.Sandbox {
	s.t.Helper()
	if c.URL == "" {
		c.URL = s.url
	}
	if c.Key == nil {
		c.Key = key
	}
	c.Now, c.Rand, c.Pause = s.clock.now, rand.NewChaCha8([32]byte{2}), time.Millisecond
	client, err := pay.NewSandbox(c)
	must(s.t, err)
	return client
}

func (s *shop) charge(id string) pay.Charge {
	return pay.Charge{ID: id, Amount: 45_00, Subject: "龙泉 → 云和 2 张", NotifyURL: "http://127.0.0.1:1/notify",
		ReturnURL: "http://office.example/orders/1", Expires: s.clock.now().Add(15 * time.Minute)}
}

func (s *shop) create(id string) {
	s.t.Helper()
	_, err := s.Create(s.t.Context(), s.charge(id))
	must(s.t, err)
}

// payer does at the checkout what a payer would, and returns the status.
func (s *shop) payer(id, outcome string) int {
	s.t.Helper()
	res, err := http.Post(s.url+"/control/charges/"+id+"/outcome", "application/json", strings.NewReader(`{"outcome":"`+outcome+`"}`))
	must(s.t, err)
	res.Body.Close()
	return res.StatusCode
}

func (s *shop) set(sw sandbox.Switches) { s.t.Helper(); must(s.t, s.wallet.SetSwitches(sw)) }

func (s *shop) want(id string, state chepiao.PaymentState) pay.Result {
	s.t.Helper()
	r, err := s.Query(s.t.Context(), id)
	must(s.t, err)
	if r.State != state || r.ID != id || r.Amount != 45_00 {
		s.t.Fatalf("charge is %+v, want state %s", r, state)
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// TestStates walks every state and what may be done in it: pay, fail, leave, close.
func TestStates(t *testing.T) {
	const pending, paid, failed, closed = chepiao.PaymentPending, chepiao.PaymentPaid, chepiao.PaymentFailed, chepiao.PaymentClosed
	reach := map[chepiao.PaymentState]func(*shop, string){
		pending: func(*shop, string) {},
		paid:    func(s *shop, id string) { s.payer(id, "success") },
		failed:  func(s *shop, id string) { s.payer(id, "failure") },
		closed: func(s *shop, id string) {
			_, err := s.Close(s.t.Context(), id)
			must(s.t, err)
		},
	}
	rows := []struct {
		from          chepiao.PaymentState
		verb          string
		to            chepiao.PaymentState
		refusedByPage bool
	}{
		{pending, "success", paid, false}, {pending, "late_notice", paid, false}, {pending, "failure", failed, false},
		{pending, "later", pending, false}, {pending, "close", closed, false},
		{paid, "success", paid, true}, {paid, "late_notice", paid, true}, {paid, "failure", paid, true}, {paid, "later", paid, true}, {paid, "close", paid, false},
		{failed, "success", failed, true}, {failed, "late_notice", failed, true}, {failed, "failure", failed, true}, {failed, "later", failed, true}, {failed, "close", failed, false},
		{closed, "success", closed, true}, {closed, "late_notice", closed, true}, {closed, "failure", closed, true}, {closed, "later", closed, true}, {closed, "close", closed, false},
	}
	s := open(t)
	for _, row := range rows {
		id := string(row.from) + "-" + row.verb
		s.create(id)
		reach[row.from](s, id)
		s.want(id, row.from)
		if row.verb == "close" {
			r, err := s.Close(t.Context(), id)
			must(t, err)
			if r.State != row.to {
				t.Errorf("%s: closing answered %s", id, r.State)
			}
		} else if status := s.payer(id, row.verb); (status == http.StatusConflict) != row.refusedByPage {
			t.Errorf("%s: the payer got %d", id, status)
		}
		r := s.want(id, row.to)
		if (r.Transaction != "") != (row.to == paid) || r.PaidAt.IsZero() != (row.to != paid) {
			t.Errorf("%s: transaction %q, paid at %v", id, r.Transaction, r.PaidAt)
		}
	}
}

func TestDeadline(t *testing.T) {
	s := open(t)
	s.create("paid-in-time")
	s.create("too-late")
	s.clock.forward(15*time.Minute - time.Second)
	s.want("too-late", chepiao.PaymentPending)
	s.payer("paid-in-time", "success")
	s.clock.forward(time.Second) // the deadline itself
	if s.payer("too-late", "success") != http.StatusConflict {
		t.Error("paid at the deadline")
	}
	s.want("too-late", chepiao.PaymentClosed)
	if r, err := s.Close(t.Context(), "paid-in-time"); err != nil || r.State != chepiao.PaymentPaid {
		t.Errorf("closing what was paid: %+v %v", r, err)
	}
	if r, err := s.Close(t.Context(), "too-late"); err != nil || r.State != chepiao.PaymentClosed {
		t.Errorf("closing what expired: %+v %v", r, err)
	}
	_, err := s.Create(t.Context(), pay.Charge{ID: "stillborn", Amount: 1, Subject: "x", NotifyURL: "http://a.example/", Expires: s.clock.now()})
	wantErr(t, err, pay.ErrExpired)
	_, err = s.Query(t.Context(), "stillborn")
	wantErr(t, err, pay.ErrNotFound)
}

func TestLateSuccess(t *testing.T) {
	s := open(t)
	s.create("raced")
	_, err := s.Close(t.Context(), "raced")
	must(t, err)
	if s.payer("raced", "success") != http.StatusConflict {
		t.Fatal("a closed charge was paid with the switch off")
	}
	s.set(sandbox.Switches{LateSuccess: true})
	if s.payer("raced", "failure"); s.want("raced", chepiao.PaymentClosed).State != chepiao.PaymentClosed {
		t.Fatal("failing to pay reopened a closed charge")
	}
	if status := s.payer("raced", "success"); status != http.StatusOK {
		t.Fatalf("the late payer got %d", status)
	}
	s.want("raced", chepiao.PaymentPaid)
	_, err = s.Refund(t.Context(), pay.RefundRequest{Charge: "raced", ID: "raced-back", Amount: 45_00})
	must(t, err)
}

func TestCreateTwice(t *testing.T) {
	s := open(t)
	in := s.charge("twice")
	in.Expires = in.Expires.Add(300 * time.Millisecond) // a store may drop the fraction
	first, err := s.Create(t.Context(), in)
	must(t, err)
	if !strings.HasPrefix(first.PayURL, s.url+"/pay/") || !strings.HasPrefix(first.QRText, s.url+"/scan/") {
		t.Fatalf("addresses %+v", first)
	}
	s.payer("twice", "success")
	second, err := s.Create(t.Context(), s.charge("twice"))
	must(t, err)
	if first != second {
		t.Errorf("the same charge got %+v, then %+v", first, second)
	}
	for name, change := range map[string]func(*pay.Charge){
		"amount":  func(c *pay.Charge) { c.Amount++ },
		"subject": func(c *pay.Charge) { c.Subject += "." },
		"notify":  func(c *pay.Charge) { c.NotifyURL += "." },
		"return":  func(c *pay.Charge) { c.ReturnURL = "" },
		"expires": func(c *pay.Charge) { c.Expires = c.Expires.Add(time.Second) },
	} {
		other := s.charge("twice")
		change(&other)
		if _, err := s.Create(t.Context(), other); !errors.Is(err, pay.ErrMismatch) {
			t.Errorf("with another %s: %v", name, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	s := open(t)
	for name, spoil := range map[string]func(*pay.Charge){
		"no id":        func(c *pay.Charge) { c.ID = "" },
		"slash in id":  func(c *pay.Charge) { c.ID = "a/close" },
		"long id":      func(c *pay.Charge) { c.ID = strings.Repeat("a", 65) },
		"nothing":      func(c *pay.Charge) { c.Amount = 0 },
		"negative":     func(c *pay.Charge) { c.Amount = -1 },
		"too much":     func(c *pay.Charge) { c.Amount = pay.AmountMax + 1 },
		"no subject":   func(c *pay.Charge) { c.Subject = "" },
		"line break":   func(c *pay.Charge) { c.Subject = "a\nb" },
		"long subject": func(c *pay.Charge) { c.Subject = strings.Repeat("票", 128) },
		"script":       func(c *pay.Charge) { c.ReturnURL = "javascript:alert(1)" },
		"file":         func(c *pay.Charge) { c.NotifyURL = "file:///etc/passwd" },
		"no notify":    func(c *pay.Charge) { c.NotifyURL = "" },
		"no deadline":  func(c *pay.Charge) { c.Expires = time.Time{} },
		"far deadline": func(c *pay.Charge) { c.Expires = c.Expires.Add(pay.LifeMax) },
	} {
		c := s.charge("bad")
		spoil(&c)
		if _, err := s.Create(t.Context(), c); !errors.Is(err, pay.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		// The wallet must say no as well, not only the client.
		if status, answer := s.raw(t, http.MethodPost, "/v1/charges", c); status != http.StatusBadRequest || !strings.Contains(answer, "MALFORMED") {
			t.Errorf("%s: the wallet answered %d %s", name, status, answer)
		}
	}
	_, err := s.Query(t.Context(), "bad")
	wantErr(t, err, pay.ErrNotFound)
	_, err = s.Query(t.Context(), "a/../b")
	wantErr(t, err, pay.ErrMalformed)
	_, err = s.Close(t.Context(), "unseen")
	wantErr(t, err, pay.ErrNotFound)
}

// raw sends a well signed request past the client's own checks.
func (s *shop) raw(t *testing.T, method, path string, in any) (int, string) {
	t.Helper()
	body, err := json.Marshal(in)
	must(t, err)
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	must(t, err)
	pay.Sign(req.Header, key, pay.ForRequest(method, path), s.clock.now(), strings.Repeat("0", 32), body)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(answer)
}

func TestRefund(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.create("a")
	_, err := s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r1", Amount: 10_00})
	wantErr(t, err, pay.ErrNotPaid)
	s.payer("a", "success")
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r1", Amount: 45_01})
	wantErr(t, err, pay.ErrTooMuch)
	first, err := s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r1", Amount: 30_00})
	must(t, err)
	if first.State != chepiao.PaybackSettled || first.Amount != 30_00 || !first.At.Equal(s.clock.now()) {
		t.Fatalf("refund %+v", first)
	}
	s.clock.forward(time.Minute)
	if again, err := s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r1", Amount: 30_00}); err != nil || again != first {
		t.Errorf("the same refund again: %+v %v", again, err)
	}
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r1", Amount: 15_00})
	wantErr(t, err, pay.ErrMismatch)
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r2", Amount: 15_01})
	wantErr(t, err, pay.ErrTooMuch)
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r2", Amount: 15_00}) // a refusal is not remembered
	must(t, err)
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "a", ID: "r3", Amount: 1})
	wantErr(t, err, pay.ErrTooMuch)
	if r := s.want("a", chepiao.PaymentPaid); r.Refunded != 45_00 {
		t.Errorf("refunded %v of 45.00", r.Refunded)
	}

	s.create("b")
	s.payer("b", "success")
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "b", ID: "r1", Amount: 30_00})
	wantErr(t, err, pay.ErrMismatch)
	_, err = s.Refund(ctx, pay.RefundRequest{Charge: "unseen", ID: "r9", Amount: 1})
	wantErr(t, err, pay.ErrNotFound)
	for _, amount := range []chepiao.Money{0, -1} {
		_, err = s.Refund(ctx, pay.RefundRequest{Charge: "b", ID: "r9", Amount: amount})
		wantErr(t, err, pay.ErrMalformed)
		if status, _ := s.raw(t, http.MethodPost, "/v1/refunds", pay.RefundRequest{ID: "r9", Charge: "b", Amount: amount}); status != http.StatusBadRequest {
			t.Errorf("the wallet took a refund of %d", amount)
		}
	}
	if r := s.want("b", chepiao.PaymentPaid); r.Refunded != 0 {
		t.Errorf("refused refunds left %v", r.Refunded)
	}
}

func TestRefundSwitches(t *testing.T) {
	s := open(t)
	s.create("a")
	s.payer("a", "success")
	s.set(sandbox.Switches{RefundRefused: true})
	_, err := s.Refund(t.Context(), pay.RefundRequest{Charge: "a", ID: "r1", Amount: 10_00})
	wantErr(t, err, pay.ErrRefundRefused)
	if r := s.want("a", chepiao.PaymentPaid); r.Refunded != 0 {
		t.Fatalf("a refused refund left %v", r.Refunded)
	}
	s.set(sandbox.Switches{RefundPending: true})
	for range 2 {
		if r, err := s.Refund(t.Context(), pay.RefundRequest{Charge: "a", ID: "r1", Amount: 10_00}); err != nil || r.State != chepiao.PaybackDue {
			t.Fatalf("under way: %+v %v", r, err)
		}
	}
	s.set(sandbox.Switches{})
	if r, err := s.Refund(t.Context(), pay.RefundRequest{Charge: "a", ID: "r1", Amount: 10_00}); err != nil || r.State != chepiao.PaybackSettled {
		t.Fatalf("settled: %+v %v", r, err)
	}
	if r := s.want("a", chepiao.PaymentPaid); r.Refunded != 10_00 {
		t.Fatalf("refunded %v", r.Refunded)
	}
}

// TestRefundsAtOnce sends many different refunds at the same time: their sum
// never exceeds the charge.
func TestRefundsAtOnce(t *testing.T) {
	s := open(t)
	s.create("a")
	s.payer("a", "success")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := "r" + string(rune('a'+i))
			if _, err := s.Refund(context.Background(), pay.RefundRequest{Charge: "a", ID: id, Amount: 10_00}); err != nil && !errors.Is(err, pay.ErrTooMuch) {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	all.Wait()
	if r := s.want("a", chepiao.PaymentPaid); r.Refunded != 40_00 {
		t.Errorf("refunded %v, want 40.00", r.Refunded)
	}
}
