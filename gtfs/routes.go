package gtfs

import (
	"fmt"
	"slices"
	"strconv"
)

// route is a row of routes.txt.
type route struct {
	id      string
	short   string
	long    string
	carrier string // code
	class   int
	network string // network_id, for fares
}

func (r *reading) readNetworks() error {
	r.networkOf = map[string]string{}
	return r.tables.each("route_networks.txt", []string{"network_id", "route_id"}, func(row *row) error {
		r.networkOf[row.id("route_id")] = row.id("network_id")
		return nil
	})
}

func (r *reading) readRoutes() error {
	r.routeIDs = ids{}
	skipped := map[int]int{}
	err := r.tables.each("routes.txt", []string{"route_id"}, func(row *row) error {
		id := row.id("route_id")
		if id == "" {
			row.add(Error, "no-id", "route_id", "", "a route without an id", "the route was left out")
			return nil
		}
		if _, ok := r.routeIDs[id]; ok {
			row.add(Warning, "duplicate-id", "route_id", id, "this id has a row already", "the first row stands")
			return nil
		}
		mode := 3
		if s := row.raw("route_type"); s == "" {
			row.add(Warning, "bad-number", "route_type", "", "the kind of traffic is missing", "read as 3, bus")
		} else if n, err := strconv.Atoi(s); err != nil {
			row.add(Warning, "bad-number", "route_type", s, "not a kind of traffic", "read as 3, bus")
		} else {
			mode = n
		}
		if !r.o.AllModes && !onRoad(mode) {
			r.routeIDs[id] = leftOut
			skipped[mode]++
			return nil
		}
		rt := route{
			id: id, short: row.text("route_short_name"), long: row.text("route_long_name"),
			carrier: r.carrier(row.id("agency_id"), row), class: row.whole("chepiao_class", 0, 4, 0), network: row.id("network_id"),
		}
		if n, ok := r.networkOf[id]; ok {
			rt.network = n
		}
		r.routeIDs[id] = int32(len(r.routes))
		r.routes = append(r.routes, rt)
		return nil
	})
	if err != nil {
		return err
	}
	var modes []int
	for mode := range skipped {
		modes = append(modes, mode)
	}
	slices.Sort(modes)
	for _, mode := range modes {
		r.rep.add(Note, "other-mode", "routes.txt", 0, "route_type", strconv.Itoa(mode),
			fmt.Sprintf("routes not served by coach or bus: %d", skipped[mode]), "left out")
	}
	return nil
}

// onRoad says whether a route_type is a coach or a bus: 3 bus, 11 trolleybus,
// and of the extended types 200–209 coach, 700–716 bus, 800 trolleybus.
func onRoad(mode int) bool {
	return mode == 3 || mode == 11 || mode >= 200 && mode <= 209 || mode >= 700 && mode <= 716 || mode == 800
}
