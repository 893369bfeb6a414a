package demo_test

import (
	"bytes"
	"strings"
	"testing"

	"chepiao"
	"chepiao/demo"
	"chepiao/gtfs"
)

// read reads the demo network for the next two weeks of a Sunday.
func read(t *testing.T) (*gtfs.Feed, chepiao.Day) {
	t.Helper()
	from, err := chepiao.ParseDay("2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	f, rep, err := gtfs.Read(demo.Feed(), gtfs.Options{From: from, Days: 15}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := rep.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if rep.Count(gtfs.Error)+rep.Count(gtfs.Warning) != 0 {
		t.Fatalf("the demo network has problems:\n%s", &text)
	}
	t.Logf("\n%s", &text)
	return f, from
}

func TestDemoIsAProvince(t *testing.T) {
	f, from := read(t)
	n := &f.Network
	kinds, levels, classes := map[chepiao.StationKind]int{}, map[int]int{}, map[int]int{}
	for _, s := range n.Stations {
		kinds[s.Kind]++
		levels[s.Level]++
		if s.Region == "" || !strings.HasPrefix(s.Code, s.Region) || s.Pinyin == "" || s.Initials == "" || s.English == "" || s.Lat == 0 {
			t.Errorf("station %+v lacks something", s)
		}
		if s.Phone != "" && !strings.HasPrefix(s.Phone, "0311-5550") {
			t.Errorf("the telephone number of %s may be somebody's", s.Name)
		}
	}
	priced := 0
	for _, l := range n.Lines {
		classes[l.Class]++
		if len(l.Fares) > 0 {
			priced++
		}
	}
	for what, ok := range map[string]bool{
		"34 stations":       len(n.Stations) >= 34,
		"all kinds":         kinds[chepiao.CoachStation] >= 30 && kinds[chepiao.ConvenienceStop] >= 3 && kinds[chepiao.RoadsideStop] >= 3,
		"all levels":        levels[1] > 0 && levels[2] > 0 && levels[3] > 0,
		"62 lines":          len(n.Lines) >= 62,
		"all classes":       classes[1] > 0 && classes[2] > 0 && classes[3] > 0 && classes[4] > 0 && classes[0] == 0,
		"6 carriers":        len(n.Carriers) >= 6,
		"5 vehicle types":   len(n.Vehicles) >= 5,
		"some lines priced": priced > 0 && priced < len(n.Lines),
		"yuan":              n.Currency == "CNY" && n.Zone.String() == "Asia/Shanghai",
	} {
		if !ok {
			t.Errorf("want %s: %d stations (%v, levels %v), %d lines (%v, %d priced), %d carriers, %d vehicle types", what,
				len(n.Stations), kinds, levels, len(n.Lines), classes, priced, len(n.Carriers), len(n.Vehicles))
		}
	}
	for d := from; d < from+15; d++ {
		runs, flows, night := 0, 0, 0
		for _, tm := range n.Templates {
			if !tm.Days.Has(d) {
				continue
			}
			runs++
			if tm.Kind == chepiao.Flow {
				flows++
			}
			if tm.Stops[len(tm.Stops)-1].Arrive > 24*3600 {
				night++
			}
		}
		if runs < 260 || flows < 8 || night < 1 {
			t.Errorf("on %s %d departures, %d of them flow, %d through the night", d, runs, flows, night)
		}
	}
}

func TestDemoIsPlausible(t *testing.T) {
	f, _ := read(t)
	n := &f.Network
	vehicles, numbers := map[string]chepiao.VehicleType{}, map[string]bool{}
	for _, v := range n.Vehicles {
		vehicles[v.Code] = v
		if len(v.Layout) == 0 || v.Approved <= v.Seats {
			t.Errorf("vehicle type %+v", v)
		}
	}
	for _, tm := range n.Templates {
		if numbers[tm.Number] {
			t.Errorf("departure number %s stands twice", tm.Number)
		}
		numbers[tm.Number] = true
		first, last := tm.Stops[0], tm.Stops[len(tm.Stops)-1]
		if first.Depart < 5*3600+40*60 || first.Depart > 22*3600+30*60 {
			t.Errorf("%s leaves at %s", tm.Number, first.Depart)
		}
		if kmh := float64(last.Metres) / 1000 / (float64(last.Arrive-first.Depart) / 3600); kmh < 40 || kmh > 85 {
			t.Errorf("%s drives at %.0f km/h", tm.Number, kmh)
		}
		if tm.Kind == chepiao.Fixed && tm.Seats != vehicles[tm.Vehicle].Seats {
			t.Errorf("%s has %d seats in a %s", tm.Number, tm.Seats, tm.Vehicle)
		}
		if tm.Kind == chepiao.Flow && (tm.Interval == 0 || tm.Last <= first.Depart) {
			t.Errorf("flow departure %s has no interval or last coach", tm.Number)
		}
		fares := n.Lines[tm.Line-1].Fares
		if len(fares) == 0 {
			continue
		}
		checkFares(t, &tm, fares)
	}
}

// checkFares wants a fare for every pair of stops, in half yuan, that grows
// with the journey.
func checkFares(t *testing.T, tm *chepiao.Template, fares map[chepiao.Pair]chepiao.Money) {
	t.Helper()
	for a := range tm.Stops {
		before := chepiao.Money(0)
		for b := a + 1; b < len(tm.Stops); b++ {
			from, to := tm.Stops[a], tm.Stops[b]
			m, ok := fares[chepiao.Pair{From: from.Station, To: to.Station}]
			perKm := float64(m) / (float64(to.Metres-from.Metres) / 1000)
			if !ok || m%50 != 0 || m <= before || perKm < 20 || perKm > 80 {
				t.Errorf("%s: stop %d to %d costs %v, %.0f fen/km", tm.Number, a, b, m, perKm)
			}
			before = m
		}
	}
}
