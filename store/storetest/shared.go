package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chepiao"
	"chepiao/store"
)

// RunShared holds a database that several processes may share against what they
// rely on: no seat sold twice, no stale answer, one process for each duty.
func RunShared(t *testing.T, fresh func(*testing.T) Database) {
	for _, c := range []struct {
		name string
		test func(*bench)
	}{
		{"two processes have a lane each and see each other's sales", sellsBeside},
		{"a crowd at three processes gets each seat once", sellsOnce},
		{"a no is said of what stands, not of what is remembered", refusesFreshly},
		{"a hold whose payment could not be stored ends at its deadline", keepsHolds},
		{"of two sales to one person at once the second sees the first", knowsRiders},
		{"a process that was thought dead goes on in another lane", goesOnElsewhere},
		{"a lane whose process is gone is taken over", takesOver},
		{"a duty is one process's, and a late one is fenced off", leases},
		{"a change of the rules reaches the others, and no sale goes by the old ones", hearsOfChanges},
		{"a shift that ends in one process takes no money in another", closesOnce},
		{"a queue that another process changed is read anew", rereadsQueues},
		{"a lost connection is opened again", reconnects},
		{"peers know each other, and who is going", knowsPeers},
		{"a webhook hears what every process says, and what is later is so by its time", hearsAllLanes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(&bench{T: t, db: fresh(t), now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		})
	}
}

// process opens the database as one of several.
func (b *bench) process(name string) *store.Store {
	b.Helper()
	return b.openWith(store.Options{Process: name, URL: "http://" + name})
}

// soon waits until something is so.
func (b *bench) soon(what string, so func() bool) {
	b.Helper()
	for range 1000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatalf("in ten seconds it did not come about that %s", what)
}

func sellsBeside(b *bench) {
	one, two := b.process("one"), b.process("two")
	if one.Lane() == two.Lane() {
		b.Fatalf("both write lane %d", one.Lane())
	}
	b.booked(one, 1)
	b.booked(two, 2)
	b.booked(one, 3) // its copy of the departure is old by now
	all := []int{1, 2, 3}
	for _, s := range []*store.Store{one, two} {
		b.soon("a process sees all sales", func() bool { return slices.Equal(b.taken(s), all) })
	}
	var entries [2][]chepiao.Entry
	b.read(one, func(r *store.Reader) (err error) {
		for i, s := range []*store.Store{one, two} {
			e, readErr := r.Journal("T1", s.Lane(), 0, 100)
			entries[i], err = e, errors.Join(err, readErr)
		}
		return err
	})
	if len(entries[0]) != 3 || len(entries[1]) != 2 {
		b.Errorf("the lanes have %d and %d entries, want 3 and 2", len(entries[0]), len(entries[1]))
	}
	b.sound(one)
}

// sound lets the doctor look. The suite's bookings have no fares: only what the
// several processes may break counts.
func (b *bench) sound(s *store.Store) {
	b.Helper()
	d, err := s.Doctor(b.Context(), nil)
	b.must(err)
	for _, f := range d.Findings {
		if len(f.Where) > 7 && (f.Where[:7] == "journal" || f.Where[:4] == "lane") {
			b.Error(f)
		}
	}
}

func sellsOnce(b *bench) {
	stores := []*store.Store{b.process("one"), b.process("two"), b.process("three")}
	var sold, refused atomic.Int64
	var mu sync.Mutex
	seats := map[int]int{}
	var all sync.WaitGroup
	for n := range 60 {
		all.Go(func() {
			seat := 0
			err := stores[n%3].Write(b.Context(), func(tx *store.Tx) error {
				d, err := tx.Departure(coachID(), coach)
				if err != nil {
					return err
				}
				for seat = 1; seat <= 10 && d.Seats.Seat(seat) != 0; seat++ {
				}
				if seat > 10 {
					return errNo
				}
				_, err = book(tx, seat)
				return err
			})
			switch {
			case err == nil:
				sold.Add(1)
				mu.Lock()
				seats[seat]++
				mu.Unlock()
			case chepiao.Why(err) == chepiao.SoldOut:
				refused.Add(1)
			default:
				b.Error(err)
			}
		})
	}
	all.Wait()
	if sold.Load() != 10 || refused.Load() != 50 || len(seats) != 10 {
		b.Errorf("%d sold (seats %v) and %d refused, want ten different ones and 50", sold.Load(), seats, refused.Load())
	}
	b.sound(stores[0])
}

func refusesFreshly(b *bench) {
	one, two := b.process("one"), b.process("two")
	o := b.booked(one, 1)
	b.write(two, func(tx *store.Tx) error { return payFor(tx, o.ID) })
	// The first process remembers the order as held and would say so.
	err := one.Write(b.Context(), func(tx *store.Tx) error {
		now, err := tx.Order(o.ID)
		if err == nil && now.State != chepiao.OrderIssued {
			err = errNo
		}
		return err
	})
	if err != nil {
		b.Errorf("an order that another process issued: %v", err)
	}
	err = one.Write(b.Context(), func(tx *store.Tx) error { return payFor(tx, o.ID) })
	if chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("it is paid again: %v", err)
	}
}

