package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chepiao"
)

// A database put back from a copy does not know what happened after the copy
// was made: it would sell seats that are sold and give numbers that are given.
// So restoring closes every lane that stood open in the copy, under any
// circumstances, and what is written later goes into a new lane whose numbers
// nobody can have seen. And until an operator has said of every closed lane
// which entry its peers saw last, the store changes nothing at all.

// Why a store is held back.
const (
	FromCopy = "copy"   // it was restored
	Behind   = "behind" // its node has seen later entries than it holds: an old file lies in its place
)

// Known entries that are no number of an entry.
const (
	NotSaid = -1 // nobody has confirmed the lane yet
	Unknown = -2 // confirmed: nobody knows what came after
)

// laneSlot and laneRoom place new lanes after a restore. Two restores of one
// copy must not open the same lane, although neither finds a trace of the other
// in it, so the slot is the time's: laneRoom lanes every laneSlot since 2026
// last beyond 2050.
const (
	laneSlot = 15 * time.Minute
	laneRoom = 8
)

var firstSlot = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var restoring = chepiao.Refuse(chepiao.Restored, "系统刚从备份恢复，运营人员核对完成前暂不办理业务，请稍后再试或到车站窗口咨询", "this system was restored from a backup and does nothing until its operator has confirmed it: please try later or ask at the station")

// RestoredLane is a lane that stood open in a copy.
type RestoredLane struct {
	ID        int64     `json:"id"` // of the row
	Lane      int64     `json:"lane"`
	Seq       int64     `json:"seq"`       // the last entry that is here
	LastAt    time.Time `json:"last_at"`   // its time
	NextID    int64     `json:"next_id"`   // number from which on ids may have been given that are not here
	Known     int64     `json:"known"`     // the last entry that others saw; NotSaid, Unknown
	Why       string    `json:"why"`       // FromCopy or Behind
	At        time.Time `json:"at"`        // when the copy was put in place, or found to be old
	By        string    `json:"by"`        // who confirmed
	Confirmed time.Time `json:"confirmed"` // zero: not yet
}

// Lost are the entries that others saw and that are not here: from one to
// another. to is Unknown where nobody knows the last one. ok is false when the
// copy is whole as far as anybody knows.
func (l RestoredLane) Lost() (from, to int64, ok bool) {
	switch {
	case l.Known == Unknown, l.Known >= 0 && l.Known < l.Seq: // peers that saw less than the copy cannot speak for what came after it
		return l.Seq + 1, Unknown, true
	case l.Known > l.Seq:
		return l.Seq + 1, l.Known, true
	}
	return 0, 0, false
}

// Restored is the refusal that a store held back gives to every change, or nil.
func (s *Store) Restored() *chepiao.Refusal {
	if s.restored.Load() {
		return restoring
	}
	return nil
}

// Restored lists every lane of every restore, oldest first.
func (r *Reader) Restored() ([]RestoredLane, error) { return restoredLanes(r.c) }

func restoredLanes(c *conn) (lanes []RestoredLane, err error) {
	err = c.query("SELECT id, lane, seq, last_at, next_id, known, why, at, author, confirmed FROM restored ORDER BY id LIMIT 10000", nil, func(r rowOf) error {
		lanes = append(lanes, RestoredLane{
			ID: r.int(0), Lane: r.int(1), Seq: r.int(2), LastAt: fromMicros(r.int(3)), NextID: r.int(4), Known: r.int(5),
			Why: r.text(6), At: fromMicros(r.int(7)), By: r.text(8), Confirmed: fromMicros(r.int(9)),
		})
		return nil
	})
	return lanes, err
}

