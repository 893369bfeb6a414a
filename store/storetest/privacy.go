package storetest

import (
	"time"

	"chepiao"
	"chepiao/store"
)

// destroysPeople: who travelled on a day is found, emptied and told of by count, and
// nothing of another day is touched.
func destroysPeople(b *bench) {
	s := b.open()
	day := coachID().Day()
	b.write(s, func(tx *store.Tx) error { return tx.PutTemplate("t", []byte{1}, *coach, false) })
	o := b.booked(s, 1, 2, 3)
	var some []chepiao.TicketID
	b.read(s, func(r *store.Reader) (err error) {
		upto, err := r.DestroyedUpTo(day + 9)
		b.same("the first day", upto, day, err)
		some, err = r.PeopleOf(day, 2)
		b.same("tickets of the day", len(some), 2, err)
		none, err := r.PeopleOf(day+1, 9)
		b.same("tickets of the next", len(none), 0, err)
		n, err := r.PeopleKept(day + 1)
		b.same("kept", n, int64(3), err)
		n, err = r.PeopleKept(day)
		b.same("kept before", n, int64(0), err)
		return nil
	})
	b.forward(time.Minute)
	b.write(s, func(tx *store.Tx) error {
		tx.DestroyedUpTo(day)
		return tx.DestroyPeople(day, some, "suite")
	})
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			upto, err := r.DestroyedUpTo(day + 9)
			b.same("done", upto, day, err)
			left, err := r.PeopleOf(day, 9)
			b.same("left", len(left), 1, err)
			tickets, err := r.Tickets(o)
			b.same("tokens", []bool{tickets[0].Person.IsZero(), tickets[1].Person.IsZero(), tickets[2].Person.IsZero()}, []bool{true, true, false}, err)
			gone, ok, err := r.Person(some[0])
			b.same("the record", []any{len(gone.Wrapped), len(gone.Box), ok}, []any{0, 0, true}, err)
			rounds, err := r.Destroyed(9)
			if err != nil || len(rounds) != 1 || rounds[0].Day != day || rounds[0].Tickets != 2 || !rounds[0].At.Equal(b.now) {
				b.Errorf("%+v, %v", rounds, err)
			}
			return nil
		})
	}
}
