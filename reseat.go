package chepiao

import (
	"cmp"
	"slices"
	"time"
)

// Re-seating (重排座位): another coach comes than the one that was sold, and
// often a smaller one (requirements 12 F6). Seats are never cut silently:
// Reseat says who rides, on which seat, who must be offered a choice, and why.
//
// Claims to a seat are heard one after another in a stated order (Standing), and
// a claim that was granted is never taken back for a later one. Whether a claim
// can be granted is a question of places on each leg alone, because whoever is
// already seated may be moved to make one seat free all the way; so no place is
// lost to gaps. Numbers are given out last: everybody keeps the old number where
// that is possible, the others come as near to it, and to each other, as they can.

// Traveller is a passenger of a departure as the re-seating sees them: named by
// ticket only.
type Traveller struct {
	Ticket   TicketID   `json:"ticket"`
	Order    OrderID    `json:"order"` // 0: nobody else's
	Board    int        `json:"board"` // stop positions
	Alight   int        `json:"alight"`
	Seat     int        `json:"seat,omitempty"` // old number; 0: none, or a place of a flow departure
	Kind     TicketKind `json:"kind"`
	Needs    bool       `json:"needs,omitempty"` // must not be left behind: disabled service personnel, or as staff marked it
	Age      int        `json:"age"`             // completed years on the travel day; -1: unknown
	Child    bool       `json:"child,omitempty"`
	Guardian TicketID   `json:"guardian,omitempty"` // of a child; 0: the first adult of the order
	Bought   time.Time  `json:"bought"`
	Checked  bool       `json:"checked,omitempty"` // already through the gate
	Held     bool       `json:"held,omitempty"`    // of an order that is not paid yet
}

// Reseating is who rides on the new coach and who cannot.
type Reseating struct {
	Seats   []Reseated  `json:"seats"`            // in the order of ticket numbers
	Left    []Leftover  `json:"left,omitempty"`   // first whoever has the best claim to a seat that comes free
	Parted  []OrderID   `json:"parted,omitempty"` // of which some ride and some do not
	Kept    int         `json:"kept"`             // the old number, or a place of a flow departure
	Moved   int         `json:"moved"`            // to another number
	Because Explanation `json:"because"`
}

// Whole says that everybody has a seat.
func (r *Reseating) Whole() bool { return len(r.Left) == 0 }

// Reseated is a traveller who rides.
type Reseated struct {
	Ticket   TicketID    `json:"ticket"`
	Was      int         `json:"was,omitempty"`
	Now      int         `json:"now,omitempty"` // 0: a place of a flow departure
	Standing Standing    `json:"standing"`
	How      SeatChange  `json:"how"`
	Choices  []Choice    `json:"choices,omitempty"` // of an order that is parted: its people may rather travel together
	Because  Explanation `json:"because"`
}

// Leftover is a traveller whom the new coach cannot take.
type Leftover struct {
	Ticket   TicketID    `json:"ticket"`
	Was      int         `json:"was,omitempty"`
	Standing Standing    `json:"standing"`
	Why      LeftWhy     `json:"why"`
	Choices  []Choice    `json:"choices"`
	Because  Explanation `json:"because"`
}

// SeatChange is what became of somebody's seat number.
type SeatChange string

// What may become of it.
const (
	SeatKept      SeatChange = "kept"      // the same number
	SeatPlace     SeatChange = "place"     // a flow departure has no numbers
	SeatGiven     SeatChange = "given"     // had no number before
	SeatMoved     SeatChange = "moved"     // the new coach has no such seat to give
	SeatJoined    SeatChange = "joined"    // moved to sit with a child or a guardian who was moved
	SeatExchanged SeatChange = "exchanged" // moved so that somebody has one seat all the way
)

// LeftWhy is why somebody is left over.
type LeftWhy string

// The reasons.
const (
	LeftFull    LeftWhy = "full"    // no seat is left on some leg of the journey
	LeftChild   LeftWhy = "child"   // some were, but too few for a child together with its guardian
	LeftGroup   LeftWhy = "group"   // some were, but too few for the order together
	LeftCompany LeftWhy = "company" // whom they travel with could not be seated
)

// Choice is what a passenger may choose when the coach has changed.
type Choice string

// The choices. Who does not answer in time (rule choice_reply) keeps the case
// open for the desk: nothing is chosen for anybody.
const (
	ChooseKeep   Choice = "keep"   // ride as proposed
	ChooseSecond Choice = "second" // a second coach
	ChooseNext   Choice = "next"   // one of the next departures, without a fee or surcharge
	ChooseRefund Choice = "refund" // all the money back
)

