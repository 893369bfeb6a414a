// Package desk is the dispatcher's pages: the board of a station's departures,
// what is done to them, whom it concerns, and the rules they run under. Every
// act is shown before it is done.
package desk

import (
	"embed"
	"net/http"

	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the desk's pages.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "dispatch")
	return &Pages{k, book}, err
}

const home = "/desk"

// page is one address: which verb it needs and what shows it.
type page struct {
	verb ident.Verb
	show http.HandlerFunc
}

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	mux.HandleFunc("GET /emergency/away", p.away)
	for _, routes := range []map[string]page{
		p.boardRoutes(), p.departureRoutes(), p.actRoutes(), p.reportRoutes(), p.messageRoutes(), p.caseRoutes(), p.waitRoutes(), p.fleetRoutes(), p.rulesRoutes(), p.privacyRoutes(), p.stationRoutes(), p.moneyRoutes(), p.emergencyRoutes(), p.gateRoutes(), p.hallRoutes(), p.taskRoutes(), p.conflictRoutes(), p.faceRoutes(),
	} {
		for pattern, one := range routes {
			mux.HandleFunc(pattern, desk.Only(one.verb, one.show))
		}
	}
}

// verb is who asks; the form carries the id, so that a form sent twice is done
// once.
func (p *Pages) verb(r *http.Request) office.Verb {
	return p.Verb(r)
}
