package store

import (
	"context"

	"chepiao"
)

// Needs are what a write will ask for: the journeys of people, what was sent back
// of an order's payment, and what a verb was answered before, where it is likely to
// be refused.
type Needs struct {
	People []chepiao.PersonToken
	Order  chepiao.OrderID
	Verb   string
}

type needsKey struct{}

// With is a context whose write has needs: a batch reads those of everybody in
// one round trip. Without it the writer asks when it comes to it.
func (s *Store) With(ctx context.Context, n Needs) context.Context {
	if !s.shared { // in a file asking one by one is as quick
		n = Needs{Verb: n.Verb}
	}
	if n.Verb == "" && n.Order == 0 && len(n.People) == 0 {
		return ctx
	}
	return context.WithValue(ctx, needsKey{}, n)
}

// readAhead reads what the functions of a batch have said they will ask for.
func (tx *Tx) readAhead(batch []*job) error {
	var people []chepiao.PersonToken
	var verbs []string
	var cold, payments []int64
	for _, j := range batch {
		needs, ok := j.ctx.Value(needsKey{}).(Needs)
		if !ok || j.ctx.Err() != nil {
			continue
		}
		people = append(people, needs.People...)
		if needs.Verb != "" {
			verbs = append(verbs, needs.Verb)
		}
		switch o, known := tx.s.orders.peek(needs.Order); {
		case needs.Order == 0:
		case !known:
			cold = append(cold, int64(needs.Order))
		case o.Payment != 0:
			payments = append(payments, int64(o.Payment))
		}
	}
	if err := tx.readOrders(cold); err != nil {
		return err
	}
	for _, id := range cold {
		if o, known := tx.s.orders.peek(chepiao.OrderID(id)); known && o.Payment != 0 {
			payments = append(payments, int64(o.Payment))
		}
	}
	if len(payments) > 0 {
		if err := tx.readSent(payments); err != nil {
			return err
		}
	}
	if err := tx.askFor(verbs); err != nil {
		return err
	}
	if err := tx.readTravels(people); err != nil {
		return err
	}
	return tx.s.ahead.check()
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
