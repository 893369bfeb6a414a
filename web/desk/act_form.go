package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chepiao"
)

// actForm is the fields of an act as they were typed.
type actForm struct {
	Reason, Minutes, Gate, Berth, Seats, Places, To, Reserve, Until string
	Coach, Into, Number, Depart, Level, From, Seen                  string
	Weather, Closed                                                 bool
}

func readActForm(r *http.Request) actForm {
	get := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	f := actForm{
		Reason: get("reason"), Minutes: get("minutes"), Gate: get("gate"), Berth: get("berth"), Seats: get("seats"), Places: get("places"),
		To: get("to"), Reserve: get("reserve"), Until: get("until"), Coach: get("coach"), Into: get("into"), Number: get("number"),
		Depart: get("depart"), Level: get("level"), From: get("from"), Seen: get("seen"),
		Weather: get("fault") == string(chepiao.FaultWeather), Closed: get("closed") != "",
	}
	if f.Reserve == "" {
		f.Reserve = string(chepiao.ReserveAuto)
	}
	return f
}

// act makes the act of the form; only the fields of its kind are read. Refusals
// Invalid, at the field.
func (f actForm) act(kind actKind, station *chepiao.Station, now time.Time, zone *time.Location) (chepiao.Act, error) {
	act := chepiao.Act{Kind: kind.Kind, Reason: f.Reason}
	if station != nil {
		act.Station = station.Code
	}
	if kind.Has("fault") && f.Weather {
		act.Fault = chepiao.FaultWeather
	}
	var err error
	read := func(field string, into *int, typed, zh, en string) {
		if typed == "" || err != nil {
			return
		}
		n, bad := strconv.Atoi(typed)
		if *into = n; bad != nil {
			err = chepiao.Refuse(chepiao.Invalid, zh, en).At(field)
		}
	}
	if kind.Has("minutes") {
		read("minutes", &act.Minutes, f.Minutes, "请填写分钟数，如 30 或 -10", "give minutes, as 30 or -10")
		if f.Minutes == "" {
			err = chepiao.Refuse(chepiao.Invalid, "请填写分钟数,0 为恢复原时间", "give minutes; 0 is as planned").At("minutes")
		}
	}
	if kind.Has("gate") {
		act.Gate, act.Berth = f.Gate, f.Berth
	}
	if kind.Has("seats") && err == nil {
		read("places", &act.Places, f.Places, "请填写人数", "give a number of places")
		if err == nil {
			act.Seats, err = readSeats(f.Seats)
		}
	}
	if kind.Has("reserve") {
		act.Reserve, act.To = chepiao.ReserveKind(f.Reserve), f.To
		if act.Reserve == chepiao.ReserveAuto && f.Until != "" && err == nil {
			act.Until, err = readUntil(f.Until, now, zone)
		}
	}
	if kind.Has("coach") {
		act.Coach = f.Coach
	}
	if kind.Has("extra") {
		act.Number, act.Depart = f.Number, f.Depart
	}
	if kind.Has("into") && err == nil {
		if act.Into, err = chepiao.ParseDepartureID(f.Into); err != nil {
			err = chepiao.Refuse(chepiao.Invalid, "请选择并入的班次", "choose the departure that takes the passengers").At("into")
		}
	}
	if kind.Has("level") {
		act.Closed, act.From = f.Closed, f.From
		read("level", &act.Level, f.Level, "请选择车站级别", "choose the station's level")
	}
	return act, err
}

// readSeats reads seat numbers as a clerk types them: "1 2 5-8". Refusal Invalid.
func readSeats(s string) (seats []int, err error) {
	bad := chepiao.Refuse(chepiao.Invalid, "座位号有误，请输入如 1 2 5-8", "seats look like 1 2 5-8").At("seats")
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" ,，、\t", c) }) {
		low, high, span := strings.Cut(part, "-")
		a, errA := strconv.Atoi(low)
		b := a
		if span {
			var errB error
			if b, errB = strconv.Atoi(high); errB != nil {
				return nil, bad
			}
		}
		if errA != nil || a < 1 || b < a || b > chepiao.SeatsMax || len(seats)+b-a+1 > chepiao.SeatsMax {
			return nil, bad
		}
		for n := a; n <= b; n++ {
			seats = append(seats, n)
		}
	}
	return seats, nil
}

// readUntil reads a time of the clock as the next moment it comes: "18:30".
// Refusal Invalid.
func readUntil(s string, now time.Time, zone *time.Location) (time.Time, error) {
	clock, err := time.Parse("15:04", s)
	if err != nil {
		return time.Time{}, chepiao.Refuse(chepiao.Invalid, "时间应为 18:30 这样的格式", "a time looks like 18:30").At("until")
	}
	now = now.In(zone)
	at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at.UTC(), nil
}

// undoLink is the form of the act that takes another one back, filled in.
func undoLink(a chepiao.Act) string {
	q := url.Values{"kind": {string(a.Kind)}, "reason": {a.Reason}, "undo": {"1"}}
	for _, id := range a.Departures {
		q.Add("d", id.String())
	}
	if a.Kind == chepiao.ActDelay {
		q.Set("minutes", strconv.Itoa(a.Minutes))
	}
	if len(a.Seats) > 0 {
		q.Set("seats", strings.Trim(fmt.Sprint(a.Seats), "[]"))
	}
	if a.Places > 0 {
		q.Set("places", strconv.Itoa(a.Places))
	}
	for name, value := range map[string]string{"gate": a.Gate, "berth": a.Berth, "coach": a.Coach, "from": a.From} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if a.Kind == chepiao.ActStation {
		q.Set("level", strconv.Itoa(a.Level))
	}
	return home + "/act?" + q.Encode()
}
