package gtfs

import (
	"errors"
	"testing"

	"chepiao"
)

func TestParseClock(t *testing.T) {
	for s, want := range map[string]chepiao.Clock{"8:05:00": 29100, "08:05:00": 29100, "25:10:00": 90600, "0:00:00": 0, "08:05": 29100, "96:00:00": chepiao.ClockMax, "8: 5:00": 29100} {
		if got, err := parseClock(s); err != nil || got != want {
			t.Errorf("%q is %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "8", "8:60:00", "8:00:60", "-1:00:00", "8:00:00:00", "8:00:0x", "1234:00:00", "::", "８:00:00"} {
		if got, err := parseClock(s); !errors.Is(err, errClock) {
			t.Errorf("%q is %d, %v", s, got, err)
		}
	}
	if _, err := parseClock("96:00:01"); !errors.Is(err, errClockLate) {
		t.Errorf("96:00:01: %v", err)
	}
}

func TestParseMoney(t *testing.T) {
	for s, want := range map[string]chepiao.Money{"22.50": 2250, "22.5": 2250, "22": 2200, ".5": 50, "0": 0, "9.999": 1000, "9.994": 999, "10000000": 1_000_000_000} {
		if got, ok := parseMoney(s); !ok || got != want {
			t.Errorf("%q is %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", ".", "-1", "+1", "1e3", "1,50", "NaN", "99999999", "1.2.3", " 1"} {
		if got, ok := parseMoney(s); ok {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

const timesHead = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"

func TestTimes(t *testing.T) {
	for name, c := range map[string]struct {
		rows string
		want []chepiao.Clock // arrival at each stop, in minutes; nil: left out
		kind string          // of finding
	}{
		"past midnight":       {"T1,23:30:00,23:30:00,S1,1\nT1,25:10:00,25:10:00,S2,2\n", []chepiao.Clock{1410, 1510}, "no-fares"},
		"begins again":        {"T1,23:30:00,23:30:00,S1,1\nT1,0:40:00,0:50:00,S2,2\nT1,2:00:00,2:00:00,S3,3\n", []chepiao.Clock{1410, 1480, 1560}, "times"},
		"falling":             {"T1,10:00:00,10:00:00,S1,1\nT1,9:00:00,9:00:00,S2,2\n", nil, "bad-trip"},
		"filled by distance":  {"T1,08:00:00,08:00:00,S1,1\nT1,,,S2,2\nT1,12:00:00,12:00:00,S3,3\n", []chepiao.Clock{480, 480 + 112, 720}, "times-filled"},
		"no last time":        {"T1,08:00:00,08:00:00,S1,1\nT1,,,S2,2\n", nil, "bad-trip"},
		"one stop":            {"T1,08:00:00,08:00:00,S1,1\n", nil, "bad-trip"},
		"not in order":        {"T1,10:00:00,10:00:00,S2,2\nT1,08:00:00,08:00:00,S1,1\n", []chepiao.Clock{480, 600}, "not-in-order"},
		"the same row twice":  {"T1,08:00:00,08:00:00,S1,1\nT1,08:00:00,08:00:00,S1,1\nT1,10:00:00,10:00:00,S2,2\n", []chepiao.Clock{480, 600}, "repeated-sequence"},
		"a stop that is none": {"T1,08:00:00,08:00:00,S1,1\nT1,09:00:00,09:00:00,S9,2\nT1,10:00:00,10:00:00,S2,3\n", []chepiao.Clock{480, 600}, "unknown-id"},
	} {
		f, rep := mustRead(t, plain(map[string]string{"stop_times": timesHead + c.rows}), november(t))
		if !rep.Has(c.kind) && c.want != nil || rep.Has("bad-trip") != (c.want == nil) {
			t.Errorf("%s: findings %v", name, rep.Findings)
		}
		if len(f.Network.Templates) == 0 {
			if c.want != nil {
				t.Errorf("%s: the trip was left out", name)
			}
			continue
		}
		stops := f.Network.Templates[0].Stops
		if len(stops) != len(c.want) {
			t.Errorf("%s: %d stops", name, len(stops))
			continue
		}
		for i, s := range stops {
			if s.Arrive/60 != c.want[i] {
				t.Errorf("%s: stop %d at %s", name, i, s.Arrive)
			}
		}
	}
}

func TestDistances(t *testing.T) {
	const head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled\n"
	times := func(a, b, c string) map[string]string {
		return map[string]string{"stop_times": head + "T1,08:00:00,08:00:00,S1,1," + a + "\nT1,10:00:00,10:00:00,S2,2," + b + "\nT1,12:30:00,12:30:00,S3,3," + c + "\n"}
	}
	for name, c := range map[string]struct {
		change map[string]string
		want   int32 // metres of the whole trip, to a kilometre
		kind   string
	}{
		"kilometres":  {times("0", "146.2", "295"), 295_000, ""},
		"metres":      {times("0", "146200", "295000"), 295_000, ""},
		"miles":       {times("5", "96", "188.3"), 295_000, ""},
		"feet":        {times("0", "480000", "967848"), 295_000, ""},
		"not growing": {times("0", "146.2", "100"), 330_400, "distances"},
		"absurd":      {times("0", "1", "2"), 330_400, "distances"},
		"by time":     {map[string]string{"stops": "stop_id,stop_name,stop_lat,stop_lon\nS1,A,0,0\nS2,B,99,300\nS3,C,,\n"}, 260_000, "wrong-coordinates"},
	} {
		f, rep := mustRead(t, plain(c.change), november(t))
		got := f.Network.Templates[0].Stops[2].Metres
		if got < c.want-1500 || got > c.want+1500 {
			t.Errorf("%s: %d m", name, got)
		}
		if (c.kind == "") != (rep.Count(Warning) == 0) || c.kind != "" && !rep.Has(c.kind) {
			t.Errorf("%s: findings %v", name, rep.Findings)
		}
	}
}

func TestFarStop(t *testing.T) {
	stops := "stop_id,stop_name,stop_lat,stop_lon\nS1,石家庄,38.0428,114.5149\nS2,保定,-38.8739,115.4646\nS3,北京,39.9042,116.4074\n"
	f, rep := mustRead(t, plain(map[string]string{"stops": stops}), november(t))
	if s := f.Network.Stations; s[1].Lat != 0 || s[0].Lat == 0 || s[2].Lat == 0 || !rep.Has("wrong-coordinates") {
		t.Errorf("stations %+v", s)
	}
	// As far away, but with the time it takes: a long line, not a mistake.
	long := timesHead + "T1,08:00:00,08:00:00,S1,1\nT1,80:00:00,80:00:00,S2,2\n"
	trips := map[string]string{"stops": "stop_id,stop_name,stop_lat,stop_lon\nS1,石家庄,38.0428,114.5149\nS2,乌鲁木齐,43.8256,87.6168\nS3,北京,39.9042,116.4074\n", "stop_times": long}
	if f, rep := mustRead(t, plain(trips), november(t)); f.Network.Stations[1].Lat == 0 || rep.Has("wrong-coordinates") {
		t.Errorf("findings %v", rep.Findings)
	}
}

func TestSpell(t *testing.T) {
	for name, want := range map[string][2]string{
		"石家庄":                    {"shijiazhuang", "sjz"},
		"乐亭县客运站":                 {"laotingxiankeyunzhan", "ltxkyz"},
		"重庆北":                    {"chongqingbei", "cqb"},
		"Waterville, ME / Colby": {"watervillemecolby", "wmc"},
		"St. John's Café 2":      {"stjohnscafe2", "sjc2"},
		"北京T3航站楼":                {"beijingt3hangzhanlou", "bjthzl"},
		"":                       {"", ""},
	} {
		if full, initials := spell(name); full != want[0] || initials != want[1] {
			t.Errorf("%q is spelled %q, %q", name, full, initials)
		}
	}
}
