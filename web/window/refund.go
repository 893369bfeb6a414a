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
	Order chepiao.Order
	Link  string
	Once  string
	Lines []refundLine
	Back  chepiao.Money
	Fee   chepiao.Money
	Any   bool
	Cash  bool // to hand over from the drawer
	Note  *chepiao.Refusal
}

// refundLine is one ticket: what it would give, or why nothing.
type refundLine struct {
	Ticket chepiao.Ticket
	Who    chepiao.Passenger
	Quote  chepiao.RefundQuote
	Why    *chepiao.Refusal
	Chosen bool
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
	p.showRefund(w, r, ui.Status(refusal), f, r.PostForm, refusal)
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
	for i, t := range f.Tickets {
		line := refundLine{Ticket: t, Who: f.Passengers[i]}
		q, err := p.Office.QuoteRefund(r.Context(), p.Now(), t.ID)
		if line.Why = chepiao.AsRefusal(err); err != nil && line.Why == nil {
			p.Fault(w, r, err)
			return
		}
		line.Quote, line.Chosen = q, err == nil && ui.Chosen(chosen, t.ID)
		if line.Chosen {
			page.Back, page.Fee, page.Any = page.Back+q.Back, page.Fee+q.Fee, true
		}
		page.Lines = append(page.Lines, line)
	}
	p.book.Show(w, r, status, "refund", page)
}
