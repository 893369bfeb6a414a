package sandbox_test

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/sandbox"
)

var update = flag.Bool("update", false, "write the golden pages anew")

var (
	key   = []byte("a key shared by both, 32 bytes..")
	start = time.Date(2026, 2, 10, 8, 0, 0, 0, time.UTC)
)

// till is a wallet with a clock that is moved by hand and a merchant for it.
type till struct {
	t      *testing.T
	now    atomic.Int64 // seconds after start
	wallet *sandbox.Server
	url    string
	client *pay.Sandbox
	http   http.Client
}

func open(t *testing.T, o sandbox.Options) *till {
	t.Helper()
	x := &till{t: t}
	o.Now, o.Rand, o.Key = x.time, rand.NewChaCha8([32]byte{1}), key
	var err error
	x.wallet, err = sandbox.New(o)
	must(t, err)
	t.Cleanup(func() { x.wallet.Close() })
	server := httptest.NewServer(x.wallet)
	t.Cleanup(server.Close)
	x.url = server.URL
	x.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	x.client, err = pay.NewSandbox(pay.Config{URL: x.url, Key: key, Now: x.time, Rand: rand.NewChaCha8([32]byte{2})})
	must(t, err)
	return x
}

func (x *till) time() time.Time { return start.Add(time.Duration(x.now.Load()) * time.Second) }

func (x *till) create(id string) pay.Created {
	x.t.Helper()
	made, err := x.client.Create(x.t.Context(), pay.Charge{ID: id, Amount: 45_00, Subject: "龙泉 → 云和 2 张 <b>",
		NotifyURL: "http://127.0.0.1:1/notify", ReturnURL: "http://office.example:8080/orders/1?key=k&lang=zh", Expires: x.time().Add(15 * time.Minute)})
	must(x.t, err)
	return made
}

func (x *till) state(id string) chepiao.PaymentState {
	x.t.Helper()
	r, err := x.client.Query(x.t.Context(), id)
	must(x.t, err)
	return r.State
}

func (x *till) get(address string) (int, http.Header, string) {
	x.t.Helper()
	res, err := x.http.Get(address)
	must(x.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(x.t, err)
	return res.StatusCode, res.Header, string(body)
}

func (x *till) press(address string, form url.Values) *http.Response {
	x.t.Helper()
	res, err := x.http.PostForm(address, form)
	must(x.t, err)
	res.Body.Close()
	return res
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s has changed (go test ./pay/sandbox -update writes it anew, then look at it):\n%s", path, got)
	}
}

// TestPages compares each page, in both languages, with its golden copy.
func TestPages(t *testing.T) {
	x := open(t, sandbox.Options{PublicURL: "http://wallet.example/"})
	path := func(id string) string {
		return strings.Replace(x.create(id).PayURL, "http://wallet.example", x.url, 1)
	}
	pending, paid, failed, closed := path("pending"), path("paid"), path("failed"), path("closed")
	x.press(paid, url.Values{"outcome": {"success"}})
	x.press(failed, url.Values{"outcome": {"failure"}})
	_, err := x.client.Close(t.Context(), "closed")
	must(t, err)
	_, err = x.client.Refund(t.Context(), pay.RefundRequest{Charge: "paid", ID: "r1", Amount: 10_00})
	must(t, err)
	x.now.Add(61)
	for _, lang := range []string{"zh", "en"} {
		for name, address := range map[string]string{
			"pending": pending, "paid": paid, "failed": failed, "closed": closed,
			"scanned": strings.Replace(pending, "/pay/", "/scan/", 1), "controls": x.url + "/",
		} {
			status, header, body := x.get(address + "?lang=" + lang)
			if status != http.StatusOK || header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s: %d %s", name, status, header.Get("Content-Type"))
			}
			golden(t, name+"."+lang+".html", body)
		}
	}
	must(t, x.wallet.SetSwitches(sandbox.Switches{LateSuccess: true}))
	_, _, body := x.get(closed)
	golden(t, "late.zh.html", body)
	if status, _, _ := x.get(x.url + "/pay/nobody"); status != http.StatusNotFound {
		t.Errorf("an unknown address answered %d", status)
	}
	for _, part := range []string{"wallet.css", "checkout.js"} {
		if status, _, _ := x.get(x.url + "/assets/" + part); status != http.StatusOK {
			t.Errorf("%s answered %d", part, status)
		}
	}
}

func TestLanguage(t *testing.T) {
	x := open(t, sandbox.Options{})
	address := x.create("a").PayURL
	for accept, want := range map[string]string{"": "zh-CN", "en-GB,en;q=0.9": "en", "zh-CN,en;q=0.5": "zh-CN", "fr": "zh-CN"} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		must(t, err)
		req.Header.Set("Accept-Language", accept)
		res, err := x.http.Do(req)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		res.Body.Close()
		if !strings.Contains(string(body), `<html lang="`+want+`">`) {
			t.Errorf("%q did not get %s", accept, want)
		}
	}
}

