package office

import (
	"cmp"
	"context"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// Left is a coach that has left a station.
type Left struct {
	Departure chepiao.DepartureID
	Station   chepiao.StationNo
	Aboard    int // passengers checked here
	Missed    int // passengers with a ticket who did not come
}

// Dispatch lets a coach leave a station: nothing more is sold or checked there,
// who was checked has departed, who was not has missed it. A coach leaves at
// most a few minutes early, by the rules. Refusals: NotFound, TooEarly,
// WrongState when it has left.
func (o *Office) Dispatch(ctx context.Context, v Verb, id chepiao.DepartureID, station chepiao.StationNo) (Left, error) {
	net := o.Timetable()
	run, err := net.Run(id)
	if err != nil {
		return Left{}, err
	}
	stop := slices.IndexFunc(run.Template.Stops, func(s chepiao.Stop) bool { return s.Station == station && s.Board })
	if stop < 0 {
		return Left{}, chepiao.Refuse(chepiao.NotFound, "该班次不在此站上客", "this departure takes no passengers at that station").At("station")
	}
	_, last := o.Span(run, stop)
	earliest := last.Add(-time.Duration(o.RulesFor(o.store.Now(), run, stop).DispatchMin) * time.Second).In(net.Zone)
	e, err := o.once(ctx, v, []any{"dispatch", id, station}, func(tx *store.Tx) (*chepiao.Event, error) {
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return nil, err
		}
		if err := d.Dispatch(stop, tx.Now, earliest); err != nil {
			return nil, err
		}
		tx.Touch(d)
		moved, err := o.departTickets(tx, d, stop)
		if err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.DepartureDispatched, By: v.By, Departure: &id, Tickets: moved}
		return e, tx.Record("departure "+id.String(), d.Version, *e)
	})
	if err != nil {
		return Left{}, err
	}
	left := Left{Departure: id, Station: station}
	for _, t := range e.Tickets {
		if t.State == chepiao.TicketDeparted {
			left.Aboard++
		} else {
			left.Missed++
		}
	}
	return left, nil
}

// departTickets moves the tickets that board at a stop the coach now leaves.
func (o *Office) departTickets(tx *store.Tx, d *chepiao.Departure, stop int) ([]chepiao.Ticket, error) {
	ids := make([]chepiao.TicketID, 0, len(d.Riders))
	for _, id := range d.Riders {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b chepiao.TicketID) int { return cmp.Compare(a, b) })
	var moved []chepiao.Ticket
	for _, id := range ids {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		move := chepiao.MoveDispatch
		switch {
		case t.Board > stop:
			continue
		case t.State == chepiao.TicketValid:
			move = chepiao.MoveMiss
		case t.State != chepiao.TicketChecked:
			continue // held and unpaid: lapses at its deadline
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
