package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/ui"
)

// gatesPage is the departures of a station against its gates: which departure boards
// where, several changed at once, seen before it is done.
type gatesPage struct {
	Station *chepiao.Station
	Gates   []string
	Rows    []gateRow
	Impact  *chepiao.Impact
	Done    bool
	Undo    string
	Reason  string
	Seen    string
	Once    string
	Notes   ui.Notes
	More    string // a gate that is not in use yet
}

type gateRow struct {
	boardRow
	Was    string
	Chosen string
	Clash  []string // numbers of departures that board there at once
	From   time.Time
	Until  time.Time
	use    chepiao.GateUse
}

// Changed says that the departure is to board elsewhere.
func (g gateRow) Changed() bool { return g.Was != g.Chosen }

const gateMost = 20 // characters of a gate's name

func (p *Pages) gateRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/gates":  {ident.Operate, p.askGates},
		"POST " + home + "/gates": {ident.Operate, p.setGates},
	}
}

func (p *Pages) askGates(w http.ResponseWriter, r *http.Request) {
	if page := p.gatesPage(w, r); page != nil {
		p.showGates(w, r, http.StatusOK, page)
	}
}

// gatesPage reads the departures and what the form, or the address, chose for them. It
// has answered when it is nil.
func (p *Pages) gatesPage(w http.ResponseWriter, r *http.Request) *gatesPage {
	page := &gatesPage{Station: p.Place(w, r), Notes: ui.Notes{}, Reason: strings.TrimSpace(r.FormValue("reason")), More: cut(r.FormValue("more"))}
	if page.Station == nil {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return nil
	}
	list, err := p.Office.DayBoard(r.Context(), p.Now(), p.Now(), page.Station.No, chepiao.ActDeparturesMax)
	if err != nil {
		p.Fault(w, r, err)
		return nil
	}
	gates := map[string]bool{"": true, page.More: true}
	above := p.Today()
	for _, s := range list {
		if s.State != chepiao.Running || s.Phase == chepiao.Dispatched {
			continue
		}
		row := gateRow{boardRow: p.row(s), Was: s.Gate, Chosen: s.Gate}
		if typed, given := r.Form["g-"+s.ID.String()]; given {
			row.Chosen = cut(typed[0])
		}
		if day := p.DayOf(s.Departs); day != above {
			above, row.Day = day, day
		}
		gates[row.Was], gates[row.Chosen], gates[s.Template.Gate] = true, true, true
		row.use = chepiao.UseOf(s.ID, s.Template.Number, row.Chosen, s.Departs, s.Last, p.Office.RulesFor(p.Now(), s.Run, s.Stop))
		row.From, row.Until = row.use.From, row.use.Until
		page.Rows = append(page.Rows, row)
	}
	for g := range gates {
		if g != "" {
			page.Gates = append(page.Gates, g)
		}
	}
	slices.SortFunc(page.Gates, byNumber)
	page.clashes()
	return page
}

// clashes marks the rows that board together with another one.
func (g *gatesPage) clashes() {
	var uses []chepiao.GateUse
	for _, row := range g.Rows {
		uses = append(uses, row.use)
	}
	for _, c := range chepiao.GateClashes(uses) {
		for i := range g.Rows {
			switch g.Rows[i].ID {
			case c.First.Departure:
				g.Rows[i].Clash = append(g.Rows[i].Clash, c.Second.Number)
			case c.Second.Departure:
				g.Rows[i].Clash = append(g.Rows[i].Clash, c.First.Number)
			}
		}
	}
}

// setGates previews what was chosen, or commits what was seen.
func (p *Pages) setGates(w http.ResponseWriter, r *http.Request) {
	page := p.gatesPage(w, r)
	if page == nil {
		return
	}
	act := chepiao.Act{Kind: chepiao.ActGate, Station: page.Station.Code, Reason: page.Reason}
	for _, row := range page.Rows {
		if row.Changed() {
			act.Departures, act.Gates = append(act.Departures, row.ID), append(act.Gates, row.Chosen)
		}
	}
	var impact chepiao.Impact
	var err error
	commit := r.PostFormValue("step") == "commit"
	switch {
	case len(act.Departures) == 0:
		err = chepiao.Refuse(chepiao.Invalid, "还没有改动任何检票口", "no gate was changed yet")
	case commit:
		impact, err = p.Office.Commit(r.Context(), p.verb(r), act, r.PostFormValue("seen"))
	default:
		impact, err = p.Office.Preview(r.Context(), act)
	}
	if chepiao.Why(err) == chepiao.PreviewChanged {
		if again, err := p.Office.Preview(r.Context(), act); err == nil {
			page.Impact = &again
		}
	}
	status := http.StatusOK
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		status = ui.Told(r, refusal)
		field := ""
		if refusal.Field == "reason" {
			field = "reason"
		}
		page.Notes[field] = refusal
	} else if err != nil {
		p.Fault(w, r, err)
		return
	} else {
		page.Impact, page.Done = &impact, commit
	}
	if page.Done {
		for i := range page.Rows {
			page.Rows[i].Was = page.Rows[i].Chosen
		}
		page.Undo = gatesUndo(impact.Undo)
	}
	p.showGates(w, r, status, page)
}

// gatesUndo is the address of this page with the gates as they were.
func gatesUndo(a *chepiao.Act) string {
	if a == nil || len(a.Gates) == 0 && a.Gate == "" {
		return ""
	}
	q := url.Values{"reason": {a.Reason}}
	for i, id := range a.Departures {
		gate := a.Gate
		if len(a.Gates) > 0 {
			gate = a.Gates[i]
		}
		q.Set("g-"+id.String(), gate)
	}
	return home + "/gates?" + q.Encode()
}

func (p *Pages) showGates(w http.ResponseWriter, r *http.Request, status int, page *gatesPage) {
	var err error
	if page.Once, err = p.Secret(); err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "gates", page)
}

// cut is a gate's name as somebody typed it.
func cut(s string) string {
	name := []rune(strings.TrimSpace(s))
	return string(name[:min(len(name), gateMost)])
}

// byNumber orders gates as people do: 2 before 10, numbers before names.
func byNumber(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil && x != y:
		return x - y
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}
