package chepiao

import "time"

// Alarm is something about a departure that a dispatcher should look at now.
type Alarm string

// The alarms, the gravest first.
const (
	AlarmOverload   Alarm = "overload"   // more people are to ride than the reported coach seats
	AlarmAbsent     Alarm = "absent"     // past its time and no coach has come: a no-show, if somebody says so
	AlarmLate       Alarm = "late"       // past its time and not away
	AlarmUnreported Alarm = "unreported" // its coach should have reported by now
	AlarmQueue      Alarm = "queue"      // so many wait that an extra departure is worth proposing
)

// Watched is what is known of a departure at a stop when its alarms are asked
// for.
type Watched struct {
	Progress
	Departs time.Time // first coach, delays included
	Now     time.Time
	Report  *Report // nil: no coach has come
	Riding  int     // passengers on the leg behind the stop
	Waiting int     // people in the queue
	Flow    bool
}

// Alarms are what a dispatcher should look at, the gravest first. A departure
// that has left, or does not run, has none but its queue.
func (w Watched) Alarms(r *Rules) (alarms []Alarm) {
	ring := func(when bool, a Alarm) {
		if when {
			alarms = append(alarms, a)
		}
	}
	running := w.Phase != Dispatched && w.Phase != PhaseStopped && w.Phase != PhaseMerged && w.Phase != PhaseStowed && w.Phase != PhaseMissed
	due := !w.Now.Before(w.Departs.Add(-seconds(r.ReportDue)))
	ring(running && !w.Flow && w.Report != nil && w.Riding > w.Report.Seats, AlarmOverload)
	absent := w.Absent && r.NeedReport // where no coach reports, none is missed
	ring(running && absent, AlarmAbsent)
	ring(running && w.Late && !absent, AlarmLate)
	ring(running && !w.Late && !w.Absent && r.NeedReport && due && w.Report == nil, AlarmUnreported)
	ring(w.Phase != Dispatched && w.Waiting >= r.WaitExtra, AlarmQueue)
	return alarms
}

// Asks says that a dispatcher has to say what becomes of a departure that should have
// left: it is past the rule late_ask, and nobody has given a time that is still to
// come (a delay moves Departs). Hours later nobody waits for the answer any more.
func (w Watched) Asks(r *Rules) bool {
	over := w.Now.Sub(w.Departs)
	running := w.Phase != Dispatched && w.Phase != PhaseStopped && w.Phase != PhaseMerged && w.Phase != PhaseStowed && w.Phase != PhaseMissed
	return running && !w.Flow && r.LateAsk > 0 && over >= seconds(r.LateAsk) && over < asksMost
}

const asksMost = 3 * time.Hour
