package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/tax"
)

// invoices puts up electronic invoices.
func (d *door) invoices() {
	register(d, huma.Operation{OperationID: "listInvoices", Method: http.MethodGet, Path: "/orders/{order}/invoices", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "Electronic invoices of an order's tickets"}, d.listInvoices)
	register(d, huma.Operation{OperationID: "askInvoice", Method: http.MethodPost, Path: "/orders/{order}/invoices", Tags: []string{"orders"}, Security: buyerOrStaff, DefaultStatus: http.StatusAccepted,
		Summary: "Ask for an electronic invoice", Description: "Of a ticket's fare, or of the fee that was kept of it. The tax service makes it a moment later: ask again how it stands. Until it is reversed the ticket is neither refunded nor rebooked."}, d.askInvoice)
	register(d, huma.Operation{OperationID: "reverseInvoice", Method: http.MethodPost, Path: "/orders/{order}/invoices/{invoice}/reverse", Tags: []string{"orders"}, Security: buyerOrStaff, DefaultStatus: http.StatusAccepted,
		Summary: "Have an invoice reversed", Description: "A red invoice takes the blue one back whole. One more may be asked for then."}, d.reverseInvoice)
	register(d, huma.Operation{OperationID: "getInvoiceDocument", Method: http.MethodGet, Path: "/orders/{order}/invoices/{invoice}/document", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "The document of an invoice, or of the red one that reverses it"}, d.invoiceDocument)
	register(d, huma.Operation{OperationID: "compareInvoices", Method: http.MethodGet, Path: "/invoices/differences", Tags: []string{"staff"}, Security: staff,
		Summary: "Where our list of a day's invoices and the tax service's do not agree"}, d.compareInvoices)
}

// InvoiceView is an electronic invoice of a ticket.
type InvoiceView struct {
	ID       string     `json:"id" example:"FP10000000018"`
	Ticket   string     `json:"ticket"`
	For      string     `json:"for" enum:"fare,fee"`
	State    string     `json:"state" enum:"asked,issued,declined,reversing,reversed"`
	Amount   int64      `json:"amount" doc:"In fen."`
	Company  bool       `json:"company,omitempty" doc:"Made out to a company; else to the passenger."`
	Title    string     `json:"title,omitempty"`
	TaxNo    string     `json:"tax_no,omitempty"`
	Asked    time.Time  `json:"asked"`
	Number   string     `json:"number,omitempty" doc:"The tax service's."`
	Issued   *time.Time `json:"issued,omitempty"`
	Red      string     `json:"red,omitempty" doc:"Number of the red invoice."`
	Reversed *time.Time `json:"reversed,omitempty"`
	Why      string     `json:"why,omitempty" doc:"Code of the tax service's no."`
}

func (d *door) invoiceOf(v chepiao.Invoice) InvoiceView {
	out := InvoiceView{
		ID: v.ID.String(), Ticket: v.Ticket.String(), For: string(v.For), State: string(v.State), Amount: int64(v.Amount),
		Company: v.Buyer.Company, Title: v.Buyer.Title, TaxNo: v.Buyer.TaxNo, Asked: d.moment(v.Asked), Number: v.Number, Red: v.Red, Why: v.Why,
	}
	if !v.Issued.IsZero() {
		at := d.moment(v.Issued)
		out.Issued = &at
	}
	if !v.Reversed.IsZero() {
		at := d.moment(v.Reversed)
		out.Reversed = &at
	}
	return out
}

type invoicesBody struct {
	Invoices []InvoiceView `json:"invoices"`
}

type invoiceBody struct {
	Invoice InvoiceView `json:"invoice"`
}

func (d *door) listInvoices(ctx context.Context, in *OrderRef) (*body[invoicesBody], error) {
	id, _, err := d.reach(ctx, *in)
	if err != nil {
		return nil, err
	}
	f, err := d.Office.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := d.Office.Invoices(ctx, f.Tickets)
	if err != nil {
		return nil, err
	}
	out := invoicesBody{Invoices: []InvoiceView{}}
	for _, v := range list {
		out.Invoices = append(out.Invoices, d.invoiceOf(v))
	}
	return &body[invoicesBody]{out}, nil
}

type askInvoiceInput struct {
	OrderVerb
	Body struct {
		Ticket  string `json:"ticket" minLength:"1" maxLength:"30"`
		For     string `json:"for,omitempty" enum:"fare,fee" doc:"Absent: the fare."`
		Company bool   `json:"company,omitempty" doc:"Made out to a company, with title and tax_no; else to the passenger."`
		Title   string `json:"title,omitempty" maxLength:"400"`
		TaxNo   string `json:"tax_no,omitempty" maxLength:"30" doc:"Unified social credit code, GB 32100."`
		Early   bool   `json:"early,omitempty" doc:"Before the journey, at a window: the passenger was warned."`
	} `nameHint:"AskInvoiceBody"`
}

