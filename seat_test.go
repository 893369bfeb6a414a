package chepiao_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"chepiao"
)

// naive says leg by leg what is taken: slow and plain, to hold the masks against.
type naive struct {
	legs  int
	seats [][]bool // seat-1, leg
}

func newNaive(seats, legs int) *naive {
	n := &naive{legs: legs, seats: make([][]bool, seats)}
	for i := range n.seats {
		n.seats[i] = make([]bool, legs)
	}
	return n
}

func (n *naive) free(seat, from, to int) bool {
	return !slices.Contains(n.seats[seat-1][from:to], true)
}

func (n *naive) set(seat, from, to int, taken bool) {
	for leg := from; leg < to; leg++ {
		n.seats[seat-1][leg] = taken
	}
}

// gap is the number of free legs in a row around a free journey.
func (n *naive) gap(seat, from, to int) int {
	for from > 0 && !n.seats[seat-1][from-1] {
		from--
	}
	for to < n.legs && !n.seats[seat-1][to] {
		to++
	}
	return to - from
}

// journey is a seat taken between two stop positions.
type journey struct{ seat, from, to int }

func drawLegs(t *rapid.T, legs int) (from, to int) {
	from = rapid.IntRange(0, legs-1).Draw(t, "from")
	return from, rapid.IntRange(from+1, legs).Draw(t, "to")
}

// fill takes random seats and sometimes frees one again.
func fill(t *rapid.T, m *chepiao.SeatMap, n *naive, changes int) []journey {
	var sold []journey
	for range changes {
		if len(sold) > 0 && rapid.IntRange(0, 3).Draw(t, "free one") == 0 {
			i := rapid.IntRange(0, len(sold)-1).Draw(t, "which")
			j := sold[i]
			m.Release(j.from, j.to, []int{j.seat})
			n.set(j.seat, j.from, j.to, false)
			sold = slices.Delete(sold, i, i+1)
			continue
		}
		from, to := drawLegs(t, n.legs)
		seat := rapid.IntRange(1, len(n.seats)).Draw(t, "seat")
		if !n.free(seat, from, to) {
			if err := m.Check(from, to, []int{seat}); chepiao.Why(err) != chepiao.SeatTaken {
				t.Fatalf("seat %d is taken between %d and %d, but: %v", seat, from, to, err)
			}
			continue
		}
		if err := m.Check(from, to, []int{seat}); err != nil {
			t.Fatalf("seat %d is free between %d and %d, but: %v", seat, from, to, err)
		}
		m.Take(from, to, []int{seat})
		n.set(seat, from, to, true)
		sold = append(sold, journey{seat, from, to})
	}
	return sold
}

// TestSeatMap holds masks against the naive model: up to 64 legs, which fill a
// mask to its last bit.
func TestSeatMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs := rapid.OneOf(rapid.IntRange(1, 64), rapid.Just(64)).Draw(t, "legs")
		seats := rapid.IntRange(1, 12).Draw(t, "seats")
		m, n := chepiao.NewSeats(seats, legs), newNaive(seats, legs)
		sold := fill(t, &m, n, rapid.IntRange(0, 60).Draw(t, "changes"))
		for seat := 1; seat <= seats; seat++ {
			for leg := range legs {
				if m.Seat(seat)>>leg&1 == 1 != n.seats[seat-1][leg] {
					t.Fatalf("seat %d leg %d: mask %b, model %v", seat, leg, m.Seat(seat), n.seats[seat-1])
				}
			}
		}
		from, to := drawLegs(t, legs)
		free := 0
		for seat := 1; seat <= seats; seat++ {
			if n.free(seat, from, to) {
				free++
			}
		}
		if got := m.Free(from, to); got != free {
			t.Fatalf("%d seats are free, the model says %d", got, free)
		}
		roundTrip(t, &m)
		for _, j := range sold { // everything given back is an empty coach again
			m.Release(j.from, j.to, []int{j.seat})
		}
		if empty := chepiao.NewSeats(seats, legs); !m.Equal(&empty) {
			t.Fatal("something stays taken when everything is given back")
		}
	})
}

func roundTrip(t *rapid.T, m *chepiao.SeatMap) {
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back chepiao.SeatMap
	if err := back.UnmarshalBinary(b); err != nil || !back.Equal(m) || back.Flow() != m.Flow() || back.Places() != m.Places() {
		t.Fatalf("the stored form reads back differently: %v", err)
	}
	for cut := range b {
		if (&chepiao.SeatMap{}).UnmarshalBinary(b[:cut]) == nil {
			t.Fatalf("%d of %d bytes are read as a whole seat map", cut, len(b))
		}
	}
}

