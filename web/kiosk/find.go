package kiosk

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// findPage asks whose tickets: a card on the reader, or an order's number and a
// document used in it.
type findPage struct {
	For    string // what the passenger came for: "", "refund", "receipt"
	Typing bool
	Order  string
	Kind   string
	Note   *chepiao.Refusal
}

// purpose is what the passenger came for.
func purpose(r *http.Request) string {
	if s := r.FormValue("for"); s == "refund" || s == "receipt" {
		return s
	}
	return ""
}

func (p *Pages) askTickets(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "find", findPage{For: purpose(r), Typing: r.URL.Query().Get("typed") != "", Kind: string(chepiao.ResidentID)})
}

// ticketsMost bounds the tickets looked at for a card: the latest.
const ticketsMost = 30

// findTickets finds orders and takes them into the visit. Whoever puts the card on
// the reader has all of its orders; a number that is typed shows only the order
// that is named with it.
func (p *Pages) findTickets(w http.ResponseWriter, r *http.Request) {
	page := findPage{For: purpose(r), Typing: r.PostFormValue("how") != "card", Order: r.PostFormValue("order"), Kind: r.PostFormValue("kind")}
	number, nationality := strings.ToUpper(strings.TrimSpace(r.PostFormValue("number"))), strings.ToUpper(strings.TrimSpace(r.PostFormValue("nationality")))
	var orders []chepiao.Order
	var err error
	if page.Typing {
		orders, err = p.typed(r, page, number, nationality)
	} else {
		orders, err = p.ofCard(r, page.Kind, number, nationality)
	}
	if err == nil {
		if len(orders) > 0 {
			remember(w, r, orders...)
		}
		http.Redirect(w, r, home+"/mine?"+url.Values{"for": {page.For}}.Encode(), http.StatusSeeOther)
		return
	}
	if page.Note = chepiao.AsRefusal(err); page.Note == nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, ui.Told(r, page.Note), "find", page)
}

func (p *Pages) typed(r *http.Request, page findPage, number, nationality string) ([]chepiao.Order, error) {
	if err := p.Limit.Try(r); err != nil {
		return nil, err
	}
	text := strings.ToUpper(strings.TrimSpace(page.Order))
	if !strings.HasPrefix(text, "OD") {
		text = "OD" + text // the keypad has digits
	}
	id, err := chepiao.ParseOrderID(text)
	if err != nil {
		return nil, err
	}
	f, err := p.Office.LookWithDocument(r.Context(), p.Now(), id, page.Kind, number, nationality)
	return []chepiao.Order{f.Order}, err
}

// ofCard are the orders of a card's owner whose journeys are not long past.
func (p *Pages) ofCard(r *http.Request, kind, number, nationality string) (orders []chepiao.Order, err error) {
	tickets, err := p.Office.LookByDocument(r.Context(), p.Now(), kind, number, nationality, ticketsMost)
	if err != nil {
		return nil, err
	}
	oldest := p.Today() - chepiao.Day(p.Office.Rules().ReceiptDays)
	for _, t := range tickets {
		if t.Departure.Day() < oldest || slices.ContainsFunc(orders, func(o chepiao.Order) bool { return o.ID == t.Order }) || len(orders) >= ordersMost {
			continue
		}
		f, err := p.Office.Look(r.Context(), t.Order)
		if err != nil {
			return nil, err
		}
		if f.Order.State == chepiao.OrderIssued {
			orders = append(orders, f.Order)
		}
	}
	return orders, nil
}

// minePage is the orders of this visit, to choose from.
type minePage struct {
	For    string
	Coming []mineOrder
	Past   []mineOrder
}

// mineOrder is one of them.
type mineOrder struct {
	ui.Trip
	Order   chepiao.Order
	Link    string
	Leaves  time.Time
	Tickets []chepiao.Ticket
	Unseen  bool // a slip of it did not come out
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) {
	page := minePage{For: purpose(r)}
	for _, o := range visit(r) {
		f, err := p.Office.LookWithKey(r.Context(), o.ID, o.Key)
		if err != nil {
			continue // not an order of ours: the cookie is the browser's
		}
		one, err := p.mineOrder(r, f)
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		if page.For == "refund" {
			one.Link += "/refund"
		}
		if p.Now().Before(f.Last) {
			page.Coming = append(page.Coming, one)
		} else {
			page.Past = append(page.Past, one)
		}
	}
	slices.SortStableFunc(page.Coming, func(a, b mineOrder) int { return a.Leaves.Compare(b.Leaves) })
	slices.SortStableFunc(page.Past, func(a, b mineOrder) int {
		return cmp.Or(b.Leaves.Compare(a.Leaves), cmp.Compare(b.Order.ID, a.Order.ID))
	})
	p.book.Show(w, r, http.StatusOK, "mine", page)
}

func (p *Pages) mineOrder(r *http.Request, f office.File) (mineOrder, error) {
	one := mineOrder{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(f.Order.ID), Leaves: f.Departs, Tickets: f.Tickets}
	slips, err := p.Office.Slips(r.Context(), f.Order)
	for _, s := range slips {
		one.Unseen = one.Unseen || s.State != chepiao.Finished
	}
	return one, err
}
