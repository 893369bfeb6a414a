// Package store keeps what the office decides: plain tables that are the truth,
// and a journal of the same facts in order, chained by hash. A change is a
// function given to Write; it sees what the functions before it did, and either
// all of it is kept or nothing. Nobody is answered before the disk has it.
//
// One writer runs the queued functions one after another, stores what they
// staged in one database transaction and then answers them all (group commit).
// Readers work apart from it on the last committed state.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
)

// Limits of the write path. QueueMax bounds how many verbs may wait; BatchMax
// how many share a commit.
const (
	QueueMax   = 8192
	BatchMax   = 1024
	readersMax = 4
)

// ErrNoDatabase says that no database answers that accepts writes.
var ErrNoDatabase = errors.New("the database cannot be reached")

// ErrFenced says that another process has taken over this lane: this one must
// stop writing.
var ErrFenced = errors.New("another process has taken over this node's journal")

// Options say how a store is opened. Zero values are good for production.
type Options struct {
	Node    string                // short name of the node, A-Z 0-9
	No      chepiao.NodeNo        // its number in the province; 0 is the hub's
	Profile chepiao.CryptoProfile // hash of the journal's chain
	Now     func() time.Time      // the clock; required

	// Where several processes share a server: what this one is called (the same
	// name again takes its lane over at once; "" is nobody's), where the others
	// reach it, and who is told that another process has changed the "network",
	// "rules" or "hooks", and loads them again: until that succeeds nothing is sold.
	Process string
	URL     string
	Changed func(what string) error

	// Observe is told of every batch, by the writer: it must not wait.
	Observe func(Batch)

	// Readers is how many read at once; 0 is the usual number. A simulation opens
	// many stores, each for one caller.
	Readers int

	// For comparisons only: BatchMax 1 is one transaction a verb, Cold forgets
	// every cached row before each batch, CommitDelay acts a slow disk.
	BatchMax    int
	Cold        bool
	CommitDelay time.Duration

	// Restored says that the database was just put back from a copy: it is held
	// back until an operator confirms it. HeadFile is where the node writes down
	// how far it has seen the journal come, "" for nowhere; a database behind it
	// is held back, too.
	Restored bool
	HeadFile string
}

// usual are the options with what was left out.
func (o Options) usual() Options {
	o.No = max(o.No, chepiao.Hub)
	o.BatchMax, o.Readers = cmp.Or(o.BatchMax, BatchMax), cmp.Or(o.Readers, readersMax)
	o.Profile = cmp.Or(o.Profile, chepiao.ProfileEd25519)
	return o
}

// Store is one node's database.
type Store struct {
	opt     Options
	path    string
	shared  bool  // others may write to the same database
	writer  *conn // the writer's own; disk is the same one, for the storing of a batch
	disk    *conn
	ahead   *conn // what the writer reads by while a batch is being stored
	readers chan *conn
	queue   chan *job
	closed  chan struct{} // nothing more is taken
	stopped chan struct{} // the writer has ended
	closing sync.Once
	logFull atomic.Bool   // the write-ahead log has grown too long
	moved   chan struct{} // closed when the checkpointer has ended
	fed     bell          // something is there for a peer
	views   sync.Map      // chepiao.DepartureID → *atomic.Pointer[View]

	restored, watching atomic.Bool // held back until an operator confirms: restored.go

	// Where the database is shared: process.go and follow.go.
	side     *conn
	sideMu   sync.Mutex
	helpers  sync.WaitGroup
	peers    atomic.Pointer[[]Peer]
	lastBeat atomic.Pointer[beatNote]
	laneID   atomic.Int64
	epoch    atomic.Int64
	draining atomic.Bool
	rejoin   atomic.Bool // the process has another lane: everything is to be shown anew
	hearing  sync.Mutex
	others   others
	stale    stale
	follower *follower

	// The writer goroutine's own: nobody else touches these.
	lane      lane
	orders    table[chepiao.OrderID, chepiao.Order]
	tickets   table[chepiao.TicketID, chepiao.Ticket]
	payments  table[chepiao.PaymentID, chepiao.Payment]
	paybacks  table[chepiao.PaybackID, chepiao.Payback]
	cases     table[chepiao.CaseID, chepiao.Case]
	shifts    table[chepiao.ShiftID, chepiao.Shift]
	verbs     map[string]verbRow // recently answered
	departing map[chepiao.DepartureID]*departureRow
	begun     map[chepiao.DepartureID]bool // by others, and not shown here yet
	waits     queues
	trimmed   chepiao.Day // when views of days gone by were last forgotten
	bodies    [][]byte    // room for those of batches' events
	storing   *storing    // the last batch, nil when it is stored
	feeds     map[feedKey]feedHead
	doubt     *lane // head of a batch of which nobody knows whether it is stored

	statsMu sync.Mutex
	stats   Stats
	cache   [3]int64 // hits, misses, departures
}

