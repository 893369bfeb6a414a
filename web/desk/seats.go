package desk

import (
	"fmt"
	"slices"

	"chepiao"
	"chepiao/office"
)

// planSeat is one place of the seat picture.
type planSeat struct {
	Seat   int    // 0: no seat here
	State  string // free, sold, checked, held, reserved, missing, later, away
	Ticket string // number of the ticket that rides now or later
}

// seatStates are the states of a seat, in the order of the legend.
var seatStates = []string{"free", "held", "sold", "checked", "later", "reserved", "missing", "away"}

// planOf draws the seats as they are on the leg behind a stop. Nil for a flow
// departure, which has none. The second value is which states appear.
func planOf(t *office.Timetable, d *departurePage, stop int) (rows [][]planSeat, legend []string) {
	run := d.Ops.Run
	if run.Template.Kind == chepiao.Flow {
		return nil, nil
	}
	coach := chepiao.VehicleType{Seats: run.Template.Seats}
	if run.Vehicle != nil {
		coach = *run.Vehicle
	}
	for i := range t.Vehicles {
		if t.Vehicles[i].Code == d.Ops.Ops.Coach {
			coach = t.Vehicles[i]
		}
	}
	seats := map[int]planSeat{}
	for _, r := range d.Riders {
		if r.Seat == 0 || r.Alight <= stop {
			continue
		}
		one := planSeat{r.Seat, "later", r.ID.String()}
		if r.Board <= stop {
			one.State = seatState(r.State)
		} else if _, taken := seats[r.Seat]; taken {
			continue
		}
		seats[r.Seat] = one
	}
	for _, r := range d.Ops.Ops.Reserved {
		if r.Seat == 0 || r.To <= stop || r.From > stop {
			continue
		}
		state := "reserved"
		if r.Reason == chepiao.NoSuchSeat {
			state = "missing"
		}
		seats[r.Seat] = planSeat{r.Seat, state, ""}
	}
	if d.Ops.Away != nil {
		for n := range d.Ops.Away.Seats {
			if _, taken := seats[n]; !taken {
				seats[n] = planSeat{n, "away", ""}
			}
		}
	}
	found := map[string]bool{}
	for _, row := range coach.Rows() {
		line := make([]planSeat, len(row))
		for i, n := range row {
			one, taken := seats[n]
			if !taken {
				one = planSeat{n, "free", ""}
			}
			if n > 0 {
				found[one.State] = true
				line[i] = one
			}
		}
		rows = append(rows, line)
	}
	legend = slices.DeleteFunc(slices.Clone(seatStates), func(s string) bool { return !found[s] })
	return rows, legend
}

func seatState(s chepiao.TicketState) string {
	switch s {
	case chepiao.TicketHeld:
		return "held"
	case chepiao.TicketChecked, chepiao.TicketDeparted, chepiao.TicketUsed:
		return "checked"
	}
	return "sold"
}

// ID names the seat for a test and for a reader of the page.
func (s planSeat) ID() string { return fmt.Sprintf("seat-%d", s.Seat) }
