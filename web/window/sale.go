package window

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// salePage asks for the passengers of one departure.
type salePage struct {
	ui.Trip
	Offer  office.Offer
	Rows   [][]office.SeatState
	Prices []kindPrice
	Form   ui.Form
	Seats  string // as typed: "12 13"; empty: any
	Most   int
	Link   string // address of this page without the query
	Query  string
	Back   string

	Nameless bool // nobody needs a document on this line
	Rules    *chepiao.Rules
}

// kindPrice is what a kind of ticket costs here, and the digit that chooses it.
type kindPrice struct {
	Kind  chepiao.TicketKind
	Price chepiao.Money
}

var ticketKinds = []chepiao.TicketKind{chepiao.Full, chepiao.Half, chepiao.Student, chepiao.Discount, chepiao.Disabled}

func (p *Pages) sale(w http.ResponseWriter, r *http.Request) {
	if p.Office.NeedsShift(p.Now(), p.verb(r)) { // whoever has signed in sells out of a drawer
		http.Redirect(w, r, "/shift?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	page, err := p.salePage(r)
	if err == nil {
		page.Form, err = p.NewForm(ui.AutoKind)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.showSale(w, r, http.StatusOK, page)
}

// draft answers the form while it is being filled in. It keeps nothing.
func (p *Pages) draft(w http.ResponseWriter, r *http.Request) {
	page, err := p.salePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Form = ui.ReadForm(r)
	page.Seats = r.PostFormValue("seats")
	page.Form.Act(r.PostFormValue("act"), page.Most)
	page.Form.Check(p.Today(), true)
	p.showSale(w, r, http.StatusOK, page)
}

// hold keeps the seats and goes on to the money.
func (p *Pages) hold(w http.ResponseWriter, r *http.Request) {
	page, err := p.salePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Form = ui.ReadForm(r)
	page.Seats = r.PostFormValue("seats")
	f := &page.Form
	seats, err := readSeats(page.Seats)
	good := f.Check(p.Today(), false)
	if err == nil && good {
		var order chepiao.Order
		if order, err = p.holdForm(r, page, seats); err == nil {
			park(w, r, order.ID)
			http.Redirect(w, r, orderLink(order.ID), http.StatusSeeOther)
			return
		}
	}
	status := http.StatusUnprocessableEntity
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		f.Place(refusal)
		status = ui.Told(r, refusal)
	} else if err != nil {
		p.Fault(w, r, err)
		return
	}
	p.showSale(w, r, status, page)
}

func (p *Pages) holdForm(r *http.Request, page *salePage, seats []int) (chepiao.Order, error) {
	key, err := p.Secret()
	if err != nil {
		return chepiao.Order{}, err
	}
	f := &page.Form
	in := office.HoldInput{
		Departure: page.ID, From: page.From.No, To: page.To.No, Passengers: f.Riders(), Seats: seats,
		Channel: chepiao.Window, Outlet: ui.By(r),
	}
	verb := p.Verb(r)
	verb.ID = f.Once
	a, err := p.Office.Hold(r.Context(), p.Now(), verb, key, in)
	if chepiao.Why(err) == chepiao.ReplayMismatch { // the form was changed after it made an order
		if f.Once, err = p.Secret(); err == nil {
			err = chepiao.Refuse(chepiao.ReplayMismatch, "该表单已生成订单；再次提交将另开一单", "this form already made an order: submit it again to make another")
		}
	}
	return a.Order, err
}

// readSeats reads seat numbers with anything between them. Refusal Invalid at
// seats.
func readSeats(s string) ([]int, error) {
	var seats []int
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return c < '0' || c > '9' }) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > chepiao.SeatsMax || slices.Contains(seats, n) || len(seats) >= chepiao.SeatsMax {
			return nil, chepiao.Refuse(chepiao.Invalid, "座位号有误", "the seat numbers are wrong").At("seats")
		}
		seats = append(seats, n)
	}
	return seats, nil
}

func (p *Pages) salePage(r *http.Request) (*salePage, error) {
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
	offer, err := p.Office.Offer(p.Now(), id, from.No, to.No, chepiao.Window)
	if err != nil {
		return nil, err
	}
	rules := p.Office.RulesFor(p.Now(), offer.Run, offer.Board)
	page := &salePage{Trip: p.Trip(offer.Run, offer.Board, offer.Alight), Offer: offer, Rows: p.Office.Seats(offer), Most: rules.TicketsMax}
	for _, kind := range ticketKinds {
		page.Prices = append(page.Prices, kindPrice{kind, chepiao.Price(offer.Line, offer.Template, offer.Board, offer.Alight, kind, rules).Price})
	}
	needed, _ := chepiao.RealName(offer.Line, rules)
	page.Nameless, page.Rules = !needed, rules
	page.Link = home + "/sale/" + id.String()
	page.Query = saleLink(id, from, to)[len(page.Link):]
	page.Back = home + "?to_code=" + to.Code + "&day=" + id.Day().String()
	return page, nil
}

func (p *Pages) showSale(w http.ResponseWriter, r *http.Request, status int, page *salePage) {
	page.Form.Finish(func(kind chepiao.TicketKind) chepiao.Money {
		return page.Prices[slices.Index(ticketKinds, kind)].Price
	})
	p.book.Show(w, r, status, "sale", page)
}
