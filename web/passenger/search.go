package passenger

import (
	"net/http"

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

func (p *Pages) days(on chepiao.Day, link func(chepiao.Day) string) []dayChip {
	today := p.Today()
	var days []dayChip
	for i := range p.Office.Rules().AdvanceDays + 1 {
		d := today + chepiao.Day(i)
		days = append(days, dayChip{Day: d, Today: i, On: d == on, Link: link(d)})
	}
	return days
}
