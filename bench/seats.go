package bench

import (
	"math/rand/v2"
	"time"

	"chepiao"
)

// Shape of the simulated coach: a line of fifteen stops and 49 seats.
const (
	seatsStops  = 15
	seatsPlaces = 49
	seatsSeed   = 2026
)

// seatsWithin is the share of the offline optimum that must be sold.
const seatsWithin = 0.98

// choiceGoal is the time a choice may take, in nanoseconds.
const choiceGoal = 1000

// SeatsResult is how much of a coach different ways to choose a seat sell when
// passengers ask one after the other for random journeys, at a demand of 1 as many
// seat-legs together as the coach has.
//
// Two planners are the yardstick:
//
//   - Optimum is the offline optimum of the requests in the order they came. Who
//     comes is sold a seat whenever there is one, as the law of carriage has it
//     (nobody is turned away for a better customer who may come later), and the
//     planner, who knows all that will come, has chosen the seats so that as
//     many as possible find one. Journeys on a line are intervals, and an interval
//     graph needs no more colours than its largest clique (Golumbic, Algorithmic
//     Graph Theory and Perfect Graphs, 1980, chapter 8): seats can be given so that
//     a request fails only where one of its legs has no seat left at all. The
//     planner who moves passengers to other seats while selling comes to the same
//     count. No way of choosing seats for good can sell more to people in this
//     order until one of them is refused.
//   - Picked is the most that anybody could sell who may also refuse a passenger to
//     keep the seat for a longer journey: the heaviest set of intervals that k
//     machines can run, found as a flow of least cost (Arkin and Silverberg,
//     Scheduling jobs with fixed start and end times, Discrete Applied Mathematics
//     18, 1987). It bounds everybody and is stated, not aimed at: a station that
//     refuses a short journey while the seat is empty breaks its duty.
type SeatsResult struct {
	Stops  int            `json:"stops"`
	Places int            `json:"places"`
	Seeds  int            `json:"seeds"`
	Demand float64        `json:"demand"` // seat-legs asked for, share of the coach
	Ways   []ChoiceResult `json:"ways"`
	Sold   float64        `json:"sold"`   // seat-legs the Optimum sells, share of the coach; mean
	Picked float64        `json:"picked"` // seat-legs of Picked, share of the coach; mean
}

// ChoiceResult is one way to choose a seat.
type ChoiceResult struct {
	Name   string  `json:"name"`
	Share  float64 `json:"share"`  // seat-legs sold over all seeds ÷ those of Optimum
	Least  float64 `json:"least"`  // the worst seed's
	Picked float64 `json:"picked"` // ÷ those of Picked
	Nanos  float64 `json:"ns"`     // a choice on coaches as they were met; median of rounds
}

// trip is a request of the simulation.
type seatTrip struct{ from, to int }

// chooser picks a seat, 0 when there is none.
type chooser func(m *chepiao.SeatMap, from, to int, chance *rand.Rand) int

var choosers = []struct {
	name string
	pick chooser
}{
	{"best fit (Chepiao)", bestFit}, {"first fit", firstFit}, {"random", anySeat},
}

func bestFit(m *chepiao.SeatMap, from, to int, _ *rand.Rand) int {
	seats, err := m.Choose(from, to, 1, nil)
	if err != nil {
		return 0
	}
	return seats[0]
}

// firstFit takes the lowest number that is free.
func firstFit(m *chepiao.SeatMap, from, to int, _ *rand.Rand) int {
	want := chepiao.LegMask(from, to)
	for n := 1; n <= m.Places(); n++ {
		if m.Seat(n)&want == 0 {
			return n
		}
	}
	return 0
}

// anySeat takes any free one, each as likely as the other.
func anySeat(m *chepiao.SeatMap, from, to int, chance *rand.Rand) int {
	want, pick, free := chepiao.LegMask(from, to), 0, 0
	for n := 1; n <= m.Places(); n++ {
		if m.Seat(n)&want == 0 {
			if free++; chance.IntN(free) == 0 {
				pick = n
			}
		}
	}
	return pick
}

// demands are simulated: the one that the target names, and heavier ones.
var demands = []float64{1, 1.5, 2}

// seatsSeeds is how many coaches are simulated at each demand.
const seatsSeeds = 2000

