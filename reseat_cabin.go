package chepiao

import "slices"

// cabin is an arrangement of travellers on numbered seats, while it is made.
type cabin struct {
	people []Traveller
	legs   int
	kept   []Mask // seat-1: kept back, moves for nobody
	taken  []Mask // seat-1: kept back or travelled
	at     []int  // traveller → seat; 0: none yet
	weight []int  // traveller → what it costs to take them from their old number
}

func newCabin(people []Traveller, coach SeatMap) cabin {
	return cabin{people: people, legs: coach.legs, kept: slices.Clone(coach.masks), taken: slices.Clone(coach.masks),
		at: make([]int, len(people)), weight: make([]int, len(people))}
}

// weigh sets the weights: one who stands higher weighs more than a whole coach
// of those who stand lower would in practice.
func (c *cabin) weigh(standing []Standing) {
	for i, s := range standing {
		c.weight[i] = 1 << (4 * (StandUnpaid - s))
	}
}

func (c *cabin) clone() cabin {
	d := *c
	d.taken, d.at = slices.Clone(c.taken), slices.Clone(c.at)
	return d
}

func (c *cabin) mask(i int) Mask { return LegMask(c.people[i].Board, c.people[i].Alight) }

// free says whether a seat is there and free all the way.
func (c *cabin) free(i, seat int) bool {
	return 1 <= seat && seat <= len(c.taken) && c.taken[seat-1]&c.mask(i) == 0
}

func (c *cabin) sit(i, seat int) {
	must(c.at[i] == 0 && c.free(i, seat), "a traveller is seated on a seat that is not free")
	c.at[i] = seat
	c.taken[seat-1] |= c.mask(i)
}

func (c *cabin) rise(i int) {
	if c.at[i] > 0 {
		c.taken[c.at[i]-1] &^= c.mask(i)
		c.at[i] = 0
	}
}

func (c *cabin) freeOn(leg int) int {
	n := 0
	for _, taken := range c.taken {
		if taken>>uint(leg)&1 == 0 {
			n++
		}
	}
	return n
}

// gap is the free gap around a journey on a seat that is free for it.
func (c *cabin) gap(i, seat int) int {
	return freeGap(c.taken[seat-1], c.people[i].Board, c.people[i].Alight, c.legs)
}

// bestFit seats a traveller where the free gap is smallest, if a seat is free
// all the way.
func (c *cabin) bestFit(i int) bool {
	best, bestGap := 0, 0
	for seat := 1; seat <= len(c.taken); seat++ {
		if c.free(i, seat) {
			if gap := c.gap(i, seat); best == 0 || gap < bestGap {
				best, bestGap = seat, gap
			}
		}
	}
	if best > 0 {
		c.sit(i, best)
	}
	return best > 0
}

// exchange makes one seat free all the way for a traveller who finds a free
// place on each leg, but not on one seat, and seats them. It takes a seat that
// is free at boarding and, where somebody takes it, lets the people of that seat
// and of one that is free there change places from that stop on. Nobody spans
// that stop on either seat, so this always succeeds while no seat is kept back
// on a part of the way. Of all seats to begin with it takes the one by which the
// fewest, and the lowest, lose their old number.
func (c *cabin) exchange(i int) bool {
	for leg := c.people[i].Board; leg < c.people[i].Alight; leg++ {
		if c.freeOn(leg) == 0 {
			return false
		}
	}
	var best cabin
	bestSeat, bestCost := 0, 0
	for seat := 1; seat <= len(c.taken); seat++ {
		if c.taken[seat-1]>>uint(c.people[i].Board)&1 != 0 {
			continue
		}
		trial := c.clone()
		if cost, ok := trial.clear(i, seat); ok && (bestSeat == 0 || cost < bestCost) {
			best, bestSeat, bestCost = trial, seat, cost
		}
	}
	if bestSeat > 0 {
		*c = best
		c.sit(i, bestSeat)
	}
	return bestSeat > 0
}

// clear frees a seat for a traveller's whole journey by exchanges and says what
// that costs.
func (c *cabin) clear(i, seat int) (cost int, ok bool) {
	alight := c.people[i].Alight
	for !c.free(i, seat) {
		stop := c.freeUntil(seat, c.people[i].Board)
		partner, until, partnerCost := 0, 0, 0
		reach := 0
		for other := 1; other <= len(c.taken); other++ {
			far := min(c.freeUntil(other, stop), alight)
			if other == seat || far == stop || far < reach {
				continue
			}
			end, price, ok := c.price(seat, other, stop, far)
			if ok && (far > reach || price < partnerCost) {
				partner, until, partnerCost, reach = other, end, price, far
			}
		}
		if partner == 0 {
			return 0, false
		}
		c.swap(seat, partner, stop, until)
		cost += partnerCost
	}
	return cost, true
}

// freeUntil is the stop at which somebody takes a seat that is free from a stop
// on: that stop itself when the seat is not free there.
func (c *cabin) freeUntil(seat, stop int) int {
	for stop < c.legs && c.taken[seat-1]>>uint(stop)&1 == 0 {
		stop++
	}
	return stop
}

// price finds the first stop from far on at which nobody stays seated on either
// seat, so that an exchange may end there, and what the exchange costs.
func (c *cabin) price(a, b, from, far int) (until, cost int, ok bool) {
	until = far
	for again := true; again; {
		again = false
		for i, seat := range c.at {
			if t := c.people[i]; (seat == a || seat == b) && t.Board < until && until < t.Alight {
				until, again = t.Alight, true
			}
		}
	}
	if (c.kept[a-1]|c.kept[b-1])&LegMask(from, until) != 0 {
		return 0, 0, false
	}
	for i, seat := range c.at {
		if (seat != a && seat != b) || c.people[i].Board < from || c.people[i].Board >= until {
			continue
		}
		switch c.people[i].Seat {
		case seat:
			cost += c.weight[i]
		case a + b - seat:
			cost -= c.weight[i]
		}
	}
	return until, cost, true
}

// swap lets the people of two seats change places between two stops.
func (c *cabin) swap(a, b, from, until int) {
	window := LegMask(from, until)
	for i, seat := range c.at {
		if (seat == a || seat == b) && c.people[i].Board >= from && c.people[i].Board < until {
			must(c.people[i].Alight <= until, "an exchange parts a journey")
			c.at[i] = a + b - seat
		}
	}
	x, y := c.taken[a-1], c.taken[b-1]
	c.taken[a-1], c.taken[b-1] = x&^window|y&window, y&^window|x&window
}

// returnTo brings a traveller to a seat by an exchange of the people of two
// seats, where that costs less than nothing, and says whether it did.
func (c *cabin) returnTo(i, seat int) bool {
	now, t := c.at[i], c.people[i]
	if seat < 1 || seat > len(c.taken) || seat == now {
		return false
	}
	bestFrom, bestUntil, bestCost := 0, 0, 0
	for from := t.Board; from >= 0; from-- {
		if c.spanned(now, from) || c.spanned(seat, from) {
			continue
		}
		if until, cost, ok := c.price(now, seat, from, t.Alight); ok && cost < bestCost {
			bestFrom, bestUntil, bestCost = from, until, cost
		}
	}
	if bestCost < 0 {
		c.swap(now, seat, bestFrom, bestUntil)
	}
	return bestCost < 0
}

// spanned says whether somebody stays on a seat at a stop.
func (c *cabin) spanned(seat, stop int) bool {
	for i, at := range c.at {
		if t := c.people[i]; at == seat && t.Board < stop && stop < t.Alight {
			return true
		}
	}
	return false
}
