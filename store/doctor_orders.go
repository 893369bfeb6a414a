package store

import (
	"slices"

	"chepiao"
)

// orders holds each order against its tickets, its people and its money.
func (e *examination) orders() error {
	after := int64(0)
	return e.paged("orders", "SELECT count(*) FROM orders", func() (int, error) {
		var page []chepiao.Order
		err := e.c.query("SELECT "+orderColumns+" FROM orders WHERE id > $1 ORDER BY id LIMIT $2", []any{after, pageRows}, func(r rowOf) error {
			page = append(page, scanOrder(r))
			after = r.int(0)
			return nil
		})
		for _, o := range page {
			if err == nil {
				err = e.order(o)
			}
		}
		return len(page), err
	})
}

func (e *examination) order(o chepiao.Order) error {
	where := "order " + o.ID.String()
	said(e, e.last.orders, "order", o.ID, o.Version, string(o.State))
	tickets, err := (&Reader{c: e.c}).Tickets(o)
	if err != nil {
		return err
	}
	people, err := e.number("SELECT count(*) FROM person WHERE ticket > $1 AND ticket <= $2", int64(o.ID), int64(o.ID)+int64(o.Count))
	if err != nil {
		return err
	}
	if int(people) != len(tickets) {
		e.tell(where, "%d of its %d tickets have a person", people, len(tickets))
	}
	if len(tickets) != o.Count || o.Count < 1 {
		e.tell(where, "it has %d tickets and counts %d", len(tickets), o.Count)
	}
	var total chepiao.Money
	for _, t := range tickets {
		total += t.Price
		e.ticket(o, t)
	}
	if total != o.Total {
		e.tell(where, "its total is %s, its tickets cost %s", o.Total, total)
	}
	refunded := func(t chepiao.Ticket) bool { return t.State != chepiao.TicketRefunded }
	if all := !slices.ContainsFunc(tickets, refunded); all != (o.State == chepiao.OrderRefunded) && len(tickets) > 0 {
		e.tell(where, "it is %s; that all its tickets are refunded is %v", o.State, all)
	}
	e.found.Orders++
	e.found.Tickets += int64(len(tickets))
	return e.money(where, o, tickets)
}

// unpaid lists the states that tickets of an unpaid order have. Those of a paid
// one have any other.
var unpaid = map[chepiao.OrderState]chepiao.TicketState{
	chepiao.OrderHeld: chepiao.TicketHeld, chepiao.OrderPaying: chepiao.TicketHeld,
	chepiao.OrderLapsed: chepiao.TicketLapsed, chepiao.OrderReleased: chepiao.TicketReleased,
}

func (e *examination) ticket(o chepiao.Order, t chepiao.Ticket) {
	where := "ticket " + t.ID.String()
	said(e, e.last.tickets, "ticket", t.ID, t.Version, string(t.State))
	if t.Departure != o.Departure || t.From != o.From || t.To != o.To {
		e.tell(where, "its journey is not that of order %s", o.ID)
	}
	early := t.State == chepiao.TicketHeld || t.State == chepiao.TicketLapsed || t.State == chepiao.TicketReleased
	if want, ok := unpaid[o.State]; ok && t.State != want || !ok && early {
		e.tell(where, "it is %s while its order is %s", t.State, o.State)
	}
	back := t.Refund + t.Fee
	if t.State == chepiao.TicketRefunded && back != t.Price || t.State != chepiao.TicketRefunded && back != 0 || t.Refund < 0 || t.Fee < 0 || t.Price < 0 {
		e.tell(where, "%s at a price of %s: %s came back and %s were kept", t.State, t.Price, t.Refund, t.Fee)
	}
	passed := t.State == chepiao.TicketChecked || t.State == chepiao.TicketDeparted || t.State == chepiao.TicketUsed
	if passed == t.CheckedAt.IsZero() || passed != (t.CheckedBy != "") {
		e.tell(where, "it is %s, but when or where it was checked says otherwise", t.State)
	}
	if !e.rules[t.Rules] {
		e.tell(where, "it was sold under rules %d, which do not exist", t.Rules)
	}
}

// money balances an order: what was paid is what its tickets cost or kept as
// fees and what went back; what came too late goes back whole; nothing else
// goes back.
func (e *examination) money(where string, o chepiao.Order, tickets []chepiao.Ticket) error {
	payments, err := (&Reader{c: e.c}).Payments(o.ID)
	if err != nil {
		return err
	}
	var in, back, held chepiao.Money
	paid, pending := 0, 0
	for _, p := range payments {
		said(e, e.last.payments, "payment", p.ID, p.Version, string(p.State))
		sent, err := e.sent(p)
		if err != nil {
			return err
		}
		name := "payment " + p.ID.String()
		switch p.State {
		case chepiao.PaymentPaid:
			paid++
			in, back = in+p.Amount, back+sent
			if o.Payment != p.ID {
				e.tell(name, "it is paid, but its order names another payment")
			}
		case chepiao.PaymentReturned:
			e.found.Late += p.Amount
			if sent != p.Amount {
				e.tell(name, "it came too late, and %s of %s go back", sent, p.Amount)
			}
		default:
			if p.State == chepiao.PaymentPending {
				pending++
			}
			if sent != 0 {
				e.tell(name, "it is %s, but %s go back", p.State, sent)
			}
		}
		e.found.Payments++
	}
	for _, t := range tickets {
		if t.State == chepiao.TicketRefunded {
			held += t.Fee
		} else if _, open := unpaid[o.State]; !open {
			held += t.Price
		}
	}
	if in-back != held {
		e.tell(where, "paid %s, given back %s; its tickets and fees are worth %s", in, back, held)
	}
	_, open := unpaid[o.State]
	if open && (paid != 0 || o.Payment != 0) || !open && paid != 1 {
		e.tell(where, "it is %s and has %d payments that are paid", o.State, paid)
	}
	if o.State == chepiao.OrderPaying && pending != 1 || o.State != chepiao.OrderPaying && open && pending != 0 {
		e.tell(where, "it is %s and has %d payments under way", o.State, pending)
	}
	e.found.In, e.found.Back, e.found.Held = e.found.In+in, e.found.Back+back, e.found.Held+held
	return nil
}

// sent is the sum on its way back from a payment.
func (e *examination) sent(p chepiao.Payment) (sum chepiao.Money, err error) {
	err = e.c.query("SELECT "+paybackColumns+" FROM payback WHERE payment = $1 ORDER BY id", []any{int64(p.ID)}, func(r rowOf) error {
		b := scanPayback(r)
		said(e, e.last.paybacks, "payback", b.ID, b.Version, string(b.State))
		if b.Amount <= 0 || b.Channel != p.Channel {
			e.tell("payback "+b.ID.String(), "it sends %s by %s of a payment by %s", b.Amount, b.Channel, p.Channel)
		}
		sum += b.Amount
		return nil
	})
	return sum, err
}
