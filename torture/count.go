package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// The second proof needs no model: the journal is added up and held against what
// the clients were told. Every order that was given out is there, money in and
// out is the sum of the yeses, and the seats of live tickets do not overlap.

// tally is what the journal says in the end.
type tally struct {
	orders   map[string]*account
	in, back int64
	entries  int64
}

// account is one order as the journal tells it.
type account struct {
	tickets map[chepiao.TicketID]chepiao.Ticket
	paid    int // times
	in      int64
	back    int64
}

// add reads every lane of the journal.
func add(ctx context.Context, s *store.Store) (*tally, error) {
	t := &tally{orders: map[string]*account{}}
	var heads []store.Head
	err := s.Read(ctx, func(r *store.Reader) (err error) { heads, err = r.Heads(); return err })
	if err != nil {
		return nil, fmt.Errorf("reading the lanes: %w", err)
	}
	owner := map[chepiao.TicketID]string{}
	for _, refunds := range []bool{false, true} { // a refund may stand in another lane than its order
		for _, h := range heads {
			if err := t.lane(ctx, s, h.Lane, refunds, owner); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

func (t *tally) lane(ctx context.Context, s *store.Store, lane int64, refunds bool, owner map[chepiao.TicketID]string) error {
	const page = 1000
	for after := int64(0); ; {
		var entries []chepiao.Entry
		err := s.Read(ctx, func(r *store.Reader) (err error) {
			entries, err = r.Journal(s.Node(), lane, after, page)
			return err
		})
		if err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		for _, entry := range entries {
			after = entry.Seq
			if refunds != (entry.Kind == chepiao.TicketWasRefunded) {
				continue
			}
			t.entries++
			var e chepiao.Event
			if err := json.Unmarshal(entry.Body, &e); err != nil {
				return fmt.Errorf("journal entry %d/%d: %w", lane, entry.Seq, err)
			}
			t.event(&e, owner)
		}
		if len(entries) < page {
			return nil
		}
	}
}

func (t *tally) event(e *chepiao.Event, owner map[chepiao.TicketID]string) {
	var a *account
	if e.Order != nil {
		id := e.Order.ID.String()
		if a = t.orders[id]; a == nil {
			a = &account{tickets: map[chepiao.TicketID]chepiao.Ticket{}}
			t.orders[id] = a
		}
		for _, ticket := range e.Tickets {
			owner[ticket.ID] = id
		}
	} else if len(e.Tickets) > 0 {
		a = t.orders[owner[e.Tickets[0].ID]]
	}
	if a == nil {
		return
	}
	for _, ticket := range e.Tickets {
		if ticket.Version >= a.tickets[ticket.ID].Version { // lanes are not read in the order of time
			a.tickets[ticket.ID] = ticket
		}
	}
	switch {
	case e.Kind == chepiao.OrderWasIssued && e.Payment != nil:
		a.paid++
		a.in += int64(e.Payment.Amount)
		t.in += int64(e.Payment.Amount)
	case e.Kind == chepiao.TicketWasRefunded:
		for _, ticket := range e.Tickets {
			a.back += int64(ticket.Refund)
			t.back += int64(ticket.Refund)
		}
	}
}

// against says where the journal and the clients contradict each other. since is
// when the clients' side begins, zero for all of it: what the journal holds of
// before is then not compared.
func (t *tally) against(h *History, since time.Time) (wrong []string) {
	var strays int // deeds that nobody heard of
	known := map[string]*clientSide{}
	requests := h.Requests
	if !since.IsZero() {
		requests = nil
		for _, q := range h.Requests {
			if q.Call >= since.UnixNano() {
				requests = append(requests, q)
			}
		}
	}
	parts, names := byDeparture(requests)
	for _, name := range names {
		deeds, _ := merge(parts[name])
		for _, d := range deeds {
			strays += clientsSay(known, d)
		}
	}
	for id, side := range known {
		a := t.orders[id]
		switch {
		case a == nil:
			wrong = append(wrong, fmt.Sprintf("order %s was given out and is not in the journal", id))
		case a.paid > 1:
			wrong = append(wrong, fmt.Sprintf("order %s was paid %d times", id, a.paid))
		case a.in < side.in || !side.open && a.in > side.in:
			wrong = append(wrong, fmt.Sprintf("order %s: the client paid %d fen, the journal took %d", id, side.in, a.in))
		case a.back < side.back || !side.open && a.back > side.back:
			wrong = append(wrong, fmt.Sprintf("order %s: the client got %d fen back, the journal gave %d", id, side.back, a.back))
		}
	}
	unheard := 0
	for id := range t.orders {
		if known[id] == nil {
			unheard++
		}
	}
	if unheard > strays && since.IsZero() {
		wrong = append(wrong, fmt.Sprintf("the journal has %d orders that no client was given, at most %d can be", unheard, strays))
	}
	return append(wrong, t.overlaps()...)
}

// clientSide is what a client knows of the money of one order; open says that it
// does not know all.
type clientSide struct {
	in, back int64
	open     bool
}

// clientsSay adds a deed to what clients know; 1 for a hold nobody heard of.
func clientsSay(known map[string]*clientSide, d deed) int {
	id := d.Order
	if d.Verb == Look || d.Verb == Free {
		return 0
	}
	if d.Verb == Hold {
		if d.open {
			return 1
		}
		if d.Answer == nil {
			return 0
		}
		id = d.Answer.Order
	}
	if known[id] == nil {
		known[id] = &clientSide{}
	}
	side := known[id]
	side.open = side.open || d.open
	if d.Answer == nil {
		return 0
	}
	switch d.Verb {
	case Pay:
		side.in += d.Money
	case Refund:
		side.back += d.Answer.Money
	}
	return 0
}

// overlaps finds seats that two live tickets have on one leg.
func (t *tally) overlaps() (wrong []string) {
	type place struct {
		departure chepiao.DepartureID
		seat, leg int
	}
	taken := map[place]chepiao.TicketID{}
	for _, a := range t.orders {
		for _, ticket := range a.tickets {
			if ticket.State != chepiao.TicketValid {
				continue
			}
			for leg := ticket.Board; leg < ticket.Alight; leg++ {
				p := place{ticket.Departure, ticket.Seat, leg}
				if other, twice := taken[p]; twice {
					wrong = append(wrong, fmt.Sprintf("seat %d of %s is sold to %s and %s on leg %d", p.seat, p.departure, other, ticket.ID, leg))
				}
				taken[p] = ticket.ID
			}
		}
	}
	return wrong
}
