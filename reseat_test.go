package chepiao_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

var saleDay = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// drawCoach draws a departure as it may have been sold: orders of one to four
// on an old coach, with children, people in need, checked and unpaid ones.
func drawCoach(t *rapid.T, legs int) (people []chepiao.Traveller, old int) {
	old = rapid.IntRange(1, 16).Draw(t, "old places")
	sold := chepiao.NewSeats(old, legs)
	plan := chepiao.VehicleType{Seats: old}.Plan()
	ticket := chepiao.TicketID(1)
	for order := range chepiao.OrderID(rapid.IntRange(1, 12).Draw(t, "orders")) {
		from, to := drawLegs(t, legs)
		size := rapid.SampledFrom([]int{1, 1, 1, 2, 2, 3, 4}).Draw(t, "size")
		seats, err := sold.Choose(from, to, size, plan)
		if err != nil {
			continue
		}
		sold.Take(from, to, seats)
		people = append(people, drawOrder(t, order+1, ticket, from, to, seats)...)
		ticket += chepiao.TicketID(size)
	}
	return people, old
}

func drawOrder(t *rapid.T, order chepiao.OrderID, ticket chepiao.TicketID, from, to int, seats []int) []chepiao.Traveller {
	bought := saleDay.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "bought")) * time.Minute)
	held := rapid.IntRange(0, 9).Draw(t, "unpaid") == 0
	people := make([]chepiao.Traveller, len(seats))
	for k, seat := range seats {
		p := chepiao.Traveller{Ticket: ticket + chepiao.TicketID(k), Order: order, Board: from, Alight: to, Seat: seat, Age: -1, Bought: bought, Held: held}
		switch rapid.IntRange(0, 9).Draw(t, "who") {
		case 0:
			p.Age = rapid.IntRange(55, 80).Draw(t, "age")
		case 1:
			p.Kind = chepiao.Disabled
		case 2:
			p.Checked = !held
		case 3, 4:
			if k > 0 {
				p.Child, p.Age, p.Guardian = true, 8, ticket
			}
		}
		people[k] = p
	}
	return people
}

func reseat(people []chepiao.Traveller, old, places, legs int) chepiao.Reseating {
	return chepiao.Reseat(people, chepiao.NewSeats(places, legs), chepiao.VehicleType{Seats: old}.Plan(), chepiao.VehicleType{Seats: places}.Plan(), chepiao.DefaultRules())
}

// outcome is a re-seating made easy to ask.
type outcome struct {
	chepiao.Reseating
	people map[chepiao.TicketID]chepiao.Traveller
	stands map[chepiao.TicketID]chepiao.Standing
	rides  map[chepiao.TicketID]bool
}

func ask(people []chepiao.Traveller, r chepiao.Reseating) outcome {
	o := outcome{r, map[chepiao.TicketID]chepiao.Traveller{}, map[chepiao.TicketID]chepiao.Standing{}, map[chepiao.TicketID]bool{}}
	for _, p := range people {
		o.people[p.Ticket] = p
	}
	for _, s := range r.Seats {
		o.rides[s.Ticket], o.stands[s.Ticket] = true, s.Standing
	}
	for _, l := range r.Left {
		o.stands[l.Ticket] = l.Standing
	}
	return o
}

// before is the order in which travellers' claims are heard, units aside.
func (o outcome) before(a, b chepiao.Traveller) int {
	return cmp.Or(cmp.Compare(o.stands[a.Ticket], o.stands[b.Ticket]), a.Bought.Compare(b.Bought), cmp.Compare(a.Ticket, b.Ticket))
}

// TestReseatLaws: what holds for every re-seating.
func TestReseatLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs := rapid.IntRange(1, 6).Draw(t, "legs")
		people, old := drawCoach(t, legs)
		places := rapid.IntRange(0, 14).Draw(t, "places")
		r := reseat(people, old, places, legs)
		o := ask(people, r)
		seatedOnce(t, o, places, legs)
		nobodyParted(t, o)
		partedAreSaid(t, o)
		checkedRide(t, o, places, legs)
		inTheirOrder(t, o, places, legs)
		explained(t, o)

		shuffled := rapid.Permutation(people).Draw(t, "shuffled")
		if again := reseat(shuffled, old, places, legs); !reflect.DeepEqual(r, again) {
			t.Fatalf("another order of the same travellers gives another answer:\n%+v\n%+v", r, again)
		}
	})
}

