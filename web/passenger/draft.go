package passenger

import (
	"net/http"

	"chepiao/web/ui"
)

// draft answers a form that is being filled in: one passenger more or less, or
// what has been typed so far, judged. It keeps nothing.
func (p *Pages) draft(w http.ResponseWriter, r *http.Request) {
	page, err := p.departurePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Form = ui.ReadForm(r)
	page.Form.FillSaved(page.Saved)
	act := r.PostFormValue("act")
	page.Form.Act(act, page.Most)
	page.Form.PickSaved(act, page.Saved, page.Most)
	page.Form.Check(p.Today(), true)
	page.Form.Finish(page.price)
	p.book.Show(w, r, http.StatusOK, "departure", page)
}
