package shift

import (
	"fmt"
	"net/http"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// countPage asks for what is found at the end of a shift.
type countPage struct {
	Once  string
	Sheet office.ShiftSheet
	Again bool // it was counted before
	Typed map[string]string
	Note  string
	Paper []countedRun
	Notes ui.Notes
}

// countedRun is a run of numbers that must still be there.
type countedRun struct {
	chepiao.Serials
	Field, Typed string
	Refusal      *chepiao.Refusal
}

// ask shows the form: of the clerk's open shift, or of one that was counted and
// that nobody has signed.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) {
	id, err := p.Verb(r).Shift, error(nil)
	if text := r.PathValue("shift"); text != "" {
		id, err = chepiao.ParseShiftID(text)
	}
	if err == nil && id == 0 {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.showCount(w, r, id, nil)
}

func (p *Pages) showCount(w http.ResponseWriter, r *http.Request, id chepiao.ShiftID, refused error) {
	page := countPage{Notes: ui.Notes{}, Typed: map[string]string{}, Note: r.PostFormValue("note")}
	status := http.StatusOK
	if refusal := chepiao.AsRefusal(refused); refusal != nil {
		status = ui.Told(r, refusal)
		page.Notes.Add(refusal) //nolint:errcheck // a refusal
	}
	sheet, err := p.Office.ShiftSheet(r.Context(), id)
	if err == nil {
		err = p.mayCount(r, sheet.Shift)
	}
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Sheet, page.Again = sheet, sheet.Shift.State != chepiao.OpenShift
	if page.Again && r.Method == http.MethodGet {
		page.Note = sheet.Shift.Note
	}
	for _, l := range sheet.Lines {
		field := "counted." + string(l.Channel)
		page.Typed[field] = r.PostFormValue(field)
		if page.Again && r.Method == http.MethodGet {
			page.Typed[field] = l.Counted.String()
		}
	}
	for i, run := range sheet.Shift.Paper {
		field := fmt.Sprintf("paper[%d]", i)
		page.Paper = append(page.Paper, countedRun{Serials: run, Field: field, Typed: r.PostFormValue(field), Refusal: page.Notes[field]})
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "count", page)
}

// mayCount lets a clerk count his or her own shift, and whoever signs shifts
// anybody's: of a clerk who fell ill, say.
func (p *Pages) mayCount(r *http.Request, s chepiao.Shift) error {
	if s.Staff == p.Actor(r).Who() || p.Actor(r).May(ident.SignShift) {
		return nil
	}
	return chepiao.Refuse(chepiao.Unauthorized, "只能清点自己的班次", "you may count your own shift only")
}

// count ends the shift with what was found.
func (p *Pages) count(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseShiftID(r.PostFormValue("shift"))
	var sheet office.ShiftSheet
	if err == nil {
		sheet, err = p.Office.ShiftSheet(r.Context(), id)
	}
	if err == nil {
		err = p.mayCount(r, sheet.Shift)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	in := office.CloseShiftInput{Shift: id, Counted: map[chepiao.PaymentChannel]chepiao.Money{}, Note: strings.TrimSpace(r.PostFormValue("note"))}
	for _, l := range sheet.Lines {
		field := "counted." + string(l.Channel)
		if strings.TrimSpace(r.PostFormValue(field)) == "" {
			if l.Channel == chepiao.Cash {
				err = chepiao.Refuse(chepiao.Invalid, "请清点现金", "count the cash").At(field)
			}
			continue
		}
		found, bad := yuan(r, field, false)
		if bad != nil {
			err = bad
		}
		in.Counted[l.Channel] = found
	}
	for i := range sheet.Shift.Paper {
		in.Paper = append(in.Paper, r.PostFormValue(fmt.Sprintf("paper[%d]", i)))
	}
	if err == nil {
		_, err = p.Office.CloseShift(r.Context(), p.Verb(r), in)
	}
	if err != nil {
		if chepiao.AsRefusal(err) == nil {
			p.Fault(w, r, err)
			return
		}
		p.showCount(w, r, id, err)
		return
	}
	http.Redirect(w, r, home+"/s/"+id.String(), http.StatusSeeOther)
}
