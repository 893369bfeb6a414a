package store

import (
	"maps"
	"slices"

	"chepiao"
)

// SentBack is how much of a payment is on its way back or has arrived, what the
// batch has staged included.
func (tx *Tx) SentBack(id chepiao.PaymentID) (sum chepiao.Money, err error) {
	if _, known := tx.sent[id]; !known {
		if err := tx.readSent([]int64{int64(id)}); err != nil {
			return 0, err
		}
		if err := tx.s.ahead.check(); err != nil {
			return 0, err
		}
	}
	if tx.s.shared {
		if tx.listed == nil {
			tx.listed = map[chepiao.PaymentID]chepiao.Money{}
		}
		tx.listed[id] = tx.sent[id]
	}
	return tx.sent[id] + tx.sending[id], nil
}

// readSent asks how much of payments earlier batches have sent back: the answer is
// there after the check.
func (tx *Tx) readSent(payments []int64) error {
	if tx.sent == nil {
		tx.sent = make(map[chepiao.PaymentID]chepiao.Money, len(payments))
	}
	storing := map[chepiao.PaymentID]chepiao.Money(nil)
	if b := tx.s.storing; b != nil {
		storing = b.tx.sending
	}
	for _, id := range payments {
		tx.sent[chepiao.PaymentID(id)] = storing[chepiao.PaymentID(id)]
	}
	return tx.s.ahead.each("SELECT payment, id, amount FROM payback WHERE payment = $1", payments, func(r rowOf) {
		if st := tx.s.paybacks.before.staged[chepiao.PaybackID(r.int(1))]; st == nil || st.base != 0 { // else it is counted already
			tx.sent[chepiao.PaymentID(r.int(0))] += chepiao.Money(r.int(2))
		}
	})
}

// lockSent stages that of two processes which send the same payments back, having
// looked how much went already, one waits for the other.
func (tx *Tx) lockSent(c *conn) error {
	for _, id := range slices.Sorted(maps.Keys(tx.listed)) {
		if tx.sending[id] == 0 {
			continue
		}
		if err := c.one("UPDATE payment SET version = version WHERE id = $1", int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// askSent stages the question how much of the payments goes back by now.
func (tx *Tx) askSent(c *conn) (sent map[chepiao.PaymentID]chepiao.Money, err error) {
	if len(tx.listed) == 0 {
		return nil, nil
	}
	var ids []int64
	for id := range tx.listed {
		ids = append(ids, int64(id))
	}
	slices.Sort(ids)
	sent = map[chepiao.PaymentID]chepiao.Money{}
	return sent, c.each("SELECT payment, amount FROM payback WHERE payment = $1", ids, func(r rowOf) {
		sent[chepiao.PaymentID(r.int(0))] += chepiao.Money(r.int(1))
	})
}

// compareSent holds the answer against what the batch has read and added itself.
func (tx *Tx) compareSent(sent map[chepiao.PaymentID]chepiao.Money) {
	for id, was := range tx.listed {
		tx.stale = tx.stale || sent[id] != was+tx.sending[id]
	}
}

// Payback reads one. Refusal NotFound.
func (r *Reader) Payback(id chepiao.PaybackID) (chepiao.Payback, error) {
	p, ok, err := loadPayback(r.c, id)
	if err == nil && !ok {
		err = chepiao.Refuse(chepiao.NotFound, "没有这笔退款", "there is no such money on its way back").At("payback")
	}
	return p, err
}

// Paybacks reads the money on its way back of an order's payments, in order.
func (r *Reader) Paybacks(id chepiao.OrderID) (paybacks []chepiao.Payback, err error) {
	err = r.c.query("SELECT "+paybackColumns+" FROM payback WHERE payment IN (SELECT payment.id FROM payment WHERE payment.order_id = $1) ORDER BY id",
		[]any{int64(id)}, func(r rowOf) error {
			paybacks = append(paybacks, scanPayback(r))
			return nil
		})
	return paybacks, err
}

// PutPerson stages another sealed record of who travels on a ticket, in place of
// the one that is there. The ticket was stored by an earlier batch or by this
// one.
func (tx *Tx) PutPerson(id chepiao.TicketID, p Sealed) {
	tx.stage(func(c *conn) error {
		return c.one("UPDATE person SET wrapped = $1, sealed = $2 WHERE ticket = $3", p.Wrapped, p.Box, int64(id))
	})
}
