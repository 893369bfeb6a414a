package office

import (
	"context"
	"fmt"
	"time"

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

// OpenSlips lists the slips that did not come out of any kiosk, or not yet, and that
// somebody still waits for, the latest first, at most limit.
func (o *Office) OpenSlips(ctx context.Context, limit int) (list []chepiao.Slip, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		open, err := r.OpenSlips(openSlipsRead)
		for _, s := range open {
			if err != nil || len(list) >= limit {
				return err
			}
			t, readErr := r.Ticket(s.Ticket)
			if err = readErr; err == nil && s.Wanted(t) {
				list = append(list, s)
			}
		}
		return err
	})
	return list, err
}

// openSlipsRead bounds the slips among which the open ones are looked for: those of
// tickets that were given back stay among them.
const openSlipsRead = 500

// PrintElsewhere says that the window that acts has printed what of an order did not
// come out of a kiosk: the vouchers of its tickets, or one's receipt. only is 0 for
// all of them. It answers how many slips are finished by it; where nothing was open
// nothing is written.
func (o *Office) PrintElsewhere(ctx context.Context, v Verb, id chepiao.OrderID, only chepiao.TicketID, kind chepiao.SlipKind) (finished int, err error) {
	var open []chepiao.Slip
	err = o.store.Read(ctx, func(r *store.Reader) error {
		order, err := r.Order(id)
		if err != nil {
			return err
		}
		slips, err := r.Slips(order)
		for _, s := range slips {
			if s.Kind == kind && s.State != chepiao.Finished && (only == 0 || s.Ticket == only) {
				open = append(open, s)
			}
		}
		return err
	})
	for _, s := range open {
		if err != nil {
			break
		}
		one := v
		one.ID += s.Ticket.String()
		_, err = o.slipVerb(ctx, one, []any{"print elsewhere", s.Ticket, kind}, func(tx *store.Tx) (*chepiao.Event, error) {
			t, err := tx.Ticket(s.Ticket)
			if err != nil {
				return nil, err
			}
			s, err := tx.Slip(t.ID, kind)
			if err != nil {
				return nil, err
			}
			s, ok := s.Elsewhere(t, v.By, tx.Now)
			if !ok {
				return nil, chepiao.Refuse(chepiao.WrongState, "该凭证已打印", "that was printed already").At("ticket")
			}
			return putSlip(tx, v, s)
		})
		finished++
		if chepiao.Why(err) == chepiao.WrongState { // the kiosk was quicker
			finished, err = finished-1, nil
		}
	}
	return finished, err
}

// slipsLost bounds the slips that one round of LoseSlips frees.
const slipsLost = 50

// LoseSlips frees the vouchers that a machine began and was not heard of any more, so
// that the next kiosk or window prints them, and says how many.
func (o *Office) LoseSlips(ctx context.Context, now time.Time) (lost int, err error) {
	var due []chepiao.Slip
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		due, err = r.StuckSlips(now.Add(-chepiao.SlipWaits), slipsLost)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("finding slips that nobody ends: %w", err)
	}
	for _, s := range due {
		freed := 0
		err := o.store.Write(ctx, func(tx *store.Tx) error {
			s, err := tx.Slip(s.Ticket, s.Kind)
			if err != nil {
				return err
			}
			s, ok := s.Lose(tx.Now)
			freed = 0
			if !ok {
				return nil
			}
			freed = 1
			_, err = putSlip(tx, Verb{By: "duty"}, s)
			return err
		})
		if err != nil {
			return lost, fmt.Errorf("freeing a slip: %w", err)
		}
		lost += freed
	}
	return lost, nil
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
