package passenger

import (
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// rebookPage lists where an order's tickets may move.
type rebookPage struct {
	ui.Trip
	Order  chepiao.Order
	Link   string
	Lines  []ui.RebookTicket
	Any    bool
	Day    chepiao.Day
	Days   []dayChip
	Offers []rebookOffer
	Why    *chepiao.Refusal // why departures are left out
	Note   *chepiao.Refusal
}

type rebookOffer struct {
	ui.RebookOffer
	Link string
}

// rebooking shows the departures of a day with the difference for the chosen
// tickets.
func (p *Pages) rebooking(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	p.showRebooking(w, r, http.StatusOK, f, r.URL.Query(), nil)
}

func (p *Pages) showRebooking(w http.ResponseWriter, r *http.Request, status int, f office.File, form url.Values, note *chepiao.Refusal) {
	page := rebookPage{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(f.Order), Day: p.RebookDay(f, form), Note: note}
	lines, ids := ui.RebookTickets(f, form)
	page.Lines, page.Any = lines, len(ids) > 0
	query := url.Values{"sent": {"1"}}
	for _, id := range ids {
		query.Add("ticket", id.String())
	}
	page.Days = p.days(page.Day, func(d chepiao.Day) string {
		query.Set("day", d.String())
		return page.Link + "/rebook?" + query.Encode()
	})
	query.Del("day")
	offers, why, err := p.RebookOffers(r.Context(), chepiao.AskedAt{}, f, ids, page.Day)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Why = why
	for _, o := range offers {
		page.Offers = append(page.Offers, rebookOffer{o, page.Link + "/rebook/" + o.ID.String() + "?" + query.Encode()})
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "rebook", page)
}

// movePage says exactly what moving to one departure means, before it happens.
type movePage struct {
	Old, New ui.Trip
	Link     string
	Back     string
	Lines    []ui.RebookTicket
	Offer    ui.RebookOffer
	Once     string
	Note     *chepiao.Refusal
}

// move shows one departure with the old one beside it.
func (p *Pages) move(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	p.showMove(w, r, http.StatusOK, f, r.URL.Query(), nil)
}

func (p *Pages) showMove(w http.ResponseWriter, r *http.Request, status int, f office.File, form url.Values, note *chepiao.Refusal) {
	lines, ids := ui.RebookTickets(f, form)
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	var offers []ui.RebookOffer
	var why *chepiao.Refusal
	if err == nil {
		offers, why, err = p.RebookOffers(r.Context(), chepiao.AskedAt{}, f, ids, id.Day())
	}
	if err != nil {
		p.book.Refused(w, r, err, orderLink(f.Order)+"/rebook")
		return
	}
	page := movePage{Old: p.TripOf(f), Link: orderLink(f.Order), Note: note}
	page.Back = page.Link + "/rebook?" + url.Values{"sent": {"1"}, "ticket": form["ticket"], "day": {id.Day().String()}}.Encode()
	for _, l := range lines {
		if l.Chosen {
			page.Lines = append(page.Lines, l)
		}
	}
	for _, o := range offers {
		if o.ID == id {
			page.Offer, page.New = o, o.Trip
		}
	}
	if page.New.ID == 0 || len(ids) == 0 || page.Offer.Why != nil {
		if note == nil {
			note = page.Offer.Why
		}
		if note == nil && len(ids) > 0 {
			note = why
		}
		p.showRebooking(w, r, status, f, url.Values{"sent": {"1"}, "ticket": form["ticket"], "day": {id.Day().String()}}, note)
		return
	}
	if page.Once, err = p.Secret(); err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "move", page)
}

// rebook moves the tickets for the difference that was confirmed, and shows the
// new order: to be paid, or issued.
func (p *Pages) rebook(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	v := p.verb(r)
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	if err == nil {
		v.Place = p.place(r, id, f.Order.From, f.Order.To)
	}
	a, _, err := p.Rebook(r, v, f)
	if err == nil {
		next := chepiao.Order{ID: a.Order.ID, Key: f.Order.Key}
		ownMoved(w, r, f, next)
		http.Redirect(w, r, orderLink(next), http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	if refusal.Reason == chepiao.WaitForTurn {
		if refusal, err = p.rebookTurn(w, r, f.Order, id, refusal); err != nil {
			p.Fault(w, r, err)
			return
		}
	}
	form := url.Values{"sent": {"1"}, "ticket": r.PostForm["ticket"]}
	p.showMove(w, r, ui.Told(r, refusal), f, form, refusal)
}
