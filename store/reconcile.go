package store

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// PutReconciled stages a channel's day, new or compared again.
func (tx *Tx) PutReconciled(r chepiao.Reconciliation) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("storing a reconciliation: %w", err)
	}
	channel, day, at, unsettled := string(r.Channel), int64(r.Day), micros(r.At), r.Open()
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO reconciled (channel, day, at, unsettled, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (channel, day) DO UPDATE SET at = excluded.at, unsettled = excluded.unsettled, body = excluded.body",
			channel, day, at, unsettled, string(body))
	})
	return nil
}

// Reconciled is a channel's day as it is stored; ok is false when it was not compared.
func (tx *Tx) Reconciled(channel chepiao.PaymentChannel, day chepiao.Day) (chepiao.Reconciliation, bool, error) {
	return (&Reader{c: tx.s.writer}).ReconciledDay(channel, day)
}

// Reconciled reads the compared days of all channels from a day on.
func (r *Reader) Reconciled(from chepiao.Day) (list []chepiao.Reconciliation, err error) {
	var unread error
	err = r.c.query("SELECT body FROM reconciled WHERE day >= $1 ORDER BY day DESC, channel", []any{int64(from)}, func(r rowOf) error {
		var one chepiao.Reconciliation
		unread = json.Unmarshal([]byte(r.text(0)), &one)
		list = append(list, one)
		return unread
	})
	return list, err
}

// ReconciledDay reads one channel's day; ok is false when it was not compared.
func (r *Reader) ReconciledDay(channel chepiao.PaymentChannel, day chepiao.Day) (one chepiao.Reconciliation, ok bool, err error) {
	err = r.c.query("SELECT body FROM reconciled WHERE channel = $1 AND day = $2", []any{string(channel), int64(day)}, func(r rowOf) error {
		ok = true
		return json.Unmarshal([]byte(r.text(0)), &one)
	})
	return one, ok, err
}

// Movements reads what our books say has moved through a channel since one moment and
// before another, and what the named numbers say, whenever they began.
func (r *Reader) Movements(channel chepiao.PaymentChannel, from, to time.Time, payments []chepiao.PaymentID, paybacks []chepiao.PaybackID) (list []chepiao.Movement, err error) {
	seen := map[string]bool{}
	add := func(m chepiao.Movement) {
		if !seen[m.Number] {
			seen[m.Number] = true
			list = append(list, m)
		}
	}
	pay := func(p chepiao.Payment) {
		add(chepiao.Movement{Number: p.ID.String(), Order: p.Order, Amount: p.Amount, At: p.Created, Done: p.State == chepiao.PaymentPaid || p.State == chepiao.PaymentReturned})
	}
	back := func(p chepiao.Payback) {
		add(chepiao.Movement{Number: p.ID.String(), Order: p.Order, Back: true, Amount: p.Amount, At: p.Created, Done: p.State == chepiao.PaybackSent || p.State == chepiao.PaybackSettled})
	}
	span := []any{string(channel), micros(from), micros(to)}
	err = r.c.query("SELECT "+paymentColumns+" FROM payment WHERE channel = $1 AND channel <> 'cash' AND created >= $2 AND created < $3 ORDER BY id", span, func(r rowOf) error {
		pay(scanPayment(r))
		return nil
	})
	if err == nil {
		err = r.c.query("SELECT "+paybackColumns+" FROM payback WHERE channel = $1 AND channel <> 'cash' AND created >= $2 AND created < $3 ORDER BY id", span, func(r rowOf) error {
			back(scanPayback(r))
			return nil
		})
	}
	for _, id := range payments {
		if err != nil {
			return nil, err
		}
		var p chepiao.Payment
		var ok bool
		if p, ok, err = loadPayment(r.c, id); ok && p.Channel == channel {
			pay(p)
		}
	}
	for _, id := range paybacks {
		if err != nil {
			return nil, err
		}
		var p chepiao.Payback
		var ok bool
		if p, ok, err = loadPayback(r.c, id); ok && p.Channel == channel {
			back(p)
		}
	}
	return list, err
}
