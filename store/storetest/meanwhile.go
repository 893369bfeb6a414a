package storetest

import (
	"errors"
	"slices"

	"chepiao"
	"chepiao/store"
)

// during runs a function that, the first time it is run, waits for something
// done elsewhere before it ends, and says how often it was run.
func (b *bench) during(s *store.Store, elsewhere func(), fn func(*store.Tx) error) (runs int, err error) {
	b.Helper()
	began, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		<-began
		elsewhere()
	}()
	err = s.Write(b.Context(), func(tx *store.Tx) error {
		err := fn(tx)
		if runs++; runs == 1 {
			close(began)
			<-done
		}
		return err
	})
	return runs, err
}

func addSheet(tx *store.Tx, no int64) error {
	tx.AddSheet(chepiao.Sheet{No: no, Scope: chepiao.Scope{Layer: chepiao.National}, Author: "suite", Reason: "a test", Values: []byte("{}")})
	return tx.Record("rules", no, chepiao.Event{Kind: chepiao.RulesSet})
}

func noticesFirstSales(b *bench) {
	one, two := b.process("one"), b.process("two")
	started := false
	runs, err := b.during(one, func() { b.booked(two, 1) }, func(tx *store.Tx) error {
		started = tx.Started(coachID())
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	if err != nil || !started {
		b.Errorf("in %d runs the departure had not begun: %v", runs, err)
	}
}

func noticesListed(b *bench) {
	one, two := b.process("one"), b.process("two")
	o := b.booked(one, 1)
	state := chepiao.TicketState("")
	runs, err := b.during(one, func() { b.write(two, func(tx *store.Tx) error { return payFor(tx, o.ID) }) }, func(tx *store.Tx) error {
		riding, err := tx.Riding(coachID())
		if err != nil || len(riding) != 1 {
			return errNo
		}
		state = riding[0].State
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	if err != nil || state != chepiao.TicketValid {
		b.Errorf("in %d runs the ticket is %s: %v", runs, state, err)
	}
}

func sendsBackOnce(b *bench) {
	one, two := b.process("one"), b.process("two")
	o := b.booked(one, 1)
	b.write(one, func(tx *store.Tx) error { return payFor(tx, o.ID) })
	back := func(tx *store.Tx) error {
		now, err := tx.Order(o.ID)
		if err != nil {
			return err
		}
		paid, err := tx.Payment(now.Payment)
		if err != nil {
			return err
		}
		if sent, err := tx.SentBack(paid.ID); err != nil || sent > 0 {
			return errors.Join(err, errNo)
		}
		tx.AddPayback(chepiao.Payback{ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: paid.ID, Order: o.ID, Channel: chepiao.Cash, Amount: paid.Amount, State: chepiao.PaybackDue, Created: tx.Now, Version: 1})
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	}
	_, err := b.during(one, func() { b.write(two, back) }, back)
	if chepiao.Why(err) != chepiao.SoldOut {
		b.Errorf("the payment goes back twice: %v", err)
	}
}

func noticesBegun(b *bench) {
	one, two := b.process("one"), b.process("two")
	var begun []chepiao.DepartureID
	runs, err := b.during(one, func() { b.booked(two, 1) }, func(tx *store.Tx) (err error) {
		if begun, err = tx.StartedFrom(today); err != nil {
			return err
		}
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	if err != nil || !slices.Equal(begun, []chepiao.DepartureID{coachID()}) {
		b.Errorf("in %d runs departures %v had begun: %v", runs, begun, err)
	}
	if runs, err = b.during(one, func() {}, func(tx *store.Tx) error { // its own are not another's
		id := chepiao.MakeDepartureID(coach.No+1, today)
		if begun, err = tx.StartedFrom(today); err != nil {
			return err
		}
		d, err := tx.Departure(id, coach)
		if err != nil {
			return err
		}
		tx.Touch(d)
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	}); err != nil || runs != 1 {
		b.Errorf("%d runs: %v", runs, err)
	}
	b.write(one, func(tx *store.Tx) (err error) {
		if begun, err = tx.StartedFrom(today + 1); len(begun) > 0 {
			b.Errorf("departures %v of tomorrow had begun", begun)
		}
		return err
	})
}

// noticesRevived: the money of a hold that lapsed comes late, and its passenger gets
// the seat again, unless another process sells a journey at that time meanwhile.
func noticesRevived(b *bench) {
	one, two := b.process("one"), b.process("two")
	o := b.booked(one, 1)
	move := func(m chepiao.TicketMove, look bool) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			t, err := tx.Ticket(chepiao.TicketID(o.ID) + 1)
			if err != nil {
				return err
			}
			if look {
				journeys, err := tx.JourneysOf(t.Person, today)
				if err != nil || len(journeys) > 0 {
					return errors.Join(err, errNo)
				}
			}
			if t, err = t.Move(m); err != nil {
				return err
			}
			return errors.Join(tx.PutTicket(t), tx.Record("note", 0, chepiao.Event{Kind: "note"}))
		}
	}
	b.write(one, move(chepiao.MoveLapse, false))
	elsewhere := func() {
		b.write(two, func(tx *store.Tx) error {
			person := chepiao.PersonToken{1}
			if journeys, err := tx.JourneysOf(person, today); err != nil || len(journeys) > 0 {
				return errors.Join(err, errNo)
			}
			id := chepiao.MakeDepartureID(coach.No+1, today)
			first := tx.NextIDs(2)
			o := chepiao.Order{ID: chepiao.OrderID(first), Key: "K", Departure: id, From: 1, To: 3, State: chepiao.OrderHeld, Created: tx.Now, Deadline: tx.Now.Add(holdFor), Count: 1, Version: 1}
			t := chepiao.Ticket{ID: chepiao.TicketID(first + 1), Order: o.ID, Departure: id, State: chepiao.TicketHeld, From: 1, To: 3, Alight: 2, Seat: 1, Person: person, Version: 1}
			return errors.Join(tx.AddOrder(o, []chepiao.Ticket{t}, []store.Sealed{{Wrapped: []byte{1}, Box: []byte{1}}}), tx.Record("note", 0, chepiao.Event{Kind: "note"}))
		})
	}
	_, err := b.during(one, elsewhere, move(chepiao.MoveRevive, true))
	if chepiao.Why(err) != chepiao.SoldOut {
		b.Errorf("one person has two journeys at one time: %v", err)
	}
}
