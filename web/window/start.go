package window

import (
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// startPage is where every sale begins: where to, then which departure.
type startPage struct {
	From     *chepiao.Station
	To       *chepiao.Station // nil until it is chosen
	ToTyped  string
	Day      chepiao.Day
	Today    chepiao.Day
	Last     chepiao.Day
	Offers   []offered
	Total    int
	Stations []*chepiao.Station // to choose the window's own from, while it has none
	Notes    ui.Notes
	LastSale *lastSale // nil: none was made here yet
}

// offered is one departure of the list.
type offered struct {
	ui.Trip
	Key     int // 1..9 opens it; 0: none
	Free    int
	Seats   int
	Price   chepiao.Money
	Half    chepiao.Money
	Refusal *chepiao.Refusal
	Link    string
}

// Limits of the list: departures shown, those that a digit opens.
const (
	offersMost   = 80
	keysMost     = 9
	stationsMost = 200
)

func (p *Pages) start(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page := startPage{From: p.Place(w, r), ToTyped: q.Get("to"), Today: p.Today(), Day: p.Today(), Notes: ui.Notes{}}
	page.Last = page.Today + chepiao.Day(p.Office.Rules().AdvanceDays)
	if page.From == nil {
		page.Stations = p.Office.Timetable().SearchStations("", stationsMost)
		p.book.Show(w, r, http.StatusOK, "setup", page)
		return
	}
	if day, err := chepiao.ParseDay(q.Get("day")); err == nil {
		page.Day = min(max(day, page.Today), page.Last)
	}
	if page.ToTyped != "" || q.Get("to_code") != "" {
		if err := p.list(&page, q.Get("to_code")); err != nil {
			p.Fault(w, r, err)
			return
		}
	}
	if r.Header.Get("HX-Request") == "" {
		page.LastSale = p.lastSale(w, r)
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "start", page)
}

// list fills in the departures to the station asked for, or says beside the
// field why it cannot.
func (p *Pages) list(page *startPage, code string) (err error) {
	if page.To, err = p.Named(page.ToTyped, code, "to"); err != nil {
		return page.Notes.Add(err)
	}
	offers, total, err := p.Office.Search(p.Now(), office.Question{From: page.From.No, To: page.To.No, Day: page.Day, Channel: chepiao.Window, Limit: offersMost})
	if err != nil {
		return page.Notes.Add(err)
	}
	page.Total = total
	key := 0
	for _, o := range offers {
		row := offered{Trip: p.Trip(o.Run, o.Board, o.Alight), Free: o.Free, Seats: o.Template.Seats, Price: o.Price, Refusal: o.Refusal}
		row.Half = chepiao.Price(o.Line, o.Template, o.Board, o.Alight, chepiao.Half, p.Office.RulesFor(p.Now(), o.Run, o.Board)).Price
		if o.Refusal == nil {
			row.Link = saleLink(o.ID, page.From, page.To)
			if key < keysMost {
				key++
				row.Key = key
			}
		}
		page.Offers = append(page.Offers, row)
	}
	return nil
}

func saleLink(id chepiao.DepartureID, from, to *chepiao.Station) string {
	return home + "/sale/" + id.String() + "?" + url.Values{"from": {from.Code}, "to": {to.Code}}.Encode()
}
