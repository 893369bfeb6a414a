package chepiao_test

import (
	"testing"
	"time"

	"chepiao"
)

// TestPhases walks a departure of 08:30 through its day and through everything
// that may happen to it.
func TestPhases(t *testing.T) {
	departs := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	reported := &chepiao.Ops{Reports: []chepiao.Report{{Plate: "冀A1"}}}
	for _, c := range []struct {
		name   string
		before time.Duration
		state  chepiao.DepartureState
		left   int
		ops    *chepiao.Ops
		want   chepiao.Progress
	}{
		{"eight days before", 8 * 24 * time.Hour, chepiao.Running, 0, nil, chepiao.Progress{Phase: chepiao.Planned}},
		{"seven days before", 7 * 24 * time.Hour, chepiao.Running, 0, nil, chepiao.Progress{Phase: chepiao.OnSale, Selling: true}},
		{"an hour before", time.Hour, chepiao.Running, 0, nil, chepiao.Progress{Phase: chepiao.OnSale, Selling: true}},
		{"an hour before, sale stopped", time.Hour, chepiao.Running, 0, &chepiao.Ops{StopSale: []int{0}}, chepiao.Progress{Phase: chepiao.SaleClosed}},
		{"an hour before, reported", time.Hour, chepiao.Running, 0, reported, chepiao.Progress{Phase: chepiao.HasReported, Selling: true}},
		{"20 minutes before, reported", 20 * time.Minute, chepiao.Running, 0, reported, chepiao.Progress{Phase: chepiao.Checking, Selling: true}},
		{"20 minutes before, no coach", 20 * time.Minute, chepiao.Running, 0, nil, chepiao.Progress{Phase: chepiao.OnSale, Selling: true}},
		{"two minutes before", 2 * time.Minute, chepiao.Running, 0, reported, chepiao.Progress{Phase: chepiao.CheckClosed}},
		{"gone", -time.Minute, chepiao.Running, 1, reported, chepiao.Progress{Phase: chepiao.Dispatched}},
		{"past its time, no coach", -time.Minute, chepiao.Running, 0, nil, chepiao.Progress{Phase: chepiao.CheckClosed, Late: true, Absent: true}},
		{"past its time, the coach stands there", -time.Minute, chepiao.Running, 0, reported, chepiao.Progress{Phase: chepiao.CheckClosed}},
		{"stopped", time.Hour, chepiao.Stopped, 0, nil, chepiao.Progress{Phase: chepiao.PhaseStopped}},
		{"merged", time.Hour, chepiao.Merged, 0, nil, chepiao.Progress{Phase: chepiao.PhaseMerged}},
		{"stowed", time.Hour, chepiao.Stowed, 0, nil, chepiao.Progress{Phase: chepiao.PhaseStowed}},
		{"a no-show", -time.Hour, chepiao.Missed, 0, nil, chepiao.Progress{Phase: chepiao.PhaseMissed}},
	} {
		d := &chepiao.Departure{ID: chepiao.MakeDepartureID(1, reportDay), State: c.state, Left: c.left, Ops: c.ops}
		now := departs.Add(-c.before)
		if got := d.ProgressAt(0, departs, departs, now, chepiao.DayOf(now), chepiao.DefaultRules()); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	r := chepiao.DefaultRules()
	r.LateMeansReported = false
	d := &chepiao.Departure{State: chepiao.Running, ID: chepiao.MakeDepartureID(1, reportDay), Ops: reported}
	if !d.ProgressAt(0, departs, departs, departs.Add(time.Minute), reportDay, r).Late {
		t.Error("a coach that has not left is not late, where that is what late means")
	}
}

// TestDelayed: shifts by stop, passing on or not, and never before the stop ahead.
func TestDelayed(t *testing.T) {
	tpl := &chepiao.Template{Stops: []chepiao.Stop{{Depart: 8 * 3600}, {Depart: 9 * 3600}, {Depart: 10 * 3600}}}
	shifts := func(o chepiao.Ops) (s [3]time.Duration) {
		for i := range s {
			s[i] = o.Shift(i) / time.Minute
		}
		return s
	}
	for _, c := range []struct {
		was    []int // minutes
		stop   int
		by     time.Duration
		passes bool
		want   [3]time.Duration
		no     bool
	}{
		{nil, 0, 30, true, [3]time.Duration{30, 30, 30}, false},
		{nil, 0, 30, false, [3]time.Duration{30, 0, 0}, false},
		{nil, 1, 30, true, [3]time.Duration{0, 30, 30}, false},
		{[]int{30, 30, 30}, 0, 0, true, [3]time.Duration{}, false},
		{[]int{30, 30, 30}, 1, -30, true, [3]time.Duration{30, -30, -30}, false},
		{[]int{30, 30, 30}, 1, -31, true, [3]time.Duration{}, true},
		{nil, 0, -20, true, [3]time.Duration{-20, -20, -20}, false},
	} {
		ops := &chepiao.Ops{}
		for _, m := range c.was {
			ops.Shifts = append(ops.Shifts, m*60)
		}
		got, err := tpl.Delayed(ops, c.stop, c.by*time.Minute, c.passes)
		if (err != nil) != c.no || err == nil && shifts(got) != c.want {
			t.Errorf("%+v: %v, %v", c, shifts(got), err)
		}
		if len(c.was) > 0 && ops.Shift(0) != 30*time.Minute {
			t.Error("the changes of before are changed in place")
		}
	}
	if got, _ := tpl.Delayed(&chepiao.Ops{Shifts: []int{60, 60, 60}}, 0, 0, true); got.Shifts != nil {
		t.Error("no delay is stored as one")
	}
}
