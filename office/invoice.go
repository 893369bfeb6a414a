package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// AskInvoiceInput asks for an electronic invoice of a ticket.
type AskInvoiceInput struct {
	Ticket chepiao.TicketID
	For    chepiao.InvoiceFor
	Buyer  chepiao.InvoiceBuyer
	Early  bool // before the journey, at a window: the passenger was warned
}

var noTax = chepiao.Refuse(chepiao.NotFound, "本系统未开通电子发票，请到窗口打印纸质报销凭证", "there are no electronic invoices here: a window prints paper receipts").At("invoice")

// MakesInvoices says that a tax service is set up.
func (o *Office) MakesInvoices() bool { return o.tax != nil }

// AskInvoice asks for an invoice: it is written down here, and sent to the tax
// service by SendInvoices. Until that has answered the ticket is neither refunded
// nor rebooked. Refusals: NotFound, also where there is no tax service, and those
// of chepiao.Ticket.AskInvoice.
func (o *Office) AskInvoice(ctx context.Context, v Verb, in AskInvoiceInput) (chepiao.Invoice, error) {
	if o.tax == nil {
		return chepiao.Invoice{}, noTax
	}
	in.Buyer.TaxNo = chepiao.CleanTaxNo(in.Buyer.TaxNo)
	if !in.Buyer.Company {
		in.Buyer = chepiao.InvoiceBuyer{}
	}
	return o.invoiceVerb(ctx, v, []any{"ask invoice", in, in.Buyer.Title, in.Buyer.TaxNo}, func(tx *store.Tx) (*chepiao.Event, error) {
		was, err := tx.Ticket(in.Ticket)
		if err != nil {
			return nil, err
		}
		earlier, err := tx.TicketInvoices(in.Ticket)
		if err != nil {
			return nil, err
		}
		at, err := o.refundCaseIn(tx, was, v.At)
		if err != nil {
			return nil, err
		}
		c := chepiao.ReceiptCase{Now: tx.Now, Departs: at.Departs, At: v.At, Early: in.Early}
		t, invoice, err := was.AskInvoice(in.For, in.Buyer, earlier, c, o.rulesOf(was))
		if err != nil {
			return nil, err
		}
		invoice.ID = chepiao.InvoiceID(tx.NextIDs(1))
		if t != was {
			if _, err := o.recordTicket(tx, t, &chepiao.Event{Kind: chepiao.ReceiptMoved, By: v.By, Reason: string(chepiao.ReceiptAsk)}); err != nil {
				return nil, err
			}
		}
		return putInvoice(tx, v.By, invoice)
	})
}

// ReverseInvoice asks for the red invoice that takes a blue one back whole. Refusals:
// NotFound, WrongState unless it is issued.
func (o *Office) ReverseInvoice(ctx context.Context, v Verb, id chepiao.InvoiceID) (chepiao.Invoice, error) {
	if o.tax == nil {
		return chepiao.Invoice{}, noTax
	}
	return o.invoiceVerb(ctx, v, []any{"reverse invoice", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		invoice, err := tx.Invoice(id)
		if err != nil {
			return nil, err
		}
		if invoice.Typed { // it was never the tax service's
			_, err = invoice.Become(chepiao.InvoiceReversing)
			return nil, err
		}
		if invoice, err = invoice.Become(chepiao.InvoiceReversing); err != nil {
			return nil, err
		}
		invoice.Why = ""
		return putInvoice(tx, v.By, invoice)
	})
}

// invoiceVerb does a verb of one invoice once and answers with it as it stands.
func (o *Office) invoiceVerb(ctx context.Context, v Verb, inputs []any, do func(*store.Tx) (*chepiao.Event, error)) (chepiao.Invoice, error) {
	e, err := o.once(ctx, v, inputs, do)
	if err != nil {
		return chepiao.Invoice{}, err
	}
	then, err := detail[chepiao.Invoice](e)
	if err != nil {
		return then, err
	}
	return o.Invoice(ctx, then.ID)
}

// putInvoice stages an invoice and its event. The journal is not told who buys.
func putInvoice(tx *store.Tx, by string, v chepiao.Invoice) (*chepiao.Event, error) {
	if err := tx.PutInvoice(v); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.InvoiceMoved, By: by, Reason: string(v.State), Detail: v}
	return e, tx.Record("invoice "+v.ID.String(), v.Version, *e)
}

// Invoice reads one. Refusal NotFound.
func (o *Office) Invoice(ctx context.Context, id chepiao.InvoiceID) (v chepiao.Invoice, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		v, err = r.Invoice(id)
		return err
	})
	return v, err
}

// Invoices are those of some tickets, each ticket's oldest first.
func (o *Office) Invoices(ctx context.Context, tickets []chepiao.Ticket) (list []chepiao.Invoice, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for _, t := range tickets {
			some, err := r.TicketInvoices(t.ID)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		return nil
	})
	return list, err
}

// MayInvoice says whether an invoice of a ticket could be asked for now: the refusal
// if not. departs is the last coach at the boarding stop.
func (o *Office) MayInvoice(t chepiao.Ticket, what chepiao.InvoiceFor, earlier []chepiao.Invoice, c chepiao.ReceiptCase) error {
	if o.tax == nil {
		return noTax
	}
	_, _, err := t.AskInvoice(what, chepiao.InvoiceBuyer{}, earlier, c, o.rulesOf(t))
	return err
}

// typedInvoice keeps the list of invoices in step with a clerk who types the number
// of one that was made elsewhere, or reverses it. Refusal WrongState for one that the
// tax service made, or where there is a tax service to make it.
func (o *Office) typedInvoice(tx *store.Tx, v Verb, t chepiao.Ticket, move chepiao.ReceiptMove) error {
	earlier, err := tx.TicketInvoices(t.ID)
	if err != nil {
		return err
	}
	invoice := chepiao.Invoice{
		Ticket: t.ID, Order: t.Order, For: chepiao.InvoiceFare, State: chepiao.InvoiceIssued, Amount: t.Price - t.Lowered,
		Asked: tx.Now, Issued: tx.Now, Number: t.ReceiptNo, Again: t.Receipt == chepiao.ReceiptReinvoiced, Typed: true, Version: 1,
	}
	if move == chepiao.ReceiptInvoice {
		if o.tax != nil {
			return chepiao.Refuse(chepiao.WrongState, "本系统已开通电子发票，请直接申请开具", "invoices are made by the tax service here: ask for one").At("move")
		}
		invoice.ID = chepiao.InvoiceID(tx.NextIDs(1))
		_, err = putInvoice(tx, v.By, invoice)
		return err
	}
	for _, e := range earlier {
		if e.For != chepiao.InvoiceFare || !e.State.Live() {
			continue
		}
		if e, err = e.Become(chepiao.InvoiceReversed); err != nil {
			return err
		}
		e.Reversed = tx.Now
		_, err = putInvoice(tx, v.By, e)
		return err
	}
	return nil // typed before invoices were listed
}
