package store

import (
	"encoding/json"

	"chepiao"
)

// One statement of each kind a table, beside the Go that reads it.

const orderColumns = "id, secret, channel, outlet, departure, from_no, to_no, state, total, created, deadline, extended, tickets, payment, version, more"

func scanOrder(r rowOf) chepiao.Order {
	o := chepiao.Order{
		ID: chepiao.OrderID(r.int(0)), Key: r.text(1), Channel: chepiao.Channel(r.text(2)), Outlet: r.text(3),
		Departure: chepiao.DepartureID(r.int(4)), From: chepiao.StationNo(r.int(5)), To: chepiao.StationNo(r.int(6)),
		State: chepiao.OrderState(r.text(7)), Total: chepiao.Money(r.int(8)), Created: fromMicros(r.int(9)),
		Deadline: fromMicros(r.int(10)), Extended: int(r.int(11)), Count: int(r.int(12)), Payment: chepiao.PaymentID(r.int(13)), Version: r.int(14),
	}
	readMore(r.text(15), &o.OrderMore)
	return o
}

func loadOrder(c *conn, id chepiao.OrderID) (o chepiao.Order, ok bool, err error) {
	err = c.query("SELECT "+orderColumns+" FROM orders WHERE id = $1", []any{int64(id)}, func(r rowOf) error {
		o, ok = scanOrder(r), true
		return nil
	})
	return o, ok, err
}

func flushOrder(c *conn) func(chepiao.Order, int64) error {
	return func(o chepiao.Order, base int64) error {
		if base == 0 {
			return c.one("INSERT INTO orders ("+orderColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
				int64(o.ID), o.Key, string(o.Channel), o.Outlet, int64(o.Departure), int64(o.From), int64(o.To), string(o.State),
				int64(o.Total), micros(o.Created), micros(o.Deadline), o.Extended, o.Count, int64(o.Payment), o.Version,
				moreJSON(o.OrderMore == (chepiao.OrderMore{}), o.OrderMore))
		}
		// What a served request, a rebooking or a moved coach changes as well.
		return c.one("UPDATE orders SET state = $1, deadline = $2, extended = $3, payment = $4, version = $5, departure = $6, from_no = $7, to_no = $8, total = $9, more = $10 WHERE id = $11 AND version = $12",
			string(o.State), micros(o.Deadline), o.Extended, int64(o.Payment), o.Version, int64(o.Departure), int64(o.From), int64(o.To), int64(o.Total),
			moreJSON(o.OrderMore == (chepiao.OrderMore{}), o.OrderMore), int64(o.ID), base)
	}
}

const ticketColumns = "id, order_id, departure, state, from_no, to_no, board, alight, seat, kind, children, full_fare, price, refund, fee, rules, person, voucher, version, checked_at, checked_by, more"

func scanTicket(r rowOf) chepiao.Ticket {
	t := chepiao.Ticket{
		ID: chepiao.TicketID(r.int(0)), Order: chepiao.OrderID(r.int(1)), Departure: chepiao.DepartureID(r.int(2)),
		State: chepiao.TicketState(r.text(3)), From: chepiao.StationNo(r.int(4)), To: chepiao.StationNo(r.int(5)),
		Board: int(r.int(6)), Alight: int(r.int(7)), Seat: int(r.int(8)), Kind: chepiao.TicketKind(r.int(9)),
		Children: int(r.int(10)), Full: chepiao.Money(r.int(11)), Price: chepiao.Money(r.int(12)),
		Refund: chepiao.Money(r.int(13)), Fee: chepiao.Money(r.int(14)), Rules: r.int(15),
		Person: chepiao.PersonToken(r.bytes(16)), Voucher: int(r.int(17)), Version: r.int(18),
		CheckedAt: fromMicros(r.int(19)), CheckedBy: r.text(20),
	}
	readMore(r.text(21), &t.TicketMore)
	return t
}

func loadTicket(c *conn, id chepiao.TicketID) (t chepiao.Ticket, ok bool, err error) {
	err = c.query("SELECT "+ticketColumns+" FROM ticket WHERE id = $1", []any{int64(id)}, func(r rowOf) error {
		t, ok = scanTicket(r), true
		return nil
	})
	return t, ok, err
}

func flushTicket(c *conn) func(chepiao.Ticket, int64) error {
	return func(t chepiao.Ticket, base int64) error {
		if base == 0 {
			return c.one("INSERT INTO ticket ("+ticketColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
				int64(t.ID), int64(t.Order), int64(t.Departure), string(t.State), int64(t.From), int64(t.To), t.Board, t.Alight, t.Seat,
				int(t.Kind), t.Children, int64(t.Full), int64(t.Price), int64(t.Refund), int64(t.Fee), t.Rules, t.Person[:], t.Voucher,
				t.Version, micros(t.CheckedAt), t.CheckedBy, moreJSON(t.TicketMore == (chepiao.TicketMore{}), t.TicketMore))
		}
		if t.TicketMore != (chepiao.TicketMore{}) {
			return c.one(`UPDATE ticket SET state = $1, refund = $2, fee = $3, voucher = $4, version = $5, checked_at = $6, checked_by = $7,
				departure = $8, from_no = $9, to_no = $10, board = $11, alight = $12, seat = $13, children = $14, full_fare = $15, price = $16, rules = $17, person = $18, more = $19
				WHERE id = $20 AND version = $21`,
				string(t.State), int64(t.Refund), int64(t.Fee), t.Voucher, t.Version, micros(t.CheckedAt), t.CheckedBy,
				int64(t.Departure), int64(t.From), int64(t.To), t.Board, t.Alight, t.Seat, t.Children, int64(t.Full), int64(t.Price), t.Rules, t.Person[:],
				moreJSON(false, t.TicketMore), int64(t.ID), base)
		}
		// It may have had more: a receipt that was spoilt is none again.
		return c.one("UPDATE ticket SET state = $1, refund = $2, fee = $3, voucher = $4, version = $5, checked_at = $6, checked_by = $7, more = '' WHERE id = $8 AND version = $9",
			string(t.State), int64(t.Refund), int64(t.Fee), t.Voucher, t.Version, micros(t.CheckedAt), t.CheckedBy, int64(t.ID), base)
	}
}

