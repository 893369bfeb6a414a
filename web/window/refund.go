package window

import (
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// refundPage says exactly what comes back before anything happens.
type refundPage struct {
	ui.Trip
	ui.RefundSums
	Order chepiao.Order
	Link  string
	Once  string
	Cash  bool // to hand over from the drawer
	Note  *chepiao.Refusal
}

func (p *Pages) quote(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	p.showRefund(w, r, http.StatusOK, f, r.URL.Query(), nil)
}

// refund gives the chosen tickets back for the sum that was confirmed.
func (p *Pages) refund(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	ids, back, err := ui.RefundForm(r)
	if err == nil {
		_, err = p.Office.Refund(r.Context(), p.verb(r), f.Order.ID, ids, back)
	}
	if err == nil {
		http.Redirect(w, r, orderLink(f.Order.ID), http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showRefund(w, r, ui.Told(r, refusal), f, r.PostForm, refusal)
}

func (p *Pages) showRefund(w http.ResponseWriter, r *http.Request, status int, f office.File, chosen url.Values, note *chepiao.Refusal) {
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page := refundPage{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(f.Order.ID), Once: once, Note: note}
	for _, payment := range f.Payments {
		page.Cash = page.Cash || payment.State == chepiao.PaymentPaid && payment.Channel == chepiao.Cash
	}
	if page.RefundSums, err = p.RefundSums(r.Context(), p.At(r), f, chosen); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, status, "refund", page)
}
