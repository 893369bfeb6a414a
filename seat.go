package chepiao

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Mask has one bit a leg, bit 0 the first: set where the leg is taken.
type Mask uint64

// LegMask is the mask of the legs between two stop positions, from < to.
func LegMask(from, to int) Mask {
	return Mask(^uint64(0)>>(64-uint(to-from))) << uint(from)
}

// SeatMap says which legs of which seats of a departure are taken. A flow
// departure has no numbered seats but a count of passengers on each leg.
// Seat numbers run from 1; 0 means "a place on a flow departure".
type SeatMap struct {
	legs   int
	places int      // seats, or places of a flow departure
	masks  []Mask   // one a numbered seat; nil on a flow departure
	load   []uint16 // passengers a leg; nil where seats are numbered
}

// NewSeats is an empty coach of n numbered seats on a line of so many legs.
func NewSeats(n, legs int) SeatMap {
	return SeatMap{legs: legs, places: n, masks: make([]Mask, n)}
}

// NewFlow is an empty flow departure with so many places on each leg.
func NewFlow(places, legs int) SeatMap {
	return SeatMap{legs: legs, places: places, load: make([]uint16, legs)}
}

// Flow says that seats are not numbered.
func (m *SeatMap) Flow() bool { return m.load != nil }

// Legs is the number of legs.
func (m *SeatMap) Legs() int { return m.legs }

// Empty is the same coach with nobody in it.
func (m *SeatMap) Empty() SeatMap {
	if m.Flow() {
		return NewFlow(m.places, m.legs)
	}
	return NewSeats(m.places, m.legs)
}

// Places is the number of seats, or of places of a flow departure.
func (m *SeatMap) Places() int { return m.places }

// Seat is the mask of a numbered seat, 1..Places.
func (m *SeatMap) Seat(n int) Mask { return m.masks[n-1] }

// Free counts the seats free on every leg from one stop position to another.
func (m *SeatMap) Free(from, to int) int {
	if m.Flow() {
		most := uint16(0)
		for _, n := range m.load[from:to] {
			most = max(most, n)
		}
		return m.places - int(most)
	}
	want, free := LegMask(from, to), 0
	for _, taken := range m.masks {
		if taken&want == 0 {
			free++
		}
	}
	return free
}

// Clone copies the map.
func (m SeatMap) Clone() SeatMap {
	m.masks = append([]Mask(nil), m.masks...)
	if m.load != nil {
		m.load = append([]uint16(nil), m.load...)
	}
	return m
}

// Choose picks n seats free from one stop position to another without taking
// them. One passenger gets the best fit: the seat whose free gap around the
// journey is smallest, so long gaps stay whole for long journeys. A party is
// kept together as plan allows: fewest rows, then fewest empty columns between,
// then best fit. Refusal SoldOut when there are too few.
func (m *SeatMap) Choose(from, to, n int, plan SeatPlan) ([]int, error) {
	if m.Flow() {
		if m.Free(from, to) < n {
			return nil, soldOut(m.Free(from, to))
		}
		return make([]int, n), nil
	}
	if n == 1 {
		return m.bestFit(from, to)
	}
	return m.together(from, to, n, plan)
}

func (m *SeatMap) bestFit(from, to int) ([]int, error) {
	want, best, bestGap := LegMask(from, to), 0, 1<<30
	for i, taken := range m.masks {
		if taken&want != 0 {
			continue
		}
		if gap := freeGap(taken, from, to, m.legs); gap < bestGap {
			best, bestGap = i+1, gap
		}
	}
	if best == 0 {
		return nil, soldOut(0)
	}
	return []int{best}, nil
}

// freeGap is the number of free legs in a row around [from,to), which is free.
func freeGap(taken Mask, from, to, legs int) int {
	before, after := from, legs-to
	if from > 0 {
		before = min(before, bits.LeadingZeros64(uint64(taken)<<(64-uint(from))))
	}
	if to < 64 {
		after = min(after, bits.TrailingZeros64(uint64(taken)>>uint(to)))
	}
	return before + (to - from) + after
}

func soldOut(left int) error {
	if left == 0 {
		return Refuse(SoldOut, "该区段已售完", "no seat is left between these stops")
	}
	return Refuse(SoldOut, fmt.Sprintf("该区段只剩 %d 个座位", left), fmt.Sprintf("only %d seats are left between these stops", left))
}

