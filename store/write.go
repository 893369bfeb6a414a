package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"chepiao"
)

// job is one queued function and its answer.
type job struct {
	ctx  context.Context
	fn   func(*Tx) error
	err  error
	done chan struct{}
}

// Write queues a function for the writer and returns when its outcome is
// durable. The function runs alone, sees what earlier functions of the same
// batch staged, and leaves no trace if it returns an error. It must not wait
// for anything: no network, file or signature. It may run again after a failed
// flush, so it must not keep results of an earlier run. Refusal Busy when the
// queue is full or the database cannot be reached. When ctx ends first, its
// error is returned and nobody knows whether the function will have run: a verb
// is sent again under its id.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) (err error) {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case <-s.closed:
		return goingDown
	default:
	}
	select {
	case s.queue <- j:
	default:
		return chepiao.Refuse(chepiao.Busy, "系统繁忙,请稍后再试", "too much is waiting: please try again in a moment")
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return fmt.Errorf("waiting for the writer: %w", ctx.Err())
	case <-s.stopped:
	}
	select {
	case <-j.done:
		return j.err
	default:
		return goingDown // it came after the last batch
	}
}

var goingDown = chepiao.Refuse(chepiao.Busy, "系统正在停机,请稍后再试", "the system is going down: please try again soon")

// run is the writer: it takes whatever queued during the last commit as the
// next batch. There is no timer; every fixed linger was slower.
func (s *Store) run() {
	defer close(s.stopped)
	for {
		batch := s.next()
		if batch == nil {
			return
		}
		s.runBeside(batch)
	}
}

// next waits for work; nil when the store is closed and what had queued is answered.
func (s *Store) next() []*job {
	for {
		if last := s.fill(nil); len(last) > 0 {
			return last
		}
		var stored <-chan struct{}
		if s.storing != nil {
			stored = s.storing.done
		}
		select {
		case j := <-s.queue:
			return s.fill([]*job{j})
		case <-stored:
			s.end()
		case <-s.closed:
			s.end()
			return s.fill(nil)
		}
	}
}

