package chepiao_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao"
)

// shownAt is a departure at 08:00 from gate 3, delayed by some minutes, as it is shown
// at a moment; reported before that moment or ("") not.
func shownAt(t *testing.T, clock, reported string, delay int, p chepiao.Phase) chepiao.Shown {
	t.Helper()
	at := func(s string) time.Time {
		m, err := time.Parse("2006-01-02 15:04", "2026-11-22 "+s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	s := chepiao.Shown{Departure: chepiao.MakeDepartureID(1, 20000), Number: "JA1707", ToZH: "保定", ToEN: "Baoding", Gate: "3", Planned: at("08:00")}
	s.Departs = s.Planned.Add(time.Duration(delay) * time.Minute)
	s.Last = s.Departs
	var came time.Time
	if reported != "" {
		came = at(reported)
	}
	s.Show(chepiao.Progress{Phase: p}, came, at(clock), chepiao.DefaultRules())
	return s
}

func TestShownStates(t *testing.T) {
	for _, c := range []struct {
		clock, reported string
		delay           int
		phase           chepiao.Phase
		want            chepiao.ShownState
	}{
		{"07:00", "", 0, chepiao.OnSale, chepiao.ShownOnTime},
		{"07:00", "", 30, chepiao.OnSale, chepiao.ShownDelayed},
		{"07:00", "", -10, chepiao.OnSale, chepiao.ShownDelayed},
		{"07:45", "07:30", 0, chepiao.Checking, chepiao.ShownBoarding},
		{"07:51", "07:30", 0, chepiao.Checking, chepiao.ShownBoarding},
		{"07:52", "07:30", 0, chepiao.Checking, chepiao.ShownLastCall},
		{"07:55", "07:55", 0, chepiao.Checking, chepiao.ShownBoarding}, // came late: no last call before the first
		{"07:58", "07:30", 0, chepiao.CheckClosed, chepiao.ShownClosed},
		{"07:58", "", 0, chepiao.CheckClosed, chepiao.ShownOnTime},
		{"08:05", "", 0, chepiao.CheckClosed, chepiao.ShownAwaited},
		{"08:05", "", 30, chepiao.SaleClosed, chepiao.ShownDelayed},
		{"08:05", "07:30", 0, chepiao.Dispatched, chepiao.ShownDeparted},
		{"07:00", "", 0, chepiao.PhaseStopped, chepiao.ShownCancelled},
		{"08:30", "", 0, chepiao.PhaseMissed, chepiao.ShownCancelled},
		{"07:00", "", 0, chepiao.PhaseMerged, chepiao.ShownMoved},
	} {
		if s := shownAt(t, c.clock, c.reported, c.delay, c.phase); s.State != c.want {
			t.Errorf("%s, reported %q, %d min, %s: shown as %s, not %s", c.clock, c.reported, c.delay, c.phase, s.State, c.want)
		}
	}
}

func TestCallsAreMadeOnce(t *testing.T) {
	s := shownAt(t, "07:41", "07:30", 0, chepiao.Checking)
	now := s.Departs.Add(-19 * time.Minute)
	calls := chepiao.Calls([]chepiao.Shown{s}, nil, now)
	// Check opens at 07:40: called then and at 07:45; at 07:50 the last call is near, which is at 07:52.
	if len(calls) != 3 || calls[0].Kind != chepiao.CallBoarding || !calls[0].Due(now) || calls[1].Kind != chepiao.CallBoarding || calls[1].Due(now) || calls[2].Kind != chepiao.CallLast || calls[2].Due(now) {
		t.Fatalf("%+v", calls)
	}
	if calls[0].Key == calls[1].Key || calls[1].At.Sub(calls[0].At) != 5*time.Minute {
		t.Errorf("called again %s later as %s", calls[1].At.Sub(calls[0].At), calls[1].Key)
	}
	if !strings.Contains(calls[0].ZH, "3 号检票口") || !strings.Contains(calls[0].EN, "JA1707") {
		t.Errorf("%q %q", calls[0].ZH, calls[0].EN)
	}
	flow := chepiao.Shown{Number: "HT4401", ToZH: "正定", Flow: true, Departs: s.Departs, Last: s.Departs.Add(12 * time.Hour), Planned: s.Departs}
	flow.Show(chepiao.Progress{Phase: chepiao.Checking}, now, now, chepiao.DefaultRules())
	if calls := chepiao.Calls([]chepiao.Shown{flow}, nil, now); len(calls) != 2 {
		t.Errorf("a flow departure is called %d times, not to board and the last call", len(calls))
	}
	later := shownAt(t, "07:50", "07:30", 0, chepiao.Checking)
	again := chepiao.Calls([]chepiao.Shown{later}, nil, now.Add(9*time.Minute))
	if again[0].Key != calls[0].Key || again[0].Due(now.Add(9*time.Minute)) {
		t.Errorf("the same call has another key, or is due again: %+v", again[0])
	}
	// A coach that has not come is not called.
	waiting := shownAt(t, "07:45", "", 0, chepiao.SaleClosed)
	if calls := chepiao.Calls([]chepiao.Shown{waiting}, nil, now.Add(4*time.Minute)); len(calls) != 0 {
		t.Errorf("called without a coach: %+v", calls)
	}
	// A delay is called, and no longer when it was taken back.
	late := shownAt(t, "07:00", "", 30, chepiao.OnSale)
	at := late.Planned.Add(-time.Hour)
	late.Calls = []chepiao.CallAt{{Kind: chepiao.CallDelayed, At: at}}
	calls = chepiao.Calls([]chepiao.Shown{late}, nil, at)
	if len(calls) != 4 || calls[0].Kind != chepiao.CallDelayed || !strings.Contains(calls[0].ZH, "08:30") {
		t.Fatalf("%+v", calls)
	}
	late.Departs = late.Planned
	late.State = chepiao.ShownOnTime
	if calls := chepiao.Calls([]chepiao.Shown{late}, nil, at); calls[0].Kind == chepiao.CallDelayed {
		t.Errorf("a delay that was taken back is called: %+v", calls)
	}
}

// TestTheHallHearsThatACoachIsLate: once it is three minutes over and again later, with
// the time a dispatcher gave before, and no longer when there is a new one or the coach.
func TestTheHallHearsThatACoachIsLate(t *testing.T) {
	late := func(clock, reported string, delay int) []chepiao.Call {
		s := shownAt(t, clock, reported, delay, chepiao.CheckClosed)
		now, err := time.Parse("2006-01-02 15:04", "2026-11-22 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		var due []chepiao.Call
		for _, c := range chepiao.DueCalls(chepiao.Calls([]chepiao.Shown{s}, nil, now), false, now) {
			if c.Kind == chepiao.CallLate {
				due = append(due, c)
			}
		}
		return due
	}
	first, again := late("08:03", "", 0), late("08:18", "", 0)
	if len(first) != 1 || len(again) != 1 || first[0].Key == again[0].Key {
		t.Fatalf("called %+v, then %+v", first, again)
	}
	if zh := first[0].ZH; !strings.Contains(zh, "晚点") || !strings.Contains(zh, "08:00") || !strings.Contains(zh, "尚未到站") {
		t.Error(zh)
	}
	if c := late("08:34", "", 30); len(c) != 1 || !strings.Contains(c[0].ZH, "原定 08:00") || !strings.Contains(c[0].ZH, "预计 08:30") {
		t.Errorf("over its second time: %+v", c)
	}
	for what, c := range map[string][]chepiao.Call{
		"two minutes over": late("08:02", "", 0), "it has a new time": late("08:04", "", 30), "the coach is there": late("08:04", "08:01", 0), "heard seven minutes ago": late("08:10", "", 0),
	} {
		if len(c) != 0 {
			t.Errorf("%s, and the hall hears %+v", what, c)
		}
	}
	if s := shownAt(t, "08:12", "", 0, chepiao.CheckClosed); s.Late != 12 {
		t.Errorf("%d minutes over", s.Late)
	}
	if s := shownAt(t, "08:12", "07:50", 0, chepiao.Dispatched); s.Late != 0 {
		t.Error("what has left is late")
	}
}

// TestQuietHours: nothing is said at night but what a dispatcher writes, unless
// somebody lets the hall speak; from == until is never quiet.
func TestQuietHours(t *testing.T) {
	night := chepiao.Quiet{From: 22 * 3600, Until: 5*3600 + 1800}
	at := func(clock string) time.Time {
		m, err := time.Parse("2006-01-02 15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for clock, want := range map[string]bool{
		"2026-11-22 21:59": false, "2026-11-22 22:00": true, "2026-11-23 00:10": true, "2026-11-23 05:29": true, "2026-11-23 05:30": false, "2026-11-23 12:00": false,
	} {
		if _, quiet := night.At(at(clock)); quiet != want {
			t.Errorf("%s: quiet %v", clock, quiet)
		}
		if _, quiet := (chepiao.Quiet{}).At(at(clock)); quiet {
			t.Errorf("%s is quiet without quiet hours", clock)
		}
	}
	muted := func(words ...chepiao.HallWord) (got []bool) {
		list := []chepiao.Call{{Kind: chepiao.CallBoarding, At: at("2026-11-23 01:00")}, {Kind: chepiao.CallNotice, At: at("2026-11-23 01:00")}, {Kind: chepiao.CallBoarding, At: at("2026-11-23 06:00")}}
		chepiao.Hush(list, words, night, time.UTC)
		for _, c := range list {
			got = append(got, c.Muted)
		}
		return got
	}
	if got := muted(); !slices.Equal(got, []bool{true, false, false}) {
		t.Errorf("muted %v", got)
	}
	if got := muted(chepiao.HallWord{Kind: chepiao.HallSpeak, At: at("2026-11-23 00:30")}); slices.Contains(got, true) {
		t.Errorf("somebody let the hall speak: muted %v", got)
	}
	if got := muted(chepiao.HallWord{Kind: chepiao.HallSpeak, At: at("2026-11-22 21:30")}); !got[0] {
		t.Error("what was said before the night lifts its silence")
	}
}

func TestADispatcherSilencesAndSpeaks(t *testing.T) {
	s := shownAt(t, "07:41", "07:30", 0, chepiao.Checking)
	now := s.Departs.Add(-19 * time.Minute)
	key := chepiao.Calls([]chepiao.Shown{s}, nil, now)[0].Key
	say := func(words ...chepiao.HallWord) []chepiao.Call { return chepiao.Calls([]chepiao.Shown{s}, words, now) }
	if c := say(chepiao.HallWord{Kind: chepiao.HallSkip, Call: key, At: now}); !c[0].Muted || c[1].Muted {
		t.Errorf("one call taken back: %+v", c)
	}
	early := now.Add(-time.Hour)
	mute := chepiao.HallWord{Kind: chepiao.HallMute, At: early}
	notice := chepiao.HallWord{ID: 7, Kind: chepiao.HallNotice, At: now, ZH: "请拾到钱包的旅客与服务台联系"}
	c := say(mute, notice)
	for _, one := range c {
		if one.Muted != (one.Kind != chepiao.CallNotice) {
			t.Errorf("in silence: %+v", one)
		}
	}
	if c := say(mute, chepiao.HallWord{Kind: chepiao.HallSpeak, At: now.Add(2 * time.Minute)}); !c[0].Muted || c[1].Muted {
		t.Errorf("what was due in silence stays unsaid: %+v", c)
	}
	for _, bad := range []chepiao.HallWord{{Kind: "sing"}, {Kind: chepiao.HallNotice}, {Kind: chepiao.HallNotice, ZH: strings.Repeat("长", 201)}, {Kind: chepiao.HallNotice, ZH: "两行\n字"}, {Kind: chepiao.HallSkip}, {Kind: chepiao.HallAgain, ZH: "再说一次"}} {
		if chepiao.Why(bad.Check()) != chepiao.Invalid {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestStationsHearOfChanges: a station takes over what the hub says of the whole
// departure and of stops that are the hub's to speak for, and keeps its own.
func TestStationsHearOfChanges(t *testing.T) {
	at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	var hub, station chepiao.Departure
	hub.Heard(chepiao.ActCancel, 0, at)
	hub.Heard(chepiao.ActDelay, 0, at)
	hub.Heard(chepiao.ActDelay, 1, at)
	station.Heard(chepiao.ActGate, 1, at.Add(time.Minute))
	station.Heard(chepiao.ActReserve, 1, at) // nobody in the hall hears of that
	station.Hear(hub.RunState(), func(stop int) bool { return stop == 0 }, true)
	var kinds []string
	for _, c := range station.Ops.CallsAt(1) {
		kinds = append(kinds, string(c.Kind)+"@"+string(rune('0'+c.Stop)))
	}
	if got := strings.Join(kinds, " "); got != "cancelled@0 delayed@0 gate@1" {
		t.Errorf("the station hears %s", got)
	}
	if list := station.Ops.CallsAt(0); len(list) != 2 {
		t.Errorf("the first stop hears %+v", list)
	}
	// What a station says of the whole departure, the hub does not take over.
	var other chepiao.Departure
	other.Heard(chepiao.ActCancel, 1, at)
	hub.Hear(other.RunState(), func(stop int) bool { return stop == 2 }, false)
	if hub.Ops.CalledOff(1) {
		t.Error("a peer called off a stop that is not its own")
	}
}

// TestOneStopIsCalledOff: stopped at one stop, sold again there; the sale alone calls
// nothing off.
func TestOneStopIsCalledOff(t *testing.T) {
	var d chepiao.Departure
	at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	step := func(k chepiao.ActKind, want bool) {
		t.Helper()
		at = at.Add(time.Minute)
		d.Heard(k, 1, at)
		if d.Ops.CalledOff(1) != want || d.Ops.CalledOff(0) {
			t.Errorf("after %s: %v", k, d.Ops.CalledOff(1))
		}
	}
	step(chepiao.ActStopSale, false)
	step(chepiao.ActSell, false)
	if d.Ops != nil && len(d.Ops.Calls) > 0 {
		t.Errorf("a sale that goes on is called: %+v", d.Ops.Calls)
	}
	step(chepiao.ActCancel, true)
	step(chepiao.ActDelay, true)
	step(chepiao.ActSell, false)
	step(chepiao.ActCancel, true)
	s := shownAt(t, "07:00", "", 0, chepiao.OnSale)
	s.Off = true
	if s.Show(chepiao.Progress{Phase: chepiao.OnSale}, time.Time{}, s.Planned, chepiao.DefaultRules()); s.State != chepiao.ShownCancelled || s.Stands() {
		t.Errorf("nobody boards, and it is shown as %s", s.State)
	}
}
