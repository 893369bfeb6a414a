package desk

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/paper"
	"chepiao/web/ui"
)

func (p *Pages) emergencyRoutes() map[string]page {
	return map[string]page{
		"POST " + home + "/departures/{departure}/emergency": {ident.SeeManifest, p.emergency},
		"GET " + home + "/emergency":                         {ident.SeeManifest, p.ready},
		"GET /emergency":                                     {ident.SeeManifest, p.emergencies},
	}
}

// away is the page that a browser keeps for when the node does not answer: it has the
// frame and the words, and nothing about anybody. Its script fills it from what this
// machine keeps.
func (p *Pages) away(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	p.book.Show(w, r, http.StatusOK, "away", nil)
}

// manifestJSON is an emergency manifest as a page shows and prints it.
type manifestJSON struct {
	ID      string                  `json:"id"`
	Number  string                  `json:"number"`
	Line    string                  `json:"line"`
	Departs string                  `json:"departs"`
	Plate   string                  `json:"plate"`
	Drivers string                  `json:"drivers"`
	Made    string                  `json:"made"`
	Aboard  int                     `json:"aboard"`
	Free    int                     `json:"free"`
	Waiting int                     `json:"waiting"`
	Seal    string                  `json:"seal"`
	Lasts   int                     `json:"lasts"` // seconds that a sealed copy may lie on this machine; 0: it may not
	Riders  []office.EmergencyRider `json:"riders"`
}

func jsonOf(e office.Emergency) manifestJSON {
	return manifestJSON{
		ID: e.Run.ID.String(), Number: e.Run.Template.Number, Line: e.From.Name + " → " + e.To.Name, Departs: e.Departs.Format("2006-01-02 15:04"), Plate: e.Plate,
		Drivers: strings.Join(e.Drivers, " "), Made: e.Made.Format("2006-01-02 15:04:05"), Aboard: e.Aboard, Free: e.Free, Waiting: e.Waiting, Seal: e.Seal, Lasts: int(e.Lasts.Seconds()), Riders: e.Riders,
	}
}

// emergency is the emergency manifest in one press: a PDF, or what the page asks for
// to print by itself. It is written down before it is answered. read says when a page
// opened its own copy while the node did not answer; then the writing down is all.
func (p *Pages) emergency(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	var read time.Time
	if text := r.PostFormValue("read"); err == nil && text != "" {
		var ms int64
		if ms, err = strconv.ParseInt(text, 10, 64); err == nil {
			read = time.UnixMilli(ms)
		} else {
			err = chepiao.Refuse(chepiao.Invalid, "时间无效", "that is no time").At("read")
		}
	}
	var e office.Emergency
	if err == nil {
		e, err = p.Office.TakeManifest(r.Context(), p.Now(), p.verb(r), id, read)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if r.Header.Get("Accept") == "application/json" {
		p.writeJSON(w, r, jsonOf(e))
		return
	}
	by := ui.By(r)
	if who := p.Actor(r).Who(); who != "" {
		by += " " + string(who)
	}
	b, err := paper.PDF(paper.A4, e.Document(paper.Printed{At: e.Made, By: by, Copy: 1}))
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="manifest-`+id.String()+`.pdf"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b) //nolint:errcheck // the reader has gone
}

// ready is what a staff page holds so that it can print when the node does not answer:
// in its memory, and sealed on the machine where that is one of the station's
// (docs/decisions/0046). Somebody who signed in on a machine of their own keeps nothing.
func (p *Pages) ready(w http.ResponseWriter, r *http.Request) {
	list := []manifestJSON{}
	if station := p.Place(w, r); station != nil {
		ready, err := p.Office.ReadyManifests(r.Context(), p.Now(), station.No)
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		for _, e := range ready {
			one := jsonOf(e)
			if p.Actor(r).Device == nil {
				one.Lasts = 0
			}
			list = append(list, one)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	p.writeJSON(w, r, list)
}

// emergencyPage is the coaches that board or are on their way, a button each: for gates
// and windows, which have no board of the day.
type emergencyPage struct {
	Station *chepiao.Station
	Rows    []office.BoardLine
	Now     time.Time
	Once    string
	table   *office.Timetable
}

// To is where a departure ends.
func (e emergencyPage) To(b office.BoardLine) *chepiao.Station {
	return e.table.Station(b.Template.Stops[len(b.Template.Stops)-1].Station)
}

func (p *Pages) emergencies(w http.ResponseWriter, r *http.Request) {
	page := emergencyPage{Station: p.Place(w, r), Now: p.Now(), table: p.Office.Timetable()}
	var err error
	if page.Station != nil {
		page.Rows, err = p.Office.UnderWay(r.Context(), page.Now, page.Station.No)
	}
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "emergency", page)
}

func (p *Pages) writeJSON(w http.ResponseWriter, r *http.Request, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b) //nolint:errcheck // the reader has gone
}
