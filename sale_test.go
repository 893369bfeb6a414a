package chepiao_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

func TestOnSale(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	id := chepiao.MakeDepartureID(7, day("2026-11-22"))
	for _, c := range []struct {
		name    string
		channel chepiao.Channel
		before  time.Duration
		change  func(*chepiao.Departure)
		want    chepiao.Reason
	}{
		{"online, a day before", chepiao.Online, 24 * time.Hour, nil, ""},
		{"online, at the stop-sale time", chepiao.Online, 15 * time.Minute, nil, ""},
		{"online, just past it", chepiao.Online, 15*time.Minute - time.Nanosecond, nil, chepiao.StopSale},
		{"platform, as online", chepiao.Platform, 15*time.Minute - 1, nil, chepiao.StopSale},
		{"window, three minutes before", chepiao.Window, 3 * time.Minute, nil, ""},
		{"window, just past it", chepiao.Window, 3*time.Minute - 1, nil, chepiao.StopSale},
		{"window, at departure", chepiao.Window, 0, nil, chepiao.StopSale},
		{"window, just left", chepiao.Window, -time.Nanosecond, nil, chepiao.PastDeparture},
		{"the first day on sale", chepiao.Online, 7 * 24 * time.Hour, nil, ""},
		{"a day too early", chepiao.Online, 8 * 24 * time.Hour, nil, chepiao.NotOnSaleYet},
		{"dispatched early", chepiao.Window, 5 * time.Minute, func(d *chepiao.Departure) { d.Left = 1 }, chepiao.DepartureClosed},
		{"stopped", chepiao.Online, time.Hour, func(d *chepiao.Departure) { d.State = chepiao.Stopped }, chepiao.DepartureClosed},
	} {
		d := &chepiao.Departure{ID: id, State: chepiao.Running}
		if c.change != nil {
			c.change(d)
		}
		now := departs.Add(-c.before)
		if err := d.OnSale(c.channel, 0, departs, now, chepiao.DayOf(now), chepiao.DefaultRules()); chepiao.Why(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	later := &chepiao.Departure{ID: id, State: chepiao.Running, Left: 1}
	if err := later.OnSale(chepiao.Online, 1, departs, departs.Add(-time.Hour), id.Day(), chepiao.DefaultRules()); err != nil {
		t.Errorf("the coach has left its first stop, the second still sells, but: %v", err)
	}
}

func TestSeatOfAWish(t *testing.T) {
	person := func(n byte) chepiao.Rider { return chepiao.Rider{Token: chepiao.PersonToken{n}} }
	many := func(n int) (riders []chepiao.Rider) {
		for i := range n {
			riders = append(riders, person(byte(100+i)))
		}
		return riders
	}
	withChild := func(r chepiao.Rider, n int) chepiao.Rider { r.Children = n; return r }
	half := func(r chepiao.Rider) chepiao.Rider { r.Kind = chepiao.Half; return r }
	for _, c := range []struct {
		name  string
		wish  chepiao.Wish
		want  chepiao.Reason
		field string
	}{
		{"one", chepiao.Wish{Riders: many(1)}, "", ""},
		{"five, the most", chepiao.Wish{Riders: many(5)}, "", ""},
		{"a chosen seat", chepiao.Wish{Riders: many(1), Seats: []int{10}}, "", ""},
		{"an adult with a free child", chepiao.Wish{Riders: []chepiao.Rider{withChild(person(1), 1)}}, "", ""},
		{"a half ticket", chepiao.Wish{Riders: []chepiao.Rider{half(person(1))}}, "", ""},
		{"nobody", chepiao.Wish{}, chepiao.Invalid, "passengers"},
		{"six", chepiao.Wish{Riders: many(6)}, chepiao.TooMany, "passengers"},
		{"the same person twice", chepiao.Wish{Riders: []chepiao.Rider{person(1), person(2), person(1)}}, chepiao.DuplicateRider, "passengers[2].document.number"},
		{"somebody who rides already", chepiao.Wish{Riders: []chepiao.Rider{person(1), person(50)}}, chepiao.DuplicateRider, "passengers[1].document.number"},
		{"two free children", chepiao.Wish{Riders: []chepiao.Rider{withChild(person(1), 2)}}, chepiao.TooMany, "passengers[0].children"},
		{"minus one child", chepiao.Wish{Riders: []chepiao.Rider{withChild(person(1), -1)}}, chepiao.TooMany, "passengers[0].children"},
		{"a free child with a half ticket", chepiao.Wish{Riders: []chepiao.Rider{withChild(half(person(1)), 1)}}, chepiao.TooMany, "passengers[0].children"},
		{"more free children than the departure carries", chepiao.Wish{Riders: []chepiao.Rider{withChild(person(1), 1), withChild(person(2), 1)}}, chepiao.TooMany, "passengers"},
		{"a seat for one of two", chepiao.Wish{Riders: many(2), Seats: []int{10}}, chepiao.Invalid, "seats"},
		{"a seat that is taken", chepiao.Wish{Riders: many(1), Seats: []int{1}}, chepiao.SeatTaken, "seats[0]"},
		{"a seat that is not there", chepiao.Wish{Riders: many(1), Seats: []int{11}}, chepiao.Invalid, "seats[0]"},
		{"a kind that does not exist", chepiao.Wish{Riders: []chepiao.Rider{{Token: anna, Kind: 9}}}, chepiao.Invalid, "passengers[0].kind"},
		{"a channel that does not exist", chepiao.Wish{Channel: "fax", Riders: many(1)}, chepiao.Invalid, "channel"},
	} {
		d := chepiao.NewDeparture(chepiao.MakeDepartureID(7, day("2026-11-22")), &chepiao.Template{Kind: chepiao.Fixed, Seats: 10, Stops: make([]chepiao.Stop, 3)})
		d.Take([]chepiao.Ticket{{ID: 5, Board: 0, Alight: 2, Seat: 1, Person: chepiao.PersonToken{50}}})
		if c.wish.Channel == "" {
			c.wish.Channel = chepiao.Online
		}
		c.wish.Alight = 2
		before := d.Seats.Clone()
		seats, err := d.Seat(c.wish, nil, chepiao.DefaultRules())
		if chepiao.Why(err) != c.want {
			t.Errorf("%s: %v, %v; want %q", c.name, seats, err, c.want)
		}
		if r := chepiao.AsRefusal(err); r != nil && r.Field != c.field {
			t.Errorf("%s: field %q, want %q", c.name, r.Field, c.field)
		}
		if err == nil && len(seats) != len(c.wish.Riders) {
			t.Errorf("%s: seats %v", c.name, seats)
		}
		if !d.Seats.Equal(&before) {
			t.Errorf("%s: deciding takes a seat", c.name)
		}
	}
}

func TestCanRetake(t *testing.T) {
	tickets := []chepiao.Ticket{
		{ID: 5, Alight: 2, Seat: 1, Person: chepiao.PersonToken{1}, Children: 1},
		{ID: 6, Alight: 2, Seat: 2, Person: chepiao.PersonToken{2}},
	}
	for _, c := range []struct {
		name   string
		change func(*chepiao.Departure)
		want   bool
	}{
		{"nothing happened", func(d *chepiao.Departure) {}, true},
		{"other seats are gone", func(d *chepiao.Departure) { d.Seats.Take(0, 2, []int{3, 4}) }, true},
		{"a seat is gone", func(d *chepiao.Departure) { d.Seats.Take(1, 2, []int{2}) }, false},
		{"a passenger bought again", func(d *chepiao.Departure) {
			d.Take([]chepiao.Ticket{{ID: 9, Alight: 2, Seat: 9, Person: chepiao.PersonToken{2}}})
		}, false},
		{"the children's quota is full", func(d *chepiao.Departure) { d.Children = 1 }, false},
		{"the coach has left", func(d *chepiao.Departure) { d.Left = 1 }, false},
		{"stopped", func(d *chepiao.Departure) { d.State = chepiao.Stopped }, false},
	} {
		d := chepiao.NewDeparture(1, &chepiao.Template{Kind: chepiao.Fixed, Seats: 10, Stops: make([]chepiao.Stop, 3)})
		c.change(d)
		before := d.Seats.Clone()
		if got := d.CanRetake(tickets, chepiao.DefaultRules()); got != c.want || !d.Seats.Equal(&before) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	flow := chepiao.NewDeparture(1, &chepiao.Template{Kind: chepiao.Flow, Seats: 2, Stops: make([]chepiao.Stop, 3)})
	two := []chepiao.Ticket{{ID: 5, Alight: 2, Person: chepiao.PersonToken{1}}, {ID: 6, Alight: 2, Person: chepiao.PersonToken{2}}}
	if !flow.CanRetake(two, chepiao.DefaultRules()) {
		t.Error("two places of two cannot be taken again")
	}
	flow.Take([]chepiao.Ticket{{ID: 9, Alight: 1, Person: chepiao.PersonToken{9}}})
	if flow.CanRetake(two, chepiao.DefaultRules()) {
		t.Error("two of one place can be taken again")
	}
	if flow.CanRetake(nil, chepiao.DefaultRules()) {
		t.Error("an order without tickets can be taken again")
	}
}

// TestSeatsAreTheUnionOfLiveTickets sells and gives back at random. At every
// step masks, children and riders are those of the live tickets.
func TestSeatsAreTheUnionOfLiveTickets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stops := rapid.IntRange(2, 8).Draw(t, "stops")
		m := &chepiao.Template{Kind: chepiao.Fixed, Seats: rapid.IntRange(1, 30).Draw(t, "seats"), Stops: make([]chepiao.Stop, stops)}
		if rapid.Bool().Draw(t, "flow") {
			m.Kind = chepiao.Flow
		}
		d, live := chepiao.NewDeparture(1, m), map[chepiao.TicketID]chepiao.Ticket{}
		next := chepiao.TicketID(1)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if len(live) > 0 && rapid.Bool().Draw(t, "free one") {
				ids := sortedIDs(live)
				id := ids[rapid.IntRange(0, len(ids)-1).Draw(t, "which")]
				d.Free(live[id])
				delete(live, id)
			} else {
				sellOne(t, d, stops, &next, live)
			}
			sameAs(t, d, m, live)
		}
	})
}

