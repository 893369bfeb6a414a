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

// PrintReceiptInput asks for a paper receipt of a ticket.
type PrintReceiptInput struct {
	Ticket chepiao.TicketID
	Early  bool // before the journey: the passenger was warned
}

// PrintReceipt binds the next numbered sheet of the acting shift to a ticket: the
// paper itself is printed elsewhere, with the number that the ticket names now.
// Refusals: ShiftNeeded, ShiftClosed, NoPaper, NotFound and those of
// chepiao.Ticket.MoveReceipt.
func (o *Office) PrintReceipt(ctx context.Context, v Verb, in PrintReceiptInput) (chepiao.Ticket, error) {
	return o.receiptVerb(ctx, v, []any{"print receipt", v.Shift, in}, func(tx *store.Tx) (*chepiao.Event, error) {
		s, err := shiftOf(tx, v)
		if err != nil {
			return nil, err
		}
		s, run, err := s.NextPaper()
		if err != nil {
			return nil, err
		}
		t, err := o.movedReceipt(tx, v, ReceiptInput{in.Ticket, chepiao.ReceiptPrint, run.First(), in.Early})
		if err != nil {
			return nil, err
		}
		sheet := chepiao.PaperSheet{Serial: run.First(), Batch: run.Batch, State: chepiao.PaperUsed, Ticket: t.ID, Shift: s.ID, At: tx.Now, By: v.Who, Version: 1}
		if err := tx.PutPaperSheet(sheet, run.From); err != nil {
			return nil, err
		}
		if err := tx.PutShift(s); err != nil {
			return nil, err
		}
		return o.recordTicket(tx, t, &chepiao.Event{Kind: chepiao.ReceiptMoved, By: v.By, Reason: string(chepiao.ReceiptPrint)})
	})
}

// Surrender takes a paper receipt back at a window, by its number as scanned: the
// ticket may be refunded then. Refusals: NotFound at no, and those of
// chepiao.Ticket.MoveReceipt.
func (o *Office) Surrender(ctx context.Context, v Verb, serial string) (chepiao.Ticket, error) {
	serial = chepiao.CleanSerial(serial)
	return o.receiptVerb(ctx, v, []any{"surrender", serial}, func(tx *store.Tx) (*chepiao.Event, error) {
		sheet, known, err := tx.PaperSheet(serial)
		if err == nil && (!known || sheet.Ticket == 0) {
			err = chepiao.Refuse(chepiao.NotFound, "没有用该票据号开具的报销凭证", "no receipt was printed on that number").At("no")
		}
		if err != nil {
			return nil, err
		}
		return o.surrender(tx, v, ReceiptInput{Ticket: sheet.Ticket, Move: chepiao.ReceiptSurrender, No: serial})
	})
}

// MoveReceipt prints on a number that a person types, takes back, invoices or
// reverses: the states that stand between a reimbursement and a refund
// (requirements 6.4). The paper and the invoice themselves are made elsewhere.
// Refusals: NotFound, PaperTaken for a number that is used or in the stock, and
// those of chepiao.Ticket.MoveReceipt.
func (o *Office) MoveReceipt(ctx context.Context, v Verb, in ReceiptInput) (chepiao.Ticket, error) {
	if in.Move == chepiao.ReceiptPrint || in.Move == chepiao.ReceiptSurrender {
		in.No = chepiao.CleanSerial(in.No)
	}
	return o.receiptVerb(ctx, v, []any{"receipt", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		switch in.Move {
		case chepiao.ReceiptSurrender:
			return o.surrender(tx, v, in)
		case chepiao.ReceiptSpoil:
			return nil, chepiao.Refuse(chepiao.WrongState, "请按票据号作废", "a sheet is spoilt by its number")
		}
		if in.Move == chepiao.ReceiptAsk || in.Move == chepiao.ReceiptDecline {
			return nil, chepiao.Refuse(chepiao.WrongState, "请通过电子发票办理", "an invoice is asked for by itself")
		}
		t, err := o.movedReceipt(tx, v, in)
		if err != nil {
			return nil, err
		}
		switch in.Move {
		case chepiao.ReceiptPrint:
			err = bindTyped(tx, v, t)
		case chepiao.ReceiptInvoice, chepiao.ReceiptReverse:
			err = o.typedInvoice(tx, v, t, in.Move)
		}
		if err != nil {
			return nil, err
		}
		return o.recordTicket(tx, t, &chepiao.Event{Kind: chepiao.ReceiptMoved, By: v.By, Reason: string(in.Move)})
	})
}

func (o *Office) receiptVerb(ctx context.Context, v Verb, inputs []any, do func(*store.Tx) (*chepiao.Event, error)) (chepiao.Ticket, error) {
	e, err := o.once(ctx, v, inputs, do)
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}

// movedReceipt is the ticket after a move of its receipt.
func (o *Office) movedReceipt(tx *store.Tx, v Verb, in ReceiptInput) (chepiao.Ticket, error) {
	t, err := tx.Ticket(in.Ticket)
	if err != nil {
		return t, err
	}
	at, err := o.refundCaseIn(tx, t, v.At)
	if err != nil {
		return t, err
	}
	c := chepiao.ReceiptCase{Now: tx.Now, Departs: at.Departs, At: v.At, No: in.No, Early: in.Early}
	return t.MoveReceipt(in.Move, c, o.rulesOf(t))
}

// bindTyped binds a number that a person typed, where no stock is kept: used once,
// too. Refusal PaperTaken.
func bindTyped(tx *store.Tx, v Verb, t chepiao.Ticket) error {
	_, known, err := tx.PaperSheet(t.ReceiptNo)
	if err != nil {
		return err
	}
	prefix, width, n, parse := chepiao.ParseSerial(t.ReceiptNo)
	if parse == nil && !known {
		among, err := tx.PaperAmong(chepiao.Serials{Prefix: prefix, Width: width, From: n, To: n})
		if err != nil {
			return err
		}
		known = len(among) > 0
	}
	if known {
		return chepiao.Refuse(chepiao.PaperTaken, "该票据号已使用或在库：请从领用的号段打印", "that number is used or in the stock: print from the paper of a shift").At("no")
	}
	return tx.PutPaperSheet(chepiao.PaperSheet{Serial: t.ReceiptNo, State: chepiao.PaperUsed, Ticket: t.ID, Shift: v.Shift, At: tx.Now, By: v.Who, Version: 1}, n)
}

// surrender takes the paper of a ticket back, and its sheet with it.
func (o *Office) surrender(tx *store.Tx, v Verb, in ReceiptInput) (*chepiao.Event, error) {
	t, err := o.movedReceipt(tx, v, in)
	if err != nil {
		return nil, err
	}
	sheet, known, err := tx.PaperSheet(t.ReceiptNo)
	if err == nil && known {
		if sheet, err = sheet.Become(chepiao.PaperSurrendered, v.Who, "", tx.Now); err == nil {
			err = tx.PutPaperSheet(sheet, 0)
		}
	}
	if err != nil {
		return nil, err
	}
	return o.recordTicket(tx, t, &chepiao.Event{Kind: chepiao.ReceiptMoved, By: v.By, Reason: string(in.Move)})
}

// recordTicket stages a changed ticket and the event of a verb on it alone.
func (o *Office) recordTicket(tx *store.Tx, t chepiao.Ticket, e *chepiao.Event) (*chepiao.Event, error) {
	if err := tx.PutTicket(t); err != nil {
		return nil, err
	}
	e.Tickets = []chepiao.Ticket{t}
	return e, tx.Record("ticket "+t.ID.String(), t.Version, *e)
}
