// Package verify is the page that explains a voucher in the browser, by the
// very code that gates run, compiled to WebAssembly. The page loads the program
// and the signed key directory once; from then on nothing that is typed or
// scanned leaves the machine, and the network may be off.
package verify

import (
	"embed"
	"encoding/json"
	"net/http"

	"chepiao"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages is the one page.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the page.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "plain")
	return &Pages{k, book}, err
}

// Routes adds the page and the list of stations it reads.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /verify", func(w http.ResponseWriter, r *http.Request) {
		p.book.Show(w, r, http.StatusOK, "verify", nil)
	})
	mux.HandleFunc("GET /verify/stations.json", p.stations)
}

// stations are the stations' names by number: a voucher holds only numbers.
func (p *Pages) stations(w http.ResponseWriter, r *http.Request) {
	lang := ui.Language(r)
	names := map[chepiao.StationNo]string{}
	list := p.Office.Timetable().Stations
	for i := range list {
		names[list[i].No] = ui.SayStation(lang, &list[i])
	}
	body, err := json.Marshal(names)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body) //nolint:errcheck // the reader has gone
}
