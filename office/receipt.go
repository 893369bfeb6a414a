package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// ReceiptInput asks for a move of a ticket's receipt.
type ReceiptInput struct {
	Ticket chepiao.TicketID
	Move   chepiao.ReceiptMove
	No     string // paper serial or invoice number
	Early  bool   // before the journey: the passenger was warned
}

// MoveReceipt prints, takes back, invoices or reverses: the states that stand
// between a reimbursement and a refund (requirements 6.4). The paper and the
// invoice themselves are made elsewhere. Refusals: NotFound and those of
// chepiao.Ticket.MoveReceipt.
func (o *Office) MoveReceipt(ctx context.Context, v Verb, in ReceiptInput) (chepiao.Ticket, error) {
	e, err := o.once(ctx, v, []any{"receipt", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		t, err := tx.Ticket(in.Ticket)
		if err != nil {
			return nil, err
		}
		at, err := o.refundCaseIn(tx, t, v.At)
		if err != nil {
			return nil, err
		}
		c := chepiao.ReceiptCase{Now: tx.Now, Departs: at.Departs, At: v.At, No: in.No, Early: in.Early}
		if t, err = t.MoveReceipt(in.Move, c, o.rulesOf(t)); err != nil {
			return nil, err
		}
		return o.recordTicket(tx, t, &chepiao.Event{Kind: chepiao.ReceiptMoved, By: v.By, Reason: string(in.Move)})
	})
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}

// recordTicket stages a changed ticket and the event of a verb on it alone.
func (o *Office) recordTicket(tx *store.Tx, t chepiao.Ticket, e *chepiao.Event) (*chepiao.Event, error) {
	if err := tx.PutTicket(t); err != nil {
		return nil, err
	}
	e.Tickets = []chepiao.Ticket{t}
	return e, tx.Record("ticket "+t.ID.String(), t.Version, *e)
}
