package store

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"chepiao"
)

// A follower reads what other processes have changed: the departures that they
// name in the table touched, and the versions of what everybody keeps in memory.
// It looks four times a second, or at once when the server passes on a notice.
// Whatever it misses or is late with costs no truth: every batch compares
// versions before it is stored.
const (
	followEvery = 250 * time.Millisecond
	noticeEvery = 20 * time.Millisecond
	lateMax     = 20 * time.Second // longer without a look: everything is read anew
	touchedKept = time.Minute      // rows of touched stay so long
	sweepEvery  = 10 * time.Second
)

// follower is one process's place in the others' lanes.
type follower struct {
	s       *Store
	ear     *conn           // waits for notices
	c       *conn           // the one beside the writer, while looking
	cursor  map[int64]int64 // lane → entry up to which its departures are read
	looked  time.Time
	listens bool
	swept   []sweep
}

// sweep is a moment and the entry that this process had come to.
type sweep struct {
	at  time.Time
	seq int64
}

// join starts what a process does beside its writer where it is not alone.
func (s *Store) join(side *conn) error {
	s.side = side
	close(s.moved) // there is no log to move
	if err := s.beat(); err != nil {
		return fmt.Errorf("saying that this process is there: %w", err)
	}
	ear, err := openConn(s.path, false)
	if err != nil {
		return err
	}
	s.follower = &follower{s: s, ear: ear, c: side, cursor: map[int64]int64{}}
	if err := s.aside(func(*conn) error { return s.follower.start() }); err != nil {
		return err
	}
	s.helpers.Add(3)
	go s.beats()
	go s.follower.follow()
	go s.notices()
	return nil
}

// start notes how far the others are: the views that were loaded before are
// brought up to date from here.
func (f *follower) start() error {
	err := f.c.query("SELECT id, seq FROM lane WHERE node = $1 ORDER BY id", []any{f.s.opt.Node}, func(r rowOf) error {
		f.cursor[r.int(0)] = r.int(1)
		return nil
	})
	if err == nil {
		err = f.s.loadViewsOn(f.c, chepiao.DayOf(f.s.opt.Now().UTC())-viewDays)
	}
	f.looked = f.s.opt.Now()
	return err
}

func (f *follower) follow() {
	defer f.s.helpers.Done()
	defer f.ear.close()
	for {
		select {
		case <-f.s.stopped:
			return
		case <-f.s.others.kick:
		default:
			f.pause()
		}
		if err := f.s.CatchUp(); err != nil {
			select {
			case <-f.s.stopped:
				return
			case <-time.After(followEvery):
			}
		}
	}
}

// pause waits for a notice, or for the next look.
func (f *follower) pause() {
	pg, ok := f.ear.driver.(*postgresConn)
	if !ok {
		return
	}
	if !f.listens {
		if _, err := pg.exec("LISTEN chepiao"); err == nil {
			f.listens = true
		}
	}
	if !f.listens || pg.wait(followEvery) != nil {
		f.listens = false
		time.Sleep(followEvery)
	}
}

// CatchUp shows this process everything that the others had committed when it
// was called. The follower does so all the time.
func (s *Store) CatchUp() error {
	if !s.shared {
		return nil
	}
	return s.aside(func(*conn) error { return s.follower.look() })
}

// look reads what is new.
func (f *follower) look() error {
	if late := f.s.opt.Now().Sub(f.looked); late > lateMax || late < -lateMax {
		if err := f.start(); err != nil {
			return err
		}
	}
	changed, heads, err := f.changed()
	if err != nil {
		return err
	}
	if err := f.show(changed); err != nil {
		return err
	}
	for lane, seq := range heads {
		f.cursor[lane] = seq
	}
	if err := f.reload(); err != nil {
		return err
	}
	f.looked = f.s.opt.Now()
	return f.sweep()
}

