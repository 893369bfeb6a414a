package kiosk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// salePage takes the passengers of one departure, a card each.
type salePage struct {
	ui.Trip
	Offer  office.Offer
	Prices []kindPrice
	Form   ui.Form
	People []person
	Typing string // what is being typed: a kind of document, "guardian", "phone"; "" for nothing
	Typed  ui.Row // as typed so far
	Note   *chepiao.Refusal
	Most   int
	Query  string
	Back   string
	Rules  *chepiao.Rules
	// ChildrenLeft is how many free children the departure may still take.
	ChildrenLeft int
}

// kindPrice is what a kind of ticket costs here.
type kindPrice struct {
	Kind  chepiao.TicketKind
	Price chepiao.Money
}

// person is a passenger of the form as a public screen shows one: masked.
type person struct {
	ui.Row
	Who, Doc string
	Kinds    []kindPrice // that may be chosen: no child's fare for whose document says otherwise
	Note     *chepiao.Refusal
}

// ticketKinds are the kinds sold without a person who looks at a card.
var ticketKinds = []chepiao.TicketKind{chepiao.Full, chepiao.Half, chepiao.Student, chepiao.Disabled}

// proofs are what the reduced kinds rest on; they are looked at at the gate.
var proofs = map[chepiao.TicketKind]chepiao.Proof{chepiao.Student: chepiao.ProofStudent, chepiao.Disabled: chepiao.ProofDisabled}

func (p *Pages) sale(w http.ResponseWriter, r *http.Request) {
	page, err := p.salePage(w, r)
	if err == nil {
		page.Form, err = p.NewForm(string(chepiao.ResidentID))
		page.Form.Rows = nil
	}
	if err != nil {
		p.refused(w, r, err, home+"/buy")
		return
	}
	p.showSale(w, r, http.StatusOK, page)
}

// draft answers a button of the form, or a card that was read. It keeps nothing.
func (p *Pages) draft(w http.ResponseWriter, r *http.Request) {
	page, err := p.salePage(w, r)
	if err != nil {
		p.refused(w, r, err, home+"/buy")
		return
	}
	page.Form = readForm(r)
	p.act(page, r)
	p.showSale(w, r, http.StatusOK, page)
}

// readForm is the form without the empty row that a form without passengers has.
func readForm(r *http.Request) ui.Form {
	f := ui.ReadForm(r)
	f.Rows = slices.DeleteFunc(f.Rows, func(o ui.Row) bool { return o.Number == "" && !o.Dependent() })
	return f
}

// act carries out a button: take (a card, or what was typed), type.KIND, cancel,
// remove.N, child.N and ticket.N.KIND.
func (p *Pages) act(page *salePage, r *http.Request) {
	f := &page.Form
	parts := append(strings.Split(r.PostFormValue("act"), "."), "", "")
	n, err := strconv.Atoi(parts[1])
	there := err == nil && n >= 0 && n < len(f.Rows)
	switch what := parts[0]; {
	case what == "type":
		page.Typing = parts[1]
	case what == "take":
		p.take(page, r)
	case what == "remove" && there:
		f.Rows = slices.Delete(f.Rows, n, n+1)
		for i := range f.Rows { // a child goes with its adult
			if o := &f.Rows[i]; o.Dependent() && o.Guardian > n {
				o.Guardian--
			}
		}
	case what == "child" && there:
		f.Rows[n].Child = !f.Rows[n].Child
	case what == "ticket" && there:
		if kind, err := chepiao.ParseTicketKind(parts[2]); err == nil {
			f.Rows[n].Ticket, f.Rows[n].Proof = kind, string(proofs[kind])
		}
	}
}

// take adds a passenger: from the card on the reader, or as typed. What is wrong is
// said where it was typed; a card that is wrong is said so and not taken.
func (p *Pages) take(page *salePage, r *http.Request) {
	f := &page.Form
	one := ui.Row{I: len(f.Rows), Kind: r.PostFormValue("new_kind"), Name: r.PostFormValue("new_name"), Number: strings.ToUpper(strings.TrimSpace(r.PostFormValue("new_number"))),
		Nationality: strings.ToUpper(strings.TrimSpace(r.PostFormValue("new_nationality"))), Birth: birth(r.PostFormValue("new_birth"))}
	if one.Dependent() {
		one.Number, one.Ticket = "", chepiao.Half
	}
	switch {
	case len(f.Rows) >= page.Most:
		page.Note = chepiao.Refuse(chepiao.TooMany, "每单最多 "+strconv.Itoa(page.Most)+" 位旅客，请先付款再购", "an order has at most "+strconv.Itoa(page.Most)+" passengers: pay this one first")
		return
	case one.Number != "" && slices.ContainsFunc(f.Rows, func(o ui.Row) bool { return o.Number == one.Number }):
		page.Note = chepiao.Refuse(chepiao.Invalid, "该证件已在本单中", "this document is in the order already")
		return
	case one.Dependent() && len(f.Rows) == 0:
		page.Note = chepiao.Refuse(chepiao.ChildNeedsAdult, "请先添加同行的成年人", "add the adult first")
		return
	}
	one.Guardian = slices.IndexFunc(f.Rows, func(o ui.Row) bool { return !o.Dependent() })
	alone := ui.Form{Rows: []ui.Row{one}}
	if !alone.Check(p.Today(), false) {
		page.Typed, page.Note = one, firstNote(alone.Rows[0])
		if r.PostFormValue("how") != "card" {
			page.Typing = one.Kind
		}
		return
	}
	if r.PostFormValue("how") == "card" && r.PostFormValue("new_expires") != "" {
		if end, err := chepiao.ParseDay(r.PostFormValue("new_expires")); err == nil && end < p.Today() {
			page.Note = chepiao.Refuse(chepiao.Invalid, "该证件已过期，检票时可能需要核验，建议到窗口咨询", "this card has expired: it may be questioned at the gate")
		}
	}
	f.Rows = append(f.Rows, one)
}

