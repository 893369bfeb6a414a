package account

import (
	"fmt"
	"net/http"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// passengersPage lists whom a member has saved, masked, with a form for one more or
// for changing one. A document that is kept never shows: to change it, it is typed
// anew.
type passengersPage struct {
	List    []office.Saved
	Form    savedForm
	Editing *office.Saved // nil: one more
	Most    int
}

// savedForm is one passenger as typed.
type savedForm struct {
	Name, Kind, Number, Nationality, Phone string
	Consent, Child                         bool
	Born                                   string
	Notes                                  ui.Notes
}

// Passport says that the nationality is needed.
func (f savedForm) Passport() bool { return f.Kind == string(chepiao.Passport) }

func (p *Pages) passengers(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	p.showPassengers(w, r, s, http.StatusOK, savedForm{Kind: string(chepiao.ResidentID)}, 0)
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	id, err := chepiao.ParseSavedID(r.PathValue("saved"))
	if err != nil {
		p.book.Refused(w, r, err, "/me/passengers")
		return
	}
	one, err := p.Office.SavedPassenger(r.Context(), s.Member, id)
	if err != nil {
		p.book.Refused(w, r, err, "/me/passengers")
		return
	}
	d := one.Passenger.Document
	p.showPassengers(w, r, s, http.StatusOK, savedForm{Name: one.Passenger.Name.Reveal(), Kind: string(d.Kind()), Nationality: d.Nationality(), Phone: one.Passenger.Phone.Reveal()}, id)
}

func (p *Pages) showPassengers(w http.ResponseWriter, r *http.Request, s office.MemberSession, status int, f savedForm, editing chepiao.SavedID) {
	list, err := p.Office.SavedPassengers(r.Context(), s.Member)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page := passengersPage{List: list, Form: f, Most: chepiao.SavedMax}
	for i := range list {
		if list[i].ID == editing {
			page.Editing = &list[i]
		}
	}
	p.book.Show(w, r, status, "passengers", page)
}

// readSaved takes the form as it was sent. An empty number of somebody who is
// changed is the one that is kept.
func (p *Pages) readSaved(r *http.Request, s office.MemberSession) (f savedForm, id chepiao.SavedID, err error) {
	f = savedForm{
		Name: r.PostFormValue("name"), Kind: r.PostFormValue("kind"), Number: r.PostFormValue("number"), Nationality: r.PostFormValue("nationality"),
		Phone: r.PostFormValue("phone"), Consent: r.PostFormValue("consent") != "", Notes: ui.Notes{},
	}
	if which := r.PostFormValue("saved"); which != "" {
		if id, err = chepiao.ParseSavedID(which); err != nil {
			return f, id, err
		}
	}
	return f, id, nil
}

// draft judges what has been typed so far, by the rules of the domain.
func (p *Pages) draft(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	f, id, err := p.readSaved(r, s)
	if err != nil {
		p.book.Refused(w, r, err, "/me/passengers")
		return
	}
	f.judge(p.Today())
	p.showPassengers(w, r, s, http.StatusOK, f, id)
}

func (f *savedForm) judge(today chepiao.Day) {
	note := func(typed string, err error) {
		if no := chepiao.AsRefusal(err); no != nil && typed != "" {
			f.Notes[no.Field] = no
		}
	}
	_, err := chepiao.NewName(f.Name)
	note(f.Name, err)
	_, err = chepiao.NewPhone(f.Phone)
	note(f.Phone, err)
	doc, err := chepiao.NewDocument(chepiao.DocumentKind(f.Kind), f.Number, f.Nationality, today)
	note(f.Number, err)
	if err != nil {
		return
	}
	if born, ok := doc.Birth(); ok {
		f.Born = born.String()
	}
	age, known := doc.Age(today)
	f.Child = known && age < chepiao.GuardianUnder
}

func (p *Pages) save(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	f, id, err := p.readSaved(r, s)
	if err != nil {
		p.book.Refused(w, r, err, "/me/passengers")
		return
	}
	f.judge(p.Today())
	in := office.SaveInput{ID: id, Name: f.Name, Document: f.Kind, Number: f.Number, Nationality: f.Nationality, Phone: f.Phone, Consent: f.Consent}
	if id != 0 && f.Number == "" {
		one, err := p.Office.SavedPassenger(r.Context(), s.Member, id)
		if err != nil {
			p.book.Refused(w, r, err, "/me/passengers")
			return
		}
		d := one.Passenger.Document
		in.Document, in.Number, in.Nationality, in.Consent = string(d.Kind()), d.Reveal(), d.Nationality(), true
	}
	_, err = p.Office.SavePassenger(r.Context(), p.Now(), s.Member, in)
	if err == nil {
		http.Redirect(w, r, "/me/passengers", http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if err := f.Notes.Add(err); err != nil {
		p.Fault(w, r, fmt.Errorf("saving a passenger: %w", err))
		return
	}
	f.Child = f.Child || refusal.Field == "consent"
	p.showPassengers(w, r, s, ui.Told(r, refusal), f, id)
}

func (p *Pages) forget(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	id, err := chepiao.ParseSavedID(r.PathValue("saved"))
	if err == nil {
		err = p.Office.ForgetPassenger(r.Context(), s.Member, id)
	}
	if err != nil {
		p.book.Refused(w, r, err, "/me/passengers")
		return
	}
	http.Redirect(w, r, "/me/passengers", http.StatusSeeOther)
}
