package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// allotAhead is how far ahead departures are looked at for what should go to their
// stations, and allotMost how many hand-overs one round makes.
const (
	allotAhead = 3 // days
	allotMost  = 200
)

// Allot brings seats and tickets to the nodes of the stations where people board:
// of each departure the station at its first stop gets seats as the rules say
// (allot_first, allot_last, allot_within), and the tickets of those who board at a
// station go to its node before check opens (tickets_move). It is a duty of the hub;
// a station has nothing to allot. moved counts the hand-overs.
func (o *Office) Allot(ctx context.Context, now time.Time) (moved int, err error) {
	nodes := o.Stations()
	if o.No() != chepiao.Hub || len(nodes) == 0 {
		return 0, nil
	}
	t := o.Timetable()
	today := chepiao.DayOf(now.In(t.Zone))
	for day := today - 1; day <= today+allotAhead; day++ {
		for i := range t.Templates {
			m := &t.Templates[i]
			if !m.Days.Has(day) {
				continue
			}
			n, err := o.allotOne(ctx, now, t.run(chepiao.MakeDepartureID(m.No, day), m), nodes, allotMost-moved)
			if moved += n; err != nil || moved >= allotMost {
				return moved, err
			}
		}
	}
	return moved, nil
}

// allotOne looks after one departure.
func (o *Office) allotOne(ctx context.Context, now time.Time, run Run, nodes map[chepiao.StationNo]chepiao.NodeNo, most int) (moved int, err error) {
	first := true
	for stop, s := range run.Template.Stops {
		if !s.Board || stop == run.Template.Legs() {
			continue
		}
		node, ok := nodes[s.Station]
		wasFirst := first
		first = false
		if !ok {
			continue
		}
		departs, last := o.Span(run, stop)
		if last.Before(now) {
			continue
		}
		rules := o.RulesFor(now, run, stop)
		if wasFirst {
			n, err := o.allotSeats(ctx, now, run, node, rules.Allot, departs)
			if moved += n; err != nil {
				return moved, err
			}
		}
		if o.No() != chepiao.Hub {
			continue
		}
		if rules.TicketsMove(departs.Sub(now)) && o.store.View(run.ID) != nil {
			n, err := o.ticketsTo(ctx, run, s.Station, node, most-moved)
			if moved += n; err != nil {
				return moved, err
			}
		}
	}
	return moved, nil
}

// allotSeats gives a station what it lacks of its share. What it has more than that
// it keeps, unless the hub has none left and asks for some.
func (o *Office) allotSeats(ctx context.Context, now time.Time, run Run, node chepiao.NodeNo, share func(int, time.Duration) int, departs time.Time) (int, error) {
	d := o.viewOf(run)
	if d.State != chepiao.Running || d.Left > 0 {
		return 0, nil
	}
	has, spare := d.Away.At(node), d.Spare()
	if o.No() != chepiao.Hub {
		if node != o.No() {
			return 0, nil
		}
		node, has = chepiao.Hub, d.Away.Count()
	}
	if spare == 0 && has > 0 {
		return o.askFor(ctx, now, run, node, has)
	}
	if o.No() != chepiao.Hub {
		return 0, nil
	}
	lacks := min(share(spare+has, departs.Sub(now))-has, spare)
	if lacks < 1 {
		return 0, nil
	}
	v := Verb{ID: fmt.Sprintf("allot-%d-%d-%d", run.ID, node, d.Version), By: allotting}
	_, err := o.GiveSeats(ctx, v, run.ID, node, lacks)
	if chepiao.AsRefusal(err) != nil {
		return 0, nil // sold meanwhile
	}
	return 1, err
}

// askFor asks another node for some of the seats that it holds, once a minute.
func (o *Office) askFor(ctx context.Context, now time.Time, run Run, node chepiao.NodeNo, has int) (int, error) {
	if o.store.View(run.ID) == nil {
		return 0, nil // nobody has wanted any yet
	}
	minute := now.Unix() / 60
	if last, asked := o.asked.Load(run.ID); asked && last.(int64) == minute {
		return 0, nil
	}
	o.asked.Store(run.ID, minute)
	v := Verb{ID: fmt.Sprintf("ask-%d-%d-%d-%d", o.No(), run.ID, node, minute), By: allotting}
	if err := o.AskSeats(ctx, v, run.ID, node, max(has/4, 1)); chepiao.AsRefusal(err) == nil && err != nil {
		return 0, err
	}
	return 1, nil
}

// allotting is who acts when the rules of the allotment do.
const allotting = "allot"

// ticketsTo gives a station's node the orders whose passengers board there.
func (o *Office) ticketsTo(ctx context.Context, run Run, station chepiao.StationNo, node chepiao.NodeNo, most int) (moved int, err error) {
	var due []chepiao.Ticket
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for after := chepiao.TicketID(0); ; {
			page, err := r.Manifest(run.ID, after, manifestPage)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, t := range page {
				after = t.ID
				if t.Owner() == o.No() && t.From == station && (t.State == chepiao.TicketValid || t.State == chepiao.TicketSuspended) {
					due = append(due, t)
				}
			}
		}
	})
	if err != nil {
		return 0, err
	}
	given := map[chepiao.OrderID]bool{}
	for _, t := range due {
		if given[t.Order] || moved >= most {
			continue
		}
		given[t.Order] = true
		err := o.GiveOrder(ctx, Verb{ID: fmt.Sprintf("move-%d-%d", t.Order, t.Version), By: allotting}, t.Order, node)
		if chepiao.AsRefusal(err) != nil {
			continue // refunded meanwhile, or part of its family is being paid
		}
		if err != nil {
			return moved, err
		}
		moved++
	}
	return moved, nil
}

// manifestPage is how many tickets are read at once.
const manifestPage = 500
