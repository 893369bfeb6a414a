package storetest

import (
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// keepsFleet registers vehicles and drivers, changes them, and reads them back
// in order; two changes of the same version do not both stand.
func keepsFleet(b *bench) {
	s := b.open()
	v := chepiao.Vehicle{Plate: "冀A2", Carrier: "C", Seats: 45, Approved: 47, Papers: []chepiao.Paper{{Kind: chepiao.Insurance, Until: today + 30}}, Version: 1}
	first := chepiao.Vehicle{Plate: "冀A1", Carrier: "C", Seats: 30, Approved: 30, Version: 1}
	d := chepiao.Driver{No: "D7", Carrier: "C", Papers: []chepiao.Paper{{Kind: chepiao.Qualification, Until: today}}, Version: 1}
	note := func(tx *store.Tx) error { return tx.Record("note", 0, chepiao.Event{Kind: "note"}) }
	b.write(s, func(tx *store.Tx) error {
		b.check(tx.Register(v))
		b.check(tx.Register(first))
		b.check(tx.PutDriver(d))
		return note(tx)
	})
	checked := v
	checked.Checked, checked.Form, checked.Version = b.clock().UTC(), "F9", 2
	on := d
	on.On, on.Departs, on.Version = coachID(), b.clock().Add(time.Hour).UTC(), 2
	b.write(s, func(tx *store.Tx) error {
		got, ok, err := tx.Registered(v.Plate)
		if !ok || err != nil {
			b.Errorf("the vehicle reads as %+v, %v, %v", got, ok, err)
		}
		if _, ok, err := tx.Registered("冀A3"); ok || err != nil {
			b.Errorf("an unknown plate is found: %v", err)
		}
		b.check(tx.Register(checked))
		b.check(tx.PutDriver(on))
		return note(tx)
	})
	if err := s.Write(b.Context(), func(tx *store.Tx) error { b.check(tx.Register(checked)); return note(tx) }); err == nil {
		b.Error("the second change of one version stands, too")
	}
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			fleet, err := r.Fleet("", 5)
			b.same("fleet", fleet, []chepiao.Vehicle{first, checked}, err)
			rest, err := r.Fleet(first.Plate, 5)
			b.same("fleet after the first", rest, []chepiao.Vehicle{checked}, err)
			drivers, err := r.Drivers("", 5)
			b.same("drivers", drivers, []chepiao.Driver{on}, err)
			return nil
		})
	}
}

// seesRiders: the live tickets of a departure are what is stored with what the
// batch has staged over it.
func seesRiders(b *bench) {
	s := b.open()
	o := b.booked(s, 1, 2, 3)
	riding := func(tx *store.Tx, want ...chepiao.TicketID) {
		tickets, err := tx.Riding(coachID())
		var ids []chepiao.TicketID
		for _, t := range tickets {
			ids = append(ids, t.ID)
		}
		if err != nil || !slices.Equal(ids, want) {
			b.Errorf("riding %v, want %v, %v", ids, want, err)
		}
	}
	ids := o.Tickets()
	b.write(s, func(tx *store.Tx) error {
		riding(tx, ids...)
		t, err := tx.Ticket(ids[0])
		b.check(err)
		gone, err := t.Move(chepiao.MoveRelease)
		b.check(err)
		b.check(tx.PutTicket(gone))
		t, err = tx.Ticket(ids[1])
		b.check(err)
		t.Departure, t.Gone = chepiao.MakeDepartureID(coach.No, today+1), true
		t.Version++
		b.check(tx.PutTicket(t))
		riding(tx, ids[2])
		more, err := book(tx, 4)
		b.check(err)
		riding(tx, ids[2], more.Tickets()[0])
		elsewhere, err := tx.Riding(t.Departure)
		if err != nil || len(elsewhere) != 1 || elsewhere[0] != t {
			b.Errorf("moved to the next day: %+v, %v", elsewhere, err)
		}
		return nil
	})
}
