package passenger

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// listPage is the departures of a day between two stations.
type listPage struct {
	From, To *chepiao.Station
	Day      chepiao.Day
	Days     []dayChip
	Offers   []listed
	Gone     []listed // left already: folded away above the others
	Total    int
	More     string // address of the next part; "" at the end
	Back     string // address of the search with everything filled in
	Turn     string // address of the way back
	Earlier  string // address of the day before and after; "" where nothing is sold
	Later    string
	Parts    []option // parts of the day
	Orders   []option // what comes first
	OnlyFree option
	Hidden   int // departures that the choice leaves out
	Ladder   []string
	RealName bool
	NextDay  string // address of the next day with departures, when this has none
	Next     chepiao.Day
}

// listed is one departure of the list.
type listed struct {
	ui.Trip
	Free    int
	Price   chepiao.Money
	Refusal *chepiao.Refusal
	Link    string
	Few     bool
	Wait    bool // full, and may be waited for
	Fast    bool // the shortest ride of the list
	Cheap   bool // the lowest price of the list, where prices differ
}

// Limits of the list: departures a part, seats that count as few, days looked
// ahead for another departure.
const (
	listMost  = 60
	fewSeats  = 10
	daysAhead = 15
)

func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s := searchPage{From: q.Get("from"), To: q.Get("to"), FromCode: q.Get("from_code"), ToCode: q.Get("to_code"), Notes: ui.Notes{}}
	from, errFrom := p.Named(s.From, s.FromCode, "from")
	to, errTo := p.Named(s.To, s.ToCode, "to")
	day, errDay := p.wantedDay(r)
	for _, err := range []error{errFrom, errTo, errDay} {
		if err := s.Notes.Add(err); err != nil {
			p.Fault(w, r, err)
			return
		}
	}
	if len(s.Notes) > 0 {
		p.showSearch(w, r, http.StatusUnprocessableEntity, s)
		return
	}
	after, _ := strconv.Atoi(q.Get("after"))
	view := readView(q)
	question := office.Question{From: from.No, To: to.No, Day: day, Channel: chepiao.Online, After: max(after, 0), Limit: listMost}
	if !view.plain() { // then what is left out is counted over the whole day
		question.After, question.Limit = 0, wholeDay
	}
	offers, total, err := p.Office.Search(p.Now(), question)
	if err != nil {
		if err := s.Notes.Add(err); err != nil {
			p.Fault(w, r, err)
			return
		}
		p.showSearch(w, r, http.StatusUnprocessableEntity, s)
		return
	}
	page := listPage{From: from, To: to, Day: day, Total: total}
	page.Days = p.days(day, func(d chepiao.Day) string { return listLink(from, to, d) + view.query() })
	p.running(page.Days, from, to)
	if day > p.Today() {
		page.Earlier = listLink(from, to, day-1) + view.query()
	}
	if last := page.Days[len(page.Days)-1].Day; day < last {
		page.Later = listLink(from, to, day+1) + view.query()
	}
	for _, o := range offers {
		if o.Refusal != nil && o.Refusal.Reason == chepiao.PastDeparture {
			page.Gone = append(page.Gone, p.listed(o, from, to))
		} else {
			page.Offers = append(page.Offers, p.listed(o, from, to))
		}
	}
	view.apply(p, &page)
	if next := question.After + len(offers); next < total && view.plain() {
		page.More = fmt.Sprintf("%s&after=%d", listLink(from, to, day), next)
	}
	lang := ui.Language(r)
	page.Back = home + "?" + url.Values{"from": {ui.SayStation(lang, from)}, "to": {ui.SayStation(lang, to)}, "from_code": {from.Code}, "to_code": {to.Code}, "day": {day.String()}}.Encode()
	page.Turn = listLink(to, from, day)
	if len(page.Offers) == 0 && page.More == "" && page.Hidden == 0 {
		p.lookAhead(&page)
	}
	if len(offers) > 0 { // those of the first; where lines differ the departure's own page tells
		page.Ladder = ui.Ladder(p.Office.RulesFor(p.Now(), offers[0].Run, offers[0].Board), lang)
		page.RealName = p.Trip(offers[0].Run, offers[0].Board, offers[0].Alight).RealName
	}
	p.book.Show(w, r, http.StatusOK, "list", page)
}

// lookAhead finds the next day on which the journey is offered.
func (p *Pages) lookAhead(page *listPage) {
	for _, d := range p.Office.Timetable().DaysOf(page.From.No, page.To.No, page.Day+1, daysAhead) {
		page.Next, page.NextDay = d, listLink(page.From, page.To, d)
		return
	}
}

func (p *Pages) listed(o office.Offer, from, to *chepiao.Station) listed {
	l := listed{Trip: p.Trip(o.Run, o.Board, o.Alight), Free: o.Free, Price: o.Price, Refusal: o.Refusal, Few: o.Free <= fewSeats}
	l.Wait = o.Refusal != nil && o.Refusal.Reason == chepiao.SoldOut && p.Now().Before(chepiao.WaitEnds(o.Last, p.Office.RulesFor(p.Now(), o.Run, o.Board)))
	if o.Refusal == nil || l.Wait {
		l.Link = departureLink(o.ID, from, to)
	}
	return l
}

func listLink(from, to *chepiao.Station, d chepiao.Day) string {
	return home + "/departures?" + url.Values{"from_code": {from.Code}, "to_code": {to.Code}, "day": {d.String()}}.Encode()
}

func departureLink(id chepiao.DepartureID, from, to *chepiao.Station) string {
	return home + "/departures/" + id.String() + "?" + url.Values{"from": {from.Code}, "to": {to.Code}}.Encode()
}
