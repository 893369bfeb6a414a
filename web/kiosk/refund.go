package kiosk

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
	Cash  bool // paid at a window, and fetched there
	Paper bool // some ticket's paper receipt is out: a window takes it back
	Note  *chepiao.Refusal
}

func (p *Pages) quote(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.refused(w, r, err, home+"/tickets")
		return
	}
	p.showRefund(w, r, http.StatusOK, f, r.URL.Query(), nil)
}

// refund gives the chosen tickets back for the sum that was confirmed.
func (p *Pages) refund(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.refused(w, r, err, home+"/tickets")
		return
	}
	ids, back, err := ui.RefundForm(r)
	if err == nil && r.PostFormValue("act") == "choose" { // a ticket was tapped: counted anew
		p.showRefund(w, r, http.StatusOK, f, r.PostForm, nil)
		return
	}
	v, verbErr := p.verb(w, r)
	if err == nil {
		err = verbErr
	}
	if err == nil {
		_, err = p.Office.Refund(r.Context(), v, f.Order.ID, ids, back)
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
	v, err := p.verb(w, r)
	if err == nil {
		page.RefundSums, err = p.RefundSums(r.Context(), v.At, f, chosen)
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, t := range f.Tickets {
		page.Paper = page.Paper || t.Receipt == chepiao.ReceiptPaper
	}
	p.book.Show(w, r, status, "refund", page)
}
