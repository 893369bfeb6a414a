package office

import (
	"slices"
	"time"

	"chepiao"
)

// glimpse is what a check sees of a departure.
type glimpse struct {
	state chepiao.DepartureState
	left  int
	ops   *chepiao.Ops
	seats *chepiao.SeatMap // nil: nothing is sold
	dep   *chepiao.Departure
}

// lastSeen is a departure as last committed.
func (o *Office) lastSeen(run Run) (glimpse, error) {
	v := o.store.View(run.ID)
	if v == nil {
		return glimpse{state: chepiao.Running}, nil
	}
	return glimpse{state: v.State, left: v.Left, ops: v.Ops, seats: &v.Seats}, nil
}

// glimpse is a departure as the batch has it.
func (c *checking) glimpse(run Run) (glimpse, error) {
	d, err := c.tx.Departure(run.ID, run.Template)
	if err != nil {
		return glimpse{}, err
	}
	return glimpse{state: d.State, left: d.Left, ops: d.Ops, seats: &d.Seats, dep: d}, nil
}

// checkFacts gathers what a check asks about the ticket's coach and the one that
// is boarding at the gate. look says how departures are seen.
func (o *Office) checkFacts(now time.Time, t chepiao.Ticket, s chepiao.Scan, look func(Run) (glimpse, error)) (chepiao.Facts, error) {
	net := o.Timetable()
	run, err := net.Run(t.Departure)
	if err != nil {
		return chepiao.Facts{}, err
	}
	g, err := look(run)
	if err != nil {
		return chepiao.Facts{}, err
	}
	f := chepiao.Facts{Now: now, Zone: net.Zone, Rules: o.RulesFor(now, run, t.Board), Coach: o.coach(run, standsAt(run, t, s), s.Station, g)}
	f.RealName, _ = chepiao.RealName(run.Line, f.Rules)
	if s.Departure == 0 || s.Departure == t.Departure {
		return f, nil
	}
	f.Other, err = o.otherCoach(t, s, look)
	return f, err
}

// standsAt is the stop at which a passenger wants to board: the ticket's, or a
// later one where a loading station checks.
func standsAt(run Run, t chepiao.Ticket, s chepiao.Scan) int {
	here := stopAt(run, s.Station)
	if s.Place == chepiao.EnRoute && here > t.Board && here < t.Alight {
		return here
	}
	return t.Board
}

// stopAt is where a departure takes passengers at a station, 0 where it does not.
func stopAt(run Run, station chepiao.StationNo) int {
	return max(0, slices.IndexFunc(run.Template.Stops, func(s chepiao.Stop) bool { return s.Station == station && s.Board }))
}

// coach is a departure as a check sees it from a stop.
func (o *Office) coach(run Run, board int, station chepiao.StationNo, g glimpse) chepiao.Coach {
	c := chepiao.Coach{
		ID: run.ID, Number: run.Template.Number, Line: run.Line.No, Flow: run.Template.Kind == chepiao.Flow, State: g.state, Left: g.left, Seats: run.Template.Seats,
	}
	c.Departs, c.Last = o.spanOf(run, g.ops, board)
	c.Gate, _ = g.ops.Gate(board, plannedGate(run, board))
	if g.seats != nil {
		c.Seats = g.seats.Places()
	}
	if report, ok := g.ops.Reported(board); ok {
		c.Reported, c.Approved = true, report.Approved
		if report.Seats > 0 {
			c.Seats = report.Seats
		}
	}
	c.Dispatched = g.ops.Exited(board)
	c.Here = stopAt(run, station)
	return c
}

// plannedGate is where passengers board at a stop by the timetable, whose gate is
// that of the first stop.
func plannedGate(run Run, stop int) string {
	if stop > 0 {
		return ""
	}
	return run.Template.Gate
}

// otherCoach is the departure that is boarding at the gate, for the journey of a
// ticket of another one.
func (o *Office) otherCoach(t chepiao.Ticket, s chepiao.Scan, look func(Run) (glimpse, error)) (*chepiao.Coach, error) {
	run, err := o.Timetable().Run(s.Departure)
	if err != nil {
		return nil, err
	}
	g, err := look(run)
	if err != nil {
		return nil, err
	}
	board, alight, err := run.Template.Find(t.From, t.To)
	if err != nil {
		c := o.coach(run, 0, s.Station, g)
		return &c, nil // it does not go there
	}
	c := o.coach(run, board, s.Station, g)
	c.Board, c.Alight = board, alight
	if g.seats == nil {
		c.Free = true
		return &c, nil
	}
	if c.Free = g.seats.Free(board, alight) > 0; c.Free && !c.Flow {
		seats, err := g.seats.Choose(board, alight, 1, run.Plan)
		if err != nil {
			return nil, err
		}
		c.Seat = seats[0]
	} else if i := keptFor(g.ops, board, alight); !c.Free && i >= 0 {
		c.Kept, c.Seat = true, g.ops.Reserved[i].Seat
	}
	if g.dep != nil && t.Person != (chepiao.PersonToken{}) {
		_, c.Taken = g.dep.Riders[t.Person]
	}
	return &c, nil
}

