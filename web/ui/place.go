package ui

import (
	"net/http"
	"strings"

	"chepiao"
	"chepiao/watch"
)

const stationCookie = "station"

// Place is the station where a page for staff works: the device's own, else
// the one asked for, else the one it last worked at, else that of the node where it
// is a station's. Nil when none is known, and
// when whoever has signed in may not act there.
func (k *Kit) Place(w http.ResponseWriter, r *http.Request) *chepiao.Station {
	asked := r.URL.Query().Get("station")
	code := Device(r).Station
	if code == "" {
		code = asked
	}
	if c, err := r.Cookie(stationCookie); code == "" && err == nil {
		code = c.Value
	}
	if own := k.own(); code == "" && own != nil {
		code = own.Code
	}
	s, err := k.Office.Timetable().StationByCode(code, "station")
	if err != nil {
		return nil
	}
	if who := k.Actor(r).Staff; who != nil && !who.At(s.Code) {
		return nil
	}
	if asked != "" {
		http.SetCookie(w, &http.Cookie{Name: stationCookie, Value: code, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: watch.Secure(r)})
	}
	return s
}

// own is the station whose node this is; nil at a hub.
func (k *Kit) own() *chepiao.Station {
	if k.Station == nil {
		return nil
	}
	return k.Office.Timetable().Station(k.Station.Self.Station)
}

// stationsFound bounds a list of suggestions.
const stationsFound = 8

// stationsPage is a list of suggestions for what was typed into a field.
type stationsPage struct {
	Field, Typed string
	Stations     []*chepiao.Station
}

// Stations answers what a person has typed into a station's field so far with
// the stations that may be meant. Where the other end is known only those are
// offered that a coach goes to from there.
func (k *Kit) Stations(b *Book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		t := k.Office.Timetable()
		field := q.Get("field")
		typed := q.Get(field)
		var list []*chepiao.Station
		if from, err := k.Named(q.Get("from"), q.Get("from_code"), "from"); field == "to" && err == nil {
			list = within(t.SearchStations(typed, len(t.Stations)), t.Reach(from.No))
			if strings.TrimSpace(typed) == "" {
				list = t.Reach(from.No)
			}
		} else {
			list = t.SearchStations(typed, stationsFound)
		}
		b.Show(w, r, http.StatusOK, "stations", stationsPage{field, typed, list[:min(len(list), stationsFound)]})
	}
}

func within(list, reach []*chepiao.Station) []*chepiao.Station {
	can := map[chepiao.StationNo]bool{}
	for _, s := range reach {
		can[s.No] = true
	}
	kept := list[:0]
	for _, s := range list {
		if can[s.No] {
			kept = append(kept, s)
		}
	}
	return kept
}

// Named is the station that a form means: by code where a suggestion was
// taken, else by what was typed, if that is clear. Refusals at the field.
func (k *Kit) Named(typed, code, field string) (*chepiao.Station, error) {
	t := k.Office.Timetable()
	if code != "" {
		return t.StationByCode(code, field)
	}
	if strings.TrimSpace(typed) == "" {
		return nil, chepiao.Refuse(chepiao.Invalid, "请选择车站", "choose a station").At(field)
	}
	if s, err := t.StationByCode(strings.ToUpper(strings.TrimSpace(typed)), field); err == nil {
		return s, nil
	}
	found := t.SearchStations(typed, 2)
	switch {
	case len(found) == 0:
		return nil, chepiao.Refuse(chepiao.NotFound, "没有找到这个车站，可输入站名、拼音或首字母", "no such station: type its name, pinyin or initials").At(field)
	case len(found) == 1 || found[0].Name == strings.TrimSpace(typed) && found[1].Name != found[0].Name || strings.EqualFold(found[0].English, strings.TrimSpace(typed)):
		return found[0], nil
	default:
		return nil, chepiao.Refuse(chepiao.Invalid, "有多个车站符合，请从列表中选择", "several stations fit: choose one from the list").At(field)
	}
}
