package office

import (
	"cmp"
	"context"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// Boarding is a departure that leaves a station, as the station's board shows
// it.
type Boarding struct {
	Run
	Stop    int       // position on the template
	Departs time.Time // delays included; first coach, on a flow departure
	Last    time.Time
	Gate    string // where it boards today; "" when none is set
	Sold    int    // paid tickets that board here
	Checked int
	State   chepiao.DepartureState
	Gone    bool // dispatched from here
}

// latestMost is how late a coach may be and still stand on a board.
const latestMost = 12 * time.Hour

// Board lists the departures until tomorrow that leave a station and whose last coach
// leaves after a moment, delays included, in the order of their times, at most limit.
// What has left before is not listed, whether or not it was dispatched.
func (o *Office) Board(ctx context.Context, now, after time.Time, station chepiao.StationNo, limit int) ([]Boarding, error) {
	list := o.Timetable().leaving(after.Add(-latestMost), o.Timetable().tomorrow(now, after), station)
	for i := range list {
		b := &list[i]
		b.Departs, b.Last = o.Span(b.Run, b.Stop)
	}
	list = slices.DeleteFunc(list, func(b Boarding) bool { return !b.Last.After(after) })
	slices.SortStableFunc(list, func(a, b Boarding) int {
		return cmp.Or(a.Departs.Compare(b.Departs), cmp.Compare(a.ID, b.ID))
	})
	list = list[:min(limit, len(list))]
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		for i := range list {
			b := &list[i]
			b.State, b.Gate = chepiao.Running, plannedGate(b.Run, b.Stop)
			v := o.store.View(b.ID)
			if v == nil { // nothing has happened to it yet
				continue
			}
			b.State, b.Gone = v.State, b.Stop < v.Left
			b.Gate, _ = v.Ops.Gate(b.Stop, b.Gate)
			if b.Sold, b.Checked, err = r.Boarding(b.ID, b.Stop); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// tomorrow is the last service day of a board: the day after the later of two moments.
func (t *Timetable) tomorrow(now, after time.Time) chepiao.Day {
	return max(chepiao.DayOf(now.In(t.Zone)), chepiao.DayOf(after.In(t.Zone))) + 1
}

// leaving are the departures of the service days until one that leave a station after
// a moment: yesterday's coaches may still run past midnight.
func (t *Timetable) leaving(after time.Time, until chepiao.Day, station chepiao.StationNo) []Boarding {
	var list []Boarding
	for day := chepiao.DayOf(after.In(t.Zone)) - 1; day <= until; day++ {
		for i := range t.Templates {
			m := &t.Templates[i]
			if !m.Days.Has(day) {
				continue
			}
			stop := slices.IndexFunc(m.Stops, func(s chepiao.Stop) bool { return s.Station == station && s.Board })
			if stop < 0 || stop == len(m.Stops)-1 {
				continue
			}
			if first, last := m.Span(stop, day, t.Zone); last.After(after) {
				list = append(list, Boarding{Run: t.run(chepiao.MakeDepartureID(m.No, day), m), Stop: stop, Departs: first, Last: last})
			}
		}
	}
	return list
}

// LeftStops is how many of its stops a departure has left: 0 while it stands at
// its first. Refusal NotFound.
func (o *Office) LeftStops(id chepiao.DepartureID) (int, error) {
	if _, err := o.Timetable().Run(id); err != nil {
		return 0, err
	}
	if v := o.store.View(id); v != nil {
		return v.Left, nil
	}
	return 0, nil
}