// Batch is what the writer did in one round.
type Batch struct {
	Verbs   int           // functions that were kept
	Refused int           // functions that returned an error
	Waiting int           // functions that wait for the next round
	Run     time.Duration // deciding
	Commit  time.Duration // storing
	Retried int           // times it had to be run again
	Fault   error         // why all of it was answered with "busy"; nil mostly
}

// Stats count what the writer did since the store was opened.
type Stats struct {
	Batches int64         `json:"batches"` // commits, each with one sync of the log
	Verbs   int64         `json:"verbs"`   // functions that were kept
	Largest int           `json:"largest"` // most verbs in one commit
	Retried int64         `json:"retried"` // batches that had to be run again
	Commit  time.Duration `json:"commit"`  // total time in COMMIT
}

// Open opens a database, bringing its schema up to date: the path of a file, or
// the postgres:// URL of a server that several processes may share; search_path
// in the URL names a schema of its own for this node. In a file it takes over
// the node's lane: a process that still had it is fenced off. On a server each
// process gets a lane. Errors: ErrNoDatabase.
func Open(path string, opt Options) (*Store, error) {
	opt = opt.usual()
	w, err := openConn(path, false)
	if err != nil {
		return nil, err
	}
	s := &Store{
		opt: opt, path: path, writer: w, shared: Remote(path),
		readers: make(chan *conn, opt.Readers),
		queue:   make(chan *job, QueueMax),
		closed:  make(chan struct{}),
		stopped: make(chan struct{}),
		moved:   make(chan struct{}),
	}
	w.free, s.disk = s.free, &conn{driver: w.driver, delay: opt.CommitDelay}
	s.forget()
	s.others.forget()
	if err := s.prepare(); err != nil {
		w.close()
		return nil, err
	}
	beside, err := openConn(path, false)
	if err == nil {
		s.ahead, err = openConn(path, false)
	}
	for range cap(s.readers) {
		var r *conn
		if err == nil {
			r, err = openConn(path, true)
		}
		if err == nil {
			r.no = opt.No
			s.readers <- r
		}
	}
	if err != nil {
		for range len(s.readers) {
			(<-s.readers).close()
		}
		if beside != nil {
			beside.close()
		}
		if s.ahead != nil {
			s.ahead.close()
		}
		w.close()
		return nil, err
	}
	go s.run()
	if s.shared {
		err = s.join(beside)
	} else {
		go s.checkpointer(beside)
	}
	if err == nil {
		err = s.resume()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare brings schema, lane and views up before the writer starts.
func (s *Store) prepare() error {
	if err := s.migrate(); err != nil {
		return err
	}
	if err := s.openRestored(); err != nil {
		return err
	}
	if err := s.takeLane(); err != nil {
		return err
	}
	if err := s.others.begin(s.writer); err != nil {
		return err
	}
	if s.shared { // the follower loads the views when it knows from where on it follows
		return nil
	}
	return s.loadViewsOn(s.writer, chepiao.DayOf(s.opt.Now().UTC())-viewDays)
}

// forget drops every cached row: the next use reads the database.
func (s *Store) forget() {
	s.orders = newTable("orders", s.shared, loadOrder, func(o chepiao.Order) int64 { return o.Version })
	s.tickets = newTable("ticket", s.shared, loadTicket, func(t chepiao.Ticket) int64 { return t.Version })
	s.payments = newTable("payment", s.shared, loadPayment, func(p chepiao.Payment) int64 { return p.Version })
	s.paybacks = newTable("payback", s.shared, loadPayback, func(p chepiao.Payback) int64 { return p.Version })
	s.cases = newTable("cases", s.shared, loadCase, func(c chepiao.Case) int64 { return c.Version })
	s.shifts = newTable("shift", s.shared, loadShift, func(v chepiao.Shift) int64 { return v.Version })
	s.verbs = map[string]verbRow{}
	s.departing = map[chepiao.DepartureID]*departureRow{}
	s.begun = map[chepiao.DepartureID]bool{}
	s.waits = queues{}
}

// Close answers what is queued, stops the writer and closes the database. What
// comes later is refused as Busy. Closing twice is fine.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.closed)
		<-s.stopped
		<-s.moved
		s.helpers.Wait()
		err = errors.Join(err, s.closeSide())
		for range cap(s.readers) {
			r := <-s.readers
			err = errors.Join(err, r.close())
		}
		err = errors.Join(err, s.ahead.close(), s.writer.close())
	})
	return err
}