// seatedOnce: everybody is answered once, no seat has two people on a leg, and
// the number is the old one exactly when the answer says kept.
func seatedOnce(t *rapid.T, o outcome, places, legs int) {
	coach := chepiao.NewSeats(places, legs)
	if len(o.stands) != len(o.people) || len(o.Seats)+len(o.Left) != len(o.people) {
		t.Fatalf("%d travellers, %d seated and %d left", len(o.people), len(o.Seats), len(o.Left))
	}
	if o.Kept+o.Moved != len(o.Seats) {
		t.Fatalf("%d kept and %d moved of %d", o.Kept, o.Moved, len(o.Seats))
	}
	for _, s := range o.Seats {
		p := o.people[s.Ticket]
		if err := coach.Check(p.Board, p.Alight, []int{s.Now}); err != nil {
			t.Fatalf("%v on seat %d: %v", p, s.Now, err)
		}
		coach.Take(p.Board, p.Alight, []int{s.Now})
		if s.Was != p.Seat || (s.How == chepiao.SeatKept) != (s.Now == p.Seat) {
			t.Fatalf("%+v of %+v", s, p)
		}
		if s.How == chepiao.SeatMoved && s.Was <= places {
			t.Fatalf("moved from a seat that the coach has: %+v", s)
		}
	}
}

// nobodyParted: no child rides without its guardian, and no guardian without
// the child.
func nobodyParted(t *rapid.T, o outcome) {
	for _, p := range o.people {
		if p.Child && o.rides[p.Ticket] != o.rides[p.Guardian] {
			t.Fatalf("child %d rides: %v; its guardian: %v", p.Ticket, o.rides[p.Ticket], o.rides[p.Guardian])
		}
	}
}

// partedAreSaid: the orders of which some ride and some do not are exactly those
// listed, and their riders have a choice.
func partedAreSaid(t *rapid.T, o outcome) {
	ride, stay := map[chepiao.OrderID]bool{}, map[chepiao.OrderID]bool{}
	for id, p := range o.people {
		if o.rides[id] {
			ride[p.Order] = true
		} else {
			stay[p.Order] = true
		}
	}
	for order := range stay {
		if slices.Contains(o.Parted, order) != ride[order] {
			t.Fatalf("order %d is parted: %v; listed %v", order, ride[order], o.Parted)
		}
	}
	for _, s := range o.Seats {
		if (len(s.Choices) > 0) != stay[o.people[s.Ticket].Order] {
			t.Fatalf("choices %v of ticket %d, parted %v", s.Choices, s.Ticket, o.Parted)
		}
	}
}

// unit is a traveller with the children and the guardian who are not parted
// from them.
func (o outcome) unit(p chepiao.Traveller) []chepiao.Traveller {
	root := func(p chepiao.Traveller) chepiao.TicketID {
		if p.Child {
			return p.Guardian
		}
		return p.Ticket
	}
	var unit []chepiao.Traveller
	for _, q := range o.people {
		if root(q) == root(p) {
			unit = append(unit, q)
		}
	}
	return unit
}

// fits says whether all of these could ride together.
func fits(people []chepiao.Traveller, places, legs int) bool {
	for leg := range legs {
		n := 0
		for _, p := range people {
			if p.Board <= leg && leg < p.Alight {
				n++
			}
		}
		if n > places {
			return false
		}
	}
	return true
}

// checkedRide: while there is room for those who are checked, with their
// children and guardians, all of them ride.
func checkedRide(t *rapid.T, o outcome, places, legs int) {
	var all []chepiao.Traveller
	for _, p := range o.people {
		if slices.ContainsFunc(o.unit(p), func(q chepiao.Traveller) bool { return q.Checked }) {
			all = append(all, p)
		}
	}
	if !fits(all, places, legs) {
		return
	}
	for _, p := range all {
		if !o.rides[p.Ticket] {
			t.Fatalf("checked, and there is room, but left: %+v", p)
		}
	}
}

