package chepiao

import (
	"math"
	"time"
)

// LegsMax is the longest line a seat mask can hold: one bit a leg.
const LegsMax = 64

// LineNo and TemplateNo are a line's and a departure template's number in the
// network: given once, never reused.
type (
	LineNo     int32
	TemplateNo int32
)

// Line is a coach line (线路) of one carrier in one direction.
type Line struct {
	No      LineNo `json:"no"`
	Code    string `json:"code"`
	Name    string `json:"name"`
	Class   int    `json:"class"` // 1 cross-province … 4 within a county; 0 unknown
	Carrier string `json:"carrier"`
	// Fares maps boarding and alighting station to the full fare; pairs that
	// are missing are priced by distance.
	Fares map[Pair]Money `json:"-"`
}

// Pair is a boarding and an alighting station.
type Pair struct{ From, To StationNo }

// Stop is one stop (停靠点) of a template, in travel order.
type Stop struct {
	Station StationNo `json:"station"`
	Arrive  Clock     `json:"arrive"`
	Depart  Clock     `json:"depart"`
	Metres  int32     `json:"metres"` // from the first stop, along the road
	Board   bool      `json:"board"`  // passengers may board here
	Alight  bool      `json:"alight"`
}

// DepartureKind says how a departure runs.
type DepartureKind string

const (
	Fixed DepartureKind = "fixed" // 定点班: a time and numbered seats
	Flow  DepartureKind = "flow"  // 流水班: capacity per leg, any coach of the day until the last time
)

// Template (班次模板) describes a departure that runs on many service days. It
// never changes once imported: a changed timetable is a new template, so what
// was sold under the old one stays true.
type Template struct {
	No       TemplateNo    `json:"no"`
	Line     LineNo        `json:"line"`
	Number   string        `json:"number"` // departure number people know: "JA1001"
	Kind     DepartureKind `json:"kind"`
	Vehicle  string        `json:"vehicle"` // code of the vehicle type
	Seats    int           `json:"seats"`   // numbered seats, or flow places
	Gate     string        `json:"gate,omitempty"`
	Interval int           `json:"interval,omitempty"` // flow: minutes between coaches
	Last     Clock         `json:"last,omitempty"`     // flow: last time of the day at the first stop
	Stops    []Stop        `json:"stops"`
	Days     DaySet        `json:"days"`
}

// Legs is the number of legs, one fewer than the stops.
func (t *Template) Legs() int { return len(t.Stops) - 1 }

// Find is the position of the first stop where a passenger may board at from
// and the first later one where they may alight at to. Refusals: NotFound when
// the departure does not serve a station, Invalid when the order is wrong.
func (t *Template) Find(from, to StationNo) (board, alight int, err error) {
	board, alight = -1, -1
	before := false // the coach calls at to before it calls at from
	for i, s := range t.Stops {
		switch {
		case board < 0 && s.Station == from && s.Board && i < len(t.Stops)-1:
			board = i
		case s.Station == to && board < 0:
			before = true
		case s.Station == to && s.Alight:
			return board, i, nil
		}
	}
	switch {
	case board < 0:
		return 0, 0, Refuse(NotFound, "该班次不在此站上客", "this departure takes no passengers at that station").At("from")
	case before:
		return 0, 0, Refuse(Invalid, "下车站在上车站之前", "the alighting stop comes before the boarding stop").At("to")
	default:
		return 0, 0, Refuse(NotFound, "该班次不到此站", "this departure does not serve that station").At("to")
	}
}

// Span is when the coach leaves a stop on a day: twice the same moment for a
// fixed departure, the first and the last time for a flow departure, whose
// ticket is good for any coach between them.
func (t *Template) Span(stop int, d Day, zone *time.Location) (first, last time.Time) {
	at := t.Stops[stop].Depart
	first = at.On(d, zone)
	if t.Kind != Flow {
		return first, first
	}
	return first, (at + max(t.Last-t.Stops[0].Depart, 0)).On(d, zone)
}

// Metres between two points of the earth along a great circle (WGS 84 mean
// radius), for feeds that give no distance along the road.
func Metres(lat1, lon1, lat2, lon2 float64) float64 {
	const rad, radius = math.Pi / 180, 6_371_008.8
	a, b := lat1*rad, lat2*rad
	h := math.Pow(math.Sin((b-a)/2), 2) + math.Cos(a)*math.Cos(b)*math.Pow(math.Sin((lon2-lon1)*rad/2), 2)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h)))
}
