package window_test

import (
	"crypto/rand"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"chepiao/pay"
	"chepiao/pay/practice"
	"chepiao/pay/wechat"
	"chepiao/pay/wechat/wechatsim"
	"chepiao/web/stage"
)

// withPhone is a stage with WeChat Pay's simulator behind it.
func withPhone(t *testing.T) (*stage.Stage, *wechatsim.Server) {
	t.Helper()
	keys, err := wechatsim.NewKeys(rand.Reader, time.Now(), false)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := wechatsim.New(wechatsim.Options{Now: time.Now, Rand: rand.Reader, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	file, err := keys.Save(t.TempDir(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	set, err := wechat.ReadSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	channel, err := wechat.New(wechat.Config{Settings: set, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return stage.Open(t, stage.Options{Channels: []pay.Channel{channel}}), sim
}

// TestPhoneIsScanned: the money comes at once, or a sentence says why not and what to
// do; the order waits for another way.
func TestPhoneIsScanned(t *testing.T) {
	s, sim := withPhone(t)
	code := func(kind practice.CodeKind) string {
		text, err := sim.NewCode(kind)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	order := held(s, riders(1))
	id := order[len("/window/o/"):]
	s.Get(order).Want(200, "data-paycode", "扫旅客付款码")
	s.Post(order+"/charge", url.Values{"once": {"A"}, "auth": {"12345"}}).Want(422, "这不是付款码")
	s.Post(order+"/charge", url.Values{"once": {"B"}, "auth": {code(practice.CodeEmpty)}}).Want(409, "余额不足")
	s.Post(order+"/charge", url.Values{"once": {"C"}, "auth": {"130000000000000000"}}).Want(409, "付款码已失效")
	s.Get(order).Want(200, "待支付") // nothing was taken
	// Scanned into the field of the cash, it is a payment code all the same.
	at := s.Post(order+"/pay", url.Values{"once": {"D"}, "given": {code(practice.CodePays)}}).Location()
	if at != "/window?sold="+id {
		t.Fatalf("a paid phone leads to %s", at)
	}
	s.Get(order).Want(200, `class="qr"`)
	s.Get(order + "/refund").Want(200).Lacks("从本窗口现金退还旅客") // it goes back the way it came

	// A customer who must type a password: the page waits, then asks, then goes on.
	slow := held(s, riders(2))
	s.Post(slow+"/charge", url.Values{"once": {"E"}, "auth": {code(practice.CodeAsks)}}).Location()
	s.Get(slow).Want(200, slow+"/paying", "换一种方式收款").Lacks("data-paycode")
	s.Get(slow+"/paying").Want(200, "等待旅客在手机上确认")
	s.Post(slow+"/pay", url.Values{"once": {"F"}, "given": {""}}).Want(409) // cash beside it would be money twice
	s.Post(slow+"/stop", url.Values{"once": {"G"}}).Location()
	s.Post(slow+"/pay", url.Values{"once": {"H"}, "given": {""}}).Location()
	if body := s.Get(slow).Want(200).Body; !strings.Contains(body, `class="qr"`) {
		t.Error("the order that was paid in cash after all has no slip")
	}
}

// TestChannelThatIsNone: a channel that is not set up is said to be none, and the
// order waits as before. (A code on the page is paid in e2e/window.test.mjs.)
func TestChannelThatIsNone(t *testing.T) {
	s, _ := withPhone(t)
	order := held(s, riders(1))
	s.Get(order).Want(200, `value="wechat"`, `data-key="F5"`)
	s.Post(order+"/charge", url.Values{"once": {"B"}, "channel": {"nobody"}}).Want(409, "换一种")
	s.Get(order).Want(200, "待支付")
	none := stage.Open(t, stage.Options{})
	order = held(none, riders(1))
	none.Get(order).Want(200).Lacks("data-paycode", `data-key="F5"`)
	none.Post(order+"/charge", url.Values{"once": {"C"}}).Want(409, "未开通线上支付")
}
