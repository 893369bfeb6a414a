package bench

import (
	"time"

	"chepiao"
)

// Journey is a departure and two stops that can be bought on it.
type Journey struct {
	Departure     chepiao.DepartureID
	From, To      string // station codes
	FromNo, ToNo  chepiao.StationNo
	Board, Alight int // stop positions
	Departs       time.Time
	Places        int
	Flow          bool
}

// Journeys lists every journey between two stops of the departures that leave
// their boarding stop within a span of time.
func Journeys(n *chepiao.Network, after, before time.Time) []Journey {
	codes := make(map[chepiao.StationNo]string, len(n.Stations))
	for _, s := range n.Stations {
		codes[s.No] = s.Code
	}
	var found []Journey
	first, last := chepiao.DayOf(after.In(n.Zone))-2, chepiao.DayOf(before.In(n.Zone))
	for i := range n.Templates {
		t := &n.Templates[i]
		for d := first; d <= last; d++ {
			if !t.Days.Has(d) {
				continue
			}
			for b := range t.Stops {
				departs, _ := t.Span(b, d, n.Zone)
				if departs.Before(after) || departs.After(before) {
					continue
				}
				for a := b + 1; a < len(t.Stops); a++ {
					board, alight, err := t.Find(t.Stops[b].Station, t.Stops[a].Station)
					if err != nil || board != b || alight != a {
						continue
					}
					found = append(found, Journey{
						Departure: chepiao.MakeDepartureID(t.No, d), From: codes[t.Stops[b].Station], To: codes[t.Stops[a].Station],
						FromNo: t.Stops[b].Station, ToNo: t.Stops[a].Station,
						Board: b, Alight: a, Departs: departs, Places: t.Seats, Flow: t.Kind == chepiao.Flow,
					})
				}
			}
		}
	}
	return found
}
