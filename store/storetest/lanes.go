package storetest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// fencesOff: two programs on the same data. The one that came later has the
// lane; the other must stop, and says so. (On a server it goes on in another
// lane: shared.go.)
func fencesOff(b *bench) {
	if store.Remote(b.db.Target) {
		return
	}
	older := b.open()
	b.booked(older, 1)
	newer := b.open()
	b.booked(newer, 2)
	for range 2 { // before and after the newer one has written on
		err := older.Write(b.Context(), func(tx *store.Tx) error { _, err := book(tx, 3); return err })
		if !errors.Is(err, store.ErrFenced) {
			b.Errorf("the older process is told %v, want ErrFenced", err)
		}
		b.booked(newer, 4+len(b.taken(newer)))
	}
	b.must(older.Close())
	if got := b.taken(b.restart(newer)); !slices.Equal(got, []int{1, 2, 6, 7}) {
		b.Errorf("seats %v are taken, want 1, 2, 6 and 7", got)
	}
}

// comparesAndSets: another program changed rows that this one has cached.
func comparesAndSets(b *bench) {
	s := b.open()
	o := b.booked(s, 1)
	b.must(b.db.Exec("UPDATE departure SET version = version + 5, children = 3"))
	b.booked(s, 2)
	v := s.View(coachID())
	if v.Version != 7 || v.Children != 3 {
		b.Errorf("the departure is at version %d with %d children, want 7 and 3", v.Version, v.Children)
	}
	b.must(b.db.Exec("UPDATE orders SET state = 'released', version = version + 1 WHERE state = 'held' AND id = " + decimal(int64(o.ID))))
	err := s.Write(b.Context(), func(tx *store.Tx) error { return payFor(tx, o.ID) })
	if chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("an order that another program released is paid: %v", err)
	}
	if got := b.taken(b.restart(s)); !slices.Equal(got, []int{1, 2}) {
		b.Errorf("seats %v are taken", got)
	}
}

func decimal(n int64) string {
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append(digits, byte('0'+n%10))
	}
	slices.Reverse(digits)
	return string(digits)
}

func chains(b *bench) { b.chain(chepiao.ProfileEd25519) }

func chainsInSM3(b *bench) { b.chain(chepiao.ProfileSM2) }

func (b *bench) chain(profile chepiao.CryptoProfile) {
	s := b.openWith(store.Options{Profile: profile})
	for seat := 1; seat <= 4; seat++ {
		o := b.booked(s, seat)
		b.must(errors.Join(b.batch(s,
			func(tx *store.Tx) error { return payFor(tx, o.ID) },
			func(tx *store.Tx) error { return tx.Record("note", 0, chepiao.Event{Kind: "note"}) })...))
		s = b.restart(s) // the profile is the lane's, not the option's
	}
	entries := b.entries(s)
	if len(entries) != 13 || entries[0].Kind != chepiao.LaneOpened || !strings.Contains(string(entries[0].Body), string(profile)) {
		b.Fatalf("%d entries, the first %s %s", len(entries), entries[0].Kind, entries[0].Body)
	}
	var previous []byte
	for i, e := range entries {
		if e.Seq != int64(i+1) || e.Lane != 1 || e.Node != "T1" {
			b.Fatalf("entry %d is %s/%d/%d", i+1, e.Node, e.Lane, e.Seq)
		}
		if previous = store.HashEntry(profile, previous, e); !bytes.Equal(previous, e.Hash) {
			b.Fatalf("entry %d breaks the chain", e.Seq)
		}
		for name, change := range map[string]func(*chepiao.Entry){
			"body": func(e *chepiao.Entry) { e.Body = append([]byte(" "), e.Body...) },
			"kind": func(e *chepiao.Entry) { e.Kind += "x" }, "aggregate": func(e *chepiao.Entry) { e.Aggregate += "x" },
			"time": func(e *chepiao.Entry) { e.At = e.At.Add(time.Microsecond) }, "version": func(e *chepiao.Entry) { e.Version++ },
			"place": func(e *chepiao.Entry) { e.Seq++ }, "node": func(e *chepiao.Entry) { e.Node += "x" },
		} {
			forged := e
			change(&forged)
			before := []byte(nil)
			if i > 0 {
				before = entries[i-1].Hash
			}
			if bytes.Equal(store.HashEntry(profile, before, forged), e.Hash) {
				b.Errorf("another %s has the same hash", name)
			}
		}
	}
}

func numbersOnce(b *bench) {
	s := b.open()
	seen := map[chepiao.OrderID]bool{}
	for seat := 1; seat <= 6; seat++ {
		answers := b.batch(s, // numbers drawn by a refused function may be given to the next one, never to two that stand
			func(tx *store.Tx) error { tx.NextIDs(5); return errNo },
			func(tx *store.Tx) error {
				o, err := book(tx, seat)
				for id := o.ID; id <= o.ID+chepiao.OrderID(o.Count); id++ {
					if seen[id] {
						b.Errorf("number %d is given twice", id)
					}
					seen[id] = true
				}
				return err
			})
		b.must(answers[1])
		if seat%2 == 0 {
			s = b.restart(s)
		}
	}
}

func timeRunsForward(b *bench) {
	s := b.open()
	b.booked(s, 1)
	b.forward(-time.Hour)
	b.booked(s, 2)
	s = b.restart(s)
	b.booked(s, 3)
	b.forward(2 * time.Hour)
	b.booked(s, 4)
	entries := b.entries(s)
	for i := 1; i < len(entries); i++ {
		if entries[i].At.Before(entries[i-1].At) {
			b.Errorf("entry %d is of %s, before the one ahead of it", i+1, entries[i].At)
		}
	}
	if last := entries[len(entries)-1].At; !last.Equal(b.clock()) {
		b.Errorf("the last entry is of %s, the clock says %s", last, b.clock())
	}
}

func refusesNewer(b *bench) {
	s := b.open()
	b.booked(s, 1)
	b.must(s.Close())
	b.must(b.db.Exec("INSERT INTO migration (name, at) VALUES ('9999_of_the_future.sql', 0)"))
	if s, err := b.db.Open(store.Options{Node: "T1", Now: b.clock}); err == nil || !strings.Contains(err.Error(), "9999_of_the_future") {
		if err == nil {
			s.Close()
		}
		b.Fatalf("a newer database is opened: %v", err)
	}
	b.must(b.db.Exec("DELETE FROM migration WHERE name = '9999_of_the_future.sql'"))
	if got := b.taken(b.open()); !slices.Equal(got, []int{1}) {
		b.Errorf("seats %v are taken", got)
	}
}
