package chepiao_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

func TestQueueNumbers(t *testing.T) {
	id := chepiao.MakeDepartureID(7, day("2026-11-22"))
	last, now := moment("2026-11-22 18:00"), moment("2026-11-22 08:00")
	flow := &chepiao.Template{No: 7, Kind: chepiao.Flow, Seats: 20, Stops: make([]chepiao.Stop, 3)}
	fixed := &chepiao.Template{No: 7, Kind: chepiao.Fixed, Seats: 20, Stops: make([]chepiao.Stop, 3)}
	for _, c := range []struct {
		name     string
		template *chepiao.Template
		ticket   chepiao.Ticket
		now      time.Time
		left     int
		want     chepiao.Reason
	}{
		{"a valid ticket", flow, chepiao.Ticket{State: chepiao.TicketValid}, now, 0, ""},
		{"one that gave a number up", flow, chepiao.Ticket{State: chepiao.TicketValid, TicketMore: chepiao.TicketMore{Queue: -3}}, now, 0, ""},
		{"a fixed departure", fixed, chepiao.Ticket{State: chepiao.TicketValid}, now, 0, chepiao.Invalid},
		{"not paid", flow, chepiao.Ticket{State: chepiao.TicketHeld}, now, 0, chepiao.WrongState},
		{"through the gate", flow, chepiao.Ticket{State: chepiao.TicketChecked}, now, 0, chepiao.WrongState},
		{"a number already", flow, chepiao.Ticket{State: chepiao.TicketValid, TicketMore: chepiao.TicketMore{Queue: 3}}, now, 0, chepiao.WrongState},
		{"the day before", flow, chepiao.Ticket{State: chepiao.TicketValid}, now.AddDate(0, 0, -1), 0, chepiao.TooEarly},
		{"after the last coach", flow, chepiao.Ticket{State: chepiao.TicketValid}, last.Add(1), 0, chepiao.Departed},
		{"closed at the stop", flow, chepiao.Ticket{State: chepiao.TicketValid}, now, 1, chepiao.DepartureClosed},
	} {
		d := chepiao.NewDeparture(id, c.template)
		d.Left = c.left
		d.Change(chepiao.Ops{Queue: 4})
		got, err := d.Join(c.ticket, last, c.now, chepiao.DayOf(c.now))
		if chepiao.Why(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err == nil && (got.Queue != 5 || d.Ops.Queue != 5) || err != nil && (got != c.ticket || d.Ops.Queue != 4) {
			t.Errorf("%s: number %d, the last is %d", c.name, got.Queue, d.Ops.Queue)
		}
	}
	given, err := chepiao.Ticket{TicketMore: chepiao.TicketMore{Queue: 5}}.Leave()
	if err != nil || given.Queue != -5 {
		t.Errorf("given up: %d, %v", given.Queue, err)
	}
	if _, err := given.Leave(); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("given up twice: %v", err)
	}
}

