package office

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// Limits of one round of Lapse: how many orders it looks at, and how many of
// them it ends at once.
const (
	lapsesMax   = 256
	channelsMax = 16
)

// Lapse ends the holds whose deadline has passed, and the requests for the
// waitlist that are over, and says how many it ended. An
// order that is being paid is closed at its channel first: paid there means
// issued here; closed means lapsed; a channel that cannot be reached gets a
// grace, which is a rule, and then the order lapses: should the money still
// come, Settle finds it a seat or sends it back.
func (o *Office) Lapse(ctx context.Context, now time.Time) (ended int, err error) {
	var due []chepiao.Order
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		due, err = r.DueOrders(now, lapsesMax)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("finding due holds: %w", err)
	}
	waits, err := o.dueWaits(ctx, now)
	if err != nil {
		return 0, err
	}
	due = append(due, waits...)
	var mu sync.Mutex
	var waiting sync.WaitGroup
	asking := make(chan struct{}, channelsMax) // a channel that is slow to answer must not hold the others up
	for _, order := range due {
		asking <- struct{}{}
		waiting.Go(func() {
			defer func() { <-asking }()
			did, one := o.lapseOrder(ctx, now, order)
			mu.Lock()
			defer mu.Unlock()
			if did {
				ended++
			}
			err = errors.Join(err, one)
		})
	}
	waiting.Wait()
	o.followCharges(ctx)
	return ended, errors.Join(err, o.serveWaiting(ctx))
}

func (o *Office) lapseOrder(ctx context.Context, now time.Time, order chepiao.Order) (ended bool, err error) {
	if order.State == chepiao.OrderPaying {
		return o.closeCharge(ctx, now, order)
	}
	if order.Wait != nil {
		return o.lapseWait(ctx, order)
	}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		ended = false
		current, err := tx.Order(order.ID)
		if err != nil || current.State != chepiao.OrderHeld || tx.Now.Before(current.Deadline) {
			return err
		}
		ended = true
		_, err = o.endHold(tx, current, chepiao.OrderLapse, chepiao.MoveLapse, chepiao.OrderHasLapsed, "sweeper", nil)
		return err
	})
	return ended, err
}

// closeCharge asks the channel to close the order's open payment and settles
// what it answers.
func (o *Office) closeCharge(ctx context.Context, now time.Time, order chepiao.Order) (bool, error) {
	open, err := o.openPayment(ctx, order.ID)
	if err != nil {
		return false, err
	}
	if open.ID == 0 {
		return false, nil // its channel's notice came first; doctor finds an order that waits for nothing
	}
	result, err := o.closeAtChannel(ctx, open)
	switch {
	case err == nil:
		return true, o.settleResult(ctx, open.Channel, open.ID, result)
	case now.Before(order.Deadline.Add(o.Rules().Grace())):
		return false, nil // ask again within the grace
	default:
		return true, o.settle(ctx, open.ID, said{state: chepiao.PaymentClosed, unsure: true})
	}
}

func (o *Office) closeAtChannel(ctx context.Context, p chepiao.Payment) (pay.Result, error) {
	c := o.channel(p.Channel)
	if c == nil {
		return pay.Result{}, pay.ErrUnreachable
	}
	r, err := c.Close(ctx, p.ID.String())
	if errors.Is(err, pay.ErrNotFound) { // the channel never heard of it
		return pay.Result{ID: p.ID.String(), State: chepiao.PaymentClosed}, nil
	}
	return r, err
}

// lapseDue ends the due holds of one departure inside a transaction, gives back
// its reserved seats whose time has come, and says how many.
func (o *Office) lapseDue(tx *store.Tx, d *chepiao.Departure) (int, error) {
	back, err := o.reservesDue(tx, d)
	if err != nil {
		return 0, err
	}
	due, err := tx.DueHolds(d.ID)
	if err != nil {
		return 0, err
	}
	for _, id := range due {
		order, err := tx.Order(id)
		if err != nil {
			return 0, err
		}
		if _, err := o.endHold(tx, order, chepiao.OrderLapse, chepiao.MoveLapse, chepiao.OrderHasLapsed, "sweeper", nil); err != nil {
			return 0, err
		}
	}
	return len(due) + back, nil
}