// inTheirOrder: nobody is left whose claim comes before that of somebody who
// rides and whose seat alone would serve them; nobody at all is left who fits.
// An order that is heard as a whole is served by a seat for all of it.
func inTheirOrder(t *rapid.T, o outcome, places, legs int) {
	var riders []chepiao.Traveller
	for _, p := range o.people {
		if o.rides[p.Ticket] {
			riders = append(riders, p)
		}
	}
	for _, l := range o.Left {
		p := o.people[l.Ticket]
		if unit := o.unit(p); fits(append(slices.Clone(riders), unit...), places, legs) {
			t.Fatalf("a place stays empty that would serve %+v", unit)
		}
		claim, company := o.unit(p), false
		if l.Standing >= chepiao.StandCompany {
			claim = nil
			for _, q := range o.people {
				if q.Order == p.Order && o.stands[q.Ticket] == l.Standing && !o.rides[q.Ticket] {
					claim = append(claim, q)
				}
				company = company || q.Order == p.Order && o.stands[q.Ticket] <= chepiao.StandFamily && o.rides[q.Ticket]
			}
		}
		if l.Standing == chepiao.StandCompany && !company {
			continue // stays with whom they travel with
		}
		for _, other := range riders {
			if o.before(p, other) > 0 || o.stands[other.Ticket] == l.Standing {
				continue
			}
			rest := slices.DeleteFunc(slices.Clone(riders), func(q chepiao.Traveller) bool {
				return slices.Contains(o.unit(other), q)
			})
			if fits(append(rest, claim...), places, legs) {
				t.Fatalf("%+v (%v) is left, while %+v (%v) sits where they could", p, l.Standing, other, o.stands[other.Ticket])
			}
		}
	}
}

// explained: every answer has a rule, an edition, inputs and a sentence in both
// languages; who is left over has choices.
func explained(t *rapid.T, o outcome) {
	r := o.Reseating
	whys := []chepiao.Explanation{r.Because}
	for _, s := range r.Seats {
		whys = append(whys, s.Because)
	}
	for _, l := range r.Left {
		whys = append(whys, l.Because)
		if l.Why == "" || !slices.Contains(l.Choices, chepiao.ChooseNext) || slices.Contains(l.Choices, chepiao.ChooseRefund) == o.people[l.Ticket].Held {
			t.Fatalf("left with %v because %q", l.Choices, l.Why)
		}
	}
	for _, e := range whys {
		if e.Rule != "reseat" || e.ZH == "" || e.EN == "" || len(e.Inputs) == 0 {
			t.Fatalf("not explained: %+v", e)
		}
	}
}

// TestReseatOnTheSameCoach: nobody moves when the coach is not smaller.
func TestReseatOnTheSameCoach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs := rapid.IntRange(1, 6).Draw(t, "legs")
		people, old := drawCoach(t, legs)
		r := reseat(people, old, old+rapid.IntRange(0, 3).Draw(t, "more"), legs)
		if !r.Whole() || r.Moved > 0 || len(r.Parted) > 0 || r.Kept != len(people) {
			t.Fatalf("somebody moves for nothing: %+v", r)
		}
	})
}

// bestFitAlone is the plain way: one after another in the order of claims, each
// on the best-fitting seat that is free, nobody moved again.
func bestFitAlone(o outcome, places, legs int) []chepiao.Traveller {
	coach := chepiao.NewSeats(places, legs)
	var riders []chepiao.Traveller
	for _, p := range o.ranked() {
		if seats, err := coach.Choose(p.Board, p.Alight, 1, nil); err == nil {
			coach.Take(p.Board, p.Alight, seats)
			riders = append(riders, p)
		}
	}
	return riders
}

func (o outcome) ranked() []chepiao.Traveller {
	var people []chepiao.Traveller
	for _, p := range o.people {
		people = append(people, p)
	}
	slices.SortFunc(people, o.before)
	return people
}

