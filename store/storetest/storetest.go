// Package storetest says what a store must do, whatever database lies under it:
// keep everything it answered for, nothing it refused, and sell no seat twice
// even when two programs write to it. Each database runs the same suite.
package storetest

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/store"
)

// Database is one database to be tested, empty at first.
type Database struct {
	// Target is what store.Open takes.
	Target string
	// Open opens it: again after Close it is a restart, twice at once it is two
	// programs on the same data.
	Open func(store.Options) (*store.Store, error)
	// Exec changes it behind every store's back.
	Exec func(sql string) error
}

// Run holds a kind of database against everything the office relies on. fresh
// makes an empty one.
func Run(t *testing.T, fresh func(*testing.T) Database) {
	for _, c := range []struct {
		name string
		test func(*bench)
	}{
		{"a verb is there after a restart", keepsEverything},
		{"what goes back of a payment adds up", sendsBack},
		{"who travels can be sealed anew", sealsAnew},
		{"the timetable reads back as it was stored", keepsTimetable},
		{"rules read back in order", keepsSheets},
		{"the latest tickets and entries are found", readsLatest},
		{"what waits is stored in few commits, what is too much is refused", groups},
		{"a function sees what its batch has staged", overlays},
		{"a function that fails leaves no trace, its batch-mates stand", rollsBack},
		{"a panic is the fault of one function", survivesPanic},
		{"a collision takes nobody else along", survivesCollision},
		{"the next batch is decided while the last one is being stored", seesWhatIsStored},
		{"what was decided upon a batch that fails is decided again", runsAgainUponAFailure},
		{"a caller who has gone is not served", skipsTheGone},
		{"a closed store refuses", refusesWhenClosed},
		{"the same id gets the same answer", answersTwice},
		{"a verb sent again after a restart gets its answer, not a no", answersAfterRestart},
		{"other inputs under the same id are refused", refusesOtherInputs},
		{"a refused id may be tried again", forgetsRefusals},
		{"an older process is fenced off, nothing is lost", fencesOff},
		{"a row that changed behind is read anew", comparesAndSets},
		{"the journal is a chain", chains},
		{"the journal is a chain in SM3", chainsInSM3},
		{"numbers are never given twice", numbersOnce},
		{"time never runs backwards in the journal", timeRunsForward},
		{"a newer database is refused", refusesNewer},
		{"holds are known after a restart", knowsHolds},
		{"an order paid in the batch that loads its departure is no hold", paidIsNoHold},
		{"messages wait, move and are found", keepsMessages},
		{"cases stand, are settled and are found", keepsCases},
		{"shifts are kept, one open at a time", keepsShifts},
		{"a number of paper is used once", keepsPaper},
		{"what a ticket has no more is gone", forgetsMore},
		{"a station's ledger reads back", keepsLevels},
		{"webhooks are kept, moved and removed", keepsHooks},
		{"passages to be looked at are listed by day", keepsReviews},
		{"requests wait in the order of their places", keepsQueues},
		{"virtual queue numbers are kept and given up", keepsNumbers},
		{"a waiting room is kept, read in parts and forgotten", keepsRooms},
		{"staff accounts and sessions are kept and end", keepsStaff},
		{"what is good once is used once", keepsStaffCodes},
		{"accounts and what belongs to them are kept and end", keepsAccounts},
		{"who travelled is destroyed by the day", destroysPeople},
		{"codes to one phone are counted, whoever is quicker", countsPhoneCodes},
		{"who looked whom up and what was said of a name is known", keepsLooks},
		{"what the hall is told and what is to be looked into is kept", keepsHall},
		{"what faces came to is counted", countsFaces},
		{"who agreed to be recognised is logged", logsConsents},
		{"a person's journeys of a day are found", findsJourneys},
		{"vehicles and drivers read back in order", keepsFleet},
		{"the live tickets of a departure are seen as the batch has them", seesRiders},
		{"what waits is counted", countsWhatWaits},
		{"views show what is committed", showsViews},
		{"a reader sees one state", readsOneState},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(&bench{T: t, db: fresh(t), now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		})
	}
}