func TestExpectedWait(t *testing.T) {
	at := func(clock string) time.Time { return moment("2026-11-22 " + clock) }
	base := chepiao.QueueFacts{Places: 20, Interval: 20 * time.Minute, First: at("06:00"), Last: at("18:00"), Trips: []time.Time{at("06:00"), at("06:20"), at("06:40"), at("07:00")}}
	change := func(f func(*chepiao.QueueFacts)) chepiao.QueueFacts {
		c := base
		f(&c)
		return c
	}
	for _, c := range []struct {
		name                string
		facts               chepiao.QueueFacts
		now                 string
		coach               int
		least, likely, most int // minutes
		known               bool
	}{
		{"next", base, "07:05", 1, 15, 15, 15, true},
		{"the third coach", change(func(f *chepiao.QueueFacts) { f.Ahead = 45 }), "07:05", 3, 55, 55, 55, true},
		{"the last place", change(func(f *chepiao.QueueFacts) { f.Ahead = 15; f.Aboard = 4 }), "07:05", 1, 15, 15, 15, true},
		{"one too many", change(func(f *chepiao.QueueFacts) { f.Ahead = 16; f.Aboard = 4 }), "07:05", 2, 35, 35, 35, true},
		{"a coach stands there", change(func(f *chepiao.QueueFacts) { f.Standing = true }), "07:05", 1, 0, 15, 15, true},
		{"overdue", base, "07:30", 1, 0, 10, 20, true},
		{"none has left yet", change(func(f *chepiao.QueueFacts) { f.Trips = nil }), "05:30", 1, 30, 30, 40, true},
		{"irregular", change(func(f *chepiao.QueueFacts) { f.Trips = []time.Time{at("06:00"), at("06:10"), at("06:40"), at("07:00")} }), "07:00", 1, 10, 20, 30, true},
		{"no interval, no trips", change(func(f *chepiao.QueueFacts) { f.Trips, f.Interval = nil, 0 }), "07:00", 0, 0, 0, 0, false},
		{"no interval, one gap", change(func(f *chepiao.QueueFacts) { f.Trips, f.Interval = f.Trips[:2], 0 }), "06:20", 1, 10, 20, 30, true},
		{"nobody knows the coach", change(func(f *chepiao.QueueFacts) { f.Places = 0 }), "07:00", 0, 0, 0, 0, false},
		{"not before the last coach", change(func(f *chepiao.QueueFacts) { f.Ahead = 20 * 33 }), "07:05", 34, 675, 675, 675, false},
	} {
		got := chepiao.ExpectedWait(c.facts, at(c.now))
		if got.Known != c.known || got.Because.ZH == "" || got.Because.EN == "" {
			t.Errorf("%s: known %v (%s)", c.name, got.Known, got.Because.EN)
		}
		minutes := func(d time.Duration) int { return int(d / time.Minute) }
		if got.Coach != c.coach || minutes(got.Least) != c.least || minutes(got.Likely) != c.likely || minutes(got.Most) != c.most {
			t.Errorf("%s: coach %d, %v to %v, likely %v; want %d, %d to %d, likely %d", c.name, got.Coach, got.Least, got.Most, got.Likely, c.coach, c.least, c.most, c.likely)
		}
	}
}

// More people ahead never make the wait shorter, and the three times keep their
// order.
func TestExpectedWaitGrowsWithTheQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := moment("2026-11-22 06:00")
		f := chepiao.QueueFacts{
			Ahead: rapid.IntRange(0, 100).Draw(t, "ahead"), Aboard: rapid.IntRange(0, 50).Draw(t, "aboard"), Places: rapid.IntRange(1, 50).Draw(t, "places"),
			Interval: time.Duration(rapid.IntRange(0, 60).Draw(t, "interval")) * time.Minute, Standing: rapid.Bool().Draw(t, "standing"), First: first, Last: first.Add(12 * time.Hour),
		}
		at := first
		for range rapid.IntRange(0, 8).Draw(t, "trips") {
			f.Trips = append(f.Trips, at)
			at = at.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "gap")) * time.Minute)
		}
		now := first.Add(time.Duration(rapid.IntRange(-60, 700).Draw(t, "now")) * time.Minute)
		a := chepiao.ExpectedWait(f, now)
		f.Ahead += rapid.IntRange(0, 100).Draw(t, "more")
		b := chepiao.ExpectedWait(f, now)
		for _, e := range []chepiao.ExpectedTime{a, b} {
			if e.Least < 0 || e.Least > e.Likely || e.Likely > e.Most {
				t.Fatalf("%v, %v, %v", e.Least, e.Likely, e.Most)
			}
		}
		if b.Coach < a.Coach || b.Least < a.Least || b.Likely < a.Likely || b.Most < a.Most || b.Known && !a.Known {
			t.Fatalf("with more ahead: %+v, before: %+v", b, a)
		}
	})
}
