package gtfs

import (
	"fmt"

	"chepiao"
)

// trip is a row of trips.txt: what will be one template.
type trip struct {
	id       string
	number   string
	route    int32
	service  int32
	back     bool // direction_id 1
	line     int
	kind     chepiao.DepartureKind
	vehicle  string
	gate     string
	seats    int
	places   int           // of a flow departure, where the feed says
	interval int           // of a flow departure, minutes; 0 unknown
	last     chepiao.Clock // of a flow departure; 0 unknown
	start    chepiao.Clock // of a trip with headways: of its first coach
	coaches  int           // of a trip with headways; 0: it has none
}

func (r *reading) readTrips() error {
	r.tripIDs = ids{}
	skipped := 0
	err := r.tables.each("trips.txt", []string{"route_id", "service_id", "trip_id"}, func(row *row) error {
		id := row.id("trip_id")
		if id == "" {
			row.add(Error, "no-id", "trip_id", "", "a trip without an id", "the trip was left out")
			return nil
		}
		if _, ok := r.tripIDs[id]; ok {
			row.add(Error, "duplicate-id", "trip_id", id, "this id has a row already", "the first row stands")
			return nil
		}
		r.tripIDs[id] = leftOut
		route, ok := r.routeIDs[row.raw("route_id")]
		if !ok {
			row.add(Error, "unknown-id", "route_id", row.raw("route_id"), "no such route", "the trip "+clip(id)+" was left out")
			return nil
		}
		if route == leftOut {
			skipped++
			return nil
		}
		service, ok := r.serviceIDs[row.raw("service_id")]
		if !ok {
			row.add(Error, "unknown-id", "service_id", row.raw("service_id"), "no such service", "the trip "+clip(id)+" was left out")
			return nil
		}
		r.services[service].used = true
		t := trip{id: id, route: route, service: service, line: row.line(), back: row.whole("direction_id", 0, 1, 0) == 1,
			number: row.text("trip_short_name"), gate: row.text("chepiao_gate")}
		r.readKind(&t, row)
		r.seat(&t, row)
		r.tripIDs[id] = int32(len(r.trips))
		r.trips = append(r.trips, t)
		return nil
	})
	if skipped > 0 {
		r.rep.add(Note, "other-mode", "trips.txt", 0, "route_id", "", fmt.Sprintf("trips of routes that were left out: %d", skipped), "left out")
	}
	return err
}

// readKind reads the extension columns that make a trip a flow departure.
func (r *reading) readKind(t *trip, row *row) {
	t.kind = chepiao.Fixed
	switch kind := row.raw("chepiao_kind"); kind {
	case "", string(chepiao.Fixed):
		return
	case string(chepiao.Flow):
		t.kind = chepiao.Flow
	default:
		row.add(Warning, "bad-value", "chepiao_kind", kind, "neither fixed nor flow", "read as fixed")
		return
	}
	t.interval = row.whole("chepiao_interval", 1, 24*60, 0)
	last, ok, err := row.clock("chepiao_last")
	if err != nil {
		row.add(Warning, "bad-time", "chepiao_last", row.raw("chepiao_last"), err.Error(), "read as empty")
	}
	if ok {
		t.last = last
	}
	if t.interval == 0 || t.last == 0 {
		row.add(Warning, "flow", "chepiao_kind", "flow", "a flow departure needs chepiao_interval and chepiao_last", "what is missing is unknown to passengers too")
	}
}

// readFrequencies makes flow departures of trips that run every so many
// minutes. Several rows of one trip become one departure from the first start
// to the last coach.
func (r *reading) readFrequencies() error {
	err := r.tables.each("frequencies.txt", []string{"trip_id", "start_time", "end_time", "headway_secs"}, func(row *row) error {
		i, ok := r.tripIDs[row.raw("trip_id")]
		if !ok {
			row.add(Error, "unknown-id", "trip_id", row.raw("trip_id"), "no such trip", "the headway was left out")
			return nil
		}
		if i == leftOut {
			return nil
		}
		start, okStart, _ := row.clock("start_time")
		end, okEnd, _ := row.clock("end_time")
		headway := chepiao.Clock(row.whole("headway_secs", 1, 24*3600, 0))
		if !okStart || !okEnd || end <= start || headway == 0 {
			row.add(Error, "bad-headway", "start_time", row.raw("start_time"), "not a start, a later end and the seconds between coaches", "the headway was left out")
			return nil
		}
		n := (end - start + headway - 1) / headway // end_time itself has no coach
		last, minutes := start+(n-1)*headway, int(headway+59)/60
		t := &r.trips[i]
		if t.coaches == 0 {
			t.kind, t.start, t.last, t.interval, t.coaches = chepiao.Flow, start, last, minutes, int(n)
			return nil
		}
		if minutes != t.interval {
			row.add(Note, "headways", "headway_secs", row.raw("headway_secs"), "the time between coaches changes during the day", "the longest is shown to passengers")
		}
		t.start, t.last = min(t.start, start), max(t.last, last)
		t.interval, t.coaches = max(t.interval, minutes), t.coaches+int(n)
		return nil
	})
	if err != nil {
		return err
	}
	flows, coaches := 0, 0
	for i := range r.trips {
		if r.trips[i].coaches > 0 {
			flows, coaches = flows+1, coaches+r.trips[i].coaches
		}
	}
	if flows > 0 {
		r.rep.add(Note, "flow", "frequencies.txt", 0, "headway_secs", "",
			fmt.Sprintf("trips that run at intervals: %d, with %d coaches a day", flows, coaches),
			fmt.Sprintf("each became a flow departure; its places a day are seats times coaches, at most %d", FlowPlacesMax))
	}
	return nil
}

// flowPlaces is how many passengers a flow departure can take a day: what the
// feed says, else seats times coaches.
func (t *trip) flowPlaces(first chepiao.Clock) int {
	if t.places > 0 {
		return t.places
	}
	coaches := t.coaches
	if coaches == 0 && t.interval > 0 && t.last > first {
		coaches = int(t.last-first)/60/t.interval + 1
	}
	return min(t.seats*max(coaches, 1), FlowPlacesMax)
}
