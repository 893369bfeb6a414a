package web

import (
	"embed"
	"net/http"

	"chepiao/demo"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var homePages embed.FS

// homePage offers the doors.
type homePage struct {
	Stations, Lines, Templates int
	Wallet                     string
	Name, Document             string // of somebody invented, for trying
}

// addHome adds the page where everything begins, and what answers for every
// address that is none.
func addHome(k *ui.Kit, mux *http.ServeMux, wallet string) error {
	book, err := k.NewBook(homePages, "plain")
	if err != nil {
		return err
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		t := k.Office.Timetable()
		p := homePage{Stations: len(t.Stations), Lines: len(t.Lines), Templates: len(t.Templates), Wallet: wallet}
		if k.Demo {
			p.Name, p.Document = demo.Person(triedPerson)
		}
		book.Show(w, r, http.StatusOK, "home", p)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { book.Missing(w, r) })
	return nil
}

// triedPerson is an invented person whom the demo has sold nothing to.
const triedPerson = 777_777

func favicon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#07713a"/><path d="M7 11a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v2.5a2.5 2.5 0 0 0 0 5V21a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-2.5a2.5 2.5 0 0 0 0-5z" fill="#fff"/><path d="M19 10v12" stroke="#07713a" stroke-width="1.6" stroke-dasharray="2 2"/></svg>`)) //nolint:errcheck // the reader has gone
}
