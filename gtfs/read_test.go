package gtfs

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chepiao"
)

func TestPlainFeed(t *testing.T) {
	f, rep := mustRead(t, plain(nil), november(t))
	if len(rep.Findings) != 1 || !rep.Has("no-fares") {
		t.Errorf("findings %v", rep.Findings)
	}
	n := f.Network
	if n.Name != "Ji An Coaches" || n.Currency != "CNY" || n.Zone.String() != "Asia/Shanghai" {
		t.Errorf("network %q in %s, %s", n.Name, n.Currency, n.Zone)
	}
	if s := n.Stations[0]; s.Pinyin != "shijiazhuang" || s.Initials != "sjz" || s.English != "" || s.Code != "S1" {
		t.Errorf("station %+v", s)
	}
	if l := n.Lines[0]; l.Name != "石家庄 – 北京" || l.Code != "101" || f.LineKeys[0] != "R1/0" || l.Class != 0 {
		t.Errorf("line %+v, key %s", l, f.LineKeys[0])
	}
	tm := n.Templates[0]
	if tm.Number != "101-0800" || tm.Seats != SeatsDefault || tm.Vehicle != "coach-49" || tm.Kind != chepiao.Fixed {
		t.Errorf("template %+v", tm)
	}
	air := chepiao.Metres(38.0428, 114.5149, 38.8739, 115.4646)
	if got := float64(tm.Stops[1].Metres); got < air*1.24 || got > air*1.26 {
		t.Errorf("%.0f m by air became %.0f m", air, got)
	}
	for d := day(t, "2026-11-20"); d < day(t, "2026-12-25"); d++ {
		if want := d >= day(t, "2026-11-22") && d < day(t, "2026-11-22")+30; tm.Days.Has(d) != want {
			t.Errorf("runs on %s: %v", d, !want)
		}
	}
}

func TestMissingFilesAreNamed(t *testing.T) {
	for name, want := range map[string]string{
		"agency": "agency.txt", "stops": "stops.txt", "routes": "routes.txt", "trips": "trips.txt",
		"stop_times": "stop_times.txt", "calendar": "calendar.txt or calendar_dates.txt",
	} {
		_, rep, err := Read(plain(map[string]string{name: ""}), november(t), nil)
		if err == nil || !strings.Contains(err.Error(), want) || rep == nil {
			t.Errorf("without %s: %v", name, err)
		}
	}
	_, _, err := Read(plain(map[string]string{"stops": "stop_name\nx\n"}), november(t), nil)
	if err == nil || !strings.Contains(err.Error(), "stops.txt has no column stop_id") {
		t.Errorf("without a column: %v", err)
	}
	_, rep := mustRead(t, plain(map[string]string{"frequencies": "trip\nT1\n"}), november(t))
	if !rep.Has("missing-column") {
		t.Error("an optional table without its columns is not reported")
	}
}

func TestShift(t *testing.T) {
	const head = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
	ended := plain(map[string]string{"calendar": head + "D,1,0,0,0,0,1,0,20200101,20201231\n", "calendar_dates": "service_id,date,exception_type\nD,20201205,2\n"})
	o := november(t)
	f, rep := mustRead(t, ended, o)
	if len(f.Network.Templates) != 0 || !rep.Has("calendar-ended") {
		t.Errorf("an ended feed gave %d templates", len(f.Network.Templates))
	}
	found := rep.Findings[slices.IndexFunc(rep.Findings, func(x Finding) bool { return x.Kind == "calendar-ended" })]
	if !strings.Contains(found.Done, "--shift") || found.Value != "2020-12-31" {
		t.Errorf("the finding %q does not help", found)
	}
	o.Shift = true
	f, rep = mustRead(t, ended, o)
	if rep.ShiftWeeks == 0 || rep.ShiftDays != 7*rep.ShiftWeeks || !rep.Has("shifted") {
		t.Fatalf("shifted by %d weeks", rep.ShiftWeeks)
	}
	off := day(t, "2020-12-05") + chepiao.Day(rep.ShiftDays)
	days := f.Network.Templates[0].Days
	for d := o.From; d < o.From+chepiao.Day(o.Days); d++ {
		w := d.Weekday().String()
		if want := (w == "Monday" || w == "Saturday") && d != off; days.Has(d) != want {
			t.Errorf("%s %s runs: %v", w, d, !want)
		}
	}
	// A feed that has not ended is not moved.
	if _, rep = mustRead(t, plain(nil), o); rep.ShiftWeeks != 0 {
		t.Errorf("a living feed was shifted by %d weeks", rep.ShiftWeeks)
	}
	for _, c := range [][5]chepiao.Day{ // first, last, from, to, weeks
		{0, 364, 400, 430, 10}, {0, 6, 100, 130, 14}, {0, 0, 100, 130, 15}, {0, 99, 100, 129, 5}, {0, 8, 9, 9, 1},
	} {
		if got := shiftWeeks(c[0], c[1], c[2], c[3]); got != int(c[4]) {
			t.Errorf("shiftWeeks(%v) = %d", c, got)
		} else if c[1]+chepiao.Day(got*7) < c[2] {
			t.Errorf("shiftWeeks(%v) still ends before", c)
		}
	}
}

