package office

import (
	"context"
	"errors"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// Receive takes in a peer's parcels, in order and each exactly once: how far they
// were heard is stored in the transaction that does what they say. Those that were
// taken in before are passed over. taken counts the new ones.
// Errors: ErrGap; ErrBroken, and a conflict stands until it holds; *Stuck, where a
// parcel is refused here. Those before are taken in then.
func (o *Office) Receive(ctx context.Context, from chepiao.NodeNo, parcels []chepiao.Parcel) (taken int, err error) {
	marks, err := o.heard(ctx, from)
	if err != nil {
		return 0, err
	}
	for len(parcels) > 0 {
		lane := parcels[0].Lane
		n := 1
		for n < len(parcels) && n < receivedAtOnce && parcels[n].Lane == lane {
			n++
		}
		next, fresh, wrong := follow(from, marks[lane], parcels[:n])
		if len(fresh) > 0 {
			n, err := o.takeAll(ctx, from, lane, marks[lane], next, fresh)
			if taken += n; err != nil {
				return taken, err
			}
			marks[lane] = next
		}
		if errors.Is(wrong, ErrBroken) {
			return taken, o.broken(ctx, from, lane, next.N+1, wrong)
		}
		if wrong != nil {
			return taken, wrong
		}
		parcels = parcels[n:]
	}
	return taken, nil
}

// receivedAtOnce is how many parcels share a transaction.
const receivedAtOnce = 100

// follow finds those of a lane's parcels that come next after a mark, and the mark
// after them.
func follow(from chepiao.NodeNo, mark store.FeedMark, parcels []chepiao.Parcel) (next store.FeedMark, fresh []chepiao.Parcel, err error) {
	for i := range parcels {
		p := &parcels[i]
		switch {
		case p.N <= mark.N:
			continue // heard before
		case p.N > mark.N+1:
			return mark, fresh, ErrGap
		case chepiao.NodeOfLane(p.Lane) != from || !p.Follows(mark.N, mark.Link) || !store.CheckParcel(p):
			return mark, fresh, fmt.Errorf("%w: number %d of lane %d of node %d", ErrBroken, p.N, p.Lane, from)
		}
		mark = store.FeedMark{N: p.N, Link: p.Link}
		fresh = append(fresh, *p)
	}
	return mark, fresh, nil
}

// takeAll takes in parcels that follow from each other; when one of them is refused,
// those before it.
func (o *Office) takeAll(ctx context.Context, from chepiao.NodeNo, lane int64, was, next store.FeedMark, parcels []chepiao.Parcel) (taken int, err error) {
	err = o.take(ctx, from, lane, was, next, parcels)
	if stuck := (*Stuck)(nil); errors.As(err, &stuck) && stuck.N > parcels[0].N {
		before := parcels[:stuck.N-parcels[0].N]
		last := before[len(before)-1]
		if first := o.take(ctx, from, lane, was, store.FeedMark{N: last.N, Link: last.Link}, before); first != nil {
			return 0, first
		}
		return len(before), err
	}
	if err != nil {
		return 0, err
	}
	return len(parcels), nil
}

func (o *Office) take(ctx context.Context, from chepiao.NodeNo, lane int64, was, next store.FeedMark, parcels []chepiao.Parcel) error {
	heard := make([]hearing, len(parcels))
	for i, p := range parcels {
		e, parts, err := readEvent(p)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		heard[i] = hearing{office: o, from: from, parcel: p, event: e, parts: parts, people: map[chepiao.TicketID]store.Sealed{}}
		persons := map[chepiao.TicketID]chepiao.PersonToken{}
		for _, t := range e.Tickets {
			persons[t.ID] = t.Person
		}
		for _, c := range p.People {
			sealed, err := o.secret.adopt(c, persons[c.Ticket])
			if err != nil {
				return fmt.Errorf("parcel %d of lane %d: %w", p.N, p.Lane, err)
			}
			heard[i].people[c.Ticket] = sealed
		}
	}
	return o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Repeat()
		for i := range heard {
			if err := heard[i].do(tx); err != nil {
				err = fmt.Errorf("parcel %d of lane %d of node %d, %s: %w", heard[i].parcel.N, lane, from, heard[i].event.Kind, err)
				if chepiao.AsRefusal(err) != nil {
					return &Stuck{lane, heard[i].parcel.N, err}
				}
				return err
			}
		}
		if err := o.holdsAgain(tx, from, lane); err != nil {
			return err
		}
		tx.Hear(from, lane, was, next)
		return nil
	})
}