// keepsHolds: to pay an order changes a departure's list of unpaid orders, and
// nothing else of it. When that is not stored, the order must be in the list again:
// else its seats would stay taken after its deadline.
func keepsHolds(b *bench) {
	one := b.process("one")
	o, other := b.booked(one, 1), b.booked(one, 2)
	err := one.Write(b.Context(), func(tx *store.Tx) error {
		if err := payFor(tx, o.ID); err != nil {
			return err
		}
		return tx.AddOrder(chepiao.Order{ID: other.ID, Key: "K", Departure: coachID(), From: 1, To: 3, State: chepiao.OrderHeld, Created: tx.Now, Deadline: tx.Now.Add(time.Hour), Version: 1}, nil, nil) // its number is taken
	})
	if err == nil {
		b.Fatal("two orders have one number")

	}
	b.forward(2 * holdFor)
	b.write(one, func(tx *store.Tx) error {
		if _, err := tx.Departure(coachID(), coach); err != nil {
			return err
		}
		due, err := tx.DueHolds(coachID())
		if !slices.Equal(due, []chepiao.OrderID{o.ID, other.ID}) {
			b.Errorf("orders %v are due, not %v and %v", due, o.ID, other.ID)
		}
		return err
	})
}

func knowsRiders(b *bench) {
	stores := []*store.Store{b.process("one"), b.process("two")}
	ann := chepiao.PersonToken{7}
	var sold atomic.Int64
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			s := stores[n%2]
			err := s.Write(s.With(b.Context(), store.Needs{People: []chepiao.PersonToken{ann}}), func(tx *store.Tx) error {
				journeys, err := tx.JourneysOf(ann, today)
				if err != nil {
					return err
				}
				if len(journeys) > 0 {
					return errNo
				}
				id := chepiao.MakeDepartureID(coach.No+chepiao.TemplateNo(n), today) // each on a departure of its own
				d, err := tx.Departure(id, coach)
				if err != nil {
					return err
				}
				first := tx.NextIDs(2)
				o := chepiao.Order{ID: chepiao.OrderID(first), Key: "K", Departure: id, From: 1, To: 3, State: chepiao.OrderHeld, Created: tx.Now, Deadline: tx.Now.Add(holdFor), Count: 1, Version: 1}
				t := chepiao.Ticket{ID: chepiao.TicketID(first + 1), Order: o.ID, Departure: id, State: chepiao.TicketHeld, From: 1, To: 3, Alight: 2, Seat: 1, Person: ann, Version: 1}
				d.Take([]chepiao.Ticket{t})
				tx.Touch(d)
				if err := tx.AddOrder(o, []chepiao.Ticket{t}, []store.Sealed{{Wrapped: []byte{1}, Box: []byte{1}}}); err != nil {
					return err
				}
				return tx.Record("order", 1, chepiao.Event{Kind: "note"})
			})
			if err == nil {
				sold.Add(1)
			} else if chepiao.Why(err) != chepiao.SoldOut {
				b.Error(err)
			}
		})
	}
	all.Wait()
	if sold.Load() != 1 {
		b.Errorf("%d overlapping journeys are sold to one person", sold.Load())
	}
}

func goesOnElsewhere(b *bench) {
	one := b.process("one")
	b.booked(one, 1)
	lane := one.Lane()
	again := b.process("one") // an operator started it a second time
	b.booked(again, 2)
	b.booked(one, 3)
	if again.Lane() != lane || one.Lane() == lane {
		b.Errorf("lanes %d and %d, want the newer one in %d", one.Lane(), again.Lane(), lane)
	}
	b.soon("all seats are seen", func() bool { return slices.Equal(b.taken(again), []int{1, 2, 3}) })
	b.sound(again)
}

func takesOver(b *bench) {
	one := b.process("one")
	b.booked(one, 1)
	lane := one.Lane()
	b.must(one.Close())
	two := b.process("two")
	if two.Lane() != lane {
		b.Errorf("lane %d is opened, though lane %d was free", two.Lane(), lane)
	}
	b.booked(two, 2)
	b.sound(two)
}

