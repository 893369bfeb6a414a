package sandbox

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chepiao"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// Bounds, in seconds, of how late a "late notice" may come.
const (
	delayDefault = 10
	delayMax     = 3600
)

// checkoutPage is what the cashier's page shows.
type checkoutPage struct {
	Lang, Other string // zh or en, and the one to switch to
	T           words
	Merchant    string
	Subject     string
	Amount      string // "22.50"
	State       chepiao.PaymentState
	StateText   string
	Late        bool   // closed, but the switch still lets the payer pay
	Payable     bool   // the buttons stand there
	Left        int    // seconds until the charge expires
	LeftText    string // "14:59"
	Transaction string
	Return      string // "" on pages opened by scanning
	Delay       int
	DelayMax    int
}

// page shows the cashier's page, or how the charge ended.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	now := s.opt.Now()
	s.mu.Lock()
	found := s.byToken(r)
	var c charge
	if found != nil {
		c = *found
	}
	sw := s.switches
	s.mu.Unlock()
	lang := language(r)
	if found == nil {
		s.show(w, http.StatusNotFound, "missing.html", checkoutPage{Lang: lang, Other: other(lang), T: texts[lang]})
		return
	}
	w.Header().Set("Content-Security-Policy", policy(c.ReturnURL))
	s.show(w, http.StatusOK, "checkout.html", s.checkout(&c, now, sw, lang, returns(r)))
}

func (s *Server) checkout(c *charge, now time.Time, sw Switches, lang string, returns bool) checkoutPage {
	state := c.stateAt(now)
	p := checkoutPage{
		Lang: lang, Other: other(lang), T: texts[lang], Merchant: s.opt.MerchantZH,
		Subject: c.Subject, Amount: c.Amount.String(),
		State: state, StateText: texts[lang].State[state],
		Payable: c.payable(now, sw.LateSuccess), Late: state == chepiao.PaymentClosed,
		Left: max(0, int(c.Expires.Sub(now)/time.Second)), Transaction: c.Transaction,
		Delay: delayDefault, DelayMax: delayMax,
	}
	if lang == "en" {
		p.Merchant = s.opt.MerchantEN
	}
	p.LeftText = fmt.Sprintf("%02d:%02d", p.Left/60, p.Left%60)
	if returns {
		p.Return = c.ReturnURL
	}
	return p
}

// decide takes the payer's choice and sends the browser back to the merchant,
// or, on a page opened by scanning, to how it ended.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	o := outcome(r.PostFormValue("outcome"))
	delay, err := delayOf(r.PostFormValue("delay"))
	if err != nil || !o.known() {
		http.Error(w, "unknown choice", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	c := s.byToken(r)
	if c == nil {
		s.mu.Unlock()
		s.page(w, r) // says that there is no such charge
		return
	}
	settled, err := s.settle(c, o, delay)
	to := c.ReturnURL
	s.mu.Unlock()
	if err != nil {
		s.fault(w, err)
		return
	}
	if !settled || to == "" || !returns(r) {
		to = r.PathValue("token") + "?lang=" + language(r)
	}
	// A relative address stays right behind a proxy that adds a prefix.
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// settle applies an outcome and keeps it. It says false when the charge can no
// longer be decided. Callers hold s.mu.
func (s *Server) settle(c *charge, o outcome, delay time.Duration) (bool, error) {
	// 28 digits as a WeChat Pay transaction has; the charge's token makes them its own.
	transaction := "90" + c.Created.UTC().Format("20060102150405") + digits(c.Token, 12)
	if !c.settle(o, delay, s.opt.Now(), transaction, s.switches.LateSuccess) {
		return false, nil
	}
	return true, s.save(c)
}

func digits(hex string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte('0' + hex[i]%10)
	}
	return b.String()
}

func (o outcome) known() bool {
	return o == success || o == failure || o == later || o == lateNotice
}

func delayOf(text string) (time.Duration, error) {
	if text == "" {
		return delayDefault * time.Second, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > delayMax {
		return 0, errors.New("the delay is outside its limits")
	}
	return time.Duration(n) * time.Second, nil
}

// byToken finds the charge of a page. Callers hold s.mu.
func (s *Server) byToken(r *http.Request) *charge {
	return s.charges[s.tokens[r.PathValue("token")]]
}

// returns says whether the browser goes back to the merchant afterwards.
func returns(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/pay/") }

// language is the page's: asked for, or English for a browser that puts it
// first, or Chinese.
func language(r *http.Request) string {
	switch r.URL.Query().Get("lang") {
	case "en":
		return "en"
	case "zh":
		return "zh"
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return "en"
	}
	return "zh"
}

func other(lang string) string {
	if lang == "en" {
		return "zh"
	}
	return "en"
}

// policy lets a page load only its own parts. The merchant's origin must be
// named, or browsers would not follow the way back after the form.
func policy(returnURL string) string {
	forms := "'self'"
	if u, err := url.Parse(returnURL); err == nil && u.Host != "" {
		forms += " " + u.Scheme + "://" + u.Host
	}
	return "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + forms
}

func (s *Server) show(w http.ResponseWriter, status int, name string, page any) {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, page); err != nil {
		s.fault(w, err)
		return
	}
	if w.Header().Get("Content-Security-Policy") == "" {
		w.Header().Set("Content-Security-Policy", policy(""))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(b.String()))
}
