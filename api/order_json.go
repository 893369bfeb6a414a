package api

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// An order is the answer to every verb of a sale, and writing one by reflection
// costs as much as deciding about it. So it is written by hand, as encoding/json
// would; what few orders have is left to encoding/json.

func (a orderAnswer) appendJSON(b []byte) []byte {
	b = a.Order.appendJSON(append(b, `{"order":`...))
	return append(b, "}\n"...)
}

func (a payAnswer) appendJSON(b []byte) []byte {
	w := members{a.Order.appendJSON(append(b, `{"order":`...))}
	w.rare("payment", a.Payment == nil, a.Payment)
	w.some("pay_url", a.PayURL)
	w.some("qr_text", a.QRText)
	w.some("in_app", a.InApp)
	return append(w.b, "}\n"...)
}

func (o *Order) appendJSON(b []byte) []byte {
	w := members{append(b, '{')}
	w.text("id", o.ID)
	w.some("key", o.Key)
	w.text("state", o.State)
	w.text("channel", o.Channel)
	w.text("departure", o.Departure)
	w.text("number", o.Number)
	w.place("from", o.From)
	w.place("to", o.To)
	w.time("departs", o.Departs)
	w.maybe("last", o.Last)
	w.number("total", o.Total)
	w.time("created", o.Created)
	w.maybe("deadline", o.Deadline)
	w.nonzero("extended", int64(o.Extended))
	w.name("tickets")
	w.b = append(w.b, '[')
	for i := range o.Tickets {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = o.Tickets[i].appendJSON(w.b)
	}
	w.b = append(w.b, ']')
	w.rare("payments", len(o.Payments) == 0, o.Payments)
	w.some("origin", o.Origin)
	w.nonzero("credit", o.Credit)
	w.nonzero("due", o.Due)
	w.rare("wait", o.Wait == nil, o.Wait)
	return append(w.b, '}')
}

func (t *Ticket) appendJSON(b []byte) []byte {
	w := members{append(b, '{')}
	w.text("id", t.ID)
	w.some("order", t.Order)
	w.text("state", t.State)
	w.nonzero("seat", int64(t.Seat))
	w.text("kind", t.Kind)
	w.nonzero("children", int64(t.Children))
	w.number("price", t.Price)
	w.nonzero("refund", t.Refund)
	w.nonzero("fee", t.Fee)
	w.maybe("checked_at", t.CheckedAt)
	w.some("checked_by", t.CheckedBy)
	w.rare("passenger", t.Passenger == nil, t.Passenger)
	w.some("proof", t.Proof)
	w.some("guardian", t.Guardian)
	w.some("replaces", t.Replaces)
	w.some("replaced_by", t.Replaced)
	w.some("receipt", t.Receipt)
	w.some("receipt_no", t.ReceiptNo)
	w.rare("fare", t.Fare == nil, t.Fare)
	return append(w.b, '}')
}

// members writes the members of one JSON object behind its opening brace.
type members struct{ b []byte }

func (w *members) name(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

// text copies what needs no escape, which is nearly all there is.
func (w *members) text(name, s string) {
	w.name(name)
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r < utf8.RuneSelf || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			w.any(s)
			return
		}
		i += size
	}
	w.b = append(append(append(w.b, '"'), s...), '"')
}

// some is text that is left out when it is empty.
func (w *members) some(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

func (w *members) number(name string, n int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

// nonzero is a number that is left out when it is 0.
func (w *members) nonzero(name string, n int64) {
	if n != 0 {
		w.number(name, n)
	}
}

func (w *members) time(name string, t time.Time) {
	w.name(name)
	w.b = append(t.AppendFormat(append(w.b, '"'), time.RFC3339Nano), '"')
}

// maybe is a time that is left out when there is none.
func (w *members) maybe(name string, t *time.Time) {
	if t != nil {
		w.time(name, *t)
	}
}

func (w *members) place(name string, p Place) {
	w.name(name)
	w.b = append(w.b, '{')
	w.text("code", p.Code)
	w.text("name", p.Name)
	w.some("english", p.English)
	w.b = append(w.b, '}')
}

// rare is what few orders have, written by encoding/json.
func (w *members) rare(name string, none bool, v any) {
	if !none {
		w.name(name)
		w.any(v)
	}
}

func (w *members) any(v any) {
	into := appending{w.b}
	enc := json.NewEncoder(&into)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("api: " + err.Error()) // structs of plain fields cannot fail
	}
	w.b = into.b[:len(into.b)-1] // without the line end
}

// appending is a writer behind bytes.
type appending struct{ b []byte }

func (a *appending) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}