// TestBestFit: one passenger gets a free seat whose gap is the smallest of all.
func TestBestFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs, seats := rapid.IntRange(1, 64).Draw(t, "legs"), rapid.IntRange(1, 10).Draw(t, "seats")
		m, n := chepiao.NewSeats(seats, legs), newNaive(seats, legs)
		fill(t, &m, n, 40)
		from, to := drawLegs(t, legs)
		best := 1 << 30
		for seat := 1; seat <= seats; seat++ {
			if n.free(seat, from, to) {
				best = min(best, n.gap(seat, from, to))
			}
		}
		before := m.Clone()
		got, err := m.Choose(from, to, 1, nil)
		if !m.Equal(&before) {
			t.Fatal("choosing takes")
		}
		if best == 1<<30 {
			if chepiao.Why(err) != chepiao.SoldOut {
				t.Fatalf("no seat is free, but: %v, %v", got, err)
			}
			return
		}
		if err != nil || len(got) != 1 || !n.free(got[0], from, to) || n.gap(got[0], from, to) != best {
			t.Fatalf("chose %v, %v; the smallest gap is %d", got, err, best)
		}
	})
}

// TestParty: n free seats, all different, and never spread over more rows than
// the closest seats in a row of reading order are.
func TestParty(t *testing.T) {
	plan := chepiao.VehicleType{Seats: 21}.Plan()
	rapid.Check(t, func(t *rapid.T) {
		legs := rapid.IntRange(1, 6).Draw(t, "legs")
		m, n := chepiao.NewSeats(21, legs), newNaive(21, legs)
		fill(t, &m, n, rapid.IntRange(0, 60).Draw(t, "changes"))
		from, to := drawLegs(t, legs)
		party := rapid.IntRange(2, 8).Draw(t, "party")
		var free []int
		for seat := 1; seat <= 21; seat++ {
			if n.free(seat, from, to) {
				free = append(free, seat)
			}
		}
		got, err := m.Choose(from, to, party, plan)
		if len(free) < party {
			if chepiao.Why(err) != chepiao.SoldOut {
				t.Fatalf("%d free for %d, but: %v, %v", len(free), party, got, err)
			}
			return
		}
		if err != nil || len(got) != party {
			t.Fatalf("%v, %v", got, err)
		}
		if err := m.Check(from, to, got); err != nil {
			t.Fatalf("chose %v: %v", got, err)
		}
		rows := func(seats []int) int { return plan[seats[len(seats)-1]-1].Row - plan[seats[0]-1].Row }
		for i := 0; i+party <= len(free); i++ {
			if rows(free[i:i+party]) < rows(got) {
				t.Fatalf("chose %v, but %v sit closer", got, free[i:i+party])
			}
		}
	})
}

// TestPartySitsTogether shows the choice on a coach that a clerk can picture:
// rows of two and two, the aisle between.
func TestPartySitsTogether(t *testing.T) {
	plan := chepiao.VehicleType{Seats: 21}.Plan() // 1 2 | 3 4, 5 6 | 7 8 … 17–21 at the back
	for _, c := range []struct {
		name  string
		taken []int
		party int
		want  []int
	}{
		{"an empty coach", nil, 2, []int{1, 2}},
		{"one seat left of the first pair", []int{1}, 2, []int{3, 4}},
		{"rather one row than the front", []int{1, 2, 3}, 2, []int{5, 6}},
		{"across the aisle in one row", []int{1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, 2, []int{2, 3}},
		{"four without an aisle between: only the back bench", nil, 4, []int{17, 18, 19, 20}},
		{"four fill a row when the bench is taken", []int{2, 19}, 4, []int{5, 6, 7, 8}},
		{"five only fit at the back", nil, 5, []int{17, 18, 19, 20, 21}},
		{"what is left, however far", []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, 2, []int{1, 21}},
	} {
		m := chepiao.NewSeats(21, 3)
		m.Take(0, 3, c.taken)
		if got, err := m.Choose(0, 3, c.party, plan); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

// TestFlow holds the places of a flow departure against a list of journeys.
func TestFlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs, places := rapid.IntRange(1, 64).Draw(t, "legs"), rapid.IntRange(1, 5).Draw(t, "places")
		m := chepiao.NewFlow(places, legs)
		load := make([]int, legs)
		var sold []journey
		for range rapid.IntRange(0, 50).Draw(t, "changes") {
			from, to := drawLegs(t, legs)
			left := places - slices.Max(load[from:to])
			if m.Free(from, to) != left {
				t.Fatalf("%d places between %d and %d, the list says %d", m.Free(from, to), from, to, left)
			}
			party := rapid.IntRange(1, 3).Draw(t, "party")
			seats, err := m.Choose(from, to, party, nil)
			if party > left {
				if chepiao.Why(err) != chepiao.SoldOut || m.Fits(from, to, make([]int, party)) {
					t.Fatalf("%d want %d places, but: %v", party, left, err)
				}
				continue
			}
			if err != nil || !slices.Equal(seats, make([]int, party)) || !m.Fits(from, to, seats) {
				t.Fatalf("%d of %d places: %v, %v", party, left, seats, err)
			}
			m.Take(from, to, seats)
			for leg := from; leg < to; leg++ {
				load[leg] += party
			}
			for range party {
				sold = append(sold, journey{0, from, to})
			}
		}
		roundTrip(t, &m)
		for _, j := range sold {
			m.Release(j.from, j.to, []int{0})
		}
		if empty := chepiao.NewFlow(places, legs); !m.Equal(&empty) {
			t.Fatal("something stays taken when everything is given back")
		}
	})
}

