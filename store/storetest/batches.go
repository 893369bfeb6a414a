package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"chepiao"
	"chepiao/store"
)

var errNo = chepiao.Refuse(chepiao.SoldOut, "没有", "none")

func groups(b *bench) {
	s := b.open()
	before := s.Stats()
	free := b.occupy(s)
	const verbs = store.QueueMax + 100
	var busy, stored atomic.Int64
	var all sync.WaitGroup
	refused := make(chan struct{}, verbs)
	for range verbs {
		all.Go(func() {
			switch err := s.Write(context.Background(), func(tx *store.Tx) error {
				return tx.Record("note", 0, chepiao.Event{Kind: "note"})
			}); {
			case err == nil:
				stored.Add(1)
			case chepiao.Why(err) == chepiao.Busy:
				busy.Add(1)
				refused <- struct{}{}
			default:
				b.Error(err)
			}
		})
	}
	for range 100 {
		<-refused // at once, while the writer is busy
	}
	free()
	all.Wait()
	after := s.Stats()
	if stored.Load() != store.QueueMax || busy.Load() != 100 {
		b.Errorf("%d stored and %d refused, want %d and 100", stored.Load(), busy.Load(), store.QueueMax)
	}
	if got := after.Batches - before.Batches; got != store.QueueMax/store.BatchMax || after.Largest != store.BatchMax {
		b.Errorf("%d commits, the largest of %d; want %d of %d", got, after.Largest, store.QueueMax/store.BatchMax, store.BatchMax)
	}
	if n := len(b.entries(s)); n != 1+store.QueueMax {
		b.Errorf("%d entries, want the lane's first and %d", n, store.QueueMax)
	}
}

func overlays(b *bench) {
	s := b.open()
	before := s.Stats().Batches
	var first chepiao.Order
	answers := b.batch(s,
		func(tx *store.Tx) (err error) { first, err = book(tx, 3); return err },
		func(tx *store.Tx) error { return payFor(tx, first.ID) },
		func(tx *store.Tx) error {
			o, err := tx.Order(first.ID)
			if err != nil || o.State != chepiao.OrderIssued {
				b.Errorf("the batch sees the order as %s, %v", o.State, err)
			}
			d, err := tx.Departure(coachID(), coach)
			if err != nil || d.Seats.Seat(3) == 0 || d.Riders[chepiao.PersonToken{3}] == 0 {
				b.Errorf("the batch does not see the seat taken: %v", err)
			}
			if _, err := tx.Order(first.ID + 100); chepiao.Why(err) != chepiao.NotFound {
				b.Errorf("an order that is not there: %v", err)
			}
			if _, err := tx.Ticket(chepiao.TicketID(first.ID) + 100); chepiao.Why(err) != chepiao.NotFound {
				b.Errorf("a ticket that is not there: %v", err)
			}
			return nil
		})
	b.must(errors.Join(answers...))
	if got := s.Stats().Batches - before; got != 1 {
		b.Errorf("%d commits, want one", got)
	}
}

// rollsBack has a function do everything a function can and then say no.
func rollsBack(b *bench) {
	s := b.open()
	stands := b.booked(s, 1)
	before := b.entries(s)
	var mate, later chepiao.Order
	answers := b.batch(s,
		func(tx *store.Tx) (err error) { mate, err = book(tx, 2); return err },
		func(tx *store.Tx) error { b.doEverything(tx, stands.ID); return errNo },
		func(tx *store.Tx) (err error) {
			d, err := tx.Departure(coachID(), coach)
			if err != nil || d.Seats.Seat(5) != 0 || d.Riders[chepiao.PersonToken{5}] != 0 || d.State != chepiao.Running {
				b.Errorf("the refused function left something on the departure: %v", err)
			}
			if e, err := tx.Answered("refused", []byte("x")); e != nil || err != nil {
				b.Errorf("its id counts as answered: %v, %v", e, err)
			}
			later, err = book(tx, 5) // the very seat
			return err
		})
	if answers[0] != nil || chepiao.Why(answers[1]) != chepiao.SoldOut || answers[2] != nil {
		b.Fatalf("answers %v", answers)
	}
	for s := range b.twice(s) {
		if got := b.taken(s); !slices.Equal(got, []int{1, 2, 5}) {
			b.Errorf("seats %v are taken, want 1, 2 and 5", got)
		}
		if n := len(b.entries(s)) - len(before); n != 2 {
			b.Errorf("%d new entries, want the two that stand", n)
		}
		b.read(s, func(r *store.Reader) error {
			for _, id := range []chepiao.OrderID{stands.ID, mate.ID, later.ID} {
				if o, err := r.Order(id); err != nil || o.State != chepiao.OrderHeld || o.Version != 1 {
					b.Errorf("order %s is %s at version %d, %v", id, o.State, o.Version, err)
				}
			}
			if rows, err := r.Sheets(); err != nil || len(rows) != 0 {
				b.Errorf("%d sheets of rules, %v", len(rows), err)
			}
			return nil
		})
	}
}

