package chepiao

import "time"

// Shown is a departure as a public board shows it at one station (requirements 10,
// boards): what anybody in the hall may know, and nothing about any passenger.
type Shown struct {
	Departure  DepartureID
	Number     string
	ToZH       string // last station
	ToEN       string
	Gate       string
	Berth      string
	Planned    time.Time // leaves, by the timetable
	Departs    time.Time // leaves, delays included; a flow departure's first coach
	Last       time.Time // a flow departure's last coach; else Departs
	Flow       bool
	Off        bool // nobody boards it here, though it runs elsewhere
	State      ShownState
	Boards     time.Time     // check opens, or opened; zero when it does not run
	Called     time.Time     // last call
	Again      time.Duration // between two calls to board; 0: one call
	LateCalled time.Time     // the hall hears first that it is late, while no coach is there; zero: never
	Late       int           // whole minutes past the time it was last said to leave, while it stands; 0 of a flow departure
	Into       string        // moved: number of the departure that takes its passengers along
	Calls      []CallAt      // what changed, and when
}

// ShownState is how a departure stands for those who wait for it.
type ShownState string

// The states of a departure on a public board.
const (
	ShownOnTime    ShownState = "on_time"
	ShownDelayed   ShownState = "delayed"   // leaves later, or earlier, and it is known when
	ShownAwaited   ShownState = "awaited"   // past its time and no coach is there
	ShownBoarding  ShownState = "boarding"  // check is open
	ShownLastCall  ShownState = "last_call" // check closes in a moment
	ShownClosed    ShownState = "closed"    // check is closed, the coach still stands there
	ShownDeparted  ShownState = "departed"
	ShownCancelled ShownState = "cancelled"
	ShownMoved     ShownState = "moved" // merged or stowed: another departure takes its passengers
)

// ShownStates are all states, in the order of a departure's life.
func ShownStates() []ShownState {
	return []ShownState{ShownOnTime, ShownDelayed, ShownAwaited, ShownBoarding, ShownLastCall, ShownClosed, ShownDeparted, ShownCancelled, ShownMoved}
}

// Show derives the state and the times of check from how the departure stands at
// its stop: p at now, reported when its coach came (zero: it has not).
func (s *Shown) Show(p Progress, reported, now time.Time, r *Rules) {
	s.Boards = s.Departs.Add(-seconds(r.CheckOpens))
	if r.NeedReport && reported.After(s.Boards) {
		s.Boards = reported
	}
	closes := s.Last.Add(-seconds(r.CheckCloses))
	if s.Called = closes.Add(-seconds(r.LastCall)); s.Called.Before(s.Boards) {
		s.Called = s.Boards
	}
	s.Again, s.LateCalled = 0, time.Time{}
	if !s.Flow { // a flow departure boards all day: it is called once
		s.Again = seconds(r.CallAgain)
	}
	if r.LateCall > 0 {
		s.LateCalled = s.Departs.Add(seconds(r.LateCall))
	}
	here := !reported.IsZero() || !r.NeedReport
	moved := s.Delay() != 0
	switch {
	case p.Phase == PhaseMerged || p.Phase == PhaseStowed:
		s.State = ShownMoved
	case p.Phase == PhaseStopped || p.Phase == PhaseMissed || s.Off:
		s.State = ShownCancelled
	case p.Phase == Dispatched:
		s.State = ShownDeparted
	case p.Phase == CheckClosed && here:
		s.State = ShownClosed
	case now.After(s.Departs) && !here:
		s.State = ShownAwaited
	case p.Phase == Checking && !now.Before(s.Called) && !s.Called.Equal(s.Boards):
		s.State = ShownLastCall
	case p.Phase == Checking:
		s.State = ShownBoarding
	case moved:
		s.State = ShownDelayed
	default:
		s.State = ShownOnTime
	}
	if s.Late = 0; s.Stands() && !s.Flow && now.After(s.Departs) {
		s.Late = int(now.Sub(s.Departs) / time.Minute)
	}
	if s.State == ShownMoved || s.State == ShownCancelled {
		s.Boards, s.Called = time.Time{}, time.Time{}
	}
}

// Stands says that the departure is still to leave: it is not away, and not called
// off.
func (s *Shown) Stands() bool {
	return s.State != ShownDeparted && s.State != ShownCancelled && s.State != ShownMoved
}

// Delay is how much later than planned it leaves, in whole minutes; below zero is
// earlier.
func (s *Shown) Delay() int { return int(s.Departs.Sub(s.Planned) / time.Minute) }

// CallAt is a change of a departure that those who wait for it must hear of, and
// when it was made. Only the last change of a kind at a stop is kept.
type CallAt struct {
	Stop int       `json:"stop"`
	Kind CallKind  `json:"kind"`
	At   time.Time `json:"at"`
}

// callOf is what an act makes those who wait hear; "" for nothing.
func callOf(k ActKind) CallKind {
	switch k {
	case ActDelay:
		return CallDelayed
	case ActGate:
		return CallGate
	case ActCancel, ActNoShow:
		return CallCancelled
	case ActMerge, ActStow:
		return CallMoved
	case ActRun, ActSell:
		return CallRuns
	}
	return ""
}

// Heard notes that an act changed the departure from a stop on, for those who wait
// there.
func (d *Departure) Heard(k ActKind, stop int, at time.Time) {
	kind := callOf(k)
	if kind == "" || k == ActSell && !d.Ops.CalledOff(stop) {
		return
	}
	ops := d.Ops.Clone()
	kept := ops.Calls[:0]
	for _, c := range ops.Calls {
		if c.Stop != stop || c.Kind != kind {
			kept = append(kept, c)
		}
	}
	ops.Calls = append(kept, CallAt{stop, kind, at.UTC().Truncate(time.Second)})
	d.Change(ops)
}

// CalledOff says that the departure was stopped at this one stop, where nobody boards
// it any more; it runs along the rest of its line.
func (o *Ops) CalledOff(stop int) (off bool) {
	if o == nil {
		return false
	}
	for _, c := range o.Calls { // in the order of their times
		if c.Stop == stop && (c.Kind == CallCancelled || c.Kind == CallRuns) {
			off = c.Kind == CallCancelled
		}
	}
	return off
}

// CallsAt are the changes that those who wait at a stop hear of: of delays and of
// what calls a departure off, those made further up the line as well.
func (o *Ops) CallsAt(stop int) (list []CallAt) {
	if o == nil {
		return nil
	}
	for _, c := range o.Calls {
		if c.Stop == stop || c.Stop < stop && c.Kind != CallGate {
			list = append(list, c)
		}
	}
	return list
}
