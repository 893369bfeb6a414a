package desk

import (
	"net/http"
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
	Stations []*chepiao.Station // to choose the desk's own from, while it has none
}

type boardRow struct {
	office.Boarding
	To   *chepiao.Station
	Link string
}

// Limits of the board: departures, how long ago one may have been due, stations
// to choose from.
const (
	boardMost    = 120
	boardPast    = 2 * time.Hour
	stationsMost = 200
)

func (p *Pages) boardRoutes() map[string]page {
	return map[string]page{"GET " + home: {ident.Operate, p.board}}
}

func (p *Pages) board(w http.ResponseWriter, r *http.Request) {
	page := boardPage{Station: p.Place(w, r), Now: p.Now()}
	if page.Station == nil {
		page.Stations = p.Office.Timetable().SearchStations("", stationsMost)
		p.book.Show(w, r, http.StatusOK, "setup", page)
		return
	}
	rows, err := p.Office.Board(r.Context(), p.Now().Add(-boardPast), page.Station.No, boardMost)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, b := range rows {
		last := b.Template.Stops[len(b.Template.Stops)-1]
		page.Rows = append(page.Rows, boardRow{b, p.Office.Timetable().Station(last.Station), home + "/departures/" + b.ID.String()})
	}
	p.book.Show(w, r, http.StatusOK, "board", page)
}
