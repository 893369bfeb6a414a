package office

import (
	"cmp"
	"context"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// Display is what a station's public board shows and what its hall is told. It is
// made of what everybody may know.
type Display struct {
	Station *chepiao.Station
	Made    time.Time
	Shown   []chepiao.Shown // in the order of their times
	More    int             // departures behind them
	Calls   []chepiao.Call  // those of the whole station, said and to be said, in order
	Silent  bool            // a dispatcher has silenced the hall
	Quiet   bool            // it is the hour at which the hall has no voice, and nobody has lifted that
}

// Due are the calls to be made now.
func (d Display) Due() []chepiao.Call { return chepiao.DueCalls(d.Calls, d.Silent, d.Made) }

// DisplayQuery asks for a board.
type DisplayQuery struct {
	Station chepiao.StationNo
	Gate    string        // "" for all gates
	Ahead   time.Duration // leaves until then
	Limit   int
}

// Limits of a display: how long a departure that has left, or was called off, stays;
// how long one that should have left and has not; how far ahead calls are made out;
// for how long what a dispatcher said counts.
const (
	DisplayGone  = 10 * time.Minute
	displayShut  = 20 * time.Minute
	displayLate  = 3 * time.Hour
	DisplayAhead = 18 * time.Hour
	hallLasts    = 24 * time.Hour
	hallMost     = 1000
	callsPast    = 2 * time.Hour
)

// Display is a station's public board. Refusal NotFound.
func (o *Office) Display(ctx context.Context, now time.Time, q DisplayQuery) (Display, error) {
	t := o.Timetable()
	d := Display{Station: t.Station(q.Station), Made: now}
	if d.Station == nil {
		return d, chepiao.Refuse(chepiao.NotFound, "没有这个车站", "there is no such station").At("station")
	}
	all := o.shown(now, q.Station, q.Ahead)
	var words []chepiao.HallWord
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		words, err = r.HallWords(q.Station, now.Add(-hallLasts), hallMost)
		return err
	})
	if err != nil {
		return d, err
	}
	rules := o.RulesAt(now, at(d.Station))
	quiet := chepiao.Quiet{From: rules.QuietFrom, Until: rules.QuietUntil}
	d.Silent, d.Quiet = chepiao.Silent(words), quiet.Holds(now.In(t.Zone), words)
	d.Calls = slices.DeleteFunc(chepiao.Calls(all, words, now), func(c chepiao.Call) bool { return c.At.Before(now.Add(-callsPast)) })
	chepiao.Hush(d.Calls, words, quiet, t.Zone)
	for _, s := range all {
		gone := !s.Stands() && s.Last.Before(now.Add(-DisplayGone)) || s.State == chepiao.ShownClosed && s.Last.Before(now.Add(-displayShut))
		if gone || q.Gate != "" && s.Gate != q.Gate {
			continue
		}
		if len(d.Shown) == q.Limit {
			d.More++
			continue
		}
		d.Shown = append(d.Shown, s)
	}
	return d, nil
}

// shown are the departures of a station around a moment as anybody may see them, in
// the order of their times.
func (o *Office) shown(now time.Time, station chepiao.StationNo, ahead time.Duration) (list []chepiao.Shown) {
	t := o.Timetable()
	after := now.Add(-displayLate)
	for _, b := range t.leaving(after.Add(-chepiao.DelayMax), chepiao.DayOf(now.Add(ahead).In(t.Zone)), station) {
		if b.Departs.After(now.Add(ahead)) {
			continue
		}
		if s := o.showOne(now, b); !s.Last.Before(after) {
			list = append(list, s)
		}
	}
	next := func(s chepiao.Shown) time.Time { // a flow departure's coaches leave all day
		if s.Flow && s.Stands() && s.Departs.Before(now) {
			return now
		}
		return s.Departs
	}
	slices.SortStableFunc(list, func(a, b chepiao.Shown) int {
		return cmp.Or(next(a).Compare(next(b)), cmp.Compare(a.Departure, b.Departure))
	})
	return list
}

func (o *Office) showOne(now time.Time, b Boarding) chepiao.Shown {
	line, t := o.stands(now, b), o.Timetable()
	last := t.Station(b.Template.Stops[len(b.Template.Stops)-1].Station)
	s := chepiao.Shown{
		Departure: b.ID, Number: b.Template.Number, ToZH: last.Name, ToEN: last.English, Gate: line.Gate, Berth: line.Berth,
		Planned: line.Planned.In(t.Zone), Departs: line.Departs.In(t.Zone), Last: line.Last.In(t.Zone), Flow: line.Flow,
	}
	if v := o.seen(b.Run); v != nil {
		s.Calls, s.Off = v.Ops.CallsAt(b.Stop), v.State == chepiao.Running && v.Ops.CalledOff(b.Stop)
		if v.Ops != nil && v.Ops.Into != 0 {
			if run, err := t.Run(v.Ops.Into); err == nil {
				s.Into = run.Template.Number
			}
		}
	}
	var reported time.Time
	if line.Report != nil {
		reported = line.Report.At
	}
	s.Show(line.Progress, reported, now, o.RulesFor(now, b.Run, b.Stop))
	return s
}

// TellHall records what a dispatcher says about the calls of a station: words of
// their own, silence, a call more or less. Refusals: Invalid, NotFound.
func (o *Office) TellHall(ctx context.Context, v Verb, w chepiao.HallWord) (chepiao.HallWord, error) {
	if o.Timetable().Station(w.Station) == nil {
		return w, chepiao.Refuse(chepiao.NotFound, "没有这个车站", "there is no such station").At("station")
	}
	if err := w.Check(); err != nil {
		return w, err
	}
	e, err := o.once(ctx, v, []any{"tell hall", w}, func(tx *store.Tx) (*chepiao.Event, error) {
		w := w
		w.At, w.By, w.Who = tx.Now, v.By, v.Who
		return tx.SayInHall(w, v.By)
	})
	if err != nil {
		return w, err
	}
	return detail[chepiao.HallWord](e)
}