// hearing is one parcel being taken in.
type hearing struct {
	office *Office
	from   chepiao.NodeNo
	parcel chepiao.Parcel
	event  chepiao.Event
	people map[chepiao.TicketID]store.Sealed
	parts  bool // the event has members that this program does not know
	late   bool // it was kept until this program could read it
}

// relayed is who acts where a peer has decided.
const relayed = "relay"

func (h *hearing) do(tx *store.Tx) error {
	here := h.office.No()
	if h.parcel.Run != nil && !h.late {
		if err := h.run(tx, *h.parcel.Run); err != nil {
			return err
		}
	}
	if done, err := h.keepUnread(tx); done || err != nil {
		return err
	}
	switch hand := h.event.Hand; {
	case h.event.Kind == chepiao.OwnerWasAsked && h.event.Asked != nil:
		return h.asked(tx, *h.event.Asked)
	case h.event.Kind == chepiao.OwnerHasAnswered && h.event.Asked != nil:
		return h.answered(tx, *h.event.Asked)
	case h.event.Conflict != nil:
		return h.conflict(tx, *h.event.Conflict)
	case h.event.Kind == chepiao.SeatsWereGiven && hand != nil && hand.To == here:
		return h.takeSeats(tx, *hand)
	case h.event.Kind == chepiao.SeatsWereAsked && hand != nil && hand.From == here:
		return h.giveAsked(tx, *hand)
	case h.event.Kind == chepiao.OrderWasGiven && hand != nil && hand.To == here:
		if err := h.repeat(tx); err != nil {
			return err
		}
		return tx.Record("order "+h.event.Order.ID.String(), h.event.Order.Version,
			chepiao.Event{Kind: chepiao.OrderWasTaken, By: relayed, Order: h.event.Order, Tickets: h.event.Tickets, Hand: hand})
	case hand != nil && h.event.Order == nil: // confirmations, and what concerns others
		return nil
	}
	return h.rows(tx) // or nothing that this node keeps
}

// record notes what was repeated, as the last word on its rows here: what this node
// has no row of is none of its business.
func (h *hearing) record(tx *store.Tx) error {
	order, tickets := h.event.Order, []chepiao.Ticket(nil)
	if order != nil {
		if _, err := tx.Order(order.ID); chepiao.AsRefusal(err) != nil {
			order = nil
		}
	}
	for _, t := range h.event.Tickets {
		if _, err := tx.Ticket(t.ID); err == nil {
			tickets = append(tickets, t)
		}
	}
	e := chepiao.Event{Kind: chepiao.NodeSaid, By: relayed, Reason: h.event.Reason, Order: order, Tickets: tickets, Payment: h.event.Payment, Payback: h.event.Payback,
		Said: &chepiao.Said{Node: h.from, Lane: h.parcel.Lane, N: h.parcel.N, Kind: h.event.Kind}}
	return tx.Record(h.parcel.Aggregate, h.parcel.Version, e)
}

// takeSeats makes seats this node's that a peer gave.
func (h *hearing) takeSeats(tx *store.Tx, hand chepiao.HandOver) error {
	d, err := h.departure(tx, hand.Departure)
	if err != nil {
		return err
	}
	if err := d.Accept(hand); err != nil {
		return fmt.Errorf("taking seats of %s: %w", hand.Departure, err)
	}
	tx.Touch(d)
	if err := tx.Record("departure "+d.ID.String(), d.Version, chepiao.Event{Kind: chepiao.SeatsWereTaken, By: relayed, Departure: &d.ID, Hand: &hand}); err != nil {
		return err
	}
	return h.office.freed(tx, d)
}

// giveAsked gives what a peer asks for, as far as it can be spared here.
func (h *hearing) giveAsked(tx *store.Tx, wish chepiao.HandOver) error {
	d, err := h.departure(tx, wish.Departure)
	if err != nil {
		return err
	}
	return h.office.giveIn(tx, d, wish.To, min(wish.Wanted, h.office.sparing(d)), relayed)
}

func (h *hearing) departure(tx *store.Tx, id chepiao.DepartureID) (*chepiao.Departure, error) {
	run, err := h.office.Timetable().Run(id)
	if err != nil {
		return nil, err
	}
	return tx.Departure(id, run.Template)
}

