package office

import (
	"context"
	"sync"
	"time"

	"chepiao"
	"chepiao/store"
)

// strayTurns says when charges that nobody waits for are asked about again.
type strayTurns struct {
	mu   sync.Mutex
	next time.Time
}

const straysMax = 64 // a round

// followCharges asks channels about charges that no order waits for any more, now
// and then and until they have said how they ended: one that was given up when
// the channel was silent, and one of an order that other money has paid. Should a
// payer have paid, Settle finds the order its seats or sends the money back, also
// where the notice was lost. What fails is tried again, so there is no error.
func (o *Office) followCharges(ctx context.Context) {
	if len(o.channels) == 0 {
		return
	}
	now := o.store.Now()
	o.strays.mu.Lock()
	early := now.Before(o.strays.next)
	if !early {
		o.strays.next = now.Add(followEvery)
	}
	o.strays.mu.Unlock()
	if early {
		return
	}
	var strays []chepiao.Payment
	if o.store.Read(ctx, func(r *store.Reader) (err error) {
		strays, err = r.StrayPayments(straysMax)
		return err
	}) != nil {
		return
	}
	var asking sync.WaitGroup
	for _, c := range o.channels { // a silent one holds up no other
		asking.Go(func() {
			for _, p := range strays {
				if p.Channel != c.Name() {
					continue
				}
				r, err := o.closeAtChannel(ctx, p)
				if err != nil {
					return // silent: the others of it can wait too
				}
				if o.settleResult(ctx, p.Channel, p.ID, r) != nil {
					continue
				}
			}
		})
	}
	asking.Wait()
}
