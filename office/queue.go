package office

import (
	"context"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// JoinQueue gives a ticket of a flow departure its virtual queue number, on the
// day of travel. Refusals: NotFound and those of chepiao.Departure.Join.
func (o *Office) JoinQueue(ctx context.Context, v Verb, id chepiao.TicketID) (chepiao.Ticket, error) {
	return o.queueUp(ctx, v, "join queue", id, func(tx *store.Tx, run Run, t chepiao.Ticket) (*chepiao.Event, error) {
		d, err := tx.Departure(t.Departure, run.Template)
		if err != nil {
			return nil, err
		}
		_, last := o.spanOf(run, d.Ops, t.Board)
		if t, err = d.Join(t, last, tx.Now, chepiao.DayOf(tx.Now.In(o.Timetable().Zone))); err != nil {
			return nil, err
		}
		tx.Touch(d)
		tx.JoinFlow(t)
		return &chepiao.Event{Kind: chepiao.QueueWasJoined, By: v.By, Tickets: []chepiao.Ticket{t}}, nil
	})
}

// LeaveQueue gives a ticket's number up. Refusals: NotFound, WrongState.
func (o *Office) LeaveQueue(ctx context.Context, v Verb, id chepiao.TicketID) (chepiao.Ticket, error) {
	return o.queueUp(ctx, v, "leave queue", id, func(tx *store.Tx, run Run, t chepiao.Ticket) (*chepiao.Event, error) {
		left, err := t.Leave()
		if err != nil {
			return nil, err
		}
		tx.LeaveFlow(t)
		return &chepiao.Event{Kind: chepiao.QueueWasLeft, By: v.By, Tickets: []chepiao.Ticket{left}}, nil
	})
}

func (o *Office) queueUp(ctx context.Context, v Verb, verb string, id chepiao.TicketID, do func(*store.Tx, Run, chepiao.Ticket) (*chepiao.Event, error)) (chepiao.Ticket, error) {
	e, err := o.once(ctx, v, []any{verb, id}, func(tx *store.Tx) (*chepiao.Event, error) {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		run, err := o.Timetable().Run(t.Departure)
		if err != nil {
			return nil, err
		}
		e, err := do(tx, run, t)
		if err != nil {
			return nil, err
		}
		t = e.Tickets[0]
		if err := tx.PutTicket(t); err != nil {
			return nil, err
		}
		return e, tx.Record("ticket "+t.ID.String(), t.Version, *e)
	})
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}

// QueuePlace says how a ticket stands in the virtual queue: for one without a
// number, how it would if it took one now. Refusals: NotFound, Invalid for a fixed
// departure.
func (o *Office) QueuePlace(ctx context.Context, now time.Time, id chepiao.TicketID) (place chepiao.QueuePlace, err error) {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return place, err
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return place, err
	}
	if run.Template.Kind != chepiao.Flow {
		return place, noNumbers
	}
	f := o.queueFacts(run, t.Board)
	err = o.store.Read(ctx, func(r *store.Reader) error {
		f.Ahead, f.Aboard, err = r.FlowAhead(t)
		return err
	})
	return f.Place(max(t.Queue, 0), now), err
}

// Calling is the virtual queue at a stop of a flow departure, for a board or a
// gate.
type Calling struct {
	Waiting int   // numbers in all
	Called  []int // to the gate now, lowest first
	Wait    chepiao.ExpectedTime
}

// Calling says which numbers are called at a station, and how long it takes for
// who takes a number now. Refusals: NotFound, Invalid for a fixed departure.
func (o *Office) Calling(ctx context.Context, now time.Time, id chepiao.DepartureID, station chepiao.StationNo) (c Calling, err error) {
	run, err := o.Timetable().Run(id)
	if err != nil {
		return c, err
	}
	stop := slices.IndexFunc(run.Template.Stops, func(s chepiao.Stop) bool { return s.Station == station && s.Board })
	if stop < 0 {
		return c, chepiao.Refuse(chepiao.NotFound, "该班次不在此站上客", "this departure takes no passengers at that station").At("station")
	}
	if run.Template.Kind != chepiao.Flow {
		return c, noNumbers
	}
	f := o.queueFacts(run, stop)
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if _, f.Aboard, err = r.FlowAhead(chepiao.Ticket{Departure: id, Board: stop}); err != nil {
			return err
		}
		c.Called, c.Waiting, err = r.FlowWaiting(id, stop, f.Calls())
		return err
	})
	f.Ahead = c.Waiting
	c.Wait = chepiao.ExpectedWait(f, now)
	return c, err
}

var noNumbers = chepiao.Refuse(chepiao.Invalid, "定点班次对号入座，无需取号", "a fixed departure has a seat for you: no number is needed").At("ticket")

// queueFacts is what reports and trips of a flow departure say about the line at
// a stop, as last committed.
func (o *Office) queueFacts(run Run, stop int) chepiao.QueueFacts {
	ops := o.opsOf(run.ID)
	f := chepiao.QueueFacts{Places: run.Template.Seats, Interval: time.Duration(run.Template.Interval) * time.Minute}
	f.First, f.Last = o.spanOf(run, ops, stop)
	if run.Vehicle != nil {
		f.Places = run.Vehicle.Seats
	}
	if ops == nil {
		return f
	}
	for _, trip := range ops.Trips {
		if trip.Stop == stop {
			f.Trips = append(f.Trips, trip.At)
			if trip.Places > 0 {
				f.Places = trip.Places
			}
		}
	}
	if report, stands := ops.Reported(stop); stands {
		f.Standing, f.Places = true, report.Seats
	}
	return f
}