// drawSingles draws travellers who each bought alone.
func drawSingles(t *rapid.T, legs int) (people []chepiao.Traveller) {
	for n := range rapid.IntRange(1, 30).Draw(t, "travellers") {
		from, to := drawLegs(t, legs)
		id := n + 1
		people = append(people, chepiao.Traveller{Ticket: chepiao.TicketID(id), Order: chepiao.OrderID(id), Board: from, Alight: to,
			Age: rapid.SampledFrom([]int{-1, -1, -1, 70}).Draw(t, "age"), Bought: saleDay.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "bought")) * time.Minute)})
	}
	return people
}

// better says whether a serves the claims better than b: the first of them in
// their order on whom the two differ rides under a.
func (o outcome) better(a, b func(chepiao.TicketID) bool) bool {
	for _, p := range o.ranked() {
		if a(p.Ticket) != b(p.Ticket) {
			return a(p.Ticket)
		}
	}
	return true
}

// TestReseatServesClaimsBest: against plain best fit, and with one seat fewer
// than with one more, the first claim on which two answers differ is served by
// the better one; and those who ride are exactly those whom places on each leg
// allow, heard in order, so no seat is lost to gaps.
func TestReseatServesClaimsBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs, places := rapid.IntRange(1, 8).Draw(t, "legs"), rapid.IntRange(0, 10).Draw(t, "places")
		people := drawSingles(t, legs)
		o, more := ask(people, reseat(people, 0, places, legs)), ask(people, reseat(people, 0, places+1, legs))
		rides, ridesMore := func(id chepiao.TicketID) bool { return o.rides[id] }, func(id chepiao.TicketID) bool { return more.rides[id] }
		plain := bestFitAlone(o, places, legs)
		ridesPlain := func(id chepiao.TicketID) bool {
			return slices.ContainsFunc(plain, func(p chepiao.Traveller) bool { return p.Ticket == id })
		}
		if !o.better(rides, ridesPlain) {
			t.Fatalf("plain best fit serves somebody whose claim comes before: %v, not %v", plain, o.Seats)
		}
		if !o.better(ridesMore, rides) {
			t.Fatal("one seat more serves claims worse")
		}
		var greedy []chepiao.Traveller
		for _, p := range o.ranked() {
			if fits(append(slices.Clone(greedy), p), places, legs) {
				greedy = append(greedy, p)
			}
			if o.rides[p.Ticket] != (len(greedy) > 0 && greedy[len(greedy)-1].Ticket == p.Ticket) {
				t.Fatalf("%+v rides: %v", p, o.rides[p.Ticket])
			}
		}
	})
}

// TestReseatCounts: where all travel the same way, one seat more never seats
// fewer, whatever the orders, and plain best fit never seats more of them, unless
// it parts a child from its guardian.
func TestReseatCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people, old := drawCoach(t, 1)
		places := rapid.IntRange(0, 14).Draw(t, "places")
		r, more := reseat(people, old, places, 1), reseat(people, old, places+1, 1)
		if len(more.Seats) < len(r.Seats) {
			t.Fatalf("%d of %d seats are used, %d of one more", len(r.Seats), places, len(more.Seats))
		}
		children := slices.ContainsFunc(people, func(p chepiao.Traveller) bool { return p.Child })
		if plain := bestFitAlone(ask(people, r), places, 1); !children && len(r.Seats) < len(plain) {
			t.Fatalf("best fit seats %d, the re-seating %d", len(plain), len(r.Seats))
		}
	})
}

// TestPrioritiesMayCostSeats shows why the laws above do not say "never fewer
// people" of journeys that differ: with a second coach seat the two elderly who
// travel far have a claim to it before three who travel a leg each, and the five
// of one seat become four. To seat the five again, one of the elderly would have
// to stand down for people whose claims come after.
func TestPrioritiesMayCostSeats(t *testing.T) {
	var people []chepiao.Traveller
	for id, j := range [][3]int{{0, 1, 70}, {5, 6, 70}, {0, 4, 70}, {1, 6, 70}, {1, 2, 30}, {2, 3, 30}, {3, 4, 30}} {
		people = append(people, chepiao.Traveller{Ticket: chepiao.TicketID(id + 1), Board: j[0], Alight: j[1], Age: j[2], Bought: saleDay})
	}
	if one, two := reseat(people, 7, 1, 6), reseat(people, 7, 2, 6); len(one.Seats) != 5 || len(two.Seats) != 4 {
		t.Fatalf("%d and %d ride", len(one.Seats), len(two.Seats))
	}
}

