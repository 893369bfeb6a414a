package store

import (
	"context"

	"chepiao"
)

// Needs are what a write will ask for: the journeys of people, an order and what was
// sent back of its payment, a ticket and its order, and what a verb was answered
// before, where it is likely to be refused.
type Needs struct {
	People []chepiao.PersonToken
	Order  chepiao.OrderID
	Ticket chepiao.TicketID
	Verb   string
}

type needsKey struct{}

// With is a context whose write has needs: a batch reads those of everybody in
// one round trip. Without it the writer asks when it comes to it.
func (s *Store) With(ctx context.Context, n Needs) context.Context {
	if !s.shared { // in a file asking one by one is as quick
		n = Needs{Verb: n.Verb}
	}
	if n.Verb == "" && n.Order == 0 && n.Ticket == 0 && len(n.People) == 0 {
		return ctx
	}
	return context.WithValue(ctx, needsKey{}, n)
}

// readAhead reads what the functions of a batch have said they will ask for.
func (tx *Tx) readAhead(batch []*job) error {
	var people []chepiao.PersonToken
	var verbs []string
	var orders []chepiao.OrderID
	var tickets []chepiao.TicketID
	for _, j := range batch {
		needs, ok := j.ctx.Value(needsKey{}).(Needs)
		if !ok || j.ctx.Err() != nil {
			continue
		}
		people = append(people, needs.People...)
		if needs.Verb != "" {
			verbs = append(verbs, needs.Verb)
		}
		if needs.Order != 0 {
			orders = append(orders, needs.Order)
		}
		if needs.Ticket != 0 {
			tickets = append(tickets, needs.Ticket)
		}
	}
	if err := tx.readTickets(tickets); err != nil {
		return err
	}
	if err := tx.readPaid(orders); err != nil {
		return err
	}
	if err := tx.askFor(verbs); err != nil {
		return err
	}
	if err := tx.readTravels(people); err != nil {
		return err
	}
	return tx.s.ahead.check()
}

// readTickets brings tickets and their orders into memory.
func (tx *Tx) readTickets(ids []chepiao.TicketID) error {
	s, c := tx.s, tx.s.ahead
	var cold []int64
	for _, id := range ids {
		if _, known := s.tickets.peek(id); !known {
			cold = append(cold, int64(id))
		}
	}
	if len(cold) > 0 {
		err := c.each("SELECT "+ticketColumns+" FROM ticket WHERE id = $1", cold, func(r rowOf) { t := scanTicket(r); s.tickets.cache(t.ID, t) })
		if err == nil {
			err = c.check()
		}
		if err != nil {
			return err
		}
	}
	var orders []chepiao.OrderID
	for _, id := range ids {
		if t, known := s.tickets.peek(id); known {
			orders = append(orders, t.Order)
		}
	}
	return tx.readOrders(tx.cold(orders))
}

// readPaid brings orders into memory, and asks what was sent back of their payments.
func (tx *Tx) readPaid(ids []chepiao.OrderID) error {
	if err := tx.readOrders(tx.cold(ids)); err != nil {
		return err
	}
	var payments []int64
	for _, id := range ids {
		if o, known := tx.s.orders.peek(id); known && o.Payment != 0 {
			payments = append(payments, int64(o.Payment))
		}
	}
	if len(payments) == 0 {
		return nil
	}
	return tx.readSent(payments)
}

// cold are the orders that are not in memory.
func (tx *Tx) cold(ids []chepiao.OrderID) (cold []int64) {
	for _, id := range ids {
		if _, known := tx.s.orders.peek(id); !known {
			cold = append(cold, int64(id))
		}
	}
	return cold
}

// readOrders brings orders that are not in memory there, with their tickets and
// payments: two round trips for all of them.
func (tx *Tx) readOrders(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	s, c := tx.s, tx.s.ahead
	var tickets, payments []int64
	err := c.each("SELECT "+orderColumns+" FROM orders WHERE id = $1", ids, func(r rowOf) {
		o := scanOrder(r)
		s.orders.cache(o.ID, o)
		for _, id := range o.Tickets() {
			tickets = append(tickets, int64(id))
		}
		if o.Payment != 0 {
			payments = append(payments, int64(o.Payment))
		}
	})
	if err == nil {
		err = c.check()
	}
	if err != nil || len(tickets) == 0 {
		return err
	}
	if err := c.each("SELECT "+ticketColumns+" FROM ticket WHERE id = $1", tickets, func(r rowOf) { t := scanTicket(r); s.tickets.cache(t.ID, t) }); err != nil {
		return err
	}
	if len(payments) > 0 {
		if err := c.each("SELECT "+paymentColumns+" FROM payment WHERE id = $1", payments, func(r rowOf) { p := scanPayment(r); s.payments.cache(p.ID, p) }); err != nil {
			return err
		}
	}
	return c.check()
}