// closeSide closes the connection beside the writer where it is not the
// checkpointer's.
func (s *Store) closeSide() (err error) {
	s.sideMu.Lock()
	defer s.sideMu.Unlock()
	if s.side != nil {
		err = s.side.close()
	}
	s.side = nil
	return err
}

// Cache is how often the writer found a row in memory, how often it had to ask
// the database, and how many departures it has in memory.
func (s *Store) Cache() (hits, misses, departures int64) {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	return s.cache[0], s.cache[1], s.cache[2]
}

// Node is the node's short name.
func (s *Store) Node() string { return s.opt.Node }

// No is the node's number in its province.
func (s *Store) No() chepiao.NodeNo { return s.opt.No }

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.opt.Now() }

// Waiting is how many verbs wait for the writer, at most QueueMax.
func (s *Store) Waiting() int { return len(s.queue) }

// Stats are the writer's counts so far.
func (s *Store) Stats() Stats {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	return s.stats
}

// Read runs a function on one committed state, the last one: what it reads
// first and what it reads last fit together. It waits for a reader, at most
// until ctx ends. Refusal Busy when the store is closed.
func (s *Store) Read(ctx context.Context, fn func(*Reader) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("waiting for a reader: %w", err)
	}
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		return c.read(fn)
	case <-s.stopped:
		return goingDown
	case <-ctx.Done():
		return fmt.Errorf("waiting for a reader: %w", ctx.Err())
	}
}

// read runs a function on one committed state. Where the connection turns out to
// be lost it tries once more on a new one.
func (c *conn) read(fn func(*Reader) error) (err error) {
	for range 2 {
		if err = c.snapshot(); err == nil {
			err = fn(&Reader{c: c})
			c.rollback()
		}
		switch {
		case err == nil || chepiao.AsRefusal(err) != nil:
			return err
		case errors.Is(err, ErrNoDatabase):
			return noDatabase
		case !c.lost(err):
			return err
		}
	}
	return noDatabase
}

var noDatabase = chepiao.Refuse(chepiao.Busy, "数据库暂时无法连接，请用同一请求编号稍后重试", "the database cannot be reached just now: please try again soon, under the same idempotency key")

// Reader reads committed rows. It is good until the function it was given to
// returns.
type Reader struct{ c *conn }