const paymentColumns = "id, order_id, channel, amount, state, created, version, shift, more"

func scanPayment(r rowOf) chepiao.Payment {
	p := chepiao.Payment{
		ID: chepiao.PaymentID(r.int(0)), Order: chepiao.OrderID(r.int(1)), Channel: chepiao.PaymentChannel(r.text(2)),
		Amount: chepiao.Money(r.int(3)), State: chepiao.PaymentState(r.text(4)), Created: fromMicros(r.int(5)), Version: r.int(6),
		Shift: chepiao.ShiftID(r.int(7)),
	}
	readMore(r.text(8), &p.PaymentMore)
	return p
}

func loadPayment(c *conn, id chepiao.PaymentID) (p chepiao.Payment, ok bool, err error) {
	err = c.query("SELECT "+paymentColumns+" FROM payment WHERE id = $1", []any{int64(id)}, func(r rowOf) error {
		p, ok = scanPayment(r), true
		return nil
	})
	return p, ok, err
}

func flushPayment(c *conn) func(chepiao.Payment, int64) error {
	return func(p chepiao.Payment, base int64) error {
		if base == 0 {
			return c.one("INSERT INTO payment ("+paymentColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
				int64(p.ID), int64(p.Order), string(p.Channel), int64(p.Amount), string(p.State), micros(p.Created), p.Version, int64(p.Shift), moreJSON(p.PaymentMore == chepiao.PaymentMore{}, p.PaymentMore))
		}
		return c.one("UPDATE payment SET state = $1, version = $2, shift = $3, more = $4 WHERE id = $5 AND version = $6",
			string(p.State), p.Version, int64(p.Shift), moreJSON(p.PaymentMore == chepiao.PaymentMore{}, p.PaymentMore), int64(p.ID), base)
	}
}

const paybackColumns = "id, payment, order_id, channel, amount, state, created, tries, version, shift"

func scanPayback(r rowOf) chepiao.Payback {
	return chepiao.Payback{
		ID: chepiao.PaybackID(r.int(0)), Payment: chepiao.PaymentID(r.int(1)), Order: chepiao.OrderID(r.int(2)),
		Channel: chepiao.PaymentChannel(r.text(3)), Amount: chepiao.Money(r.int(4)), State: chepiao.PaybackState(r.text(5)),
		Created: fromMicros(r.int(6)), Tries: int(r.int(7)), Version: r.int(8), Shift: chepiao.ShiftID(r.int(9)),
	}
}

func loadPayback(c *conn, id chepiao.PaybackID) (p chepiao.Payback, ok bool, err error) {
	err = c.query("SELECT "+paybackColumns+" FROM payback WHERE id = $1", []any{int64(id)}, func(r rowOf) error {
		p, ok = scanPayback(r), true
		return nil
	})
	return p, ok, err
}

func flushPayback(c *conn) func(chepiao.Payback, int64) error {
	return func(p chepiao.Payback, base int64) error {
		if base == 0 {
			return c.one("INSERT INTO payback ("+paybackColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
				int64(p.ID), int64(p.Payment), int64(p.Order), string(p.Channel), int64(p.Amount), string(p.State), micros(p.Created), p.Tries, p.Version, int64(p.Shift))
		}
		return c.one("UPDATE payback SET state = $1, tries = $2, version = $3, shift = $4 WHERE id = $5 AND version = $6",
			string(p.State), p.Tries, p.Version, int64(p.Shift), int64(p.ID), base)
	}
}

// moreJSON is what few rows have, as it is stored: "" for none.
func moreJSON(none bool, v any) string {
	if none {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: " + err.Error()) // plain fields marshal
	}
	return string(b)
}

// readMore reads what moreJSON wrote. A row that cannot be read panics: the
// writer rolls back and answers with a fault.
func readMore(text string, into any) {
	if text == "" {
		return
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		panic("store: reading a row: " + err.Error())
	}
}

// Sealed is who travels on a ticket, encrypted under a key of the ticket's own,
// itself wrapped by the node's key.
type Sealed struct{ Wrapped, Box []byte }

type personRow struct {
	ticket chepiao.TicketID
	sealed Sealed
}

func (p personRow) flush(c *conn) error {
	return c.one("INSERT INTO person (ticket, wrapped, sealed) VALUES ($1, $2, $3)", int64(p.ticket), p.sealed.Wrapped, p.sealed.Box)
}
