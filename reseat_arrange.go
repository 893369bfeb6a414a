package chepiao

import (
	"cmp"
	"slices"
)

// arrange gives everybody who rides a seat number. Old numbers come first, in
// the order of claims; then the parties, then those who travel alone, each as
// near as can be to the others of their party or to the place they had.
func (s *reseat) arrange() {
	s.cabin = newCabin(s.people, s.coach)
	s.cabin.weigh(s.standing)
	s.had, s.joined = make([]bool, len(s.people)), make([]bool, len(s.people))
	riders := s.riders()
	for _, i := range riders {
		if s.cabin.free(i, s.people[i].Seat) {
			s.cabin.sit(i, s.people[i].Seat)
			s.had[i] = true
		}
	}
	parties := s.ridingParties(riders)
	if !s.seatParties(parties) {
		s.cabin = s.trial // without regard to old numbers, but it seats all of them
	}
	s.giveBack(riders)
	for _, party := range parties {
		for _, unit := range s.units(party) {
			s.closeUp(unit)
		}
	}
	s.takeLate()
}

// riders are those who ride, best claim first.
func (s *reseat) riders() []int {
	var riders []int
	for _, c := range s.claims {
		for _, i := range c.members {
			if s.rides[i] {
				riders = append(riders, i)
			}
		}
	}
	return riders
}

// ridingParties are the riders of each party, units together; parties of several
// before those who travel alone, who mind less where they sit; otherwise in the
// order of claims.
func (s *reseat) ridingParties(riders []int) [][]int {
	of := make([]int, len(s.people)) // party → its place in the list, from 1
	var parties [][]int
	for _, i := range riders {
		if of[s.party[i]] == 0 {
			parties = append(parties, nil)
			of[s.party[i]] = len(parties)
		}
		k := of[s.party[i]] - 1
		parties[k] = append(parties[k], i)
	}
	for _, p := range parties {
		slices.SortFunc(p, func(a, b int) int { return cmp.Or(cmp.Compare(s.unit[a], s.unit[b]), cmp.Compare(a, b)) })
	}
	slices.SortStableFunc(parties, func(a, b []int) int {
		return cmp.Compare(min(len(b), 2), min(len(a), 2))
	})
	return parties
}

// seatParties seats those who could not keep their number. It says false when an
// exchange was needed and a seat kept back on a part of the way forbade it.
func (s *reseat) seatParties(parties [][]int) bool {
	for _, party := range parties {
		if !s.seatParty(party) {
			return false
		}
	}
	return true
}

// seatParty seats those of a party who have no seat yet.
func (s *reseat) seatParty(party []int) bool {
	var out []int
	for _, i := range party {
		if s.cabin.at[i] == 0 {
			out = append(out, i)
		}
	}
	if len(out) > 1 && len(out) == len(party) {
		s.sitTogether(out)
	}
	for _, i := range out {
		if s.cabin.at[i] > 0 {
			continue
		}
		if seat := s.nearest(i, party); seat > 0 {
			s.cabin.sit(i, seat)
			continue
		}
		if !s.cabin.exchange(i) {
			return false
		}
	}
	return true
}

// sitTogether seats people of one journey on seats that lie together, as a party
// that buys would sit; it does nothing when they travel differently or too few
// seats are free.
func (s *reseat) sitTogether(people []int) bool {
	board, alight := s.people[people[0]].Board, s.people[people[0]].Alight
	for _, i := range people {
		if s.people[i].Board != board || s.people[i].Alight != alight {
			return false
		}
	}
	free := SeatMap{legs: s.cabin.legs, places: len(s.cabin.taken), masks: s.cabin.taken}
	seats, err := free.together(board, alight, len(people), s.new)
	if err != nil {
		return false
	}
	for k, i := range people {
		s.cabin.sit(i, seats[k])
	}
	return true
}

// nearest is the free seat that is nearest to the traveller's unit, else to the
// party, else to the old place: by rows, then columns, then best fit, then
// number. 0 when no seat is free all the way.
func (s *reseat) nearest(i int, party []int) int {
	anchors := s.anchors(i, party)
	best, bestScore := 0, [3]int{}
	for seat := 1; seat <= len(s.cabin.taken); seat++ {
		if !s.cabin.free(i, seat) {
			continue
		}
		score := [3]int{1 << 20, 1 << 20, s.cabin.gap(i, seat)}
		here := s.new.place(seat)
		for _, a := range anchors {
			rows, cols := distance(here, a)
			if rows < score[0] || rows == score[0] && cols < score[1] {
				score[0], score[1] = rows, cols
			}
		}
		if best == 0 || less(score, bestScore) {
			best, bestScore = seat, score
		}
	}
	return best
}

func (s *reseat) anchors(i int, party []int) []Place {
	var unit, all []Place
	for _, j := range party {
		if seat := s.cabin.at[j]; seat > 0 && j != i {
			all = append(all, s.new.place(seat))
			if s.unit[j] == s.unit[i] {
				unit = append(unit, s.new.place(seat))
			}
		}
	}
	switch {
	case len(unit) > 0:
		return unit
	case len(all) > 0:
		return all
	case s.people[i].Seat > 0:
		return []Place{s.old.place(s.people[i].Seat)}
	default:
		return []Place{{0, 0}}
	}
}

func distance(a, b Place) (rows, cols int) {
	return max(a.Row-b.Row, b.Row-a.Row), max(a.Col-b.Col, b.Col-a.Col)
}

// closeUp brings a child and its guardian into one row, or fewer, when one of
// them lost the old seat and the other kept theirs: then both move.
func (s *reseat) closeUp(unit []int) {
	was := make([]int, len(unit))
	lost := false
	for k, i := range unit {
		was[k] = s.cabin.at[i]
		lost = lost || was[k] != s.people[i].Seat
	}
	rows := s.rows(unit)
	if !lost || rows == 0 {
		return
	}
	for _, i := range unit {
		s.cabin.rise(i)
	}
	if s.sitTogether(unit) {
		if s.rows(unit) < rows {
			for k, i := range unit {
				s.joined[i] = s.joined[i] || was[k] == s.people[i].Seat && s.cabin.at[i] != was[k]
			}
			return
		}
		for _, i := range unit {
			s.cabin.rise(i)
		}
	}
	for k, i := range unit {
		s.cabin.sit(i, was[k])
	}
}

// rows is how many rows people sit apart.
func (s *reseat) rows(people []int) int {
	first, last := 1<<20, 0
	for _, i := range people {
		row := s.new.place(s.cabin.at[i]).Row
		first, last = min(first, row), max(last, row)
	}
	return last - first
}

// giveBack undoes what exchanges did to old numbers where that is possible. Of
// people who must move, those who stand higher keep theirs; each step leaves
// fewer, or lower ones, away from their number.
func (s *reseat) giveBack(riders []int) {
	for range riders {
		moved := false
		for _, i := range riders {
			moved = s.had[i] && s.cabin.returnTo(i, s.people[i].Seat) || moved
		}
		if !moved {
			return
		}
	}
}

// takeLate seats those left over for whom the arrangement has a seat after all.
// That happens only beside seats that are kept back on a part of the way: there
// the claims were granted by one arrangement of many.
func (s *reseat) takeLate() {
	for _, c := range s.claims {
		for _, unit := range s.units(c.members) {
			if s.rides[unit[0]] {
				continue
			}
			before := s.cabin.clone()
			seated := true
			for _, i := range unit {
				seated = seated && s.cabin.bestFit(i)
			}
			if !seated {
				s.cabin = before
				continue
			}
			for _, i := range unit {
				s.rides[i] = true
			}
		}
	}
}
