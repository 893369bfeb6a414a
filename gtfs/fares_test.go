package gtfs

import (
	"path/filepath"
	"testing"

	"chepiao"
)

// fareOf is the fare in the table of the line with a key, by stop_id.
func fareOf(t *testing.T, f *Feed, line, from, to string) (chepiao.Money, bool) {
	t.Helper()
	no := func(id string) chepiao.StationNo {
		for i, key := range f.StationKeys {
			if key == id {
				return chepiao.StationNo(i + 1)
			}
		}
		t.Fatalf("no stop %s", id)
		return 0
	}
	for i, key := range f.LineKeys {
		if key == line {
			m, ok := f.Network.Lines[i].Fares[chepiao.Pair{From: no(from), To: no(to)}]
			return m, ok
		}
	}
	t.Fatalf("no line %s", line)
	return 0, false
}

// none is the fare of a journey that no table prices.
const none chepiao.Money = -1

type wantFare struct {
	line, from, to string
	fen            chepiao.Money
}

func checkFares(t *testing.T, f *Feed, wants []wantFare) {
	t.Helper()
	for _, w := range wants {
		m, ok := fareOf(t, f, w.line, w.from, w.to)
		if ok != (w.fen != none) || ok && m != w.fen {
			t.Errorf("%s from %s to %s costs %v (%v), want %v", w.line, w.from, w.to, m, ok, w.fen)
		}
	}
}

func TestFaresV1(t *testing.T) {
	src, err := Open(filepath.Join("testdata", "fares"))
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := Read(src, november(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Network.Currency != "USD" {
		t.Errorf("currency %s", f.Network.Currency)
	}
	checkFares(t, f, []wantFare{
		{"R1/0", "A", "B", 550}, {"R1/0", "A", "C", 1000}, // the rule that names the route, rounded half up
		{"R1/0", "B", "C", none},                         // only in euros
		{"R2/0", "A", "B", 550}, {"R2/0", "B", "C", 700}, // zones say more than the route
		{"R3/0", "A", "C", 900}, {"R3/0", "C", "A", none},
	})
}

func TestFaresV2(t *testing.T) {
	change := map[string]string{
		"routes":           "route_id,agency_id,route_short_name,route_type,network_id\nR1,A,101,3,N1\nR2,A,102,3,\n",
		"trips":            "route_id,service_id,trip_id\nR1,D,T1\nR2,D,T2\n",
		"route_networks":   "network_id,route_id\nN2,R2\n",
		"rider_categories": "rider_category_id,rider_category_name,is_default_fare_category\nadult,Adult,1\nchild,Child,0\n",
		"fare_products":    "fare_product_id,fare_product_name,rider_category_id,fare_media_id,amount,currency\nP1,,adult,cash,30,CNY\nP1,,adult,app,28,CNY\nP1,,child,cash,15,CNY\nP2,,,,70.5,CNY\nP3,,,,5,CNY\n",
		"stop_areas":       "area_id,stop_id\nA1,S1\nA2,S2\nA3,S3\nA1,NOSTOP\n",
		"fare_leg_rules":   "network_id,from_area_id,to_area_id,fare_product_id,from_timeframe_group_id\nN1,A1,A2,P1,\nN1,A1,A3,P2,\nN1,A2,A3,P3,night\n,,,P3,\n",
		"stop_times":       "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,S1,1\nT1,10:00:00,10:10:00,S2,2\nT1,12:30:00,12:30:00,S3,3\nT2,08:00:00,08:00:00,S1,1\nT2,10:00:00,10:10:00,S2,2\n",
	}
	f, rep := mustRead(t, plain(change), november(t))
	checkFares(t, f, []wantFare{
		{"R1/0", "S1", "S2", 3000}, {"R1/0", "S1", "S3", 7050}, // full fare, cash
		{"R1/0", "S2", "S3", none}, // only at night
		{"R2/0", "S1", "S2", none}, // areas that other rules name do not match the empty rule
	})
	if !rep.Has("fare-timeframe") || !rep.Has("rider-category") || !rep.Has("unknown-id") {
		t.Errorf("findings %v", rep.Findings)
	}
	// With priorities an empty field matches everything, and the highest wins.
	change["fare_leg_rules"] = "network_id,from_area_id,to_area_id,fare_product_id,rule_priority\nN1,A1,A2,P1,1\nN1,,,P2,2\n,,,P3,\n"
	f, _ = mustRead(t, plain(change), november(t))
	checkFares(t, f, []wantFare{{"R1/0", "S1", "S2", 7050}, {"R1/0", "S2", "S3", 7050}, {"R2/0", "S1", "S2", 500}})
}

func TestExtensions(t *testing.T) {
	src, err := Open(filepath.Join("testdata", "extended"))
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := Read(src, november(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkFares(t, f, []wantFare{{"R1/0", "S1", "S2", 4500}, {"R1/1", "S2", "S1", 4600}, {"R1/0", "S1", "S3", 16000}, {"R1/0", "S2", "S3", none}})
	s := f.Network.Stations[0]
	want := chepiao.Station{No: 1, Code: "130100SJZ", Name: "石家庄客运总站", English: "Shijiazhuang Coach Station", Pinyin: "shijiazhuangkeyunzongzhan",
		Initials: "sjzkyzz", Kind: chepiao.CoachStation, Level: 1, Region: "130102", Address: "站前街1号", Phone: "0311-5550001", Lat: 38.0428, Lon: 114.5149}
	if s != want {
		t.Errorf("station %+v", s)
	}
	if s := f.Network.Stations[2]; s.Kind != chepiao.RoadsideStop || s.Pinyin != "laoting" || s.Initials != "lt" {
		t.Errorf("station %+v", s)
	}
	templates := map[string]chepiao.Template{}
	for i, tm := range f.Network.Templates {
		templates[f.TemplateKeys[i]] = tm
	}
	for key, want := range map[string]chepiao.Template{
		"T1": {Number: "JA1001", Kind: chepiao.Fixed, Vehicle: "V33", Seats: 33, Gate: "3"},
		"T2": {Number: "JA1002", Kind: chepiao.Flow, Vehicle: "V33", Seats: 600, Interval: 20, Last: 18*3600 + 1800},
		"T3": {Number: "JA1003", Kind: chepiao.Fixed, Vehicle: "coach-40", Seats: 40},
		"T4": {Number: "JA1004", Kind: chepiao.Fixed, Vehicle: "V33", Seats: 33},
		"T5": {Number: "JA1005", Kind: chepiao.Fixed, Vehicle: "coach-120", Seats: 120},
		"T6": {Number: "JA1006", Kind: chepiao.Fixed, Vehicle: "V7", Seats: 7},
		"T7": {Number: "JA1007", Kind: chepiao.Flow, Vehicle: "coach-49", Seats: 2000, Interval: 20, Last: 19*3600 + 2400},
	} {
		got := templates[key]
		if got.Number != want.Number || got.Kind != want.Kind || got.Vehicle != want.Vehicle || got.Seats != want.Seats ||
			got.Gate != want.Gate || got.Interval != want.Interval || got.Last != want.Last {
			t.Errorf("%s is %+v", key, got)
		}
	}
	if got := templates["T7"].Stops; got[0].Depart != 6*3600 || got[1].Arrive != 8*3600 {
		t.Errorf("the trip with headways runs %+v", got)
	}
	if got := templates["T1"].Stops[2].Metres; got != 530_000 {
		t.Errorf("530 km became %d m", got)
	}
	if f.Network.Lines[0].Class != 2 || f.Network.Lines[1].Code != "101-1" {
		t.Errorf("lines %+v", f.Network.Lines)
	}
}