func sellOne(t *rapid.T, d *chepiao.Departure, stops int, next *chepiao.TicketID, live map[chepiao.TicketID]chepiao.Ticket) {
	board, alight := drawLegs(t, stops-1)
	wish := chepiao.Wish{Channel: chepiao.Online, Board: board, Alight: alight}
	for range rapid.IntRange(1, 3).Draw(t, "party") {
		wish.Riders = append(wish.Riders, chepiao.Rider{
			Token: chepiao.PersonToken{byte(rapid.IntRange(1, 30).Draw(t, "person"))}, Children: rapid.IntRange(0, 1).Draw(t, "children"),
		})
	}
	seats, err := d.Seat(wish, nil, chepiao.DefaultRules())
	if err != nil {
		return
	}
	var tickets []chepiao.Ticket
	for i, seat := range seats {
		ticket := chepiao.Ticket{ID: *next, Board: board, Alight: alight, Seat: seat, Person: wish.Riders[i].Token, Children: wish.Riders[i].Children}
		*next++
		tickets = append(tickets, ticket)
		live[ticket.ID] = ticket
	}
	d.Take(tickets)
}

func sortedIDs(live map[chepiao.TicketID]chepiao.Ticket) (ids []chepiao.TicketID) {
	for id := range live {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func sameAs(t *rapid.T, d *chepiao.Departure, m *chepiao.Template, live map[chepiao.TicketID]chepiao.Ticket) {
	want := chepiao.NewDeparture(d.ID, m)
	for _, id := range sortedIDs(live) {
		want.Take([]chepiao.Ticket{live[id]})
	}
	if !d.Seats.Equal(&want.Seats) || d.Children != want.Children || len(d.Riders) != len(want.Riders) {
		t.Fatalf("%d children, %d riders; the live tickets say %d and %d", d.Children, len(d.Riders), want.Children, len(want.Riders))
	}
	for token, id := range want.Riders {
		if d.Riders[token] != id {
			t.Fatalf("a rider has ticket %d, want %d", d.Riders[token], id)
		}
	}
	if d.Children > chepiao.DefaultRules().Quota(m.Seats, false) {
		t.Fatalf("%d free children on %d seats", d.Children, m.Seats)
	}
}
