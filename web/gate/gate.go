// Package gate is the page at a station's gate: it reads whatever a passenger
// shows (a voucher by a scanner that types, a ticket's number, a document),
// asks the office, and fills the screen with the answer. It decides nothing.
package gate

import (
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the gate's pages.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "gate")
	return &Pages{k, book}, err
}

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	mux.HandleFunc("GET /gate", desk.Only(ident.Check, p.open))
	mux.HandleFunc("POST /gate/check", desk.Only(ident.Check, p.check))
	mux.HandleFunc("POST /gate/uncheck", desk.Only(ident.Uncheck, p.uncheck))
	mux.HandleFunc("GET /gate/list", desk.Only(ident.Check, p.list))
	mux.HandleFunc("POST /gate/passages", desk.Only(ident.Check, p.passages))
	mux.HandleFunc("GET /gate/ping", desk.Only(ident.Check, p.ping))
	mux.HandleFunc("GET /gate/face", desk.Only(ident.Check, p.face))
	mux.HandleFunc("POST /gate/face/propose", desk.Only(ident.Check, p.propose))
	mux.HandleFunc("GET /gate/face/cohort", desk.Only(ident.Check, p.cohort))
	mux.HandleFunc("POST /gate/face/enrol", desk.Only(ident.Check, p.enrolFace))
	mux.HandleFunc("DELETE /gate/face/enrol", desk.Only(ident.Check, p.enrolFace))
	mux.HandleFunc("GET /gate/app.webmanifest", install)
	mux.HandleFunc("GET /gate/review", desk.Only(ident.Review, p.review))
}

// gatePage is the whole screen.
type gatePage struct {
	Station  *chepiao.Station
	Stations []*chepiao.Station // to choose from, while none is chosen
	standing
	Device  string
	Here    string // ?station=…&gate=…, and what else is bound
	Open    string // Here without a departure
	Bound   *boardRow
	Reviews bool // whoever stands here may see what is reviewed
	Sells   bool // and may sell: on a handheld
	Now     time.Time
	Board   []boardRow
	Verdict *verdict // nil: waiting for the next passenger
	Note    *chepiao.Refusal
	Face    bool // this station compares faces
	WalkUp  bool // and this gate recognises passengers who show nothing
}

// boardRow is one of the next departures with how many have passed.
type boardRow struct {
	office.Boarding
	To       *chepiao.Station
	Tomorrow bool   // leaves after midnight
	Bind     string // address of this page for this coach only; "" once it has gone
}

// Limits of the page: departures on the board, how long ago a coach that has
// not left may have been due, characters of a gate's name.
const (
	boardMost = 5
	boardPast = 20 * time.Minute
	gateMost  = 12
)

// Past and Most are the board's limits, for the page that draws it without the node:
// milliseconds, departures.
func (gatePage) Past() int64 { return boardPast.Milliseconds() }
func (gatePage) Most() int   { return boardMost }

func (p *Pages) open(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, nil, nil)
}

// show fills the screen. Without a station it asks where this gate stands.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, v *verdict, note *chepiao.Refusal) {
	page := gatePage{Station: p.Place(w, r), standing: p.standing(r), Now: p.Now(), Verdict: v, Note: note, Reviews: ui.May(r, ident.Review), Sells: ui.May(r, ident.SellAtWindow)}
	w.Header().Set("Cache-Control", "no-store")
	if page.Station == nil || !r.URL.Query().Has("gate") && v == nil {
		page.Stations = p.Office.Timetable().SearchStations("", stationsMost)
		p.book.Show(w, r, status, "setup", page)
		return
	}
	page.Device, page.Face = p.device(r, page.Station, page.Gate), p.faceOn(page.Station)
	page.WalkUp = p.walksUp(page.Station, page.standing)
	page.Here, page.Open = "?"+page.here(page.Station), "?"+standing{Gate: page.Gate, Place: page.Place}.here(page.Station)
	board, err := p.Office.Board(r.Context(), p.Now(), p.Now().Add(-boardPast), page.Station.No, boardMost)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, b := range board {
		last := b.Template.Stops[len(b.Template.Stops)-1]
		row := boardRow{Boarding: b, To: p.Office.Timetable().Station(last.Station), Tomorrow: p.DayOf(b.Departs) > p.Today()}
		if bind := page.standing; !b.Gone {
			bind.Departure = b.ID
			row.Bind = "?" + bind.here(page.Station)
		}
		page.Board = append(page.Board, row)
	}
	page.Bound = p.bound(page.Departure, page.Station)
	p.book.Show(w, r, status, "gate", page)
}

const stationsMost = 200

// standing is where a gate stands and whom it lets pass.
type standing struct {
	Gate      string // "" for any
	Place     chepiao.CheckPlace
	Departure chepiao.DepartureID // the coach that is boarding here; 0: any
}

// standing is what the address says of the gate. What it cannot mean is left out.
func (p *Pages) standing(r *http.Request) (s standing) {
	q := r.URL.Query()
	s.Gate = gateName(r)
	if place := chepiao.CheckPlace(q.Get("place")); place.Known() && place != chepiao.AtGate {
		s.Place = place
	}
	if id, err := chepiao.ParseDepartureID(q.Get("departure")); err == nil && s.Place != chepiao.AtHall {
		if _, err := p.Office.Timetable().Run(id); err == nil {
			s.Departure = id
		}
	}
	return s
}

// here is the address of the page for where the gate stands.
func (s standing) here(at *chepiao.Station) string {
	q := url.Values{"station": {at.Code}, "gate": {s.Gate}}
	if s.Place != "" {
		q.Set("place", string(s.Place))
	}
	if s.Departure != 0 {
		q.Set("departure", s.Departure.String())
	}
	return q.Encode()
}

// bound is the coach that a gate is bound to, with its time here; nil for none.
func (p *Pages) bound(id chepiao.DepartureID, at *chepiao.Station) *boardRow {
	if id == 0 {
		return nil
	}
	run, err := p.Office.Timetable().Run(id)
	if err != nil {
		return nil
	}
	stops := run.Template.Stops
	here := max(0, slices.IndexFunc(stops, func(s chepiao.Stop) bool { return s.Station == at.No }))
	first, _ := p.Office.Span(run, here)
	return &boardRow{Boarding: office.Boarding{Run: run, Departs: first}, To: p.Office.Timetable().Station(stops[len(stops)-1].Station)}
}

// gateName is the name of the gate, "" for any.
func gateName(r *http.Request) string {
	name := strings.TrimSpace(r.URL.Query().Get("gate"))
	if utf8.RuneCountInString(name) > gateMost || strings.ContainsAny(name, "\r\n") {
		return ""
	}
	return name
}

// device is what the journal and a second check call this gate. Where everybody
// is one device the gate's place tells them apart.
func (p *Pages) device(r *http.Request, s *chepiao.Station, gate string) string {
	name := ui.By(r)
	if p.Devices.IsOpen() {
		name = s.Name + " " + gate
	}
	for len(name) > ident.NameMax {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimSpace(name)
}
