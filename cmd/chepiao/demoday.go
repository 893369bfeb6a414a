package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
	"chepiao/office"
)

// A demo begins on the evening before, when the first night coaches report, and has lived
// through its day when its doors open: what has left by now has left with its passengers,
// instead of standing late on every board.
const (
	demoBegins  = 3 * time.Hour    // before midnight
	demoBoards  = 35 * time.Minute // the first passenger passes the gate so long before the coach leaves
	demoLatest  = 5 * time.Minute  // and the last
	demoMissing = 29               // of so many passengers one does not come
)

// demoClock is a demo's time: the real one, but for the day that it lives through.
type demoClock struct {
	real   func() time.Time
	behind atomic.Int64 // nanoseconds
}

func (c *demoClock) Now() time.Time { return c.real().Add(-time.Duration(c.behind.Load())) }

func (c *demoClock) set(t time.Time) { c.behind.Store(int64(c.real().Sub(t))) }

func (c *demoClock) now() { c.behind.Store(0) }

// demoEvening is when a demo begins that opens at a moment.
func demoEvening(now time.Time, zone *time.Location) time.Time {
	return chepiao.Clock(0).On(chepiao.DayOf(now.In(zone)), zone).Add(-demoBegins)
}

// liveThrough has happen what would have until the real time, minute by minute; from
// then on the clock shows that.
func (n *node) liveThrough(ctx context.Context, clock *demoClock, riders []*demoRider) error {
	var adding sync.Mutex
	due := map[time.Time][]office.Run{}
	add := func(t time.Time, run office.Run) {
		adding.Lock()
		defer adding.Unlock()
		due[t] = append(due[t], run)
	}
	begin := later(clock.Now(), time.Time{})
	timetable := n.office.Timetable()
	yesterday := chepiao.DayOf(begin.In(timetable.Zone))
	runs, err := runsOn(timetable, yesterday, yesterday+1)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if first, _ := n.office.Span(run, 0); first.After(begin) {
			add(later(first.Add(-demoReports), begin), run)
		}
	}
	defer clock.now()
	for t := begin; t.Before(clock.real()); t = t.Add(time.Minute) {
		if len(due[t]) == 0 {
			continue
		}
		clock.set(t)
		err := together(due[t], func(run office.Run) error {
			next, err := n.bringCoach(ctx, t, run)
			if !next.IsZero() {
				add(later(next, t.Add(time.Minute)), run)
			}
			return err
		})
		if err == nil {
			err = n.boardRiders(ctx, t, riders)
		}
		if err != nil {
			return fmt.Errorf("living through the demo's day: %w", err)
		}
		delete(due, t)
	}
	return nil
}

// later is the later of two moments, as a whole minute of UTC, so that equal moments are ==.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		a = b
	}
	return a.UTC().Truncate(time.Minute)
}

// boardRiders lets invented passengers pass the gates of coaches that leave soon, in
// six groups. Whom somebody has checked, moved or refunded it leaves alone.
func (n *node) boardRiders(ctx context.Context, now time.Time, riders []*demoRider) error {
	timetable := n.office.Timetable()
	var here []*demoRider
	for i, r := range riders {
		if r.stays {
			continue
		}
		run, err := timetable.Run(r.departure)
		if err != nil {
			return err
		}
		departs, _ := n.office.Span(run, 0) // where they all board
		comes := departs.Add(-demoBoards + time.Duration(i*7%6)*(demoBoards-demoLatest)/6)
		if !now.Before(comes) && now.Before(departs) {
			here = append(here, r)
		}
	}
	return together(here, func(r *demoRider) error {
		r.stays = true
		in := office.Passage{Ticket: r.ticket.String(), Document: string(chepiao.ResidentID), Number: r.number, Station: r.station, Place: chepiao.AtGate, Device: "demo"}
		_, err := n.office.Check(ctx, now, office.Verb{ID: "demo-board-" + r.ticket.String(), By: "demo"}, in)
		return fault(err)
	})
}