// repeat brings order, tickets and money to where their owner says they are.
func (h *hearing) repeat(tx *store.Tx) error {
	known, err := h.order(tx)
	if err != nil {
		return err
	}
	if known {
		for _, t := range h.event.Tickets {
			if err := h.ticket(tx, t); err != nil {
				return err
			}
		}
	}
	payments, paybacks := h.money()
	for _, p := range payments {
		was, err := tx.Payment(p.ID)
		switch {
		case chepiao.AsRefusal(err) != nil:
			tx.AddPayment(p)
		case err != nil:
			return err
		case h.newer(was.Version, p.Version):
			if err := tx.PutPayment(p); err != nil {
				return err
			}
		}
	}
	for _, p := range paybacks {
		was, err := tx.Payback(p.ID)
		switch {
		case chepiao.AsRefusal(err) != nil:
			tx.AddPayback(p)
		case err != nil:
			return err
		case h.newer(was.Version, p.Version):
			if err := tx.PutPayback(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// money is what the event says of payments and of money on its way back.
func (h *hearing) money() (payments []chepiao.Payment, paybacks []chepiao.Payback) {
	if hand := h.event.Hand; hand != nil {
		payments, paybacks = hand.Payments, hand.Paybacks
	}
	if h.event.Payment != nil {
		payments = append(payments, *h.event.Payment)
	}
	if h.event.Payback != nil {
		paybacks = append(paybacks, *h.event.Payback)
	}
	return payments, paybacks
}

// newer says that a row goes over the one that is stored: it is a later version, or the
// same one, of which some members could not be read when it came.
func (h *hearing) newer(stored, told int64) bool { return stored < told || h.late && stored == told }

// order brings the order, and with a new one its tickets. known says that the
// tickets were known before.
func (h *hearing) order(tx *store.Tx) (known bool, err error) {
	o := h.event.Order
	if o == nil {
		return true, nil
	}
	was, err := tx.Order(o.ID)
	if err == nil {
		o.Key = was.Key // the journal does not hold it
		if h.newer(was.Version, o.Version) {
			err = tx.PutOrder(*o)
		}
		return true, err
	}
	if chepiao.AsRefusal(err) == nil {
		return false, err
	}
	if len(h.event.Tickets) != o.Count { // told of a part only: the whole comes when it is given
		return true, nil
	}
	people := make([]store.Sealed, o.Count)
	for i, t := range h.event.Tickets {
		if people[i] = h.people[t.ID]; people[i].Box == nil { // destroyed meanwhile, or not this node's business
			people[i] = store.Sealed{Wrapped: []byte{}, Box: []byte{}}
		}
	}
	if err := tx.AddOrder(*o, h.event.Tickets, people); err != nil {
		return false, err
	}
	d, err := h.departure(tx, o.Departure)
	if err != nil {
		return false, err
	}
	tx.Touch(d) // so that a departure with tickets has a row
	for _, t := range h.event.Tickets {
		if err := h.seat(tx, t, false, t.State.Live()); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (h *hearing) ticket(tx *store.Tx, t chepiao.Ticket) error {
	was, err := tx.Ticket(t.ID)
	if chepiao.AsRefusal(err) != nil {
		return nil // of an order that is not known here
	}
	if err != nil || !h.newer(was.Version, t.Version) {
		return err
	}
	if err := tx.PutTicket(t); err != nil {
		return err
	}
	if sealed, ok := h.people[t.ID]; ok && was.Person != t.Person {
		tx.PutPerson(t.ID, sealed)
	}
	return h.seat(tx, t, was.State.Live(), t.State.Live())
}

// seat keeps the departure true to a ticket that has begun or ended to live.
func (h *hearing) seat(tx *store.Tx, t chepiao.Ticket, was, is bool) error {
	if was == is {
		return nil
	}
	d, err := h.departure(tx, t.Departure)
	if err != nil {
		return err
	}
	if is {
		if err := h.twice(tx, t); err != nil {
			return err
		}
		if other, taken := d.Riders[t.Person]; taken && other != t.ID {
			return nil // two holders have sold to one document: the gate tells them apart
		}
		d.Take([]chepiao.Ticket{t})
		tx.Touch(d)
		return nil
	}
	return h.office.freeSeats(tx, []chepiao.Ticket{t})
}
