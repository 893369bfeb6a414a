package chepiao

import (
	"fmt"
	"time"
)

// HeadcountDiffers is the reason when the people counted on a coach are not
// those of its list.
const HeadcountDiffers Reason = "HEADCOUNT_DIFFERS"

// DispatchWasRefused is the fact that somebody wanted a coach to leave too early
// (failure path F20).
const DispatchWasRefused EventKind = "dispatch_refused"

// Leaving is a coach about to leave a stop.
type Leaving struct {
	Stop     int
	First    time.Time // leaves the stop, delays included; a flow departure's first and last coach
	Last     time.Time
	Now      time.Time
	Seated   int // passengers aboard: checked here, and come from the stops ahead
	Children int // their free children
	Approved int // of the type that was planned, where no coach has reported
	Counted  int // people that somebody counted aboard, without drivers; -1: nobody counted
	Final    bool
	Rules    *Rules
}

// Leave (发班) lets the coach go. A departure with a time is gone from the stop
// then: nothing more is sold or checked there. A flow departure's coach takes
// those who were checked since the last one; gone says that it was the day's
// last, because the last time has come or somebody says so. Refusals:
// WrongState, TooEarly, NotReported, Overload, HeadcountDiffers.
func (d *Departure) Leave(t *Template, l Leaving) (gone bool, err error) {
	if d.State != Running {
		zh, en := d.State.Text()
		return false, Refuse(WrongState, "该班次"+zh+"，不能发班", "the departure "+en+": no coach leaves").At("departure")
	}
	early := seconds(l.Rules.DispatchMin)
	was := d.Left
	if err := d.Dispatch(l.Stop, l.Now, l.First.Add(-early)); err != nil {
		if Why(err) == TooEarly {
			return false, AsRefusal(err).By("dispatch_min", l.Rules, Given("departs", l.First), Given("now", l.Now), Given("dispatch_min", early))
		}
		return false, err
	}
	r, came := d.Ops.Reported(l.Stop)
	if no := l.headcount(r, came); no != nil {
		d.Left = was
		return false, no
	}
	if l.Rules.CheckDispatched >= 0 { // a gate asks how long ago it was (P3072)
		ops := d.Ops.Clone()
		ops.Exits = append(ops.Exits, Exit{l.Stop, l.Now})
		d.Change(ops)
	}
	if t.Kind != Flow {
		return true, d.leaveLate(t, l)
	}
	gone = l.Final || !l.Now.Before(l.Last.Add(-early))
	if !gone {
		d.Left = was
	}
	ops := d.Ops.Clone()
	trip := Trip{No: ops.left(l.Stop) + 1, Stop: l.Stop, Places: t.Seats, Aboard: l.Seated, At: l.Now}
	if came {
		trip.Plate, trip.Places = r.Plate, r.Seats
	}
	ops.Trips = append(ops.Trips, trip)
	d.Change(ops)
	return gone, nil
}

// headcount refuses where no coach has come, one that is over what it may carry,
// and one whose people are not those of its list.
func (l Leaving) headcount(r Report, came bool) *Refusal {
	if !came && l.Rules.NeedReport {
		return Refuse(NotReported, "车辆未报班，不能发班", "no coach has reported: none can leave").At("departure").By("need_report", l.Rules, Given("stop", l.Stop))
	}
	approved := l.Approved
	if came {
		approved = r.Approved
		if l.Seated > r.Seats && !l.Rules.SoldOverSeats {
			return Refuse(Overload, fmt.Sprintf("已检 %d 人，车上只有 %d 个座位，不得发车", l.Seated, r.Seats), fmt.Sprintf("%d passengers for %d seats: the coach may not leave", l.Seated, r.Seats)).
				By("sold_over_seats", l.Rules, Given("seated", l.Seated), Given("seats", r.Seats))
		}
	}
	if no := HeadcountFits(l.Seated, l.Children, approved, l.Rules); no != nil {
		return no
	}
	if people := l.Seated + l.Children; l.Counted >= 0 && l.Counted != people {
		return Refuse(HeadcountDiffers, fmt.Sprintf("清点 %d 人，名单 %d 人(其中免票儿童 %d 人)，请核对", l.Counted, people, l.Children),
			fmt.Sprintf("%d people were counted, the list has %d, %d of them free children: please look again", l.Counted, people, l.Children)).At("headcount")
	}
	return nil
}

// leaveLate moves the times of the stops ahead when the coach leaves late and
// lateness passes on (rule delay_passes): check and sale there go by when it
// comes. It tells nobody and gives no right; an act of the desk does.
func (d *Departure) leaveLate(t *Template, l Leaving) error {
	late := l.Now.Sub(l.First).Truncate(time.Minute) + d.Ops.Shift(l.Stop)
	if l.Stop+1 >= len(t.Stops) || !l.Rules.DelayPasses || l.Now.Before(l.First) || late <= d.Ops.Shift(l.Stop+1) {
		return nil
	}
	ops, err := t.Delayed(d.Ops, l.Stop+1, late, true)
	if err == nil {
		d.Change(ops)
	}
	return err
}

// Recall takes back that a coach has left a stop (撤销发班): the last one, within
// the days of rule reopen_days. It returns the number of the trip on a flow
// departure. Refusals: WrongState.
func (d *Departure) Recall(t *Template, stop int, today Day, r *Rules) (trip int, err error) {
	if today > d.ID.Day()+Day(r.ReopenDays) {
		return 0, Refuse(WrongState, fmt.Sprintf("发班超过 %d 天，不能撤销", r.ReopenDays), fmt.Sprintf("a dispatch is taken back within %d days", r.ReopenDays)).At("departures").
			By("reopen_days", r, Given("today", today), Given("service_day", d.ID.Day()))
	}
	gone := d.Left == stop+1
	if t.Kind == Flow {
		ops := d.Ops.Clone()
		trip = ops.left(stop)
		for i := len(ops.Trips) - 1; i >= 0; i-- {
			if ops.Trips[i].Stop == stop {
				ops.Trips = append(ops.Trips[:i], ops.Trips[i+1:]...)
				d.Change(ops)
				break
			}
		}
		gone = trip > 0 && d.Left <= stop+1
	}
	if !gone {
		return 0, Refuse(WrongState, "该班次未从本站发车，或已从后续站发车", "the coach has not left this station, or has left the next one too").At("departures")
	}
	d.Left = min(d.Left, stop)
	return trip, nil
}
