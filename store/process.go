package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Several processes may share a database server. Each says with a beat that it
// is alive; what they do one at a time they do under a lease. Both are judged by
// the database's clock, so that nobody's own clock matters.
const (
	processServing  = "serving"
	processDraining = "draining"
	processGone     = "gone"

	beatEvery  = 2 * time.Second
	processMax = 15 * time.Second // without a beat: it is gone, and its lane is free
	peerMax    = 5 * time.Second  // without a beat: nothing is passed to it
)

// Peer is a process that shares the database, this one among them.
type Peer struct {
	Lane     int64
	Name     string
	URL      string // where the others reach it
	Draining bool   // it takes no new work
}

// Peers are the live processes in the order of their lanes, as of the last beat.
// A file has one process and no peers.
func (s *Store) Peers() []Peer {
	if p := s.peers.Load(); p != nil {
		return *p
	}
	return nil
}

// Lane is the lane that this process writes: every number it gives out is of it.
func (s *Store) Lane() int64 { return s.laneID.Load() }

// Shared says whether other processes may write to the same database.
func (s *Store) Shared() bool { return s.shared }

// ClockAhead is how far this process's clock was ahead of the database's at the
// last beat; ok is false where the database has no clock of its own, or did not
// answer lately.
func (s *Store) ClockAhead() (ahead time.Duration, ok bool) {
	b := s.lastBeat.Load()
	if b == nil || s.opt.Now().Sub(b.at) > processMax {
		return 0, false
	}
	return b.ahead, true
}

// Drain tells the other processes to pass nothing here any more.
func (s *Store) Drain() {
	s.draining.Store(true)
	if s.shared {
		_ = s.beat() // the next one says it, too
	}
}

// beatNote is what the last beat found.
type beatNote struct {
	at    time.Time
	ahead time.Duration
}

// enter writes who has a lane now, in the transaction that takes it. The duties of
// whoever had it end: a lease that went with the lane would be two processes'.
func (s *Store) enter(l lane) error {
	clock, err := s.writer.clock()
	if err != nil {
		return err
	}
	if _, err := s.writer.exec("UPDATE lease SET epoch = epoch + 1, ends = 0 WHERE lane = $1", l.id); err != nil {
		return err
	}
	return s.writer.one(`INSERT INTO process (lane, epoch, name, url, beat, state) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (lane) DO UPDATE SET epoch = excluded.epoch, name = excluded.name, url = excluded.url, beat = excluded.beat, state = excluded.state`,
		l.id, l.epoch, s.opt.Process, s.opt.URL, micros(clock), processServing)
}

// beats says that this process is alive until the store is closed.
func (s *Store) beats() {
	defer s.helpers.Done()
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		_ = s.beat() // an unreachable database is noticed where it matters: ClockAhead turns false
		select {
		case <-s.stopped:
			s.leave()
			return
		case <-tick.C:
		}
	}
}

// beat renews this process's row, reads the others' and compares the clocks.
func (s *Store) beat() error {
	return s.aside(func(c *conn) error {
		before := s.opt.Now()
		clock, err := c.clock()
		if err != nil {
			return err
		}
		after := s.opt.Now()
		state := processServing
		if s.draining.Load() {
			state = processDraining
		}
		if _, err := c.exec("UPDATE process SET beat = $1, state = $2 WHERE lane = $3 AND epoch = $4", micros(clock), state, s.laneID.Load(), s.epoch.Load()); err != nil {
			return err
		}
		var peers []Peer
		err = c.query("SELECT process.lane, process.name, process.url, process.state FROM process JOIN lane ON lane.id = process.lane WHERE lane.node = $1 AND process.beat > $2 AND process.state <> $3 ORDER BY process.lane",
			[]any{s.opt.Node, micros(clock.Add(-peerMax)), processGone}, func(r rowOf) error {
				peers = append(peers, Peer{Lane: r.int(0), Name: r.text(1), URL: r.text(2), Draining: r.text(3) == processDraining})
				return nil
			})
		if err != nil {
			return err
		}
		s.peers.Store(&peers)
		s.lastBeat.Store(&beatNote{after, before.Add(after.Sub(before) / 2).Sub(clock)})
		return nil
	})
}

