package passenger

import (
	"net/http"
	"net/url"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// walletPage sends the payer on to the wallet. It is a page and not a redirect
// because a form's answer may not lead to another host under our content
// security policy; the browser goes on by itself at once.
type walletPage struct {
	Order  chepiao.Order
	PayURL string
	Link   string
}

// pay opens the order's charge at the wallet, or goes on with the open one.
func (p *Pages) pay(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	c, err := p.Office.Charge(r.Context(), p.verb(r), office.ChargeInput{Order: f.Order.ID})
	if err != nil {
		p.orderRefused(w, r, f, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: backCookie, Value: orderLink(f.Order), Path: Back, MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Refresh", "0; url="+c.PayURL)
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "wallet", walletPage{Order: c.Order, PayURL: c.PayURL, Link: orderLink(f.Order)})
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
	link := home + "/find"
	if c, err := r.Cookie(backCookie); err == nil {
		if order, key, ok := strings.Cut(strings.TrimPrefix(c.Value, "/o/"), "/"); ok {
			if id, err := chepiao.ParseOrderID(order); err == nil {
				link = orderLink(chepiao.Order{ID: id, Key: url.PathEscape(key)})
			}
		}
	}
	http.Redirect(w, r, link, http.StatusSeeOther)
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
