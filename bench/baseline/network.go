package baseline

import (
	"time"

	"chepiao"
)

// index is the network made ready for asking: a good team keeps the timetable
// in memory, too.
type index struct {
	*chepiao.Network
	codes    map[string]*chepiao.Station
	stations map[chepiao.StationNo]*chepiao.Station
	runs     map[chepiao.TemplateNo]*run
}

// run is a template with what belongs to it.
type run struct {
	template *chepiao.Template
	line     *chepiao.Line
	plan     chepiao.SeatPlan
}

func newIndex(n *chepiao.Network) *index {
	x := &index{n, map[string]*chepiao.Station{}, map[chepiao.StationNo]*chepiao.Station{}, map[chepiao.TemplateNo]*run{}}
	for i := range n.Stations {
		s := &n.Stations[i]
		x.codes[s.Code], x.stations[s.No] = s, s
	}
	lines, plans := map[chepiao.LineNo]*chepiao.Line{}, map[string]chepiao.SeatPlan{}
	for i := range n.Lines {
		lines[n.Lines[i].No] = &n.Lines[i]
	}
	for _, v := range n.Vehicles {
		plans[v.Code] = v.Plan()
	}
	for i := range n.Templates {
		t := &n.Templates[i]
		x.runs[t.No] = &run{t, lines[t.Line], plans[t.Vehicle]}
	}
	return x
}

// find is the run of a departure. Refusal NotFound.
func (x *index) find(id chepiao.DepartureID) (*run, error) {
	r := x.runs[id.Template()]
	if r == nil || !r.template.Days.Has(id.Day()) {
		return nil, chepiao.Refuse(chepiao.NotFound, "没有这个班次", "there is no such departure").At("departure")
	}
	return r, nil
}

func (x *index) ride(r *run, id chepiao.DepartureID, board, alight int) chepiao.Ride {
	stops, day := r.template.Stops, id.Day()
	ride := chepiao.Ride{Number: r.template.Number, Takes: stops[alight].Arrive.On(day, x.Zone).Sub(stops[board].Depart.On(day, x.Zone))}
	ride.First, ride.Last = r.template.Span(board, day, x.Zone)
	ride.From, ride.To = x.stations[stops[board].Station].Name, x.stations[stops[alight].Station].Name
	return ride
}

// micros is a moment as it is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
