package main

import (
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/gtfs"
)

// Shape of the bench's timetable: coaches of 49 seats on lines of eight stops,
// twenty a day on each line, a flow departure of 2,000 places between two
// stops, and coaches that nobody buys before the bench opens them.
const (
	benchSeats      = 49
	benchFlowPlaces = 2000
	benchStops      = 8
	benchADay       = 20
	benchDays       = 5
)

// benchFeed is a feed of so many departures a day, and so many that open one by
// one, for so many days from today on.
func benchFeed(departures, openings, days int) (*gtfs.Feed, error) {
	var stops, routes, trips, times strings.Builder
	stops.WriteString("stop_id,stop_name,stop_lat,stop_lon\n")
	routes.WriteString("route_id,agency_id,route_long_name,route_type\n")
	trips.WriteString("route_id,service_id,trip_id,trip_short_name,chepiao_kind,chepiao_seats,chepiao_interval,chepiao_last\n")
	times.WriteString("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
	trip := func(route, calls int, id, kind string, minute int) {
		fmt.Fprintf(&trips, "R%d,S,%s,%s,%s\n", route, id, id, kind)
		for i := range calls {
			at := fmt.Sprintf("%02d:%02d:00", (minute+i*25)/60, (minute+i*25)%60)
			fmt.Fprintf(&times, "%s,%s,%s,P%d-%d,%d\n", id, at, at, route, i, i+1)
		}
	}
	lines := (departures + benchADay - 1) / benchADay
	for route := range lines + 1 {
		fmt.Fprintf(&routes, "R%d,X,Line %d,3\n", route, route)
		for i := range benchStops {
			fmt.Fprintf(&stops, "P%d-%d,Stop %d of line %d,%.4f,%.4f\n", route, i, i, route, 36+float64(route%40)/10, 113+float64(i)/5+float64(route/40)/50)
		}
	}
	fixed := fmt.Sprintf("fixed,%d,,", benchSeats)
	for i := range departures {
		trip(i/benchADay, benchStops, fmt.Sprintf("N%d", i), fixed, 6*60+i%benchADay*40)
	}
	trip(lines, 2, "FLOW", fmt.Sprintf("flow,%d,15,20:00:00", benchFlowPlaces), 8*60)
	for i := range openings {
		trip(lines, benchStops, fmt.Sprintf("%s%d", bench.OpeningNumber, i), fixed, 7*60+i*2)
	}
	return readFeed(days, &stops, &routes, &trips, &times)
}

// starFeed is a feed of so many coaches a day that all leave from one stop, to a
// line's other end without a stop between.
func starFeed(departures, days int) (*gtfs.Feed, error) {
	var stops, routes, trips, times strings.Builder
	stops.WriteString("stop_id,stop_name,stop_lat,stop_lon\n" + benchStation + ",The bench's station,38.0000,114.5000\n")
	routes.WriteString("route_id,agency_id,route_long_name,route_type\n")
	trips.WriteString("route_id,service_id,trip_id,trip_short_name,chepiao_kind,chepiao_seats,chepiao_interval,chepiao_last\n")
	times.WriteString("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
	for i := range departures {
		route, minute := i/benchADay, 6*60+i%benchADay*40
		if i%benchADay == 0 {
			fmt.Fprintf(&stops, "P%d-1,End of line %d,%.4f,%.4f\n", route, route, 36+float64(route%40)/10, 113.3+float64(route/40)/50)
			fmt.Fprintf(&routes, "R%d,X,Line %d,3\n", route, route)
		}
		fmt.Fprintf(&trips, "R%d,S,N%d,N%d,fixed,%d,,\n", route, i, i, benchSeats)
		for n, stop := range []string{benchStation, fmt.Sprintf("P%d-1", route)} {
			at := fmt.Sprintf("%02d:%02d:00", (minute+n*90)/60, (minute+n*90)%60)
			fmt.Fprintf(&times, "N%d,%s,%s,%s,%d\n", i, at, at, stop, n+1)
		}
	}
	return readFeed(days, &stops, &routes, &trips, &times)
}

// readFeed reads the tables of a bench's timetable, for so many days from today on.
func readFeed(days int, stops, routes, trips, times fmt.Stringer) (*gtfs.Feed, error) {
	feed, _, err := gtfs.Read(fstest.MapFS{
		"agency.txt":     text("agency_id,agency_name,agency_url,agency_timezone\nX,Bench,https://bench.example,Asia/Shanghai\n"),
		"calendar.txt":   text("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20200101,20991231\n"),
		"stops.txt":      text(stops.String()),
		"routes.txt":     text(routes.String()),
		"trips.txt":      text(trips.String()),
		"stop_times.txt": text(times.String()),
	}, gtfs.Options{From: chepiao.DayOf(time.Now().UTC()), Days: days, Seats: benchSeats}, nil)
	return feed, err
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
