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

// sweep is a moment and the entry that this process had come to, in the lane that
// it had then.
type sweep struct {
	at        time.Time
	lane, seq int64
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

// start notes how far the others are, and loads all views, which are brought up to
// date from there.
func (f *follower) start() error {
	f.s.rejoin.Store(false)
	err := f.c.query("SELECT id, seq FROM lane WHERE node = $1 ORDER BY id", []any{f.s.opt.Node}, func(r rowOf) error {
		f.cursor[r.int(0)] = r.int(1)
		return nil
	})
	if err == nil {
		err = f.s.loadViewsOn(f.c, chepiao.DayOf(f.s.opt.Now().UTC())-viewDays)
	}
	if err != nil {
		f.s.rejoin.Store(true)
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
	var changed []change
	err := s.aside(func(*conn) (err error) { changed, err = s.follower.look(); return err })
	return errors.Join(err, s.hear(changed))
}

// look reads what is new, and says what of it is to be loaded again.
func (f *follower) look() (reload []change, err error) {
	began := f.s.opt.Now()
	late := began.Sub(f.looked)
	if f.s.rejoin.Load() || late > lateMax || late < -lateMax {
		if err := f.start(); err != nil {
			return nil, err
		}
	}
	changed, heads, err := f.changed()
	if err != nil {
		return nil, err
	}
	if err := f.show(changed); err != nil {
		return nil, err
	}
	for lane, seq := range heads {
		f.cursor[lane] = seq
	}
	if reload, err = f.news(); err != nil {
		return nil, err
	}
	f.looked = began // a look that took long may have missed what was swept meanwhile
	return reload, f.sweep()
}

// changed are the departures that other lanes have touched, and how far they are.
func (f *follower) changed() (ids []int64, heads map[int64]int64, err error) {
	heads = map[int64]int64{}
	err = f.c.query("SELECT id, seq FROM lane WHERE node = $1 ORDER BY id", []any{f.s.opt.Node}, func(r rowOf) error {
		lane, seq := r.int(0), r.int(1)
		f.cursor[lane] = min(f.cursor[lane], seq) // the database may have lost entries
		if seq > f.cursor[lane] && lane != f.s.Lane() {
			heads[lane] = seq
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
		f.s.publishView(d.ID, viewOf(&d))
		return nil
	})
	if err == nil {
		f.s.stale.add(ids)
	}
	return err
}

// change is something that all keep in memory, in a version that this process does
// not know yet.
type change struct {
	name    string
	version int64
	lower   bool // the database has lost what this process knows
}

// news are the changes of others. The writer reads the queues itself.
func (f *follower) news() (list []change, err error) {
	err = f.c.query("SELECT name, version FROM shared ORDER BY name", nil, func(r rowOf) error {
		n := change{name: r.text(0), version: r.int(1)}
		if n.name == "waits" {
			return nil
		}
		if n.lower = f.s.others.lower(n.name, n.version); n.lower || n.version > f.s.others.get(n.name) {
			list = append(list, n)
		}
		return nil
	})
	return list, err
}

// hear has everybody in this process load again what others have changed. Until
// that has succeeded the change is not known here, and every batch is refused.
func (s *Store) hear(list []change) error {
	s.hearing.Lock() // of two loads the later one would not be the newer one
	defer s.hearing.Unlock()
	var failed error
	for _, n := range list {
		if known := s.others.get(n.name); n.version == known || n.version < known && !n.lower {
			continue
		}
		if s.opt.Changed != nil {
			if err := s.opt.Changed(n.name); err != nil {
				failed = errors.Join(failed, fmt.Errorf("loading the %s again: %w", n.name, err))
				continue
			}
		}
		if n.lower {
			s.others.set(n.name, n.version)
		} else {
			s.others.raise(n.name, n.version)
		}
	}
	return failed
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
	f.swept = append(f.swept, sweep{now, lane, seq})
	for len(f.swept) > 1 && now.Sub(f.swept[0].at) > touchedKept {
		if _, err := f.c.exec("DELETE FROM touched WHERE lane = $1 AND seq <= $2", f.swept[0].lane, f.swept[0].seq); err != nil {
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
