package gtfs

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"strings"
	"unicode/utf8"

	"chepiao"
)

// number puts the network together: stations, lines and templates that are in
// use get their numbers, in the order of the feed.
func (r *reading) number() *Feed {
	f := &Feed{Network: chepiao.Network{Name: r.o.Name, Zone: r.zone, Currency: r.o.Currency}}
	n := &f.Network
	if n.Name == "" {
		n.Name = r.feedName
	}
	if n.Name == "" {
		n.Name = r.carriers[0].Name
	}
	stations := r.numberStations(f)
	lines := r.numberLines(f)
	for _, b := range r.built {
		t := &r.trips[b.trip]
		for i := range b.stops {
			b.stops[i].Station = stations[b.stops[i].Station]
		}
		tm := r.template(t, b.stops)
		tm.No, tm.Line = chepiao.TemplateNo(len(n.Templates)+1), lines[t.key()]
		n.Templates = append(n.Templates, tm)
		f.TemplateKeys = append(f.TemplateKeys, t.id)
		f.TemplateHash = append(f.TemplateHash, f.hash(&tm))
	}
	r.keepUsed(n)
	return f
}

func (r *reading) numberStations(f *Feed) []chepiao.StationNo {
	no := make([]chepiao.StationNo, len(r.stops))
	for _, b := range r.built {
		for _, s := range b.stops {
			no[s.Station] = -1
		}
	}
	unused := 0
	codes := map[string]bool{}
	for i := range r.stops {
		s := &r.stops[i]
		if no[i] == 0 {
			unused++
			continue
		}
		st := s.place()
		st.No = chepiao.StationNo(len(f.Network.Stations) + 1)
		no[i] = st.No
		if st.Code != "" && codes[st.Code] {
			r.rep.add(Warning, "duplicate-code", "stops.txt", s.line, "stop_code", st.Code, "another stop has this code", "its stop_id is its code")
			st.Code = ""
		}
		st.Code = unique(codes, st.Code, s.id)
		f.Network.Stations = append(f.Network.Stations, st)
		f.StationKeys = append(f.StationKeys, s.id)
	}
	if unused > 0 {
		r.rep.add(Note, "unused-stops", "stops.txt", 0, "stop_id", "", fmt.Sprintf("stops without a departure that was read: %d", unused), "left out")
	}
	return no
}

// unique is the first of the wishes that is not empty nor taken, or the last
// with as many marks as it takes.
func unique(taken map[string]bool, wishes ...string) string {
	for _, w := range wishes {
		if w != "" && !taken[w] {
			taken[w] = true
			return w
		}
	}
	w := wishes[len(wishes)-1] + "~"
	for taken[w] {
		w += "~"
	}
	taken[w] = true
	return w
}

// keyOf is the stable key of a line: route_id/direction_id.
func (r *reading) keyOf(k lineKey) string {
	if k.back {
		return r.routes[k.route].id + "/1"
	}
	return r.routes[k.route].id + "/0"
}

// numberLines makes a line of every route and direction with a template. Its
// code is the number people know, the way back with "-1".
func (r *reading) numberLines(f *Feed) map[lineKey]chepiao.LineNo {
	longest := map[lineKey]built{}
	for _, b := range r.built {
		k := r.trips[b.trip].key()
		if len(b.stops) > len(longest[k].stops) {
			longest[k] = b
		}
	}
	shorts := map[string]int{}
	for _, rt := range r.routes {
		shorts[rt.short]++
	}
	no, codes := map[lineKey]chepiao.LineNo{}, map[string]bool{}
	for i := range r.routes {
		for _, back := range []bool{false, true} {
			k := lineKey{int32(i), back}
			b, ok := longest[k]
			if !ok {
				continue
			}
			rt := &r.routes[i]
			code, id := rt.short, rt.id
			if shorts[code] > 1 {
				code = ""
			}
			if back {
				id += "-1"
				if code != "" {
					code += "-1"
				}
			}
			no[k] = chepiao.LineNo(len(f.Network.Lines) + 1)
			f.Network.Lines = append(f.Network.Lines, chepiao.Line{
				No: no[k], Code: unique(codes, code, id), Name: r.lineName(rt, b.stops), Class: rt.class, Carrier: rt.carrier,
			})
			f.LineKeys = append(f.LineKeys, r.keyOf(k))
		}
	}
	return no
}

