package chepiao

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Standing is whose claim to a seat is heard first when there are too few
// (requirements 12 F6). Within one standing the earliest buyer comes first, then
// the lower ticket number.
type Standing int8

// The standings, in the order in which claims are heard.
const (
	StandChecked Standing = iota + 1 // already through the gate
	StandNeeds                       // disabled, elderly (rule elder_age), or marked by staff
	StandFamily                      // a child and the guardian it travels with
	StandCompany                     // the rest of an order in which somebody is of the above and rides
	StandGroup                       // an order of several: as a whole
	StandBuyer                       // everybody else who has paid
	StandUnpaid                      // an order whose hold still runs
)

var standingNames = [...]string{"", "checked", "needs", "family", "company", "group", "buyer", "unpaid"}

// String is the standing as the API spells it.
func (s Standing) String() string {
	if s < StandChecked || int(s) >= len(standingNames) {
		return fmt.Sprintf("standing%d", int(s))
	}
	return standingNames[s]
}

func (s Standing) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String prints. Refusal Invalid.
func (s *Standing) UnmarshalText(b []byte) error {
	for i, name := range standingNames {
		if i > 0 && name == string(b) {
			*s = Standing(i)
			return nil
		}
	}
	return Refuse(Invalid, "没有这种座位优先级", "there is no such standing").At("standing")
}

// claim is what some travellers ask for together: all of them ride, or at that
// turn none.
type claim struct {
	standing Standing
	members  []int
	bought   time.Time // of whoever of them bought first
}

func (c claim) first() int { return c.members[0] }

// claim makes the list of claims. A child and its guardian are one unit, which
// is never parted. A unit with somebody who is checked, in need or a child claims
// by itself, before all groups: a family is not sent away because its order is
// large. What remains of an order claims as a whole.
func (s *reseat) claim() {
	s.joinUnits()
	s.joinParties()
	s.standing, s.turn = make([]Standing, len(s.people)), make([]int, len(s.people))
	units, parties := gather(s.unit), gather(s.party)
	for _, unit := range units {
		best := StandUnpaid
		for _, i := range unit {
			best = min(best, s.own(i))
		}
		for _, i := range unit {
			s.standing[i] = best
		}
	}
	for _, unit := range units {
		if s.standing[unit[0]] <= StandFamily {
			s.claims = append(s.claims, claim{standing: s.standing[unit[0]], members: unit})
		}
	}
	for _, party := range parties {
		s.claimRest(party)
	}
	for k := range s.claims {
		c := &s.claims[k]
		c.bought = s.people[c.first()].Bought
		for _, i := range c.members {
			if s.people[i].Bought.Before(c.bought) {
				c.bought = s.people[i].Bought
			}
		}
	}
	slices.SortFunc(s.claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.standing, b.standing), a.bought.Compare(b.bought), cmp.Compare(a.first(), b.first()))
	})
	for k, c := range s.claims {
		for _, i := range c.members {
			s.turn[i] = k
		}
	}
}

// own is the standing of a traveller for themselves.
func (s *reseat) own(i int) Standing {
	t := s.people[i]
	switch {
	case t.Checked:
		return StandChecked
	case t.Held:
		return StandUnpaid
	case t.Needs || t.Kind == Disabled || t.Age >= s.rules.ElderAge:
		return StandNeeds
	case t.Child:
		return StandFamily
	default:
		return StandBuyer
	}
}

// claimRest makes the claim of those of a party who have none yet.
func (s *reseat) claimRest(party []int) {
	rest := slices.DeleteFunc(slices.Clone(party), func(i int) bool { return s.standing[i] <= StandFamily })
	if len(rest) == 0 {
		return
	}
	standing := StandBuyer
	switch {
	case slices.ContainsFunc(rest, func(i int) bool { return s.people[i].Held }):
		standing = StandUnpaid
	case len(rest) < len(party):
		standing = StandCompany
	case len(party) > 1:
		standing = StandGroup
	}
	for _, i := range rest {
		s.standing[i] = standing
	}
	s.claims = append(s.claims, claim{standing: standing, members: rest})
}

// joinUnits joins each child with its guardian: the one the ticket names, or,
// when that one does not travel, the first adult of the order.
func (s *reseat) joinUnits() {
	s.unit = alone(len(s.people))
	byTicket, adult := map[TicketID]int{}, map[OrderID]int{}
	for i, t := range s.people {
		byTicket[t.Ticket] = i
		if _, ok := adult[t.Order]; !ok && !t.Child && t.Order != 0 {
			adult[t.Order] = i
		}
	}
	for i, t := range s.people {
		if !t.Child {
			continue
		}
		guardian, ok := byTicket[t.Guardian]
		if !ok {
			guardian, ok = adult[t.Order]
		}
		if ok {
			join(s.unit, i, guardian)
		}
	}
	settle(s.unit)
}

// joinParties joins orders, and units across them.
func (s *reseat) joinParties() {
	s.party = alone(len(s.people))
	order := map[OrderID]int{}
	for i, t := range s.people {
		join(s.party, i, s.unit[i])
		if t.Order == 0 {
			continue
		}
		if first, ok := order[t.Order]; ok {
			join(s.party, i, first)
		} else {
			order[t.Order] = i
		}
	}
	settle(s.party)
}

// units takes people apart into those who must not be parted.
func (s *reseat) units(members []int) [][]int {
	var units [][]int
	for _, i := range members {
		k := slices.IndexFunc(units, func(u []int) bool { return s.unit[u[0]] == s.unit[i] })
		if k < 0 {
			units = append(units, []int{i})
		} else {
			units[k] = append(units[k], i)
		}
	}
	return units
}

// A joining is a forest over travellers: each points at a lower one of its set,
// or at itself. alone, join and settle make one; once settled, everybody points
// at the lowest of the set.
func alone(n int) []int {
	set := make([]int, n)
	for i := range set {
		set[i] = i
	}
	return set
}

func join(set []int, a, b int) {
	for set[a] != a {
		a = set[a]
	}
	for set[b] != b {
		b = set[b]
	}
	set[max(a, b)] = min(a, b)
}

func settle(set []int) {
	for i := range set {
		set[i] = set[set[i]]
	}
}

// gather lists the members of each set of a settled joining.
func gather(set []int) [][]int {
	place := make([]int, len(set))
	var sets [][]int
	for i, root := range set {
		if root == i {
			place[i] = len(sets)
			sets = append(sets, nil)
		}
		sets[place[root]] = append(sets[place[root]], i)
	}
	return sets
}
