package window

import (
	"net/http"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// boardPage is the next departures of the station.
type boardPage struct {
	Station *chepiao.Station
	Rows    []boardRow
	Now     time.Time
}

type boardRow struct {
	office.Boarding
	To       *chepiao.Station
	Link     string
	Tomorrow bool // leaves after midnight
}

// Limits of the board: departures, how long ago one may have been due.
const (
	boardMost = 25
	boardPast = 30 * time.Minute
)

func (p *Pages) board(w http.ResponseWriter, r *http.Request) {
	page := boardPage{Station: p.Place(w, r), Now: p.Now()}
	if page.Station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	rows, err := p.Office.Board(r.Context(), p.Now(), p.Now().Add(-boardPast), page.Station.No, boardMost)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, b := range rows {
		last := b.Template.Stops[len(b.Template.Stops)-1]
		page.Rows = append(page.Rows, boardRow{
			Boarding: b, To: p.Office.Timetable().Station(last.Station), Link: manifestLink(b.ID), Tomorrow: p.DayOf(b.Departs) > p.Today(),
		})
	}
	p.book.Show(w, r, http.StatusOK, "board", page)
}

// manifestPage is who travels on a departure, and where it is let go.
type manifestPage struct {
	ui.Trip
	Station *chepiao.Station
	Riders  []rider
	Here    int // paid tickets that board here
	Checked int
	Gone    bool
	Once    string
	Link    string
	Note    *chepiao.Refusal
	Left    *office.Left // the coach has just left
}

type rider struct {
	chepiao.Ticket
	Who      chepiao.Passenger // prints masked
	From, To *chepiao.Station
	Mine     bool // boards here
}

// ridersMost bounds a manifest page; a flow departure may have thousands.
const ridersMost = 500

func (p *Pages) manifest(w http.ResponseWriter, r *http.Request) {
	p.showManifest(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) showManifest(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal, left *office.Left) {
	page, err := p.manifestPage(w, r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/board")
		return
	}
	page.Note, page.Left = note, left
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "manifest", page)
}

func (p *Pages) manifestPage(w http.ResponseWriter, r *http.Request) (*manifestPage, error) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	if err != nil {
		return nil, err
	}
	t := p.Office.Timetable()
	run, err := t.Run(id)
	if err != nil {
		return nil, err
	}
	once, err := p.Secret()
	if err != nil {
		return nil, err
	}
	page := &manifestPage{Trip: p.Trip(run, 0, len(run.Template.Stops)-1), Station: p.Place(w, r), Once: once, Link: manifestLink(id)}
	tickets, people, err := p.Office.Manifest(r.Context(), id, 0, ridersMost)
	if err != nil {
		return nil, err
	}
	left, err := p.Office.LeftStops(id)
	if err != nil {
		return nil, err
	}
	for i, s := range run.Template.Stops {
		page.Gone = page.Gone || page.Station != nil && s.Station == page.Station.No && i < left
	}
	for i, ticket := range tickets {
		if !ticket.State.Live() {
			continue
		}
		one := rider{Ticket: ticket, Who: people[i], From: t.Station(ticket.From), To: t.Station(ticket.To)}
		one.Mine = page.Station != nil && ticket.From == page.Station.No
		page.count(one)
		page.Riders = append(page.Riders, one)
	}
	return page, nil
}

// count adds a ticket to the sums of this station.
func (m *manifestPage) count(one rider) {
	if !one.Mine || one.State == chepiao.TicketHeld {
		return
	}
	m.Here++
	switch one.State {
	case chepiao.TicketChecked, chepiao.TicketDeparted, chepiao.TicketUsed:
		m.Checked++
	}
}

func manifestLink(id chepiao.DepartureID) string { return home + "/departures/" + id.String() }
