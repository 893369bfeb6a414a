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
	stands := func(t chepiao.Ticket) bool { return !t.State.Returned() }
	if all := !slices.ContainsFunc(tickets, stands); all != (o.State == chepiao.OrderRefunded) && len(tickets) > 0 {
		e.tell(where, "it is %s; that all its tickets are given back is %v", o.State, all)
	}
	e.found.Orders++
	e.found.Tickets += int64(len(tickets))
	if err := e.wait(where, o); err != nil {
		return err
	}
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
	bought := t.Departure
	if t.Mixed != 0 {
		bought = t.Mixed // it boarded another coach than it was bought for
	}
	if bought != o.Departure && (t.State.Live() || t.State == chepiao.TicketWaiting) || t.From != o.From || t.To != o.To {
		e.tell(where, "its journey is not that of order %s", o.ID)
	}
	if !suits(o, t.State) {
		e.tell(where, "it is %s while its order is %s", t.State, o.State)
	}
	if !returnedRight(t) {
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

// returnedRight says whether what came back of a ticket and what was kept are
// its price. What a rebooked one did not keep is the credit of the next order.
func returnedRight(t chepiao.Ticket) bool {
	if t.Price < 0 || t.Refund < 0 || t.Fee < 0 || t.Fee > t.Price {
		return false
	}
	switch t.State {
	case chepiao.TicketRefunded:
		return t.Refund+t.Fee == t.Price
	case chepiao.TicketVoided:
		return t.Refund == t.Price && t.Fee == 0
	case chepiao.TicketRebooked:
		return t.Refund == 0
	}
	return t.Refund == 0 && t.Fee == 0
}
