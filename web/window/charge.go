package window

import (
	"html/template"
	"net/http"
	"regexp"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/voucher"
	"chepiao/web/ui"
)

// paymentCode is what a payer's phone shows to be scanned: 18 digits from 10 to 15 of
// WeChat Pay, 16 to 24 from 25 to 30 of Alipay (their open interfaces' documents).
var paymentCode = regexp.MustCompile(`^(1[0-5]\d{16}|(2[5-9]|30)\d{14,22})$`)

// charge takes the money through a channel: by the code on the customer's phone,
// which is paid at once mostly, or by a code that this page shows.
func (p *Pages) charge(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		in := office.ChargeInput{Order: f.Order.ID, Way: chepiao.PayByCode, Channel: chepiao.PaymentChannel(r.PostFormValue("channel"))}
		if auth := r.PostFormValue("auth"); auth != "" {
			return p.scan(w, r, f, auth)
		}
		_, err := p.Office.Charge(r.Context(), p.verb(r), in)
		return "", err
	})
}

// scan charges the code on a customer's phone. A code that was not taken at once may
// wait for the customer's password: the order shows how it stands.
func (p *Pages) scan(w http.ResponseWriter, r *http.Request, f office.File, auth string) (string, error) {
	if !paymentCode.MatchString(auth) {
		return "", chepiao.Refuse(chepiao.Invalid, "这不是付款码", "this is no payment code").At("given")
	}
	in := office.ChargeInput{Order: f.Order.ID, Way: chepiao.PayByScan, AuthCode: auth, Channel: p.channelOf(auth)}
	c, err := p.Office.Charge(r.Context(), p.verb(r), in)
	if err == nil && c.Order.State == chepiao.OrderIssued {
		return p.afterSale(w, r, f.Order.ID, ""), nil
	}
	return "", err
}

// channelOf is the channel whose codes look so, where it is set up here; else the
// first one.
func (p *Pages) channelOf(auth string) chepiao.PaymentChannel {
	wanted := chepiao.WeChat
	if auth[0] != '1' {
		wanted = chepiao.Alipay
	}
	for _, c := range p.Office.Channels(chepiao.PayByScan) {
		if c == wanted {
			return c
		}
	}
	return ""
}

// stop ends a charge that is under way, so that the customer can pay otherwise.
func (p *Pages) stop(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		a, err := p.Office.StopCharge(r.Context(), p.verb(r), f.Order.ID)
		if err == nil && a.Order.State == chepiao.OrderIssued { // the money was quicker
			return p.afterSale(w, r, f.Order.ID, ""), nil
		}
		return "", err
	})
}

// channelAsked is how often the page asks the channel itself while it waits; in
// between it looks whether the channel has reported.
const channelAsked = 4 * time.Second

// paying is how the money under way stands: the page asks every second.
func (p *Pages) paying(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	open := pending(f)
	if open.ID != 0 && p.Now().UnixMilli()%channelAsked.Milliseconds() < 1000 {
		if err := p.Office.AskChannel(r.Context(), open.ID); err == nil { // silence: the page goes on asking
			if f, err = p.file(r); err != nil {
				p.Fault(w, r, err)
				return
			}
		}
	}
	switch f.Order.State {
	case chepiao.OrderPaying:
		w.Header().Set("Cache-Control", "no-store")
		p.book.Show(w, r, http.StatusOK, "paying", &payingPage{Since: p.Now().Sub(open.Created), Way: open.Way, Link: orderLink(f.Order.ID)})
	case chepiao.OrderIssued:
		w.Header().Set("HX-Redirect", p.afterSale(w, r, f.Order.ID, ""))
	default:
		w.Header().Set("HX-Redirect", orderLink(f.Order.ID)+"?unpaid=1")
	}
}

// payingPage is the part of an order's page that shows a charge under way.
type payingPage struct {
	Since time.Duration
	Way   chepiao.PayWay
	Link  string
}

// Long says that a customer has been at it for longer than usual.
func (p *payingPage) Long() bool { return p.Since > 30*time.Second }

// pending is the payment that a channel is working on; zero for none.
func pending(f office.File) (open chepiao.Payment) {
	for _, one := range f.Payments {
		if one.State == chepiao.PaymentPending {
			open = one
		}
	}
	return open
}

// payCode is the code of an open charge for the customer to scan, drawn again from
// the channel's own answer.
func (p *Pages) payCode(r *http.Request, f office.File, once string) (template.HTML, error) {
	open := pending(f)
	if open.Way != chepiao.PayByCode {
		return "", nil
	}
	v := p.verb(r)
	v.ID = once + "Q"
	c, err := p.Office.Charge(r.Context(), v, office.ChargeInput{Order: f.Order.ID, Channel: open.Channel, Way: open.Way})
	if err != nil || c.QRText == "" {
		return "", err
	}
	svg, err := voucher.TextQRSVG(c.QRText, voucher.SVGOptions{Label: ui.Language(r).Say("pay.qr"), Class: "pay-code"})
	return template.HTML(svg), err //nolint:gosec // drawn by us, label escaped
}

// likely are sums that a customer may lay on the counter: what is due, and the next
// that notes of 10, 50 and 100 yuan make.
func likely(due chepiao.Money) (sums []chepiao.Money) {
	sums = append(sums, due)
	for _, note := range []chepiao.Money{10_00, 50_00, 100_00} {
		next := (due + note - 1) / note * note
		if next > sums[len(sums)-1] {
			sums = append(sums, next)
		}
	}
	return sums
}
