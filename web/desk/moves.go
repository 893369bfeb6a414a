package desk

import (
	"context"
	"slices"
	"strconv"

	"chepiao"
	"chepiao/web/ui"
)

// seatMoves is what an act does to the seats, as a picture: the coaches as they are, and
// as they will be. Nil where nobody sits elsewhere.
type seatMoves struct {
	Before, After             []movePlan
	Kept, Moved, Left, Pieces int // passengers; pictures
}

// movePlan is one coach, before or after.
type movePlan struct {
	Trip  ui.Trip
	Seats int
	Rows  [][]moveSeat
}

// moveSeat is a seat of the picture. Other is where its passenger goes to, or came from.
type moveSeat struct {
	planSeat
	Other string
}

// The states of a seat in these pictures, besides those of a plan: its passenger stays,
// goes elsewhere, has no place any more, or came from elsewhere.
var moveStates = []string{"stays", "goes", "left", "came"}

// Legend are the states to be explained.
func (seatMoves) Legend() []string { return moveStates }

// picturesMost bounds the coaches on each side.
const picturesMost = 3

// moves draws what an act would do. The seats are those on the leg behind the desk's
// station, as on the page of a departure; of two passengers who share a seat one after
// the other, the one who moves is shown.
func (p *Pages) moves(ctx context.Context, act chepiao.Act, i chepiao.Impact, station *chepiao.Station) (*seatMoves, error) {
	m := &seatMoves{}
	for _, t := range i.Tickets {
		switch {
		case leftOver(t):
			m.Left++
		case movedSeat(t):
			m.Moved++
		default:
			m.Kept++
		}
	}
	if m.Moved+m.Left == 0 || !slices.Contains([]chepiao.ActKind{chepiao.ActMerge, chepiao.ActStow, chepiao.ActCoach}, act.Kind) {
		return nil, nil
	}
	var was, now []chepiao.DepartureID
	note := func(list []chepiao.DepartureID, id chepiao.DepartureID) []chepiao.DepartureID {
		if id == 0 || slices.Contains(list, id) || len(list) == picturesMost {
			return list
		}
		return append(list, id)
	}
	for _, t := range i.Tickets {
		was = note(was, t.Was.Departure)
		if !leftOver(t) {
			now = note(now, t.Now.Departure)
		}
	}
	for _, id := range was {
		if err := p.drawMoves(ctx, &m.Before, id, station, nil, func(seats map[int]moveSeat) { before(seats, id, i.Tickets) }); err != nil {
			return nil, err
		}
	}
	for _, id := range now {
		var coach *chepiao.VehicleType
		if act.Kind == chepiao.ActCoach {
			coach = p.vehicle(act.Coach)
		}
		if err := p.drawMoves(ctx, &m.After, id, station, coach, func(seats map[int]moveSeat) { after(seats, id, i.Tickets) }); err != nil {
			return nil, err
		}
	}
	m.Pieces = len(m.Before) + len(m.After)
	if m.Pieces == 0 {
		return nil, nil
	}
	return m, nil
}

// movedSeat says that somebody rides on another departure or seat.
func movedSeat(t chepiao.TicketImpact) bool {
	return t.Was.Departure != t.Now.Departure || t.Was.Seat != t.Now.Seat
}

// leftOver says that somebody has no place any more and is asked to choose.
func leftOver(t chepiao.TicketImpact) bool { return !t.State.Live() }

// drawMoves adds one coach: its seats as they are, changed by mark, in the rows of its
// own coach or of another one. A flow departure has no seats to draw.
func (p *Pages) drawMoves(ctx context.Context, into *[]movePlan, id chepiao.DepartureID, station *chepiao.Station, coach *chepiao.VehicleType, mark func(map[int]moveSeat)) error {
	d, err := p.departurePage(ctx, id, station)
	if err != nil || d.Plan == nil {
		return err
	}
	seats, rows := map[int]moveSeat{}, [][]int{}
	for _, row := range d.Plan {
		line := make([]int, len(row))
		for i, s := range row {
			if line[i] = s.Seat; s.Seat > 0 {
				seats[s.Seat] = moveSeat{planSeat: s}
			}
		}
		rows = append(rows, line)
	}
	if coach != nil {
		rows = coach.Rows()
	}
	mark(seats)
	plan := movePlan{Trip: d.Trip}
	for _, row := range rows {
		line := make([]moveSeat, len(row))
		for i, n := range row {
			if n == 0 {
				continue
			}
			plan.Seats++
			if line[i] = seats[n]; line[i].Seat == 0 || coach != nil && line[i].State == "missing" {
				line[i] = moveSeat{planSeat: planSeat{Seat: n, State: "free"}}
			}
		}
		plan.Rows = append(plan.Rows, line)
	}
	*into = append(*into, plan)
	return nil
}

// before marks a coach as it is: who will sit elsewhere, and where.
func before(seats map[int]moveSeat, id chepiao.DepartureID, tickets []chepiao.TicketImpact) {
	for _, t := range tickets {
		if t.Was.Departure != id || t.Was.Seat == 0 {
			continue
		}
		one := moveSeat{planSeat: planSeat{t.Was.Seat, "stays", t.Ticket.String()}}
		switch {
		case leftOver(t):
			one.State = "left"
		case movedSeat(t):
			one.State, one.Other = "goes", seatName(t.Now.Seat)
		}
		put(seats, one)
	}
}

// after marks a coach as it will be: who stays, and who came from which seat.
func after(seats map[int]moveSeat, id chepiao.DepartureID, tickets []chepiao.TicketImpact) {
	for _, t := range tickets {
		if t.Was.Departure == id && (leftOver(t) || movedSeat(t)) {
			seats[t.Was.Seat] = moveSeat{planSeat: planSeat{t.Was.Seat, "free", ""}}
		}
	}
	for _, t := range tickets {
		if leftOver(t) || t.Now.Departure != id || t.Now.Seat == 0 {
			continue
		}
		one := moveSeat{planSeat: planSeat{t.Now.Seat, "stays", t.Ticket.String()}}
		if movedSeat(t) {
			one.State, one.Other = "came", seatName(t.Was.Seat)
		}
		put(seats, one)
	}
}

// put marks a seat; what moves is not covered by who stays there on another leg.
func put(seats map[int]moveSeat, one moveSeat) {
	if was := seats[one.Seat]; one.State != "stays" || !slices.Contains(moveStates, was.State) {
		seats[one.Seat] = one
	}
}

func seatName(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (p *Pages) vehicle(code string) *chepiao.VehicleType {
	types := p.Office.Timetable().Vehicles
	for i := range types {
		if types[i].Code == code {
			return &types[i]
		}
	}
	return nil
}
