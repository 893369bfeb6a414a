// Package invoice is the pages of electronic invoices: on a passenger's phone, at a
// window, and the list of those that are under way, that were declined, and where our
// list and the tax service's do not agree.
package invoice

import (
	"embed"
	"net/http"
	"path"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/tax"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

//go:embed desk/pages/*.html
var deskPages embed.FS

// Pages are the pages of invoices.
type Pages struct {
	*ui.Kit
	phone, desk *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	phone, err := k.NewBook(pages, "phone")
	if err != nil {
		return nil, err
	}
	desk, err := k.NewBook(inDesk, "desk")
	return &Pages{k, phone, desk}, err
}

// PublicRoutes adds what whoever has an order's link may do.
func (p *Pages) PublicRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /o/{order}/{key}/invoice", p.own(p.show))
	mux.HandleFunc("POST /o/{order}/{key}/invoice", p.own(p.ask))
	mux.HandleFunc("POST /o/{order}/{key}/invoice/{invoice}/reverse", p.own(p.reverse))
	mux.HandleFunc("GET /o/{order}/{key}/invoice/{file}", p.own(p.document))
}

// Routes adds the pages for staff.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	mux.HandleFunc("GET /window/o/{order}/invoice", desk.Only(ident.SellAtWindow, p.sold(p.show)))
	mux.HandleFunc("POST /window/o/{order}/invoice", desk.Only(ident.SellAtWindow, p.sold(p.ask)))
	mux.HandleFunc("POST /window/o/{order}/invoice/{invoice}/reverse", desk.Only(ident.SellAtWindow, p.sold(p.reverse)))
	mux.HandleFunc("GET /window/o/{order}/invoice/{file}", desk.Only(ident.SellAtWindow, p.sold(p.document)))
	mux.HandleFunc("GET /window/invoices", desk.Only(ident.SellAtWindow, p.list))
}

// from is an order that somebody looks at, and how: its owner on a phone, or a clerk.
type from struct {
	office.File
	verb office.Verb
	home string // address of the order's page
	book *ui.Book
}

func (f from) link() string { return f.home + "/invoice" }

type shown func(http.ResponseWriter, *http.Request, from)

// own reads the order for whoever has its key. Refusal NotFound, also for a wrong
// number or key.
func (p *Pages) own(show shown) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := chepiao.ParseOrderID(r.PathValue("order"))
		if err != nil {
			err = chepiao.Refuse(chepiao.NotFound, "没有这个订单，请核对链接", "there is no such order: please check the link").At("order")
		}
		f := from{book: p.phone, home: "/o/" + id.String() + "/" + r.PathValue("key"), verb: office.Verb{ID: r.PostFormValue("once"), By: ui.By(r)}}
		if err == nil {
			f.File, err = p.Office.LookWithKey(r.Context(), id, r.PathValue("key"))
		}
		if err != nil {
			p.phone.Refused(w, r, err, "/passenger/find")
			return
		}
		show(w, r, f)
	}
}

// sold reads the order for a clerk.
func (p *Pages) sold(show shown) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := chepiao.ParseOrderID(r.PathValue("order"))
		f := from{book: p.desk, home: "/window/o/" + id.String(), verb: p.Verb(r)}
		if err == nil {
			f.File, err = p.Office.Look(r.Context(), id)
		}
		if err != nil {
			p.desk.Refused(w, r, err, "/window/find")
			return
		}
		show(w, r, f)
	}
}

// orderPage is an order's invoices, and what may be asked for.
type orderPage struct {
	ui.Trip
	Order   chepiao.Order
	Home    string
	Link    string
	Once    string
	Tickets []ticketOf
	Note    *chepiao.Refusal
	Typed   chepiao.InvoiceBuyer // of a form that was refused
	Window  bool
	Waits   bool // something is with the tax service
}

// ticketOf is one ticket with its invoices.
type ticketOf struct {
	chepiao.Ticket
	Who      chepiao.Passenger // prints masked
	Invoices []invoiceOf
	Asks     []askFor
	Why      *chepiao.Refusal // why no invoice of the fare is to be had now
}

// invoiceOf is an invoice with its state in words.
type invoiceOf struct {
	chepiao.Invoice
	State string
	Live  bool
	Files []string // of its blue document, and of the red one
	Back  bool     // it may be reversed
}

// askFor is a form: what an invoice may be asked for, and how much it is about.
type askFor struct {
	For    chepiao.InvoiceFor
	Amount chepiao.Money
	Early  bool // before the journey, at a window
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, f from) {
	p.showWith(w, r, http.StatusOK, f, nil)
}

func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, f from, note *chepiao.Refusal) {
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page := orderPage{Trip: p.TripOf(f.File), Order: f.Order, Home: f.home, Link: f.link(), Once: once, Note: note, Window: f.verb.At.Window}
	page.Typed = chepiao.InvoiceBuyer{Company: r.PostFormValue("buyer") == "company", Title: r.PostFormValue("title"), TaxNo: r.PostFormValue("tax_no")}
	list, err := p.Office.Invoices(r.Context(), f.Tickets)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for i, t := range f.Tickets {
		one := p.ticketOf(r, f, t, list)
		one.Who = f.Passengers[i]
		for _, v := range one.Invoices {
			page.Waits = page.Waits || v.Invoice.State == chepiao.InvoiceAsked || v.Invoice.State == chepiao.InvoiceReversing
		}
		page.Tickets = append(page.Tickets, one)
	}
	w.Header().Set("Cache-Control", "no-store")
	f.book.Show(w, r, status, "order", page)
}

