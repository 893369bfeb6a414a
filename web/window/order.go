package window

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/voucher"
	"chepiao/web/ui"
)

// orderPage is an order at the window: the money while it is unpaid, the slips
// once it is paid.
type orderPage struct {
	ui.Trip
	Order   chepiao.Order
	Link    string
	Once    string
	Tickets []shownTicket
	Expired bool
	Extend  bool
	Refund  bool              // some ticket may be refunded
	Rebook  bool              // some ticket may perhaps be rebooked
	Void    bool              // the sale may be undone
	VoidAsk bool              // if a supervisor agrees, who comes to the window
	Self    bool              // whoever is signed in may agree
	Notes   ui.Notes          // beside the fields in which a supervisor agrees
	Moved   []chepiao.OrderID // that tickets were rebooked to
	Fetch   chepiao.Money     // cash that waits to be handed over
	Asked   []chepiao.Asked   // refunds that another node has to carry out
	Opens   time.Time
	Given   string                   // as typed
	Change  chepiao.Money            // to hand back, after a sale
	Sold    bool                     // the sale has just been made
	Likely  []chepiao.Money          // sums that may be given
	Codes   []chepiao.PaymentChannel // that can be paid by a code on this page
	Scan    bool                     // a customer's phone can be scanned
	PayCode template.HTML            // of a charge under way
	Lying   bool                     // a kiosk did not bring its slips out
	Unpaid  bool                     // a charge has just failed or been given up by the customer
	Note    *chepiao.Refusal
}

// shownTicket is one ticket with its slip.
type shownTicket struct {
	chepiao.Ticket
	Who chepiao.Passenger // prints masked
	QR  template.HTML     // "" when there is no voucher
}

func (p *Pages) order(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	p.showOrder(w, r, http.StatusOK, f, nil)
}

func (p *Pages) file(r *http.Request) (office.File, error) {
	id, err := chepiao.ParseOrderID(r.PathValue("order"))
	if err != nil {
		return office.File{}, err
	}
	return p.Office.Look(r.Context(), id)
}

func (p *Pages) showOrder(w http.ResponseWriter, r *http.Request, status int, f office.File, note *chepiao.Refusal) {
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	now, rules, o := p.Now(), p.Office.Rules(), f.Order
	page := &orderPage{Trip: p.TripOf(f), Order: o, Link: orderLink(o.ID), Once: once, Given: r.FormValue("given"), Note: note}
	if page.Asked, err = p.AskedBack(r.Context(), o.ID); err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Expired = chepiao.Why(o.Alive(now)) == chepiao.HoldExpired
	page.Likely, page.Codes, page.Scan = likely(o.Due()), p.Office.Channels(chepiao.PayByCode), len(p.Office.Channels(chepiao.PayByScan)) > 0
	page.Unpaid = r.URL.Query().Get("unpaid") != "" && o.State == chepiao.OrderHeld
	if o.State == chepiao.OrderPaying {
		if page.PayCode, err = p.payCode(r, f, once); chepiao.AsRefusal(err) != nil && note == nil {
			page.Note = chepiao.AsRefusal(err)
		} else if err != nil && note == nil {
			p.Fault(w, r, err)
			return
		}
	}
	_, err = o.Extend(now, f.Last, rules)
	page.Extend = err == nil
	page.Opens = f.Departs.Add(-time.Duration(rules.CheckOpens) * time.Second)
	if given, err := readYuan(page.Given); err == nil && r.Method == http.MethodGet && given >= o.Due() && o.State == chepiao.OrderIssued {
		page.Sold, page.Change = true, given-o.Due()
	}
	for i, t := range f.Tickets {
		shown, err := p.shownTicket(r, t, f.Passengers[i])
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		page.Tickets = append(page.Tickets, shown)
		if _, err := p.Office.QuoteBlame(r.Context(), now, p.At(r), t.ID, chepiao.FaultStation); err == nil { // in the end the clerk names a fault
			page.Refund = true
		}
		if _, err := t.Move(chepiao.MoveRebook); err == nil {
			page.Rebook = true
		}
	}
	voidable, ask := p.Office.Voidable(f, now, p.verb(r))
	page.Void, page.VoidAsk, page.Self, page.Notes = len(voidable) > 0, ask, p.Actor(r).May(ident.Agree), ui.Notes{}
	if note != nil && strings.HasPrefix(note.Field, "approve_") {
		page.Notes.Add(note) //nolint:errcheck // a refusal
	}
	slips, err := p.Office.Slips(r.Context(), o)
	for _, s := range slips {
		page.Lying = page.Lying || s.Kind == chepiao.VoucherSlip && s.Wanted(f.Tickets[int64(s.Ticket)-int64(o.ID)-1])
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	due, err := p.Office.ToHandOver(r.Context(), o.ID)
	if err == nil {
		page.Moved, err = p.MovedTo(r.Context(), f)
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, b := range due {
		page.Fetch += b.Amount
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "order", page)
}

func (p *Pages) shownTicket(r *http.Request, t chepiao.Ticket, who chepiao.Passenger) (shownTicket, error) {
	s := shownTicket{Ticket: t, Who: who}
	if t.State != chepiao.TicketValid && t.State != chepiao.TicketChecked {
		return s, nil
	}
	code, _, err := p.Office.Voucher(r.Context(), t.ID)
	if err != nil {
		return s, err
	}
	svg, err := voucher.QRSVG(code, voucher.SVGOptions{Label: ui.Language(r).Say("order.qr", t.ID.String()), Class: "qr"})
	s.QR = template.HTML(svg) //nolint:gosec // drawn by us, label escaped
	return s, err
}

func orderLink(id chepiao.OrderID) string { return home + "/o/" + id.String() }
