package sandbox_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/sandbox"
)

// TestRestart: charges, refunds, waiting notices and switches outlive the
// process; a line torn by a kill does no harm.
func TestRestart(t *testing.T) {
	notices := 0
	door := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { notices++ }))
	defer door.Close()
	file := filepath.Join(t.TempDir(), "wallet.jsonl")
	x := open(t, sandbox.Options{File: file})
	in := pay.Charge{ID: "paid", Amount: 45_00, Subject: "x", NotifyURL: door.URL, Expires: x.time().Add(time.Minute)}
	made, err := x.client.Create(t.Context(), in)
	must(t, err)
	x.press(made.PayURL, url.Values{"outcome": {"success"}})
	_, err = x.client.Refund(t.Context(), pay.RefundRequest{Charge: "paid", ID: "r1", Amount: 10_00})
	must(t, err)
	x.create("closed")
	_, err = x.client.Close(t.Context(), "closed")
	must(t, err)
	x.create("pending")
	must(t, x.wallet.SetSwitches(sandbox.Switches{RefundPending: true}))

	// The first wallet is not closed: it was killed in the middle of a line.
	torn, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = torn.WriteString(`{"charge":{"id":"torn","am`)
	must(t, err)
	must(t, torn.Close())

	for range 2 { // the second restart reads what the first wrote anew
		y := open(t, sandbox.Options{File: file})
		for id, state := range map[string]chepiao.PaymentState{"paid": chepiao.PaymentPaid, "closed": chepiao.PaymentClosed, "pending": chepiao.PaymentPending} {
			if got := y.state(id); got != state {
				t.Errorf("%s is %s after the restart", id, got)
			}
		}
		if _, err := y.client.Query(t.Context(), "torn"); !errors.Is(err, pay.ErrNotFound) {
			t.Errorf("the torn line: %v", err)
		}
		if r, err := y.client.Query(t.Context(), "paid"); err != nil || r.Refunded != 10_00 || r.Transaction == "" {
			t.Errorf("%+v %v", r, err)
		}
		if _, err := y.client.Refund(t.Context(), pay.RefundRequest{Charge: "closed", ID: "r1", Amount: 10_00}); !errors.Is(err, pay.ErrMismatch) {
			t.Errorf("the refund id was forgotten: %v", err)
		}
		if !y.wallet.Switches().RefundPending {
			t.Error("the switches were forgotten")
		}
		if status, _, _ := y.get(y.url + "/pay/" + made.PayURL[strings.LastIndexByte(made.PayURL, '/')+1:]); status != http.StatusOK {
			t.Errorf("the checkout's address answers %d", status)
		}
		y.wallet.Deliver(t.Context())
		must(t, y.wallet.Close())
	}
	if notices != 1 {
		t.Errorf("%d notices, want 1", notices)
	}
}

func TestDamagedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wallet.jsonl")
	must(t, os.WriteFile(file, []byte("{\"switches\":{}}\nnot json\n{\"switches\":{}}\n"), 0o600))
	_, err := sandbox.New(sandbox.Options{Now: func() time.Time { return start }, Rand: strings.NewReader(""), Key: key, File: file})
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatalf("error %v", err)
	}
	if kept, _ := os.ReadFile(file); !strings.Contains(string(kept), "not json") {
		t.Error("the damaged file was overwritten")
	}
}

// TestClosedWallet: a wallet that cannot keep what happened does not say that
// it happened.
func TestClosedWallet(t *testing.T) {
	x := open(t, sandbox.Options{File: filepath.Join(t.TempDir(), "wallet.jsonl")})
	must(t, x.wallet.Close())
	_, err := x.client.Create(t.Context(), pay.Charge{ID: "a", Amount: 1, Subject: "x", NotifyURL: "http://a.example", Expires: x.time().Add(time.Minute)})
	if !errors.Is(err, pay.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
}

func TestForgetsTheOldest(t *testing.T) {
	x := open(t, sandbox.Options{ChargesMax: 2})
	first := x.create("a")
	x.press(first.PayURL, url.Values{"outcome": {"success"}})
	x.create("b")
	x.create("c")
	if _, err := x.client.Query(t.Context(), "a"); !errors.Is(err, pay.ErrNotFound) {
		t.Errorf("a: %v", err)
	}
	if status, _, _ := x.get(first.PayURL); status != http.StatusNotFound {
		t.Errorf("its page answers %d", status)
	}
	x.wallet.Deliver(t.Context()) // its notice is forgotten too
	if x.state("b") != chepiao.PaymentPending || x.state("c") != chepiao.PaymentPending {
		t.Error("a younger one was forgotten")
	}
}

func TestOptions(t *testing.T) {
	clock := func() time.Time { return start }
	for name, o := range map[string]sandbox.Options{
		"no clock":  {Rand: strings.NewReader(""), Key: key},
		"no chance": {Now: clock, Key: key},
		"short key": {Now: clock, Rand: strings.NewReader(""), Key: key[:15]},
		"no folder": {Now: clock, Rand: strings.NewReader(""), Key: key, File: filepath.Join(t.TempDir(), "no", "such")},
	} {
		if _, err := sandbox.New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