// Seats simulates so many coaches.
func Seats(seeds int, asked float64) *SeatsResult {
	r := &SeatsResult{Stops: seatsStops, Places: seatsPlaces, Seeds: seeds, Demand: asked}
	legs := seatsStops - 1
	room := float64(seeds * seatsPlaces * legs)
	var optimum, picked int
	sold := make([]int, len(choosers))
	r.Ways = make([]ChoiceResult, len(choosers))
	for i, c := range choosers {
		r.Ways[i] = ChoiceResult{Name: c.name, Least: 1}
	}
	for seed := range seeds {
		requests := demand(rand.New(rand.NewPCG(seatsSeed, uint64(seed))), legs, int(asked*seatsPlaces*float64(legs)))
		here := inOrder(requests, legs, seatsPlaces)
		optimum, picked = optimum+here, picked+heaviest(requests, legs, seatsPlaces)
		for i, c := range choosers {
			m := chepiao.NewSeats(seatsPlaces, legs)
			n := seatAll(&m, requests, c.pick, rand.New(rand.NewPCG(seatsSeed+1, uint64(seed))))
			sold[i] += n
			r.Ways[i].Least = min(r.Ways[i].Least, float64(n)/float64(here))
		}
	}
	r.Sold, r.Picked = float64(optimum)/room, float64(picked)/room
	for i, c := range choosers {
		w := &r.Ways[i]
		w.Share, w.Picked = float64(sold[i])/float64(optimum), float64(sold[i])/float64(picked)
		w.Nanos = timeChoice(c.pick, legs)
	}
	return r
}

// demand draws journeys between any two stops, each pair as likely as any other,
// until together they have so many legs.
func demand(chance *rand.Rand, legs, all int) (requests []seatTrip) {
	for sum := 0; sum < all; {
		a, b := chance.IntN(legs+1), chance.IntN(legs+1)
		if a != b {
			requests = append(requests, seatTrip{min(a, b), max(a, b)})
			sum += max(a, b) - min(a, b)
		}
	}
	return requests
}

// seatAll sells to all who come, in order, and counts the legs.
func seatAll(m *chepiao.SeatMap, requests []seatTrip, pick chooser, chance *rand.Rand) (sold int) {
	for _, r := range requests {
		if n := pick(m, r.from, r.to, chance); n > 0 {
			m.Take(r.from, r.to, []int{n})
			sold += r.to - r.from
		}
	}
	return sold
}

// inOrder counts the legs that are sold when a request fails only where a leg
// is full.
func inOrder(requests []seatTrip, legs, places int) (sold int) {
	m := chepiao.NewFlow(places, legs)
	for _, r := range requests {
		if m.Free(r.from, r.to) > 0 {
			m.Take(r.from, r.to, []int{0})
			sold += r.to - r.from
		}
	}
	return sold
}

// heaviest counts the legs of the best choice of requests that so many seats can
// carry. Each seat is a path along the stops, over a request (worth its legs, used
// once) or on without a passenger (worth nothing); paths are added one by one, each
// the best in what the earlier ones leave, where to go back over a request means to
// give it up again.
func heaviest(requests []seatTrip, legs, places int) (sold int) {
	used := make([]bool, len(requests))
	idle := make([]int, legs) // seats that stand empty on a leg
	type step struct{ from, request int }
	for range places {
		best, came := make([]int, legs+1), make([]step, legs+1)
		for i := 1; i <= legs; i++ {
			best[i] = -1 << 30
		}
		better := func(from, to, worth, request int) bool {
			if best[from] > -1<<29 && best[from]+worth > best[to] {
				best[to], came[to] = best[from]+worth, step{from, request}
				return true
			}
			return false
		}
		for changed := true; changed; { // Bellman and Ford: no circle gains, so it ends
			changed = false
			for leg := range legs {
				changed = better(leg, leg+1, 0, -1) || changed
				if idle[leg] > 0 {
					changed = better(leg+1, leg, 0, -1) || changed
				}
			}
			for i, r := range requests {
				if used[i] {
					changed = better(r.to, r.from, r.from-r.to, i) || changed
				} else {
					changed = better(r.from, r.to, r.to-r.from, i) || changed
				}
			}
		}
		for at := legs; at > 0; {
			s := came[at]
			switch {
			case s.request >= 0:
				used[s.request] = !used[s.request]
			case s.from < at:
				idle[s.from]++
			default:
				idle[at]--
			}
			at = s.from
		}
		sold += best[legs]
	}
	return sold
}

// choiceRounds is how often the time of a choice is taken; each round asks of
// many coaches, filled with requests by the same way of choosing.
const (
	choiceRounds  = 9
	choiceCoaches = 64
	choiceAsked   = 40_000
)

// timeChoice is the time of one choice in nanoseconds: coaches are met at every
// stage of being sold, as in the simulation.
func timeChoice(pick chooser, legs int) float64 {
	chance := rand.New(rand.NewPCG(seatsSeed, 7))
	coaches := make([]chepiao.SeatMap, choiceCoaches)
	var asked []seatTrip
	for i := range coaches {
		requests := demand(chance, legs, seatsPlaces*legs)
		coaches[i] = chepiao.NewSeats(seatsPlaces, legs)
		seatAll(&coaches[i], requests[:len(requests)*i/choiceCoaches], pick, chance)
		asked = append(asked, requests...)
	}
	var rounds []float64
	for range choiceRounds {
		began := time.Now()
		for i := range choiceAsked {
			r := asked[i%len(asked)]
			pick(&coaches[i%choiceCoaches], r.from, r.to, chance)
		}
		rounds = append(rounds, float64(time.Since(began).Nanoseconds())/choiceAsked)
	}
	return Median(rounds)
}
