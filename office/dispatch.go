package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// Leaving is a coach about to leave a station, as a desk says it.
type Leaving struct {
	Departure chepiao.DepartureID
	Station   chepiao.StationNo
	Headcount *int `json:",omitempty"` // people counted aboard, without drivers; nil: nobody counted
	Final     bool `json:",omitempty"` // flow: no more coach leaves today
}

// Left is a coach that has left a station.
type Left struct {
	Departure chepiao.DepartureID `json:"departure"`
	Station   chepiao.StationNo   `json:"station"`
	Aboard    int                 `json:"aboard"`             // passengers checked here
	Children  int                 `json:"children,omitempty"` // free, with them
	Missed    int                 `json:"missed"`             // passengers with a ticket who did not come
	Trip      int                 `json:"trip,omitempty"`     // flow: number of the coach at this station today
	More      bool                `json:"more,omitempty"`     // flow: further coaches leave today
}

// Dispatch lets a coach leave a station: nothing more is sold or checked there,
// who was checked has departed, who was not has missed it. On a flow departure
// who was not checked waits for the next coach, until the last one. A coach
// leaves at most a few minutes early, by the rules: an earlier attempt is noted
// against the station (failure path F20). Refusals: NotFound, TooEarly,
// WrongState, NotReported, Overload, HeadcountDiffers.
func (o *Office) Dispatch(ctx context.Context, v Verb, in Leaving) (Left, error) {
	run, stop, err := o.stopOf(in.Departure, in.Station)
	if err != nil {
		return Left{}, err
	}
	e, err := o.once(ctx, v, []any{"dispatch", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		d, err := tx.Departure(in.Departure, run.Template)
		if err != nil {
			return nil, err
		}
		riding, err := tx.Riding(in.Departure)
		if err != nil {
			return nil, err
		}
		left := Left{Departure: in.Departure, Station: in.Station}
		l := o.leaving(tx, run, d, stop, in, riding)
		gone, err := d.Leave(run.Template, l)
		if err != nil {
			return nil, err
		}
		if run.Template.Kind == chepiao.Flow {
			left.Trip, left.More = d.Ops.Trips[len(d.Ops.Trips)-1].No, !gone
		}
		tx.Touch(d)
		moved, err := depart(tx, riding, stop, gone, &left)
		if err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.DepartureDispatched, By: v.By, Departure: &in.Departure, Tickets: moved, Detail: left, Tell: o.along(in.Departure)}
		return e, tx.Record("departure "+d.ID.String(), d.Version, *e)
	})
	if chepiao.Why(err) == chepiao.TooEarly {
		return Left{}, o.leftEarly(ctx, v.By, in, err)
	}
	if err != nil {
		return Left{}, err
	}
	return detail[Left](e)
}

// leaving gathers what is known of the coach and who is aboard.
func (o *Office) leaving(tx *store.Tx, run Run, d *chepiao.Departure, stop int, in Leaving, riding []chepiao.Ticket) chepiao.Leaving {
	l := chepiao.Leaving{Stop: stop, Now: tx.Now, Counted: -1, Final: in.Final, Rules: o.RulesFor(tx.Now, run, stop), Approved: run.Template.Seats}
	zone := o.Timetable().Zone
	l.First, l.Last = o.spanOf(run, d.Ops, stop)
	l.First, l.Last = l.First.In(zone), l.Last.In(zone)
	if run.Vehicle != nil {
		l.Approved = max(l.Approved, run.Vehicle.Approved, run.Vehicle.Seats)
	}
	if in.Headcount != nil {
		l.Counted = *in.Headcount
	}
	trip := 1 // on a flow departure the coach that leaves now is the next one here
	if d.Ops != nil {
		for _, t := range d.Ops.Trips {
			if t.Stop == stop {
				trip++
			}
		}
	}
	for _, t := range riding {
		here := t.State == chepiao.TicketChecked && t.Board == stop
		ahead := t.State == chepiao.TicketDeparted && t.Board < stop && t.Alight > stop && (t.Trip == 0 || t.Trip == trip)
		if here || ahead {
			l.Seated++
			l.Children += t.Children
		}
	}
	return l
}

// depart moves the tickets of those who are aboard and, once no more coach
// leaves the stop, of those who are not. Who boards further along is left alone,
// and so is who has not paid: that hold lapses at its deadline.
func depart(tx *store.Tx, riding []chepiao.Ticket, stop int, gone bool, left *Left) (moved []chepiao.Ticket, err error) {
	for _, t := range riding {
		move := chepiao.MoveDispatch
		switch {
		case t.Board > stop || t.Owner() != tx.No(): // its owner lets it depart
			continue
		case t.State == chepiao.TicketValid && gone:
			move = chepiao.MoveMiss
			left.Missed++
		case t.State != chepiao.TicketChecked:
			continue
		default:
			left.Aboard++
			left.Children += t.Children
			t.Trip = left.Trip
		}
		if t, err = t.Move(move); err != nil {
			return nil, err
		}
		if err := tx.PutTicket(t); err != nil {
			return nil, err
		}
		moved = append(moved, t)
	}
	return moved, nil
}

// leftEarly notes the attempt to leave early, and returns the refusal.
func (o *Office) leftEarly(ctx context.Context, by string, in Leaving, refusal error) error {
	why := chepiao.AsRefusal(refusal).Because
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		e := chepiao.Event{Kind: chepiao.DispatchWasRefused, By: by, Reason: string(chepiao.TooEarly), Departure: &in.Departure, Detail: in}
		if why != nil {
			e.Because = []chepiao.Explanation{*why}
		}
		return tx.Record("dispatch "+in.Departure.String(), 0, e)
	})
	if err != nil {
		return err
	}
	return refusal
}