// TestButtons presses every button, on the page that returns to the merchant
// and on the one opened by scanning.
func TestButtons(t *testing.T) {
	x := open(t, sandbox.Options{})
	const back = "http://office.example:8080/orders/1?key=k&lang=zh"
	for outcome, state := range map[string]chepiao.PaymentState{
		"success": chepiao.PaymentPaid, "failure": chepiao.PaymentFailed, "later": chepiao.PaymentPending, "late_notice": chepiao.PaymentPaid,
	} {
		made := x.create(outcome)
		res := x.press(made.PayURL, url.Values{"outcome": {outcome}, "delay": {"10"}})
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != back {
			t.Errorf("%s: %d to %q", outcome, res.StatusCode, res.Header.Get("Location"))
		}
		if got := x.state(outcome); got != state {
			t.Errorf("%s: the charge is %s", outcome, got)
		}
		made = x.create("scan-" + outcome)
		res = x.press(made.QRText+"?lang=en", url.Values{"outcome": {outcome}})
		to, err := res.Location()
		must(t, err)
		if to.String() != made.QRText+"?lang=en" {
			t.Errorf("scanned %s: to %s", outcome, to)
		}
		if got := x.state("scan-" + outcome); got != state {
			t.Errorf("scanned %s: the charge is %s", outcome, got)
		}
	}
	made := x.create("bad")
	for _, form := range []url.Values{{}, {"outcome": {"free"}}, {"outcome": {"success"}, "delay": {"-1"}}, {"outcome": {"late_notice"}, "delay": {"3601"}}} {
		if res := x.press(made.PayURL, form); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%v answered %d", form, res.StatusCode)
		}
	}
	if got := x.state("bad"); got != chepiao.PaymentPending {
		t.Errorf("bad choices made it %s", got)
	}
	if res := x.press(x.url+"/pay/nobody", url.Values{"outcome": {"success"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown address answered %d", res.StatusCode)
	}
}

// TestOtherSites: a page of another site cannot press a button here, and the
// way back to the merchant is the only foreign place a form may lead to.
func TestOtherSites(t *testing.T) {
	x := open(t, sandbox.Options{})
	made := x.create("a")
	req, err := http.NewRequest(http.MethodPost, made.PayURL, strings.NewReader("outcome=success"))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := x.http.Do(req)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden || x.state("a") != chepiao.PaymentPending {
		t.Errorf("another site got %d, the charge is %s", res.StatusCode, x.state("a"))
	}
	_, header, _ := x.get(made.PayURL)
	if got := header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "form-action 'self' http://office.example:8080") {
		t.Errorf("policy %q", got)
	}
}

func TestControls(t *testing.T) {
	x := open(t, sandbox.Options{})
	all := url.Values{"unreachable": {"on"}, "notice_lost": {"on"}, "notice_twice": {"on"}, "late_success": {"on"},
		"refund_pending": {"on"}, "refund_refused": {"on"}, "slow_seconds": {"3"}}
	want := sandbox.Switches{Unreachable: true, SlowSeconds: 3, NoticeLost: true, NoticeTwice: true, LateSuccess: true, RefundPending: true, RefundRefused: true}
	if res := x.press(x.url+"/", all); res.StatusCode != http.StatusSeeOther || x.wallet.Switches() != want {
		t.Errorf("%d: %+v", res.StatusCode, x.wallet.Switches())
	}
	put := func(body string) int {
		req, err := http.NewRequest(http.MethodPut, x.url+"/control/switches", strings.NewReader(body))
		must(t, err)
		res, err := x.http.Do(req)
		must(t, err)
		res.Body.Close()
		return res.StatusCode
	}
	for _, bad := range []string{"", "[]", `{"slow_seconds":61}`, `{"slow_seconds":-1}`, `{"unreachable":"yes"}`, `{} {}`} {
		if put(bad) != http.StatusBadRequest || x.wallet.Switches() != want {
			t.Errorf("%s was taken: %+v", bad, x.wallet.Switches())
		}
	}
	if put(`{"late_success":true,"unheard_of":1}`) != http.StatusOK || x.wallet.Switches() != (sandbox.Switches{LateSuccess: true}) {
		t.Errorf("%+v", x.wallet.Switches())
	}
	if _, _, body := x.get(x.url + "/control/switches"); !strings.Contains(body, `"late_success":true`) {
		t.Error(body)
	}
	x.create("a")
	if _, _, body := x.get(x.url + "/control/charges"); !strings.Contains(body, `"id":"a"`) || !strings.Contains(body, `"state":"pending"`) {
		t.Error(body)
	}
}

// TestRun: the running wallet sends by itself.
func TestRun(t *testing.T) {
	x := open(t, sandbox.Options{})
	got := make(chan struct{}, 1)
	door := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got <- struct{}{} }))
	defer door.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { x.wallet.Run(ctx); close(ended) }()
	made, err := x.client.Create(ctx, pay.Charge{ID: "a", Amount: 1, Subject: "x", NotifyURL: door.URL, Expires: x.time().Add(time.Minute)})
	must(t, err)
	x.press(made.PayURL, url.Values{"outcome": {"success"}})
	select {
	case <-got:
	case <-time.After(5 * time.Second):
		t.Error("no notice came")
	}
	stop()
	<-ended
}
