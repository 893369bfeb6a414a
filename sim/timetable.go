package sim

import (
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
)

// timetable is a small province: three towns on one road, small coaches, so that
// seats run out and legs are sold apart, and a flow departure.
func timetable() fs.FS {
	files := map[string]*strings.Builder{}
	row := func(file, format string, args ...any) {
		if files[file] == nil {
			files[file] = &strings.Builder{}
		}
		fmt.Fprintf(files[file], format+"\n", args...)
	}
	row("agency.txt", "agency_id,agency_name,agency_url,agency_timezone\nC,模拟运输公司,http://carrier.example,Asia/Shanghai")
	row("calendar.txt", "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20240101,20991231")
	row("stops.txt", "stop_id,stop_name\nA,甲县\nB,乙县\nC,丙县")
	row("routes.txt", "route_id,agency_id,route_long_name,route_type,chepiao_class")
	row("trips.txt", "route_id,service_id,trip_id,trip_short_name,direction_id,chepiao_kind,chepiao_gate,chepiao_last,chepiao_seats")
	row("stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence")
	row("chepiao_fares.txt", "route_id,direction_id,from_stop_id,to_stop_id,fen")
	for _, way := range []string{"ABC", "BCA"} {
		row("routes.txt", "%s,C,%s,3,1", way, way)
		for from := range way {
			for to := from + 1; to < len(way); to++ {
				row("chepiao_fares.txt", "%s,0,%c,%c,%d", way, way[from], way[to], 1500*(to-from)+137)
			}
		}
		for i, hour := range []int{7, 10, 13, 16} {
			id := fmt.Sprintf("%s%d", way, hour)
			row("trips.txt", "%s,S,%s,%s,0,fixed,1,,%d", way, id, id, 6+2*i)
			for n, stop := range way {
				row("stop_times.txt", "%s,%02d:%02d:00,%02d:%02d:00,%c,%d", id, hour+n, 10*n, hour+n, 10*n, stop, n+1)
			}
		}
	}
	row("routes.txt", "F,C,F,3,1")
	row("trips.txt", "F,S,F,F,0,flow,2,18:00:00,12")
	row("stop_times.txt", "F,08:00:00,08:00:00,A,1\nF,09:00:00,09:00:00,B,2")
	row("chepiao_fares.txt", "F,0,A,B,1200")
	feed := fstest.MapFS{}
	for file, text := range files {
		feed[file] = &fstest.MapFile{Data: []byte(text.String())}
	}
	return feed
}
