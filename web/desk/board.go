package desk

import (
	"net/http"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// boardPage is the departures of a station, in the order of their times.
type boardPage struct {
	Station  *chepiao.Station
	Rows     []boardRow
	Now      time.Time
	Earlier  bool               // those of the whole day are shown
	Stations []*chepiao.Station // to choose the desk's own from, while it has none
	Sum      boardSum
	Acts     []actKind
	Address  string // of this very board, for the next look
	First    bool   // the next departure to leave carries the cursor
}

// boardSum is the day in numbers.
type boardSum struct {
	Departures, Left, Sold, Checked, Waiting, Alarms int
}

type boardRow struct {
	office.BoardLine
	To   *chepiao.Station
	Link string
	Load load
	Find string      // what the filter looks into
	Day  chepiao.Day // on which it leaves from here, if that is another one than the row's above it; else 0
	Past bool
	Next bool // the first that has not left
}

// load is how full a departure is, for a bar of 100 units.
type load struct {
	Riding, Places            int
	Checked, Riders, Reserved int // of 100
}

// Limits of the board: departures, how long ago one may have been due, stations
// to choose from.
const (
	boardMost    = 200
	boardPast    = 45 * time.Minute
	stationsMost = 200
)

func (p *Pages) boardRoutes() map[string]page {
	return map[string]page{"GET " + home: {ident.Operate, p.board}}
}

func (p *Pages) board(w http.ResponseWriter, r *http.Request) {
	page := boardPage{Station: p.Place(w, r), Now: p.Now(), Acts: onMany(), Earlier: r.FormValue("earlier") != "", Address: home}
	if page.Station == nil {
		page.Stations = p.Office.Timetable().SearchStations("", stationsMost)
		p.book.Show(w, r, http.StatusOK, "setup", page)
		return
	}
	after := p.Now().Add(-boardPast)
	if page.Earlier {
		after = chepiao.Clock(0).On(p.Today(), p.Office.Timetable().Zone)
		page.Address += "?earlier=1"
	}
	list, err := p.Office.DayBoard(r.Context(), p.Now(), after, page.Station.No, boardMost)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	above := p.Today()
	for _, s := range list {
		row := p.row(s)
		row.Next = !page.First && !row.Past
		page.First = page.First || row.Next
		if day := p.DayOf(s.Departs); day != above {
			above, row.Day = day, day
		}
		page.Sum.add(row)
		page.Rows = append(page.Rows, row)
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "board", page)
}

func (p *Pages) row(s office.BoardLine) boardRow {
	last := s.Template.Stops[len(s.Template.Stops)-1]
	row := boardRow{BoardLine: s, To: p.Office.Timetable().Station(last.Station), Link: departureLink(s.ID), Load: loadOf(s)}
	row.Past = s.Phase == chepiao.Dispatched || s.State != chepiao.Running && s.Now.After(s.Last)
	words := []string{s.Template.Number, s.Gate, row.To.Name, row.To.English, row.To.Initials, row.To.Pinyin}
	if s.Report != nil {
		words = append(words, s.Report.Plate)
	}
	row.Find = strings.ToLower(strings.Join(words, " "))
	return row
}

func (s *boardSum) add(row boardRow) {
	s.Departures++
	s.Sold += row.Sold
	s.Checked += row.Checked
	s.Waiting += row.Waiting
	if row.Phase == chepiao.Dispatched {
		s.Left++
	}
	if len(row.Alarms) > 0 {
		s.Alarms++
	}
}

// loadOf measures a departure for its bar: who is aboard, who else rides, and
// what is kept back. A coach with fewer seats than the plan makes a shorter bar
// full.
func loadOf(s office.BoardLine) load {
	l := load{Riding: s.Riding, Places: s.Places}
	if s.Report != nil && !s.Flow {
		l.Places = min(s.Places, s.Report.Seats)
	}
	of := func(n int) int { return min(100, 100*n/max(1, l.Places)) }
	l.Checked = of(min(s.Checked, s.Riding))
	l.Riders = of(s.Riding)
	l.Reserved = min(100-l.Riders, of(s.Reserved+s.Away))
	return l
}

func departureLink(id chepiao.DepartureID) string { return home + "/departures/" + id.String() }
