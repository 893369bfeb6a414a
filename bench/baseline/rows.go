package baseline

import (
	"encoding/json"
	"strings"

	"chepiao"
)

// schema has BIGINT, TEXT and BYTEA only. Tables whose rows are changed leave
// room on their pages, so that a new version of a row stays on its page and no
// index is touched (PostgreSQL's heap-only tuples).
const schema = `
CREATE TABLE IF NOT EXISTS departure (id BIGINT PRIMARY KEY, version BIGINT NOT NULL CHECK (version > 0), seats BYTEA NOT NULL) FILL 50;
CREATE TABLE IF NOT EXISTS seat_leg (departure BIGINT NOT NULL, seat BIGINT NOT NULL, leg BIGINT NOT NULL, ticket BIGINT NOT NULL, PRIMARY KEY (departure, seat, leg)) FILL 70;
CREATE INDEX IF NOT EXISTS seat_leg_leg ON seat_leg (departure, leg, seat);
CREATE TABLE IF NOT EXISTS flow_leg (departure BIGINT NOT NULL, leg BIGINT NOT NULL, taken BIGINT NOT NULL, places BIGINT NOT NULL, PRIMARY KEY (departure, leg), CHECK (taken >= 0 AND taken <= places)) FILL 10;
CREATE TABLE IF NOT EXISTS verb (id TEXT PRIMARY KEY, input BYTEA NOT NULL, order_id BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (id BIGINT PRIMARY KEY, secret TEXT NOT NULL, channel TEXT NOT NULL, departure BIGINT NOT NULL, from_no BIGINT NOT NULL, to_no BIGINT NOT NULL, state TEXT NOT NULL, total BIGINT NOT NULL, created BIGINT NOT NULL, deadline BIGINT NOT NULL, tickets BIGINT NOT NULL, payment BIGINT NOT NULL, version BIGINT NOT NULL) FILL 80;
CREATE TABLE IF NOT EXISTS ticket (id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL, departure BIGINT NOT NULL, state TEXT NOT NULL, from_no BIGINT NOT NULL, to_no BIGINT NOT NULL, board BIGINT NOT NULL, alight BIGINT NOT NULL, seat BIGINT NOT NULL, kind BIGINT NOT NULL, full_fare BIGINT NOT NULL, price BIGINT NOT NULL, refund BIGINT NOT NULL, fee BIGINT NOT NULL, rules BIGINT NOT NULL, person BYTEA NOT NULL, live BIGINT NOT NULL, version BIGINT NOT NULL) FILL 80;
CREATE UNIQUE INDEX IF NOT EXISTS ticket_rider ON ticket (person, departure) WHERE live = 1;
CREATE TABLE IF NOT EXISTS person (ticket BIGINT PRIMARY KEY, wrapped BYTEA NOT NULL, sealed BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS payment (id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL, channel TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL, created BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS payback (id BIGINT PRIMARY KEY, payment BIGINT NOT NULL, order_id BIGINT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL, created BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS audit (id BIGINT PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, aggregate TEXT NOT NULL, body BYTEA NOT NULL);
`

// statement is one SQL statement of a transaction. Parameters are int64, string
// or []byte; want is how many rows it must change, 0 for any number.
type statement struct {
	sql  string
	args []any
	want int64
	each func(row) // of a query
}

// row is a row of an answer; columns count from 0.
type row interface {
	int(i int) int64
	text(i int) string
	bytes(i int) []byte
}

const orderSQL = "SELECT id, secret, channel, departure, from_no, to_no, state, total, created, deadline, tickets, payment, version FROM orders WHERE id = $1"

