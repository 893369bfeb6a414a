package office

import (
	"context"
	"errors"
	"fmt"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// Limits of sending money back: how many a round, and after how many refusals a
// person must look.
const (
	paybacksMax     = 64
	paybackTriesMax = 20
)

// SendPaybacks sends money that is due back through its channel and says how
// many it settled. Each is sent under its own number, so trying again never
// pays twice; a channel that keeps refusing leaves it stuck for a person.
func (o *Office) SendPaybacks(ctx context.Context) (settled int, err error) {
	if o.wallet == nil {
		return 0, nil
	}
	var due []chepiao.Payback
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		due, err = r.DuePaybacks(paybacksMax)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("finding due paybacks: %w", err)
	}
	for _, p := range due {
		result, sendErr := o.wallet.Refund(ctx, p.Payment.String(), p.ID.String(), p.Amount)
		next := p
		next.Version++
		switch {
		case sendErr == nil && result.State == chepiao.PaybackSettled:
			next.State = chepiao.PaybackSettled
			settled++
		case sendErr == nil:
			continue // under way: ask again next round
		case errors.Is(sendErr, pay.ErrUnreachable):
			err = errors.Join(err, fmt.Errorf("sending payback %s: %w", p.ID, sendErr))
			continue // silence is not a no: it stays due however long it lasts
		default:
			if next.Tries++; next.Tries >= paybackTriesMax {
				next.State = chepiao.PaybackStuck
			}
			err = errors.Join(err, fmt.Errorf("sending payback %s: %w", p.ID, sendErr))
		}
		err = errors.Join(err, o.movePayback(ctx, p, next))
	}
	return settled, err
}

func (o *Office) movePayback(ctx context.Context, was, next chepiao.Payback) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		current, err := tx.Payback(was.ID)
		if err != nil || current.Version != was.Version {
			return err // someone else moved it
		}
		if err := tx.PutPayback(next); err != nil {
			return err
		}
		return tx.Record("payback "+next.ID.String(), next.Version, chepiao.Event{Kind: chepiao.PaybackMoved, By: "channel sandbox", Payback: &next})
	})
}
