package office

import (
	"context"
	"errors"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// giveBack ends a verb that gave tickets of an order back: the order as it is
// without them, the money on its way, and the event as the last one of the verb.
func (o *Office) giveBack(tx *store.Tx, v Verb, order chepiao.Order, sum chepiao.Money, e *chepiao.Event) (*chepiao.Event, error) {
	order, err := o.lessTickets(tx, order)
	if err != nil {
		return nil, err
	}
	e.Order = &order
	if e.Payback, err = o.sendBack(tx, v, order, sum); err != nil {
		return nil, err
	}
	return record(tx, e)
}

// lessTickets is an order after some of its tickets were given back: ended when
// none is left.
func (o *Office) lessTickets(tx *store.Tx, order chepiao.Order) (chepiao.Order, error) {
	all, err := tx.Tickets(order)
	if err != nil {
		return order, err
	}
	returned := 0
	for _, t := range all {
		if t.State.Returned() {
			returned++
		}
	}
	if returned < len(all) {
		order.Version++
	} else if order, err = order.Move(chepiao.OrderReturn); err != nil {
		return order, err
	}
	return order, tx.PutOrder(order)
}

// familyMax bounds the orders from which one was rebooked, whatever the rules say.
const familyMax = 100

// sendBack stages money on its way back to whoever paid for an order, the way it
// came. An order that was rebooked was paid by more than one payment: the latest
// gives back first. The first payback is returned, for the verb's own event;
// each further one is recorded as an event ahead of it. Nil for no money.
func (o *Office) sendBack(tx *store.Tx, v Verb, order chepiao.Order, sum chepiao.Money) (first *chepiao.Payback, err error) {
	from := order
	for range familyMax {
		if sum <= 0 {
			return first, nil
		}
		if from.Payment != 0 {
			paid, err := tx.Payment(from.Payment)
			if err != nil {
				return nil, err
			}
			part := min(sum, paid.Amount)
			if order.Origin != 0 { // else it is the one payment, and never gives more than it has
				sent, err := tx.SentBack(paid.ID)
				if err != nil {
					return nil, err
				}
				part = min(part, paid.Amount-sent)
			}
			if part > 0 {
				back, err := o.payback(tx, v, paid, part)
				if err != nil {
					return nil, err
				}
				sum -= part
				if first == nil {
					first = &back
				} else if err := tx.Record("order "+order.ID.String(), order.Version, chepiao.Event{Kind: chepiao.PaybackBegan, By: v.By, Order: &order, Payback: &back}); err != nil {
					return nil, err
				}
			}
		}
		if from.Origin == 0 {
			break
		}
		if from, err = tx.Order(from.Origin); err != nil {
			return nil, err
		}
	}
	if sum > 0 {
		return nil, fmt.Errorf("giving money back for order %s: %s more than was paid", order.ID, sum)
	}
	return first, nil
}

// payback stages one payment's part. A clerk hands cash over at once; who gives
// a ticket back on line that was paid in cash fetches it at a window. What a shift
// gives back is counted in it. Refusals: ShiftNeeded, ShiftClosed, DrawerShort.
func (o *Office) payback(tx *store.Tx, v Verb, paid chepiao.Payment, sum chepiao.Money) (chepiao.Payback, error) {
	back := chepiao.Payback{
		ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: paid.ID, Order: paid.Order, Channel: paid.Channel,
		Amount: sum, State: chepiao.PaybackDue, Created: tx.Now, Version: 1,
	}
	if paid.Channel == chepiao.Cash && v.At.Window {
		if err := o.mayMoveCash(tx, v); err != nil {
			return back, err
		}
		back.State = chepiao.PaybackSettled
	}
	if paid.Channel != chepiao.Cash || v.At.Window {
		back.Shift = v.Shift
	}
	tx.AddPayback(back)
	return back, countOut(tx, back)
}

// HandOver gives cash to a passenger who gave tickets back on line: the clerk
// has it in hand. Refusals: NotFound, WrongWindow, WrongState when it was handed
// over before or goes back through a channel.
func (o *Office) HandOver(ctx context.Context, v Verb, id chepiao.PaybackID) (chepiao.Payback, error) {
	e, err := o.once(ctx, v, []any{"hand over", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		back, err := tx.Payback(id)
		switch {
		case err != nil:
			return nil, err
		case !v.At.Window:
			return nil, chepiao.Refuse(chepiao.WrongWindow, "现金请到窗口领取", "cash is handed over at a window")
		case back.Channel != chepiao.Cash || back.State != chepiao.PaybackDue:
			return nil, chepiao.Refuse(chepiao.WrongState, "该笔退款无需窗口支付", "this money is not to be handed over").At("payback")
		}
		if err := o.mayMoveCash(tx, v); err != nil {
			return nil, err
		}
		back.State, back.Shift = chepiao.PaybackSettled, v.Shift
		back.Version++
		if err := tx.PutPayback(back); err != nil {
			return nil, err
		}
		if err := countOut(tx, back); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.PaybackMoved, By: v.By, Payback: &back, Tell: ownerOf(tx, back.Order)}
		return e, tx.Record("payback "+id.String(), back.Version, *e)
	})
	if err != nil {
		return chepiao.Payback{}, err
	}
	return *e.Payback, nil
}

// ToHandOver is the cash of an order and of those it was rebooked from that a
// window still has to hand over, oldest first.
func (o *Office) ToHandOver(ctx context.Context, id chepiao.OrderID) (due []chepiao.Payback, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for range familyMax {
			order, err := r.Order(id)
			if err != nil {
				return err
			}
			backs, err := r.Paybacks(order.ID)
			if err != nil {
				return err
			}
			for _, b := range backs {
				if b.Channel == chepiao.Cash && b.State == chepiao.PaybackDue {
					due = append(due, b)
				}
			}
			if id = order.Origin; id == 0 {
				return nil
			}
		}
		return errors.New("reading paybacks: an order is its own origin")
	})
	return due, err
}
