package chepiao

import "time"

// DaySet is a set of service days: a first day and one bit for each day after
// it. It is the calendar of a template.
type DaySet struct {
	First Day    `json:"first"`
	Bits  []byte `json:"bits"` // day First+i is bit i%8 of byte i/8
}

// DaysMax bounds a calendar: about five years.
const DaysMax = 1900

// NewDaySet is an empty set of days from first to last, inclusive.
func NewDaySet(first, last Day) DaySet {
	n := min(max(int(last-first)+1, 0), DaysMax)
	return DaySet{First: first, Bits: make([]byte, (n+7)/8)}
}

// Set adds or removes a day. A day before the first is ignored, and so is one past
// the last byte of bits.
func (s *DaySet) Set(d Day, on bool) {
	i := int(d - s.First)
	if i < 0 || i/8 >= len(s.Bits) {
		return
	}
	if on {
		s.Bits[i/8] |= 1 << (i % 8)
	} else {
		s.Bits[i/8] &^= 1 << (i % 8)
	}
}

// Has says whether the day is in the set.
func (s DaySet) Has(d Day) bool {
	i := int(d - s.First)
	return i >= 0 && i/8 < len(s.Bits) && s.Bits[i/8]&(1<<(i%8)) != 0
}

// Last is the last day in the set; ok is false for an empty set.
func (s DaySet) Last() (d Day, ok bool) {
	for i := len(s.Bits)*8 - 1; i >= 0; i-- {
		if s.Bits[i/8]&(1<<(i%8)) != 0 {
			return s.First + Day(i), true
		}
	}
	return 0, false
}

// Network is a whole timetable: what an import brings and what search reads.
type Network struct {
	Name      string
	Zone      *time.Location // time zone of every clock time
	Currency  string         // ISO 4217: "CNY"
	Stations  []Station
	Carriers  []Carrier
	Vehicles  []VehicleType
	Lines     []Line
	Templates []Template
}
