package kiosk

import (
	"net/http"
	"net/url"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// buyPage asks where to: the next coaches, the places most go to, or every
// place by the first letters of its name.
type buyPage struct {
	Here    *chepiao.Station
	Next    []listed
	Popular []place
	All     []place
}

// place is a station that can be reached from here.
type place struct {
	*chepiao.Station
	Keys string // what is typed for it: "baoding bd"
	Link string
}

// listed is a departure to choose.
type listed struct {
	ui.Trip
	Free    int
	Price   chepiao.Money
	Refusal *chepiao.Refusal
	Link    string
}

// Limits of the pages: places shown large, places in all, coaches of today, those
// looked through for them, departures of a day.
const (
	popularMost = 8
	placesMost  = 600
	nextMost    = 5
	nextAmong   = 40
	listMost    = 60
	daysMost    = 7
)

func (p *Pages) buy(w http.ResponseWriter, r *http.Request) {
	here := p.Place(w, r)
	if here == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	page := buyPage{Here: here}
	for _, s := range p.Office.Timetable().Reach(here.No) {
		one := place{Station: s, Keys: strings.ToLower(s.Pinyin + " " + s.Initials + " " + strings.ReplaceAll(s.English, " ", "")), Link: listLink(s, p.Today())}
		if len(page.Popular) < popularMost {
			page.Popular = append(page.Popular, one)
		}
		if len(page.All) < placesMost {
			page.All = append(page.All, one)
		}
	}
	board, err := p.Office.Board(r.Context(), p.Now(), p.Now(), here.No, nextAmong)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, b := range board {
		end := b.Template.Stops[len(b.Template.Stops)-1].Station
		offer, err := p.Office.Offer(p.Now(), b.ID, here.No, end, chepiao.Online)
		if err == nil && offer.Refusal == nil && len(page.Next) < nextMost {
			page.Next = append(page.Next, p.listed(offer, here))
		}
	}
	p.book.Show(w, r, http.StatusOK, "buy", page)
}

// listPage is the departures of a day.
type listPage struct {
	Here, To *chepiao.Station
	Day      chepiao.Day
	Days     []dayChip
	Offers   []listed
	Gone     int // left already, and not shown
}

// dayChip is a day to choose.
type dayChip struct {
	Day  chepiao.Day
	Plus int // days from today
	On   bool
	Link string
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	here := p.Place(w, r)
	to, err := p.Office.Timetable().StationByCode(r.URL.Query().Get("to"), "to")
	if err != nil || here == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	page := listPage{Here: here, To: to, Day: p.Today()}
	last := page.Day + chepiao.Day(p.Office.Rules().AdvanceDays)
	if day, err := chepiao.ParseDay(r.URL.Query().Get("day")); err == nil {
		page.Day = min(max(day, page.Day), last)
	}
	for i := range daysMost {
		if d := p.Today() + chepiao.Day(i); d <= last {
			page.Days = append(page.Days, dayChip{Day: d, Plus: i, On: d == page.Day, Link: listLink(to, d)})
		}
	}
	offers, _, err := p.Office.Search(p.Now(), office.Question{From: here.No, To: to.No, Day: page.Day, Channel: chepiao.Online, Limit: listMost})
	if err != nil {
		p.refused(w, r, err, home+"/buy")
		return
	}
	for _, o := range offers {
		if o.Refusal != nil && o.Refusal.Reason == chepiao.PastDeparture {
			page.Gone++
			continue
		}
		page.Offers = append(page.Offers, p.listed(o, here))
	}
	p.book.Show(w, r, http.StatusOK, "list", page)
}

func (p *Pages) listed(o office.Offer, here *chepiao.Station) listed {
	l := listed{Trip: p.Trip(o.Run, o.Board, o.Alight), Free: o.Free, Price: o.Price, Refusal: o.Refusal}
	if o.Refusal == nil {
		l.Link = saleLink(o.ID, l.To)
	}
	return l
}

func listLink(to *chepiao.Station, d chepiao.Day) string {
	return home + "/departures?" + url.Values{"to": {to.Code}, "day": {d.String()}}.Encode()
}

func saleLink(id chepiao.DepartureID, to *chepiao.Station) string {
	return home + "/sale/" + id.String() + "?" + url.Values{"to": {to.Code}}.Encode()
}
