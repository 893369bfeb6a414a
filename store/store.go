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
	Profile chepiao.CryptoProfile // hash of the journal's chain
	Now     func() time.Time      // the clock; required

	// For comparisons only: BatchMax 1 is one transaction a verb, Cold forgets
	// every cached row before each batch, CommitDelay acts a slow disk.
	BatchMax    int
	Cold        bool
	CommitDelay time.Duration
}

// Store is one node's database.
type Store struct {
	opt     Options
	path    string
	writer  *conn
	readers chan *conn
	queue   chan *job
	stopped chan struct{}
	closing sync.Once
	logFull atomic.Bool   // the write-ahead log has grown too long
	moved   chan struct{} // closed when the checkpointer has ended
	views   sync.Map      // chepiao.DepartureID → *atomic.Pointer[View]

	// The writer goroutine's own: nobody else touches these.
	lane      lane
	orders    table[chepiao.OrderID, chepiao.Order]
	tickets   table[chepiao.TicketID, chepiao.Ticket]
	payments  table[chepiao.PaymentID, chepiao.Payment]
	paybacks  table[chepiao.PaybackID, chepiao.Payback]
	cases     table[chepiao.CaseID, chepiao.Case]
	verbs     map[string]verbRow // recently answered
	departing map[chepiao.DepartureID]*departureRow
	waits     queues
	trimmed   chepiao.Day // when views of days gone by were last forgotten

	statsMu sync.Mutex
	stats   Stats
}

// Stats count what the writer did since the store was opened.
type Stats struct {
	Batches int64         `json:"batches"` // commits, each with one sync of the log
	Verbs   int64         `json:"verbs"`   // functions that were kept
	Largest int           `json:"largest"` // most verbs in one commit
	Retried int64         `json:"retried"` // batches that had to be run again
	Commit  time.Duration `json:"commit"`  // total time in COMMIT
}

// Open opens the database file, bringing its schema up to date, and takes over
// the node's lane: a process that still had it is fenced off.
func Open(path string, opt Options) (*Store, error) {
	if opt.BatchMax == 0 {
		opt.BatchMax = BatchMax
	}
	if opt.Profile == "" {
		opt.Profile = chepiao.ProfileEd25519
	}
	w, err := openConn(path, false)
	if err != nil {
		return nil, err
	}
	w.delay = opt.CommitDelay
	s := &Store{
		opt: opt, path: path, writer: w,
		readers: make(chan *conn, readersMax),
		queue:   make(chan *job, QueueMax),
		stopped: make(chan struct{}),
		moved:   make(chan struct{}),
	}
	s.forget()
	if err := s.prepare(); err != nil {
		w.close()
		return nil, err
	}
	for range readersMax {
		r, err := openConn(path, true)
		if err != nil {
			w.close()
			return nil, err
		}
		s.readers <- r
	}
	mover, err := openConn(path, false)
	if err != nil {
		w.close()
		return nil, err
	}
	go s.run()
	go s.checkpointer(mover)
	return s, nil
}

// prepare brings schema, lane and views up before the writer starts.
func (s *Store) prepare() error {
	if err := migrate(s.writer, s.opt.Now()); err != nil {
		return err
	}
	if err := s.takeLane(); err != nil {
		return err
	}
	return s.loadViews(chepiao.DayOf(s.opt.Now().UTC()) - viewDays)
}

// forget drops every cached row: the next use reads the database.
func (s *Store) forget() {
	s.orders = newTable(loadOrder, func(o chepiao.Order) int64 { return o.Version })
	s.tickets = newTable(loadTicket, func(t chepiao.Ticket) int64 { return t.Version })
	s.payments = newTable(loadPayment, func(p chepiao.Payment) int64 { return p.Version })
	s.paybacks = newTable(loadPayback, func(p chepiao.Payback) int64 { return p.Version })
	s.cases = newTable(loadCase, func(c chepiao.Case) int64 { return c.Version })
	s.verbs = map[string]verbRow{}
	s.departing = map[chepiao.DepartureID]*departureRow{}
	s.waits = queues{}
}

// Close answers what is queued, stops the writer and closes the database. What
// comes later is refused as Busy. Closing twice is fine.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.queue)
		<-s.stopped
		<-s.moved
		for range readersMax {
			r := <-s.readers
			err = errors.Join(err, r.close())
		}
		err = errors.Join(err, s.writer.close())
	})
	return err
}

// Node is the node's short name.
func (s *Store) Node() string { return s.opt.Node }

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
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		if err := c.snapshot(); err != nil {
			return fmt.Errorf("beginning to read: %w", err)
		}
		defer c.rollback()
		return fn(&Reader{c: c})
	case <-s.stopped:
		return goingDown
	case <-ctx.Done():
		return fmt.Errorf("waiting for a reader: %w", ctx.Err())
	}
}

// Reader reads committed rows. It is good until the function it was given to
// returns.
type Reader struct{ c *conn }
