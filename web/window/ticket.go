package window

import (
	"net/http"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// ticketPage is what a window does with a single ticket: mend a slip in name or
// number, print its receipt and take it back.
type ticketPage struct {
	ui.Trip
	Order   chepiao.Order
	Link    string // of the order
	Here    string // of this page
	Ticket  chepiao.Ticket
	Who     chepiao.Passenger
	Receipt string   // in words, "" for none
	Early   bool     // before the journey: a receipt binds the ticket to the window
	Next    string   // number of the next sheet of the clerk's paper; "": it is typed
	Shift   bool     // the clerk has a shift, whose paper is spoilt by its page
	Mend    bool     // it may still be corrected
	Reissue []string // why its voucher may be issued anew; nil when it may not
	Once    string
	Typed   office.CorrectInput
	Note    *chepiao.Refusal
	Done    string // key of what was done

	Invoices bool // there are electronic invoices
}

func (p *Pages) ticket(w http.ResponseWriter, r *http.Request) {
	p.showTicket(w, r, http.StatusOK, nil)
}

func (p *Pages) showTicket(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	page, err := p.ticketPage(r, f)
	if err != nil {
		p.book.Refused(w, r, err, orderLink(f.Order.ID))
		return
	}
	page.Note = note
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "ticket", page)
}

func (p *Pages) ticketPage(r *http.Request, f office.File) (page ticketPage, err error) {
	id, err := chepiao.ParseTicketID(r.PathValue("ticket"))
	if err != nil {
		return page, err
	}
	n := int64(id) - int64(f.Order.ID)
	if n < 1 || n > int64(len(f.Tickets)) {
		return page, chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("ticket")
	}
	once, err := p.Secret()
	if err != nil {
		return page, err
	}
	t := f.Tickets[n-1]
	page = ticketPage{Trip: p.TripOf(f), Order: f.Order, Link: orderLink(f.Order.ID), Ticket: t, Who: f.Passengers[n-1], Once: once}
	page.Here = page.Link + "/t/" + id.String()
	page.Receipt = ui.Language(r).Pick(t.Receipt.Text())
	page.Early = p.Now().Before(f.Last)
	page.Invoices = p.Office.MakesInvoices()
	v := p.verb(r)
	if shift, ok, err := p.Office.OpenShiftOf(r.Context(), v.Who, v.By); err != nil {
		return page, err
	} else if ok {
		page.Shift = true
		if len(shift.Paper) > 0 {
			page.Next = shift.Paper[0].First()
		}
	}
	_, err = t.Correct(t.Person)
	page.Mend = err == nil && t.Corrected < p.Office.Rules().NameCorrections
	if _, err := t.Reissue(); err == nil {
		page.Reissue = office.ReissueReasons
	}
	page.Typed = office.CorrectInput{Name: r.PostFormValue("name"), Document: r.PostFormValue("kind"), Nationality: r.PostFormValue("nationality")}
	if page.Typed.Document == "" {
		page.Typed.Document = string(page.Who.Document.Kind())
	}
	if done := r.URL.Query().Get("done"); done == "corrected" || done == "receipt" || done == "reissued" {
		page.Done = done
	}
	return page, nil
}

// correct mends name or number. The number is typed anew: no page shows it.
func (p *Pages) correct(w http.ResponseWriter, r *http.Request) {
	p.withTicket(w, r, "corrected", func(id chepiao.TicketID) error {
		_, err := p.Office.Correct(r.Context(), p.verb(r), office.CorrectInput{
			Ticket: id, Name: r.PostFormValue("name"), Document: r.PostFormValue("kind"), Number: r.PostFormValue("number"), Nationality: r.PostFormValue("nationality"),
		})
		return err
	})
}

// reissue gives the ticket a new voucher: the one that was lost passes no more.
func (p *Pages) reissue(w http.ResponseWriter, r *http.Request) {
	p.withTicket(w, r, "reissued", func(id chepiao.TicketID) error {
		_, err := p.Office.Reissue(r.Context(), p.verb(r), id, r.PostFormValue("reason"))
		return err
	})
}

// receipt prints a receipt, on the next sheet of the clerk's paper or on a number
// that is typed where no stock is kept, or takes one back.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) {
	p.withTicket(w, r, "receipt", func(id chepiao.TicketID) error {
		if r.PostFormValue("move") == "next" {
			_, err := p.Office.PrintReceipt(r.Context(), p.verb(r), office.PrintReceiptInput{Ticket: id, Early: r.PostFormValue("early") != ""})
			return err
		}
		_, err := p.Office.MoveReceipt(r.Context(), p.verb(r), office.ReceiptInput{
			Ticket: id, Move: chepiao.ReceiptMove(r.PostFormValue("move")), No: r.PostFormValue("no"), Early: r.PostFormValue("early") != "",
		})
		return err
	})
}

// withTicket does something with the ticket and shows it again.
func (p *Pages) withTicket(w http.ResponseWriter, r *http.Request, done string, do func(chepiao.TicketID) error) {
	id, err := chepiao.ParseTicketID(r.PathValue("ticket"))
	if err == nil {
		err = do(id)
	}
	if err == nil {
		http.Redirect(w, r, home+"/o/"+r.PathValue("order")+"/t/"+id.String()+"?done="+done, http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showTicket(w, r, ui.Told(r, refusal), refusal)
}
