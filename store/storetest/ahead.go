package storetest

import (
	"slices"
	"sync/atomic"
	"time"

	"chepiao"
	"chepiao/store"
)

// seesWhatIsStored: while one batch is being stored the next one is decided upon it,
// and nobody hears of it before both are there.
func seesWhatIsStored(b *bench) {
	s := b.openWith(store.Options{BatchMax: 1, CommitDelay: 100 * time.Millisecond})
	b.booked(s, 1)
	var order chepiao.Order
	var stored, early atomic.Bool
	err := b.batch(s,
		func(tx *store.Tx) (err error) { order, err = book(tx, 2); return err },
		func(tx *store.Tx) error {
			early.Store(!slices.Equal(b.taken(s), []int{1, 2})) // a reader does not see it yet
			d, err := tx.Departure(coachID(), coach)
			if err != nil {
				return err
			}
			if err := d.Seats.Check(0, 2, []int{2}); err == nil {
				b.Error("seat 2 seems to be free")
			}
			riding, err := tx.JourneysOf(chepiao.PersonToken{2}, today)
			if err != nil || len(riding) != 1 {
				b.Errorf("journeys %v, %v; want the one that is being stored", riding, err)
			}
			return payFor(tx, order.ID)
		},
		func(tx *store.Tx) error {
			o, err := tx.Order(order.ID)
			if err == nil && o.State != chepiao.OrderIssued {
				b.Errorf("the order is %s", o.State)
			}
			stored.Store(true)
			return chepiao.Refuse(chepiao.SoldOut, "已售完", "sold out")
		})
	if err[0] != nil || err[1] != nil || chepiao.Why(err[2]) != chepiao.SoldOut {
		b.Fatalf("answers %v", err)
	}
	if !early.Load() {
		b.Error("the second function ran when the first was stored already")
	}
	b.stand(s, []int{1, 2})
}

// runsAgainUponAFailure: what was decided upon a batch that cannot be stored is
// decided anew without it, yes or no.
func runsAgainUponAFailure(b *bench) {
	s := b.openWith(store.Options{BatchMax: 1})
	first := b.booked(s, 1)
	runs := [2]int{}
	seat := func(i, n int) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			runs[i]++
			d, err := tx.Departure(coachID(), coach)
			if err == nil {
				err = d.Seats.Check(0, 2, []int{n})
			}
			if err == nil {
				_, err = book(tx, n)
			}
			return err
		}
	}
	answers := b.batch(s,
		func(tx *store.Tx) error {
			if _, err := book(tx, 2); err != nil {
				return err
			}
			again := first
			again.Count = 0
			return tx.AddOrder(again, nil, nil) // its number is taken
		},
		seat(0, 2), seat(1, 3))
	if answers[0] == nil || answers[1] != nil || answers[2] != nil {
		b.Fatalf("answers %v", answers)
	}
	if runs[0] < 2 {
		b.Errorf("the second function ran %d times: it was not decided beside the first", runs[0])
	}
	b.stand(s, []int{1, 2, 3})
}

// stand makes sure of the seats that are taken, now and after a restart, and
// that the journal has no gap.
func (b *bench) stand(s *store.Store, seats []int) {
	b.Helper()
	for s := range b.twice(s) {
		if got := b.taken(s); !slices.Equal(got, seats) {
			b.Errorf("seats %v are taken, want %v", got, seats)
		}
		entries := b.entries(s)
		for i := 1; i < len(entries); i++ {
			if entries[i].Seq != entries[i-1].Seq+1 {
				b.Errorf("entry %d follows %d", entries[i].Seq, entries[i-1].Seq)
			}
		}
	}
}
