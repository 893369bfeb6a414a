package passenger

import (
	"net/http"

	"chepiao"
	"chepiao/web/ui"
)

// findPage asks for an order's number and a document used in it. Nothing of it
// stands in the address.
type findPage struct {
	Order, Kind, Number, Nationality string
	Notes                            ui.Notes
}

func (p *Pages) askOrder(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "find", findPage{Order: r.URL.Query().Get("order"), Kind: string(chepiao.ResidentID)})
}

// findOrder leads whoever lost the link back to the order.
func (p *Pages) findOrder(w http.ResponseWriter, r *http.Request) {
	page := findPage{Order: r.PostFormValue("order"), Kind: r.PostFormValue("kind"), Number: r.PostFormValue("number"), Nationality: r.PostFormValue("nationality"), Notes: ui.Notes{}}
	id, err := chepiao.ParseOrderID(page.Order)
	if err == nil {
		err = p.Limit.Try(r)
	}
	if err == nil {
		f, lookErr := p.Office.LookWithDocument(r.Context(), p.Now(), id, page.Kind, page.Number, page.Nationality)
		if err = lookErr; err == nil {
			if d, err := chepiao.NewDocument(chepiao.DocumentKind(page.Kind), page.Number, page.Nationality, p.Today()); err == nil {
				own(w, r, f.Order, d)
			}
			http.Redirect(w, r, orderLink(f.Order), http.StatusSeeOther)
			return
		}
	}
	refusal := chepiao.AsRefusal(err)
	if err := page.Notes.Add(err); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, ui.Told(r, refusal), "find", page)
}
