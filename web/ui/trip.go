package ui

import (
	"time"

	"chepiao"
	"chepiao/office"
)

// Trip is a journey on one departure as pages show it.
type Trip struct {
	ID       chepiao.DepartureID
	Number   string
	From, To *chepiao.Station
	Day      chepiao.Day // the service day
	On       chepiao.Day // the calendar day of boarding: later for a coach past midnight
	Departs  time.Time   // first coach of a flow departure
	Last     time.Time   // last coach; same as Departs unless flow
	Arrives  time.Time
	Flow     bool
	Interval int // minutes, flow only
	Gate     string
	Carrier  *chepiao.Carrier
	Vehicle  *chepiao.VehicleType
	RealName bool
	Between  int // stops on the way
	Stops    []Halt
}

// Halt is one stop on the way.
type Halt struct {
	Station *chepiao.Station
	At      time.Time
	Mine    bool // from boarding to alighting
	Ends    bool // boards or alights here
}

// Trip dresses a run between two stops.
func (k *Kit) Trip(run office.Run, board, alight int) Trip {
	t := k.Office.Timetable()
	m, day := run.Template, run.ID.Day()
	trip := Trip{
		ID: run.ID, Number: m.Number, Day: day, Flow: m.Kind == chepiao.Flow, Interval: m.Interval,
		From: t.Station(m.Stops[board].Station), To: t.Station(m.Stops[alight].Station),
		Arrives: m.Stops[alight].Arrive.On(day, k.zone()), Carrier: run.Carrier, Vehicle: run.Vehicle,
		Between: alight - board - 1,
	}
	if board == 0 { // the timetable's gate is that of the first stop
		trip.Gate = m.Gate
	}
	trip.RealName = true
	if run.Line != nil {
		trip.RealName, _ = chepiao.RealName(run.Line, k.Office.RulesFor(k.Now(), run, board))
	}
	trip.Departs, trip.Last = k.Office.Span(run, board)
	trip.On = chepiao.DayOf(trip.Departs.In(k.zone()))
	for i, s := range m.Stops {
		at := s.Depart
		if i == len(m.Stops)-1 || i == alight {
			at = s.Arrive
		}
		trip.Stops = append(trip.Stops, Halt{t.Station(s.Station), at.On(day, k.zone()), i >= board && i <= alight, i == board || i == alight})
	}
	return trip
}

// TripOf is the journey of an order's file.
func (k *Kit) TripOf(f office.File) Trip {
	board, alight, err := f.Run.Template.Find(f.Order.From, f.Order.To)
	if err != nil { // an order's stops are on its departure: sold no other way
		return Trip{ID: f.Order.Departure, Day: f.Order.Departure.Day(), On: chepiao.DayOf(f.Departs.In(k.zone())), Departs: f.Departs, Last: f.Last, Arrives: f.Arrives}
	}
	return k.Trip(f.Run, board, alight)
}
