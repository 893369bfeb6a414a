package window

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// A clerk may have several customers at once: one looks for cash while the next
// already says where to. The orders that were held and not paid yet are the tabs of
// the strip, each with its clock; the last one sold stays at hand for a minute.
// The browser remembers which they are, by number alone.

const (
	parkedCookie = "sales"
	lastCookie   = "last"
	parkedMost   = 6
	parkedFor    = 12 * time.Hour
)

// parked are the orders under way at this browser, oldest first.
func parked(r *http.Request) (ids []chepiao.OrderID) {
	c, err := r.Cookie(parkedCookie)
	if err != nil {
		return nil
	}
	for _, s := range strings.Split(c.Value, ".") {
		if id, err := chepiao.ParseOrderID(s); err == nil && len(ids) < parkedMost {
			ids = append(ids, id)
		}
	}
	return ids
}

// park remembers an order that waits for its money; the oldest gives way.
func park(w http.ResponseWriter, r *http.Request, id chepiao.OrderID) {
	ids := parked(r)
	if slices.Contains(ids, id) {
		return
	}
	if ids = append(ids, id); len(ids) > parkedMost {
		ids = ids[1:]
	}
	keepParked(w, r, ids)
}

// unpark forgets an order that waits no more.
func unpark(w http.ResponseWriter, r *http.Request, id chepiao.OrderID) {
	ids := parked(r)
	if i := slices.Index(ids, id); i >= 0 {
		keepParked(w, r, slices.Delete(ids, i, i+1))
	}
}

func keepParked(w http.ResponseWriter, r *http.Request, ids []chepiao.OrderID) {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	keep(w, r, parkedCookie, strings.Join(texts, "."))
}

// keep leaves a word with the browser; an empty one is taken away.
func keep(w http.ResponseWriter, r *http.Request, name, value string) {
	ui.Remember(w, r, home, name, value, parkedFor)
}

// lastSale is the sale that this browser made last: its change, its slip, and for
// some minutes the way to undo it.
type lastSale struct {
	ui.Trip
	Order  chepiao.Order
	Link   string
	Fresh  bool   // just sold: print, open the drawer
	Given  string // as typed
	Change chepiao.Money
	Cash   bool
	Void   bool
	Ends   time.Time // of the undoing
	Once   string
	Repeat string // where the same journey is sold again
}

// lastSale reads what was sold last; nil for nothing. Whatever cannot be read any
// more is no reason to keep a clerk from selling: it is left out.
func (p *Pages) lastSale(w http.ResponseWriter, r *http.Request) *lastSale {
	sold := r.URL.Query().Get("sold")
	c, err := r.Cookie(lastCookie)
	if err != nil {
		return nil
	}
	id, err := chepiao.ParseOrderID(c.Value)
	if err != nil {
		return nil
	}
	f, err := p.Office.Look(r.Context(), id)
	if err != nil || f.Order.State != chepiao.OrderIssued {
		keep(w, r, lastCookie, "")
		return nil
	}
	l := &lastSale{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(id), Fresh: sold == id.String(), Given: r.URL.Query().Get("given")}
	if l.Once, err = p.Secret(); err != nil {
		return nil
	}
	if given, err := readYuan(l.Given); err == nil && l.Fresh && given >= f.Order.Due() {
		l.Change = given - f.Order.Due()
	} else {
		l.Given = ""
	}
	l.fill(p, r, f)
	return l
}

// fill adds what can be done with the sale now.
func (l *lastSale) fill(p *Pages, r *http.Request, f office.File) {
	now := p.Now()
	for _, paid := range f.Payments {
		if paid.ID == f.Order.Payment {
			l.Cash = paid.Channel == chepiao.Cash
			l.Ends = paid.Created.Add(time.Duration(p.Office.Rules().VoidWithin) * time.Second)
		}
	}
	voidable, ask := p.Office.Voidable(f, now, p.verb(r))
	l.Void = len(voidable) > 0 && !ask // at once, without anybody else
	l.Repeat = home + "?to_code=" + l.To.Code
	if offer, err := p.Office.Offer(now, f.Order.Departure, f.Order.From, f.Order.To, chepiao.Window); err == nil && offer.Refusal == nil {
		l.Repeat = saleLink(f.Order.Departure, l.From, l.To)
	}
}

