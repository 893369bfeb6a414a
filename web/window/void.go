package window

import (
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// void undoes a sale: at once where this window has just made it, else with a
// supervisor who comes to it and says so (F17).
func (p *Pages) void(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		v := p.verb(r)
		tickets, ask := p.Office.Voidable(f, p.Now(), v)
		if ask {
			var err error
			if v.Agreed, err = p.agreed(r); err != nil {
				return "", err
			}
		}
		_, err := p.Office.Void(r.Context(), v, f.Order.ID, tickets)
		return "", err
	})
}

// agreed is the supervisor who agrees to what a form does: whoever comes to the
// window and types number and password, or the one who is signed in. "" where
// nobody was asked yet: the refusal that follows says who is needed. Refusals at
// approve_staff and approve_password.
func (p *Pages) agreed(r *http.Request) (chepiao.StaffNo, error) {
	if r.PostFormValue("approve_staff") != "" {
		return p.Approve(r, ident.Agree)
	}
	if a := p.Actor(r); a.May(ident.Agree) {
		return a.Who(), nil
	}
	return "", nil
}
