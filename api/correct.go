package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

type correctInput struct {
	TicketRef
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Name     string   `json:"name" maxLength:"200" doc:"As the document spells it."`
		Document Document `json:"document"`
	} `nameHint:"CorrectBody"`
}

type receiptInput struct {
	TicketRef
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Move  string `json:"move" enum:"print,surrender,invoice,reverse" doc:"print and surrender (回收) are of paper, invoice and reverse (红冲) of an electronic invoice."`
		No    string `json:"no" maxLength:"20" doc:"Paper serial or invoice number: the new one, or the one that comes back."`
		Early bool   `json:"early,omitempty" doc:"Before the journey: the passenger was told that a refund will need the paper back."`
	} `nameHint:"ReceiptBody"`
}

type reasonInput struct {
	TicketRef
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"For the journal; no personal data."`
	} `nameHint:"ReasonBody"`
}

// Payback is money on its way back.
type Payback struct {
	ID      string    `json:"id" example:"PB10000000042"`
	Channel string    `json:"channel" enum:"cash,sandbox,wechat,alipay"`
	Amount  int64     `json:"amount" doc:"In fen."`
	State   string    `json:"state" enum:"due,sent,settled,stuck" doc:"Cash that is due waits at a window."`
	Created time.Time `json:"created"`
}

type paybackInput struct {
	Payback     string `path:"payback" maxLength:"40" example:"PB10000000042"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
}

type paybackAnswer struct {
	Payback Payback `json:"payback"`
}

// corrections puts up what staff do with a single ticket, and cash that waits.
func (d *door) corrections() {
	op := func(id, path, summary, about string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Tags: []string{"staff"}, Security: staff, Summary: summary, Description: about}
	}
	register(d, op("correct", "/tickets/{ticket}/correct", "Mend a slip in a name or number", "Once a ticket, free, at a window, before the check. The ticket gets a new voucher."), d.correct)
	register(d, op("moveReceipt", "/tickets/{ticket}/receipt", "Print, take back, invoice or reverse a receipt", "While a receipt is out the ticket is neither refunded nor rebooked."), d.moveReceipt)
	register(d, op("suspend", "/tickets/{ticket}/suspend", "Keep a ticket from boarding", "While there is a dispute, or because the police ask. It keeps its seat."), d.suspend)
	register(d, op("resume", "/tickets/{ticket}/resume", "Let a suspended ticket board again", ""), d.resume)
	register(d, op("handOver", "/paybacks/{payback}/hand-over", "Hand cash over", "To a passenger who gave tickets back on line that were paid at a window."), d.handOver)
	register(d, huma.Operation{OperationID: "listToHandOver", Method: http.MethodGet, Path: "/orders/{order}/to-hand-over", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "Cash that waits for an order's passengers at a window"}, d.listToHandOver)
}

// atWindow is the verb of a device that may do something with a ticket.
func (d *door) atWindow(ctx context.Context, may ident.Verb, ticket, key string) (id chepiao.TicketID, v office.Verb, err error) {
	device, err := d.may(ctx, may)
	if err != nil {
		return 0, v, err
	}
	if id, err = chepiao.ParseTicketID(ticket); err != nil {
		return 0, v, err
	}
	v, err = d.verb(ctx, key, device.Name)
	v.At = d.askedAt(ctx)
	return id, v, err
}

func (d *door) ticketAnswered(t chepiao.Ticket, err error) (*body[ticketBody], error) {
	if err != nil {
		return nil, err
	}
	return &body[ticketBody]{ticketBody{d.ticketOf(t)}}, nil
}

func (d *door) correct(ctx context.Context, in *correctInput) (*body[ticketBody], error) {
	id, v, err := d.atWindow(ctx, ident.SellAtWindow, in.Ticket, in.Idempotency)
	if err != nil {
		return nil, err
	}
	doc := in.Body.Document
	return d.ticketAnswered(d.Office.Correct(ctx, v, office.CorrectInput{
		Ticket: id, Name: in.Body.Name, Document: string(doc.Kind), Number: doc.Number, Nationality: doc.Nationality,
	}))
}

func (d *door) moveReceipt(ctx context.Context, in *receiptInput) (*body[ticketBody], error) {
	id, v, err := d.atWindow(ctx, ident.SellAtWindow, in.Ticket, in.Idempotency)
	if err != nil {
		return nil, err
	}
	return d.ticketAnswered(d.Office.MoveReceipt(ctx, v, office.ReceiptInput{Ticket: id, Move: chepiao.ReceiptMove(in.Body.Move), No: in.Body.No, Early: in.Body.Early}))
}

func (d *door) suspend(ctx context.Context, in *reasonInput) (*body[ticketBody], error) {
	id, v, err := d.atWindow(ctx, ident.Suspend, in.Ticket, in.Idempotency)
	if err != nil {
		return nil, err
	}
	return d.ticketAnswered(d.Office.Suspend(ctx, v, id, in.Body.Reason))
}

func (d *door) resume(ctx context.Context, in *reasonInput) (*body[ticketBody], error) {
	id, v, err := d.atWindow(ctx, ident.Suspend, in.Ticket, in.Idempotency)
	if err != nil {
		return nil, err
	}
	return d.ticketAnswered(d.Office.Resume(ctx, v, id, in.Body.Reason))
}

func (d *door) handOver(ctx context.Context, in *paybackInput) (*body[paybackAnswer], error) {
	device, err := d.may(ctx, ident.TakeCash)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParsePaybackID(in.Payback)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	v.At = d.askedAt(ctx)
	b, err := d.Office.HandOver(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return &body[paybackAnswer]{paybackAnswer{d.paybackOf(b)}}, nil
}

type paybacksAnswer struct {
	Paybacks []Payback `json:"paybacks"`
}

func (d *door) listToHandOver(ctx context.Context, in *OrderRef) (*body[paybacksAnswer], error) {
	id, _, err := d.reach(ctx, *in)
	if err != nil {
		return nil, err
	}
	due, err := d.Office.ToHandOver(ctx, id)
	if err != nil {
		return nil, err
	}
	a := paybacksAnswer{Paybacks: make([]Payback, len(due))}
	for i, b := range due {
		a.Paybacks[i] = d.paybackOf(b)
	}
	return &body[paybacksAnswer]{a}, nil
}

func (d *door) paybackOf(b chepiao.Payback) Payback {
	return Payback{b.ID.String(), string(b.Channel), int64(b.Amount), string(b.State), d.moment(b.Created)}
}
