package gtfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenRefusesWhatIsNoFeed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "feed.zip")
	if _, err := Open(name); err == nil {
		t.Error("opened a file that is not there")
	}
	if err := os.WriteFile(name, []byte("PK\x03\x04 but not really"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(name); err == nil || !strings.Contains(err.Error(), "feed.zip") {
		t.Errorf("opened a file that is no zip: %v", err)
	}
}

// TestEdges reads feeds with one oddity each and asks for its finding.
func TestEdges(t *testing.T) {
	const calendar = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
	long := strings.Repeat("x", 400)
	for name, c := range map[string]struct {
		change    map[string]string
		kind      string
		templates int
	}{
		"no agency row":        {map[string]string{"agency": "agency_name,agency_timezone\n"}, "no-agency", 1},
		"no such zone":         {map[string]string{"agency": "agency_id,agency_name,agency_timezone\nA,,Asia/Nowhere\n"}, "timezone", 1},
		"an agency unnamed":    {map[string]string{"agency": "agency_id,agency_name,agency_timezone\nA,,Asia/Shanghai\n"}, "no-fares", 1},
		"a long id":            {map[string]string{"routes": "route_id,route_type\nR1,3\n" + long + ",3\n"}, "long-id", 1},
		"a long name":          {map[string]string{"routes": "route_id,route_long_name,route_type\nR1," + long + ",3\n"}, "long-text", 1},
		"a column twice":       {map[string]string{"routes": "route_id,route_id,route_type\nR1,R2,3\n"}, "duplicate-column", 1},
		"a calendar backwards": {map[string]string{"calendar": calendar + "D,1,1,1,1,1,1,1,20271231,20260101\n"}, "no-service", 0},
		"a calendar undated":   {map[string]string{"calendar": calendar + "D,1,1,1,1,1,1,1,,20260101\n"}, "bad-service", 0},
		"a calendar to come":   {map[string]string{"calendar": calendar + "D,1,1,1,1,1,1,1,20400101,20401231\n"}, "calendar-later", 0},
		"a service twice":      {map[string]string{"calendar": calendar + "D,1,1,1,1,1,1,1,20260101,20271231\nD,0,0,0,0,0,0,0,20260101,20271231\n"}, "duplicate-id", 1},
		"no weekdays":          {map[string]string{"calendar": "service_id,start_date,end_date\nD,20260101,20271231\n"}, "missing-column", 0},
		"an id as a code": {map[string]string{"stops": "stop_id,stop_code,stop_name,stop_lat,stop_lon\nS1,S2,石家庄,38.0428,114.5149\nS2,S2,保定,38.8739,115.4646\nS3,S2,北京,39.9042,116.4074\n"},
			"duplicate-code", 1},
		"a bad currency":     {map[string]string{"fare_attributes": "fare_id,price,currency_type\nF,1,yuan\n"}, "bad-fare", 1},
		"a fare twice":       {map[string]string{"fare_attributes": "fare_id,price,currency_type\nF,1,CNY\nF,2,CNY\n"}, "duplicate-id", 1},
		"flow without times": {map[string]string{"trips": "route_id,service_id,trip_id,chepiao_kind,chepiao_last\nR1,D,T1,flow,noon\n"}, "flow", 1},
		"flow ends early":    {map[string]string{"trips": "route_id,service_id,trip_id,chepiao_kind,chepiao_interval,chepiao_last\nR1,D,T1,flow,20,07:00:00\n"}, "flow", 1},
		"a trip unnamed":     {map[string]string{"trips": "route_id,service_id,trip_id\nR1,D,T1\nR1,D,\n"}, "no-id", 1},
	} {
		f, rep := mustRead(t, plain(c.change), november(t))
		if !rep.Has(c.kind) || len(f.Network.Templates) != c.templates {
			t.Errorf("%s: %d templates, findings %v", name, len(f.Network.Templates), rep.Findings)
		}
	}
}
