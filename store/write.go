package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
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
// queue is full.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) (err error) {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	defer func() {
		if recover() != nil { // the queue was closed: the node is going down
			err = goingDown
		}
	}()
	select {
	case s.queue <- j:
	default:
		return chepiao.Refuse(chepiao.Busy, "系统繁忙,请稍后再试", "too much is waiting: please try again in a moment")
	}
	<-j.done
	return j.err
}

var goingDown = chepiao.Refuse(chepiao.Busy, "系统正在停机,请稍后再试", "the system is going down: please try again soon")

// run is the writer: it takes whatever queued during the last commit as the
// next batch. There is no timer; every fixed linger was slower.
func (s *Store) run() {
	defer close(s.stopped)
	batch := make([]*job, 0, s.opt.BatchMax)
	for first := range s.queue {
		batch = append(batch[:0], first)
	fill:
		for len(batch) < s.opt.BatchMax {
			select {
			case j, ok := <-s.queue:
				if !ok {
					break fill
				}
				batch = append(batch, j)
			default:
				break fill
			}
		}
		s.runBatch(batch)
		for _, j := range batch {
			close(j.done)
		}
		s.relieve()
	}
}

// runBatch stores what a batch decides. A batch that fails is run once more on
// fresh rows, then its functions singly, so that one loser never takes the
// others along.
func (s *Store) runBatch(batch []*job) {
	err := s.try(batch, s.opt.Cold)
	if err == nil {
		return
	}
	if errors.Is(err, ErrFenced) {
		s.forget() // what the batch staged never happened
		refuseAll(batch, err)
		return
	}
	s.count(func(st *Stats) { st.Retried++ })
	s.forget()
	if err = s.try(batch, true); err == nil {
		return
	}
	for _, j := range batch {
		s.forget()
		if err := s.try([]*job{j}, true); err != nil {
			j.err = fmt.Errorf("storing: %w", err)
			s.forget()
		}
	}
}

func refuseAll(batch []*job, err error) {
	for _, j := range batch {
		j.err = err
	}
}

// try runs the functions of a batch and flushes what they staged; careful says
// to look every verb's id up first. An error means that nothing of it is stored.
func (s *Store) try(batch []*job, careful bool) error {
	if s.opt.Cold {
		s.forget()
	}
	s.trim()
	now := s.opt.Now().UTC().Truncate(time.Microsecond)
	if now.Before(s.lane.at) {
		now = s.lane.at // time never runs behind the lane
	}
	tx := &Tx{Now: now, s: s, careful: careful}
	kept := 0
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if j.err = tx.decide(j.fn); j.err != nil {
			continue
		}
		tx.settle()
		kept++
	}
	if tx.empty() {
		return nil
	}
	began := s.opt.Now()
	if err := tx.flush(); err != nil {
		return err
	}
	tx.publish()
	s.count(func(st *Stats) {
		st.Batches++
		st.Verbs += int64(kept)
		st.Largest = max(st.Largest, kept)
		st.Commit += s.opt.Now().Sub(began)
	})
	return nil
}

// decide runs one function and takes back what it staged if it fails. A no may
// come from a verb that was answered long ago and is only sent again: before it
// counts, the function runs once more and looks its id up.
func (tx *Tx) decide(fn func(*Tx) error) error {
	tx.skipped = false
	err := tx.call(fn)
	if err == nil {
		return nil
	}
	tx.rollback()
	if !tx.skipped {
		return err
	}
	tx.careful = true
	defer func() { tx.careful = false }()
	if err = tx.call(fn); err != nil {
		tx.rollback()
	}
	return err
}

// call runs one function; a panic is a fault of that function alone.
func (tx *Tx) call(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a decision panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

func (s *Store) count(change func(*Stats)) {
	s.statsMu.Lock()
	change(&s.stats)
	s.statsMu.Unlock()
}