func scanOrder(r row) chepiao.Order {
	return chepiao.Order{
		ID: chepiao.OrderID(r.int(0)), Key: r.text(1), Channel: chepiao.Channel(r.text(2)), Departure: chepiao.DepartureID(r.int(3)),
		From: chepiao.StationNo(r.int(4)), To: chepiao.StationNo(r.int(5)), State: chepiao.OrderState(r.text(6)), Total: chepiao.Money(r.int(7)),
		Created: fromMicros(r.int(8)), Deadline: fromMicros(r.int(9)), Count: int(r.int(10)), Payment: chepiao.PaymentID(r.int(11)), Version: r.int(12),
	}
}

// An order's tickets have the numbers after its own.
const ticketsSQL = "SELECT id, order_id, departure, state, from_no, to_no, board, alight, seat, kind, full_fare, price, refund, fee, rules, person, version FROM ticket WHERE id > $1 AND id < $1 + 100 AND order_id = $1 ORDER BY id"

func scanTicket(r row) chepiao.Ticket {
	t := chepiao.Ticket{
		ID: chepiao.TicketID(r.int(0)), Order: chepiao.OrderID(r.int(1)), Departure: chepiao.DepartureID(r.int(2)), State: chepiao.TicketState(r.text(3)),
		From: chepiao.StationNo(r.int(4)), To: chepiao.StationNo(r.int(5)), Board: int(r.int(6)), Alight: int(r.int(7)), Seat: int(r.int(8)),
		Kind: chepiao.TicketKind(r.int(9)), Full: chepiao.Money(r.int(10)), Price: chepiao.Money(r.int(11)), Refund: chepiao.Money(r.int(12)),
		Fee: chepiao.Money(r.int(13)), Rules: r.int(14), Voucher: 1, Version: r.int(16),
	}
	copy(t.Person[:], r.bytes(15))
	return t
}

// readOrder are the queries that read an order with its tickets; lock is " FOR
// UPDATE" where the database has it.
func readOrder(id chepiao.OrderID, lock string, into *Order) []statement {
	*into = Order{}
	return []statement{
		{sql: orderSQL + lock, args: []any{int64(id)}, each: func(r row) { into.Order = scanOrder(r) }},
		{sql: ticketsSQL, args: []any{int64(id)}, each: func(r row) { into.Tickets = append(into.Tickets, scanTicket(r)) }},
	}
}

// journeysOf asks for the live tickets of the passengers.
func (h *holding) journeysOf(into *[]journey) []statement {
	var list []statement
	*into = nil
	for _, r := range h.wish.Riders {
		list = append(list, statement{sql: "SELECT departure, board, alight FROM ticket WHERE person = $1 AND live = 1 LIMIT 200", args: []any{r.Token[:]}, each: func(r row) {
			*into = append(*into, journey{chepiao.DepartureID(r.int(0)), int(r.int(1)), int(r.int(2))})
		}})
	}
	return list
}

// rows are what a hold writes beside the seats.
func (h *holding) rows() ([]statement, error) {
	o := h.order
	list := []statement{
		verbRow(h.verb, o.ID),
		{sql: "INSERT INTO orders VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", want: 1, args: []any{
			int64(o.ID), o.Key, string(o.Channel), int64(o.Departure), int64(o.From), int64(o.To), string(o.State), int64(o.Total),
			micros(o.Created), micros(o.Deadline), int64(o.Count), int64(o.Payment), o.Version}},
	}
	for i, t := range o.Tickets {
		list = append(list,
			statement{sql: "INSERT INTO ticket VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)", want: 1, args: ticketValues(t)},
			statement{sql: "INSERT INTO person VALUES ($1, $2, $3)", want: 1, args: []any{int64(t.ID), h.sealed[i].wrapped, h.sealed[i].box}})
	}
	audit, err := auditRow(h.shop, h.now.UnixMicro(), chepiao.Event{Kind: chepiao.OrderWasHeld, By: "baseline", Order: &o.Order, Tickets: o.Tickets})
	return append(list, audit), err
}

