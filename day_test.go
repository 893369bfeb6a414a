package chepiao_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

var shanghai = zone("Asia/Shanghai")

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// moment reads "2026-11-22 08:30" or with seconds, in China's time.
func moment(s string) time.Time { return momentIn(s, shanghai) }

func momentIn(s string, z *time.Location) time.Time {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, z); err == nil {
			return t
		}
	}
	panic("no moment: " + s)
}

func day(s string) chepiao.Day {
	d, err := chepiao.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func clock(h, m int) chepiao.Clock { return chepiao.Clock(h*3600 + m*60) }

// TestClockOn: a service day begins twelve hours before noon (GTFS), so that on
// the days of a clock change the times after it are what the station's clock
// shows.
func TestClockOn(t *testing.T) {
	newYork := zone("America/New_York")
	for _, c := range []struct {
		zone *time.Location
		day  string
		at   chepiao.Clock
		want string
	}{
		{shanghai, "2026-11-22", clock(8, 30), "2026-11-22 08:30"},
		{shanghai, "2026-11-22", 0, "2026-11-22 00:00"},
		{shanghai, "2026-11-22", clock(25, 10), "2026-11-23 01:10"},
		{shanghai, "2026-12-31", clock(24, 0), "2027-01-01 00:00"},
		{shanghai, "2026-11-22", clock(72, 5), "2026-11-25 00:05"},
		{newYork, "2026-03-08", clock(8, 30), "2026-03-08 08:30"}, // clocks go forward at 2
		{newYork, "2026-03-08", clock(3, 0), "2026-03-08 03:00"},
		{newYork, "2026-03-08", clock(1, 0), "2026-03-08 00:00"}, // before it: an hour early by the wall
		{newYork, "2026-03-08", clock(25, 10), "2026-03-09 01:10"},
		{newYork, "2026-03-07", clock(25, 10), "2026-03-08 01:10"}, // the night of the change
		{newYork, "2026-03-07", clock(27, 10), "2026-03-08 04:10"}, // an hour of it does not exist
		{newYork, "2026-11-01", clock(8, 30), "2026-11-01 08:30"},  // clocks go back at 2
		{newYork, "2026-10-31", clock(27, 0), "2026-11-01 02:00"},
	} {
		if got := c.at.On(day(c.day), c.zone); !got.Equal(momentIn(c.want, c.zone)) {
			t.Errorf("%s on %s in %s: %s, want %s", c.at, c.day, c.zone, got, c.want)
		}
	}
	if s := clock(25, 10).String() + " " + clock(8, 5).String(); s != "25:10 08:05" {
		t.Errorf("clocks print %q", s)
	}
}

func TestParseDay(t *testing.T) {
	for _, s := range []string{"2026-11-22", "20261122"} {
		d, err := chepiao.ParseDay(s)
		if err != nil || d.String() != "2026-11-22" || d.Weekday() != time.Sunday {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2026-02-29", "2026-13-01", "22.11.2026", "2026-1-2", "202611221", "２０２６-11-22"} {
		if d, err := chepiao.ParseDay(s); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%q is read as %v, %v", s, d, err)
		}
	}
	if d := chepiao.DayOf(time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC)); d != -1 {
		t.Errorf("the day before the epoch is %d", d)
	}
	at := momentIn("2026-11-22 23:30", zone("America/New_York"))
	if chepiao.DayOf(at) != day("2026-11-22") || chepiao.DayOf(at.In(shanghai)) != day("2026-11-23") {
		t.Error("a day is not the one of the moment's own zone")
	}
}

func TestDaysTravelAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := chepiao.Day(rapid.Int32Range(-700_000, 2_900_000).Draw(t, "day"))
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back chepiao.Day
		if err := json.Unmarshal(text, &back); err != nil || back != d {
			t.Fatalf("%d → %s → %d, %v", d, text, back, err)
		}
	})
}

// TestDaySet holds the set against a plain map.
func TestDaySet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := chepiao.Day(rapid.Int32Range(20000, 20010).Draw(t, "first"))
		length := rapid.IntRange(1, 40).Draw(t, "length")
		last := first + chepiao.Day(length-1)
		set, model := chepiao.NewDaySet(first, last), map[chepiao.Day]bool{}
		for range rapid.IntRange(0, 60).Draw(t, "changes") {
			d := first + chepiao.Day(rapid.IntRange(0, length-1).Draw(t, "day"))
			on := rapid.Bool().Draw(t, "on")
			set.Set(d, on)
			model[d] = on
		}
		set.Set(first-1, true)   // before the set: ignored
		set.Set(last+100, true)  // far after it: ignored
		set.Set(last-2000, true) // far before
		latest, any := chepiao.Day(0), false
		for d := first - 10; d <= last+110; d++ {
			if set.Has(d) != model[d] {
				t.Fatalf("day %d: %v, want %v", d, set.Has(d), model[d])
			}
			if model[d] {
				latest, any = d, true
			}
		}
		if got, ok := set.Last(); ok != any || got != latest && any {
			t.Fatalf("last %d %v, want %d %v", got, ok, latest, any)
		}
	})
	if s := chepiao.NewDaySet(10, 9); len(s.Bits) != 0 || s.Has(10) {
		t.Errorf("an empty range has days: %+v", s)
	}
	if s := chepiao.NewDaySet(0, 1_000_000); len(s.Bits)*8 > chepiao.DaysMax+8 {
		t.Errorf("a set of %d bytes passes the bound", len(s.Bits))
	}
}

func TestDepartureID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		no := chepiao.TemplateNo(rapid.Int32Range(1, 1<<31-1).Draw(t, "template"))
		d := day("2020-01-01") + chepiao.Day(rapid.IntRange(0, 65535).Draw(t, "days"))
		id := chepiao.MakeDepartureID(no, d)
		if id.Template() != no || id.Day() != d {
			t.Fatalf("%v comes apart as %d on %s, want %d on %s", id, id.Template(), id.Day(), no, d)
		}
		back, err := chepiao.ParseDepartureID(id.String())
		if err != nil || back != id {
			t.Fatalf("%s reads as %v, %v", id, back, err)
		}
	})
	for _, s := range []string{
		"", "1042", "1042-", "-20261122", "0-20261122", "-7-20261122", "1042-2026-11-22", "1042-20261322", "x-20261122",
		"1042-20191231", "1042-22000101", "99999999999-20261122", "+7-20261122", "007-20261122", " 7-20261122", "7-20261122 ",
	} {
		if id, err := chepiao.ParseDepartureID(s); chepiao.Why(err) != chepiao.Invalid || id != 0 {
			t.Errorf("%q is read as %v, %v", s, id, err)
		}
	}
}
