package window

import (
	"net/http"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// dispatch lets the coach leave this station: who was not checked has missed
// it.
func (p *Pages) dispatch(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	station := p.Place(w, r)
	if err == nil && station == nil {
		err = chepiao.Refuse(chepiao.Invalid, "请先选择本窗口所在车站", "choose this window's station first").At("station")
	}
	var left office.Left
	if err == nil {
		left, err = p.Office.Dispatch(r.Context(), p.verb(r), office.Leaving{Departure: id, Station: station.No})
	}
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		p.showManifest(w, r, ui.Told(r, refusal), refusal, nil)
		return
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	p.showManifest(w, r, http.StatusOK, nil, &left)
}

// uncheck takes a check back, with a reason for the journal.
func (p *Pages) uncheck(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseTicketID(r.PostFormValue("ticket"))
	if err == nil {
		_, err = p.Office.Uncheck(r.Context(), p.verb(r), id, r.PostFormValue("reason"))
	}
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		p.showManifest(w, r, ui.Told(r, refusal), refusal, nil)
		return
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	http.Redirect(w, r, r.URL.Path[:len(r.URL.Path)-len("/uncheck")], http.StatusSeeOther)
}
