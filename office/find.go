package office

import (
	"context"
	"slices"

	"chepiao"
)

// FindInput asks a window's question: whose ticket is it, when there is no card, no
// voucher and no number? By name or by telephone, among those who board at a station
// on a day: nobody searches all of the store for a name.
type FindInput struct {
	Name, Phone string // one of them
	From        chepiao.StationNo
	Day         chepiao.Day
	Number      string // of the departure, as people know it; "" is any of the day
	Why         chepiao.LookWhy
	Limit       int
}

// findTicketsMost bounds the tickets that one question reads.
const findTicketsMost = 8000

// FindRiders finds the tickets of a day by name or telephone, in the order of the
// departures, at most in.Limit. Who was found is told who looked, and why: the
// look-up is kept and journaled for each person. Refusals: Invalid at name, phone or
// why; TooMany when the day has more passengers than one question may read.
func (o *Office) FindRiders(ctx context.Context, v Verb, in FindInput) (found []chepiao.Ticket, err error) {
	fits, how, err := in.judge()
	if err != nil {
		return nil, err
	}
	read := 0
	for _, id := range o.Timetable().boardingOn(in.From, in.Day, in.Number) {
		if o.store.View(id) == nil { // nobody has bought a seat
			continue
		}
		tickets, people, err := o.Manifest(ctx, id, 0, findTicketsMost)
		if err != nil {
			return nil, err
		}
		if read += len(tickets); read > findTicketsMost {
			return nil, chepiao.Refuse(chepiao.TooMany, "当日乘客太多，请加上班次号再查", "too many travel that day: name the departure as well").At("number")
		}
		for i, t := range tickets {
			if t.From == in.From && len(found) < in.Limit && fits(people[i]) {
				found = append(found, t)
			}
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	var people []chepiao.PersonToken
	for _, t := range found {
		if !slices.Contains(people, t.Person) {
			people = append(people, t.Person)
		}
	}
	return found, o.NoteLookUp(ctx, v, people, how, in.Why, len(found))
}

// judge reads what is looked for: whether a passenger fits.
func (in FindInput) judge() (fits func(chepiao.Passenger) bool, how chepiao.LookHow, err error) {
	if in.Phone != "" {
		phone, err := chepiao.NewPhone(in.Phone)
		if err != nil {
			return nil, "", err
		}
		fits, how = func(p chepiao.Passenger) bool { return p.Phone.Equal(phone) }, chepiao.LookByPhone
	} else {
		name, err := chepiao.NewName(in.Name)
		if err != nil {
			return nil, "", err
		}
		fits, how = func(p chepiao.Passenger) bool { return !p.Name.IsZero() && p.Name.Matches(name) }, chepiao.LookByName
	}
	_, err = chepiao.ParseLookWhy(string(in.Why))
	return fits, how, err
}

// boardingOn are the departures of a service day that board at a station, in the
// order of their times; number "" is any.
func (t *Timetable) boardingOn(station chepiao.StationNo, day chepiao.Day, number string) (ids []chepiao.DepartureID) {
	type at struct {
		id      chepiao.DepartureID
		departs chepiao.Clock
	}
	var list []at
	for i := range t.Templates {
		m := &t.Templates[i]
		if !m.Days.Has(day) || number != "" && m.Number != number {
			continue
		}
		if stop := slices.IndexFunc(m.Stops, func(s chepiao.Stop) bool { return s.Station == station && s.Board }); stop >= 0 {
			list = append(list, at{chepiao.MakeDepartureID(m.No, day), m.Stops[stop].Depart})
		}
	}
	slices.SortStableFunc(list, func(a, b at) int { return int(a.departs) - int(b.departs) })
	for _, one := range list {
		ids = append(ids, one.id)
	}
	return ids
}
