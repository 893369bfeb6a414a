package chepiao

import "time"

// Phase is how far a departure has come at one of its stops (requirements 6.7).
type Phase string

// The phases. A departure that does not run is in none of the first seven: it
// is in the phase of its state.
const (
	Planned     Phase = "planned"      // not on sale yet
	OnSale      Phase = "on_sale"      //
	SaleClosed  Phase = "sale_closed"  // even the station's windows sell no more
	HasReported Phase = "reported"     // the coach has come, check is not open yet
	Checking    Phase = "checking"     //
	CheckClosed Phase = "check_closed" //
	Dispatched  Phase = "dispatched"   // the coach has left
	// The phases of a departure that does not run are its states.
	PhaseStopped = Phase(Stopped)
	PhaseMerged  = Phase(Merged)
	PhaseStowed  = Phase(Stowed)
	PhaseMissed  = Phase(Missed)
)

// Progress is how far a departure has come at a stop.
type Progress struct {
	Phase   Phase
	Selling bool          // by the station's windows; the dispatcher may have stopped it
	Late    bool          // past its time and no coach has reported, or none has left: rule late_means_reported
	Absent  bool          // past its time and no coach has reported: may be called a no-show
	Delay   time.Duration // later than planned
}

// ProgressAt derives how a departure stands at a stop, now: first and last are
// when its coach leaves there, delays included; today is the service day of now.
func (d *Departure) ProgressAt(stop int, first, last, now time.Time, today Day, r *Rules) Progress {
	_, came := d.Ops.Reported(stop)
	gone := stop < d.Left
	past := now.After(last)
	opens, closes := first.Add(-seconds(r.CheckOpens)), last.Add(-seconds(r.CheckCloses))
	s := Progress{Delay: d.Ops.Shift(stop)}
	s.Selling = d.State == Running && !gone && !past && d.ID.Day() <= today+Day(r.AdvanceDays) && last.Sub(now) >= r.StopSale(Window) && !d.Ops.saleStopped(stop, r)
	if d.State == Running && !gone && past {
		s.Late = !came || !r.LateMeansReported
		s.Absent = !came && d.Left == 0
	}
	switch {
	case d.State != Running:
		s.Phase = Phase(d.State)
	case gone:
		s.Phase = Dispatched
	case now.After(closes):
		s.Phase = CheckClosed
	case (came || !r.NeedReport) && !now.Before(opens):
		s.Phase = Checking
	case came:
		s.Phase = HasReported
	case s.Selling:
		s.Phase = OnSale
	case d.ID.Day() > today+Day(r.AdvanceDays):
		s.Phase = Planned
	default:
		s.Phase = SaleClosed
	}
	return s
}

// saleStopped says that a dispatcher has stopped the sale of a stop, or that of
// the first one where it passes on.
func (o *Ops) saleStopped(stop int, r *Rules) bool {
	if o == nil {
		return false
	}
	for _, s := range o.StopSale {
		if s == stop || s == 0 && r.StopSalePasses {
			return true
		}
	}
	return false
}
