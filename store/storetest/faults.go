package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/store"
)

// RunFaults is the part of RunShared where something fails, stands still or
// happens at the worst moment.
func RunFaults(t *testing.T, fresh func(*testing.T) Database) {
	for _, c := range []struct {
		name string
		test func(*bench)
	}{
		{"a commit that nobody answered is stored once, and its process stays known", settlesDoubt},
		{"a verb whose answer is lost twice over is done once", answersAfterAll},
		{"a process that stands still within a commit holds nobody up for long", outlastsTheFrozen},
		{"what is told in a lane is kept there, whatever lane came before", sweepsItsOwn},
		{"a duty does not pass with the lane", losesDuties},
		{"no sale goes by rules that were replaced while it was decided", noticesChanges},
		{"what could not be loaded again is not taken for known", loadsAgain},
		{"whoever loads for long is still there", staysThere},
		{"a departure that somebody begins meanwhile has begun", noticesFirstSales},
		{"departures that were listed are all that have begun", noticesBegun},
		{"a ticket that comes back to life is a journey like any other", noticesRevived},
		{"tickets that were listed are as they were when it counts", noticesListed},
		{"of two who send a payment back the second sees the first", sendsBackOnce},
		{"a payment that fails elsewhere leaves a hold that ends", findsUnpaid},
		{"queues that went back are read anew", rereadsLostQueues},
		{"a reader that broke off sees the present again", readsThePresent},
		{"a closed store leaves no connection", leavesNothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(&bench{T: t, db: fresh(t), now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		})
	}
}

func settlesDoubt(b *bench) {
	db, wire := b.wired()
	two := b.process("two")
	far := &bench{T: b.T, db: db, now: b.now}
	one := far.process("one")
	b.booked(one, 1)
	wire.loseCommits(1)
	b.booked(one, 2)
	if wire.fired.Load() == 0 {
		b.Fatal("no commit was lost")
	}
	b.booked(two, 3)
	b.booked(one, 4)
	if got := b.taken(one); !slices.Equal(got, []int{1, 2, 3, 4}) {
		b.Errorf("seats %v are taken", got)
	}
	b.must(b.db.Exec("UPDATE process SET beat = 0 WHERE name = 'one'"))
	b.soon("its beat is heard again", func() bool { return b.db.Exec("UPDATE process SET name = name WHERE name = 'one' AND beat > 0") == nil })
	b.sound(two)
}

// answersAfterAll: the commit is not answered, and neither is the one that was to
// find out about it. The process cannot know its lane for its own any more.
func answersAfterAll(b *bench) {
	db, wire := b.wired()
	far := &bench{T: b.T, db: db, now: b.now}
	one := far.process("one")
	b.booked(one, 1)
	input := []byte{1}
	verb := func(tx *store.Tx) error {
		done, err := tx.Answered("K2", input)
		if err != nil || done != nil {
			return err
		}
		if _, err = book(tx, 2); err == nil {
			tx.Answer("K2", input)
		}
		return err
	}
	wire.loseCommits(2)
	err := one.Write(b.Context(), verb)
	if n := wire.fired.Load(); n != 2 {
		b.Fatalf("%d commits were lost, want 2", n)
	}
	for chepiao.Why(err) == chepiao.Busy {
		err = one.Write(b.Context(), verb)
	}
	b.must(err)
	b.booked(one, 3)
	b.soon("each seat is sold once", func() bool { return slices.Equal(b.taken(one), []int{1, 2, 3}) })
	b.sound(one)
}

func outlastsTheFrozen(b *bench) {
	db, wire := b.wired()
	far := &bench{T: b.T, db: db, now: b.now}
	one, two := far.process("one"), b.process("two")
	b.booked(one, 1)
	wire.freezeCommit()
	var late sync.WaitGroup
	var err error
	late.Go(func() {
		err = one.Write(b.Context(), func(tx *store.Tx) error {
			d, err := tx.Departure(coachID(), coach)
			if err == nil && d.Seats.Seat(2) != 0 {
				return errNo
			}
			if err == nil {
				_, err = book(tx, 2)
			}
			return err
		})
	})
	b.soon("it stands still", func() bool { return wire.fired.Load() > 0 })
	tooLong := time.AfterFunc(9*time.Second, func() { b.Error("the other process had to wait for nine seconds") })
	b.booked(two, 2)
	tooLong.Stop()
	late.Wait()
	if chepiao.AsRefusal(err) == nil {
		b.Errorf("the seat is sold twice: %v", err)
	}
	b.sound(two)
}

func sweepsItsOwn(b *bench) {
	one := b.process("one")
	for range 20 {
		b.write(one, func(tx *store.Tx) error { return tx.Record("note", 0, chepiao.Event{Kind: "note"}) })
	}
	for _, d := range []time.Duration{11 * time.Second, 61 * time.Second, 55 * time.Second} {
		b.forward(d)
		b.must(one.CatchUp())
	}
	b.process("one") // takes the lane
	b.booked(one, 1)
	if one.Lane() == 1 {
		b.Fatal("it still writes lane 1")
	}
	b.forward(11 * time.Second)
	b.must(one.CatchUp())
	b.must(b.db.Exec("UPDATE touched SET seq = seq WHERE lane <> 1")) // nobody has had a minute to read it
}

func losesDuties(b *bench) {
	one := b.process("one")
	first, err := one.Lease("sweep", time.Hour)
	if b.must(err); first == nil {
		b.Fatal("a free duty is refused")
	}
	again := b.process("one") // takes the lane over; the older process has not noticed
	if f, err := one.Lease("sweep", time.Hour); err != nil || f != nil {
		b.Errorf("a process that has lost its lane renews its duty: %v %v", f, err)
	}
	second, err := again.Lease("sweep", time.Hour)
	if b.must(err); second == nil {
		b.Fatal("whoever took the lane over must wait for the duty")
	}
	note := func(s *store.Store, f *store.Fence) error {
		return s.Write(store.Fenced(b.Context(), f), func(tx *store.Tx) error {
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		})
	}
	if err := note(one, first); !errors.Is(err, store.ErrDuty) {
		b.Errorf("two processes do one duty: %v, want ErrDuty", err)
	}
	b.must(note(again, second))
}

func noticesChanges(b *bench) {
	heard := make(chan string, 10)
	one := b.process("one")
	two := b.openWith(store.Options{Process: "two", Changed: func(what string) error { heard <- what; return nil }})
	change := func(no int64) func() {
		return func() {
			b.write(one, func(tx *store.Tx) error { return addSheet(tx, no) })
			<-heard
			b.must(two.CatchUp())
		}
	}
	_, err := b.during(two, change(1), func(tx *store.Tx) error { _, err := book(tx, 1); return err })
	if chepiao.Why(err) != chepiao.Busy {
		b.Errorf("a sale by rules that were replaced: %v", err)
	}
	_, err = b.during(two, change(2), func(tx *store.Tx) error { return addSheet(tx, 9) })
	if chepiao.Why(err) != chepiao.Busy {
		b.Errorf("rules that build on replaced ones: %v", err)
	}
	b.booked(two, 1)
}

func loadsAgain(b *bench) {
	var mu sync.Mutex
	broken, asked := true, 0
	one := b.process("one")
	two := b.openWith(store.Options{Process: "two", Changed: func(string) error {
		mu.Lock()
		defer mu.Unlock()
		if asked++; broken {
			return errors.New("it cannot be read")
		}
		return nil
	}})
	b.write(one, func(tx *store.Tx) error { return addSheet(tx, 1) })
	b.soon("it tries again", func() bool { mu.Lock(); defer mu.Unlock(); return asked > 1 })
	sell := func() error {
		return two.Write(b.Context(), func(tx *store.Tx) error { _, err := book(tx, 1); return err })
	}
	if err := sell(); chepiao.Why(err) != chepiao.Busy {
		b.Errorf("it sells by rules that it could not load: %v", err)
	}
	mu.Lock()
	broken = false
	mu.Unlock()
	b.soon("it sells again", func() bool { return sell() == nil })
}

func staysThere(b *bench) {
	free, loading := make(chan struct{}), make(chan struct{})
	one := b.process("one")
	two := b.openWith(store.Options{Process: "two", Changed: func(string) error { close(loading); <-free; return nil }})
	b.write(one, func(tx *store.Tx) error { return addSheet(tx, 1) })
	<-loading
	got := make(chan error, 1)
	go func() {
		_, err := two.Lease("sweep", time.Hour)
		got <- err
	}()
	select {
	case err := <-got:
		b.must(err)
	case <-time.After(5 * time.Second):
		b.Error("while it loads the timetable it neither beats nor takes leases")
	}
	close(free)
}

func findsUnpaid(b *bench) {
	one, two := b.process("one"), b.process("two")
	o := b.booked(one, 1)
	move := func(s *store.Store, m chepiao.OrderMove) {
		b.write(s, func(tx *store.Tx) error {
			now, err := tx.Order(o.ID)
			if err != nil {
				return err
			}
			if now, err = now.Move(m); err != nil {
				return err
			}
			return errors.Join(tx.PutOrder(now), tx.Record("note", 0, chepiao.Event{Kind: "note"}))
		})
	}
	look := func(s *store.Store) (due []chepiao.OrderID) {
		b.write(s, func(tx *store.Tx) (err error) {
			if _, err = tx.Departure(coachID(), coach); err == nil {
				due, err = tx.DueHolds(coachID())
			}
			return err
		})
		return due
	}
	look(one)
	move(one, chepiao.OrderPayStep)
	look(two) // it loads the departure while the order is being paid
	move(two, chepiao.OrderUnpay)
	b.forward(2 * holdFor)
	for _, s := range []*store.Store{one, two} {
		if due := look(s); !slices.Equal(due, []chepiao.OrderID{o.ID}) {
			b.Errorf("orders %v are due in lane %d, want %v", due, s.Lane(), o.ID)
		}
	}
}

func rereadsLostQueues(b *bench) {
	one := b.process("one")
	b.write(one, func(tx *store.Tx) error { _, err := ask(tx, 1); return err })
	waits := func() (n int) {
		b.write(one, func(tx *store.Tx) error {
			list, err := tx.Waiting(coachID())
			n = len(list)
			return err
		})
		return n
	}
	if waits() != 1 {
		b.Fatal("nobody waits")
	}
	b.must(b.db.Exec("DELETE FROM wait")) // a standby that had not heard of it is the database now
	b.must(b.db.Exec("UPDATE shared SET version = version - 1 WHERE name = 'waits'"))
	for range 4 {
		b.must(one.CatchUp())
	}
	if n := waits(); n != 0 {
		b.Errorf("%d wait in a queue that is empty", n)
	}
}

func readsThePresent(b *bench) {
	one := b.process("one")
	head := func(r *store.Reader) int64 {
		seq, err := r.JournalHead("T1", one.Lane())
		b.must(err)
		return seq
	}
	for range 4 { // as many as there are readers
		func() {
			defer func() { _ = recover() }()
			one.Read(b.Context(), func(r *store.Reader) error { head(r); panic("a page breaks off") })
		}()
	}
	b.booked(one, 1)
	for range 4 {
		b.read(one, func(r *store.Reader) error {
			if seq := head(r); seq != 2 {
				b.Errorf("a reader sees entry %d as the last, want 2", seq)
			}
			return nil
		})
	}
}

func leavesNothing(b *bench) {
	one := b.process("one")
	b.booked(one, 1)
	b.must(one.Close())
	_, name, _ := strings.Cut(b.db.Target, "application_name=")
	b.soon("its connections are gone", func() bool { // Exec fails when there is no row
		return b.db.Exec("SELECT 1 FROM pg_stat_activity WHERE application_name = '"+name+"' AND pid <> pg_backend_pid()") != nil
	})
}
