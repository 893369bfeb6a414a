package store

import (
	"fmt"
	"time"

	"chepiao"
)

// Order reads an order. Refusal NotFound.
func (r *Reader) Order(id chepiao.OrderID) (chepiao.Order, error) {
	o, ok, err := loadOrder(r.c, id)
	if err == nil && !ok {
		err = noSuchOrder
	}
	return o, err
}

// Ticket reads a ticket. Refusal NotFound.
func (r *Reader) Ticket(id chepiao.TicketID) (chepiao.Ticket, error) {
	t, ok, err := loadTicket(r.c, id)
	if err == nil && !ok {
		err = noSuchTicket
	}
	return t, err
}

// Tickets reads the tickets of an order, in order.
func (r *Reader) Tickets(o chepiao.Order) ([]chepiao.Ticket, error) {
	return r.tickets("SELECT "+ticketColumns+" FROM ticket WHERE id > $1 AND id <= $2 ORDER BY id", int64(o.ID), int64(o.ID)+int64(o.Count))
}

// TicketsOf reads the latest tickets of a person, newest first, at most limit.
func (r *Reader) TicketsOf(person chepiao.PersonToken, limit int) ([]chepiao.Ticket, error) {
	return r.tickets("SELECT "+ticketColumns+" FROM ticket WHERE person = $1 ORDER BY id DESC LIMIT $2", person[:], limit)
}

// Manifest reads the tickets of a departure after a ticket number, at most
// limit, in the order of their numbers.
func (r *Reader) Manifest(id chepiao.DepartureID, after chepiao.TicketID, limit int) ([]chepiao.Ticket, error) {
	return r.tickets("SELECT "+ticketColumns+" FROM ticket WHERE departure = $1 AND id > $2 ORDER BY id LIMIT $3", int64(id), int64(after), limit)
}

func (r *Reader) tickets(sql string, args ...any) (tickets []chepiao.Ticket, err error) {
	err = r.c.query(sql, args, func(r rowOf) error {
		tickets = append(tickets, scanTicket(r))
		return nil
	})
	return tickets, err
}

// Person reads the sealed record of who travels on a ticket; ok is false when
// it was destroyed or never stood here.
func (r *Reader) Person(id chepiao.TicketID) (p Sealed, ok bool, err error) {
	err = r.c.query("SELECT wrapped, sealed FROM person WHERE ticket = $1", []any{int64(id)}, func(r rowOf) error {
		p, ok = Sealed{r.bytes(0), r.bytes(1)}, true
		return nil
	})
	return p, ok, err
}

// DueOrders reads this node's unpaid orders whose deadline has passed, oldest first, at
// most limit.
func (r *Reader) DueOrders(now time.Time, limit int) (orders []chepiao.Order, err error) {
	low, high := r.own()
	err = r.c.query("SELECT "+orderColumns+" FROM orders WHERE state IN ('held', 'paying') AND deadline <= $1 AND id BETWEEN $2 AND $3 ORDER BY deadline LIMIT $4",
		[]any{micros(now), low, high, limit}, func(r rowOf) error {
			orders = append(orders, scanOrder(r))
			return nil
		})
	return orders, err
}

// Payments reads the payments of an order, in order.
func (r *Reader) Payments(id chepiao.OrderID) (payments []chepiao.Payment, err error) {
	err = r.c.query("SELECT "+paymentColumns+" FROM payment WHERE order_id = $1 ORDER BY id", []any{int64(id)}, func(r rowOf) error {
		payments = append(payments, scanPayment(r))
		return nil
	})
	return payments, err
}

// Payment reads a payment. Refusal NotFound.
func (r *Reader) Payment(id chepiao.PaymentID) (chepiao.Payment, error) {
	p, ok, err := loadPayment(r.c, id)
	if err == nil && !ok {
		err = chepiao.Refuse(chepiao.NotFound, "没有这笔支付", "there is no such payment").At("payment")
	}
	return p, err
}

// own bounds the ids that this node has made.
func (r *Reader) own() (low, high int64) {
	no := max(r.c.no, chepiao.Hub)
	return chepiao.LaneID(no.FirstLane(), 0), chepiao.LaneID(no.LastLane()+1, 0) - 1
}