func ticketValues(t chepiao.Ticket) []any {
	return []any{
		int64(t.ID), int64(t.Order), int64(t.Departure), string(t.State), int64(t.From), int64(t.To), int64(t.Board), int64(t.Alight), int64(t.Seat),
		int64(t.Kind), int64(t.Full), int64(t.Price), int64(t.Refund), int64(t.Fee), t.Rules, append([]byte(nil), t.Person[:]...), int64(1), t.Version}
}

// rows are what a payment writes.
func (p *paying) rows() ([]statement, error) {
	o, pay := p.order, p.payment
	list := []statement{
		verbRow(p.verb, o.ID),
		{sql: "UPDATE orders SET state = $1, payment = $2, version = $3 WHERE id = $4", want: 1, args: []any{string(o.State), int64(o.Payment), o.Version, int64(o.ID)}},
		{sql: "UPDATE ticket SET state = $1, version = version + 1 WHERE id > $2 AND id <= $3 AND order_id = $2 AND state = 'held'", want: int64(o.Count), args: []any{string(chepiao.TicketValid), int64(o.ID), int64(o.ID) + int64(o.Count)}},
		{sql: "INSERT INTO payment VALUES ($1, $2, $3, $4, $5, $6)", want: 1, args: []any{int64(pay.ID), int64(o.ID), string(pay.Channel), int64(pay.Amount), string(pay.State), micros(pay.Created)}},
	}
	audit, err := auditRow(p.shop, p.now.UnixMicro(), chepiao.Event{Kind: chepiao.OrderWasIssued, By: "baseline", Order: &o.Order, Tickets: o.Tickets, Payment: &pay})
	return append(list, audit), err
}

// rows are what a refund writes beside the seats.
func (r *refunding) rows() ([]statement, error) {
	o, back := r.order, r.payback
	list := []statement{
		verbRow(r.verb, o.ID),
		{sql: "UPDATE orders SET state = $1, version = $2 WHERE id = $3", want: 1, args: []any{string(o.State), o.Version, int64(o.ID)}},
		{sql: "INSERT INTO payback VALUES ($1, $2, $3, $4, $5, $6)", want: 1, args: []any{int64(back.ID), int64(back.Payment), int64(o.ID), int64(back.Amount), string(back.State), micros(back.Created)}},
	}
	for _, t := range r.given {
		list = append(list, statement{sql: "UPDATE ticket SET state = $1, refund = $2, fee = $3, live = 0, version = $4 WHERE id = $5 AND live = 1", want: 1,
			args: []any{string(t.State), int64(t.Refund), int64(t.Fee), t.Version, int64(t.ID)}})
	}
	audit, err := auditRow(r.shop, r.now.UnixMicro(), chepiao.Event{Kind: chepiao.TicketWasRefunded, By: "baseline", Order: &o.Order, Tickets: r.given, Payback: &back, Because: r.because})
	return append(list, audit), err
}

func verbRow(v verb, o chepiao.OrderID) statement {
	return statement{sql: "INSERT INTO verb VALUES ($1, $2, $3)", want: 1, args: []any{v.id, v.input, int64(o)}}
}

// auditRow is the fact as the journal has it; no chain of hashes is asked of a
// baseline.
func auditRow(s *Shop, at int64, e chepiao.Event) (statement, error) {
	body, err := json.Marshal(e)
	return statement{sql: "INSERT INTO audit VALUES ($1, $2, $3, $4, $5)", want: 1, args: []any{s.ids.Add(1), at, string(e.Kind), "order " + e.Order.ID.String(), body}}, err
}

var forPostgres = strings.NewReplacer(") FILL 50;", ") WITH (fillfactor = 50);", ") FILL 70;", ") WITH (fillfactor = 70);", ") FILL 10;", ") WITH (fillfactor = 10);", ") FILL 80;", ") WITH (fillfactor = 80);")

var forSQLite = strings.NewReplacer(") FILL 50;", ");", ") FILL 70;", ");", ") FILL 10;", ");", ") FILL 80;", ");", "BIGINT", "INTEGER", "BYTEA", "BLOB")
