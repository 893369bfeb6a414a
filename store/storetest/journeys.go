package storetest

import (
	"errors"
	"slices"

	"chepiao"
	"chepiao/store"
)

// findsJourneys asks for a person's live tickets of a day: stored ones, those
// the batch has sold, moved or ended, and none that a refused function left.
func findsJourneys(b *bench) {
	s := b.open()
	one := b.booked(s, 1)
	has := func(tx *store.Tx, what string, day chepiao.Day, want ...chepiao.TicketID) {
		b.Helper()
		tickets, err := tx.JourneysOf(chepiao.PersonToken{1}, day)
		var got []chepiao.TicketID
		for _, t := range tickets {
			got = append(got, t.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			b.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	for s := range b.twice(s) {
		b.write(s, func(tx *store.Tx) error {
			has(tx, "stored", today, one.Tickets()...)
			has(tx, "from the day before", today-1, one.Tickets()...)
			has(tx, "from two days before", today-2)
			if other, err := tx.JourneysOf(chepiao.PersonToken{9}, today); err != nil || len(other) > 0 {
				b.Errorf("a stranger has %v, %v", other, err)
			}
			if nobody, err := tx.JourneysOf(chepiao.PersonToken{}, today); err != nil || len(nobody) > 0 {
				b.Errorf("nobody has %v, %v", nobody, err)
			}
			return nil
		})
	}
	s = b.restart(s)
	next := coachID() + 1 // the same coach a day later
	var sold chepiao.TicketID
	answers := b.batch(s,
		func(tx *store.Tx) error { has(tx, "before the batch sells", today, one.Tickets()...); return nil },
		func(tx *store.Tx) error {
			sold = b.another(tx, next)
			has(tx, "sold in the batch", today, one.Tickets()[0], sold)
			return nil
		},
		func(tx *store.Tx) error { b.another(tx, next); return errNo },
		func(tx *store.Tx) error {
			has(tx, "after a refused function", today, one.Tickets()[0], sold)
			t, err := tx.Ticket(one.Tickets()[0])
			b.check(err)
			t, err = t.Move(chepiao.MoveRelease)
			b.check(err)
			b.check(tx.PutTicket(t))
			has(tx, "one given up", today, sold)
			t, err = tx.Ticket(sold)
			b.check(err)
			t.Departure, t.Gone = coachID()+5, true
			t.Version++
			b.check(tx.PutTicket(t))
			has(tx, "one moved to another day", today+5, sold)
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		})
	if err := errors.Join(answers[0], answers[1], answers[3]); err != nil || !errors.Is(answers[2], errNo) {
		b.Fatalf("%v, %v", err, answers[2])
	}
	for s := range b.twice(s) {
		b.write(s, func(tx *store.Tx) error {
			has(tx, "stored, moved to another day", today+5, sold)
			has(tx, "on the old day", today)
			return nil
		})
	}
}

// another gives the person of seat 1 a ticket of another departure.
func (b *bench) another(tx *store.Tx, id chepiao.DepartureID) chepiao.TicketID {
	first := tx.NextIDs(2)
	o := chepiao.Order{ID: chepiao.OrderID(first), Key: "SECRET", Channel: chepiao.Online, Departure: id, From: 1, To: 3, State: chepiao.OrderHeld, Created: tx.Now, Deadline: tx.Now.Add(holdFor), Count: 1, Version: 1}
	t := chepiao.Ticket{ID: chepiao.TicketID(first) + 1, Order: o.ID, Departure: id, State: chepiao.TicketHeld, From: 1, To: 3, Alight: 2, Seat: 1, Rules: 1, Person: chepiao.PersonToken{1}, Voucher: 1, Version: 1}
	b.check(tx.AddOrder(o, []chepiao.Ticket{t}, []store.Sealed{{Wrapped: []byte{1}, Box: []byte{2}}}))
	b.check(tx.Record("order "+o.ID.String(), 1, chepiao.Event{Kind: chepiao.OrderWasHeld, Order: &o, Tickets: []chepiao.Ticket{t}}))
	return t.ID
}