func leases(b *bench) {
	one, two := b.process("one"), b.process("two")
	first, err := one.Lease("sweep", time.Hour)
	if b.must(err); first == nil {
		b.Fatal("a free duty is refused")
	}
	if other, err := two.Lease("sweep", time.Hour); err != nil || other != nil {
		b.Fatalf("a second process has the duty, too: %v %v", other, err)
	}
	if again, err := one.Lease("sweep", time.Hour); err != nil || again == nil {
		b.Fatalf("it cannot be renewed: %v %v", again, err)
	}
	note := func(s *store.Store, f *store.Fence) error {
		return s.Write(store.Fenced(b.Context(), f), func(tx *store.Tx) error {
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		})
	}
	b.must(note(one, first))
	b.must(b.db.Exec("UPDATE lease SET ends = 0"))
	second, err := two.Lease("sweep", time.Hour)
	if b.must(err); second == nil {
		b.Fatal("a duty that is over is refused")
	}
	if err := note(one, first); !errors.Is(err, store.ErrDuty) {
		b.Errorf("the late process is told %v, want ErrDuty", err)
	}
	b.must(note(two, second))
	b.booked(one, 1) // only the duty is fenced, not the process
}

func hearsOfChanges(b *bench) {
	heard := make(chan string, 10)
	one := b.process("one")
	two := b.openWith(store.Options{Process: "two", Changed: func(what string) error { heard <- what; return nil }})
	sheet := func(no int64) {
		b.write(one, func(tx *store.Tx) error {
			tx.AddSheet(chepiao.Sheet{No: no, Scope: chepiao.Scope{Layer: chepiao.National}, Author: "suite", Reason: "a test", Values: []byte("{}")})
			return tx.Record("rules 1", 1, chepiao.Event{Kind: chepiao.RulesSet})
		})
	}
	sheet(1)
	err := two.Write(b.Context(), func(tx *store.Tx) error { _, err := book(tx, 1); return err })
	if err != nil && chepiao.Why(err) != chepiao.Busy {
		b.Errorf("a sale just after the rules changed: %v", err)
	}
	select {
	case what := <-heard:
		if what != "rules" {
			b.Errorf("it hears of %q", what)
		}
	case <-time.After(10 * time.Second):
		b.Fatal("the other process heard nothing")
	}
	b.soon("it sells again", func() bool {
		return two.Write(b.Context(), func(tx *store.Tx) error { _, err := book(tx, 2); return err }) == nil
	})
	b.booked(one, 3) // whoever made the change need hear nothing
}

func rereadsQueues(b *bench) {
	one, two := b.process("one"), b.process("two")
	waits := func(s *store.Store) (n int) {
		b.write(s, func(tx *store.Tx) error {
			list, err := tx.Waiting(coachID())
			n = len(list)
			return err
		})
		return n
	}
	if waits(one) != 0 || waits(two) != 0 {
		b.Fatal("somebody waits already")
	}
	b.write(two, func(tx *store.Tx) error {
		seq, err := tx.NextWait()
		if err != nil {
			return err
		}
		o := chepiao.Order{ID: chepiao.OrderID(tx.NextIDs(1)), Version: 1}
		o.Wait = &chepiao.WaitTerms{Seq: seq, Departures: []chepiao.DepartureID{coachID()}}
		return tx.Enqueue(o, coachID())
	})
	if n := waits(one); n != 1 {
		b.Errorf("%d requests wait, as the other process sees it; want one", n)
	}
}

func reconnects(b *bench) {
	s := b.process("one")
	b.booked(s, 1)
	_, schema, _ := strings.Cut(b.db.Target, "application_name=")
	cut := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '" + schema + "' AND pid <> pg_backend_pid()"
	b.must(b.db.Exec(cut))
	no := chepiao.Refuse(chepiao.SoldOut, "已售完", "sold out")
	b.soon("a batch of refusals finds the server again", func() bool {
		return chepiao.Why(s.Write(b.Context(), func(*store.Tx) error { return no })) == chepiao.SoldOut
	})
	b.must(b.db.Exec(cut))
	for seat := 2; seat <= 4; seat++ {
		b.booked(s, seat)
	}
	for range 8 { // every reader's connection was cut, too
		b.read(s, func(r *store.Reader) error { _, err := r.JournalHead("T1", s.Lane()); return err })
	}
	if got := b.taken(s); !slices.Equal(got, []int{1, 2, 3, 4}) {
		b.Errorf("seats %v are taken", got)
	}
	b.sound(s)
}

func knowsPeers(b *bench) {
	one, two := b.process("one"), b.process("two")
	b.soon("both are known", func() bool { return len(one.Peers()) == 2 && len(two.Peers()) == 2 })
	if p := one.Peers()[1]; p.Name != "two" || p.URL != "http://two" || p.Draining || p.Lane != two.Lane() {
		b.Errorf("the other one is %+v", p)
	}
	two.Drain()
	b.soon("it is seen to go", func() bool { return one.Peers()[1].Draining })
	b.must(two.Close())
	b.soon("it is gone", func() bool { return len(one.Peers()) == 1 })
	if _, ok := one.ClockAhead(); !ok {
		b.Error("the clocks are not compared")
	}
}
