package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chepiao"
	"chepiao/store"
	"chepiao/tax"
)

// invoicesMax bounds what a round sends.
const invoicesMax = 64

// taxRate is the value added tax in a fare, in basis points: long-distance coaches
// count as public transport and may choose the simple method, 3 % (财税〔2016〕36号,
// annex 2).
const taxRate = 300

// SendInvoices has the tax service make what was asked for and take back what is to
// be reversed, and says how many it settled. Each goes under its own number, so that
// trying again after a lost answer never makes a second invoice. A service that does
// not answer is asked again at the next round, however long that takes; one that
// says no has declined for good.
func (o *Office) SendInvoices(ctx context.Context) (done int, err error) {
	if o.tax == nil {
		return 0, nil
	}
	for _, state := range []chepiao.InvoiceState{chepiao.InvoiceAsked, chepiao.InvoiceReversing} {
		n, one := o.sendInvoices(ctx, state)
		done, err = done+n, errors.Join(err, one)
	}
	return done, err
}

func (o *Office) sendInvoices(ctx context.Context, state chepiao.InvoiceState) (done int, err error) {
	var due []chepiao.Invoice
	err = o.store.Read(ctx, func(r *store.Reader) error {
		due, err = r.InvoicesIn(state, 0, invoicesMax)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("finding invoices to send: %w", err)
	}
	for _, v := range due {
		if state == chepiao.InvoiceAsked {
			err = o.issueInvoice(ctx, v)
		} else {
			err = o.redInvoice(ctx, v)
		}
		if err != nil {
			return done, fmt.Errorf("sending invoice %s: %w", v.ID, err) // what does not answer one answers none
		}
		done++
	}
	return done, nil
}

// issueInvoice has one made. A person whose data were erased meanwhile cannot be
// named on it any more.
func (o *Office) issueInvoice(ctx context.Context, v chepiao.Invoice) error {
	request, why, err := o.taxRequest(ctx, v)
	if err != nil {
		return err
	}
	var made tax.Invoice
	if why == "" {
		made, err = o.tax.Issue(ctx, request)
		if errors.Is(err, tax.ErrMismatch) { // made before a name was corrected, and the answer was lost
			made, err = o.tax.Query(ctx, request.ID)
		}
		var no tax.Declined
		if errors.As(err, &no) {
			why, err = string(no), nil
		}
		if err != nil {
			return err
		}
	}
	return o.settleInvoice(ctx, v, func(n chepiao.Invoice) (chepiao.Invoice, error) {
		if why != "" {
			n.Why = why
			return n.Become(chepiao.InvoiceDeclined)
		}
		n.Number, n.Issued, n.Why = made.Number, made.Issued, ""
		return n.Become(chepiao.InvoiceIssued)
	})
}

// redInvoice has one taken back. A no leaves the blue one as it was, with the reason.
func (o *Office) redInvoice(ctx context.Context, v chepiao.Invoice) error {
	made, err := o.tax.Reverse(ctx, v.ID.String())
	var no tax.Declined
	if err != nil && !errors.As(err, &no) {
		return err
	}
	return o.settleInvoice(ctx, v, func(n chepiao.Invoice) (chepiao.Invoice, error) {
		if no != "" {
			n.Why = string(no)
			return n.Become(chepiao.InvoiceIssued)
		}
		n.Red, n.Reversed, n.Why = made.Red, made.Reversed, ""
		return n.Become(chepiao.InvoiceReversed)
	})
}

// whyErased is why an invoice is declined whose passenger nobody knows any more.
const whyErased = "PERSON_ERASED"

// taxRequest is what the tax service is told: title and trip. why is not empty when
// it cannot be told any more. The same invoice makes the same request each time.
func (o *Office) taxRequest(ctx context.Context, v chepiao.Invoice) (r tax.Request, why string, err error) {
	f, err := o.Look(ctx, v.Order)
	if err != nil {
		return r, "", err
	}
	i := slices.IndexFunc(f.Tickets, func(t chepiao.Ticket) bool { return t.ID == v.Ticket })
	if i < 0 {
		return r, "", fmt.Errorf("invoice %s: order %s has no ticket %s", v.ID, v.Order, v.Ticket)
	}
	t, who, table := f.Tickets[i], f.Passengers[i], o.Timetable()
	if who.Name.IsZero() {
		return r, whyErased, nil
	}
	run, err := table.Run(t.Departure)
	if err != nil {
		return r, "", err
	}
	leaves, _ := o.spanOf(run, nil, t.Board)
	item := "客运服务费"
	if v.For == chepiao.InvoiceFee {
		item = map[bool]string{true: "退票手续费", false: "改签手续费"}[t.State == chepiao.TicketRefunded]
	}
	r = tax.Request{
		ID: v.ID.String(), Amount: v.Amount, Rate: taxRate, Item: item, Order: v.Order.String(), Ticket: v.Ticket.String(),
		Buyer: tax.Buyer{Name: who.Name.Reveal()},
		Trip: tax.Trip{
			Passenger: who.Name.Reveal(), Document: who.Document.String(), Day: leaves.In(table.Zone).Format("2006-01-02"),
			From: printedPlace(table, t.From).Name, To: printedPlace(table, t.To).Name, Departure: run.Template.Number,
		},
	}
	if v.Buyer.Company {
		r.Buyer = tax.Buyer{Name: strings.TrimSpace(v.Buyer.Title), TaxNo: v.Buyer.TaxNo}
	}
	return r, "", nil
}

// settleInvoice stores what the tax service said, with the ticket's receipt. Another
// process may have been faster: then nothing happens.
func (o *Office) settleInvoice(ctx context.Context, was chepiao.Invoice, move func(chepiao.Invoice) (chepiao.Invoice, error)) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		current, err := tx.Invoice(was.ID)
		if err != nil || current.Version != was.Version {
			return err
		}
		next, err := move(current)
		if err != nil {
			return err
		}
		if m, no := receiptMoveOf(next); m != "" {
			t, err := tx.Ticket(next.Ticket)
			if err != nil {
				return err
			}
			if t, err = t.MoveReceipt(m, chepiao.ReceiptCase{Now: tx.Now, No: no}, o.rulesOf(t)); err != nil {
				return fmt.Errorf("the receipt of ticket %s: %w", next.Ticket, err)
			}
			if _, err := o.recordTicket(tx, t, &chepiao.Event{Kind: chepiao.ReceiptMoved, By: "tax", Reason: string(m)}); err != nil {
				return err
			}
		}
		_, err = putInvoice(tx, "tax", next)
		return err
	})
}

// receiptMoveOf is what an invoice that has just moved means for its ticket's
// receipt, and the number that the receipt is told; "" for a fee's, and for a
// reversal that was declined.
func receiptMoveOf(v chepiao.Invoice) (chepiao.ReceiptMove, string) {
	switch {
	case v.For != chepiao.InvoiceFare:
	case v.State == chepiao.InvoiceDeclined:
		return chepiao.ReceiptDecline, ""
	case v.State == chepiao.InvoiceReversed:
		return chepiao.ReceiptReverse, v.Number
	case v.State == chepiao.InvoiceIssued && v.Why == "":
		return chepiao.ReceiptInvoice, v.Number
	}
	return "", ""
}