// doEverything stages one of each.
func (b *bench) doEverything(tx *store.Tx, paid chepiao.OrderID) {
	o, err := book(tx, 5, 6)
	b.check(err)
	b.check(payFor(tx, paid))
	b.check(payFor(tx, o.ID))
	tx.Answer("refused", []byte("x"))
	b.check(tx.PutPayback(chepiao.Payback{ID: chepiao.PaybackID(tx.NextIDs(1)), Order: o.ID, Amount: 1, State: chepiao.PaybackDue, Created: tx.Now, Version: 1}))
	tx.AddSheet(chepiao.Sheet{No: 1, Scope: chepiao.Scope{Layer: chepiao.National}, Author: "suite", Reason: "to be refused", Values: []byte("{}")})
	b.check(tx.PutStation("x", chepiao.Station{No: 1, Code: "X"}))
	d, err := tx.Departure(coachID(), coach)
	b.check(err)
	d.State = chepiao.Stopped
	tx.Touch(d)
}

// check reports an error inside the writer, where a test must not stop.
func (b *bench) check(err error) {
	if err != nil {
		b.Error(err)
	}
}

func survivesPanic(b *bench) {
	s := b.open()
	answers := b.batch(s,
		func(tx *store.Tx) error { _, err := book(tx, 1); return err },
		func(tx *store.Tx) error {
			if _, err := book(tx, 2); err != nil {
				return err
			}
			_, err := book(tx, 1) // a seat taken twice: the domain stops here
			return err
		},
		func(tx *store.Tx) error { _, err := book(tx, 2); return err })
	if answers[0] != nil || answers[1] == nil || chepiao.AsRefusal(answers[1]) != nil || answers[2] != nil {
		b.Fatalf("answers %v", answers)
	}
	if got := b.taken(s); !slices.Equal(got, []int{1, 2}) {
		b.Errorf("seats %v are taken, want 1 and 2", got)
	}
}

// survivesCollision: a function whose rows cannot be stored fails alone.
func survivesCollision(b *bench) {
	s := b.open()
	first := b.booked(s, 1)
	answers := b.batch(s,
		func(tx *store.Tx) error { _, err := book(tx, 2); return err },
		func(tx *store.Tx) error {
			again := first
			again.Count = 0
			if err := tx.AddOrder(again, nil, nil); err != nil { // its number is taken
				return err
			}
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		},
		func(tx *store.Tx) error { _, err := book(tx, 3); return err })
	if answers[0] != nil || answers[1] == nil || chepiao.AsRefusal(answers[1]) != nil || answers[2] != nil {
		b.Fatalf("answers %v", answers)
	}
	if s.Stats().Retried == 0 {
		b.Error("the batch was not run again")
	}
	b.booked(s, 4)
	if got := b.taken(b.restart(s)); !slices.Equal(got, []int{1, 2, 3, 4}) {
		b.Errorf("seats %v are taken, want 1 to 4", got)
	}
}

func skipsTheGone(b *bench) {
	s := b.open()
	ctx, cancel := context.WithCancel(context.Background())
	free := b.occupy(s)
	answer := make(chan error)
	go func() {
		answer <- s.Write(ctx, func(tx *store.Tx) error { b.Error("it ran"); return nil })
	}()
	cancel()
	free()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		b.Errorf("the answer is %v", err)
	}
	if err := s.Read(ctx, func(*store.Reader) error { return nil }); err != nil && !errors.Is(err, context.Canceled) {
		b.Errorf("reading: %v", err)
	}
}

func refusesWhenClosed(b *bench) {
	s := b.open()
	b.booked(s, 1)
	b.must(s.Close())
	b.must(s.Close())
	err := s.Write(b.Context(), func(*store.Tx) error { b.Error("it ran"); return nil })
	if chepiao.Why(err) != chepiao.Busy {
		b.Errorf("writing: %v, want BUSY", err)
	}
	err = s.Read(b.Context(), func(*store.Reader) error { b.Error("it read"); return nil })
	if chepiao.Why(err) != chepiao.Busy || !strings.Contains(err.Error(), "going down") {
		b.Errorf("reading: %v, want BUSY", err)
	}
}