// bench is a test with its database and a hand-moved clock.
type bench struct {
	*testing.T
	db  Database
	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) forward(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// open opens the database, closed again at the end of the test.
func (b *bench) open() *store.Store {
	b.Helper()
	return b.openWith(store.Options{})
}

func (b *bench) openWith(o store.Options) *store.Store {
	b.Helper()
	o.Node, o.Now = "T1", b.clock
	s, err := b.db.Open(o)
	b.must(err)
	b.Cleanup(func() { s.Close() })
	return s
}

// restart closes a store and opens its database anew.
func (b *bench) restart(s *store.Store) *store.Store {
	b.Helper()
	b.must(s.Close())
	return b.open()
}

// twice gives a store as it is, then after a restart.
func (b *bench) twice(s *store.Store) iter.Seq[*store.Store] {
	return func(yield func(*store.Store) bool) {
		if yield(s) {
			yield(b.restart(s))
		}
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) write(s *store.Store, fn func(*store.Tx) error) {
	b.Helper()
	b.must(s.Write(b.Context(), fn))
}

func (b *bench) read(s *store.Store, fn func(*store.Reader) error) {
	b.Helper()
	b.must(s.Read(b.Context(), fn))
}

// batch has functions run in their order in one batch and returns their
// answers: it keeps the writer busy while they queue.
func (b *bench) batch(s *store.Store, fns ...func(*store.Tx) error) []error {
	b.Helper()
	answers := make([]error, len(fns))
	var all sync.WaitGroup
	free := b.occupy(s)
	for i, fn := range fns {
		all.Go(func() { answers[i] = s.Write(context.Background(), fn) })
		for s.Waiting() != i+1 {
			runtime.Gosched()
		}
	}
	free()
	all.Wait()
	return answers
}

// occupy keeps the writer busy until the function it returns is called.
func (b *bench) occupy(s *store.Store) (free func()) {
	started, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.Write(context.Background(), func(*store.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	return func() { close(release); <-done }
}

// coach is a departure of ten seats and two legs on the day of the clock.
var coach = &chepiao.Template{No: 7, Line: 1, Number: "T7", Kind: chepiao.Fixed, Seats: 10, Stops: []chepiao.Stop{
	{Station: 1, Board: true}, {Station: 2, Board: true, Alight: true}, {Station: 3, Alight: true},
}}

var today = chepiao.DayOf(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))

func coachID() chepiao.DepartureID { return chepiao.MakeDepartureID(coach.No, today) }

// holdFor is how long the suite's orders wait for their money.
const holdFor = 10 * time.Minute

// book holds seats on the coach for one person after another.
func book(tx *store.Tx, seats ...int) (chepiao.Order, error) {
	d, err := tx.Departure(coachID(), coach)
	if err != nil {
		return chepiao.Order{}, err
	}
	first := tx.NextIDs(1 + len(seats))
	o := chepiao.Order{
		ID: chepiao.OrderID(first), Key: "SECRET", Channel: chepiao.Online, Outlet: "phone", Departure: coachID(), From: 1, To: 3,
		State: chepiao.OrderHeld, Total: chepiao.Money(4500 * len(seats)), Created: tx.Now, Deadline: tx.Now.Add(holdFor), Count: len(seats), Version: 1,
	}
	var tickets []chepiao.Ticket
	var people []store.Sealed
	for i, seat := range seats {
		tickets = append(tickets, chepiao.Ticket{
			ID: chepiao.TicketID(first) + chepiao.TicketID(i) + 1, Order: o.ID, Departure: o.Departure, State: chepiao.TicketHeld, From: 1, To: 3,
			Board: 0, Alight: 2, Seat: seat, Kind: chepiao.Half, Full: 9000, Price: 4500, Rules: 1, Person: chepiao.PersonToken{byte(seat)}, Voucher: 1, Version: 1,
		})
		people = append(people, store.Sealed{Wrapped: []byte{1, byte(seat)}, Box: []byte{2, byte(seat)}})
	}
	d.Take(tickets)
	tx.Touch(d)
	if err := tx.AddOrder(o, tickets, people); err != nil {
		return o, err
	}
	return o, tx.Record("order "+o.ID.String(), o.Version, chepiao.Event{Kind: chepiao.OrderWasHeld, By: "suite", Order: &o, Tickets: tickets})
}

// payFor issues an order without looking at its departure, as the office does.
func payFor(tx *store.Tx, id chepiao.OrderID) error {
	o, err := tx.Order(id)
	if err != nil {
		return err
	}
	if o, err = o.Move(chepiao.OrderIssue); err != nil {
		return err
	}
	tickets, err := tx.Tickets(o)
	if err != nil {
		return err
	}
	for i := range tickets {
		if tickets[i], err = tickets[i].Move(chepiao.MoveIssue); err != nil {
			return err
		}
		if err := tx.PutTicket(tickets[i]); err != nil {
			return err
		}
	}
	p := chepiao.Payment{ID: chepiao.PaymentID(tx.NextIDs(1)), Order: id, Channel: chepiao.Cash, Amount: o.Total, State: chepiao.PaymentPaid, Created: tx.Now, Version: 1}
	o.Payment = p.ID
	if err := tx.PutPayment(p); err != nil {
		return err
	}
	if err := tx.PutOrder(o); err != nil {
		return err
	}
	return tx.Record("order "+id.String(), o.Version, chepiao.Event{Kind: chepiao.OrderWasIssued, By: "suite", Order: &o, Tickets: tickets, Payment: &p})
}

// booked books seats in a transaction of their own.
func (b *bench) booked(s *store.Store, seats ...int) (o chepiao.Order) {
	b.Helper()
	b.write(s, func(tx *store.Tx) (err error) {
		o, err = book(tx, seats...)
		return err
	})
	return o
}

// entries reads the whole journal of lane 1.
func (b *bench) entries(s *store.Store) (entries []chepiao.Entry) {
	b.Helper()
	b.read(s, func(r *store.Reader) (err error) {
		entries, err = r.Journal("T1", 1, 0, 1_000_000)
		return err
	})
	return entries
}

// taken lists the seats that the view says are taken somewhere.
func (b *bench) taken(s *store.Store) (seats []int) {
	v := s.View(coachID())
	if v == nil {
		return nil
	}
	for n := 1; n <= v.Seats.Places(); n++ {
		if v.Seats.Seat(n) != 0 {
			seats = append(seats, n)
		}
	}
	return seats
}
