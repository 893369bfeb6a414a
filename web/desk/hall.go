package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// hallPage is what a station's hall was and will be told, and what a dispatcher says
// about it.
type hallPage struct {
	Station *chepiao.Station
	Now     time.Time
	Coming  []chepiao.Call
	Due     []chepiao.Call
	Aloud   []chepiao.Call // of them what a speaker says now
	Said    []chepiao.Call // the latest first
	Silent  bool
	Quiet   bool     // the hour has no voice
	Board   string   // address of the public board
	Gates   []string // that have a screen of their own
	Once    string
	Notes   ui.Notes
	ZH, EN  string // as typed
}

// Limits of the page: how far ahead, how many calls.
const (
	hallAhead = 3 * time.Hour
	hallMost  = 60
)

func (p *Pages) hallRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/hall":  {ident.Operate, p.hall},
		"POST " + home + "/hall": {ident.Operate, p.tellHall},
	}
}

func (p *Pages) hall(w http.ResponseWriter, r *http.Request) {
	p.showHall(w, r, http.StatusOK, hallPage{Notes: ui.Notes{}})
}

func (p *Pages) showHall(w http.ResponseWriter, r *http.Request, status int, page hallPage) {
	page.Station, page.Now = p.Place(w, r), p.Now()
	if page.Station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	page.Board = "/board/" + url.PathEscape(page.Station.Code)
	d, err := p.Office.Display(r.Context(), page.Now, office.DisplayQuery{Station: page.Station.No, Ahead: hallAhead})
	if err == nil {
		page.Gates, err = p.gatesOf(r, page.Station, page.Now)
	}
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Silent, page.Quiet, page.Aloud = d.Silent, d.Quiet, d.Due()
	for _, c := range d.Calls {
		switch {
		case c.At.After(page.Now):
			page.Coming = append(page.Coming, c)
		case page.Now.Before(c.At.Add(chepiao.CallGood)):
			page.Due = append(page.Due, c)
		default:
			page.Said = append(page.Said, c)
		}
	}
	slices.Reverse(page.Said)
	page.Coming, page.Said = page.Coming[:min(len(page.Coming), hallMost)], page.Said[:min(len(page.Said), hallMost)]
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "hall", page)
}

// gatesOf are the gates at which something boards within a day: each may have a screen.
func (p *Pages) gatesOf(r *http.Request, station *chepiao.Station, now time.Time) (gates []string, err error) {
	d, err := p.Office.Display(r.Context(), now, office.DisplayQuery{Station: station.No, Ahead: office.DisplayAhead, Limit: boardMost})
	for _, one := range d.Shown {
		if one.Gate != "" && !slices.Contains(gates, one.Gate) {
			gates = append(gates, one.Gate)
		}
	}
	slices.SortFunc(gates, byNumber)
	return gates, err
}

// tellHall does what the button says: a notice, silence or its end, a call less or one
// again. What a call says that is made again comes from the node, not from the form.
func (p *Pages) tellHall(w http.ResponseWriter, r *http.Request) {
	page := hallPage{Notes: ui.Notes{}}
	word := chepiao.HallWord{Kind: chepiao.HallKind(r.PostFormValue("kind")), Call: r.PostFormValue("call")}
	station := p.Place(w, r)
	if station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	word.Station = station.No
	var err error
	switch word.Kind {
	case chepiao.HallNotice:
		page.ZH, page.EN = r.PostFormValue("zh"), r.PostFormValue("en")
		word.ZH, word.EN = strings.TrimSpace(page.ZH), strings.TrimSpace(page.EN)
	case chepiao.HallAgain:
		word.ZH, word.EN, err = p.wordsOf(r, station, word.Call)
	}
	if err == nil {
		_, err = p.Office.TellHall(r.Context(), p.verb(r), word)
	}
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		page.Notes[refusal.Field] = refusal
		if refusal.Field != "zh" && refusal.Field != "en" {
			page.Notes[""] = refusal
		}
		p.showHall(w, r, ui.Told(r, refusal), page)
		return
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	http.Redirect(w, r, home+"/hall", http.StatusSeeOther)
}

// wordsOf are the words of a call that was made. Refusal NotFound at call.
func (p *Pages) wordsOf(r *http.Request, station *chepiao.Station, key string) (zh, en string, err error) {
	d, err := p.Office.Display(r.Context(), p.Now(), office.DisplayQuery{Station: station.No, Ahead: hallAhead})
	if err != nil {
		return "", "", err
	}
	for _, c := range d.Calls {
		if c.Key == key {
			return c.ZH, c.EN, nil
		}
	}
	return "", "", chepiao.Refuse(chepiao.NotFound, "这条广播已不再有效", "that call stands no more").At("call")
}