// lineName is the route's long name, or where the line begins and ends. The
// stops still refer to r.stops.
func (r *reading) lineName(rt *route, stops []chepiao.Stop) string {
	if rt.long != "" {
		return rt.long
	}
	return r.stops[stops[0].Station].station.Name + " – " + r.stops[stops[len(stops)-1].Station].station.Name
}

func (r *reading) template(t *trip, stops []chepiao.Stop) chepiao.Template {
	tm := chepiao.Template{
		Number: t.number, Kind: t.kind, Vehicle: t.vehicle, Seats: t.seats, Gate: t.gate, Stops: stops,
	}
	if !numberLike(t.number) {
		rt := &r.routes[t.route]
		code := rt.short
		if code == "" || utf8.RuneCountInString(code) > 12 {
			code = rt.id
		}
		c := stops[0].Depart
		tm.Number = fmt.Sprintf("%s-%02d%02d", code, c/3600, c/60%60)
	}
	if t.kind == chepiao.Flow {
		tm.Interval, tm.Last = t.interval, t.last
		if tm.Last < stops[0].Depart {
			if tm.Last != 0 {
				r.rep.add(Warning, "flow", "trips.txt", t.line, "chepiao_last", tm.Last.String(), "before the first coach of the day", "there is only that one")
			}
			tm.Last = stops[0].Depart
		}
		tm.Seats = t.flowPlaces(stops[0].Depart)
	}
	days := r.services[t.service].days
	tm.Days = chepiao.DaySet{First: days.First, Bits: slices.Clone(days.Bits)}
	return tm
}

// numberLike says whether a trip_short_name is a departure number, such as
// "JA1001", and not a destination, which some operators put there.
func numberLike(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= 16 && strings.ContainsAny(s, "0123456789")
}

// keepUsed drops carriers that nothing refers to, and plain vehicle types.
func (r *reading) keepUsed(n *chepiao.Network) {
	used := map[string]bool{}
	for _, l := range n.Lines {
		used["c"+l.Carrier] = true
	}
	for _, t := range n.Templates {
		used["v"+t.Vehicle] = true
	}
	n.Carriers = slices.DeleteFunc(slices.Clone(r.carriers), func(c chepiao.Carrier) bool { return !used["c"+c.Code] })
	n.Vehicles = slices.DeleteFunc(slices.Clone(r.vehicles), func(v chepiao.VehicleType) bool { return !used["v"+v.Code] && !r.listed[v.Code] })
}

// hash covers everything of a template but its days and numbers; stations and
// the line go in with their keys.
func (f *Feed) hash(t *chepiao.Template) (sum [32]byte) {
	h := sha256.New()
	put(h, f.LineKeys[t.Line-1], t.Number, string(t.Kind), t.Vehicle, t.Gate)
	putInts(h, int64(t.Seats), int64(t.Interval), int64(t.Last), int64(len(t.Stops)))
	for _, s := range t.Stops {
		flags := int64(0)
		if s.Board {
			flags |= 1
		}
		if s.Alight {
			flags |= 2
		}
		put(h, f.StationKeys[s.Station-1])
		putInts(h, int64(s.Arrive), int64(s.Depart), int64(s.Metres), flags)
	}
	h.Sum(sum[:0])
	return sum
}

func put(h hash.Hash, fields ...string) {
	for _, s := range fields {
		putInts(h, int64(len(s)))
		h.Write([]byte(s))
	}
}

func putInts(h hash.Hash, ns ...int64) {
	var b [8]byte
	for _, n := range ns {
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
}

// count fills in what was read.
func (r *reading) count(f *Feed) {
	n, rep := &f.Network, r.rep
	rep.Network = n.Name
	rep.Stations, rep.Carriers, rep.Lines, rep.Templates = len(n.Stations), len(n.Carriers), len(n.Lines), len(n.Templates)
	for i := range n.Lines {
		rep.Fares += len(n.Lines[i].Fares)
	}
	found := false
	var first, last chepiao.Day
	for i := range n.Templates {
		rep.Stops += len(n.Templates[i].Stops)
		days := n.Templates[i].Days
		l, _ := days.Last()
		a := days.First
		for !days.Has(a) {
			a++
		}
		if !found {
			first, last, found = a, l, true
		}
		first, last = min(first, a), max(last, l)
	}
	if found {
		rep.FirstDay, rep.LastDay = first.String(), last.String()
	}
}
