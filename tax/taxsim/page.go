package taxsim

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"chepiao/tax"
)

//go:embed pages/*
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages/*.html"))

// shownMax bounds the invoices on the page.
const shownMax = 100

// page shows the switches and what was made, newest first. Whoever reaches the
// service may use it, which is why it belongs on a closed network.
func (s *Service) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	v := struct {
		Switches Switches
		Saved    bool
		Made     []tax.Invoice
		Unknown  string
	}{Switches: s.switches, Saved: r.URL.Query().Has("saved"), Unknown: UnknownBuyer}
	for _, m := range slices.Backward(s.made) {
		if len(v.Made) < shownMax {
			v.Made = append(v.Made, m.Invoice)
		}
	}
	s.mu.Unlock()
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "control.html", v); err != nil {
		s.opt.Log.Error("practice tax service", "error", err)
		http.Error(w, "a fault", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes()) //nolint:errcheck // a broken connection is the caller's to notice
}

func (s *Service) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "pages/style.css")
}

func (s *Service) setSwitches(w http.ResponseWriter, r *http.Request) {
	slow, err := strconv.Atoi(r.PostFormValue("slow_seconds"))
	if err != nil {
		slow = -1 // refused below
	}
	has := func(name string) bool { return r.PostFormValue(name) != "" }
	if err := s.SetSwitches(Switches{Down: has("down"), SlowSeconds: slow, Lost: has("lost"), Hidden: has("hidden")}); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/?saved", http.StatusSeeOther)
}

// putSwitches is the same for programs.
func (s *Service) putSwitches(w http.ResponseWriter, r *http.Request) {
	var to Switches
	if json.NewDecoder(r.Body).Decode(&to) != nil || s.SetSwitches(to) != nil {
		http.Error(w, "the switches are not what was agreed", http.StatusBadRequest)
		return
	}
	show(w, to)
}
