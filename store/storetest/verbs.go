package storetest

import (
	"errors"
	"reflect"

	"chepiao"
	"chepiao/store"
)

// once books a seat under a caller's id, as the office's verbs do.
func once(got **chepiao.Event, id, input string, seat int) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		var err error
		if *got, err = tx.Answered(id, []byte(input)); err != nil || *got != nil {
			return err
		}
		d, err := tx.Departure(coachID(), coach)
		if err != nil {
			return err
		}
		if err := d.Seats.Check(0, 2, []int{seat}); err != nil {
			return err
		}
		o, err := book(tx, seat)
		if err != nil {
			return err
		}
		tickets, err := tx.Tickets(o)
		*got = &chepiao.Event{Kind: chepiao.OrderWasHeld, By: "suite", Order: &o, Tickets: tickets}
		tx.Answer(id, []byte(input))
		return err
	}
}

func answersTwice(b *bench) {
	s := b.open()
	var first, same, later *chepiao.Event
	b.must(errors.Join(b.batch(s, once(&first, "id-1", "in", 4), once(&same, "id-1", "in", 4))...))
	b.write(s, once(&later, "id-1", "in", 4))
	b.sameAnswer(first, same)
	b.sameAnswer(first, later)
	if n := len(b.entries(s)); n != 2 {
		b.Errorf("%d entries, want the lane's first and one", n)
	}
}

// answersAfterRestart: the seat is taken by the verb's own first run, so that
// running it again would be refused.
func answersAfterRestart(b *bench) {
	s := b.open()
	var first, again *chepiao.Event
	b.write(s, once(&first, "id-1", "in", 4))
	s = b.restart(s)
	b.write(s, once(&again, "id-1", "in", 4))
	b.sameAnswer(first, again)

	s = b.restart(s) // and one whose second run would succeed
	note := func(got **chepiao.Event) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			var err error
			if *got, err = tx.Answered("id-2", []byte("in")); err != nil || *got != nil {
				return err
			}
			*got = &chepiao.Event{Kind: "note", By: tx.Now.String()}
			defer tx.Answer("id-2", []byte("in"))
			return tx.Record("note", 0, **got)
		}
	}
	b.write(s, note(&first))
	s = b.restart(s)
	b.forward(holdFor)
	before := len(b.entries(s))
	b.write(s, note(&again))
	b.sameAnswer(first, again)
	if n := len(b.entries(s)); n != before {
		b.Errorf("a repeated verb wrote %d entries", n-before)
	}
}

func (b *bench) sameAnswer(first, again *chepiao.Event) {
	b.Helper()
	if first == nil || again == nil {
		b.Fatalf("answers %v and %v", first, again)
	}
	f, a := *first, *again
	if f.Order != nil && a.Order != nil {
		o := *f.Order
		o.Key = "" // the journal does not hold it
		f.Order = &o
		p := *a.Order
		p.Key = ""
		a.Order = &p
	}
	if !reflect.DeepEqual(f, a) {
		b.Errorf("the answers differ:\n%+v\n%+v", f, a)
	}
}

func refusesOtherInputs(b *bench) {
	s := b.open()
	var first, other *chepiao.Event
	answers := b.batch(s, once(&first, "id-1", "in", 4), once(&other, "id-1", "other", 5))
	if answers[0] != nil || chepiao.Why(answers[1]) != chepiao.ReplayMismatch {
		b.Errorf("in one batch: %v", answers)
	}
	for _, where := range []string{"in memory", "after a restart"} {
		for seat := 4; seat <= 5; seat++ { // the first is taken, the other free
			if err := s.Write(b.Context(), once(&other, "id-1", "other", seat)); chepiao.Why(err) != chepiao.ReplayMismatch {
				b.Errorf("%s, seat %d: %v", where, seat, err)
			}
			s = b.restart(s)
		}
	}
	if got := b.taken(s); len(got) != 1 {
		b.Errorf("seats %v are taken", got)
	}
}

func forgetsRefusals(b *bench) {
	s := b.open()
	o := b.booked(s, 4)
	var got *chepiao.Event
	if err := s.Write(b.Context(), once(&got, "id-1", "in", 4)); chepiao.Why(err) != chepiao.SeatTaken {
		b.Fatalf("the seat is taken, but: %v", err)
	}
	b.write(s, func(tx *store.Tx) error { return release(tx, o.ID) })
	b.write(s, once(&got, "id-1", "in", 4))
	if got == nil || got.Order == nil || got.Order.ID == o.ID {
		b.Errorf("the second try got %+v", got)
	}
}

// release ends a hold and frees its seats.
func release(tx *store.Tx, id chepiao.OrderID) error {
	o, err := tx.Order(id)
	if err != nil {
		return err
	}
	if o, err = o.Move(chepiao.OrderRelease); err != nil {
		return err
	}
	tickets, err := tx.Tickets(o)
	if err != nil {
		return err
	}
	d, err := tx.Departure(o.Departure, coach)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if t, err = t.Move(chepiao.MoveRelease); err != nil {
			return err
		}
		if err := tx.PutTicket(t); err != nil {
			return err
		}
		d.Free(t)
	}
	tx.Touch(d)
	if err := tx.PutOrder(o); err != nil {
		return err
	}
	return tx.Record("order "+id.String(), o.Version, chepiao.Event{Kind: chepiao.OrderWasReleased, By: "suite", Order: &o, Tickets: tickets})
}