func TestHashAndKeysAcrossVersions(t *testing.T) {
	o := november(t)
	old, _ := mustRead(t, plain(nil), o)
	same := map[string]fstest.MapFS{
		"another calendar": plain(map[string]string{"calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nD,1,0,1,1,1,1,1,20260101,20271231\n"}),
		"another order of stops": plain(map[string]string{
			"stops":      "stop_id,stop_name,stop_lat,stop_lon\nS0,New,38,115\nS3,北京,39.9042,116.4074\nS2,保定,38.8739,115.4646\nS1,石家庄,38.0428,114.5149\n",
			"trips":      "route_id,service_id,trip_id\nR1,D,T0\nR1,D,T1\n",
			"stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT0,08:00:00,08:00:00,S0,1\nT0,10:00:00,10:10:00,S2,2\nT1,08:00:00,08:00:00,S1,1\nT1,10:00:00,10:10:00,S2,2\nT1,12:30:00,12:30:00,S3,3\n",
		}),
	}
	for name, src := range same {
		f, _ := mustRead(t, src, o)
		if i := slices.Index(f.TemplateKeys, "T1"); i < 0 || f.TemplateHash[i] != old.TemplateHash[0] {
			t.Errorf("%s changed the hash", name)
		}
	}
	changed := map[string]fstest.MapFS{
		"a later arrival": plain(map[string]string{"stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,S1,1\nT1,10:00:00,10:10:00,S2,2\nT1,12:31:00,12:31:00,S3,3\n"}),
		"no boarding":     plain(map[string]string{"stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\nT1,08:00:00,08:00:00,S1,1,0\nT1,10:00:00,10:10:00,S2,2,1\nT1,12:30:00,12:30:00,S3,3,0\n"}),
		"a number":        plain(map[string]string{"trips": "route_id,service_id,trip_id,trip_short_name\nR1,D,T1,JA1\n"}),
	}
	for name, src := range changed {
		if f, _ := mustRead(t, src, o); f.TemplateHash[0] == old.TemplateHash[0] {
			t.Errorf("%s left the hash as it was", name)
		}
	}
	o.Seats = 33
	if f, _ := mustRead(t, plain(nil), o); f.TemplateHash[0] == old.TemplateHash[0] {
		t.Error("other seats left the hash as it was")
	}
}

