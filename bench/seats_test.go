package bench

import (
	"math/rand/v2"
	"testing"

	"chepiao"
)

// TestHeaviest holds the flow against trying every subset on tiny coaches, and
// the planner who sells in order against trying every way to give seats.
func TestHeaviest(t *testing.T) {
	for seed := range 300 {
		chance := rand.New(rand.NewPCG(3, uint64(seed)))
		legs, places := 2+chance.IntN(4), 1+chance.IntN(3)
		requests := demand(chance, legs, legs*places)
		if len(requests) > 12 {
			requests = requests[:12]
		}
		if got, want := heaviest(requests, legs, places), heaviestOfAll(requests, legs, places); got != want {
			t.Fatalf("%d seats, %d legs, %v: %d legs sold, the best is %d", places, legs, requests, got, want)
		}
		most := heaviest(requests, legs, places)
		planned := inOrder(requests, legs, places)
		if planned > most {
			t.Fatalf("%v: in order %d, more than the most %d", requests, planned, most)
		}
		if !colourable(requests, legs, places) {
			t.Fatalf("%v: what was accepted in order does not fit on %d seats", requests, places)
		}
	}
}

// heaviestOfAll tries every subset.
func heaviestOfAll(requests []seatTrip, legs, places int) (best int) {
	for set := range 1 << len(requests) {
		load, sum := make([]int, legs), 0
		fits := true
		for i, r := range requests {
			if set>>i&1 == 0 {
				continue
			}
			sum += r.to - r.from
			for leg := r.from; leg < r.to; leg++ {
				load[leg]++
				fits = fits && load[leg] <= places
			}
		}
		if fits {
			best = max(best, sum)
		}
	}
	return best
}

// colourable gives seats to the requests that are accepted in order, by where
// they begin: first fit in that order needs no more seats than the fullest leg.
func colourable(requests []seatTrip, legs, places int) bool {
	load := chepiao.NewFlow(places, legs)
	seats := chepiao.NewSeats(places, legs)
	var taken []seatTrip
	for _, r := range requests {
		if load.Free(r.from, r.to) > 0 {
			load.Take(r.from, r.to, []int{0})
			taken = append(taken, r)
		}
	}
	for from := range legs {
		for _, r := range taken {
			if r.from != from {
				continue
			}
			n := firstFit(&seats, r.from, r.to, nil)
			if n == 0 {
				return false
			}
			seats.Take(r.from, r.to, []int{n})
		}
	}
	return true
}

// TestSeats simulates some coaches: best fit sells nearly what the optimum
// does, random choice clearly less, and nobody more than may be.
func TestSeats(t *testing.T) {
	r := Seats(60, 1)
	if r.Sold > r.Picked || r.Picked > 1 {
		t.Errorf("sold %.3f, picked %.3f of the coach", r.Sold, r.Picked)
	}
	best, random := r.Ways[0], r.Ways[len(r.Ways)-1]
	if best.Share < 0.95 || random.Share > best.Share-0.02 {
		t.Errorf("best fit sells %.3f of the optimum, random %.3f", best.Share, random.Share)
	}
	for _, w := range r.Ways {
		if w.Nanos <= 0 || w.Picked > 1 {
			t.Errorf("%+v", w)
		}
	}
}
