package gtfs

import (
	"cmp"
	"fmt"
	"slices"

	"chepiao"
)

// built is a template on its way: its stops refer to r.stops by index until the
// stations have numbers.
type built struct {
	trip  int32
	stops []chepiao.Stop
}

// buildTemplates turns every trip into a template or says why not.
func (r *reading) buildTemplates() {
	slab := make([]chepiao.Stop, 0, len(r.calls)) // one allocation for the stops of all trips
	long := map[lineKey][2]int{}                  // trips, and most legs, of lines that are too long
	empty, idle, at := 0, 0, 0
	for i := range r.trips {
		from := at
		for at < len(r.calls) && r.calls[at].trip == int32(i) {
			at++
		}
		t := &r.trips[i]
		if from == at {
			empty++
			continue
		}
		calls := r.dropRepeated(r.calls[from:at])
		if legs := len(calls) - 1; legs > chepiao.LegsMax {
			n := long[t.key()]
			long[t.key()] = [2]int{n[0] + 1, max(n[1], legs)}
			continue
		}
		first := len(slab)
		ok := r.passable(t, calls)
		if ok {
			slab = r.appendStops(slab, t, calls)
			ok = r.sellable(t, slab[first:], calls)
		}
		if ok && !running(r.services[t.service].days) {
			ok = false
			idle++
		}
		if !ok {
			slab = slab[:first]
			continue
		}
		r.built = append(r.built, built{int32(i), slab[first:len(slab):len(slab)]})
	}
	r.reportLong(long)
	if empty > 0 {
		r.rep.add(Warning, "no-stops", "trips.txt", 0, "trip_id", "", fmt.Sprintf("trips without stop times: %d", empty), "left out")
	}
	if idle > 0 {
		r.rep.add(Note, "idle", "trips.txt", 0, "service_id", "",
			fmt.Sprintf("trips that do not run between %s and %s: %d", r.o.From, r.o.From+chepiao.Day(r.o.Days)-1, idle), "left out")
	}
	r.calls = nil
}

func running(days chepiao.DaySet) bool {
	_, ok := days.Last()
	return ok
}

// lineKey is a route in one direction.
type lineKey struct {
	route int32
	back  bool
}

func (t *trip) key() lineKey { return lineKey{t.route, t.back} }

func (r *reading) reportLong(long map[lineKey][2]int) {
	for i := range r.routes {
		for _, back := range []bool{false, true} {
			if n, ok := long[lineKey{int32(i), back}]; ok {
				r.rep.add(Error, "long-line", "stop_times.txt", 0, "stop_sequence", r.keyOf(lineKey{int32(i), back}),
					fmt.Sprintf("the line has %d legs; a line can have at most %d", n[1], chepiao.LegsMax),
					fmt.Sprintf("trips of more than %d legs left out: %d", chepiao.LegsMax, n[0]))
			}
		}
	}
}

// dropRepeated removes rows that stand twice. The calls are sorted.
func (r *reading) dropRepeated(calls []call) []call {
	kept := calls[:1]
	for _, c := range calls[1:] {
		if p := kept[len(kept)-1]; p.seq == c.seq {
			same := p.stop == c.stop
			done := "both were read, in the order of the file"
			if same {
				done = "the first row stands"
			}
			r.rep.add(Warning, "repeated-sequence", "stop_times.txt", int(c.line), "stop_sequence", fmt.Sprint(c.seq), "this number stands twice in the trip", done)
			if same {
				continue
			}
		}
		kept = append(kept, c)
	}
	return kept
}

