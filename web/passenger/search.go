package passenger

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"chepiao"
	"chepiao/web/ui"
)

// searchPage asks where from, where to, and when.
type searchPage struct {
	From, To         string // as typed
	FromCode, ToCode string
	Days             []dayChip
	Notes            ui.Notes
	Popular          []*chepiao.Station // to begin with
}

// dayChip is one day to choose.
type dayChip struct {
	Day   chepiao.Day
	Today int // days from today
	On    bool
	Link  string
	None  bool // no coach of the journey runs
	Dom   int  // day of the month
	Month bool // the first of a month, or the first day of all
	Week  int  // of the first day: its place in a week that begins on Monday, 1…7
}

const popularStations = 6

func (p *Pages) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s := searchPage{From: q.Get("from"), To: q.Get("to"), FromCode: q.Get("from_code"), ToCode: q.Get("to_code")}
	p.showSearch(w, r, http.StatusOK, s)
}

func (p *Pages) showSearch(w http.ResponseWriter, r *http.Request, status int, s searchPage) {
	day, _ := p.wantedDay(r)
	s.Days = p.days(day, func(chepiao.Day) string { return "" })
	from, errFrom := p.Office.Timetable().StationByCode(s.FromCode, "from")
	if to, err := p.Office.Timetable().StationByCode(s.ToCode, "to"); err == nil && errFrom == nil {
		p.running(s.Days, from, to)
	}
	s.Popular = p.Office.Timetable().SearchStations("", popularStations)
	p.book.Show(w, r, status, "search", s)
}

// wantedDay is the day asked for; today when none is, or when it has passed or
// lies beyond what is sold.
func (p *Pages) wantedDay(r *http.Request) (chepiao.Day, error) {
	today := p.Today()
	text := r.URL.Query().Get("day")
	if text == "" {
		return today, nil
	}
	day, err := chepiao.ParseDay(text)
	if err != nil {
		return today, err
	}
	last := today + chepiao.Day(p.Office.Rules().AdvanceDays)
	return min(max(day, today), last), nil
}

// days are the days of the sale period.
func (p *Pages) days(on chepiao.Day, link func(chepiao.Day) string) []dayChip {
	today := p.Today()
	var days []dayChip
	for i := range p.Office.Rules().AdvanceDays + 1 {
		d := today + chepiao.Day(i)
		dom := time.Unix(int64(d)*86400, 0).UTC().Day()
		chip := dayChip{Day: d, Today: i, On: d == on, Link: link(d), Dom: dom, Month: i == 0 || dom == 1}
		if i == 0 {
			chip.Week = (int(d.Weekday())+6)%7 + 1
		}
		days = append(days, chip)
	}
	return days
}

// running marks the days on which no coach goes between two stations.
func (p *Pages) running(days []dayChip, from, to *chepiao.Station) {
	runs := p.Office.Timetable().DaysOf(from.No, to.No, p.Today(), len(days))
	for i := range days {
		days[i].None = !slices.Contains(runs, days[i].Day)
	}
}

// calendar answers with the days anew once both stations are chosen: those
// without a coach are marked.
func (p *Pages) calendar(w http.ResponseWriter, r *http.Request) {
	q, t := r.URL.Query(), p.Office.Timetable()
	day, _ := p.wantedDay(r)
	days := p.days(day, func(chepiao.Day) string { return "" })
	from, errFrom := t.StationByCode(q.Get("from_code"), "from")
	if to, err := t.StationByCode(q.Get("to_code"), "to"); err == nil && errFrom == nil {
		p.running(days, from, to)
	}
	p.book.Show(w, r, http.StatusOK, "days", days)
}

// Nearby stations: the phone tells in which cell of the map it is, half a degree
// wide (some 50 km), and finds the nearest of the answer itself. So we never
// learn where anybody stands.
const (
	cellHalf   = 0.75 // degrees around the middle of the cell: the next cells count too
	nearbyMost = 60
)

// nearby lists the stations around a cell of the map, with their places.
func (p *Pages) nearby(w http.ResponseWriter, r *http.Request) {
	lat, errLat := strconv.ParseFloat(r.URL.Query().Get("lat"), 64)
	lon, errLon := strconv.ParseFloat(r.URL.Query().Get("lon"), 64)
	if errLat != nil || errLon != nil || lat != math.Round(lat*2)/2 || lon != math.Round(lon*2)/2 {
		p.book.Refused(w, r, chepiao.Refuse(chepiao.Invalid, "位置应为半度网格", "the place must be a cell of half a degree").At("lat"), home)
		return
	}
	var near []*chepiao.Station
	for _, s := range p.Office.Timetable().Stations {
		if (s.Lat != 0 || s.Lon != 0) && math.Abs(s.Lat-lat) <= cellHalf && math.Abs(s.Lon-lon) <= cellHalf && len(near) < nearbyMost {
			near = append(near, &s)
		}
	}
	p.book.Show(w, r, http.StatusOK, "nearby", near)
}
