package office

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"chepiao"
	"chepiao/store"
)

// extra puts on a departure of one day that relieves another one (加班): the same
// stops at other times, with a coach of its own. It is flagged for good, so that
// its passengers and its money can be counted apart. Who waits for a seat on the
// departure it relieves is served first.
func (a *acting) extra() error {
	if len(a.act.Departures) != 1 {
		return chepiao.Refuse(chepiao.Invalid, "加班一次只能针对一个班次", "an extra departure relieves one other").At("departures")
	}
	return a.each(func(on *target) error {
		if on.Template.Kind == chepiao.Flow {
			return chepiao.Refuse(chepiao.Invalid, "流水班增加车辆请直接报班", "another coach of a flow departure just reports").At("departures")
		}
		t, v, err := a.relief(on)
		if err != nil {
			return err
		}
		run := Run{ID: chepiao.MakeDepartureID(t.No, on.ID.Day()), Template: &t, Line: on.Line, Carrier: on.Carrier, Vehicle: v, Plan: v.Plan()}
		first, _ := a.office.spanOf(run, nil, 0)
		if first.Before(a.tx.Now) {
			at := a.office.clock(first)
			return chepiao.Refuse(chepiao.Invalid, at+" 已经过了，请另选时间", at+" is over: choose another time").At("depart")
		}
		if err := a.putTemplate(on, t, v); err != nil {
			return err
		}
		d, err := a.tx.NewDeparture(run.ID, &t)
		if err != nil {
			return err
		}
		d.Change(chepiao.Ops{Of: on.ID})
		a.touch(d)
		a.impact.Made = append(a.impact.Made, run.ID)
		a.impact.Undo = &chepiao.Act{Kind: chepiao.ActCancel, Departures: a.impact.Made, Reason: a.act.Reason}
		return a.relieve(on, run, d)
	})
}

// relieve serves those who wait for the departure that is relieved.
func (a *acting) relieve(on *target, run Run, d *chepiao.Departure) error {
	before, err := a.tx.Waiting(on.ID)
	if err != nil {
		return err
	}
	if err := a.office.widen(a.tx, Verb{By: a.by}, on.ID, run, d); err != nil {
		return err
	}
	after, err := a.tx.Waiting(on.ID)
	if served := len(before) - len(after); err == nil && served > 0 {
		a.warn("wait_extra", on.rules, fmt.Sprintf("%d 个候补订单即可兑现", served), fmt.Sprintf("%d requests that wait get their seats", served), chepiao.Given("waiting", len(before)))
	}
	return err
}

// relief is the template of the extra departure and its coach.
func (a *acting) relief(on *target) (t chepiao.Template, v *chepiao.VehicleType, err error) {
	t, v = *on.Template, a.office.coachOf(on.Run, on.was)
	if a.act.Coach != "" {
		if v, err = a.net.Coach(a.act.Coach); err != nil {
			return t, v, err
		}
	}
	if v == nil {
		return t, v, chepiao.Refuse(chepiao.Invalid, "请选择车型", "choose a type of coach").At("coach")
	}
	hour, minute := 0, 0
	if n, err := fmt.Sscanf(a.act.Depart, "%d:%d", &hour, &minute); err != nil || n != 2 || hour < 0 || minute < 0 || minute > 59 || hour*3600 > int(chepiao.ClockMax) {
		return t, v, chepiao.Refuse(chepiao.Invalid, "发车时间应为 08:45 这样的格式", "the time must look like 08:45").At("depart")
	}
	later := chepiao.Clock(hour*3600+minute*60) - t.Stops[0].Depart
	t.Stops = slices.Clone(t.Stops)
	for i := range t.Stops {
		t.Stops[i].Arrive, t.Stops[i].Depart = t.Stops[i].Arrive+later, t.Stops[i].Depart+later
		if t.Stops[i].Depart > chepiao.ClockMax {
			return t, v, chepiao.Refuse(chepiao.Invalid, "发车时间太晚", "that is too late").At("depart")
		}
	}
	t.No, t.Vehicle, t.Seats = a.net.NextTemplate, v.Code, v.Seats
	if a.act.Gate != "" {
		t.Gate = a.act.Gate
	}
	t.Days = chepiao.NewDaySet(on.ID.Day(), on.ID.Day())
	t.Days.Set(on.ID.Day(), true)
	t.Number, err = a.extraNumber(on)
	return t, v, err
}

// extraNumber is the number that people know the extra departure by: the given
// one, or that of the departure it relieves with 加1, 加2 …
func (a *acting) extraNumber(on *target) (string, error) {
	day := on.ID.Day()
	taken := func(number string) bool {
		return slices.ContainsFunc(a.net.Templates, func(t chepiao.Template) bool { return t.Number == number && t.Days.Has(day) })
	}
	number := strings.TrimSpace(a.act.Number)
	if number == "" {
		for n := 1; ; n++ {
			if number = fmt.Sprintf("%s加%d", on.Template.Number, n); !taken(number) {
				return number, nil
			}
		}
	}
	switch {
	case utf8.RuneCountInString(number) > chepiao.FleetNameMax || strings.IndexFunc(number, func(c rune) bool { return c <= ' ' || c == 0x7F }) >= 0:
		return "", chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("班次号最多 %d 个字符", chepiao.FleetNameMax), fmt.Sprintf("a departure number has at most %d characters", chepiao.FleetNameMax)).At("number")
	case taken(number):
		return "", chepiao.Refuse(chepiao.Invalid, "当天已有这个班次号", "there is a departure of that number that day").At("number")
	}
	return number, nil
}

// putTemplate stages the template and makes the timetable that has it ready.
func (a *acting) putTemplate(on *target, t chepiao.Template, v *chepiao.VehicleType) error {
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("writing an extra departure: %w", err)
	}
	hash := sha256.Sum256(body)
	key := fmt.Sprintf("extra:%s:%d", on.ID, t.No)
	if a.net.vehicles[v.Code] == nil {
		if err := a.tx.PutVehicle(*v); err != nil {
			return err
		}
	}
	a.next = a.net.with(key, hash[:], t, v)
	return a.tx.PutTemplate(key, hash[:], t, false)
}

// with is the timetable with one more template.
func (t *Timetable) with(key string, hash []byte, m chepiao.Template, v *chepiao.VehicleType) *Timetable {
	stored := *t.Timetable
	stored.Templates = append(slices.Clone(stored.Templates), m)
	if t.vehicles[v.Code] == nil {
		stored.Vehicles = append(slices.Clone(stored.Vehicles), *v)
	}
	stored.TemplateKeys = maps.Clone(stored.TemplateKeys)
	stored.TemplateKeys[key] = store.TemplateRow{No: m.No, Hash: hash}
	stored.NextTemplate = m.No + 1
	return indexTimetable(&stored)
}
