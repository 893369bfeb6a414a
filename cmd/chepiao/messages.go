package main

import (
	"context"
	"time"
)

// tellEvery is how often the outbox is looked through.
const tellEvery = 500 * time.Millisecond

// tell sends what passengers and partners are to hear, each in a duty of its
// own: a gateway that is slow to answer holds up no webhook, and neither holds
// up the duties about seats and money.
func (n *node) tell(ctx context.Context) {
	go n.every(ctx, "calling webhooks", n.office.CallHooks)
	n.every(ctx, "sending messages", n.office.SendMessages)
}

// every runs a duty again and again until the context ends, with a pause when
// it found nothing to do. An error is logged when the round before had none: a
// gateway that is down for an hour needs one line, not thousands.
func (n *node) every(ctx context.Context, doing string, duty func(context.Context, time.Time) (int, error)) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	failing := false
	for ctx.Err() == nil {
		done, err := duty(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			n.log.Error(doing, "error", err)
		case err == nil && failing:
			n.log.Info(doing + ": works again")
		}
		if failing = err != nil; done > 0 && !failing {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
