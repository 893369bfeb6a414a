package passenger

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/voucher"
	"chepiao/web/ui"
)

// orderPage is an order as its buyer sees it: a clock while it is unpaid, the
// tickets with their codes once it is paid.
type orderPage struct {
	ui.Trip
	Order     chepiao.Order
	Link      string
	Tickets   []shownTicket
	Expired   bool // the deadline has passed, whether or not it was swept up
	Extend    bool // the hold may be extended once more
	Once      string
	Returned  bool            // money came too late and went back
	Refusable bool            // a ticket may be refunded
	Rebook    bool            // a ticket may perhaps be rebooked
	Fetch     chepiao.Money   // cash that waits at a window
	Asked     []chepiao.Asked // refunds that another node has to carry out
	Moved     []chepiao.Order // that tickets were rebooked to, with this one's key
	Choice    *choice         // an act has changed the journey: nil when there is nothing to choose
	Opens     time.Time
	Ladder    []string
	Again     string // address of the list, to start anew
	Live      bool   // something may change by itself
	Wait      *shownWait
	Note      *chepiao.Refusal
	Pays      []payChoice
	PayCode   bool      // another phone may pay, by a code
	Now       *liveCard // on the day of travel
	Told      []office.Told
	Member    bool // somebody is signed in
	Own       bool // this browser has named a document of the order
	Keep      bool // a phone may keep it for when there is no network
	Until     time.Time
	Print     string // changes when something on the page does
	First     int    // milliseconds until the page asks again; 0: never
	Most      int

	Invoices bool // there are electronic invoices
}

// Boards says that somebody of the order may still board, or has.
func (o *orderPage) Boards() bool {
	return slices.ContainsFunc(o.Tickets, func(t shownTicket) bool { return t.State.Live() && t.State != chepiao.TicketNoShow })
}

// shownTicket is one ticket of an order.
type shownTicket struct {
	chepiao.Ticket
	Who   chepiao.Passenger // prints masked
	Full  bool              // shown in full: asked for by its owner
	QR    template.HTML     // "" when the ticket may not board
	Code  string
	Valid bool
	Queue *queueLine // of a flow departure, on the day of travel
	Face  office.FaceOffer
}

// askMax bounds how long a page waits for the wallet's answer.
const askMax = 3 * time.Second

func (p *Pages) order(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	if f.Order.State == chepiao.OrderPaying {
		f = p.askWallet(r, f)
	}
	p.showOrder(w, r, http.StatusOK, f, nil)
}

// file reads the order that the address names, for whoever has its key.
// Refusal NotFound, also for a wrong number or key.
func (p *Pages) file(r *http.Request) (office.File, error) {
	id, err := chepiao.ParseOrderID(r.PathValue("order"))
	if err != nil {
		return office.File{}, chepiao.Refuse(chepiao.NotFound, "没有这个订单，请核对链接", "there is no such order: please check the link").At("order")
	}
	return p.Office.LookWithKey(r.Context(), id, r.PathValue("key"))
}

// askWallet asks how the open payment stands: the payer may be back before the
// wallet's notice. When the wallet does not answer the page shows what is known.
func (p *Pages) askWallet(r *http.Request, f office.File) office.File {
	ctx, cancel := context.WithTimeout(r.Context(), askMax)
	defer cancel()
	for _, payment := range f.Payments {
		if payment.State != chepiao.PaymentPending {
			continue
		}
		if err := p.Office.AskChannel(ctx, payment.ID); err != nil {
			p.Log.Warn("asking the wallet about a payment", "payment", payment.ID.String(), "error", err)
			return f
		}
	}
	if fresh, err := p.Office.Look(r.Context(), f.Order.ID); err == nil {
		return fresh
	}
	return f
}

func (p *Pages) showOrder(w http.ResponseWriter, r *http.Request, status int, f office.File, note *chepiao.Refusal) {
	p.showOrderOf(w, r, status, f, note, 0)
}

// showOrderOf shows an order with the passenger of one ticket in full.
func (p *Pages) showOrderOf(w http.ResponseWriter, r *http.Request, status int, f office.File, note *chepiao.Refusal, full chepiao.TicketID) {
	page, err := p.orderPage(r, f)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Note = note
	for i := range page.Tickets {
		page.Tickets[i].Full = page.Tickets[i].ID == full
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "order", page)
}

