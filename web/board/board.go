// Package board is the departure board for everybody: on the big screen of a
// station's hall, above one gate, or on a phone. It shows what leaves next, from
// which gate, and how that stands, in Chinese and English, turns its own pages and
// can say aloud what is to be said. It needs no sign-in and names no passenger.
package board

import (
	"embed"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the board and the list of stations to choose from.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "hall")
	return &Pages{k, book}, err
}

// Routes adds the pages.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /board", p.choose)
	mux.HandleFunc("GET /board/{station}", p.board)
}

// hallPage is a station's board as it hangs in the hall.
type hallPage struct {
	office.Display
	Gate    string
	Address string // of this board, for the next look
	Day     chepiao.Day
	Now     time.Time
	Offset  int  // of the network's zone from UTC, in seconds
	Good    int  // seconds after which it is old
	Screen  bool // it hangs on a wall: nothing to press
}

// Limits of a board: departures it knows of, after how many seconds it says that it
// is old.
const (
	most     = 60
	good     = 60
	gateMost = 40 // bytes of a gate's name
	stations = 200
	fresh    = "public, max-age=5"
)

// board shows what leaves a station. ?gate= shows what boards there; it may hang
// above that gate. ?screen= is for a screen that nobody touches: no buttons, no pointer,
// and it does not go to sleep; with ?voice= it speaks.
func (p *Pages) board(w http.ResponseWriter, r *http.Request) {
	t := p.Office.Timetable()
	s, err := t.StationByCode(strings.ToUpper(r.PathValue("station")), "station")
	gate := r.FormValue("gate")
	if err == nil && len(gate) > gateMost {
		err = chepiao.Refuse(chepiao.Invalid, "没有这个检票口", "there is no such gate").At("gate")
	}
	page := hallPage{Gate: gate, Now: p.Now(), Day: p.Today(), Good: good, Screen: r.FormValue("screen") != ""}
	if err == nil {
		page.Display, err = p.Office.Display(r.Context(), page.Now, office.DisplayQuery{Station: s.No, Gate: gate, Ahead: office.DisplayAhead, Limit: most})
	}
	if err != nil {
		p.book.Refused(w, r, err, "/board")
		return
	}
	_, page.Offset = page.Now.In(t.Zone).Zone()
	page.Address = "/board/" + url.PathEscape(s.Code)
	if gate != "" {
		page.Address += "?gate=" + url.QueryEscape(gate)
	}
	w.Header().Set("Cache-Control", fresh)
	p.book.Show(w, inChinese(r), http.StatusOK, "board", page)
}

// choose lists the stations that have a board.
func (p *Pages) choose(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, inChinese(r), http.StatusOK, "choose", p.Office.Timetable().SearchStations("", stations))
}

// inChinese asks for the page in Chinese whoever reads it: it has the English beside.
func inChinese(r *http.Request) *http.Request {
	c := r.Clone(r.Context())
	q := c.URL.Query()
	q.Set("lang", "zh")
	c.URL.RawQuery = q.Encode()
	return c
}

// Left says that a departure is of no use to anybody who waits: the row is dimmed.
func (hallPage) Left(s chepiao.Shown) bool { return !s.Stands() }

// DayOf is the day on which a departure leaves, where that is not today; else 0.
func (h hallPage) DayOf(s chepiao.Shown) chepiao.Day {
	if d := chepiao.DayOf(s.Departs); d != h.Day {
		return d
	}
	return 0
}