func TestZipWithSubfolder(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, file := range plain(nil) {
		w, err := z.Create("feed/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(file.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, rep, err := Read(r, november(t), nil)
	if err != nil || len(f.Network.Templates) != 1 || !rep.Has("subfolder") {
		t.Errorf("read %v, %v", f, err)
	}
	two := fstest.MapFS{"a/stops.txt": {}, "b/stops.txt": {}}
	if _, _, err := Read(two, november(t), nil); err == nil || !strings.Contains(err.Error(), "several folders") {
		t.Errorf("two feeds in one: %v", err)
	}
}

// bomb is a file that never ends, as a zip bomb would seem to.
type bomb struct {
	fs.FS
	head, body string
}

type bombFile struct {
	fs.File
	rest io.Reader
}

func (f bombFile) Read(p []byte) (int, error) { return f.rest.Read(p) }

type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

func (b bomb) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err != nil || name != "stops.txt" {
		return f, err
	}
	return bombFile{f, io.MultiReader(strings.NewReader(b.head), endless(b.body))}, nil
}

func TestBombs(t *testing.T) {
	for name, b := range map[string]bomb{
		"a row without end": {head: "stop_id,stop_name\nS1,\"", body: strings.Repeat("x", 1000)},
		"a header":          {head: "stop_id", body: strings.Repeat("x", 1000)},
		"rows without end":  {head: "stop_id,stop_name\n", body: "S1,x\n"},
	} {
		b.FS = plain(nil)
		if testing.Short() && name == "rows without end" {
			continue
		}
		_, _, err := Read(b, november(t), nil)
		if err == nil || !strings.Contains(err.Error(), "stops.txt") {
			t.Errorf("%s: %v", name, err)
		}
		t.Log(err)
	}
}

func TestBytesAreBounded(t *testing.T) {
	read := 0
	tb := &tables{fs: fstest.MapFS{"x.txt": {Data: bytes.Repeat([]byte("a\n"), 50_000)}}, rep: &Report{}, sizes: map[string]int64{"x.txt": 10}, budget: 50_000}
	err := tb.each("x.txt", nil, func(*row) error { read++; return nil })
	if err == nil || !strings.Contains(err.Error(), "larger than") || read == 0 || read > 25_000 {
		t.Errorf("after %d rows: %v", read, err)
	}
}

func TestOddCharacters(t *testing.T) {
	stops := "stop_id,stop_name,stop_lat,stop_lon\n\"S\n1\",\"石\u202e家\x00\r\n 庄\",38.0428,114.5149\nS2,保定,38.8739,115.4646\n"
	times := timesHead + "T1,08:00:00,08:00:00,\"S\n1\",1\nT1,10:00:00,10:00:00,S2,2\n"
	f, _ := mustRead(t, plain(map[string]string{"stops": stops, "stop_times": times}), november(t))
	if s := f.Network.Stations[0]; s.Name != "石家 庄" || s.Code != "S 1" || f.StationKeys[0] != "S 1" {
		t.Errorf("station %q, %q", s.Name, s.Code)
	}
}

func TestSeatsByRoute(t *testing.T) {
	got, err := ReadSeats(strings.NewReader("\ufeffroute_id,seats\r\nR1,33\r\n\r\nR2, 19\r\n"))
	if err != nil || got["R1"] != 33 || got["R2"] != 19 || len(got) != 2 {
		t.Fatalf("read %v, %v", got, err)
	}
	o := november(t)
	o.SeatsByRoute = got
	f, _ := mustRead(t, plain(nil), o)
	if tm := f.Network.Templates[0]; tm.Seats != 33 || tm.Vehicle != "coach-33" {
		t.Errorf("template %+v", tm)
	}
	for text, want := range map[string]string{
		"":                              "empty",
		"route,seats\n":                 "first line",
		"route_id,seats\nR1\n":          "line 2: no seats",
		"route_id,seats\n,4\n":          "line 2: no route_id",
		"route_id,seats\nR1,121\n":      "line 2: \"121\"",
		"route_id,seats\nR1,x\n":        "line 2: \"x\"",
		"route_id,seats\nR1,4\n\nR1,4n": "line 4",
		"route_id,seats\nR1,4\nR1,4\n":  "line 3: the route R1 stands twice",
	} {
		if _, err := ReadSeats(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Days: -1}, {Days: chepiao.DaysMax + 1}, {Seats: -1}, {Seats: chepiao.SeatsMax + 1}} {
		if _, _, err := Read(plain(nil), o, nil); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	train := plain(map[string]string{"routes": "route_id,agency_id,route_short_name,route_type\nR1,A,101,2\n"})
	o := november(t)
	if f, _ := mustRead(t, train, o); len(f.Network.Templates) != 0 {
		t.Error("a train was read as a coach")
	}
	o.AllModes = true
	if f, _ := mustRead(t, train, o); len(f.Network.Templates) != 1 {
		t.Error("AllModes left the train out")
	}
}

func TestLongLine(t *testing.T) {
	for stops, want := range map[int]int{65: 1, 66: 0} {
		var b strings.Builder
		b.WriteString("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
		for i := range stops {
			fmt.Fprintf(&b, "T1,%02d:%02d:00,%02d:%02d:00,S%d,%d\n", 6+i/6, i%6*10, 6+i/6, i%6*10, 1+i%2, i)
		}
		f, rep := mustRead(t, plain(map[string]string{"stop_times": b.String()}), november(t))
		if len(f.Network.Templates) != want || rep.Has("long-line") != (want == 0) {
			t.Errorf("%d stops gave %d templates", stops, len(f.Network.Templates))
		}
	}
}
