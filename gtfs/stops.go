package gtfs

import (
	"fmt"
	"math"
	"slices"

	"chepiao"
)

// stop is a row of stops.txt that passengers may board at.
type stop struct {
	id       string
	station  chepiao.Station
	zone     string // zone_id, for fares
	line     int
	lat, lon float64
	located  bool // lat and lon can be trusted
}

func (r *reading) readStops() error {
	r.stopIDs = ids{}
	others, parents := 0, 0
	err := r.tables.each("stops.txt", []string{"stop_id"}, func(row *row) error {
		id := row.id("stop_id")
		if id == "" {
			row.add(Error, "no-id", "stop_id", "", "a stop without an id", "the stop was left out")
			return nil
		}
		if _, ok := r.stopIDs[id]; ok {
			row.add(Warning, "duplicate-id", "stop_id", id, "this id has a row already", "the first row stands")
			return nil
		}
		if row.whole("location_type", 0, 4, 0) != 0 {
			r.stopIDs[id] = leftOut
			others++
			return nil
		}
		if row.raw("parent_station") != "" {
			parents++
		}
		r.stopIDs[id] = int32(len(r.stops))
		r.stops = append(r.stops, readStop(row, id))
		return nil
	})
	if err != nil {
		return err
	}
	if others > 0 {
		r.rep.add(Note, "not-a-stop", "stops.txt", 0, "location_type", "",
			fmt.Sprintf("stations, entrances and nodes: %d", others), "passengers board at stops only; left out")
	}
	if parents > 0 {
		r.rep.add(Note, "parent-station", "stops.txt", 0, "parent_station", "",
			fmt.Sprintf("stops that belong to a station: %d", parents), "each stop is a boarding place of its own")
	}
	return nil
}

func readStop(row *row, id string) stop {
	s := stop{id: id, line: row.line(), zone: row.id("zone_id"), station: chepiao.Station{
		Code:     row.id("stop_code"),
		Name:     row.text("stop_name"),
		English:  row.text("chepiao_english"),
		Pinyin:   row.text("chepiao_pinyin"),
		Initials: row.text("chepiao_initials"),
		Region:   row.text("chepiao_region"),
		Address:  row.text("chepiao_address"),
		Phone:    row.text("chepiao_phone"),
		Level:    row.whole("chepiao_level", 0, 3, 0),
	}}
	if s.station.Name == "" {
		row.add(Warning, "no-name", "stop_name", "", "the stop "+id+" has no name", "its id is the name")
		s.station.Name = id
	}
	if s.station.Address == "" {
		s.station.Address = row.text("stop_desc")
	}
	name(&s.station)
	switch kind := chepiao.StationKind(row.raw("chepiao_kind")); kind {
	case chepiao.CoachStation, chepiao.ConvenienceStop, chepiao.RoadsideStop:
		s.station.Kind = kind
	default:
		if kind != "" {
			row.add(Warning, "bad-value", "chepiao_kind", string(kind), "not station, convenience or roadside", "guessed from the level")
		}
		// A plain GTFS stop is a pole at the road or a counter in a shop: a
		// convenience stop. Only a level makes it a coach station.
		s.station.Kind = chepiao.ConvenienceStop
		if s.station.Level > 0 {
			s.station.Kind = chepiao.CoachStation
		}
	}
	if s.station.Kind != chepiao.CoachStation && s.station.Level != 0 {
		row.add(Warning, "bad-value", "chepiao_level", fmt.Sprint(s.station.Level), "only a station has a level", "read as none")
		s.station.Level = 0
	}
	locate(row, &s)
	return s
}

// locate reads where a stop is. What cannot be true is reported and forgotten.
func locate(row *row, s *stop) {
	lat, okLat := row.number("stop_lat")
	lon, okLon := row.number("stop_lon")
	const done = "the stop has no place on the map; distances come from the time at 60 km/h"
	switch {
	case !okLat || !okLon:
		row.add(Warning, "no-coordinates", "stop_lat", "", "the stop "+s.station.Name+" has no coordinates", done)
	case math.Abs(lat) > 90 || math.Abs(lon) > 180:
		what := "outside the globe"
		if math.Abs(lon) <= 90 && math.Abs(lat) <= 180 {
			what += "; latitude and longitude look exchanged"
		}
		row.add(Warning, "wrong-coordinates", "stop_lat", fmt.Sprintf("%g, %g", lat, lon), what, done)
	case math.Abs(lat) < 0.01 && math.Abs(lon) < 0.01:
		row.add(Warning, "wrong-coordinates", "stop_lat", fmt.Sprintf("%g, %g", lat, lon), "in the Gulf of Guinea, where nobody drives", done)
	default:
		s.lat, s.lon, s.located = lat, lon, true
	}
}

// fastest is a speed along a straight line, in metres a second, that no coach
// keeps up: 160 km/h.
const fastest = 160.0 / 3.6

// judgeCoordinates looks for stops in the wrong place: far from all others,
// and only to be reached at a speed no coach has. Both must hold, so that a
// long line alone, or a wrong time alone, condemns nobody.
func (r *reading) judgeCoordinates() {
	far := r.farStops()
	if len(far) == 0 {
		return
	}
	slow := map[int32]bool{}
	last := -1 // the last timed and located call of the trip
	for i := range r.calls {
		c := &r.calls[i]
		if last >= 0 && r.calls[last].trip != c.trip {
			last = -1
		}
		if !c.timed || !r.stops[c.stop].located {
			continue
		}
		if last >= 0 {
			p := &r.calls[last]
			seconds := float64(max(c.arrive-p.depart, 60))
			if r.straight(p.stop, c.stop)/seconds <= fastest {
				slow[p.stop], slow[c.stop] = true, true
			}
		}
		last = i
	}
	for _, i := range far {
		if s := &r.stops[i]; !slow[i] {
			r.rep.add(Warning, "wrong-coordinates", "stops.txt", s.line, "stop_lat", fmt.Sprintf("%g, %g", s.lat, s.lon),
				s.station.Name+" lies far from all other stops, and no coach is fast enough to get there",
				"the stop has no place on the map; distances come from the time at 60 km/h")
			s.located = false
		}
	}
}

// farStops are stops at least 300 km and six times the usual distance away from
// the middle of the network.
func (r *reading) farStops() (far []int32) {
	var lats, lons, away []float64
	for _, s := range r.stops {
		if s.located {
			lats, lons = append(lats, s.lat), append(lons, s.lon)
		}
	}
	if len(lats) < 3 {
		return nil
	}
	lat, lon := median(lats), median(lons)
	for _, s := range r.stops {
		if s.located {
			away = append(away, chepiao.Metres(lat, lon, s.lat, s.lon))
		}
	}
	limit := max(300_000, 6*median(away))
	for i, s := range r.stops {
		if s.located && chepiao.Metres(lat, lon, s.lat, s.lon) > limit {
			far = append(far, int32(i))
		}
	}
	return far
}

// straight is the distance of two located stops in metres, by air.
func (r *reading) straight(a, b int32) float64 {
	p, q := &r.stops[a], &r.stops[b]
	return chepiao.Metres(p.lat, p.lon, q.lat, q.lon)
}

func median(xs []float64) float64 {
	xs = slices.Clone(xs)
	slices.Sort(xs)
	return xs[len(xs)/2]
}