// afterSale is where a clerk goes when an order is paid: with a printer beside the
// browser to the next customer, where the slip comes out by itself; without one to
// the order, whose slips the browser prints.
func (p *Pages) afterSale(w http.ResponseWriter, r *http.Request, id chepiao.OrderID, given string) string {
	unpark(w, r, id)
	keep(w, r, lastCookie, id.String())
	query := url.Values{}
	if given != "" {
		query.Set("given", given)
	}
	if p.Counter(r) == "" || p.Practice {
		return orderLink(id) + "?" + query.Encode()
	}
	query.Set("sold", id.String())
	return home + "?" + query.Encode()
}

// bar is the strip below the head of every page: sales under way, the shift.
type bar struct {
	Sales []underWay
	Next  string // the one after the one that is shown

	Practises bool // a practice can begin

	Person bool                 // somebody has signed in: money needs a shift
	Shift  *chepiao.Shift       // the open one; nil: none
	Drawer *chepiao.Explanation // it is about to be full
	Few    bool                 // numbered paper runs out
}

// fewSheets is when a clerk is told that the numbered paper runs out.
const fewSheets = 20

// underWay is one tab of the strip.
type underWay struct {
	ui.Trip
	Order chepiao.Order
	Link  string
	Here  bool
	Alive bool
}

// bar shows the strip. What is paid, given up or lapsed leaves it.
func (p *Pages) bar(w http.ResponseWriter, r *http.Request) {
	page := bar{Practises: p.Practises && !p.Practice && p.Actor(r).Staff != nil && ui.May(r, ident.Practise)}
	ids := parked(r)
	left := make([]chepiao.OrderID, 0, len(ids))
	for _, id := range ids {
		one, ok, err := p.underWay(r.Context(), id)
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		if !ok {
			continue
		}
		one.Here = strings.Contains(r.Header.Get("HX-Current-URL"), one.Link)
		left = append(left, id)
		page.Sales = append(page.Sales, one)
	}
	if len(left) != len(ids) {
		keepParked(w, r, left)
	}
	for i, one := range page.Sales {
		if one.Here || page.Next == "" {
			page.Next = page.Sales[(i+1)%len(page.Sales)].Link
		}
	}
	if len(page.Sales) > 0 && !slices.ContainsFunc(page.Sales, func(u underWay) bool { return u.Here }) {
		page.Next = page.Sales[0].Link
	}
	if err := p.shiftOf(r, &page); err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "bar", page)
}

// shiftOf says how the shift of whoever acts stands: how full the drawer is and how
// much numbered paper is left.
func (p *Pages) shiftOf(r *http.Request, page *bar) error {
	v := p.verb(r)
	if page.Person = v.Who != ""; !page.Person {
		return nil
	}
	shift, ok, err := p.Office.OpenShiftOf(r.Context(), v.Who, v.By)
	if err != nil || !ok {
		return err
	}
	page.Shift, page.Drawer, page.Few = &shift, p.Office.DrawerFull(shift), len(shift.Paper) > 0 && shift.Sheets() < fewSheets
	return nil
}

func (p *Pages) underWay(ctx context.Context, id chepiao.OrderID) (u underWay, ok bool, err error) {
	f, err := p.Office.Look(ctx, id)
	if chepiao.Why(err) == chepiao.NotFound {
		return u, false, nil
	}
	if err != nil {
		return u, false, err
	}
	waits := f.Order.State == chepiao.OrderHeld || f.Order.State == chepiao.OrderPaying
	return underWay{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(id), Alive: f.Order.Alive(p.Now()) == nil}, waits, nil
}
