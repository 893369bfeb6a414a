package passenger_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/alipay"
	"chepiao/pay/alipay/alipaysim"
	"chepiao/pay/wechat"
	"chepiao/pay/wechat/wechatsim"
	"chepiao/web/stage"
)

// RSA keys take their time.
var (
	wechatKeys = sync.OnceValues(func() (*wechatsim.Keys, error) { return wechatsim.NewKeys(rand.Reader, time.Now(), false) })
	alipayKeys = sync.OnceValues(func() (*alipaysim.Keys, error) { return alipaysim.NewKeys(rand.Reader) })
)

// firms are Alipay and WeChat Pay with these ways of paying; nobody calls them.
func firms(t *testing.T, ways ...chepiao.PayWay) []pay.Channel {
	t.Helper()
	keys, err := wechatKeys()
	must(t, err)
	file, err := keys.Save(t.TempDir(), "http://wechat.example")
	must(t, err)
	set, err := wechat.ReadSettings(file)
	must(t, err)
	set.Ways = ways
	one, err := wechat.New(wechat.Config{Settings: set, Now: time.Now})
	must(t, err)
	otherKeys, err := alipayKeys()
	must(t, err)
	file, err = otherKeys.Save(t.TempDir(), "http://alipay.example")
	must(t, err)
	otherSet, err := alipay.ReadSettings(file)
	must(t, err)
	other, err := alipay.New(alipay.Config{Settings: otherSet})
	must(t, err)
	return []pay.Channel{other, one}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var offered = regexp.MustCompile(`name="channel" value="(\w+)"( checked)?`)

// TestChoicesInApps: a firm's app offers its own way of paying and no other firm's,
// whose pages it would not open; any other browser offers all. Inside WeChat the
// first tap goes to WeChat, which says who pays, and not to its page.
func TestChoicesInApps(t *testing.T) {
	for name, c := range map[string]struct {
		ways    []chepiao.PayWay
		browser string
		offers  []string // the chosen one marked
		goes    string   // where WeChat is paid
	}{
		"a browser":                    {[]chepiao.PayWay{chepiao.PayByPage, chepiao.PayInApp}, "Chrome/126", []string{"alipay checked", "wechat"}, ""},
		"WeChat":                       {[]chepiao.PayWay{chepiao.PayByPage, chepiao.PayInApp}, "Chrome/126 MicroMessenger/8", []string{"wechat"}, "http://wechat.example/connect/oauth2/authorize?"},
		"WeChat, its only way":         {[]chepiao.PayWay{chepiao.PayInApp}, "MicroMessenger/8", []string{"wechat"}, "http://wechat.example/connect/oauth2/authorize?"},
		"a browser without that":       {[]chepiao.PayWay{chepiao.PayInApp}, "Chrome/126", []string{"alipay"}, ""},
		"Alipay":                       {[]chepiao.PayWay{chepiao.PayByPage, chepiao.PayInApp}, "AlipayClient/10", []string{"alipay"}, ""},
		"WeChat where it is not taken": {[]chepiao.PayWay{chepiao.PayByScan}, "MicroMessenger/8", []string{"alipay"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := stage.Open(t, stage.Options{Channels: firms(t, c.ways...)})
			order := held(t, s, riders(1))
			ask := httptest.NewRequest(http.MethodGet, order, nil)
			ask.Header.Set("User-Agent", c.browser)
			var offers []string
			for _, m := range offered.FindAllStringSubmatch(s.Visit(ask).Want(200).Body, -1) {
				offers = append(offers, m[1]+m[2])
			}
			if !slices.Equal(offers, c.offers) {
				t.Errorf("offers %v, want %v", offers, c.offers)
			}
			if c.goes == "" {
				return
			}
			ask = httptest.NewRequest(http.MethodPost, order+"/pay", strings.NewReader("channel=wechat&once=APP1"))
			ask.Header.Set("User-Agent", c.browser)
			ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			page := s.Visit(ask).Want(200)
			if to := page.Header.Get("Refresh"); !strings.HasPrefix(to, "0; url="+c.goes) || strings.Contains(to, order) {
				t.Errorf("goes to %s", to)
			}
		})
	}
}

// TestPayerBack: who comes back from a firm to a browser that had not gone there
// learns and pays nothing; nor does one whose firm is not set up here.
func TestPayerBack(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(t, s, riders(1))
	back := &http.Cookie{Name: "chepiao_back", Value: order}
	for name, c := range map[string]struct {
		cookies []*http.Cookie
		status  int
		to      string
	}{
		"a stranger's":         {nil, 303, "/passenger/find"},
		"not asked for":        {[]*http.Cookie{back}, 303, order},
		"another's answer":     {[]*http.Cookie{back, {Name: "payer_q", Value: "OTHER"}}, 303, order},
		"an empty question":    {[]*http.Cookie{back, {Name: "payer_q", Value: ""}}, 303, order},
		"no order":             {[]*http.Cookie{{Name: "payer_q", Value: "STATE"}}, 404, ""},
		"a firm not set up":    {[]*http.Cookie{back, {Name: "payer_q", Value: "STATE"}}, 409, ""},
		"an order's wrong key": {[]*http.Cookie{{Name: "chepiao_back", Value: order[:len(order)-1] + "-"}, {Name: "payer_q", Value: "STATE"}}, 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s.Cookies = c.cookies
			page := s.Get("/passenger/back/wechat?code=CODE&state=STATE")
			if page.Status != c.status || page.Header.Get("Location") != c.to {
				t.Errorf("%d to %q, want %d to %q", page.Status, page.Header.Get("Location"), c.status, c.to)
			}
			for _, set := range page.Header.Values("Set-Cookie") {
				if strings.HasPrefix(set, "payer=") {
					t.Errorf("it remembers a payer: %s", set)
				}
			}
		})
	}
	s.Cookies = nil
	s.Get(order).Want(200, "去支付")
}
