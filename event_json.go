package chepiao

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the event as encoding/json would write it. The facts of a
// sale (order, tickets, payment, payback and what the rules said) are most of a
// journal and are written without reflection, in a third of the time; an event
// with anything else in it takes the general way.
func (e *Event) AppendJSON(b []byte) ([]byte, error) {
	if !e.plainSale() {
		general, err := json.Marshal(e)
		return append(b, general...), err
	}
	w := jsonWriter{append(b, '{')}
	w.text("kind", string(e.Kind))
	w.optional("by", e.By)
	w.optional("who", string(e.Who))
	w.some("where", int64(e.Where))
	w.optional("reason", e.Reason)
	if e.Order != nil {
		w.name("order")
		w.order(e.Order)
	}
	if len(e.Tickets) > 0 {
		w.name("tickets")
		w.b = append(w.b, '[')
		for i := range e.Tickets {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.ticket(&e.Tickets[i])
		}
		w.b = append(w.b, ']')
	}
	if e.Payment != nil {
		w.name("payment")
		w.payment(e.Payment)
	}
	if e.Payback != nil {
		w.name("payback")
		w.payback(e.Payback)
	}
	if len(e.Because) > 0 {
		w.name("because")
		w.b = append(w.b, '[')
		for i := range e.Because {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.explanation(&e.Because[i])
		}
		w.b = append(w.b, ']')
	}
	return append(w.b, '}'), nil
}

// plainSale says that the event has nothing but the common facts of a sale.
func (e *Event) plainSale() bool {
	if e.Check != nil || e.Departure != nil || e.Quote != nil || e.Profile != "" || e.Turn != 0 || e.Detail != nil || e.Hand != nil || e.Said != nil || e.Asked != nil || e.Conflict != nil {
		return false
	}
	if e.Order != nil && e.Order.OrderMore != (OrderMore{}) {
		return false
	}
	for i := range e.Tickets {
		if e.Tickets[i].TicketMore != (TicketMore{}) {
			return false
		}
	}
	return true
}

// jsonWriter writes members of JSON objects one after another.
type jsonWriter struct{ b []byte }

func (w *jsonWriter) open()  { w.b = append(w.b, '{') }
func (w *jsonWriter) close() { w.b = append(w.b, '}') }

func (w *jsonWriter) name(name string) {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

func (w *jsonWriter) number(name string, n int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *jsonWriter) some(name string, n int64) {
	if n != 0 {
		w.number(name, n)
	}
}

// plain writes text that is known to need no escapes.
func (w *jsonWriter) plain(name, s string) {
	w.name(name)
	w.b = append(append(append(w.b, '"'), s...), '"')
}

// id writes a number as it prints.
func (w *jsonWriter) id(name, prefix string, n int64) {
	w.name(name)
	w.b = append(appendNumber(append(w.b, '"'), prefix, n), '"')
}

func (w *jsonWriter) departure(id DepartureID) {
	w.name("departure")
	w.b = append(id.append(append(w.b, '"')), '"')
}

// text writes any text. Text without characters that JSON or HTML gives a
// meaning is copied as it is; the rest is left to encoding/json.
func (w *jsonWriter) text(name, s string) {
	if copiesToJSON(s) {
		w.plain(name, s)
		return
	}
	w.name(name)
	quoted, err := json.Marshal(s)
	must(err == nil, "a string does not marshal")
	w.b = append(w.b, quoted...)
}

// copiesToJSON says that encoding/json writes s as it is, between quotes.
func copiesToJSON(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return false
		}
		i += size
	}
	return true
}

func (w *jsonWriter) optional(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

func (w *jsonWriter) time(name string, t time.Time) {
	w.name(name)
	w.b = append(t.AppendFormat(append(w.b, '"'), time.RFC3339Nano), '"')
}

func (w *jsonWriter) order(o *Order) {
	w.open()
	w.id("id", "OD", int64(o.ID))
	w.text("channel", string(o.Channel))
	w.optional("outlet", o.Outlet)
	w.departure(o.Departure)
	w.number("from", int64(o.From))
	w.number("to", int64(o.To))
	w.text("state", string(o.State))
	w.number("total", int64(o.Total))
	w.time("created", o.Created)
	w.time("deadline", o.Deadline)
	w.some("extended", int64(o.Extended))
	w.number("count", int64(o.Count))
	if o.Payment != 0 {
		w.id("payment", "PY", int64(o.Payment))
	}
	w.number("version", o.Version)
	w.close()
}

func (w *jsonWriter) ticket(t *Ticket) {
	w.open()
	w.id("id", "TK", int64(t.ID))
	w.id("order", "OD", int64(t.Order))
	w.departure(t.Departure)
	w.text("state", string(t.State))
	w.number("from", int64(t.From))
	w.number("to", int64(t.To))
	w.number("board", int64(t.Board))
	w.number("alight", int64(t.Alight))
	w.some("seat", int64(t.Seat))
	w.plain("kind", t.Kind.String())
	w.some("children", int64(t.Children))
	w.number("full", int64(t.Full))
	w.number("price", int64(t.Price))
	w.some("refund", int64(t.Refund))
	w.some("fee", int64(t.Fee))
	w.number("rules", t.Rules)
	w.name("person")
	w.b = append(hex.AppendEncode(append(w.b, '"'), t.Person[:]), '"')
	w.number("voucher", int64(t.Voucher))
	w.number("version", t.Version)
	if !t.CheckedAt.IsZero() {
		w.time("checked_at", t.CheckedAt)
	}
	w.optional("checked_by", t.CheckedBy)
	w.close()
}

func (w *jsonWriter) payment(p *Payment) {
	w.open()
	w.id("id", "PY", int64(p.ID))
	w.id("order", "OD", int64(p.Order))
	w.text("channel", string(p.Channel))
	w.number("amount", int64(p.Amount))
	w.text("state", string(p.State))
	w.time("created", p.Created)
	w.shift(p.Shift)
	w.number("version", p.Version)
	w.optional("way", string(p.Way))
	w.optional("transaction", p.Transaction)
	w.close()
}

func (w *jsonWriter) shift(id ShiftID) {
	if id != 0 {
		w.id("shift", "SF", int64(id))
	}
}

func (w *jsonWriter) payback(p *Payback) {
	w.open()
	w.id("id", "PB", int64(p.ID))
	w.id("payment", "PY", int64(p.Payment))
	w.id("order", "OD", int64(p.Order))
	w.text("channel", string(p.Channel))
	w.number("amount", int64(p.Amount))
	w.text("state", string(p.State))
	w.time("created", p.Created)
	w.some("tries", int64(p.Tries))
	w.shift(p.Shift)
	w.number("version", p.Version)
	w.close()
}

func (w *jsonWriter) explanation(x *Explanation) {
	w.open()
	w.text("rule", x.Rule)
	w.number("version", x.Version)
	if len(x.Inputs) > 0 {
		w.name("inputs")
		w.b = append(w.b, '[')
		for i, in := range x.Inputs {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.open()
			w.text("name", in.Name)
			w.text("value", in.Value)
			w.close()
		}
		w.b = append(w.b, ']')
	}
	w.text("zh", x.ZH)
	w.text("en", x.EN)
	w.close()
}
