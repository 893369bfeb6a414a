package main

import (
	"context"
	"errors"
	"time"

	"chepiao/store"
)

// Pauses between the rounds of the duties. Looking after departures is never
// urgent, as a reserved seat is free at its time anyway.
const (
	dutyEvery  = 500 * time.Millisecond
	watchEvery = 5 * time.Second

	billsEvery  = 10 * time.Minute
	forgetEvery = time.Hour

	destroyEvery = time.Minute // a copy put back must not keep for long what was destroyed
)

// dutyLease is how long a process may do a duty without renewing its right to:
// the others take over that long after it has died.
const dutyLease = 5 * time.Second

// duties are what a node does without being asked: ending unpaid holds, giving
// reserved seats back, sending money back and telling passengers and partners.
// Each goes by itself: a gateway that is slow to answer holds up no webhook, and
// neither holds up seats and money. Of several processes that share a database
// one does each duty; one that comes late with it is fenced off.
func (n *node) duties(ctx context.Context) {
	go n.countRooms(ctx)
	go n.every(ctx, "calling into the waiting room", dutyEvery, n.office.CallRooms)
	go n.every(ctx, "ending unpaid holds", dutyEvery, n.office.Lapse)
	go n.every(ctx, "looking after departures", watchEvery, n.office.Watch)
	go n.every(ctx, "giving seats and tickets to stations", watchEvery, n.office.Allot)
	go n.every(ctx, "closing conflicts that are no more", watchEvery, n.office.TidyConflicts)
	go n.every(ctx, "asking after slips", watchEvery, n.office.LoseSlips)
	go n.every(ctx, "forgetting faces", watchEvery, n.office.ForgetFaces)
	go n.every(ctx, "comparing bills", billsEvery, n.office.ReconcileDue)
	go n.every(ctx, "reminding of receipts", billsEvery, n.office.RemindReceipts)
	go n.every(ctx, "sending money back", dutyEvery, func(ctx context.Context, _ time.Time) (int, error) { return n.office.SendPaybacks(ctx) })
	go n.every(ctx, "having invoices made", dutyEvery, func(ctx context.Context, _ time.Time) (int, error) { return n.office.SendInvoices(ctx) })
	go n.every(ctx, "destroying who travelled", destroyEvery, n.office.DestroyPeople)
	go n.every(ctx, "forgetting idle accounts", forgetEvery, n.office.ForgetAccounts)
	go n.every(ctx, "calling webhooks", dutyEvery, n.office.CallHooks)
	n.every(ctx, "sending messages", dutyEvery, n.office.SendMessages)
}

// every runs a duty again and again until the context ends, with a pause when
// it found nothing to do. An error is logged when the round before had none: a
// gateway that is down for an hour needs one line, not thousands.
func (n *node) every(ctx context.Context, doing string, pause time.Duration, duty func(context.Context, time.Time) (int, error)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	failing := false
	for ctx.Err() == nil {
		done, err := n.inTurn(ctx, doing, duty)
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

// inTurn does one round of a duty if it is this process's.
func (n *node) inTurn(ctx context.Context, doing string, duty func(context.Context, time.Time) (int, error)) (done int, err error) {
	if n.store.Restored() != nil {
		return 0, nil // what it would send or give back may have been sent and given back before
	}
	fence, err := n.store.Lease(doing, dutyLease)
	if err != nil || fence == nil {
		return 0, err
	}
	done, err = duty(store.Fenced(ctx, fence), n.store.Now())
	if errors.Is(err, store.ErrDuty) {
		return 0, nil // another process goes on with it
	}
	if n.watch != nil && ctx.Err() == nil {
		n.watch.Duty(doing, err)
	}
	return done, err
}
