package passenger

import (
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/voucher"
	"chepiao/web/ui"
)

// walletPage sends the payer on to the channel's page, shows the code that
// another phone scans, or calls the app that it is open in. It is a page and not
// a redirect because a form's answer may not lead to another host under our
// content security policy; the browser goes on by itself at once.
type walletPage struct {
	Order   chepiao.Order
	Channel chepiao.PaymentChannel
	PayURL  string
	QR      template.HTML // "" where the payer goes to a page
	InApp   string        // what the page passes to the channel's app, JSON; "" elsewhere
	Link    string
}

// payChoice is a channel that the order may be paid by.
type payChoice struct {
	Channel chepiao.PaymentChannel
	On      bool
}

// payChoices are the channels in this browser, the likeliest first: within an
// app its own, else the one that is open already.
func (p *Pages) payChoices(r *http.Request, f office.File) (choices []payChoice) {
	likely := chepiao.PaymentChannel("")
	for _, payment := range f.Payments {
		if payment.State == chepiao.PaymentPending {
			likely = payment.Channel
		}
	}
	names := p.Office.Channels(chepiao.PayByPage)
	for _, name := range p.Office.Channels(chepiao.PayInApp) {
		if isAppOf(r, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if at := slices.IndexFunc(names, func(c chepiao.PaymentChannel) bool { return isAppOf(r, c) }); at >= 0 {
		likely = names[at]
	}
	for _, name := range names {
		if isAppOf(r, likely) && name != likely && apps[name] != "" {
			continue // these apps do not open each other's pages
		}
		choices = append(choices, payChoice{Channel: name})
	}
	at := max(slices.IndexFunc(choices, func(c payChoice) bool { return c.Channel == likely }), 0)
	if len(choices) > 0 {
		choices[at].On = true
	}
	return choices
}

// pay opens the order's charge at the chosen channel, or goes on with the open
// one: on the channel's page, or by a code that another phone scans.
func (p *Pages) pay(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	in := office.ChargeInput{Order: f.Order.ID, Channel: chepiao.PaymentChannel(r.PostFormValue("channel")), Way: chepiao.PayByPage}
	if r.PostFormValue("way") == string(chepiao.PayByCode) {
		in.Way = chepiao.PayByCode
	}
	if in.Way == chepiao.PayByPage && p.paysInApp(r, in.Channel) {
		in.Way, in.Payer = chepiao.PayInApp, payerOf(r)
		if in.Payer == "" {
			p.askPayer(w, r, f, in.Channel)
			return
		}
	}
	in.PayerIP, _, _ = net.SplitHostPort(r.RemoteAddr)
	v := p.verb(r)
	if v.ID != "" { // who goes back and chooses another channel asks for something else
		v.ID += string(in.Channel) + string(in.Way)
	}
	p.charge(w, r, f, v, in)
}

// charge opens the charge and shows where it is paid.
func (p *Pages) charge(w http.ResponseWriter, r *http.Request, f office.File, v office.Verb, in office.ChargeInput) {
	c, err := p.Office.Charge(r.Context(), v, in)
	if err != nil {
		if in.Way == chepiao.PayInApp {
			keepPayer(w, r, "") // it may be why: the firm is asked again
		}
		p.orderRefused(w, r, f, err)
		return
	}
	page := walletPage{Order: c.Order, Channel: c.Payment.Channel, PayURL: c.PayURL, InApp: c.InApp, Link: orderLink(f.Order)}
	if in.Way == chepiao.PayByCode && c.QRText != "" {
		svg, err := voucher.TextQRSVG(c.QRText, voucher.SVGOptions{Label: ui.Language(r).Say("wallet.code"), Class: "qr"})
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		page.QR = template.HTML(svg) //nolint:gosec // drawn by us
	}
	p.showWallet(w, r, page)
}

// showWallet shows the page and has the browser remember the order.
func (p *Pages) showWallet(w http.ResponseWriter, r *http.Request, page walletPage) {
	if page.QR == "" && page.PayURL != "" {
		w.Header().Set("Refresh", "0; url="+page.PayURL)
	}
	http.SetCookie(w, &http.Cookie{Name: backCookie, Value: page.Link, Path: Back, MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r)})
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "wallet", page)
}

// Back is where the wallet sends a payer back to. The address names no order,
// so the wallet never learns its key: the payer's own browser remembers it.
const (
	Back       = "/passenger/back"
	backCookie = "chepiao_back"
)

// back leads a payer from the wallet to the order paid last in this browser, or
// where another browser paid, to finding it.
func (p *Pages) back(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, backLink(r), http.StatusSeeOther)
}

func backLink(r *http.Request) string {
	if c, err := r.Cookie(backCookie); err == nil {
		if order, key, ok := strings.Cut(strings.TrimPrefix(c.Value, "/o/"), "/"); ok {
			if id, err := chepiao.ParseOrderID(order); err == nil {
				return orderLink(chepiao.Order{ID: id, Key: url.PathEscape(key)})
			}
		}
	}
	return home + "/find"
}

// extend keeps the seats a while longer.
func (p *Pages) extend(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(id chepiao.OrderID) error {
		_, err := p.Office.Extend(r.Context(), p.verb(r), id)
		return err
	})
}

// release gives the seats up.
func (p *Pages) release(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(id chepiao.OrderID) error {
		_, err := p.Office.Release(r.Context(), p.verb(r), id)
		return err
	})
}

// act does something with the order and shows its page again.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, do func(chepiao.OrderID) error) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	if err := do(f.Order.ID); err != nil {
		p.orderRefused(w, r, f, err)
		return
	}
	http.Redirect(w, r, orderLink(f.Order), http.StatusSeeOther)
}

// orderRefused shows the order's page as it stands now with a refusal on top.
func (p *Pages) orderRefused(w http.ResponseWriter, r *http.Request, f office.File, err error) {
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	if fresh, err := p.Office.Look(r.Context(), f.Order.ID); err == nil {
		f = fresh
	}
	p.showOrder(w, r, ui.Told(r, refusal), f, refusal)
}

// verb is who asks: the form carries the id, so that a form sent twice is done
// once.
func (p *Pages) verb(r *http.Request) office.Verb {
	return office.Verb{ID: r.PostFormValue("once"), By: ui.By(r)}
}
