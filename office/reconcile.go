package office

import (
	"cmp"
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
	return r, o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.At.Station
		before, _, err := tx.Reconciled(name, day)
		if err != nil {
			return err
		}
		r.Keep(before)
		r.At = tx.Now
		if err := tx.PutReconciled(r); err != nil {
			return err
		}
		for earlier := day - reconcileBack; earlier < day; earlier++ {
			was, ok, err := tx.Reconciled(name, earlier)
			if err != nil {
				return err
			}
			if ok && was.Later(day, bill) {
				if err := tx.PutReconciled(was); err != nil {
					return err
				}
			}
		}
		return tx.Record("bill "+string(name)+" "+day.String(), 0, chepiao.Event{Kind: chepiao.BillWasCompared, By: v.By, Detail: struct {
			Channel chepiao.PaymentChannel `json:"channel"`
			Day     chepiao.Day            `json:"day"`
			Lines   int                    `json:"lines"`
			Open    int                    `json:"open"`
			Found   int                    `json:"found"`
		}{name, day, r.Lines, r.Open(), len(r.Differences)}})
	})
}

// entries are a bill's lines for the domain, and the numbers in them that are ours by
// their looks.
func entries(lines []pay.BillLine) (bill []chepiao.BillEntry, payments []chepiao.PaymentID, paybacks []chepiao.PaybackID) {
	for _, l := range lines {
		bill = append(bill, chepiao.BillEntry{Charge: l.Charge, Refund: l.Refund, Undone: l.Undone, Amount: l.Amount, At: l.At})
		if l.Refund == "" || l.Undone {
			if id, err := chepiao.ParsePaymentID(l.Charge); err == nil {
				payments = append(payments, id)
			}
		} else if id, err := chepiao.ParsePaybackID(l.Refund); err == nil {
			paybacks = append(paybacks, id)
		}
	}
	return bill, payments, paybacks
}

// SettleDifference says why a difference needs no more looking at. A number may have two,
// such as a line that nobody heard of and that stands in the bill twice: kind says which,
// "" the first that is open. Sent again under its id it is done once. Refusals: Invalid
// without a reason, NotFound, WrongState when it is settled.
func (o *Office) SettleDifference(ctx context.Context, v Verb, name chepiao.PaymentChannel, day chepiao.Day, kind chepiao.DifferenceKind, number, reason string) (r chepiao.Reconciliation, err error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > reasonMax {
		return r, chepiao.Refuse(chepiao.Invalid, "请填写处理说明（200 字节以内）", "say what was done about it, in at most 200 bytes").At("reason")
	}
	_, err = o.once(ctx, v, []any{"settle difference", name, day, kind, number, reason}, func(tx *store.Tx) (*chepiao.Event, error) {
		r, ok, err := tx.Reconciled(name, day)
		if err != nil {
			return nil, err
		}
		i := -1
		for n, d := range r.Differences {
			if d.Number == number && (kind == "" || d.Kind == kind) && (i < 0 || r.Differences[i].Settled != "" && d.Settled == "") {
				i = n
			}
		}
		if !ok || i < 0 {
			return nil, noSuchDifference
		}
		d := &r.Differences[i]
		if d.Settled != "" {
			return nil, chepiao.Refuse(chepiao.WrongState, "这项差异已由 "+d.By+" 处理", "this difference was settled by "+d.By).At("number")
		}
		d.Settled, d.By = reason, cmp.Or(string(v.Who), v.By)
		if err := tx.PutReconciled(r); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.DifferenceWasSettled, By: v.By, Reason: reason, Detail: struct {
			Channel chepiao.PaymentChannel `json:"channel"`
			Day     chepiao.Day            `json:"day"`
			Kind    chepiao.DifferenceKind `json:"kind"`
			Number  string                 `json:"number"`
		}{name, day, d.Kind, number}}
		return e, tx.Record("bill "+string(name)+" "+day.String(), 0, *e)
	})
	if err != nil {
		return r, err
	}
	return r, o.store.Read(ctx, func(rd *store.Reader) error {
		r, _, err = rd.ReconciledDay(name, day)
		return err
	})
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
		for day := today - reconcileBack; day < today; day++ { // in order: a later bill may have what an earlier one lacks
			if fresh(list, name, day, today) {
				continue
			}
			_, no := o.Reconcile(ctx, Verb{By: "reconcile"}, name, day)
			if no != nil && chepiao.AsRefusal(no) == nil {
				err = errors.Join(err, no) // the other channels are compared all the same
				break
			}
		}
	}
	return 0, err // the next round comes in its own time
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
