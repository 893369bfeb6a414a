package passenger

import (
	"net/http"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// departurePage is one departure with the form that asks for its passengers.
type departurePage struct {
	ui.Trip
	Offer  office.Offer
	Prices []kindPrice
	Rows   [][]office.SeatState // nil: no numbered seats
	Ladder []string
	Fare   string
	Form   ui.Form
	Most   int    // passengers an order
	Query  string // ?from=…&to=…
	Back   string
	Rules  *chepiao.Rules
	Saved  []office.Saved // whom the member who is signed in keeps; prints masked
	// ChildrenLeft is how many free children the departure may still take.
	ChildrenLeft int
	Wait         *waitForm // the departure is full, and may be waited for
	Lobby        string    // address of its waiting room, while that gives out places before the opening
	Turn         time.Time // until when it is the passenger's turn; zero where nobody had to wait
}

// kindPrice is what a kind of ticket costs here.
type kindPrice struct {
	Kind  chepiao.TicketKind
	Price chepiao.Money
}

// ticketKinds are the kinds a passenger may buy by saying so: a child's age
// stands in its document, and a card is shown at the gate. What a line or station
// offers besides is sold at windows.
var ticketKinds = []chepiao.TicketKind{chepiao.Full, chepiao.Half, chepiao.Student, chepiao.Disabled}

func (p *Pages) departure(w http.ResponseWriter, r *http.Request) {
	page, err := p.departurePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	v, err := p.turn(w, r, page)
	switch {
	case err != nil:
		p.book.Refused(w, r, err, home)
		return
	case v != nil && v.State == chepiao.RoomWaiting:
		http.Redirect(w, r, roomLink(page), http.StatusSeeOther)
		return
	case v != nil && !v.Place.In:
		page.Turn = v.Until
	}
	if page.Form, err = p.NewForm(string(chepiao.ResidentID)); err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Form.Finish(page.price)
	p.book.Show(w, r, http.StatusOK, "departure", page)
}

// departurePage reads the departure that the address names. Refusals: Invalid,
// NotFound.
func (p *Pages) departurePage(r *http.Request) (*departurePage, error) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	if err != nil {
		return nil, err
	}
	q, t := r.URL.Query(), p.Office.Timetable()
	from, err := t.StationByCode(q.Get("from"), "from")
	if err != nil {
		return nil, err
	}
	to, err := t.StationByCode(q.Get("to"), "to")
	if err != nil {
		return nil, err
	}
	offer, err := p.Office.Offer(p.Now(), id, from.No, to.No, chepiao.Online)
	if err != nil {
		return nil, err
	}
	rules, lang := p.Office.RulesFor(p.Now(), offer.Run, offer.Board), ui.Language(r)
	page := &departurePage{Trip: p.Trip(offer.Run, offer.Board, offer.Alight), Offer: offer, Most: rules.TicketsMax}
	for _, kind := range ticketKinds {
		page.Prices = append(page.Prices, kindPrice{kind, chepiao.Price(offer.Line, offer.Template, offer.Board, offer.Alight, kind, rules).Price})
	}
	fares, err := p.Office.Fares(p.Now(), id, from.No, to.No)
	if err != nil {
		return nil, err
	}
	page.ChildrenLeft = fares.ChildrenLeft
	if page.Saved, err = p.Saved(r); err != nil {
		return nil, err
	}
	page.Rows = p.Office.Seats(offer)
	page.Rules = rules
	page.Ladder = ui.Ladder(rules, lang)
	why := chepiao.Price(offer.Line, offer.Template, offer.Board, offer.Alight, chepiao.Full, rules).Explain(chepiao.Full, rules)
	page.Fare = lang.Pick(why.ZH, why.EN)
	link := departureLink(id, from, to)
	page.Query = link[len(home+"/departures/"+id.String()):]
	page.Back = listLink(from, to, id.Day())
	if offer.Refusal != nil && offer.Refusal.Reason == chepiao.SoldOut {
		if err := r.ParseForm(); err != nil {
			return nil, chepiao.Refuse(chepiao.Invalid, "表单有误", "the form cannot be read")
		}
		page.Wait, err = p.waitForm(r, page)
	}
	return page, err
}

// price is what a ticket of a kind costs on this page's journey.
func (d *departurePage) price(kind chepiao.TicketKind) chepiao.Money {
	for _, k := range d.Prices {
		if k.Kind == kind {
			return k.Price
		}
	}
	return d.Offer.Price
}
