// Package guide is the pages that explain, with pictures, how to buy a ticket,
// how to board and how to get a receipt: in general, and at one station with its
// own times, address and telephone. The numbers are those of the rules in effect
// there now, so that the page never says something else than the gate does.
package guide

import (
	"embed"
	"net/http"
	"time"

	"chepiao"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the pages of guidance.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "phone")
	return &Pages{k, book}, err
}

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /guide", p.show)
	mux.HandleFunc("GET /guide/{station}", p.show)
}

// guidePage is the guidance at a station, or in general.
type guidePage struct {
	Station *chepiao.Station // nil: in general
	Rules   *chepiao.Rules
	Ladder  []string
	Hold    int    // minutes a seat is kept unpaid
	Stops   int    // minutes before departure at which phones sell no more
	Window  int    // and windows
	Opens   string // how long before departure check opens
	Closes  string // and closes
	Receipt int    // days
	Popular []*chepiao.Station
}

const popularMost = 8

func (p *Pages) show(w http.ResponseWriter, r *http.Request) {
	t, now := p.Office.Timetable(), p.Now()
	page := guidePage{}
	where := chepiao.Where{}
	if code := r.PathValue("station"); code != "" {
		s, err := t.StationByCode(code, "station")
		if err != nil {
			p.book.Refused(w, r, err, "/guide")
			return
		}
		page.Station = s
		if where, err = p.Office.Place(s.Code, ""); err != nil {
			p.book.Refused(w, r, err, "/guide")
			return
		}
	}
	page.Rules = p.Office.RulesAt(now, where)
	minutes := func(seconds int) int { return seconds / int(time.Minute/time.Second) }
	page.Ladder = ui.Ladder(page.Rules, ui.Language(r))
	page.Hold, page.Stops, page.Window = minutes(page.Rules.HoldOnline), minutes(page.Rules.StopSaleOnline), minutes(page.Rules.StopSaleWindow)
	lang := ui.Language(r)
	before := func(seconds int) string { return ui.SaySpan(lang, time.Duration(seconds)*time.Second) }
	page.Opens, page.Closes, page.Receipt = before(page.Rules.CheckOpens), before(page.Rules.CheckCloses), page.Rules.ReceiptDays
	page.Popular = t.SearchStations("", popularMost)
	p.book.Show(w, r, http.StatusOK, "guide", page)
}