// passable checks the stops and times of a trip, puts right what can be put
// right, and fills in missing times.
func (r *reading) passable(t *trip, calls []call) bool {
	out := func(line int32, field, value, what string) bool {
		r.rep.add(Error, "bad-trip", "stop_times.txt", int(line), field, value, what, "the trip "+clip(t.id)+" was left out")
		return false
	}
	n := len(calls)
	if n < 2 {
		return out(calls[0].line, "stop_id", "", "a trip needs two stops at least")
	}
	if !calls[0].timed || !calls[n-1].timed {
		return out(calls[0].line, "departure_time", "", "the first and the last stop of a trip need a time")
	}
	if t.coaches > 0 {
		// The times of a trip with headways only say how long each leg takes.
		move := t.start - calls[0].depart
		for i := range calls {
			calls[i].arrive, calls[i].depart = calls[i].arrive+move, calls[i].depart+move
		}
	}
	const day, half = 24 * 3600, 12 * 3600
	var add, before chepiao.Clock
	for i := range calls {
		c := &calls[i]
		if !c.timed {
			continue
		}
		c.arrive, c.depart = c.arrive+add, c.depart+add
		if i > 0 && before-c.arrive > half {
			r.rep.add(Warning, "times", "stop_times.txt", int(c.line), "arrival_time", c.arrive.String(), "begins again after midnight", "24 hours were added to the rest of the trip")
			c.arrive, c.depart, add = c.arrive+day, c.depart+day, add+day
		}
		if i > 0 && c.arrive < before {
			return out(c.line, "arrival_time", c.arrive.String(), "earlier than the stop before, "+before.String())
		}
		before = c.depart
	}
	if calls[0].arrive < 0 || before > chepiao.ClockMax {
		return out(calls[0].line, "departure_time", before.String(), errClockLate.Error())
	}
	r.fillTimes(t, calls)
	return true
}

// fillTimes spreads the stops without a time between those with one, by the
// distance where it is known, else evenly. First and last have a time.
func (r *reading) fillTimes(t *trip, calls []call) {
	filled := 0
	for a := 0; a < len(calls)-1; {
		b := a + 1
		for !calls[b].timed {
			b++
		}
		if b > a+1 {
			r.spread(calls[a : b+1])
			filled += b - a - 1
		}
		a = b
	}
	if filled > 0 {
		r.rep.add(Note, "times-filled", "stop_times.txt", int(calls[0].line), "arrival_time", "",
			fmt.Sprintf("stops of the trip %s without a time: %d", clip(t.id), filled), "estimated from the stops around them")
	}
}

func (r *reading) spread(calls []call) {
	first, last := calls[0], calls[len(calls)-1]
	at := make([]float64, len(calls)) // how far each stop is
	byDist := slices.IsSortedFunc(calls, func(a, b call) int { return cmp.Compare(a.dist, b.dist) }) && first.dist >= 0 && last.dist > first.dist
	byAir := !slices.ContainsFunc(calls, func(c call) bool { return !r.stops[c.stop].located })
	for i := 1; i < len(calls); i++ {
		switch {
		case byDist:
			at[i] = float64(calls[i].dist - first.dist)
		case byAir:
			at[i] = at[i-1] + max(r.straight(calls[i-1].stop, calls[i].stop), 1)
		default:
			at[i] = float64(i)
		}
	}
	whole := float64(last.arrive - first.depart)
	for i := 1; i < len(calls)-1; i++ {
		c := first.depart + chepiao.Clock(whole*at[i]/at[len(at)-1])
		c -= c % 60 // a passenger who comes a little early still gets the coach
		calls[i].arrive, calls[i].depart = max(c, first.depart), max(c, first.depart)
	}
}

// appendStops adds the stops of a trip with their distances.
func (r *reading) appendStops(slab []chepiao.Stop, t *trip, calls []call) []chepiao.Stop {
	metres := r.metres(t, calls)
	for i, c := range calls {
		slab = append(slab, chepiao.Stop{
			Station: chepiao.StationNo(c.stop), Arrive: c.arrive, Depart: c.depart, Metres: metres[i],
			Board: c.board && i < len(calls)-1, Alight: c.alight && i > 0,
		})
	}
	return slab
}

// sellable says whether anybody can travel on the trip at all.
func (r *reading) sellable(t *trip, stops []chepiao.Stop, calls []call) bool {
	board := slices.IndexFunc(stops, func(s chepiao.Stop) bool { return s.Board })
	if board >= 0 && slices.ContainsFunc(stops[board+1:], func(s chepiao.Stop) bool { return s.Alight }) {
		return true
	}
	r.rep.add(Error, "bad-trip", "stop_times.txt", int(calls[0].line), "pickup_type", "", "nobody can board and later alight", "the trip "+clip(t.id)+" was left out")
	return false
}
