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
	Address  string     // of this very board, for the next look
	First    bool       // the next departure to leave carries the cursor
	Once     string     // for an emergency manifest
	Asks     []boardRow // late, and a dispatcher has to say when they leave; the longest over first
	Over     bool       // nothing leaves today any more
	Next     *boardRow  // the first to leave
}

// Ins are the minutes in which a late coach may be said to leave.
func (boardPage) Ins() []int { return []int{10, 20, 30, 60} }

// boardSum is the day in numbers: departures in each of the states of boardStates, and
// people.
type boardSum struct {
	In                     map[string]int
	Departures, Tasks      int
	Conflicts              int // between nodes
	Sold, Checked, Waiting int
}

// boardStates are what a board may be filtered by, in the order of a departure's life.
// One departure may be in several.
var boardStates = []string{"due", "reported", "checking", "late", "left", "off", "alarm"}

// States are those of the board that some departure is in, with how many.
func (s boardSum) States() (list []boardCount) {
	for _, state := range boardStates {
		if n := s.In[state]; n > 0 || state == "alarm" {
			list = append(list, boardCount{state, n})
		}
	}
	return list
}

type boardCount struct {
	State string
	Count int
}

type boardRow struct {
	office.BoardLine
	To   *chepiao.Station
	Link string
	Load load
	Here int         // seats that this node holds, where others hold some
	Find string      // what the filter looks into
	Day  chepiao.Day // on which it leaves from here, if that is another one than the row's above it; else 0
	Past bool
	Next bool   // the first that has not left
	In   string // states of the filter, separated by blanks
	Over int    // minutes past the time that was last given, while it is to leave
	Asks bool   // a dispatcher has to say when it leaves
}

// Hours are those of Over.
func (r boardRow) Hours() int { return r.Over / 60 }

// Minutes is how long after its planned time it leaves if it leaves in some minutes, in steps
// of five: what the form of a delay asks for.
func (r boardRow) Minutes(in int) int {
	late := r.Now.Add(time.Duration(in) * time.Minute).Sub(r.Planned)
	return int((late + 5*time.Minute - 1) / (5 * time.Minute) * 5)
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
	return map[string]page{"GET " + home: {ident.Operate, p.board}, "GET " + home + "/day": {ident.Operate, p.day}}
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
		if row.Asks {
			page.Asks = append(page.Asks, row)
		}
		if row.Next {
			page.Next = &page.Rows[len(page.Rows)-1]
		}
	}
	page.Over = page.Next == nil || p.DayOf(page.Next.Departs) != p.Today()
	if page.Sum.Tasks, err = p.Office.CountTasks(r.Context(), p.Today(), page.Station.No, tasksMost); err == nil {
		page.Sum.Conflicts, err = p.countConflicts(r)
	}
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "board", page)
}

func (p *Pages) row(s office.BoardLine) boardRow {
	last := s.Template.Stops[len(s.Template.Stops)-1]
	row := boardRow{BoardLine: s, To: p.Office.Timetable().Station(last.Station), Link: departureLink(s.ID), Load: loadOf(s), Here: s.Places - s.Away}
	row.Past = s.Phase == chepiao.Dispatched || s.State != chepiao.Running && s.Now.After(s.Last)
	if !row.Past && s.State == chepiao.Running && !s.Flow && s.Now.After(s.Departs) {
		row.Over = int(s.Now.Sub(s.Departs) / time.Minute)
	}
	row.Asks = s.Asks(p.Office.RulesFor(s.Now, s.Run, s.Stop))
	row.In = statesOf(s)
	words := []string{s.Template.Number, s.Gate, row.To.Name, row.To.English, row.To.Initials, row.To.Pinyin}
	if s.Report != nil {
		words = append(words, s.Report.Plate)
	}
	row.Find = strings.ToLower(strings.Join(words, " "))
	return row
}

// statesOf are the states that a board's filter finds a departure by.
func statesOf(s office.BoardLine) string {
	running := s.State == chepiao.Running
	to := running && s.Phase != chepiao.Dispatched // is to leave
	var in []string
	for i, is := range []bool{
		to && s.Report == nil && s.Phase != chepiao.Checking, to && s.Report != nil, to && s.Phase == chepiao.Checking, to && (s.Delay > 0 || s.Late || s.Absent),
		s.Phase == chepiao.Dispatched, !running, len(s.Alarms) > 0,
	} {
		if is {
			in = append(in, boardStates[i])
		}
	}
	return strings.Join(in, " ")
}

func (s *boardSum) add(row boardRow) {
	if s.In == nil {
		s.In = map[string]int{}
	}
	for _, state := range strings.Fields(row.In) {
		s.In[state]++
	}
	s.Departures++
	s.Sold += row.Sold
	s.Checked += row.Checked
	s.Waiting += row.Waiting
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
