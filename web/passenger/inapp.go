package passenger

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// Inside a payment firm's own app the payer stays on our page, and the app takes
// the money (WeChat's JSAPI; its other page refuses to open there). For that the
// firm must first say who its user is: the browser goes there and comes back at
// once, with a code, without a question. Who it is, an opaque word of the firm's,
// is kept in a cookie until the browser is closed and nowhere else.
const (
	payerCookie = "payer"   // who pays, by the firm's word
	stateCookie = "payer_q" // ties the answer to the browser that asked
)

// apps are by which word in its name a browser is known to be the channel's app.
var apps = map[chepiao.PaymentChannel]string{chepiao.WeChat: "MicroMessenger", chepiao.Alipay: "AlipayClient"}

// isAppOf says whether this browser is the channel's app.
func isAppOf(r *http.Request, c chepiao.PaymentChannel) bool {
	return apps[c] != "" && strings.Contains(r.UserAgent(), apps[c])
}

// paysInApp says whether this browser can pay at the channel without leaving us.
func (p *Pages) paysInApp(r *http.Request, c chepiao.PaymentChannel) bool {
	return isAppOf(r, c) && slices.Contains(p.Office.Channels(chepiao.PayInApp), c)
}

func payerOf(r *http.Request) string {
	c, err := r.Cookie(payerCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func keepPayer(w http.ResponseWriter, r *http.Request, who string) {
	age := 0
	if who == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: payerCookie, Value: who, Path: "/o/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r)})
}

// askPayer sends the browser to the firm to learn who pays, by way of a page, as
// the form's answer may not lead to another host.
func (p *Pages) askPayer(w http.ResponseWriter, r *http.Request, f office.File, c chepiao.PaymentChannel) {
	state, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	scheme := "http"
	if ui.Secure(r) {
		scheme = "https"
	}
	to, err := p.Office.PayerPage(c, (&url.URL{Scheme: scheme, Host: r.Host, Path: Back + "/" + string(c)}).String(), state)
	if err != nil {
		p.orderRefused(w, r, f, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Value: state, Path: Back, MaxAge: 600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r)})
	p.showWallet(w, r, walletPage{Order: f.Order, Channel: c, PayURL: to, Link: orderLink(f.Order)})
}

// payer is where the firm sends the browser back to, with a code that says who
// pays. The order is the one this browser wanted to pay.
func (p *Pages) payer(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: Back, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r)})
	q, link := r.URL.Query(), backLink(r)
	asked, err := r.Cookie(stateCookie)
	if err != nil || asked.Value == "" || subtle.ConstantTimeCompare([]byte(asked.Value), []byte(q.Get("state"))) != 1 {
		http.Redirect(w, r, link, http.StatusSeeOther) // read a second time, or somebody else's
		return
	}
	order, key, _ := strings.Cut(strings.TrimPrefix(link, "/o/"), "/")
	r.SetPathValue("order", order)
	r.SetPathValue("key", key)
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	c := chepiao.PaymentChannel(r.PathValue("channel"))
	who, err := p.Office.Payer(r.Context(), c, q.Get("code"))
	if err != nil {
		p.orderRefused(w, r, f, err)
		return
	}
	keepPayer(w, r, who)
	p.charge(w, r, f, office.Verb{ID: asked.Value, By: ui.By(r)}, office.ChargeInput{Order: f.Order.ID, Channel: c, Way: chepiao.PayInApp, Payer: who})
}
