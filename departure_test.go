package chepiao_test

import (
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

// TestUndo: marks set one after another and undone last first take a departure
// back exactly, riders and all.
func TestUndo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &chepiao.Template{Kind: chepiao.Fixed, Seats: 12, Stops: make([]chepiao.Stop, 5)}
		d, live := chepiao.NewDeparture(1, m), map[chepiao.TicketID]chepiao.Ticket{}
		next := chepiao.TicketID(1)
		var marks []chepiao.Mark
		var pictures []picture
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch step := rapid.IntRange(0, 5).Draw(t, "step"); {
			case step == 0:
				marks, pictures = append(marks, d.Mark()), append(pictures, pictureOf(d, live))
			case step == 1 && len(marks) > 0:
				last := len(marks) - 1
				d.Undo(marks[last])
				live = maps.Clone(pictures[last].live)
				pictures[last].same(t, d)
				marks, pictures = marks[:last], pictures[:last]
			case step == 2 && len(live) > 0:
				id := sortedIDs(live)[0]
				d.Free(live[id])
				delete(live, id)
			case step == 3:
				d.Version++
				d.Left, d.State = rapid.IntRange(0, 4).Draw(t, "left"), chepiao.Stopped
			case step == 4 && len(marks) == 0:
				d.Keep()
			default:
				sellOne(t, d, 5, &next, live)
			}
		}
		for i := len(marks) - 1; i >= 0; i-- {
			d.Undo(marks[i])
			pictures[i].same(t, d)
		}
	})
}

// picture is everything about a departure that can be seen.
type picture struct {
	version  int64
	state    chepiao.DepartureState
	left     int
	seats    chepiao.SeatMap
	children int
	riders   map[chepiao.PersonToken]chepiao.TicketID
	live     map[chepiao.TicketID]chepiao.Ticket
}

func pictureOf(d *chepiao.Departure, live map[chepiao.TicketID]chepiao.Ticket) picture {
	return picture{d.Version, d.State, d.Left, d.Seats.Clone(), d.Children, maps.Clone(d.Riders), maps.Clone(live)}
}

func (p picture) same(t *rapid.T, d *chepiao.Departure) {
	if d.Version != p.version || d.State != p.state || d.Left != p.left || d.Children != p.children || !d.Seats.Equal(&p.seats) || !maps.Equal(d.Riders, p.riders) {
		t.Fatalf("undone to %+v, want %+v", pictureOf(d, nil), p)
	}
}

func TestDispatch(t *testing.T) {
	earliest := moment("2026-11-22 08:20")
	for _, c := range []struct {
		name string
		left int
		stop int
		now  time.Time
		want chepiao.Reason
		then int
	}{
		{"in time", 0, 0, earliest, "", 1},
		{"a moment early", 0, 0, earliest.Add(-1), chepiao.TooEarly, 0},
		{"again", 1, 0, earliest, chepiao.WrongState, 1},
		{"the next stop", 1, 1, earliest, "", 2},
		{"a stop that nobody recorded was passed", 0, 2, earliest, "", 3},
		{"an earlier stop than the last left", 3, 1, earliest, chepiao.WrongState, 3},
	} {
		d := &chepiao.Departure{Left: c.left}
		if err := d.Dispatch(c.stop, c.now, earliest); chepiao.Why(err) != c.want || d.Left != c.then {
			t.Errorf("%s: %v, left %d; want %q, %d", c.name, err, d.Left, c.want, c.then)
		}
	}
}