func (p *Pages) orderPage(r *http.Request, f office.File) (*orderPage, error) {
	once, err := p.Secret()
	if err != nil {
		return nil, err
	}
	now, rules, o := p.Now(), p.Office.Rules(), f.Order
	page := &orderPage{Trip: p.TripOf(f), Order: o, Link: orderLink(o), Once: once, Ladder: ui.Ladder(rules, ui.Language(r))}
	if page.Asked, err = p.AskedBack(r.Context(), o.ID); err != nil {
		return nil, err
	}
	page.Expired = chepiao.Why(o.Alive(now)) == chepiao.HoldExpired
	_, err = o.Extend(now, f.Last, rules)
	page.Extend = err == nil
	page.Opens = f.Departs.Add(-time.Duration(rules.CheckOpens) * time.Second)
	page.Again = listLink(page.From, page.To, page.Day)
	page.Returned = slices.ContainsFunc(f.Payments, func(x chepiao.Payment) bool { return x.State == chepiao.PaymentReturned })
	page.Live = o.State == chepiao.OrderPaying || o.State == chepiao.OrderHeld && !page.Expired
	if page.Wait, err = p.shownWait(r, f); err != nil {
		return nil, err
	}
	page.Live = page.Live || o.State == chepiao.OrderWaiting || o.State == chepiao.OrderAsked && !page.Expired
	if page.Choice, err = p.choiceOf(r, f, once); err != nil {
		return nil, err
	}
	for i, t := range f.Tickets {
		shown, err := p.shownTicket(r, t, f.Passengers[i])
		if err != nil {
			return nil, err
		}
		if shown.Queue, err = p.queueLine(r, f.Run, t); err != nil {
			return nil, err
		}
		if shown.Face, err = p.Office.FaceOffer(r.Context(), now, t); err != nil {
			return nil, err
		}
		page.Live = page.Live || shown.Queue != nil
		page.Tickets = append(page.Tickets, shown)
		if _, err := p.Office.QuoteRefund(r.Context(), now, chepiao.AskedAt{}, t.ID); err == nil {
			page.Refusable = true
		}
		if _, err := t.Move(chepiao.MoveRebook); err == nil {
			page.Rebook = true
		}
	}
	moved, err := p.MovedTo(r.Context(), f)
	if err != nil {
		return nil, err
	}
	for _, id := range moved {
		page.Moved = append(page.Moved, chepiao.Order{ID: id, Key: o.Key})
	}
	due, err := p.Office.ToHandOver(r.Context(), o.ID)
	if err != nil {
		return nil, err
	}
	for _, b := range due {
		page.Fetch += b.Amount
	}
	return page, p.dress(r, f, page)
}

// keepAfter is how long after arrival a phone keeps a voucher for when there is
// no network: a coach may be late.
const keepAfter = 6 * time.Hour

// dress adds what belongs to the day of travel and to this browser.
func (p *Pages) dress(r *http.Request, f office.File, page *orderPage) (err error) {
	page.Pays, page.PayCode = p.payChoices(r, f), len(p.Office.Channels(chepiao.PayByCode)) > 0
	page.Now = p.liveCard(f, page)
	if page.Now != nil && page.Now.Gate != "" {
		page.Gate = page.Now.Gate
	}
	page.Own = owns(r, f)
	_, page.Member = p.Member(r)
	page.Invoices = p.Office.MakesInvoices()
	page.Until = f.Arrives.Add(keepAfter)
	page.Keep = page.Order.State == chepiao.OrderIssued && page.Boards() && p.Now().Before(page.Until)
	page.Print = page.fingerprint()
	page.First, page.Most = page.asks()
	page.Told, err = p.Office.OrderMessages(r.Context(), f, string(ui.Language(r)))
	return err
}

func (p *Pages) shownTicket(r *http.Request, t chepiao.Ticket, who chepiao.Passenger) (shownTicket, error) {
	s := shownTicket{Ticket: t, Who: who, Valid: t.State == chepiao.TicketValid || t.State == chepiao.TicketChecked}
	if !s.Valid {
		return s, nil
	}
	code, _, err := p.Office.Voucher(r.Context(), t.ID)
	if err != nil {
		return s, err
	}
	svg, err := voucher.QRSVG(code, voucher.SVGOptions{Label: ui.Language(r).Say("order.qr", t.ID.String()), Class: "qr"})
	if err != nil {
		return s, err
	}
	s.Code, s.QR = code, template.HTML(svg) //nolint:gosec // drawn by us, label escaped
	return s, nil
}
