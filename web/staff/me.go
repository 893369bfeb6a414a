package staff

import (
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/ui"
)

// mePage is somebody's own page.
type mePage struct {
	ident.Staff
	May      []ident.Verb // at this device
	Sessions []ident.Session
	Keys     []ident.Key
	CanKey   bool // passkeys can be had at this address
	Manages  bool
	Notes    ui.Notes
	Saved    bool
}

func (p *Pages) me(w http.ResponseWriter, r *http.Request) {
	p.showMe(w, r, http.StatusOK, mePage{Saved: r.URL.Query().Get("saved") != ""})
}

func (p *Pages) showMe(w http.ResponseWriter, r *http.Request, status int, page mePage) {
	actor := p.Actor(r)
	page.Staff, page.Manages = *actor.Staff, actor.May(ident.ManageStaff)
	for _, v := range ident.Verbs() {
		if actor.May(v) {
			page.May = append(page.May, v)
		}
	}
	var err error
	page.CanKey = p.Kit.Keys != nil
	if page.Sessions, err = p.Accounts.Sessions(r.Context(), page.No); err == nil {
		page.Keys, err = p.Accounts.Keys(r.Context(), page.No)
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, status, "me", page)
}

// changePassword keeps this session and ends the others.
func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) {
	page := mePage{Notes: ui.Notes{}}
	err := ui.Twice(r)
	if err == nil {
		err = p.Accounts.ChangePassword(r.Context(), p.Act(r), r.PostFormValue("old"), r.PostFormValue("password"), ui.Token(r))
	}
	if err == nil {
		http.Redirect(w, r, "/staff/me?saved=1", http.StatusSeeOther)
		return
	}
	if refusal := chepiao.AsRefusal(err); refusal != nil && refusal.Reason == chepiao.Busy {
		err = refusal.At("old")
	}
	if err := page.Notes.Add(err); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.showMe(w, r, http.StatusUnprocessableEntity, page)
}

func (p *Pages) endOwn(w http.ResponseWriter, r *http.Request) {
	if err := p.Accounts.EndSession(r.Context(), p.Act(r), p.Actor(r).Staff.No, r.PostFormValue("session")); err != nil {
		p.book.Refused(w, r, err, "/staff/me")
		return
	}
	http.Redirect(w, r, "/staff/me?saved=1", http.StatusSeeOther)
}