func TestSeatsThatCannotBeChosen(t *testing.T) {
	m := chepiao.NewSeats(4, 3)
	m.Take(1, 2, []int{3})
	for _, c := range []struct {
		seats []int
		want  chepiao.Reason
		field string
	}{
		{[]int{1, 2, 4}, "", ""},
		{[]int{3}, chepiao.SeatTaken, "seats[0]"},
		{[]int{1, 3}, chepiao.SeatTaken, "seats[1]"},
		{[]int{0}, chepiao.Invalid, "seats[0]"},
		{[]int{-1}, chepiao.Invalid, "seats[0]"},
		{[]int{4, 5}, chepiao.Invalid, "seats[1]"},
		{[]int{2, 1, 2}, chepiao.Invalid, "seats[2]"},
	} {
		err := m.Check(0, 3, c.seats)
		if chepiao.Why(err) != c.want {
			t.Errorf("seats %v: %v, want %q", c.seats, err, c.want)
		}
		if r := chepiao.AsRefusal(err); r != nil && r.Field != c.field {
			t.Errorf("seats %v: field %q, want %q", c.seats, r.Field, c.field)
		}
	}
	if err := m.Check(0, 1, []int{3}); err != nil {
		t.Errorf("seat 3 is free on the first leg, but: %v", err)
	}
	flow := chepiao.NewFlow(5, 3)
	if err := flow.Check(0, 3, []int{1}); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("a seat of a flow departure is chosen: %v", err)
	}
}

// TestSeatsAreNeverTakenTwice: a programmer's error stops, it does not sell.
func TestSeatsAreNeverTakenTwice(t *testing.T) {
	seats, flow := chepiao.NewSeats(2, 3), chepiao.NewFlow(1, 3)
	seats.Take(0, 2, []int{1})
	flow.Take(0, 2, []int{0})
	for name, act := range map[string]func(){
		"a seat taken twice":       func() { seats.Take(1, 3, []int{1}) },
		"a seat freed twice":       func() { seats.Release(1, 3, []int{1}) },
		"a place over capacity":    func() { flow.Take(1, 3, []int{0}) },
		"a place that nobody took": func() { flow.Release(2, 3, []int{0}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s passes", name)
				}
			}()
			act()
		}()
	}
}

func TestLegMask(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     chepiao.Mask
	}{{0, 1, 1}, {1, 3, 6}, {63, 64, 1 << 63}, {0, 64, 1<<64 - 1}, {62, 64, 3 << 62}, {5, 5, 0}} {
		if got := chepiao.LegMask(c.from, c.to); got != c.want {
			t.Errorf("legs %d to %d: %b, want %b", c.from, c.to, got, c.want)
		}
	}
}

func TestVehicleRows(t *testing.T) {
	for _, c := range []struct {
		v    chepiao.VehicleType
		want string
	}{
		{chepiao.VehicleType{Seats: 5, Layout: []string{"s.ss", ".sss"}}, "1 0 2 3/0 4 5 0"},
		{chepiao.VehicleType{Seats: 7}, "1 2 0 3 4/5 6 7"},
		{chepiao.VehicleType{Seats: 9}, "1 2 0 3 4/5 6 7 8 9"},
		{chepiao.VehicleType{Seats: 10}, "1 2 0 3 4/5 6 0 7 8/9 10"},
	} {
		if got := rowsText(c.v.Rows()); got != c.want {
			t.Errorf("%d seats: %s, want %s", c.v.Seats, got, c.want)
		}
	}
	for n := 1; n <= chepiao.SeatsMax; n++ {
		plan := chepiao.VehicleType{Seats: n}.Plan()
		places := map[chepiao.Place]bool{}
		for _, p := range plan {
			places[p] = true
		}
		if len(plan) != n || len(places) != n {
			t.Fatalf("%d seats have %d places, %d of them different", n, len(plan), len(places))
		}
	}
}

func rowsText(rows [][]int) string {
	text := ""
	for i, row := range rows {
		if i > 0 {
			text += "/"
		}
		for j, n := range row {
			if j > 0 {
				text += " "
			}
			if n > 9 {
				text += string(rune('0' + n/10))
			}
			text += string(rune('0' + n%10))
		}
	}
	return text
}

// BenchmarkChoose: one passenger on a coach of 49 seats and 12 legs, half full.
// It should stay below a microsecond.
func BenchmarkChoose(b *testing.B) {
	m := chepiao.NewSeats(49, 12)
	for seat := 1; seat <= 49; seat++ {
		m.Take(seat%6, seat%6+5, []int{seat})
	}
	plan := chepiao.VehicleType{Seats: 49}.Plan()
	for _, c := range []struct {
		name  string
		party int
	}{{"one", 1}, {"four", 4}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.Choose(10, 12, c.party, plan); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
