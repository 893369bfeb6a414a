package gtfs

import (
	"fmt"
	"math"

	"chepiao"
)

const (
	roadFactor     = 1.25           // a road is about a quarter longer than the straight line
	fallbackSpeed  = 60_000 / 3600. // metres a second, where only the time is known
	tripMetresMax  = 20_000_000
	unitSamplesMax = 2000
)

// units are what feeds count shape_dist_traveled in; GTFS leaves it open.
var units = []struct {
	name   string
	metres float64
}{{"metres", 1}, {"kilometres", 1000}, {"miles", 1609.344}, {"feet", 0.3048}}

// judgeDistances finds the unit of shape_dist_traveled: the one under which
// trips are about as long as their stops are apart.
func (r *reading) judgeDistances() {
	var ratios []float64 // estimated metres to one unit
	some := false
	for a := 0; a < len(r.calls) && len(ratios) < unitSamplesMax; {
		b := a + 1
		for b < len(r.calls) && r.calls[b].trip == r.calls[a].trip {
			b++
		}
		calls := r.calls[a:b]
		some = some || calls[len(calls)-1].dist > 0
		if span, ok := distSpan(calls); ok {
			if m := r.estimate(calls); m > 1000 {
				ratios = append(ratios, m/span)
			}
		}
		a = b
	}
	if len(ratios) == 0 {
		if some {
			r.rep.add(Warning, "distances", "stop_times.txt", 0, "shape_dist_traveled", "", "no trip has a whole, growing row of distances", "distances come from the map")
		}
		return
	}
	ratio, best := median(ratios), 0
	off := func(i int) float64 { return math.Abs(math.Log(units[i].metres / ratio)) }
	for i := range units {
		if off(i) < off(best) {
			best = i
		}
	}
	if off(best) > math.Log(1.8) {
		r.rep.add(Warning, "distances", "stop_times.txt", 0, "shape_dist_traveled", fmt.Sprintf("%.3g metres a unit", ratio),
			"neither metres, kilometres, miles nor feet", "distances come from the map")
		return
	}
	r.unit = units[best].metres
	r.rep.add(Note, "distances", "stop_times.txt", 0, "shape_dist_traveled", "", "the unit is not stated; "+units[best].name+" fit best", "read as "+units[best].name)
}

// distSpan is how far shape_dist_traveled grows over a trip; ok is false when
// it is missing somewhere, falls, or does not grow.
func distSpan(calls []call) (span float64, ok bool) {
	for i, c := range calls {
		if c.dist < 0 || i > 0 && c.dist < calls[i-1].dist {
			return 0, false
		}
	}
	span = float64(calls[len(calls)-1].dist) - float64(calls[0].dist)
	return span, span > 0
}

// estimate is the length of a trip in metres without shape_dist_traveled, as
// far as stops on the map and times tell.
func (r *reading) estimate(calls []call) float64 {
	sum := 0.0
	for i := 1; i < len(calls); i++ {
		sum += r.legMetres(&calls[i-1], &calls[i])
	}
	return sum
}

func (r *reading) legMetres(a, b *call) float64 {
	if r.stops[a.stop].located && r.stops[b.stop].located {
		return r.straight(a.stop, b.stop) * roadFactor
	}
	return float64(max(b.arrive-a.depart, 0)) * fallbackSpeed
}

// metres is the way along the road from the first stop to each stop of a trip.
func (r *reading) metres(t *trip, calls []call) []int32 {
	out := make([]int32, len(calls))
	if r.unit > 0 {
		span, ok := distSpan(calls)
		air := r.estimate(calls) / roadFactor
		switch {
		case ok && span*r.unit <= tripMetresMax && span*r.unit >= 0.8*air:
			for i, c := range calls {
				out[i] = int32(math.Round((float64(c.dist) - float64(calls[0].dist)) * r.unit))
			}
			return out
		case ok:
			r.rep.add(Warning, "distances", "stop_times.txt", int(calls[0].line), "shape_dist_traveled", fmt.Sprintf("%.6g", span),
				fmt.Sprintf("the stops of the trip %s are %.0f km apart by air", clip(t.id), air/1000), "its distances come from the map")
		default:
			r.rep.add(Warning, "distances", "stop_times.txt", int(calls[0].line), "shape_dist_traveled", "",
				"missing or falling on the trip "+clip(t.id), "its distances come from the map")
		}
	}
	sum := 0.0
	for i := 1; i < len(calls); i++ {
		sum = min(sum+r.legMetres(&calls[i-1], &calls[i]), math.MaxInt32)
		out[i] = int32(math.Round(sum))
	}
	return out
}

// place is a station as it goes into the network: without coordinates that
// cannot be trusted.
func (s *stop) place() chepiao.Station {
	st := s.station
	if s.located {
		st.Lat, st.Lon = s.lat, s.lon
	}
	return st
}
