package window

import (
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// rebookPage lists where an order's tickets may move, with the difference to
// take or to hand back.
type rebookPage struct {
	ui.Trip
	Order  chepiao.Order
	Link   string
	Lines  []ui.RebookTicket
	Any    bool
	Wanted chepiao.Day
	Today  chepiao.Day
	Final  chepiao.Day // last day on sale
	Offers []ui.RebookOffer
	Once   string
	Why    *chepiao.Refusal // why departures are left out
	Note   *chepiao.Refusal
}

func (p *Pages) rebooking(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	p.showRebooking(w, r, http.StatusOK, f, r.URL.Query(), nil)
}

func (p *Pages) showRebooking(w http.ResponseWriter, r *http.Request, status int, f office.File, form url.Values, note *chepiao.Refusal) {
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page := rebookPage{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(f.Order.ID), Wanted: p.RebookDay(f, form), Today: p.Today(), Once: once, Note: note}
	page.Final = page.Today + chepiao.Day(p.Office.Rules().AdvanceDays)
	lines, ids := ui.RebookTickets(f, form)
	page.Lines, page.Any = lines, len(ids) > 0
	if page.Offers, page.Why, err = p.RebookOffers(r.Context(), p.At(r), f, ids, page.Wanted); err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "rebook", page)
}

// rebook moves the tickets for the difference that was confirmed, and shows the
// new order: its money, or its slips.
func (p *Pages) rebook(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	a, to, err := p.Rebook(r, p.verb(r), f)
	if err == nil {
		http.Redirect(w, r, orderLink(a.Order.ID), http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showRebooking(w, r, ui.Told(r, refusal), f, url.Values{"sent": {"1"}, "ticket": r.PostForm["ticket"], "day": {to.Day().String()}}, refusal)
}

// handOver gives out the cash of tickets that were given back on line.
func (p *Pages) handOver(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		due, err := p.Office.ToHandOver(r.Context(), f.Order.ID)
		v := p.verb(r)
		for _, b := range due {
			if err == nil {
				hand := v
				hand.ID += b.ID.String()
				_, err = p.Office.HandOver(r.Context(), hand, b.ID)
			}
		}
		return "", err
	})
}
