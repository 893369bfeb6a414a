package shift

import (
	"net/http"
	"net/url"

	"chepiao"
)

// found gives a missing sheet that turned up back to a shift or to the store.
func (p *Pages) found(w http.ResponseWriter, r *http.Request) {
	page := stockPage{Found: r.PostFormValue("found"), Holder: r.PostFormValue("holder")}
	to, err := chepiao.ShiftID(0), error(nil)
	if page.Holder != "" {
		if to, err = chepiao.ParseShiftID(page.Holder); err != nil {
			err = chepiao.AsRefusal(err).At("holder")
		}
	}
	var sheet chepiao.PaperSheet
	if err == nil {
		sheet, err = p.Office.FoundPaper(r.Context(), p.Verb(r), page.Found, to)
	}
	if err != nil {
		p.showStock(w, r, page, err)
		return
	}
	http.Redirect(w, r, home+"/stock?"+url.Values{"done": {"found"}, "what": {sheet.Serial}}.Encode(), http.StatusSeeOther)
}
