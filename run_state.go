package chepiao

import (
	"cmp"
	"slices"
)

// RunState is how a departure stands at a node, as its peers hear of it: whether it
// runs, how far it has come, who has reported, from which gate it leaves and how late.
type RunState struct {
	Departure DepartureID    `json:"departure"`
	State     DepartureState `json:"state"`
	Left      int            `json:"left,omitempty"`
	Ops       *Ops           `json:"ops,omitempty"`
}

// RunState is how the departure stands here.
func (d *Departure) RunState() RunState { return RunState{d.ID, d.State, d.Left, d.Ops} }

// Hear takes over how a departure stands at a peer. Each station says what happens
// at its own stops; theirs says which ones the peer speaks for. The hub alone says
// whether the departure runs. Seats that are kept back are each holder's own affair.
func (d *Departure) Hear(s RunState, theirs func(stop int) bool, fromHub bool) {
	ops := d.Ops.Clone()
	o := s.Ops.Clone()
	if fromHub {
		d.State = s.State
		ops.Fault, ops.Into, ops.Of, ops.Carries, ops.StopSale = o.Fault, o.Into, o.Of, o.Carries, o.StopSale
	}
	d.Left = max(d.Left, s.Left)
	ops.Gates = told(ops.Gates, o.Gates, func(g GateAt) int { return g.Stop }, theirs)
	ops.Reports = told(ops.Reports, o.Reports, func(r Report) int { return r.Stop }, theirs)
	ops.Trips = told(ops.Trips, o.Trips, func(t Trip) int { return t.Stop }, theirs)
	ops.Exits = told(ops.Exits, o.Exits, func(e Exit) int { return e.Stop }, theirs)
	ops.Calls = heard(ops.Calls, o.Calls, theirs, fromHub)
	for stop, shift := range o.Shifts {
		for len(ops.Shifts) <= stop {
			ops.Shifts = append(ops.Shifts, 0)
		}
		if theirs(stop) {
			ops.Shifts[stop] = shift
		} else { // a delay goes on along the line
			ops.Shifts[stop] = max(ops.Shifts[stop], shift)
		}
	}
	d.Change(ops)
}

// heard takes over a peer's changes that passengers hear of: of its own stops, and
// from the hub whether the departure runs.
func heard(have, said []CallAt, theirs func(int) bool, fromHub bool) (list []CallAt) {
	mayTell := func(c CallAt) bool {
		return theirs(c.Stop) || fromHub && (c.Kind == CallCancelled || c.Kind == CallMoved || c.Kind == CallRuns)
	}
	for _, c := range have {
		if !mayTell(c) {
			list = append(list, c)
		}
	}
	for _, c := range said {
		if mayTell(c) {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b CallAt) int { return cmp.Or(a.At.Compare(b.At), a.Stop-b.Stop) })
	return list
}

// told replaces what a peer speaks for by what it says, in the order of the stops.
func told[T any](have, said []T, stop func(T) int, theirs func(int) bool) (list []T) {
	for _, v := range have {
		if !theirs(stop(v)) {
			list = append(list, v)
		}
	}
	for _, v := range said {
		if theirs(stop(v)) {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b T) int { return stop(a) - stop(b) })
	return list
}
