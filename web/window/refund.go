package window

import (
	"net/http"
	"net/url"
	"slices"

	"chepiao"
	"chepiao/ident"
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

	Faults []chepiao.Fault // that the clerk may name
	Blame  chepiao.Blame   // as chosen: whose fault it is, and why
	Ask    bool            // a supervisor has to agree
	Notes  ui.Notes
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
	if r.PostFormValue("act") == "choose" { // a ticket or the reason was chosen: counted anew
		p.showRefund(w, r, http.StatusOK, f, r.PostForm, nil)
		return
	}
	if err == nil {
		v, blame := p.verb(r), blameOf(r.PostForm)
		if blame.Fault != "" {
			v.Agreed, err = p.agreed(r)
		}
		if err == nil {
			_, err = p.Office.RefundBlame(r.Context(), v, f.Order.ID, ids, back, blame)
		}
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

// blameOf is what a form says of whose fault it is.
func blameOf(form url.Values) chepiao.Blame {
	return chepiao.Blame{Fault: chepiao.Fault(form.Get("fault")), Why: form.Get("why")}
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
	page.Faults, page.Blame, page.Notes = chepiao.Blames(), blameOf(chosen), ui.Notes{}
	if !slices.Contains(page.Faults, page.Blame.Fault) {
		page.Blame.Fault = ""
	}
	if note != nil {
		page.Notes.Add(note) //nolint:errcheck // a refusal
	}
	if page.RefundSums, err = p.BlameSums(r.Context(), p.At(r), f, chosen, page.Blame.Fault); err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Ask = page.Blame.Fault != "" && (!p.Actor(r).May(ident.Agree) || note != nil && note.Reason == chepiao.SecondHand)
	p.book.Show(w, r, status, "refund", page)
}
