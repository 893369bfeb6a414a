package main

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/office"
)

// demoRider is an invented passenger with a ticket.
type demoRider struct {
	ticket    chepiao.TicketID
	departure chepiao.DepartureID
	station   chepiao.StationNo // where the rider boards
	number    string            // of the identity card
	stays     bool              // never comes, or has come
}

// sell lets invented passengers buy orders for a day and the four after it, so that a demo
// does not begin with empty coaches. It is the same from the same timetable.
func sell(ctx context.Context, o *office.Office, now time.Time, today chepiao.Day, orders int) (riders []*demoRider, err error) {
	t := o.Timetable()
	person := 0
	for i := range orders {
		m := &t.Templates[i*37%len(t.Templates)]
		day := today + chepiao.Day(i*i%5)
		if !m.Days.Has(day) {
			continue
		}
		board, alight := 0, len(m.Stops)-1-i%2*min(1, len(m.Stops)-2)
		in := office.HoldInput{
			Departure: chepiao.MakeDepartureID(m.No, day), From: m.Stops[board].Station, To: m.Stops[alight].Station,
			Channel: chepiao.Window, Outlet: "demo",
		}
		for range 1 + i%4 {
			name, number := demo.Person(person)
			person++
			in.Passengers = append(in.Passengers, office.Rider{Name: name, Document: string(chepiao.ResidentID), Number: number})
		}
		a, err := o.Hold(ctx, now, office.Verb{ID: fmt.Sprintf("demo-hold-%d", i), By: "demo"}, fmt.Sprintf("DEMO%026d", i), in)
		if chepiao.AsRefusal(err) != nil {
			continue // left already, or full: a demo need not sell everything
		}
		if err != nil {
			return nil, fmt.Errorf("selling to invented passengers: %w", err)
		}
		if _, err := o.PayCash(ctx, office.Verb{ID: fmt.Sprintf("demo-pay-%d", i), By: "demo"}, a.Order.ID, a.Order.Total); err != nil {
			return nil, fmt.Errorf("selling to invented passengers: %w", err)
		}
		for k, t := range a.Tickets {
			riders = append(riders, &demoRider{ticket: t.ID, departure: t.Departure, station: t.From, number: in.Passengers[k].Number, stays: len(riders)%demoMissing == demoMissing-1})
		}
	}
	return riders, nil
}