// leave frees the lane and the leases at once: the next process need not wait.
func (s *Store) leave() {
	_ = s.aside(func(c *conn) error {
		lane, epoch := s.laneID.Load(), s.epoch.Load()
		_, err := c.exec("UPDATE process SET state = $1 WHERE lane = $2 AND epoch = $3", processGone, lane, epoch)
		if err == nil {
			_, err = c.exec("UPDATE lease SET ends = 0 WHERE lane = $1"+stillOurs("$1", "$2"), lane, epoch)
		}
		return err
	})
}

// aside runs something on the connection beside the writer.
func (s *Store) aside(fn func(*conn) error) error {
	s.sideMu.Lock()
	defer s.sideMu.Unlock()
	if s.side == nil {
		return fmt.Errorf("%w: the store is closed", ErrNoDatabase)
	}
	err := fn(s.side)
	if err != nil {
		s.side.lost(err) // the next use opens it anew
	}
	return err
}

// Fence is the right to do a duty until another process takes it over.
type Fence struct {
	name  string
	epoch int64
}

// ErrDuty says that another process has taken over the duty that this write
// belonged to.
var ErrDuty = errors.New("another process has taken over this duty")

// Lease takes or renews the right to do a duty for a while. It returns nil when
// another process has it. In a file there is nobody else.
func (s *Store) Lease(name string, d time.Duration) (fence *Fence, err error) {
	if !s.shared {
		return &Fence{}, nil
	}
	err = s.aside(func(c *conn) error {
		now, err := c.clock()
		if err != nil {
			return err
		}
		var epoch, lane, ends int64
		err = c.query("SELECT epoch, lane, ends FROM lease WHERE name = $1", []any{name}, func(r rowOf) error {
			epoch, lane, ends = r.int(0), r.int(1), r.int(2)
			return nil
		})
		mine, ours, until := s.laneID.Load(), s.epoch.Load(), micros(now.Add(d))
		n, next := 0, epoch+1
		switch {
		case err != nil:
		case epoch == 0:
			n, err = c.exec("INSERT INTO lease (name, epoch, lane, ends) SELECT CAST($1 AS TEXT), 1, id, CAST($2 AS BIGINT) FROM lane WHERE id = $3 AND epoch = $4 ON CONFLICT (name) DO NOTHING", name, until, mine, ours)
		case lane == mine && ends > micros(now):
			next = epoch
			n, err = c.exec("UPDATE lease SET ends = $1 WHERE name = $2 AND epoch = $3"+stillOurs("$4", "$5"), until, name, epoch, mine, ours)
		case ends < micros(now):
			n, err = c.exec("UPDATE lease SET epoch = $1, lane = $2, ends = $3 WHERE name = $4 AND epoch = $5"+stillOurs("$2", "$6"), next, mine, until, name, epoch, ours)
		}
		if err == nil && n == 1 {
			fence = &Fence{name, next}
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("taking the lease %s: %w", name, err)
	}
	return fence, err
}

// stillOurs is the condition that nobody has taken this process's lane over: it may
// not have noticed, and takes no duty then.
func stillOurs(lane, epoch string) string {
	return " AND EXISTS (SELECT 1 FROM lane WHERE lane.id = " + lane + " AND lane.epoch = " + epoch + ")"
}

type fenceKey struct{}

// Fenced is a context whose writes fail with ErrDuty once another process has
// taken over the duty.
func Fenced(ctx context.Context, f *Fence) context.Context {
	return context.WithValue(ctx, fenceKey{}, f)
}

// guard stages the proof that the duty is still ours.
func (tx *Tx) guard(ctx context.Context) {
	f, _ := ctx.Value(fenceKey{}).(*Fence)
	if f == nil || f.name == "" {
		return
	}
	tx.raw = append(tx.raw, func(c *conn) error {
		return c.stage(ErrDuty, "UPDATE lease SET ends = ends WHERE name = $1 AND epoch = $2", f.name, f.epoch)
	})
}
