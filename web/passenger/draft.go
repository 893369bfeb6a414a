package passenger

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// draft answers a form that is being filled in: one passenger more or less, or
// what has been typed so far, judged. It keeps nothing.
func (p *Pages) draft(w http.ResponseWriter, r *http.Request) {
	page, err := p.departurePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Form = readForm(r)
	f := &page.Form
	switch act, which, _ := strings.Cut(r.PostFormValue("act"), "."); act {
	case "add":
		if len(f.Rows) < page.Most {
			f.Rows = append(f.Rows, row{Kind: f.Rows[0].Kind})
		}
	case "remove":
		if i, err := strconv.Atoi(which); err == nil && i >= 0 && i < len(f.Rows) && len(f.Rows) > 1 {
			f.Rows = slices.Delete(f.Rows, i, i+1)
		}
	}
	f.check(p.Today(), true)
	p.finish(r, page)
	p.book.Show(w, r, http.StatusOK, "departure", page)
}
