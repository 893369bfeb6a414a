package office

import (
	"context"
	"errors"
	"strings"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/store"
)

// billZone is the zone of channels' bills.
var billZone = pay.China

// Reconcile fetches a channel's bill of a day and holds it against our books. What a
// person has settled before stays settled as long as it is the same difference; what
// has righted itself is gone. Refusals: NotFound for a channel that is not set up,
// TooEarly while there is no bill, Busy when the channel cannot be reached.
func (o *Office) Reconcile(ctx context.Context, v Verb, name chepiao.PaymentChannel, day chepiao.Day) (r chepiao.Reconciliation, err error) {
	c := o.channel(name)
	if c == nil {
		return r, chepiao.Refuse(chepiao.NotFound, "没有启用这个支付渠道", "this payment channel is not set up").At("channel")
	}
	lines, err := c.Bill(ctx, day)
	switch {
	case errors.Is(err, pay.ErrNoBill):
		return r, chepiao.Refuse(chepiao.TooEarly, "渠道还没有出这一天的账单", "the channel has no bill of this day yet").At("day")
	case err != nil && errors.Is(err, pay.ErrUnreachable):
		return r, chepiao.Refuse(chepiao.Busy, "支付渠道暂时无法连接，请稍后再试", "the channel cannot be reached just now: please try again soon").At("channel")
	case err != nil:
		return r, err
	}
	bill, payments, paybacks := entries(lines)
	from, to := chepiao.Clock(0).On(day, billZone), chepiao.Clock(0).On(day+1, billZone)
	var ours []chepiao.Movement
	err = o.store.Read(ctx, func(rd *store.Reader) error {
		ours, err = rd.Movements(name, from, to, payments, paybacks)
		return err
	})
	if err != nil {
		return r, err
	}
	r = chepiao.Reconcile(bill, ours, to)
	r.Channel, r.Day = name, day
	return r, o.keepReconciled(ctx, v, &r, func(before chepiao.Reconciliation) error {
		r.Keep(before)
		return nil
	})
}

// entries are a bill's lines for the domain, and the numbers in them that are ours by
// their looks.
func entries(lines []pay.BillLine) (bill []chepiao.BillEntry, payments []chepiao.PaymentID, paybacks []chepiao.PaybackID) {
	for _, l := range lines {
		bill = append(bill, chepiao.BillEntry{Charge: l.Charge, Refund: l.Refund, Amount: l.Amount, At: l.At})
		if l.Refund == "" {
			if id, err := chepiao.ParsePaymentID(l.Charge); err == nil {
				payments = append(payments, id)
			}
		} else if id, err := chepiao.ParsePaybackID(l.Refund); err == nil {
			paybacks = append(paybacks, id)
		}
	}
	return bill, payments, paybacks
}

// keepReconciled stores a day after change has seen what stood before, and records it.
func (o *Office) keepReconciled(ctx context.Context, v Verb, r *chepiao.Reconciliation, change func(before chepiao.Reconciliation) error) error {
	var before chepiao.Reconciliation
	err := o.store.Read(ctx, func(rd *store.Reader) (err error) {
		before, _, err = rd.ReconciledDay(r.Channel, r.Day)
		return err
	})
	if err != nil {
		return err
	}
	if err := change(before); err != nil {
		return err
	}
	return o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.At.Station
		r.At = tx.Now
		if err := tx.PutReconciled(*r); err != nil {
			return err
		}
		return tx.Record("bill "+string(r.Channel)+" "+r.Day.String(), 0, chepiao.Event{Kind: chepiao.BillWasCompared, By: v.By, Detail: struct {
			Channel chepiao.PaymentChannel `json:"channel"`
			Day     chepiao.Day            `json:"day"`
			Lines   int                    `json:"lines"`
			Open    int                    `json:"open"`
			Found   int                    `json:"found"`
		}{r.Channel, r.Day, r.Lines, r.Open(), len(r.Differences)}})
	})
}

// SettleDifference says why a difference needs no more looking at. Refusals: Invalid
// without a reason, NotFound.
func (o *Office) SettleDifference(ctx context.Context, v Verb, name chepiao.PaymentChannel, day chepiao.Day, number, reason string) (r chepiao.Reconciliation, err error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > reasonMax {
		return r, chepiao.Refuse(chepiao.Invalid, "请填写处理说明（200 字节以内）", "say what was done about it, in at most 200 bytes").At("reason")
	}
	err = o.store.Read(ctx, func(rd *store.Reader) (err error) {
		var ok bool
		if r, ok, err = rd.ReconciledDay(name, day); err == nil && !ok {
			err = noSuchDifference
		}
		return err
	})
	if err != nil {
		return r, err
	}
	found := false
	for i := range r.Differences {
		if d := &r.Differences[i]; d.Number == number {
			d.Settled, d.By, found = reason, string(v.Who), true
			if d.By == "" {
				d.By = v.By
			}
		}
	}
	if !found {
		return r, noSuchDifference
	}
	return r, o.keepReconciled(ctx, v, &r, func(chepiao.Reconciliation) error { return nil })
}

var noSuchDifference = chepiao.Refuse(chepiao.NotFound, "没有这项差异，请重新对账", "there is no such difference: compare the day again").At("number")

// Reconciled lists the compared days of all channels from a day on, the last first.
func (o *Office) Reconciled(ctx context.Context, from chepiao.Day) (list []chepiao.Reconciliation, err error) {
	err = o.store.Read(ctx, func(rd *store.Reader) error {
		list, err = rd.Reconciled(from)
		return err
	})
	return list, err
}

// ReconciledChannels are the channels whose bills can be compared. Cash is counted at
// the end of each shift.
func (o *Office) ReconciledChannels() (names []chepiao.PaymentChannel) {
	for _, c := range o.channels {
		names = append(names, c.Name())
	}
	return names
}

// reconcileBack is how many days back the duty looks for days that were not compared.
const reconcileBack = 7

// ReconcileDue compares what is due: after the hour of the rule reconcile_hour, each
// channel's days of the last week that were not compared, and those with open
// differences that were last compared on an earlier day. A bill that is not there yet
// is looked for again next time.
func (o *Office) ReconcileDue(ctx context.Context, now time.Time) (done int, err error) {
	local := now.In(billZone)
	if len(o.channels) == 0 || local.Hour() < o.RulesAt(now, chepiao.Where{}).ReconcileHour {
		return 0, nil
	}
	today := chepiao.DayOf(local)
	list, err := o.Reconciled(ctx, today-reconcileBack)
	if err != nil {
		return 0, err
	}
	for _, name := range o.ReconciledChannels() {
		for day := today - 1; day >= today-reconcileBack; day-- {
			if fresh(list, name, day, today) {
				continue
			}
			_, err := o.Reconcile(ctx, Verb{By: "reconcile"}, name, day)
			if err != nil && chepiao.AsRefusal(err) == nil {
				return done, err
			}
		}
	}
	return 0, nil // the next round comes in its own time
}

// fresh says that a day need not be compared again today.
func fresh(list []chepiao.Reconciliation, name chepiao.PaymentChannel, day, today chepiao.Day) bool {
	for _, r := range list {
		if r.Channel == name && r.Day == day {
			return r.Open() == 0 || chepiao.DayOf(r.At.In(billZone)) == today
		}
	}
	return false
}
