package staff

import (
	"net/http"

	"chepiao"
	"chepiao/web/ui"
)

// newKeyPage asks the browser for a new passkey.
type newKeyPage struct {
	Options, Code string
	Notes         ui.Notes
}

func (p *Pages) askNewKey(w http.ResponseWriter, r *http.Request) {
	p.showNewKey(w, r, http.StatusOK, newKeyPage{})
}

func (p *Pages) showNewKey(w http.ResponseWriter, r *http.Request, status int, page newKeyPage) {
	if p.Keys == nil {
		p.book.Missing(w, r)
		return
	}
	options, code, err := p.Accounts.BeginKey(r.Context(), p.Keys, p.Actor(r).Staff.No)
	if err != nil {
		p.book.Refused(w, r, err, "/staff/me")
		return
	}
	page.Options, page.Code = string(options), code
	p.book.Show(w, r, status, "key", page)
}

func (p *Pages) addKey(w http.ResponseWriter, r *http.Request) {
	if p.Keys == nil {
		p.book.Missing(w, r)
		return
	}
	err := p.Accounts.AddKey(r.Context(), p.Keys, p.Act(r), r.PostFormValue("code"), r.PostFormValue("name"), []byte(r.PostFormValue("answer")))
	refusal := chepiao.AsRefusal(err)
	switch {
	case err == nil:
		http.Redirect(w, r, "/staff/me?saved=1", http.StatusSeeOther)
	case refusal != nil && refusal.Field != "":
		p.showNewKey(w, r, http.StatusUnprocessableEntity, newKeyPage{Notes: ui.Notes{refusal.Field: refusal}})
	default:
		p.book.Refused(w, r, err, "/staff/me")
	}
}

func (p *Pages) removeKey(w http.ResponseWriter, r *http.Request) {
	if err := p.Accounts.RemoveKey(r.Context(), p.Act(r), r.PostFormValue("key")); err != nil {
		p.book.Refused(w, r, err, "/staff/me")
		return
	}
	http.Redirect(w, r, "/staff/me?saved=1", http.StatusSeeOther)
}
