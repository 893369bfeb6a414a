package gtfs

import (
	"fmt"
	"time"

	"chepiao"
)

// service is a calendar of the feed: the service days of its trips.
type service struct {
	id     string
	spans  []span
	except []exception
	used   bool           // by a trip that was read
	days   chepiao.DaySet // the days wanted, after the shift
}

// span is a row of calendar.txt.
type span struct {
	week        [7]bool // by time.Weekday
	first, last chepiao.Day
}

// exception is a row of calendar_dates.txt.
type exception struct {
	day chepiao.Day
	on  bool
}

var weekdays = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (r *reading) readServices() error {
	r.serviceIDs = ids{}
	err := r.tables.each("calendar.txt", append([]string{"service_id", "start_date", "end_date"}, weekdays[:]...), func(row *row) error {
		id := row.id("service_id")
		first, okFirst := r.day(row, "start_date")
		last, okLast := r.day(row, "end_date")
		if id == "" || !okFirst || !okLast {
			row.add(Error, "bad-service", "service_id", id, "a calendar row without an id or without its dates", "the row was left out")
			return nil
		}
		if last < first {
			row.add(Warning, "bad-service", "end_date", last.String(), "the calendar ends before it begins", "it has no service day")
		}
		s := r.service(id)
		if len(s.spans) > 0 {
			row.add(Warning, "duplicate-id", "service_id", id, "this id has a row already", "the first row stands")
			return nil
		}
		sp := span{first: first, last: last}
		for d, col := range weekdays {
			sp.week[d] = row.whole(col, 0, 1, 0) == 1
		}
		s.spans = append(s.spans, sp)
		return nil
	})
	if err != nil {
		return err
	}
	return r.tables.each("calendar_dates.txt", []string{"service_id", "date", "exception_type"}, func(row *row) error {
		id := row.id("service_id")
		day, ok := r.day(row, "date")
		kind := row.raw("exception_type")
		if id == "" || !ok || kind != "1" && kind != "2" {
			row.add(Error, "bad-service", "exception_type", kind, "not a service id, a date and 1 (added) or 2 (removed)", "the row was left out")
			return nil
		}
		s := r.service(id)
		s.except = append(s.except, exception{day, kind == "1"})
		return nil
	})
}

// service is the service with an id, made when it is new.
func (r *reading) service(id string) *service {
	i, ok := r.serviceIDs[id]
	if !ok {
		i = int32(len(r.services))
		r.serviceIDs[id] = i
		r.services = append(r.services, service{id: id})
	}
	return &r.services[i]
}

func (r *reading) day(row *row, col string) (chepiao.Day, bool) {
	s := row.raw(col)
	d, err := chepiao.ParseDay(s)
	if err != nil {
		row.add(Warning, "bad-date", col, s, "not a date like 20261122", "")
		return 0, false
	}
	return d, true
}

// bounds are the first and the last day a service may run.
func (s *service) bounds() (first, last chepiao.Day, ok bool) {
	widen := func(a, b chepiao.Day) {
		if !ok {
			first, last, ok = a, b, true
		}
		first, last = min(first, a), max(last, b)
	}
	for _, sp := range s.spans {
		if sp.week != [7]bool{} && sp.first <= sp.last {
			widen(sp.first, sp.last)
		}
	}
	for _, e := range s.except {
		if e.on {
			widen(e.day, e.day)
		}
	}
	return first, last, ok
}

// settleServices works out the service days wanted of every service, and moves
// the calendar of a feed that has ended when that is asked for.
func (r *reading) settleServices() {
	file := "calendar.txt"
	if !r.tables.has(file) {
		file = "calendar_dates.txt"
	}
	var first, last chepiao.Day
	found := false
	for i := range r.services {
		a, b, ok := r.services[i].bounds()
		if !r.services[i].used || !ok {
			continue
		}
		if !found {
			first, last, found = a, b, true
		}
		first, last = min(first, a), max(last, b)
	}
	from, to := r.o.From, r.o.From+chepiao.Day(r.o.Days)-1
	switch {
	case !found:
		r.rep.add(Error, "no-service", file, 0, "", "", "no trip has a service day", "there is nothing to travel with")
	case last < from && r.o.Shift:
		r.shift = shiftWeeks(first, last, from, to)
		r.rep.ShiftWeeks, r.rep.ShiftDays = r.shift, r.shift*7
		r.rep.add(Note, "shifted", file, 0, "", last.String(), "the calendar has ended",
			fmt.Sprintf("all service days were moved by %d weeks (%d days); weekdays stay what they were", r.shift, r.shift*7))
	case last < from:
		r.rep.add(Error, "calendar-ended", file, 0, "", last.String(),
			fmt.Sprintf("the calendar ended before %s", from), "no departure was read; import with --shift to move its service days")
	case last < to:
		r.rep.add(Warning, "calendar-ends", file, 0, "", last.String(),
			fmt.Sprintf("the calendar ends before %s, the last day wanted", to), "no departures after it")
	case first > to:
		r.rep.add(Error, "calendar-later", file, 0, "", first.String(),
			fmt.Sprintf("the calendar begins after %s, the last day wanted", to), "no departure was read")
	}
	for i := range r.services {
		r.services[i].settle(from, to, chepiao.Day(r.shift*7))
	}
}

// shiftWeeks is by how many weeks to move a calendar that runs from first to
// last, so that it covers from…to: no more than needed, and no further than
// its beginning allows, for a short one cannot cover everything.
func shiftWeeks(first, last, from, to chepiao.Day) int {
	up := func(days chepiao.Day) int { return int(days+6) / 7 } // of days ≥ 0
	need := up(to - last)
	most := int(from-first) / 7
	return max(min(need, most), up(from-last))
}

func (s *service) settle(from, to, shift chepiao.Day) {
	s.days = chepiao.NewDaySet(from, to)
	for _, sp := range s.spans {
		for d := max(from, sp.first+shift); d <= min(to, sp.last+shift); d++ {
			if sp.week[time.Weekday((d - shift).Weekday())] {
				s.days.Set(d, true)
			}
		}
	}
	for _, e := range s.except {
		s.days.Set(e.day+shift, e.on)
	}
}
