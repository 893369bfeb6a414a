package gtfs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"chepiao"
)

// day is a day that a test is sure of.
func day(t testing.TB, s string) chepiao.Day {
	t.Helper()
	d, err := chepiao.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// files makes a feed of named tables; names have no ".txt".
func files(tables map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	for name, text := range tables {
		fs[name+".txt"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

// plain is a small feed without a fault; change replaces tables in it.
func plain(change map[string]string) fstest.MapFS {
	tables := map[string]string{
		"agency":     "agency_id,agency_name,agency_timezone\nA,Ji An Coaches,Asia/Shanghai\n",
		"stops":      "stop_id,stop_name,stop_lat,stop_lon\nS1,石家庄,38.0428,114.5149\nS2,保定,38.8739,115.4646\nS3,北京,39.9042,116.4074\n",
		"routes":     "route_id,agency_id,route_short_name,route_type\nR1,A,101,3\n",
		"calendar":   "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nD,1,1,1,1,1,1,1,20260101,20271231\n",
		"trips":      "route_id,service_id,trip_id\nR1,D,T1\n",
		"stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,S1,1\nT1,10:00:00,10:10:00,S2,2\nT1,12:30:00,12:30:00,S3,3\n",
	}
	for name, text := range change {
		if text == "" {
			delete(tables, name)
		} else {
			tables[name] = text
		}
	}
	return files(tables)
}

func november(t testing.TB) Options { return Options{From: day(t, "2026-11-22"), Days: 30} }

// mustRead reads a feed that can be read and checks what comes out.
func mustRead(t testing.TB, src fstest.MapFS, o Options) (*Feed, *Report) {
	t.Helper()
	f, rep, err := Read(src, o, nil)
	if err != nil {
		t.Fatalf("reading the feed: %v", err)
	}
	sound(t, f, o)
	return f, rep
}

// sound checks what every feed that was read must be, whatever was in it.
func sound(t testing.TB, f *Feed, o Options) {
	t.Helper()
	n := &f.Network
	must := func(ok bool, format string, args ...any) {
		t.Helper()
		if !ok {
			t.Fatalf(format, args...)
		}
	}
	must(len(f.StationKeys) == len(n.Stations) && len(f.LineKeys) == len(n.Lines), "keys are not parallel")
	must(len(f.TemplateKeys) == len(n.Templates) && len(f.TemplateHash) == len(n.Templates), "template keys are not parallel")
	must(n.Zone != nil && n.Currency != "", "no zone or currency")
	unique := map[string]bool{}
	once := func(kind, s string) {
		t.Helper()
		must(s != "" && !unique[kind+s], "%s %q is empty or stands twice", kind, s)
		unique[kind+s] = true
	}
	carriers, vehicles := map[string]bool{}, map[string]int{}
	for _, c := range n.Carriers {
		once("carrier", c.Code)
		carriers[c.Code] = true
	}
	for _, v := range n.Vehicles {
		once("vehicle", v.Code)
		vehicles[v.Code] = v.Seats
		must(v.Seats > 0 && v.Seats <= chepiao.SeatsMax && len(v.Plan()) == v.Seats, "vehicle %s has %d seats", v.Code, v.Seats)
	}
	for i, s := range n.Stations {
		must(s.No == chepiao.StationNo(i+1), "station %d has number %d", i, s.No)
		once("station", s.Code)
		once("station key", f.StationKeys[i])
		must(s.Name != "" && s.Kind != "", "station %s has no name or kind", s.Code)
		must((s.Kind == chepiao.CoachStation) || s.Level == 0, "%s is no station but has a level", s.Code)
		must(strings.Trim(s.Pinyin, "abcdefghijklmnopqrstuvwxyz0123456789 '") == "", "pinyin %q", s.Pinyin)
	}
	for i, l := range n.Lines {
		must(l.No == chepiao.LineNo(i+1) && carriers[l.Carrier] && l.Name != "", "line %+v", l)
		once("line", l.Code)
		once("line key", f.LineKeys[i])
		for pair, m := range l.Fares {
			must(m >= 0 && pair.From > 0 && pair.To > 0, "fare %v %v", pair, m)
		}
	}
	for i := range n.Templates {
		once("template key", f.TemplateKeys[i])
		soundTemplate(t, n, i, o, vehicles)
	}
}

func soundTemplate(t testing.TB, n *chepiao.Network, i int, o Options, vehicles map[string]int) {
	t.Helper()
	tm := &n.Templates[i]
	if tm.No != chepiao.TemplateNo(i+1) || tm.Line < 1 || int(tm.Line) > len(n.Lines) || tm.Number == "" {
		t.Fatalf("template %+v", tm)
	}
	if tm.Legs() < 1 || tm.Legs() > chepiao.LegsMax || vehicles[tm.Vehicle] == 0 {
		t.Fatalf("template %s has %d legs and vehicle %q", tm.Number, tm.Legs(), tm.Vehicle)
	}
	switch {
	case tm.Kind == chepiao.Fixed && (tm.Seats < 1 || tm.Seats > vehicles[tm.Vehicle]):
		t.Fatalf("template %s has %d seats", tm.Number, tm.Seats)
	case tm.Kind == chepiao.Flow && (tm.Seats < 1 || tm.Seats > FlowPlacesMax || tm.Last < tm.Stops[0].Depart):
		t.Fatalf("flow template %+v", tm)
	}
	last, ok := tm.Days.Last()
	if !ok || last >= o.From+chepiao.Day(max(o.Days, 1)) && o.Days > 0 || tm.Days.First < o.From {
		t.Fatalf("template %s runs outside the days wanted", tm.Number)
	}
	before := tm.Stops[0]
	for j, s := range tm.Stops {
		if s.Station < 1 || int(s.Station) > len(n.Stations) || s.Arrive > s.Depart || s.Arrive < 0 || s.Depart > chepiao.ClockMax {
			t.Fatalf("template %s stop %d: %+v", tm.Number, j, s)
		}
		if s.Arrive < before.Depart && j > 0 || s.Metres < before.Metres {
			t.Fatalf("template %s goes back at stop %d: %+v after %+v", tm.Number, j, s, before)
		}
		before = s
	}
	if tm.Stops[0].Metres != 0 || tm.Stops[0].Alight || before.Board {
		t.Fatalf("template %s begins or ends wrongly: %+v … %+v", tm.Number, tm.Stops[0], before)
	}
}

func TestRealFeed(t *testing.T) {
	name := filepath.Join("..", "..", "shared", "data", "concord_coach_gtfs.zip")
	if _, err := os.Stat(name); err != nil {
		t.Skip("needs ../shared/data/concord_coach_gtfs.zip")
	}
	src, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	o := november(t)
	var seen []Progress
	f, rep, err := Read(src, o, func(p Progress) { seen = append(seen, p) })
	if err != nil {
		t.Fatal(err)
	}
	sound(t, f, o)
	var b bytes.Buffer
	if err := rep.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
	if rep.Stations < 30 || rep.Templates < 100 || rep.Count(Error) != 0 {
		t.Errorf("read %d stations and %d templates with %d errors", rep.Stations, rep.Templates, rep.Count(Error))
	}
	o.From, o.Shift = day(t, "2031-03-03"), true // the feed ends in May 2029
	if f, rep, err = Read(src, o, nil); err != nil || rep.Templates < 100 || rep.ShiftWeeks == 0 || rep.FirstDay != "2031-03-03" {
		t.Errorf("shifted: %d templates from %s, moved by %d weeks, %v", rep.Templates, rep.FirstDay, rep.ShiftWeeks, err)
	}
	sound(t, f, o)
	if last := seen[len(seen)-1]; last.Done != last.Total || last.Total == 0 {
		t.Errorf("progress ends at %d of %d", last.Done, last.Total)
	}
}
