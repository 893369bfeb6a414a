package gtfs

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"

	"chepiao"
)

// callsSynthetic is how many stops a synthetic trip has at most.
const callsSynthetic = 15

// WriteSynthetic writes a feed as a zip file, for tests and benchmarks: so many
// trips, each with 15 of so many stops (or all of fewer), every day from 2024
// to 2099. The same seed gives the same feed, but for the zip file's packing.
func WriteSynthetic(w io.Writer, trips, stops int, seed uint64) error {
	if trips < 1 || stops < 2 {
		return fmt.Errorf("a synthetic feed needs a trip and two stops, not %d and %d", trips, stops)
	}
	z := zip.NewWriter(w)
	s := synthetic{trips: trips, stops: stops, routes: (trips + 99) / 100, chance: chance(seed)}
	for _, file := range []struct {
		name  string
		write func(*bufio.Writer)
	}{
		{"agency.txt", func(b *bufio.Writer) {
			fmt.Fprint(b, "agency_id,agency_name,agency_url,agency_timezone\nS,Synthetic Coaches,https://example.org,Asia/Shanghai\n")
		}},
		{"calendar.txt", func(b *bufio.Writer) {
			fmt.Fprint(b, "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nD,1,1,1,1,1,1,1,20240101,20991231\n")
		}},
		{"stops.txt", s.writeStops}, {"routes.txt", s.writeRoutes}, {"trips.txt", s.writeTrips}, {"stop_times.txt", s.writeStopTimes},
	} {
		f, err := z.Create(file.name)
		if err != nil {
			return fmt.Errorf("writing a synthetic feed: %w", err)
		}
		b := bufio.NewWriter(f)
		file.write(b)
		if err := b.Flush(); err != nil {
			return fmt.Errorf("writing a synthetic feed: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing a synthetic feed: %w", err)
	}
	return nil
}

type synthetic struct {
	trips, stops, routes int
	chance               chance
}

// chance is splitmix64, a small generator of numbers that look random.
type chance uint64

func (c *chance) below(n int) int {
	*c += 0x9e3779b97f4a7c15
	z := uint64(*c)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// writeStops walks about Hebei, so that neighbouring stops are near each other.
func (s *synthetic) writeStops(b *bufio.Writer) {
	fmt.Fprint(b, "stop_id,stop_name,stop_lat,stop_lon\n")
	lat, lon := 38.0, 115.0
	for i := range s.stops {
		fmt.Fprintf(b, "S%d,Stop %d,%.5f,%.5f\n", i, i, lat, lon)
		lat = min(max(lat+float64(s.chance.below(20_001)-10_000)/1e5, 36), 40)
		lon = min(max(lon+float64(s.chance.below(20_001)-10_000)/1e5, 113), 117)
	}
}

func (s *synthetic) writeRoutes(b *bufio.Writer) {
	fmt.Fprint(b, "route_id,agency_id,route_short_name,route_type\n")
	for i := range s.routes {
		fmt.Fprintf(b, "R%d,S,%d,3\n", i, i)
	}
}

func (s *synthetic) writeTrips(b *bufio.Writer) {
	fmt.Fprint(b, "route_id,service_id,trip_id,direction_id\n")
	for i := range s.trips {
		fmt.Fprintf(b, "R%d,D,T%d,%d\n", i%s.routes, i, i/s.routes%2)
	}
}

// writeStopTimes lets a route call at neighbouring stops, the way back in
// reverse order, twenty minutes apart.
func (s *synthetic) writeStopTimes(b *bufio.Writer) {
	fmt.Fprint(b, "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
	n := min(s.stops, callsSynthetic)
	for i := range s.trips {
		at := chepiao.Clock(4*3600 + s.chance.below(18*60)*60)
		for j := range n {
			step := j
			if i/s.routes%2 == 1 {
				step = n - 1 - j
			}
			fmt.Fprintf(b, "T%d,%02d:%02d:00,%02d:%02d:00,S%d,%d\n", i, at/3600, at/60%60, at/3600, at/60%60, (i%s.routes*7+step)%s.stops, j)
			at += 20 * 60
		}
	}
}