// changed are the departures that other lanes have touched, and how far they are.
func (f *follower) changed() (ids []int64, heads map[int64]int64, err error) {
	heads = map[int64]int64{}
	err = f.c.query("SELECT id, seq FROM lane WHERE node = $1 ORDER BY id", []any{f.s.opt.Node}, func(r rowOf) error {
		if r.int(1) > f.cursor[r.int(0)] && r.int(0) != f.s.Lane() {
			heads[r.int(0)] = r.int(1)
		}
		return nil
	})
	for lane := range heads {
		if err != nil {
			break
		}
		err = f.c.query("SELECT departure FROM touched WHERE lane = $1 AND seq > $2", []any{lane, f.cursor[lane]}, func(r rowOf) error {
			ids = append(ids, r.int(0))
			return nil
		})
	}
	slices.Sort(ids)
	return slices.Compact(ids), heads, err
}

// show publishes departures as others have left them.
func (f *follower) show(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	err := f.c.query("SELECT "+departureColumns+" FROM departure WHERE id = ANY($1)", []any{ids}, func(r rowOf) error {
		var d chepiao.Departure
		if err := scanDeparture(r, &d); err != nil {
			return err
		}
		f.s.publishView(&d)
		return nil
	})
	if err == nil {
		f.s.stale.add(ids)
	}
	return err
}

// reload has everybody in this process load again what others have changed.
func (f *follower) reload() error {
	return f.c.query("SELECT name, version FROM shared", nil, func(r rowOf) error {
		name, version := r.text(0), r.int(1)
		if f.s.others.lower(name, version) && name != "waits" && f.s.opt.Changed != nil {
			f.s.opt.Changed(name)
		}
		if name == "waits" || version <= f.s.others.get(name) {
			return nil
		}
		if f.s.opt.Changed != nil {
			f.s.opt.Changed(name)
		}
		f.s.others.raise(name, version)
		return nil
	})
}

// sweep removes what everybody has had time to read of this process's rows.
func (f *follower) sweep() error {
	now := f.s.opt.Now()
	if n := len(f.swept); n > 0 && now.Sub(f.swept[n-1].at) < sweepEvery {
		return nil
	}
	lane := f.s.Lane()
	seq := int64(0)
	err := f.c.query("SELECT seq FROM lane WHERE id = $1", []any{lane}, func(r rowOf) error { seq = r.int(0); return nil })
	if err != nil {
		return err
	}
	f.swept = append(f.swept, sweep{now, seq})
	for len(f.swept) > 1 && now.Sub(f.swept[0].at) > touchedKept {
		if _, err := f.c.exec("DELETE FROM touched WHERE lane = $1 AND seq <= $2", lane, f.swept[0].seq); err != nil {
			return err
		}
		f.swept = f.swept[1:]
	}
	return nil
}

// notices tells the others to look, where the server passes such notices on.
func (s *Store) notices() {
	defer s.helpers.Done()
	for {
		select {
		case <-s.stopped:
			return
		case <-s.others.say:
		}
		err := s.aside(func(c *conn) error { _, err := c.exec("NOTIFY chepiao"); return err })
		if err != nil && !errors.Is(err, ErrNoDatabase) {
			time.Sleep(time.Second) // it is a hint only
		}
		time.Sleep(noticeEvery)
	}
}

// stale are departures that others have changed: the writer forgets its copies
// before the next batch, which spares it a batch run in vain.
type stale struct {
	mu  sync.Mutex
	ids []int64
}

func (l *stale) add(ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = append(l.ids, ids...)
}

func (s *Store) dropStale() {
	s.stale.mu.Lock()
	ids := s.stale.ids
	s.stale.ids = nil
	s.stale.mu.Unlock()
	for _, id := range ids {
		row, v := s.departing[chepiao.DepartureID(id)], s.View(chepiao.DepartureID(id))
		if row != nil && v != nil && row.base < v.Version {
			delete(s.departing, chepiao.DepartureID(id))
		}
	}
}