func waiting(c *conn) (n int64, err error) {
	err = c.query("SELECT count(*) FROM restored WHERE confirmed = 0", nil, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

// holdBack closes the open lanes and notes what became of them. lost are the
// heads of lanes of which nothing is here.
func (s *Store) holdBack(now time.Time, why string, lost []Head) error {
	c := s.writer
	heads, err := readHeads(c)
	if err != nil {
		return err
	}
	highest := int64(0)
	var open []Head
	for _, h := range heads {
		highest = max(highest, h.Lane)
		if h.Closed.IsZero() {
			open = append(open, h)
		}
	}
	for _, h := range lost { // the row says that nothing of it is here
		highest = max(highest, h.Lane)
		open = append(open, Head{Lane: h.Lane, NextID: 1})
	}
	row := int64(0)
	if err := c.query("SELECT COALESCE(MAX(id), 0) FROM restored", nil, func(r rowOf) error { row = r.int(0); return nil }); err != nil {
		return err
	}
	if err := c.begin(); err != nil {
		return fmt.Errorf("holding the node back: %w", err)
	}
	defer c.rollback()
	if _, err := c.exec("DELETE FROM restored WHERE lane = 0"); err != nil { // the place-holder of a dump: PutBackSQL
		return err
	}
	for _, h := range open {
		row++
		err := c.one("INSERT INTO restored (id, at, why, lane, seq, last_at, next_id, known, author, confirmed, recorded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			row, micros(now), why, h.Lane, h.Seq, micros(h.At), chepiao.LaneID(h.Lane, h.NextID), NotSaid, "", 0, 0)
		if err != nil {
			return err
		}
	}
	if err := closeLanes(c, now, s.floorOf(highest, now), s.opt.Node, string(s.opt.Profile)); err != nil {
		return err
	}
	return c.commit()
}

// floorOf is the number below which no lane is opened any more after a restore. A
// station has too few lanes to place them by the time: if it is restored twice from
// one copy, its hub sees parcels that do not follow from those before them.
func (s *Store) floorOf(highest int64, now time.Time) int64 {
	floor := highest + laneRoom
	if s.opt.No == chepiao.Hub {
		floor = max(floor, int64(now.Sub(firstSlot)/laneSlot)*laneRoom)
	}
	return floor
}

// closeLanes closes every lane up to floor. The last one is empty: it keeps
// that number, so that the next lane opened is beyond all of them.
func closeLanes(c *conn, now time.Time, floor int64, node, profile string) error {
	if _, err := c.exec("UPDATE lane SET closed = $1, epoch = epoch + 1 WHERE closed = 0 AND id <= $2", micros(now), floor); err != nil {
		return err
	}
	found := int64(0)
	if err := c.query("SELECT count(*) FROM lane WHERE id = $1", []any{floor}, func(r rowOf) error { found = r.int(0); return nil }); err != nil || found > 0 {
		return err
	}
	return c.one("INSERT INTO lane (id, node, profile, epoch, seq, next_id, at, hash, closed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		floor, node, profile, 1, 0, 1, micros(now), []byte{}, micros(now))
}

// Confirm says what others know of a lane of a restored database: the last
// entry they saw, or Unknown. A lane that the copy does not know may be named,
// too: all of it is lost. It works beside a running hub, which begins to sell
// within a second of the last lane's confirmation; restart says that it has to
// be started anew, because its own lane may be in use elsewhere.
func Confirm(target string, now time.Time, lane, known int64, by string) (lanes []RestoredLane, restart bool, err error) {
	c, err := openConn(target, false)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if lanes, err = restoredLanes(c); err != nil {
		return nil, false, err
	}
	at := -1
	open := false
	for i, l := range lanes {
		open = open || l.Confirmed.IsZero()
		if l.Lane == lane && l.Confirmed.IsZero() {
			at = i
		}
	}
	if !open {
		return nil, false, errors.New("nothing is to be confirmed: the database was not restored, or was confirmed already")
	}
	if err := c.begin(); err != nil {
		return nil, false, fmt.Errorf("confirming a lane: %w", err)
	}
	defer c.rollback()
	if at >= 0 {
		err = c.one("UPDATE restored SET known = $1, author = $2, confirmed = $3 WHERE id = $4 AND confirmed = 0", known, by, micros(now), lanes[at].ID)
	} else {
		restart, err = confirmStranger(c, now, lane, known, by, lanes)
	}
	if err != nil {
		return nil, false, err
	}
	if err := c.commit(); err != nil {
		return nil, false, err
	}
	lanes, err = restoredLanes(c)
	return lanes, restart, err
}

// confirmStranger notes a lane that the copy does not know.
func confirmStranger(c *conn, now time.Time, lane, known int64, by string, lanes []RestoredLane) (restart bool, err error) {
	last := lanes[len(lanes)-1]
	for _, l := range lanes {
		if l.Lane == lane {
			return false, fmt.Errorf("lane %d is confirmed already", lane)
		}
	}
	if lane < 1 || lane > chepiao.LaneMax {
		return false, fmt.Errorf("there is no lane %d: they are numbered from 1 to %d", lane, chepiao.LaneMax)
	}
	heads, err := readHeads(c)
	if err != nil {
		return false, err
	}
	node, profile := "", ""
	for _, h := range heads {
		node, profile = h.Node, string(h.Profile)
		if h.Lane == lane && !h.Closed.IsZero() {
			return false, fmt.Errorf("lane %d was closed before the copy was made: nothing can have come after its entry %d", lane, h.Seq)
		}
		restart = restart || h.Closed.IsZero() && h.Lane <= lane
	}
	err = c.one("INSERT INTO restored (id, at, why, lane, seq, last_at, next_id, known, author, confirmed, recorded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		last.ID+1, micros(last.At), last.Why, lane, 0, 0, chepiao.LaneID(lane, 1), known, by, micros(now), 0)
	if err != nil || !restart {
		return false, err
	}
	return true, closeLanes(c, now, lane+laneRoom, node, profile)
}

// openRestored holds the store back if it was just put back from a copy, or if
// its node has seen later entries than it holds.
func (s *Store) openRestored() error {
	now := s.opt.Now().UTC().Truncate(time.Microsecond)
	if s.opt.Restored {
		return s.holdBack(now, FromCopy, nil)
	}
	return s.patiently(func() error { // two processes may find it out at once
		lost, behind, err := s.behind()
		if err != nil || !behind {
			return err
		}
		return s.holdBack(now, Behind, lost)
	})
}

// heldBack finds out whether an operator still has to confirm lanes. It is asked
// whenever a lane is taken, so that nobody writes into a new one unasked.
func (s *Store) heldBack() error {
	n, err := waiting(s.writer)
	s.restored.Store(n > 0)
	return err
}

// resume is the last step of opening: from now on the head file is kept, a store
// that is held back watches for the operator's word, and if the word was given
// while nobody ran, the journal learns of it.
func (s *Store) resume() error {
	if s.opt.HeadFile != "" {
		c, err := openConn(s.path, true)
		if err != nil {
			return err
		}
		s.helpers.Add(1)
		go s.keepHead(c)
	}
	if s.watchRestored(); s.restored.Load() {
		return nil
	}
	return s.recordRestored(context.Background())
}

// restoredEvery is how often a store that is held back looks whether it may go on.
const restoredEvery = time.Second

// watchRestored starts to watch, until the operator has confirmed every lane or
// the store closes, unless it is not held back or watches already.
func (s *Store) watchRestored() {
	if !s.restored.Load() || s.watching.Swap(true) {
		return
	}
	s.helpers.Add(1)
	go func() {
		defer s.helpers.Done()
		defer s.watching.Store(false)
		tick := time.NewTicker(restoredEvery)
		defer tick.Stop()
		for s.restored.Load() {
			select {
			case <-s.stopped:
				return
			case <-tick.C:
			}
			if free, err := s.mayGoOn(); err == nil && free { // an error is met again in a second, and the doors stay shut
				s.restored.Store(false)
				_ = s.recordRestored(context.Background()) // the next opening tries again
			}
		}
	}()
}

// mayGoOn says whether every lane is confirmed and the own one is not closed.
func (s *Store) mayGoOn() (free bool, err error) {
	err = s.Read(context.Background(), func(r *Reader) error {
		n, err := waiting(r.c)
		if err != nil || n > 0 {
			return err
		}
		return r.c.query("SELECT closed FROM lane WHERE id = $1", []any{s.laneID.Load()}, func(r rowOf) error { free = r.int(0) == 0; return nil })
	})
	return free, err
}

// recordRestored writes into the journal what was confirmed, once.
func (s *Store) recordRestored(ctx context.Context) error {
	fresh := int64(0)
	err := s.Read(ctx, func(r *Reader) error {
		return r.c.query("SELECT count(*) FROM restored WHERE confirmed <> 0 AND recorded = 0", nil, func(r rowOf) error { fresh = r.int(0); return nil })
	})
	if err != nil || fresh == 0 {
		return err
	}
	return s.Write(ctx, func(tx *Tx) error {
		var rows []RestoredLane
		lanes, err := restoredLanes(tx.s.writer)
		if err != nil {
			return err
		}
		unrecorded := map[int64]bool{}
		err = tx.s.writer.query("SELECT id FROM restored WHERE confirmed <> 0 AND recorded = 0 ORDER BY id", nil, func(r rowOf) error { unrecorded[r.int(0)] = true; return nil })
		if err != nil {
			return err
		}
		for _, l := range lanes {
			if unrecorded[l.ID] {
				rows = append(rows, l)
			}
		}
		for _, l := range rows {
			if err := tx.Record(fmt.Sprintf("lane %d", l.Lane), 2, chepiao.Event{Kind: chepiao.NodeWasRestored, By: l.By, Detail: l}); err != nil {
				return err
			}
			tx.raw = append(tx.raw, func(c *conn) error {
				return c.one("UPDATE restored SET recorded = $1 WHERE id = $2 AND recorded = 0", micros(tx.Now), l.ID)
			})
			tx.onUndo(func() { tx.raw = tx.raw[:len(tx.raw)-1] })
		}
		return nil
	})
}