// birth is a date of birth as eight digits typed.
func birth(s string) string {
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		return s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	return s
}

func firstNote(o ui.Row) *chepiao.Refusal {
	for _, n := range []*chepiao.Refusal{o.NumberNote, o.NationalityNote, o.NameNote, o.BirthNote, o.KindNote, o.TicketNote, o.ChildNote, o.PhoneNote} {
		if n != nil {
			return n
		}
	}
	return nil
}

// hold keeps the seats and goes on to the money; where there is one way to pay only
// its code is shown at once.
func (p *Pages) hold(w http.ResponseWriter, r *http.Request) {
	page, err := p.salePage(w, r)
	if err != nil {
		p.refused(w, r, err, home+"/buy")
		return
	}
	page.Form = readForm(r)
	f := &page.Form
	status := http.StatusUnprocessableEntity
	if len(f.Rows) == 0 {
		page.Note = chepiao.Refuse(chepiao.Invalid, "请先放身份证或输入证件", "put an identity card on the reader, or type a document")
	} else if f.Check(p.Today(), false) {
		order, err := p.holdForm(w, r, page)
		if err == nil {
			remember(w, r, order)
			http.Redirect(w, r, orderLink(order.ID), http.StatusSeeOther)
			return
		}
		refusal := chepiao.AsRefusal(err)
		if refusal == nil {
			p.Fault(w, r, err)
			return
		}
		f.Place(refusal)
		status = ui.Told(r, refusal)
	}
	p.showSale(w, r, status, page)
}

func (p *Pages) holdForm(w http.ResponseWriter, r *http.Request, page *salePage) (chepiao.Order, error) {
	key, err := p.Secret()
	if err != nil {
		return chepiao.Order{}, err
	}
	v, err := p.verb(w, r)
	if err != nil {
		return chepiao.Order{}, err
	}
	v.ID = page.Form.Once
	a, err := p.Office.Hold(r.Context(), p.Now(), v, key, office.HoldInput{
		Departure: page.ID, From: page.From.No, To: page.To.No, Passengers: page.Form.Riders(), Channel: chepiao.Online, Outlet: v.By,
	})
	if err != nil {
		if chepiao.Why(err) == chepiao.ReplayMismatch { // sent before with other passengers: a new order needs a new id
			page.Form.Once, _ = p.Secret()
		}
		return a.Order, err
	}
	if ways := p.Office.Channels(chepiao.PayByCode); len(ways) == 1 {
		v.ID += "C"
		if _, err := p.Office.Charge(r.Context(), v, office.ChargeInput{Order: a.Order.ID, Channel: ways[0], Way: chepiao.PayByCode}); err != nil && chepiao.AsRefusal(err) == nil {
			return a.Order, err
		}
	}
	return a.Order, nil
}

func (p *Pages) salePage(w http.ResponseWriter, r *http.Request) (*salePage, error) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	if err != nil {
		return nil, err
	}
	here := p.Place(w, r)
	if here == nil {
		return nil, chepiao.Refuse(chepiao.NotFound, "本机尚未设置所在车站", "this machine does not know its station yet")
	}
	to, err := p.Office.Timetable().StationByCode(r.URL.Query().Get("to"), "to")
	if err != nil {
		return nil, err
	}
	offer, err := p.Office.Offer(p.Now(), id, here.No, to.No, chepiao.Online)
	if err != nil {
		return nil, err
	}
	rules := p.Office.RulesFor(p.Now(), offer.Run, offer.Board)
	page := &salePage{Trip: p.Trip(offer.Run, offer.Board, offer.Alight), Offer: offer, Most: rules.TicketsMax, Rules: rules}
	for _, kind := range ticketKinds {
		page.Prices = append(page.Prices, kindPrice{kind, chepiao.Price(offer.Line, offer.Template, offer.Board, offer.Alight, kind, rules).Price})
	}
	fares, err := p.Office.Fares(p.Now(), id, here.No, to.No)
	if err != nil {
		return nil, err
	}
	page.ChildrenLeft = fares.ChildrenLeft
	link := saleLink(id, to)
	page.Query = link[strings.IndexByte(link, '?'):]
	page.Back = listLink(to, id.Day())
	return page, nil
}

func (p *Pages) showSale(w http.ResponseWriter, r *http.Request, status int, page *salePage) {
	f := &page.Form
	f.Finish(func(kind chepiao.TicketKind) chepiao.Money {
		return page.Prices[max(slices.IndexFunc(page.Prices, func(k kindPrice) bool { return k.Kind == kind }), 0)].Price
	})
	page.People = nil
	for _, o := range f.Rows {
		one := person{Row: o, Note: firstNote(o), Kinds: page.Prices}
		if name, err := chepiao.NewName(o.Name); err == nil {
			one.Who = name.String()
		}
		if doc, err := chepiao.NewDocument(o.DocumentKind(), o.Number, o.Nationality, p.Today()); err == nil {
			one.Doc = doc.String()
			if age, known := doc.Age(page.On); known && age > page.Rules.HalfAge && o.Ticket != chepiao.Half {
				one.Kinds = slices.DeleteFunc(slices.Clone(page.Prices), func(k kindPrice) bool { return k.Kind == chepiao.Half })
			}
		}
		page.People = append(page.People, one)
	}
	if page.Note == nil {
		page.Note = f.Notes[""]
	}
	p.book.Show(w, r, status, "sale", page)
}