func (p *Pages) ticketOf(r *http.Request, f from, t chepiao.Ticket, list []chepiao.Invoice) ticketOf {
	one := ticketOf{Ticket: t}
	var earlier []chepiao.Invoice
	for _, v := range list {
		if v.Ticket == t.ID {
			earlier = append(earlier, v)
			one.Invoices = append(one.Invoices, p.invoiceOf(r, v))
		}
	}
	c := chepiao.ReceiptCase{Now: p.Now(), Departs: f.Last, At: f.verb.At}
	for _, ask := range []askFor{{For: chepiao.InvoiceFare, Amount: t.Price - t.Lowered}, {For: chepiao.InvoiceFee, Amount: t.Fee}} {
		err := p.Office.MayInvoice(t, ask.For, earlier, c)
		if c.At.Window && ask.For == chepiao.InvoiceFare && chepiao.Why(err) == chepiao.ReceiptNotOpen {
			early := c
			early.Early, ask.Early = true, true
			err = p.Office.MayInvoice(t, ask.For, earlier, early)
		}
		switch {
		case err == nil:
			one.Asks = append(one.Asks, ask)
		case ask.For == chepiao.InvoiceFare && t.State != chepiao.TicketRefunded && t.State != chepiao.TicketRebooked:
			one.Why = chepiao.AsRefusal(err)
		}
	}
	if len(one.Asks) > 0 || len(one.Invoices) > 0 {
		one.Why = nil
	}
	return one
}

func (p *Pages) invoiceOf(r *http.Request, v chepiao.Invoice) invoiceOf {
	s := invoiceOf{Invoice: v, State: ui.Language(r).Pick(v.State.Text()), Live: v.State.Live(), Back: v.State == chepiao.InvoiceIssued && !v.Typed}
	if v.Number != "" && !v.Typed {
		s.Files = append(s.Files, v.ID.String())
	}
	if v.Red != "" {
		s.Files = append(s.Files, v.ID.String()+"-red")
	}
	return s
}

// ask asks for an invoice of one ticket.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request, f from) {
	in := office.AskInvoiceInput{For: chepiao.InvoiceFor(r.PostFormValue("for")), Early: r.PostFormValue("early") != ""}
	if r.PostFormValue("buyer") == "company" {
		in.Buyer = chepiao.InvoiceBuyer{Company: true, Title: strings.TrimSpace(r.PostFormValue("title")), TaxNo: r.PostFormValue("tax_no")}
	}
	id, err := chepiao.ParseTicketID(r.PostFormValue("ticket"))
	if err == nil && (int64(id) <= int64(f.Order.ID) || int64(id) > int64(f.Order.ID)+int64(len(f.Tickets))) {
		err = chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("ticket")
	}
	if in.Ticket = id; err == nil {
		_, err = p.Office.AskInvoice(r.Context(), f.verb, in)
	}
	p.then(w, r, f, err)
}

// reverse asks for the red invoice.
func (p *Pages) reverse(w http.ResponseWriter, r *http.Request, f from) {
	id, err := p.its(r, f, r.PathValue("invoice"))
	if err == nil {
		_, err = p.Office.ReverseInvoice(r.Context(), f.verb, id)
	}
	p.then(w, r, f, err)
}

func (p *Pages) then(w http.ResponseWriter, r *http.Request, f from, err error) {
	refusal := chepiao.AsRefusal(err)
	switch {
	case err == nil:
		http.Redirect(w, r, f.link(), http.StatusSeeOther)
	case refusal == nil:
		p.Fault(w, r, err)
	default:
		p.showWith(w, r, ui.Told(r, refusal), f, refusal)
	}
}

// its is an invoice of this order by its number. Refusal NotFound.
func (p *Pages) its(r *http.Request, f from, text string) (chepiao.InvoiceID, error) {
	id, err := chepiao.ParseInvoiceID(text)
	if err != nil {
		return 0, err
	}
	v, err := p.Office.Invoice(r.Context(), id)
	if err == nil && v.Order != f.Order.ID {
		err = chepiao.Refuse(chepiao.NotFound, "没有这张电子发票", "there is no such invoice").At("invoice")
	}
	return id, err
}

// document passes an invoice of the tax service through: FP….pdf, FP…-red.xml.
func (p *Pages) document(w http.ResponseWriter, r *http.Request, f from) {
	file := r.PathValue("file")
	form := tax.Format(strings.TrimPrefix(path.Ext(file), "."))
	name, red := strings.CutSuffix(strings.TrimSuffix(file, path.Ext(file)), "-red")
	id, err := p.its(r, f, name)
	var b []byte
	if err == nil {
		b, err = p.Office.InvoiceDocument(r.Context(), id, form, red)
	}
	if err != nil {
		f.book.Refused(w, r, err, f.link())
		return
	}
	h := w.Header()
	h.Set("Content-Type", form.Type())
	h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	h.Set("Cache-Control", "no-store")
	w.Write(b) //nolint:errcheck // the reader has gone
}
