package main

import (
	"testing"
	"time"

	"chepiao/bench"
)

// TestWitness follows commands through an outage and asks what the witness says.
func TestWitness(t *testing.T) {
	began := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	w := newWitness(began)
	for _, x := range []struct {
		key       string
		from, end int // milliseconds
		status    int
	}{
		{"A", 0, 10, 200},
		{"B", 20, 30, 409},
		{"", 100, 110, 200},
		{"C", 100, 600, 0},     // cut off: unknown
		{"D", 150, 610, 503},   // turned away
		{"C", 700, 1400, 500},  // a fault: unknown as before, and counted once
		{"D", 1500, 2600, 200}, // the pause ends: 110 to 2600
		{"C", 2000, 2700, 200},
		{"E", 2650, 2710, 0}, // nobody was ever told
	} {
		at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
		w.see(bench.Try{Key: x.key, Began: at(x.from), Ended: at(x.end), Status: x.status})
	}
	s := w.sum()
	want := []second{
		{At: 0, Answered: 2, Refused: 1, TurnedAway: 1, Unanswered: 1, Slowest: 10},
		{At: 1, Unanswered: 1},
		{At: 2, Answered: 2, Unanswered: 1, Slowest: 1100},
	}
	for i, second := range want {
		if i >= len(s.Seconds) || s.Seconds[i] != second {
			t.Errorf("second %d is %+v, want %+v", i, s.Seconds, second)
			break
		}
	}
	if s.Pause != (pause{110 * time.Millisecond, 2490 * time.Millisecond}) {
		t.Errorf("pause %+v", s.Pause)
	}
	if s.Unknown != 3 || s.Solved != 2 || s.Open != 1 || s.Commands != 4 || s.Waited != 2600*time.Millisecond {
		t.Errorf("%+v", s)
	}
	if r := w.rates(began.Add(2500 * time.Millisecond)); r != want[1] {
		t.Errorf("the second before is %+v", r)
	}
	if r := w.rates(began.Add(time.Hour)); r != (second{}) {
		t.Errorf("a second without requests is %+v", r)
	}
}
