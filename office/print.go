package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// BeginPrinting says that the kiosk that acts prints the voucher or receipt of a
// ticket now. Refusals: NotFound, KioskLocked, and those of chepiao.Slip.Begin;
// WrongState for a receipt that is not on paper.
func (o *Office) BeginPrinting(ctx context.Context, v Verb, id chepiao.TicketID, kind chepiao.SlipKind) (chepiao.Slip, error) {
	return o.slipVerb(ctx, v, []any{"begin printing", id, kind}, func(tx *store.Tx) (*chepiao.Event, error) {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		k, err := tx.Kiosk(v.By)
		if err == nil {
			err = k.Serves()
		}
		if err != nil {
			return nil, err
		}
		switch {
		case kind != chepiao.VoucherSlip && kind != chepiao.ReceiptSlip:
			return nil, chepiao.Refuse(chepiao.Invalid, "打印内容有误", "what is printed is a voucher or a receipt").At("slip")
		case kind == chepiao.ReceiptSlip && t.Receipt != chepiao.ReceiptPaper:
			return nil, chepiao.Refuse(chepiao.WrongState, "该车票没有纸质报销凭证", "the ticket has no paper receipt").At("slip")
		}
		s, err := tx.Slip(id, kind)
		if err == nil {
			s, err = s.Begin(t, v.By, tx.Now)
		}
		if err != nil {
			return nil, err
		}
		return putSlip(tx, v, s)
	})
}

// EndPrintingInput is what the printer said of a slip.
type EndPrintingInput struct {
	Ticket chepiao.TicketID
	Kind   chepiao.SlipKind
	Done   bool
	Why    string // it did not come out
}

// EndPrinting says what became of a slip that the kiosk that acts was printing, and
// counts it. One that did not come out is printed by whoever is asked next: the
// ticket stands as it is. A receipt that did not come out still has its number:
// SpoilPaper ends that. Refusal WrongState.
func (o *Office) EndPrinting(ctx context.Context, v Verb, in EndPrintingInput) (chepiao.Slip, error) {
	return o.slipVerb(ctx, v, []any{"end printing", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		s, err := tx.Slip(in.Ticket, in.Kind)
		if err == nil {
			s, err = s.End(v.By, in.Done, in.Why, tx.Now)
		}
		if err != nil {
			return nil, err
		}
		k, err := tx.Kiosk(v.By)
		if err == nil {
			err = tx.PutKiosk(k.Count(in.Kind, in.Done))
		}
		if err != nil {
			return nil, err
		}
		return putSlip(tx, v, s)
	})
}

// Slips says how the printing of an order's tickets stands at kiosks, in the order
// of their numbers; a ticket that was never to be printed there is not among them.
func (o *Office) Slips(ctx context.Context, order chepiao.Order) (list []chepiao.Slip, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		list, err = r.Slips(order)
		return err
	})
	return list, err
}

// OpenSlips lists the slips that did not come out of any kiosk, or not yet, the
// latest first, at most limit.
func (o *Office) OpenSlips(ctx context.Context, limit int) (list []chepiao.Slip, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		list, err = r.OpenSlips(limit)
		return err
	})
	return list, err
}

func (o *Office) slipVerb(ctx context.Context, v Verb, inputs []any, do func(*store.Tx) (*chepiao.Event, error)) (chepiao.Slip, error) {
	e, err := o.once(ctx, v, inputs, do)
	if err != nil {
		return chepiao.Slip{}, err
	}
	return detail[chepiao.Slip](e)
}

func putSlip(tx *store.Tx, v Verb, s chepiao.Slip) (*chepiao.Event, error) {
	if err := tx.PutSlip(s); err != nil {
		return nil, err
	}
	e := &chepiao.Event{Kind: chepiao.SlipMoved, By: v.By, Reason: string(s.State), Detail: s}
	return e, tx.Record("slip "+string(s.Kind)+" "+s.Ticket.String(), s.Version, *e)
}
