package gate

import (
	"encoding/json"
	"net/http"

	"chepiao"
)

// facePage is where a passenger gives a face for one journey, with a clerk beside.
type facePage struct {
	Station *chepiao.Station
	Here    string
	On      bool
	Notice  string
	Ticket  string
	Kept    int // templates in this node's memory
}

// face shows it. Where the station does not compare faces it says so.
func (p *Pages) face(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	station := p.Place(w, r)
	if station == nil {
		http.Redirect(w, r, "/gate", http.StatusSeeOther)
		return
	}
	page := facePage{Station: station, Here: "?" + p.standing(r).here(station), Notice: chepiao.FaceNotice, Kept: p.Office.FacesKept(), On: p.faceOn(station)}
	if id, err := chepiao.ParseTicketID(r.URL.Query().Get("ticket")); err == nil {
		page.Ticket = id.String()
	}
	p.book.Show(w, r, http.StatusOK, "face", page)
}

// faceOn says whether a station compares faces.
func (p *Pages) faceOn(at *chepiao.Station) bool {
	return p.Office.RulesAt(p.Now(), chepiao.Where{Station: at.Code}).FaceUse
}

// faceJSON is a departure's templates as gates fetch them: no name, no document.
type faceJSON struct {
	Model string         `json:"model"`
	Rules *chepiao.Rules `json:"rules"`
	Faces []faceOneJSON  `json:"faces"`
}

type faceOneJSON struct {
	Ticket   chepiao.TicketID `json:"ticket"`
	Template []byte           `json:"template"`
}

// cohort answers with everybody's templates of a ticket's departure, or of the
// departure named as cohort. 404 where the
// station compares no faces.
func (p *Pages) cohort(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	station := p.Place(w, r)
	q := r.URL.Query()
	departure, err := chepiao.ParseDepartureID(q.Get("cohort"))
	var id chepiao.TicketID
	if !q.Has("cohort") {
		id, err = chepiao.ParseTicketID(q.Get("ticket"))
	}
	if err != nil || station == nil {
		http.Error(w, "which ticket, at which station?", http.StatusUnprocessableEntity)
		return
	}
	t := chepiao.Ticket{Departure: departure}
	if id != 0 {
		t, err = p.Office.Ticket(r.Context(), id)
	}
	if err != nil {
		p.FaceAnswer(w, r, err)
		return
	}
	list, rules, on, err := p.Office.Faces(r.Context(), p.Now(), t.Departure, station.No)
	if err != nil {
		p.FaceAnswer(w, r, err)
		return
	}
	if !on {
		http.NotFound(w, r)
		return
	}
	answer := faceJSON{Model: chepiao.FaceModel, Rules: rules, Faces: []faceOneJSON{}}
	for _, f := range list {
		answer.Faces = append(answer.Faces, faceOneJSON{f.Ticket, f.Template})
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer) //nolint:errcheck // the gate has gone and asks again
}

// enrolFace keeps a template with the consent to it, or forgets it at once.
func (p *Pages) enrolFace(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseTicketID(r.URL.Query().Get("ticket"))
	if err != nil {
		p.FaceAnswer(w, r, err)
		return
	}
	p.KeepFace(w, r, p.Verb(r), id)
}
