package desk

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"chepiao"
)

// moneyRest is the comparison of all bills that the page shows and nobody has compared, or
// that have open differences, one after another, the oldest day first: a later bill may
// have what an earlier one lacks. Each step is a request of its own and the page between
// two says how far it is, so that it may be left at any time and nothing is half done.
type moneyRest struct {
	Waiting int // bills that would be compared
	Running bool
	Next    int // place in the picture that comes next
	Done    int // bills compared until now
	Failed  int // bills that the channel does not give out yet, or could not be asked for
	Total   int // of this run
}

// Tried is how many of the run are behind.
func (m moneyRest) Tried() int { return m.Done + m.Failed }

// cells are the places of the picture, the oldest day first.
func (p moneyPage) cells() (list []moneyCell) {
	for i := len(p.Days) - 1; i >= 0; i-- {
		list = append(list, p.Days[i].Cells...)
	}
	return list
}

// waits says that a bill is to be compared.
func (c moneyCell) waits() bool { return c.State == "none" || c.State == "open" }

// restOf reads from a request how far a run is.
func restOf(r *http.Request, page moneyPage) (m moneyRest) {
	number := func(name string) int {
		n, err := strconv.Atoi(r.FormValue(name))
		if err != nil || n < 0 {
			return 0
		}
		return min(n, moneyDays*max(1, len(page.Channels)))
	}
	m.Next, m.Done, m.Failed, m.Total = number("next"), number("done"), number("failed"), number("total")
	for i, c := range page.cells() {
		if c.waits() {
			m.Waiting++
			m.Running = m.Running || m.Total > 0 && i >= m.Next
		}
	}
	m.Total = max(m.Total, m.Tried())
	return m
}

// compareRest compares the next bill of a run and leads to the page that says so.
func (p *Pages) compareRest(w http.ResponseWriter, r *http.Request) {
	page, err := p.moneyOf(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/money")
		return
	}
	m := restOf(r, page)
	if m.Total == 0 {
		m = moneyRest{Total: m.Waiting}
	}
	for i, c := range page.cells() {
		if i < m.Next || !c.waits() {
			continue
		}
		m.Next = i + 1
		_, err := p.Office.Reconcile(r.Context(), p.Verb(r), c.Channel, c.Day)
		if err != nil && chepiao.AsRefusal(err) == nil {
			p.Fault(w, r, err)
			return
		}
		if err != nil {
			m.Failed++
		} else {
			m.Done++
		}
		break
	}
	to := url.Values{}
	for name, n := range map[string]int{"next": m.Next, "done": m.Done, "failed": m.Failed, "total": cmp.Or(m.Total, 1)} {
		to.Set(name, strconv.Itoa(n)) // Encode sorts them
	}
	http.Redirect(w, r, home+"/money?"+to.Encode(), http.StatusSeeOther)
}