// DuePaybacks reads money that still has to be sent back through a channel,
// from after an id on, oldest first. Cash waits at a window.
func (r *Reader) DuePaybacks(after chepiao.PaybackID, limit int) ([]chepiao.Payback, error) {
	return r.paybacksAt("state = 'due' AND channel <> 'cash'", after, limit)
}

// SentPaybacks reads money that a channel has taken on to send back and has not
// said to have arrived, from after an id on.
func (r *Reader) SentPaybacks(after chepiao.PaybackID, limit int) ([]chepiao.Payback, error) {
	return r.paybacksAt("state = 'sent'", after, limit)
}

// StuckPaybacks reads money that a channel will not send back before a person has
// looked, from after an id on.
func (r *Reader) StuckPaybacks(after chepiao.PaybackID, limit int) ([]chepiao.Payback, error) {
	return r.paybacksAt("state = 'stuck'", after, limit)
}

// paybacksAt reads those of this node's payments.
func (r *Reader) paybacksAt(where string, after chepiao.PaybackID, limit int) (paybacks []chepiao.Payback, err error) {
	low, high := r.own()
	err = r.c.query("SELECT "+paybackColumns+" FROM payback WHERE "+where+" AND id > $1 AND (payment BETWEEN $2 AND $3 OR "+inherited+") ORDER BY id LIMIT $4", []any{int64(after), low, high, limit}, func(r rowOf) error {
		paybacks = append(paybacks, scanPayback(r))
		return nil
	})
	return paybacks, err
}

// inherited says in SQL that the money was taken by a node that is revoked: the hub,
// which alone keeps such rows, sends it back, under the number under which that node
// would have, so that a channel never pays twice.
var inherited = fmt.Sprintf("EXISTS (SELECT 1 FROM peer WHERE peer.state = 'revoked' AND peer.no > 1 AND payback.payment BETWEEN %d + (peer.no - 2) * %d AND %d + (peer.no - 1) * %d - 1)",
	chepiao.LaneID((chepiao.Hub+1).FirstLane(), 0), chepiao.LaneID(chepiao.NodeLanes, 0), chepiao.LaneID((chepiao.Hub+1).FirstLane(), 0), chepiao.LaneID(chepiao.NodeLanes, 0))

// StrayPayments reads payments that channels must still be asked about though no
// order waits for them: pending ones of an order that is not being paid, and those
// that were closed without the channel's word.
func (r *Reader) StrayPayments(limit int) (payments []chepiao.Payment, err error) {
	low, high := r.own()
	for _, where := range []string{
		"state = 'pending' AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = payment.order_id AND orders.state = 'paying')",
		`more LIKE '%"unsure":true%'`,
	} {
		err := r.c.query("SELECT "+paymentColumns+" FROM payment WHERE "+where+" AND id BETWEEN $1 AND $2 ORDER BY id LIMIT $3", []any{low, high, limit}, func(r rowOf) error {
			payments = append(payments, scanPayment(r))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return payments, nil
}

// Lanes are the lanes of a node, in order: together they are its journal.
func (r *Reader) Lanes(node string) (lanes []int64, err error) {
	err = r.c.query("SELECT id FROM lane WHERE node = $1 ORDER BY id", []any{node}, func(r rowOf) error {
		lanes = append(lanes, r.int(0))
		return nil
	})
	return lanes, err
}

// Journal reads entries of a lane after a sequence number, at most limit.
func (r *Reader) Journal(node string, lane, after int64, limit int) (entries []chepiao.Entry, err error) {
	err = r.c.query("SELECT node, lane, seq, at, kind, aggregate, version, body, hash FROM journal WHERE node = $1 AND lane = $2 AND seq > $3 ORDER BY seq LIMIT $4",
		[]any{node, lane, after, limit}, func(r rowOf) error {
			entries = append(entries, chepiao.Entry{
				Node: r.text(0), Lane: r.int(1), Seq: r.int(2), At: fromMicros(r.int(3)), Kind: chepiao.EventKind(r.text(4)),
				Aggregate: r.text(5), Version: r.int(6), Body: r.bytes(7), Hash: r.bytes(8),
			})
			return nil
		})
	return entries, err
}
