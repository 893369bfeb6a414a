package chepiao

import (
	"slices"
	"testing"
	"time"
)

func TestAlarms(t *testing.T) {
	r := DefaultRules()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	came := &Report{Seats: 30}
	quiet := Watched{Progress: Progress{Phase: OnSale}, Departs: now.Add(2 * time.Hour), Now: now}
	for what, c := range map[string]struct {
		change func(*Watched)
		want   []Alarm
	}{
		"hours ahead":                  {func(*Watched) {}, nil},
		"half an hour ahead, no coach": {func(w *Watched) { w.Departs = now.Add(30 * time.Minute) }, []Alarm{AlarmUnreported}},
		"a minute before that":         {func(w *Watched) { w.Departs = now.Add(31 * time.Minute) }, nil},
		"its coach has come":           {func(w *Watched) { w.Departs, w.Report = now, came }, nil},
		"past its time with a coach":   {func(w *Watched) { w.Report, w.Late = came, true }, []Alarm{AlarmLate}},
		"past its time without one":    {func(w *Watched) { w.Late, w.Absent, w.Departs = true, true, now }, []Alarm{AlarmAbsent}},
		"a full coach":                 {func(w *Watched) { w.Report, w.Riding = came, 30 }, nil},
		"one too many":                 {func(w *Watched) { w.Report, w.Riding = came, 31 }, []Alarm{AlarmOverload}},
		"a flow coach takes who fits":  {func(w *Watched) { w.Report, w.Riding, w.Flow = came, 31, true }, nil},
		"nine wait":                    {func(w *Watched) { w.Waiting = 9 }, nil},
		"ten wait":                     {func(w *Watched) { w.Waiting = 10 }, []Alarm{AlarmQueue}},
		"it has left":                  {func(w *Watched) { w.Phase, w.Late, w.Waiting = Dispatched, true, 99 }, nil},
		"it was stopped":               {func(w *Watched) { w.Phase, w.Departs = PhaseStopped, now }, nil},
	} {
		w := quiet
		c.change(&w)
		if got := w.Alarms(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
	r.NeedReport = false
	w := quiet
	w.Late, w.Absent, w.Departs = true, true, now
	if got := w.Alarms(r); !slices.Equal(got, []Alarm{AlarmLate}) {
		t.Errorf("where no coach reports, one that is late: %v", got)
	}
}

// TestADispatcherIsAsked: ten minutes past the time that was last given, of a fixed
// departure that still is to leave, for three hours.
func TestADispatcherIsAsked(t *testing.T) {
	r := DefaultRules()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for what, c := range map[string]struct {
		over   time.Duration
		change func(*Watched)
		want   bool
	}{
		"nine minutes over":   {9 * time.Minute, func(*Watched) {}, false},
		"ten minutes over":    {10 * time.Minute, func(*Watched) {}, true},
		"the coach is there":  {10 * time.Minute, func(w *Watched) { w.Report = &Report{Seats: 30} }, true},
		"it has left":         {time.Hour, func(w *Watched) { w.Phase = Dispatched }, false},
		"it was called off":   {time.Hour, func(w *Watched) { w.Phase = PhaseStopped }, false},
		"a flow departure":    {time.Hour, func(w *Watched) { w.Flow = true }, false},
		"nobody waits longer": {3 * time.Hour, func(*Watched) {}, false},
	} {
		w := Watched{Progress: Progress{Phase: CheckClosed}, Now: now, Departs: now.Add(-c.over)}
		c.change(&w)
		if w.Asks(r) != c.want {
			t.Errorf("%s: asks %v", what, !c.want)
		}
	}
	r.LateAsk = 0
	if (Watched{Progress: Progress{Phase: CheckClosed}, Now: now, Departs: now.Add(-time.Hour)}).Asks(r) {
		t.Error("asked though the rule says never")
	}
}