// TestReseatLosesNoSeatToGaps: over many coaches of mixed journeys more legs are
// travelled than by plain best fit, because nobody with a claim is turned away
// while there is a place on each of their legs. About as many people ride.
func TestReseatLosesNoSeatToGaps(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	ours, plain, riders, plainRiders := 0, 0, 0, 0
	for range 200 {
		people := mixedCoach(chance, 60, 8)
		o := ask(people, reseat(people, 0, 20, 8))
		for _, s := range o.Seats {
			ours += o.people[s.Ticket].Alight - o.people[s.Ticket].Board
		}
		alone := bestFitAlone(o, 20, 8)
		for _, p := range alone {
			plain += p.Alight - p.Board
		}
		riders, plainRiders = riders+len(o.Seats), plainRiders+len(alone)
	}
	if ours <= plain || riders*100 < plainRiders*99 {
		t.Errorf("re-seated %d people over %d legs, best fit %d over %d", riders, ours, plainRiders, plain)
	}
	t.Logf("re-seated %d people over %d legs, best fit %d over %d", riders, ours, plainRiders, plain)
}

func mixedCoach(chance *rand.Rand, n, legs int) []chepiao.Traveller {
	people := make([]chepiao.Traveller, n)
	for i := range people {
		from := chance.IntN(legs)
		people[i] = chepiao.Traveller{Ticket: chepiao.TicketID(i + 1), Board: from, Alight: from + 1 + chance.IntN(legs-from), Age: -1, Bought: saleDay.Add(time.Duration(chance.IntN(5000)) * time.Second)}
	}
	return people
}

// TestOverloadIsOfTheReportedCoach is fault 10 of requirements 22: what was sold
// is compared with the seats of the coach that came, not of the plan. Nobody's
// seat is cut off silently.
func TestOverloadIsOfTheReportedCoach(t *testing.T) {
	var people []chepiao.Traveller
	for seat := 1; seat <= 40; seat++ { // sold of 45
		people = append(people, chepiao.Traveller{Ticket: chepiao.TicketID(seat), Board: 0, Alight: 1, Seat: seat, Age: -1, Bought: saleDay.Add(time.Duration(seat) * time.Minute)})
	}
	r := reseat(people, 45, 39, 1)
	if r.Whole() || len(r.Seats) != 39 || len(r.Left) != 1 || r.Left[0].Ticket != 40 {
		t.Fatalf("%d ride, left: %+v", len(r.Seats), r.Left)
	}
	if reseat := reseat(people[:39], 45, 39, 1); !reseat.Whole() {
		t.Fatal("39 on 39 seats are an overload")
	}
}

// TestReseatReserved: a seat that is kept back goes to nobody, on any leg it is
// kept back for, and what is kept back on a part of the way is used on the rest.
func TestReseatReserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs := rapid.IntRange(1, 5).Draw(t, "legs")
		people, old := drawCoach(t, legs)
		places := rapid.IntRange(1, 10).Draw(t, "places")
		coach, none := chepiao.NewSeats(places, legs), newNaive(places, legs)
		fill(t, &coach, none, rapid.IntRange(0, 8).Draw(t, "reserves"))
		plan := chepiao.VehicleType{Seats: places}.Plan()
		r := chepiao.Reseat(people, coach, chepiao.VehicleType{Seats: old}.Plan(), plan, chepiao.DefaultRules())
		o, after := ask(people, r), coach.Clone()
		for _, s := range r.Seats {
			p := o.people[s.Ticket]
			if err := after.Check(p.Board, p.Alight, []int{s.Now}); err != nil {
				t.Fatalf("seat %d: %v", s.Now, err)
			}
			after.Take(p.Board, p.Alight, []int{s.Now})
		}
		nobodyParted(t, o)
		for _, l := range r.Left { // a single whom a free seat would serve is not left
			if p := o.people[l.Ticket]; len(o.unit(p)) == 1 && after.Free(p.Board, p.Alight) > 0 {
				t.Fatalf("a free seat would serve %+v", p)
			}
		}
	})
}