func (d *door) askInvoice(ctx context.Context, in *askInvoiceInput) (*body[invoiceBody], error) {
	v, order, err := d.invoiceVerb(ctx, in.OrderVerb)
	if err != nil {
		return nil, err
	}
	ticket, err := chepiao.ParseTicketID(in.Body.Ticket)
	if err != nil {
		return nil, err
	}
	if t, err := d.Office.Ticket(ctx, ticket); err != nil || t.Order != order {
		return nil, chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("ticket")
	}
	ask := office.AskInvoiceInput{Ticket: ticket, For: chepiao.InvoiceFor(in.Body.For), Early: in.Body.Early}
	if ask.For == "" {
		ask.For = chepiao.InvoiceFare
	}
	if in.Body.Company {
		ask.Buyer = chepiao.InvoiceBuyer{Company: true, Title: in.Body.Title, TaxNo: in.Body.TaxNo}
	}
	return d.invoiceAnswered(d.Office.AskInvoice(ctx, v, ask))
}

// invoiceVerb is who acts on an order's invoices: staff where they stand, or the
// buyer.
func (d *door) invoiceVerb(ctx context.Context, in OrderVerb) (v office.Verb, order chepiao.OrderID, err error) {
	order, by, err := d.reach(ctx, in.OrderRef)
	if err == nil {
		v, err = d.verb(ctx, in.Idempotency, by)
	}
	v.At = d.askedAt(ctx)
	return v, order, err
}

func (d *door) invoiceAnswered(v chepiao.Invoice, err error) (*body[invoiceBody], error) {
	if err != nil {
		return nil, err
	}
	return &body[invoiceBody]{invoiceBody{d.invoiceOf(v)}}, nil
}

type reverseInvoiceInput struct {
	OrderVerb
	Invoice string `path:"invoice" maxLength:"30" example:"FP10000000018"`
}

func (d *door) reverseInvoice(ctx context.Context, in *reverseInvoiceInput) (*body[invoiceBody], error) {
	v, order, err := d.invoiceVerb(ctx, in.OrderVerb)
	if err != nil {
		return nil, err
	}
	id, err := d.invoiceIn(ctx, order, in.Invoice)
	if err != nil {
		return nil, err
	}
	return d.invoiceAnswered(d.Office.ReverseInvoice(ctx, v, id))
}

// invoiceIn is an invoice of an order by its number. Refusal NotFound.
func (d *door) invoiceIn(ctx context.Context, order chepiao.OrderID, text string) (chepiao.InvoiceID, error) {
	id, err := chepiao.ParseInvoiceID(text)
	if err != nil {
		return 0, err
	}
	v, err := d.Office.Invoice(ctx, id)
	if err == nil && v.Order != order {
		err = chepiao.Refuse(chepiao.NotFound, "没有这张电子发票", "there is no such invoice").At("invoice")
	}
	return id, err
}

type invoiceDocumentInput struct {
	OrderRef
	Invoice string `path:"invoice" maxLength:"30" example:"FP10000000018"`
	Form    string `query:"form" enum:"pdf,xml,json" default:"pdf"`
	Red     bool   `query:"red" doc:"The red invoice that reverses it."`
}

type documentBody struct {
	Type     string `json:"type" doc:"Media type."`
	Document []byte `json:"document" doc:"Base64."`
}

func (d *door) invoiceDocument(ctx context.Context, in *invoiceDocumentInput) (*body[documentBody], error) {
	order, _, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	id, err := d.invoiceIn(ctx, order, in.Invoice)
	if err != nil {
		return nil, err
	}
	b, err := d.Office.InvoiceDocument(ctx, id, tax.Format(in.Form), in.Red)
	if err != nil {
		return nil, err
	}
	return &body[documentBody]{documentBody{tax.Format(in.Form).Type(), b}}, nil
}

type compareInvoicesInput struct {
	Day string `query:"day" required:"true" format:"date" maxLength:"10" example:"2026-11-22" doc:"Of China's calendar."`
}

// InvoiceDifference is one place where the two lists do not agree.
type InvoiceDifference struct {
	ID     string `json:"id" doc:"Our number."`
	Number string `json:"number,omitempty" doc:"The tax service's."`
	What   string `json:"what" enum:"only_ours,only_theirs,sum,number,red"`
	Ours   int64  `json:"ours" doc:"In fen; 0: we have none."`
	Theirs int64  `json:"theirs" doc:"In fen; 0: they have none."`
}

type comparedBody struct {
	Same        int                 `json:"same" doc:"Invoices that both have alike."`
	Differences []InvoiceDifference `json:"differences"`
}

func (d *door) compareInvoices(ctx context.Context, in *compareInvoicesInput) (*body[comparedBody], error) {
	if _, err := d.may(ctx, ident.SeeMoney); err != nil {
		return nil, err
	}
	day, err := chepiao.ParseDay(in.Day)
	if err != nil {
		return nil, chepiao.Refuse(chepiao.Invalid, "日期应为 2026-11-22 的形式", "the day is written like 2026-11-22").At("day")
	}
	same, differ, err := d.Office.CompareInvoices(ctx, day)
	if err != nil {
		return nil, err
	}
	out := comparedBody{Same: same, Differences: []InvoiceDifference{}}
	for _, x := range differ {
		out.Differences = append(out.Differences, InvoiceDifference{x.ID, x.Number, string(x.What), int64(x.Ours), int64(x.Theirs)})
	}
	return &body[comparedBody]{out}, nil
}
