package store

import (
	"fmt"
	"slices"

	"chepiao"
)

// departures recomputes each departure's seats, children and riders from its
// live tickets.
func (e *examination) departures() error {
	after := int64(-1 << 62)
	return e.paged("departures", "SELECT count(*) FROM departure", func() (n int, err error) {
		var rows []*chepiao.Departure
		err = e.c.query("SELECT "+departureColumns+" FROM departure WHERE id > $1 ORDER BY id LIMIT $2", []any{after, pageRows}, func(r rowOf) error {
			d := &chepiao.Departure{}
			after = r.int(0)
			n++
			if err := scanDeparture(r, d); err != nil {
				e.tell("departure "+d.ID.String(), "its seats cannot be read")
				return nil
			}
			rows = append(rows, d)
			return nil
		})
		for _, d := range rows {
			if err == nil {
				err = e.departure(d)
			}
		}
		e.found.Departures += int64(n)
		return n, err
	})
}

func (e *examination) departure(d *chepiao.Departure) error {
	where := "departure " + d.ID.String()
	m := e.templates[d.ID.Template()]
	if m == nil {
		e.tell(where, "the timetable does not have it")
		return nil
	}
	want := chepiao.NewDeparture(d.ID, m)
	want.Node, d.Node = e.c.no, e.c.no
	changed := d.Ops != nil && d.Ops.Coach != "" // another coach runs than the planned one
	if d.Seats.Flow() != want.Seats.Flow() || d.Seats.Places() != want.Seats.Places() && !changed {
		e.tell(where, "it has %d places, the timetable says %d", d.Seats.Places(), m.Seats)
		return nil
	}
	want.Seats = d.Seats.Empty()
	want.SetAway(d.Away)
	if d.Left < 0 || d.Left > m.Legs() {
		e.tell(where, "the coach has left %d stops of %d", d.Left, len(m.Stops))
	}
	r := &Reader{c: e.c}
	after := chepiao.TicketID(0)
	for {
		tickets, err := r.Manifest(d.ID, after, pageRows)
		if err != nil {
			return err
		}
		if len(tickets) == 0 {
			break
		}
		for _, t := range tickets {
			e.ride(want, t, m)
			after = t.ID
		}
	}
	e.reserves(where, want, d.Ops, m)
	if want.Children != d.Children {
		e.tell(where, "it counts %d free children, the tickets say %d", d.Children, want.Children)
	}
	e.compareSeats(where, d, want, m)
	return nil
}

// ride seats a live ticket on the recomputed departure.
func (e *examination) ride(want *chepiao.Departure, t chepiao.Ticket, m *chepiao.Template) {
	if !t.State.Live() {
		return
	}
	where := "ticket " + t.ID.String()
	if t.Board < 0 || t.Alight <= t.Board || t.Alight > m.Legs() {
		e.tell(where, "it rides from stop %d to %d of %d", t.Board, t.Alight, len(m.Stops))
		return
	}
	here := t.Holder() == max(e.c.no, chepiao.Hub)
	if here {
		want.Children += t.Children
	}
	if !t.Person.IsZero() && here { // who travels without a document is not told apart
		if other, taken := want.Riders[t.Person]; taken && !e.sharing {
			e.tell(where, "the same document has ticket %s for this departure", other)
		}
		want.Riders[t.Person] = t.ID
	}
	if !here { // its seat is another node's
		return
	}
	if want.Seats.Flow() && t.Seat != 0 || !want.Seats.Flow() && (t.Seat < 1 || t.Seat > want.Seats.Places()) {
		e.tell(where, "there is no seat %d", t.Seat)
		return
	}
	if !want.Seats.Fits(t.Board, t.Alight, []int{t.Seat}) {
		e.tell(where, "its seat %d is sold to another ticket too", t.Seat)
		return
	}
	want.Seats.Take(t.Board, t.Alight, []int{t.Seat})
}

// reserves takes the reserved seats on the recomputed departure.
func (e *examination) reserves(where string, want *chepiao.Departure, ops *chepiao.Ops, m *chepiao.Template) {
	if ops == nil {
		return
	}
	for _, r := range ops.Reserved {
		if r.From < 0 || r.To <= r.From || r.To > m.Legs() || !want.Seats.Fits(r.From, r.To, []int{r.Seat}) {
			e.tell(where, "the reserved seat %d from stop %d to %d is sold too, or is not there", r.Seat, r.From, r.To)
			continue
		}
		want.Seats.Take(r.From, r.To, []int{r.Seat})
	}
}

func (e *examination) compareSeats(where string, d, want *chepiao.Departure, m *chepiao.Template) {
	if d.Seats.Equal(&want.Seats) {
		return
	}
	before := len(e.found.Findings)
	if d.Seats.Flow() {
		for leg := range m.Legs() {
			has, should := d.Seats.Places()-d.Seats.Free(leg, leg+1), want.Seats.Places()-want.Seats.Free(leg, leg+1)
			if has != should {
				e.tell(fmt.Sprintf("%s leg %d", where, leg+1), "it counts %d passengers, the tickets say %d", has, should)
			}
		}
	} else {
		for n := 1; n <= d.Seats.Places(); n++ {
			if has, should := d.Seats.Seat(n), want.Seats.Seat(n); has != should {
				e.tell(fmt.Sprintf("%s seat %d", where, n), "it is taken on legs %v, the tickets say %v", legs(has), legs(should))
			}
		}
	}
	if len(e.found.Findings) == before {
		e.tell(where, "its seats are stored for another number of legs than the timetable has")
	}
}

// legs lists the taken legs of a mask, from 1.
func legs(m chepiao.Mask) []int {
	taken := []int{}
	for leg := range chepiao.LegsMax {
		if m>>leg&1 == 1 {
			taken = append(taken, leg+1)
		}
	}
	return slices.Clip(taken)
}
