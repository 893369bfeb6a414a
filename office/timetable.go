package office

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"chepiao"
	"chepiao/store"
)

// Timetable is the network made ready for asking: everything in memory, nothing
// ever changed.
type Timetable struct {
	*store.Timetable
	stations  map[chepiao.StationNo]*chepiao.Station
	codes     map[string]*chepiao.Station
	lines     map[chepiao.LineNo]*chepiao.Line
	carriers  map[string]*chepiao.Carrier
	vehicles  map[string]*chepiao.VehicleType
	plans     map[string]chepiao.SeatPlan
	templates map[chepiao.TemplateNo]*chepiao.Template
	rides     map[chepiao.Pair][]ride
	served    map[chepiao.StationNo]bool // boards somewhere
}

// ride is a journey between two stops that a template offers.
type ride struct {
	template      *chepiao.Template
	board, alight int16
}

func (o *Office) loadTimetable(ctx context.Context) error {
	var stored *store.Timetable
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		stored, err = r.Timetable()
		return err
	})
	if err == nil {
		o.net.Store(indexTimetable(stored))
	}
	return err
}

func indexTimetable(stored *store.Timetable) *Timetable {
	t := &Timetable{
		Timetable: stored,
		stations:  make(map[chepiao.StationNo]*chepiao.Station, len(stored.Stations)),
		codes:     make(map[string]*chepiao.Station, len(stored.Stations)),
		lines:     make(map[chepiao.LineNo]*chepiao.Line, len(stored.Lines)),
		carriers:  map[string]*chepiao.Carrier{},
		vehicles:  map[string]*chepiao.VehicleType{},
		plans:     map[string]chepiao.SeatPlan{},
		templates: make(map[chepiao.TemplateNo]*chepiao.Template, len(stored.Templates)),
		rides:     map[chepiao.Pair][]ride{},
		served:    map[chepiao.StationNo]bool{},
	}
	for i := range stored.Stations {
		s := &stored.Stations[i]
		t.stations[s.No], t.codes[s.Code] = s, s
	}
	for i := range stored.Lines {
		t.lines[stored.Lines[i].No] = &stored.Lines[i]
	}
	for i := range stored.Carriers {
		t.carriers[stored.Carriers[i].Code] = &stored.Carriers[i]
	}
	for i := range stored.Vehicles {
		v := &stored.Vehicles[i]
		t.vehicles[v.Code], t.plans[v.Code] = v, v.Plan()
	}
	for i := range stored.Templates {
		t.addRides(&stored.Templates[i])
	}
	for _, rides := range t.rides {
		slices.SortFunc(rides, func(a, b ride) int {
			return cmp.Or(cmp.Compare(a.template.Stops[a.board].Depart, b.template.Stops[b.board].Depart), cmp.Compare(a.template.No, b.template.No))
		})
	}
	return t
}

func (t *Timetable) addRides(m *chepiao.Template) {
	t.templates[m.No] = m
	if _, runs := m.Days.Last(); !runs {
		return
	}
	for i, from := range m.Stops {
		if !from.Board {
			continue
		}
		seen := map[chepiao.StationNo]bool{from.Station: true}
		for j := i + 1; j < len(m.Stops); j++ {
			to := m.Stops[j]
			if !to.Alight || seen[to.Station] {
				continue
			}
			seen[to.Station] = true
			pair := chepiao.Pair{From: from.Station, To: to.Station}
			t.rides[pair] = append(t.rides[pair], ride{m, int16(i), int16(j)})
			t.served[from.Station] = true
		}
	}
}

// Station finds a station by its number.
func (t *Timetable) Station(no chepiao.StationNo) *chepiao.Station { return t.stations[no] }

// StationByCode finds a station by its business code. Refusal NotFound at the
// field given.
func (t *Timetable) StationByCode(code, field string) (*chepiao.Station, error) {
	if s := t.codes[code]; s != nil {
		return s, nil
	}
	if code == "" {
		return nil, chepiao.Refuse(chepiao.Invalid, "请选择车站", "choose a station").At(field)
	}
	return nil, chepiao.Refuse(chepiao.NotFound, "没有这个车站", "there is no such station").At(field)
}

// Run is one departure with everything of the timetable that belongs to it.
type Run struct {
	ID       chepiao.DepartureID
	Template *chepiao.Template
	Line     *chepiao.Line
	Carrier  *chepiao.Carrier
	Vehicle  *chepiao.VehicleType
	Plan     chepiao.SeatPlan
}

// Run finds a departure of a ticket: its template must be known, whether or not
// the timetable still offers it. Refusal NotFound.
func (t *Timetable) Run(id chepiao.DepartureID) (Run, error) {
	m := t.templates[id.Template()]
	if m == nil {
		return Run{}, noSuchDeparture
	}
	return t.run(id, m), nil
}

// OnOffer finds a departure that the timetable offers. Refusal NotFound when
// its template does not run on its day.
func (t *Timetable) OnOffer(id chepiao.DepartureID) (Run, error) {
	run, err := t.Run(id)
	if err == nil && !run.Template.Days.Has(id.Day()) {
		err = noSuchDeparture
	}
	return run, err
}

var noSuchDeparture = chepiao.Refuse(chepiao.NotFound, "没有这个班次", "there is no such departure").At("departure")

func (t *Timetable) run(id chepiao.DepartureID, m *chepiao.Template) Run {
	r := Run{ID: id, Template: m, Line: t.lines[m.Line], Vehicle: t.vehicles[m.Vehicle], Plan: t.plans[m.Vehicle]}
	if r.Line != nil {
		r.Carrier = t.carriers[r.Line.Carrier]
	}
	return r
}

// SearchStations finds stations by what a person types: a part of the name, the
// beginning of the pinyin or of the initials, or the code. At most limit, the
// best first; an empty query lists stations that sell tickets by level.
func (t *Timetable) SearchStations(query string, limit int) []*chepiao.Station {
	q := strings.ToLower(strings.Join(strings.Fields(query), ""))
	type hit struct {
		s    *chepiao.Station
		rank int
	}
	var hits []hit
	for i := range t.Stations {
		if s := &t.Stations[i]; t.served[s.No] || q != "" {
			if rank := stationRank(s, q); rank >= 0 {
				hits = append(hits, hit{s, rank})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(levelOrder(a.s), levelOrder(b.s)), cmp.Compare(a.s.No, b.s.No))
	})
	found := make([]*chepiao.Station, 0, min(limit, len(hits)))
	for _, h := range hits[:min(limit, len(hits))] {
		found = append(found, h.s)
	}
	return found
}

// stationRank is how well a station fits, 0 best, -1 not at all.
func stationRank(s *chepiao.Station, q string) int {
	name := strings.ToLower(strings.ReplaceAll(s.Name, " ", ""))
	switch {
	case q == "":
		return 0
	case name == q || strings.EqualFold(s.Code, q) || s.Initials == q || s.Pinyin == q:
		return 0
	case strings.HasPrefix(name, q):
		return 1
	case strings.HasPrefix(s.Initials, q):
		return 2
	case strings.HasPrefix(s.Pinyin, q):
		return 3
	case strings.Contains(name, q) || strings.Contains(strings.ToLower(strings.ReplaceAll(s.English, " ", "")), q):
		return 4
	}
	return -1
}

func levelOrder(s *chepiao.Station) int {
	if s.Level == 0 {
		return 9
	}
	return s.Level
}
