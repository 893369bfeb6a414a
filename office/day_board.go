package office

import (
	"cmp"
	"context"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// BoardLine is how a departure stands at a station, as the board of a dispatcher
// shows it.
type BoardLine struct {
	Run
	Stop    int       // position on the template
	Planned time.Time // leaves, by the timetable
	Gate    string
	Berth   string
	chepiao.Watched
	Last     time.Time
	State    chepiao.DepartureState
	Places   int // seats of the departure
	Reserved int // of them kept back from here
	Away     int // of them held by other nodes
	Sold     int // paid tickets that board here
	Checked  int
	Alarms   []chepiao.Alarm
}

// DayBoard lists the departures until tomorrow that leave a station and whose last
// coach leaves after a moment, delays included, in the order of their times, at most
// limit.
func (o *Office) DayBoard(ctx context.Context, now, after time.Time, station chepiao.StationNo, limit int) ([]BoardLine, error) {
	var list []BoardLine
	t := o.Timetable()
	for _, b := range t.leaving(after.Add(-chepiao.DelayMax), t.tomorrow(now, after), station) {
		if s := o.stands(now, b); s.Last.After(after) {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b BoardLine) int {
		return cmp.Or(a.Departs.Compare(b.Departs), cmp.Compare(a.ID, b.ID))
	})
	list = list[:min(limit, len(list))]
	err := o.store.Read(ctx, func(r *store.Reader) error {
		queues, err := r.WaitedFor(0, waitedMost)
		if err != nil {
			return err
		}
		for i := range list {
			if err := list[i].count(r, o, slices.Contains(queues, list[i].ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// waitedMost bounds the departures that a board asks about their queues.
const waitedMost = 10_000

// stands is what the last committed view says of a departure.
func (o *Office) stands(now time.Time, b Boarding) BoardLine {
	s := BoardLine{Run: b.Run, Stop: b.Stop, Planned: b.Departs}
	d := chepiao.NewDeparture(b.ID, b.Template)
	if v := o.seen(b.Run); v != nil {
		d.Version, d.State, d.Left, d.Ops, d.Seats, d.Away = v.Version, v.State, v.Left, v.Ops, v.Seats, v.Away
	}
	s.State, s.Now, s.Flow = d.State, now, d.Seats.Flow()
	s.Departs, s.Last = o.spanOf(b.Run, d.Ops, b.Stop)
	s.Gate, s.Berth = d.Ops.Gate(b.Stop, plannedGate(b.Run, b.Stop))
	s.Progress = d.ProgressAt(b.Stop, s.Departs, s.Last, now, chepiao.DayOf(now.In(o.Timetable().Zone)), o.RulesFor(now, b.Run, b.Stop))
	if r, came := d.Ops.Reported(b.Stop); came {
		s.Report = &r
		if r.Stop == b.Stop && r.Berth != "" {
			s.Berth = r.Berth
		}
	}
	if d.Ops != nil {
		for _, r := range d.Ops.Reserved {
			if r.From <= b.Stop && r.To > b.Stop {
				s.Reserved++
			}
		}
	}
	s.Places, s.Away = d.Seats.Places(), d.Away.Count()
	s.Riding = s.Places - d.Seats.Free(b.Stop, b.Stop+1) - s.Reserved - s.Away
	return s
}

// count adds what only the database knows.
func (s *BoardLine) count(r *store.Reader, o *Office, waitedFor bool) (err error) {
	if o.store.View(s.ID) != nil {
		if s.Sold, s.Checked, err = r.Boarding(s.ID, s.Stop); err != nil {
			return err
		}
	}
	if waitedFor {
		queue, err := r.WaitQueue(s.ID)
		if err != nil {
			return err
		}
		for _, order := range queue {
			s.Waiting += order.Count
		}
	}
	s.Alarms = s.Watched.Alarms(o.RulesFor(s.Now, s.Run, s.Stop))
	return nil
}

// Pressures lists the departures that people wait for and that have not left,
// those with the most people first, at most limit.
func (o *Office) Pressures(ctx context.Context, now time.Time, limit int) ([]chepiao.WaitPressure, error) {
	var ids []chepiao.DepartureID
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		ids, err = r.WaitedFor(0, waitedMost)
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []chepiao.WaitPressure
	for _, id := range ids {
		run, err := o.Timetable().Run(id)
		if err != nil {
			continue // no longer in the timetable
		}
		if _, last := o.Span(run, 0); last.Before(now.Add(-chepiao.DelayMax)) {
			continue
		}
		p, err := o.WaitPressure(ctx, id)
		if err != nil {
			return nil, err
		}
		if p.Requests > 0 {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b chepiao.WaitPressure) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Departure, b.Departure))
	})
	return list[:min(limit, len(list))], nil
}
