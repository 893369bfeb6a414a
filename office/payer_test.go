package office_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chepiao"
	"chepiao/office"
)

// TestMoneyInApp: a page inside WeChat learns who pays, and the app takes the
// money by what the office has signed for that charge, and by nothing else.
func TestMoneyInApp(t *testing.T) {
	ctx := context.Background()
	h := newMoneyHouse(t)
	page, err := h.PayerPage(chepiao.WeChat, "http://phone.example/back/wechat", "STATE")
	must(t, err)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(page)
	must(t, err)
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	must(t, err)
	if back.Host != "phone.example" || back.Query().Get("state") != "STATE" {
		t.Fatalf("WeChat comes back at %s", back)
	}
	code := back.Query().Get("code")
	who, err := h.Payer(ctx, chepiao.WeChat, code)
	must(t, err)
	for _, wrong := range []string{code, "", "guessed", strings.Repeat("x", 600)} { // code is good once
		if _, err := h.Payer(ctx, chepiao.WeChat, wrong); !refusedFor(err, chepiao.PaymentRefused) {
			t.Errorf("the code %.20q: %v", wrong, err)
		}
	}
	o := h.hold(1)
	c, err := h.Charge(ctx, h.verb(), office.ChargeInput{Order: o.ID, Channel: chepiao.WeChat, Way: chepiao.PayInApp, Payer: who})
	must(t, err)

	var call map[string]string
	must(t, json.Unmarshal([]byte(c.InApp), &call))
	call["package"] += "0"
	if how := app(t, page, call); how != "get_brand_wcpay_request:fail" {
		t.Errorf("what was not signed: %s", how)
	}
	h.want(o, chepiao.OrderPaying, chepiao.PaymentPending)
	must(t, json.Unmarshal([]byte(c.InApp), &call))
	if how := app(t, page, call); how != "get_brand_wcpay_request:ok" {
		t.Errorf("what was signed: %s", how)
	}
	h.deliver()
	h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
	if how := app(t, page, call); how != "get_brand_wcpay_request:fail" {
		t.Errorf("a second time: %s", how)
	}
	h.sound()
}

// TestMoneyOtherPayer: an order's link was opened on a second phone. The charge that
// the first phone began is over before the second begins one: only one can pay.
func TestMoneyOtherPayer(t *testing.T) {
	ctx := context.Background()
	h := newMoneyHouse(t)
	o := h.hold(2)
	ask := func(who string) (office.Charged, error) {
		return h.Charge(ctx, h.verb(), office.ChargeInput{Order: o.ID, Channel: chepiao.WeChat, Way: chepiao.PayInApp, Payer: who})
	}
	first, err := ask("oFirst")
	must(t, err)
	if again, err := ask("oFirst"); err != nil || again.Payment.ID != first.Payment.ID {
		t.Errorf("the same payer: %v, %v", again.Payment.ID, err)
	}
	if _, err := ask("oSecond"); !refusedFor(err, chepiao.PaymentRefused) {
		t.Errorf("another payer: %v", err)
	}
	h.want(o, chepiao.OrderHeld, chepiao.PaymentClosed)
	if h.sim.Pay(first.Payment.ID.String(), true) {
		t.Error("the first phone can still pay")
	}
	second, err := ask("oSecond")
	must(t, err)
	h.payer(second)
	if _, err := ask("oThird"); err == nil { // before the notice has come
		t.Error("a third phone may pay what is paid")
	}
	h.deliver()
	h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
	if len(h.backs(o)) != 0 {
		t.Error("money went back")
	}
	h.sound()
}

// TestMoneyInNoApp: a firm whose app pays no page of ours is not asked who pays.
func TestMoneyInNoApp(t *testing.T) {
	h := newMoneyHouseAt(t, chepiao.Alipay)
	if page, err := h.PayerPage(chepiao.Alipay, "http://phone.example/", "S"); !refusedFor(err, chepiao.PaymentRefused) || page != "" {
		t.Errorf("%q, %v", page, err)
	}
	if _, err := h.Payer(context.Background(), chepiao.Alipay, "code"); !refusedFor(err, chepiao.PaymentRefused) {
		t.Error(err)
	}
	if _, err := h.PayerPage(chepiao.WeChat, "http://phone.example/", "S"); !refusedFor(err, chepiao.PaymentRefused) {
		t.Error(err)
	}
}

// app does what WeChat's bridge does for a page.
func app(t *testing.T, page string, call map[string]string) string {
	t.Helper()
	at, err := url.Parse(page)
	must(t, err)
	text, err := json.Marshal(call)
	must(t, err)
	res, err := http.Post("http://"+at.Host+"/app/pay", "application/json", strings.NewReader(string(text)))
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	var said struct {
		How string `json:"err_msg"`
	}
	must(t, json.Unmarshal(body, &said))
	return said.How
}

func refusedFor(err error, reason chepiao.Reason) bool {
	r := chepiao.AsRefusal(err)
	return r != nil && r.Reason == reason
}
