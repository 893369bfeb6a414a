package office

import (
	"fmt"

	"chepiao"
	"chepiao/store"
)

// maySell refuses what only the other tickets of a departure and of the same
// people can say no to: half tickets beyond their share, and journeys that
// overlap. instead are tickets that the new ones take the place of. It is asked
// by everything that gives out seats, in the transaction that does. Refusals:
// TooMany, Overlap.
func (o *Office) maySell(tx *store.Tx, d *chepiao.Departure, run Run, wish chepiao.Wish, instead []chepiao.TicketID, rules *chepiao.Rules) error {
	if err := halfFits(tx, d, wish, instead, rules); err != nil {
		return err
	}
	if !rules.OverlapRefused {
		return nil
	}
	wanted := o.rideOf(run, d.Ops, wish.Board, wish.Alight)
	for i, r := range wish.Riders {
		if err := o.mayRide(tx, run, wanted, r.Token, instead, rules); err != nil {
			return within(fmt.Sprintf("passengers[%d]", i), err)
		}
	}
	return nil
}

// mayRetake says whether tickets whose hold lapsed may have their seats back,
// now that their money came: the very seats are free, and nobody has bought a
// journey at the same time since.
func (o *Office) mayRetake(tx *store.Tx, d *chepiao.Departure, run Run, tickets []chepiao.Ticket) (bool, error) {
	rules := o.RulesFor(tx.Now, run, tickets[0].Board)
	if !d.CanRetake(tickets, rules) {
		return false, nil
	}
	wish := chepiao.Wish{Board: tickets[0].Board, Alight: tickets[0].Alight}
	var instead []chepiao.TicketID
	for _, t := range tickets {
		wish.Riders = append(wish.Riders, chepiao.Rider{Token: t.Person, Kind: t.Kind})
		instead = append(instead, t.Replaces)
	}
	err := o.maySell(tx, d, run, wish, instead, rules)
	if chepiao.AsRefusal(err) != nil {
		return false, nil
	}
	return err == nil, err
}

// halfFits counts the half tickets of a departure where they have a quota.
func halfFits(tx *store.Tx, d *chepiao.Departure, wish chepiao.Wish, instead []chepiao.TicketID, rules *chepiao.Rules) error {
	wanted, taken := 0, 0
	for _, r := range wish.Riders {
		if r.Kind == chepiao.Half {
			wanted++
		}
	}
	if wanted == 0 || rules.HalfQuota >= 10_000 {
		return nil
	}
	riding, err := tx.Riding(d.ID)
	if err != nil {
		return err
	}
	for _, t := range riding {
		if t.Kind == chepiao.Half && !named(instead, t.ID) {
			taken++
		}
	}
	return rules.HalfFits(taken, wanted, d.Seats.Places())
}

// mayRide holds a wanted ride against the person's other tickets. On the same
// departure the rule of one document decides.
func (o *Office) mayRide(tx *store.Tx, run Run, wanted chepiao.Ride, person chepiao.PersonToken, instead []chepiao.TicketID, rules *chepiao.Rules) error {
	journeys, err := tx.JourneysOf(person, run.ID.Day())
	if err != nil {
		return err
	}
	for _, t := range journeys {
		if t.Departure == run.ID || named(instead, t.ID) {
			continue
		}
		if t.State == chepiao.TicketHeld {
			order, err := tx.Order(t.Order)
			if err != nil {
				return err
			}
			if order.Alive(tx.Now) != nil {
				continue // an expired hold is dead, swept up or not
			}
		}
		other, err := o.Timetable().Run(t.Departure)
		if err != nil {
			return err
		}
		if no := wanted.Meets(o.rideOf(other, o.opsOf(other.ID), t.Board, t.Alight), o.Timetable().Zone, rules); no != nil {
			return no
		}
	}
	return nil
}

func named(tickets []chepiao.TicketID, id chepiao.TicketID) bool {
	for _, one := range tickets {
		if one == id {
			return true
		}
	}
	return false
}

// rideOf is a ride between two stops of a departure, delays included.
func (o *Office) rideOf(run Run, ops *chepiao.Ops, board, alight int) chepiao.Ride {
	t := o.Timetable()
	stops, day := run.Template.Stops, run.ID.Day()
	ride := chepiao.Ride{Number: run.Template.Number, Takes: stops[alight].Arrive.On(day, t.Zone).Sub(stops[board].Depart.On(day, t.Zone))}
	ride.First, ride.Last = o.spanOf(run, ops, board)
	if s := t.Station(stops[board].Station); s != nil {
		ride.From = s.Name
	}
	if s := t.Station(stops[alight].Station); s != nil {
		ride.To = s.Name
	}
	return ride
}