// TestReseatFlow: a flow departure has places alone; the claims are the same.
func TestReseatFlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs, places := rapid.IntRange(1, 6).Draw(t, "legs"), rapid.IntRange(0, 12).Draw(t, "places")
		people, old := drawCoach(t, legs)
		numbered := reseat(people, old, places, legs)
		flow := chepiao.Reseat(people, chepiao.NewFlow(places, legs), nil, nil, chepiao.DefaultRules())
		o, f := ask(people, numbered), ask(people, flow)
		if !reflect.DeepEqual(o.rides, f.rides) || !reflect.DeepEqual(numbered.Parted, flow.Parted) || flow.Moved != 0 {
			t.Fatalf("seats %v, places %v", numbered.Seats, flow.Seats)
		}
		for _, s := range flow.Seats {
			if s.Now != 0 || s.How != chepiao.SeatPlace {
				t.Fatalf("a place with a number: %+v", s)
			}
		}
	})
}

// TestReseatStopsOnNonsense: a programmer's error is not an answer.
func TestReseatStopsOnNonsense(t *testing.T) {
	one := chepiao.Traveller{Ticket: 1, Alight: 1, Age: -1}
	for name, people := range map[string][]chepiao.Traveller{
		"a ticket twice":        {one, one},
		"a journey of no leg":   {{Ticket: 1, Board: 1, Alight: 1}},
		"a journey too far":     {{Ticket: 1, Board: 1, Alight: 3}},
		"a journey from before": {{Ticket: 1, Board: -1, Alight: 1}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s passes", name)
				}
			}()
			reseat(people, 2, 2, 2)
		}()
	}
}

func TestDifference(t *testing.T) {
	r := chepiao.DefaultRules()
	for _, c := range []struct {
		kind        chepiao.TicketKind
		price, full chepiao.Money // paid; full fare on the coach that came
		want        chepiao.Money
	}{
		{chepiao.Full, 6000, 4500, 1500},
		{chepiao.Full, 6000, 6000, 0},
		{chepiao.Full, 6000, 9000, 0}, // a dearer coach costs nothing more
		{chepiao.Half, 3000, 4500, 750},
		{chepiao.Half, 3000, 4510, 700}, // 22.55 is rounded up to 23.00
		{chepiao.Full, 0, 4500, 0},
	} {
		if got := chepiao.Difference(chepiao.Ticket{Kind: c.kind, Price: c.price}, c.full, r); got != c.want {
			t.Errorf("%v of %v on a coach of %v: %v comes back, want %v", c.kind, c.price, c.full, got, c.want)
		}
	}
}

func TestStandingText(t *testing.T) {
	for s := chepiao.StandChecked; s <= chepiao.StandUnpaid; s++ {
		text, _ := s.MarshalText()
		var back chepiao.Standing
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%s reads back as %v, %v", text, back, err)
		}
	}
	var s chepiao.Standing
	for _, bad := range []string{"", "standing0", "vip"} {
		if chepiao.Why(s.UnmarshalText([]byte(bad))) != chepiao.Invalid {
			t.Errorf("%q passes for a standing", bad)
		}
	}
}

// BenchmarkReseat: 49 seats, 45 travellers; it should stay below 5 ms.
func BenchmarkReseat(b *testing.B) {
	chance := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ places, people, legs int }{{49, 45, 1}, {49, 45, 10}, {20, 45, 10}, {49, 120, 10}} {
		people := mixedCoach(chance, c.people, c.legs)
		for i := range people {
			people[i].Order, people[i].Seat = chepiao.OrderID(i/2+1), i%55+1
			people[i].Board, people[i].Alight = people[i/2*2].Board, people[i/2*2].Alight
		}
		b.Run(fmt.Sprintf("%d seats %d travellers %d legs", c.places, c.people, c.legs), func(b *testing.B) {
			for b.Loop() {
				reseat(people, 55, c.places, c.legs)
			}
		})
	}
}