// Check says whether the chosen seats can be taken. Refusals: Invalid for a
// seat that is not there, given twice, or on a flow departure; SeatTaken.
func (m *SeatMap) Check(from, to int, seats []int) error {
	want := LegMask(from, to)
	for i, n := range seats {
		field := fmt.Sprintf("seats[%d]", i)
		if m.Flow() {
			return Refuse(Invalid, "流水班不选座", "a flow departure has no numbered seats").At(field)
		}
		if n < 1 || n > m.places {
			return Refuse(Invalid, fmt.Sprintf("没有 %d 号座位", n), fmt.Sprintf("there is no seat %d", n)).At(field)
		}
		for _, earlier := range seats[:i] {
			if earlier == n {
				return Refuse(Invalid, fmt.Sprintf("%d 号座位选了两次", n), fmt.Sprintf("seat %d is chosen twice", n)).At(field)
			}
		}
		if m.masks[n-1]&want != 0 {
			return Refuse(SeatTaken, fmt.Sprintf("%d 号座位已被占用", n), fmt.Sprintf("seat %d is already taken", n)).At(field)
		}
	}
	return nil
}

// Fits says whether these very seats, or for a flow departure as many places,
// are free from one stop position to another.
func (m *SeatMap) Fits(from, to int, seats []int) bool {
	if m.Flow() {
		return m.Free(from, to) >= len(seats)
	}
	return m.Check(from, to, seats) == nil
}

// Take marks seats taken. It panics on a seat that is not free: whoever calls
// it has chosen or checked them in the same transaction.
func (m *SeatMap) Take(from, to int, seats []int) {
	want := LegMask(from, to)
	for _, n := range seats {
		if m.Flow() {
			for leg := from; leg < to; leg++ {
				must(int(m.load[leg]) < m.places, "a flow leg is over its capacity")
				m.load[leg]++
			}
			continue
		}
		must(m.masks[n-1]&want == 0, "a seat is taken twice")
		m.masks[n-1] |= want
	}
}

// Release frees seats. It panics on a seat that is not taken on every leg.
func (m *SeatMap) Release(from, to int, seats []int) {
	want := LegMask(from, to)
	for _, n := range seats {
		if m.Flow() {
			for leg := from; leg < to; leg++ {
				must(m.load[leg] > 0, "a flow leg is freed twice")
				m.load[leg]--
			}
			continue
		}
		must(m.masks[n-1]&want == want, "a seat is freed twice")
		m.masks[n-1] &^= want
	}
}

// Equal says whether two maps have the same seats taken.
func (m *SeatMap) Equal(o *SeatMap) bool {
	a, _ := m.MarshalBinary()
	b, _ := o.MarshalBinary()
	return string(a) == string(b)
}

// MarshalBinary is the stored form: 'S' or 'F', legs (1 byte), places (2
// bytes), then 8 bytes a seat or 2 bytes a leg, big endian.
func (m *SeatMap) MarshalBinary() ([]byte, error) {
	b := make([]byte, 4, 4+8*len(m.masks)+2*len(m.load))
	b[0], b[1] = 'S', byte(m.legs)
	binary.BigEndian.PutUint16(b[2:], uint16(m.places))
	if m.Flow() {
		b[0] = 'F'
	}
	for _, mask := range m.masks {
		b = binary.BigEndian.AppendUint64(b, uint64(mask))
	}
	for _, n := range m.load {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (m *SeatMap) UnmarshalBinary(b []byte) error {
	if len(b) < 4 {
		return errors.New("seat map: too short")
	}
	legs, places := int(b[1]), int(binary.BigEndian.Uint16(b[2:]))
	kind, b := b[0], b[4:]
	switch {
	case kind == 'S' && len(b) == 8*places:
		*m = NewSeats(places, legs)
		for i := range m.masks {
			m.masks[i] = Mask(binary.BigEndian.Uint64(b[8*i:]))
		}
	case kind == 'F' && len(b) == 2*legs:
		*m = NewFlow(places, legs)
		for i := range m.load {
			m.load[i] = binary.BigEndian.Uint16(b[2*i:])
		}
	default:
		return fmt.Errorf("seat map: kind %q with %d legs, %d places and %d bytes", kind, legs, places, len(b))
	}
	return nil
}

// must stops on a programmer's error: the transaction around it rolls back.
func must(ok bool, what string) {
	if !ok {
		panic("chepiao: " + what)
	}
}