// keptFor is the first reserved seat that a journey fits into, -1 for none.
func keptFor(ops *chepiao.Ops, board, alight int) int {
	if ops == nil {
		return -1
	}
	return slices.IndexFunc(ops.Reserved, func(r chepiao.Reserve) bool {
		return r.Reason != chepiao.NoSuchSeat && r.From <= board && r.To >= alight
	})
}

// facts are those of checkFacts with what only the transaction can tell: who
// travels together, who sits on the coach, where a rebooked ticket went.
func (c *checking) facts(t chepiao.Ticket) (chepiao.Facts, error) {
	if c.s.Departure != 0 && c.s.Departure != t.Departure { // a cold store asks whether the person is on it
		run, err := c.office.Timetable().Run(c.s.Departure)
		if err != nil {
			return chepiao.Facts{}, err
		}
		d, err := c.tx.Departure(run.ID, run.Template)
		if err == nil {
			err = c.tx.Riders(d, []chepiao.PersonToken{t.Person})
		}
		if err != nil {
			return chepiao.Facts{}, err
		}
	}
	f, err := c.office.checkFacts(c.tx.Now, t, c.s, c.glimpse)
	if err != nil {
		return f, err
	}
	f.Staff = c.in.StaffKnown
	if err := c.company(t, &f); err != nil {
		return f, err
	}
	if err := c.onward(t, &f); err != nil {
		return f, err
	}
	if f.Other != nil {
		if err := c.seated(f.Other, f.Other.Board); err != nil {
			return f, err
		}
	}
	return f, c.seated(&f.Coach, t.Board)
}

// company is who travels with a ticket: a child's guardian, an adult's children.
func (c *checking) company(t chepiao.Ticket, f *chepiao.Facts) error {
	if t.Guardian != 0 {
		adult, err := c.tx.Ticket(t.Guardian)
		if err != nil {
			return err
		}
		f.Guardian = adult.Person
		f.GuardianPassed = adult.State == chepiao.TicketChecked || adult.State == chepiao.TicketDeparted
		return nil
	}
	children, err := c.childrenOf(t)
	f.Children = len(children)
	return err
}

// childrenOf are the tickets that name this one as guardian, ride on the same
// departure and have not passed.
func (c *checking) childrenOf(t chepiao.Ticket) ([]chepiao.Ticket, error) {
	order, err := c.tx.Order(t.Order)
	if err != nil || order.Count == 1 {
		return nil, err
	}
	all, err := c.tx.Tickets(order)
	return slices.DeleteFunc(all, func(k chepiao.Ticket) bool {
		return k.Guardian != t.ID || k.Departure != t.Departure || k.State != chepiao.TicketValid
	}), err
}

// onward says where the passenger of a rebooked ticket travels now.
func (c *checking) onward(t chepiao.Ticket, f *chepiao.Facts) error {
	const timesMost = 10 // however often it was rebooked since
	for range timesMost {
		if t.State != chepiao.TicketRebooked || t.ReplacedBy == 0 {
			return nil
		}
		next, err := c.tx.Ticket(t.ReplacedBy)
		if err != nil {
			return err
		}
		run, err := c.office.Timetable().Run(next.Departure)
		if err != nil {
			return err
		}
		g, err := c.glimpse(run)
		if err != nil {
			return err
		}
		coach := c.office.coach(run, next.Board, 0, g)
		f.Onward = &chepiao.Onward{Number: coach.Number, Departs: coach.Departs, Gate: coach.Gate}
		t = next
	}
	return nil
}

// seated counts who sits on a coach where it may matter: a flow departure's, or
// one that came with fewer seats than were on sale. Elsewhere the seats
// themselves see to it.
func (c *checking) seated(coach *chepiao.Coach, board int) error {
	run, err := c.office.Timetable().Run(coach.ID)
	if err != nil {
		return err
	}
	d, err := c.tx.Departure(run.ID, run.Template)
	if err != nil {
		return err
	}
	if !coach.Reported || !coach.Flow && coach.Seats >= d.Seats.Places() { // no seat is sold twice
		return nil
	}
	riding, err := c.tx.Riding(coach.ID)
	for _, t := range riding {
		aboard := t.State == chepiao.TicketChecked || t.State == chepiao.TicketDeparted && !coach.Flow
		if aboard && t.Board <= board && board < t.Alight {
			coach.Checked++
		}
	}
	return err
}
