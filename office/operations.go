package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// Operations is a departure as its stations see it.
type Operations struct {
	Run     Run
	State   chepiao.DepartureState
	Version int64
	Ops     chepiao.Ops
	Away    *chepiao.Away    // seats that other nodes hold; nil: none
	Stops   []StopOperations // where passengers board
}

// StopOperations is how a departure stands at one stop.
type StopOperations struct {
	Stop    int
	Station chepiao.StationNo
	Planned time.Time // leaves, by the timetable
	Departs time.Time // leaves, delays included; a flow departure's first coach
	Last    time.Time
	Gate    string
	Berth   string
	chepiao.Progress
	Report *chepiao.Report // the coach that stands there or will come
	Valid  int             // passengers who board here and have not been checked
	Aboard int             // checked here, or departed from here
	Held   int             // unpaid
	Free   int             // seats to the last stop
}

// Operations says how a departure stands at each of its stops. Refusal NotFound.
func (o *Office) Operations(ctx context.Context, now time.Time, id chepiao.DepartureID) (Operations, error) {
	run, err := o.Timetable().Run(id)
	if err != nil {
		return Operations{}, err
	}
	d := chepiao.NewDeparture(id, run.Template)
	out := Operations{Run: run}
	if v := o.seen(run); v != nil {
		d.State, d.Left, d.Ops, d.Seats, out.Version, out.Away = v.State, v.Left, v.Ops, v.Seats, v.Version, v.Away
	}
	out.State, out.Ops = d.State, d.Ops.Clone()
	zone := o.Timetable().Zone
	today := chepiao.DayOf(now.In(zone))
	for stop, s := range run.Template.Stops {
		if !s.Board || stop == run.Template.Legs() {
			continue
		}
		at := StopOperations{Stop: stop, Station: s.Station, Free: d.Seats.Free(stop, run.Template.Legs())}
		at.Planned, _ = run.Template.Span(stop, id.Day(), zone)
		at.Departs, at.Last = o.spanOf(run, d.Ops, stop)
		at.Gate, at.Berth = d.Ops.Gate(stop, run.Template.Gate)
		at.Progress = d.ProgressAt(stop, at.Departs, at.Last, now, today, o.RulesFor(now, run, stop))
		if r, came := d.Ops.Reported(stop); came {
			at.Report = &r
			if r.Stop == stop && r.Berth != "" {
				at.Berth = r.Berth
			}
		}
		out.Stops = append(out.Stops, at)
	}
	return out, o.countRiders(ctx, &out)
}

// ridersCounted bounds the tickets that are counted of one departure.
const ridersCounted = 10_000

func (o *Office) countRiders(ctx context.Context, out *Operations) error {
	var tickets []chepiao.Ticket
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		tickets, err = r.Manifest(out.Run.ID, 0, ridersCounted)
		return err
	})
	for _, t := range tickets {
		for i := range out.Stops {
			if out.Stops[i].Stop != t.Board {
				continue
			}
			switch t.State {
			case chepiao.TicketHeld:
				out.Stops[i].Held++
			case chepiao.TicketValid, chepiao.TicketSuspended:
				out.Stops[i].Valid++
			case chepiao.TicketChecked, chepiao.TicketDeparted, chepiao.TicketUsed:
				out.Stops[i].Aboard++
			}
		}
	}
	return err
}
