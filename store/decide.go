package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"chepiao"
)

// try runs the functions of a batch and stores what they staged; careful says
// to look every verb's id up first. An error means that nothing of it is stored.
func (s *Store) try(batch []*job, careful bool, note *Batch) error {
	if s.opt.Cold {
		s.forget()
	}
	if err := s.settleDoubt(); err != nil {
		return err
	}
	note.Verbs, note.Refused = 0, 0
	tx := s.newTx(careful)
	if err := tx.run(batch, note); err != nil {
		tx.abandon()
		return err
	}
	b := s.store(tx, batch, *note)
	b.run()
	close(b.done)
	*note = b.note
	return s.settle(b)
}

// newTx begins a batch.
func (s *Store) newTx(careful bool) *Tx {
	s.trim()
	s.dropStale()
	tx := &Tx{s: s, careful: careful}
	if n := len(s.bodies); n > 0 && cap(s.bodies[n-1]) <= bodiesMax {
		tx.bodies = s.bodies[n-1][:0]
	}
	s.bodies = s.bodies[:max(0, len(s.bodies)-1)]
	if s.shared {
		tx.seen = s.others.all()
	}
	return tx
}

// bodiesMax bounds the room for the bodies of a batch's events that is kept for
// the next one.
const bodiesMax = 4 << 20

// run runs functions of the batch. The error means that there is no database.
func (tx *Tx) run(jobs []*job, note *Batch) error {
	began := tx.s.opt.Now()
	defer func() { note.Run += tx.s.opt.Now().Sub(began) }()
	tx.Now = began.UTC().Truncate(time.Microsecond)
	if tx.Now.Before(tx.s.lane.at) {
		tx.Now = tx.s.lane.at // time never runs behind the lane
	}
	if n := len(tx.events); n > 0 && tx.Now.Before(tx.events[n-1].at) {
		tx.Now = tx.events[n-1].at
	}
	if err := tx.readAhead(jobs); err != nil {
		return tx.s.unreachable(err)
	}
	return tx.decideAll(jobs, note)
}

// alone says whether the batch changes what its successors go by before they look:
// they begin when it is stored.
func (tx *Tx) alone() bool {
	return slices.ContainsFunc(tx.bumped, func(name string) bool { return name != "waits" })
}

// unreachable marks an error as ErrNoDatabase if it means that.
func (s *Store) unreachable(err error) error {
	if errors.Is(err, ErrNoDatabase) || errors.Is(err, errDropped) {
		return err
	}
	if s.free() != nil {
		return errDropped
	}
	writer, ahead := s.writer.lost(err), s.ahead.lost(err) // each is to be asked: it is opened anew then
	if !writer && !ahead {
		return err
	}
	if s.ahead.query("SELECT 1", nil, func(rowOf) error { return nil }) == nil {
		return errReopened
	}
	return fmt.Errorf("%w: %w", ErrNoDatabase, err)
}

// errReopened says that a connection was lost and is open again: the batch runs once
// more.
var errReopened = errors.New("the connection to the database was lost and opened again")

// decideAll runs the functions of a batch. A no may come from a verb that was
// answered long ago and is only sent again: before it counts, the function runs
// once more, when the ids of all who heard no have been looked up at once. The
// error means that there is no database.
func (tx *Tx) decideAll(batch []*job, note *Batch) error {
	var again []*job
	var ids []string
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		err := tx.decide(j, note)
		if err != nil {
			return err
		}
		if j.err != nil && tx.skipped != "" {
			again, ids = append(again, j), append(ids, tx.skipped)
		}
	}
	if len(again) == 0 {
		return nil
	}
	if err := tx.lookUp(ids); err != nil {
		return tx.s.unreachable(err)
	}
	was := tx.careful
	tx.careful = true
	defer func() { tx.careful = was }()
	for _, j := range again {
		note.Refused--
		if err := tx.decide(j, note); err != nil {
			return err
		}
	}
	return nil
}

// decide runs one function and takes back what it staged if it fails: its answer
// is in the job. The error means that there is no database.
func (tx *Tx) decide(j *job, note *Batch) error {
	if tx.s.restored.Load() {
		j.err = restoring
		return nil
	}
	tx.skipped = ""
	before := tx.stagings()
	if j.err = tx.call(j.fn); j.err == nil {
		if tx.stagings() != before {
			tx.guard(j.ctx)
		}
		tx.settle()
		note.Verbs++
		return nil
	}
	tx.rollback()
	note.Refused++
	if tx.s.shared && chepiao.AsRefusal(j.err) == nil {
		if err := tx.s.unreachable(j.err); errors.Is(err, ErrNoDatabase) || errors.Is(err, errDropped) || errors.Is(err, errReopened) {
			return err
		}
	}
	return nil
}

// stagings counts what is staged.
func (tx *Tx) stagings() int { return len(tx.events) + len(tx.raw) + len(tx.verbs) }

// call runs one function; a panic is a fault of that function alone.
func (tx *Tx) call(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a decision panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

// countCache adds up what the tables found in memory since the last batch.
func (s *Store) countCache() {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	for _, t := range [][2]*int64{{&s.orders.hits, &s.orders.loads}, {&s.tickets.hits, &s.tickets.loads}, {&s.payments.hits, &s.payments.loads}} {
		s.cache[0] += *t[0]
		s.cache[1] += *t[1]
		*t[0], *t[1] = 0, 0
	}
	s.cache[2] = int64(len(s.departing))
}

func (s *Store) count(change func(*Stats)) {
	s.statsMu.Lock()
	change(&s.stats)
	s.statsMu.Unlock()
}
