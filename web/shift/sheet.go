package shift

import (
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// sheetPage is the closing sheet, to look at, to sign and to print.
type sheetPage struct {
	office.ShiftSheet
	Once    string
	Station *chepiao.Station
	Now     bool // it is still open
	Sign    bool // it can be signed
	Self    bool // whoever is signed in may sign it; else somebody else says who they are
	Again   bool // it can be counted again
	Ask     string
	Notes   ui.Notes
}

func (p *Pages) sheet(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseShiftID(r.PathValue("shift"))
	if err != nil {
		p.book.Refused(w, r, err, home+"/list")
		return
	}
	p.showSheet(w, r, id, nil)
}

func (p *Pages) showSheet(w http.ResponseWriter, r *http.Request, id chepiao.ShiftID, refused error) {
	page := sheetPage{Notes: ui.Notes{}, Ask: r.PostFormValue("note")}
	status := http.StatusOK
	if refusal := chepiao.AsRefusal(refused); refusal != nil {
		status = ui.Told(r, refusal)
		page.Notes.Add(refusal) //nolint:errcheck // a refusal
	}
	var err error
	if page.ShiftSheet, err = p.Office.ShiftSheet(r.Context(), id); err == nil {
		page.Once, err = p.Secret()
	}
	s := page.Shift
	if err == nil && s.Staff != p.Actor(r).Who() && !p.Actor(r).May(ident.SignShift) {
		err = chepiao.Refuse(chepiao.Unauthorized, "只能查看自己的班次", "you may see your own shifts only")
	}
	if err != nil {
		p.book.Refused(w, r, err, home+"/list")
		return
	}
	page.Station = p.Office.Timetable().Station(s.Station)
	page.Now, page.Sign, page.Again = s.State == chepiao.OpenShift, s.State == chepiao.ClosedShift, s.State == chepiao.ClosedShift
	page.Self = p.Actor(r).May(ident.SignShift) && p.Actor(r).Who() != s.Staff && p.Actor(r).Who() != ""
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "sheet", page)
}

// sign puts a supervisor's name under a shift: whoever is signed in, if that is
// another person who may, else whoever comes to this screen and says so with
// number and password.
func (p *Pages) sign(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseShiftID(r.PostFormValue("shift"))
	if err != nil {
		p.book.Refused(w, r, err, home+"/list")
		return
	}
	v := p.Verb(r)
	if r.PostFormValue("approve_staff") != "" || !p.Actor(r).May(ident.SignShift) {
		v.Who, err = p.Approve(r, ident.SignShift)
	}
	if err == nil {
		_, err = p.Office.SignShift(r.Context(), v, id, r.PostFormValue("note"))
	}
	if err != nil {
		if chepiao.AsRefusal(err) == nil {
			p.Fault(w, r, err)
			return
		}
		p.showSheet(w, r, id, err)
		return
	}
	http.Redirect(w, r, home+"/s/"+id.String(), http.StatusSeeOther)
}

// listPage is the shifts of the station, or a clerk's own.
type listPage struct {
	Shifts []chepiao.Shift
	Before string // more of them
	All    bool   // of everybody
	State  chepiao.ShiftState
}

// shiftsShown is how many shifts a page lists; of a clerk's own, among so many.
const (
	shiftsShown = 50
	shiftsRead  = 500
)

func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	page := listPage{All: p.Actor(r).May(ident.SignShift), State: chepiao.ShiftState(r.URL.Query().Get("state"))}
	before, err := chepiao.ShiftID(0), error(nil)
	if text := r.URL.Query().Get("before"); text != "" {
		if before, err = chepiao.ParseShiftID(text); err != nil {
			p.book.Refused(w, r, err, home+"/list")
			return
		}
	}
	limit := shiftsShown
	if !page.All {
		limit = shiftsRead
	}
	all, err := p.Office.Shifts(r.Context(), p.At(r).Station, page.State, before, limit)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, s := range all {
		if page.All || s.Staff == p.Actor(r).Who() {
			page.Shifts = append(page.Shifts, s)
		}
	}
	if page.All && len(all) == limit {
		page.Before = all[len(all)-1].ID.String()
	}
	page.Shifts = page.Shifts[:min(len(page.Shifts), shiftsShown)]
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "list", page)
}
