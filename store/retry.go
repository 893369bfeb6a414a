package store

import (
	"errors"
	"fmt"
	"time"

	"chepiao"
)

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

var contended = chepiao.Refuse(chepiao.Busy, "同时办理的人太多，请用同一请求编号重试", "too many are at the same departure: please try again under the same idempotency key")

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

var noRoom = chepiao.Refuse(chepiao.Busy, "数据库空间不足，请稍后重试", "the database has no room left: please try again later")

func (s *Store) noDatabase(err error) error {
	if errors.Is(err, ErrNoDatabase) || s.writer.lost(err) {
		return noDatabase
	}
	return err
}

// errChanged says that another process has changed the timetable or the rules
// since the batch's functions looked at them.
var errChanged = errors.New("the timetable or the rules were changed meanwhile")

var changedUnder = chepiao.Refuse(chepiao.Busy, "时刻表或规则刚刚更新，请重试", "the timetable or the rules have just been changed: please try again")

func refuseAll(batch []*job, err error) {
	for _, j := range batch {
		j.err = err
	}
}
