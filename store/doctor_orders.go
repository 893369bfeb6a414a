package store

import (
	"fmt"

	"chepiao"
)

// orders holds each order against its tickets, payments and paybacks.
func (x *examination) orders() error {
	total, err := x.count("SELECT COUNT(*) FROM orders")
	if err != nil {
		return err
	}
	orphans, err := x.count("SELECT COUNT(*) FROM ticket WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = ticket.order_id)")
	if err != nil {
		return err
	}
	if orphans > 0 {
		x.find("tickets", "%d belong to no order", orphans)
	}
	return x.c.query("SELECT "+orderColumns+" FROM orders ORDER BY id", nil, func(r rowOf) error {
		x.Orders++
		x.progress("orders", x.Orders, total)
		return x.order(scanOrder(r))
	})
}

// money is what came in and went out for one order.
type money struct {
	paid, late chepiao.Money // kept, and returned because it came too late
	back       chepiao.Money // for refunded tickets
	backLate   chepiao.Money
	paidBy     chepiao.PaymentID
	open, kept int // payments under way, payments kept
}

func (x *examination) order(o chepiao.Order) error {
	where := "order " + o.ID.String()
	tickets, err := (&Reader{c: x.c}).Tickets(o)
	if err != nil {
		return err
	}
	x.Tickets += int64(len(tickets))
	if len(tickets) != o.Count {
		x.find(where, "it has %d tickets and counts %d", len(tickets), o.Count)
	}
	var sum, back chepiao.Money
	refunded := 0
	for _, t := range tickets {
		sum += t.Price
		if t.Order != o.ID || t.Departure != o.Departure {
			x.find(where, "ticket %s is of another order or departure", t.ID)
		}
		if t.State == chepiao.TicketRefunded {
			refunded++
			back += t.Refund
			if t.Refund+t.Fee != t.Price {
				x.find(where, "ticket %s gave back %s and kept %s of %s", t.ID, t.Refund, t.Fee, t.Price)
			}
		}
		if !ticketFits(o.State, t.State) {
			x.find(where, "it is %s and its ticket %s is %s", o.State, t.ID, t.State)
		}
	}
	if sum != o.Total {
		x.find(where, "its total is %s, its tickets cost %s", o.Total, sum)
	}
	if all := refunded == len(tickets); all != (o.State == chepiao.OrderRefunded) {
		x.find(where, "it is %s and %d of its %d tickets are refunded", o.State, refunded, len(tickets))
	}
	m, err := x.money(o.ID)
	if err != nil {
		return err
	}
	x.balance(where, o, m, back)
	return nil
}

// ticketFits says whether a ticket may be in this state while its order is.
func ticketFits(o chepiao.OrderState, t chepiao.TicketState) bool {
	switch o {
	case chepiao.OrderHeld, chepiao.OrderPaying:
		return t == chepiao.TicketHeld
	case chepiao.OrderLapsed:
		return t == chepiao.TicketLapsed
	case chepiao.OrderReleased:
		return t == chepiao.TicketReleased
	case chepiao.OrderRefunded:
		return t == chepiao.TicketRefunded
	default:
		return t != chepiao.TicketHeld && t != chepiao.TicketLapsed && t != chepiao.TicketReleased
	}
}

func (x *examination) money(id chepiao.OrderID) (m money, err error) {
	err = x.c.query("SELECT "+paymentColumns+" FROM payment WHERE order_id = $1 ORDER BY id", []any{int64(id)}, func(r rowOf) error {
		switch p := scanPayment(r); p.State {
		case chepiao.PaymentPaid:
			m.paid, m.paidBy, m.kept = m.paid+p.Amount, p.ID, m.kept+1
		case chepiao.PaymentReturned:
			m.late += p.Amount
		case chepiao.PaymentPending:
			m.open++
		}
		return x.c.query("SELECT "+paybackColumns+" FROM payback WHERE payment = $1 ORDER BY id", []any{r.int(0)}, func(b rowOf) error {
			if back := scanPayback(b); r.text(4) == string(chepiao.PaymentReturned) {
				m.backLate += back.Amount
			} else {
				m.back += back.Amount
			}
			return nil
		})
	})
	return m, err
}

// balance: money kept is the order's price, money given back is what its
// refunded tickets say, money that came late went back whole.
func (x *examination) balance(where string, o chepiao.Order, m money, back chepiao.Money) {
	paid := o.State == chepiao.OrderIssued || o.State == chepiao.OrderRefunded
	if want := map[bool]chepiao.Money{true: o.Total}[paid]; m.paid != want {
		x.find(where, "it is %s with a total of %s and took %s", o.State, o.Total, m.paid)
	}
	if m.kept > 1 || o.Payment != m.paidBy {
		x.find(where, "it says payment %s paid it; %d payments did, the last %s", o.Payment, m.kept, m.paidBy)
	}
	if m.back != back {
		x.find(where, "its refunded tickets gave back %s, %s was sent", back, m.back)
	}
	if m.late != m.backLate {
		x.find(where, "%s came too late, %s of it was sent back", m.late, m.backLate)
	}
	if want := map[bool]int{true: 1}[o.State == chepiao.OrderPaying]; m.open != want {
		x.find(where, "it is %s with %d payments under way", o.State, m.open)
	}
}

// verbs must point at entries of the journal.
func (x *examination) verbs() error {
	lost, err := x.count("SELECT COUNT(*) FROM verb WHERE NOT EXISTS (SELECT 1 FROM journal WHERE journal.node = $1 AND journal.lane = verb.lane AND journal.seq = verb.seq)", x.node)
	if err == nil && lost > 0 {
		x.find("verbs", "%d point at entries the journal does not have", lost)
	}
	return err
}

// people: each ticket has a sealed record of who travels.
func (x *examination) people() error {
	without, err := x.count("SELECT COUNT(*) FROM ticket WHERE NOT EXISTS (SELECT 1 FROM person WHERE person.ticket = ticket.id)")
	if err == nil && without > 0 {
		x.find("tickets", "%s have no record of who travels", fmt.Sprint(without))
	}
	return err
}