// fill adds what has queued already.
func (s *Store) fill(batch []*job) []*job {
	for len(batch) < s.opt.BatchMax {
		select {
		case j := <-s.queue:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// askedTogether is how many functions wait for each other beside a commit, where one
// question for what they need costs a round trip to the server.
const askedTogether = 16

// more waits for functions that can join a batch before the one that is being
// stored has ended.
func (s *Store) more(room int) (batch []*job, goOn bool) {
	want := 1
	if s.shared {
		want = min(askedTogether, room)
	}
	for len(batch) < want {
		select {
		case j := <-s.queue:
			batch = append(batch, j)
		case <-s.storing.done:
			return batch, false
		}
	}
	return batch, true
}

// runBeside decides a batch while the last one is being stored, and starts storing
// it when that has ended.
func (s *Store) runBeside(batch []*job) {
	if s.opt.Cold || s.doubt != nil {
		s.end()
		s.runBatch(batch, Batch{}, nil)
		answer(batch)
		return
	}
	var note Batch
	tx := s.newTx(false)
	err := tx.run(batch, &note)
	for goOn := true; goOn && err == nil && s.storing != nil && len(batch) < s.opt.BatchMax; {
		var more []*job
		more, goOn = s.more(s.opt.BatchMax - len(batch))
		batch = append(batch, more...)
		err = tx.run(more, &note)
	}
	done, stands := s.finish(tx)
	if stands && err != nil {
		tx.abandon()
	}
	if !stands || err != nil {
		answer(done)
		s.runBatch(batch, Batch{}, nil)
		answer(batch)
		return
	}
	go s.store(tx, batch, note).beside()
	answer(done) // not before: they come back with their next functions, and the disk would wait
	if tx.alone() {
		s.end()
	}
}

// end waits for the end of the batch that is being stored, and answers it.
func (s *Store) end() {
	done, _ := s.finish(nil)
	answer(done)
}

// How often a batch is run as a whole, and a function by itself, before its
// failure is told.
const (
	batchTries = 3
	aloneTries = 4
)

// runBatch stores what a batch decides; err is why it could not be stored just now,
// if it has been tried. A batch that fails is run once more on fresh rows, then its
// functions singly, so that one loser never takes the others along.
func (s *Store) runBatch(batch []*job, note Batch, err error) {
	defer func() { s.observe(note) }()
	tries := batchTries
	if !s.shared {
		tries = 2
	}
	careful := s.opt.Cold
	for try := range tries {
		if err == nil || try > 0 {
			err = s.try(batch, careful, &note)
		}
		if err == nil {
			return
		}
		careful = careful || !s.raced(err)
		if final := s.mend(err); final != nil {
			note.Fault = err
			refuseAll(batch, final)
			return
		}
		note.Retried++
		s.count(func(st *Stats) { st.Retried++ })
	}
	for _, j := range batch {
		s.runAlone(j, &note)
	}
}

func (s *Store) observe(note Batch) {
	if s.opt.Observe != nil {
		note.Waiting = len(s.queue)
		s.opt.Observe(note)
	}
}

// runAlone runs one function of a batch that failed, as often as it may have
// been others who were in its way.
func (s *Store) runAlone(j *job, note *Batch) {
	var err error
	for try := range aloneTries {
		if err = s.try([]*job{j}, true, note); err == nil {
			return
		}
		if final := s.mend(err); final != nil {
			j.err = final
			return
		}
		if !s.shared {
			break
		}
		// Two processes in step would meet again: each pauses for its own time.
		time.Sleep(time.Duration(1+(s.lane.id*31+s.lane.seq)%7) * time.Millisecond << try)
	}
	if s.raced(err) {
		j.err = contended
		return
	}
	j.err = fmt.Errorf("storing: %w", err)
}

// raced says whether a batch failed only because another process was faster: its
// ids are as new as they seemed.
func (s *Store) raced(err error) bool {
	return s.shared && (errors.Is(err, errMissed) || errors.Is(err, errStale) || s.writer.contended(err))
}

var contended = chepiao.Refuse(chepiao.Busy, "同时办理的人太多,请用同一请求编号重试", "too many are at the same departure: please try again under the same idempotency key")

// mend makes the writer fit to run a failed batch again, or says with which
// error it must be answered.
func (s *Store) mend(err error) (final error) {
	switch {
	case errors.Is(err, ErrFenced) && !s.shared:
		return err
	case errors.Is(err, ErrFenced): // this process was thought dead: it goes on in another lane
		s.forget()
		if err := s.takeLane(); err != nil {
			return s.noDatabase(err)
		}
		s.watchRestored()
	case errors.Is(err, errChanged):
		nudge(s.others.kick)
		return changedUnder
	case errors.Is(err, ErrNoDatabase):
		return noDatabase
	case s.writer.short(err):
		return noRoom
	}
	return nil
}

var noRoom = chepiao.Refuse(chepiao.Busy, "数据库空间不足,请稍后重试", "the database has no room left: please try again later")

func (s *Store) noDatabase(err error) error {
	if errors.Is(err, ErrNoDatabase) || s.writer.lost(err) {
		return noDatabase
	}
	return err
}

// errChanged says that another process has changed the timetable or the rules
// since the batch's functions looked at them.
var errChanged = errors.New("the timetable or the rules were changed meanwhile")

var changedUnder = chepiao.Refuse(chepiao.Busy, "时刻表或规则刚刚更新,请重试", "the timetable or the rules have just been changed: please try again")

func refuseAll(batch []*job, err error) {
	for _, j := range batch {
		j.err = err
	}
}

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
	if tx.s.shared {
		if err := tx.readAhead(jobs); err != nil {
			return tx.s.unreachable(err)
		}
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
