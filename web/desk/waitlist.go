package desk

import (
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/ui"
)

// waitPage is the departures that people wait for, the longest queue first.
type waitPage struct {
	Rows   []waitRow
	People int
	Money  chepiao.Money // paid ahead, in all
	Extra  int           // departures for which an extra one is proposed
}

type waitRow struct {
	ui.Trip
	chepiao.WaitPressure
	Link  string
	Make  string // form of the extra departure
	Share int    // of 100, against the longest queue
}

// pressuresMost bounds the departures on the page.
const pressuresMost = 100

func (p *Pages) waitRoutes() map[string]page {
	return map[string]page{"GET " + home + "/waitlist": {ident.Operate, p.waitlist}}
}

func (p *Pages) waitlist(w http.ResponseWriter, r *http.Request) {
	list, err := p.Office.Pressures(r.Context(), p.Now(), pressuresMost)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	var page waitPage
	for _, one := range list {
		row := waitRow{Trip: *p.tripOf(one.Departure), WaitPressure: one, Link: departureLink(one.Departure)}
		row.Make = home + "/act?" + url.Values{"kind": {string(chepiao.ActExtra)}, "d": {one.Departure.String()}, "reason": {ui.Language(r).Say("wait.reason")}}.Encode()
		row.Share = 100 * one.People / list[0].People
		page.People += one.People
		page.Money += one.Prepaid
		if one.Extra {
			page.Extra++
		}
		page.Rows = append(page.Rows, row)
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "waitlist", page)
}