// Reseat decides who of the travellers rides on another coach. coach is empty
// but for reserved seats, which nobody gets; it says by itself whether seats are
// numbered. old and new are the plans of the two coaches. The order in which the
// travellers are given does not matter. It panics on a ticket that comes twice
// and on a journey that is not on the line.
func Reseat(travellers []Traveller, coach SeatMap, old, new SeatPlan, r *Rules) Reseating {
	s := &reseat{people: slices.Clone(travellers), coach: coach, old: old, new: new, rules: r}
	slices.SortFunc(s.people, func(a, b Traveller) int { return cmp.Compare(a.Ticket, b.Ticket) })
	for i, t := range s.people {
		must(i == 0 || s.people[i-1].Ticket != t.Ticket, "a ticket is re-seated twice")
		must(0 <= t.Board && t.Board < t.Alight && t.Alight <= coach.Legs(), "a traveller's journey is not on the line")
	}
	s.claim()
	s.hear()
	if !coach.Flow() {
		s.arrange()
	}
	return s.result()
}

// reseat is the work on one re-seating. Slices without another note have one
// element a traveller; a traveller is their index in people.
type reseat struct {
	people   []Traveller // by ticket number
	coach    SeatMap
	old, new SeatPlan
	rules    *Rules

	unit     []int // a child and its guardian have the same; the least index of them
	party    []int // an order, and whoever is of one unit with it
	standing []Standing
	turn     []int   // claim that the traveller belongs to
	claims   []claim // in the order in which they are heard

	rides []bool
	room  []int // places left when the claim was heard
	trial cabin // numbered: one way in which all who ride have seats
	load  []int // flow: places left on each leg

	cabin  cabin  // the arrangement that is proposed
	had    []bool // could have kept the old number, if nobody else needed a seat
	joined []bool // gave it up to sit with a child or a guardian
}

// hear grants claims in their order. A claim is granted whole. When all of those
// who paid have been heard, places that would stay empty are offered to parts of
// the orders that could not be kept whole; then come those who have not paid.
func (s *reseat) hear() {
	s.rides, s.room = make([]bool, len(s.people)), make([]int, len(s.people))
	s.trial = newCabin(s.people, s.coach)
	s.trial.weigh(s.standing)
	if s.coach.Flow() {
		s.load = make([]int, s.coach.Legs())
		for leg := range s.load {
			s.load[leg] = s.coach.Free(leg, leg+1)
		}
	}
	paid := len(s.claims)
	for paid > 0 && s.claims[paid-1].standing == StandUnpaid {
		paid--
	}
	for _, claims := range [][]claim{s.claims[:paid], s.claims[paid:]} {
		for _, c := range claims {
			left := s.left(c.members)
			for _, i := range c.members {
				s.room[i] = left
			}
			if c.standing == StandCompany && !s.anyRides(c.first()) {
				continue // the order stays together: whom they travel with cannot ride
			}
			s.grant(c.members)
		}
		for _, c := range claims {
			for _, unit := range s.units(c.members) {
				if !s.rides[unit[0]] {
					s.grant(unit)
				}
			}
		}
	}
}

// anyRides says whether somebody of the traveller's party has a seat already.
func (s *reseat) anyRides(i int) bool {
	for j := range s.people {
		if s.rides[j] && s.party[j] == s.party[i] {
			return true
		}
	}
	return false
}

// left is the number of places that are free on every leg these people travel.
func (s *reseat) left(members []int) int {
	least := s.coach.Places()
	for _, i := range members {
		for leg := s.people[i].Board; leg < s.people[i].Alight; leg++ {
			least = min(least, s.leftOn(leg))
		}
	}
	return least
}

func (s *reseat) leftOn(leg int) int {
	if s.coach.Flow() {
		return s.load[leg]
	}
	return s.trial.freeOn(leg)
}

// grant lets all of these people ride, or none of them.
func (s *reseat) grant(members []int) bool {
	if s.coach.Flow() {
		return s.grantPlaces(members)
	}
	taken, at := slices.Clone(s.trial.taken), slices.Clone(s.trial.at)
	for _, i := range members {
		if !s.trial.bestFit(i) && !s.trial.exchange(i) {
			s.trial.taken, s.trial.at = taken, at
			return false
		}
	}
	for _, i := range members {
		s.rides[i] = true
	}
	return true
}

func (s *reseat) grantPlaces(members []int) bool {
	after := slices.Clone(s.load)
	for _, i := range members {
		for leg := s.people[i].Board; leg < s.people[i].Alight; leg++ {
			if after[leg]--; after[leg] < 0 {
				return false
			}
		}
	}
	s.load = after
	for _, i := range members {
		s.rides[i] = true
	}
	return true
}

// Difference is what a passenger gets back when the coach that comes is of a
// cheaper class: full is the full fare of the journey on that coach, r the
// edition the ticket pins. A dearer class costs nothing more, so it is never
// below zero (requirements 10, "Smaller coach / vehicle change"). It does not
// depend on type_moves_price, which is about later sales: the passenger gets
// what was paid for.
func Difference(t Ticket, full Money, r *Rules) Money {
	return max(0, t.Price-full.Share(r.share(t.Kind), r.FareRounding))
}
