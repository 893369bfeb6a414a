package store

import (
	"context"
	"fmt"

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
		return chepiao.Refuse(chepiao.Busy, "系统繁忙，请稍后再试", "too much is waiting: please try again in a moment")
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

var goingDown = chepiao.Refuse(chepiao.Busy, "系统正在停机，请稍后再试", "the system is going down: please try again soon")

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
