package gate

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// overrideLasts is how long a gate that has lost its node still takes somebody who
// was signed in as a supervisor for one: a shift.
const overrideLasts = 12 * time.Hour

// list is what this gate keeps for the time without its node. Its ETag is the
// list's version: while nothing has changed, nothing travels.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("X-Now", p.Now().UTC().Format(time.RFC3339Nano)) // the gate measures its clock by it
	if ui.May(r, ident.Override) {                                  // a supervisor is signed in here: also without the node, for so long
		w.Header().Set("X-Override", strconv.Itoa(int(overrideLasts/time.Millisecond)))
	}
	station := p.Place(w, r)
	if station == nil {
		http.Error(w, "which station?", http.StatusUnprocessableEntity)
		return
	}
	l, err := p.Office.GateList(r.Context(), p.Now(), station.No)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	tag := `"` + l.Version + `"`
	w.Header().Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), l.Version) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(l) //nolint:errcheck // the gate has gone and asks again
}

// toldPassage is a passage as the gate's page keeps it.
type toldPassage struct {
	ID        string             `json:"id"`
	Ticket    string             `json:"ticket"`
	At        int64              `json:"at"` // ms since 1970
	Place     chepiao.CheckPlace `json:"place"`
	Gate      string             `json:"gate"`
	Method    chepiao.Method     `json:"method"`
	Seen      string             `json:"seen"`
	Override  string             `json:"override"`
	Overrode  chepiao.Reason     `json:"overrode"`
	Device    string             `json:"device"`
	Confirmed bool               `json:"confirmed"`
}

// toldAnswer names the passages that the gate may forget.
type toldAnswer struct {
	Taken []string `json:"taken"`
	Doubt int      `json:"doubt"` // of these, on the review page now
}

// passages takes down what a gate decided alone. A passage that cannot be taken
// down now stays with the gate, which tells it again.
func (p *Pages) passages(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Passages []toldPassage `json:"passages"`
	}
	w.Header().Set("Cache-Control", "no-store")
	station := p.Place(w, r)
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || station == nil {
		http.Error(w, "not passages of a station", http.StatusUnprocessableEntity)
		return
	}
	answer := toldAnswer{Taken: []string{}}
	for _, one := range in.Passages {
		id, err := chepiao.ParseTicketID(one.Ticket)
		if err != nil {
			continue
		}
		told := office.ToldPassage{
			ID: one.ID, Ticket: id, At: time.UnixMilli(one.At), Station: station.No, Place: one.Place, Device: p.device(r, station, one.Gate),
			Method: one.Method, Seen: chepiao.DocumentKind(one.Seen), Override: one.Override, Confirmed: one.Confirmed,
		}
		if one.Override != "" {
			told.Overrode, told.By = one.Overrode, one.Device
		}
		verb := p.Verb(r)
		verb.ID, verb.By, verb.At.Station = "alone-"+one.ID, told.Device, station.No
		taken, err := p.Office.TellPassage(r.Context(), p.Now(), verb, told)
		if err != nil {
			p.Log.Warn("a passage that a gate told", "ticket", one.Ticket, "error", err)
			continue
		}
		answer.Taken = append(answer.Taken, one.ID)
		if taken.Doubt {
			answer.Doubt++
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer) //nolint:errcheck // the gate has gone and tells it again
}

// ping answers that the node is there.
func (p *Pages) ping(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Now", p.Now().UTC().Format(time.RFC3339Nano))
	w.WriteHeader(http.StatusNoContent)
}

// install tells a browser how to keep the gate as an app of its own.
func install(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/manifest+json")
	lang := ui.Language(r)
	json.NewEncoder(w).Encode(map[string]any{ //nolint:errcheck // the reader has gone
		"name": lang.Say("gate.name"), "short_name": lang.Say("gate.name"), "start_url": "/gate", "scope": "/gate", "display": "fullscreen",
		"background_color": "#1d2733", "theme_color": "#10161d", "icons": []map[string]string{{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}},
	})
}
