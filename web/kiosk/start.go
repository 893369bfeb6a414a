package kiosk

import (
	"encoding/json"
	"net/http"

	"chepiao"
	"chepiao/ident"
)

// startPage is what the kiosk shows while nobody uses it.
type startPage struct {
	Here     *chepiao.Station
	Stations []*chepiao.Station // to choose its own from, while it has none
	Kiosk    chepiao.Kiosk
	Device   string
}

// stationsMost bounds the stations to choose from at the set-up.
const stationsMost = 200

func (p *Pages) start(w http.ResponseWriter, r *http.Request) {
	k, err := p.Office.Kiosk(r.Context(), p.name(r))
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	forget(w, r)
	if err := p.signOut(w, r); err != nil {
		p.Fault(w, r, err)
		return
	}
	page := startPage{Here: p.Place(w, r), Kiosk: k, Device: p.name(r)}
	if page.Here == nil {
		page.Stations = p.Office.Timetable().SearchStations("", stationsMost)
		p.book.Show(w, r, http.StatusOK, "setup", page)
		return
	}
	p.book.Show(w, r, http.StatusOK, "start", page)
}

// signOut ends the session of whoever looked after a kiosk: passengers stand there
// next.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	a := p.Actor(r)
	c, err := r.Cookie("staff")
	if err != nil || a.Staff == nil || a.Device == nil || a.Device.Role != ident.Kiosk {
		return nil
	}
	act := p.Act(r)
	if act.ID, err = p.Secret(); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: "staff", Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return p.Accounts.SignOut(r.Context(), act, c.Value)
}

func (p *Pages) help(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "help", startPage{Here: p.Place(w, r)})
}

// state is asked by an idle kiosk: whether it was locked from afar meanwhile.
func (p *Pages) state(w http.ResponseWriter, r *http.Request) {
	k, err := p.Office.Kiosk(r.Context(), p.name(r))
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	say(w, http.StatusOK, map[string]bool{"locked": k.Locked})
}

// partsMax bounds what a kiosk tells about itself, in bytes.
const partsMax = 4096

// parts takes in how the card reader, the printer and so on are.
func (p *Pages) parts(w http.ResponseWriter, r *http.Request) {
	var parts []chepiao.KioskPart
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, partsMax)).Decode(&parts); err != nil {
		p.tell(w, r, chepiao.Refuse(chepiao.Invalid, "请求有误", "the request is no JSON").At("parts"))
		return
	}
	v, err := p.verb(w, r)
	if err == nil {
		v.ID, err = p.Secret()
	}
	if err == nil {
		_, err = p.Office.TellKiosk(r.Context(), v, parts)
	}
	if err != nil {
		p.tell(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// say answers a script of the pages.
func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the page has gone
}
