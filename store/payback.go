package store

import "chepiao"

// SentBack is how much of a payment is on its way back or has arrived, what the
// batch has staged included.
func (tx *Tx) SentBack(id chepiao.PaymentID) (sum chepiao.Money, err error) {
	sum, known := tx.sent[id]
	if !known {
		err = tx.s.writer.query("SELECT amount FROM payback WHERE payment = $1 ORDER BY id", []any{int64(id)}, func(r rowOf) error {
			sum += chepiao.Money(r.int(0))
			return nil
		})
	}
	if err != nil {
		return 0, err
	}
	return sum, tx.s.paybacks.each(func(p chepiao.Payback, base int64) error {
		if base == 0 && p.Payment == id { // an amount never changes: stored ones are counted
			sum += p.Amount
		}
		return nil
	})
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
