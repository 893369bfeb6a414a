package chepiao

import (
	"fmt"
	"slices"
	"time"
)

// On a flow departure nobody has a seat, so people stand in line for hours. The
// virtual queue gives each a number instead and says honestly how long it may
// take: passengers sit down until their number is called.

// Join gives a ticket the next virtual queue number of its flow departure. last
// is when the last coach leaves the boarding stop, today the day it is now.
// Refusals: Invalid for a fixed departure, WrongState for a ticket that cannot
// board or has a number, TooEarly before the service day, Departed after the last
// coach, DepartureClosed.
func (d *Departure) Join(t Ticket, last, now time.Time, today Day) (Ticket, error) {
	switch {
	case !d.Seats.Flow():
		return t, Refuse(Invalid, "定点班次对号入座，无需取号", "a fixed departure has a seat for you: no number is needed").At("ticket")
	case t.State != TicketValid:
		zh, en := t.State.Text()
		return t, Refuse(WrongState, "车票"+zh+"，不能取号", "the ticket "+en+": it gets no number").At("ticket")
	case t.Queue > 0:
		return t, Refuse(WrongState, fmt.Sprintf("已取号 %d", t.Queue), fmt.Sprintf("it has number %d already", t.Queue)).At("ticket")
	case d.ID.Day() > today:
		return t, Refuse(TooEarly, "乘车当天才能取号", "numbers are given on the day of travel").At("ticket")
	case now.After(last):
		return t, Refuse(Departed, "末班车已发出", "the last coach has left").At("ticket")
	}
	if err := d.Open(t.Board); err != nil {
		return t, err
	}
	ops := d.Ops.Clone()
	ops.Queue++
	d.Change(ops)
	t.Queue = ops.Queue
	t.Version++
	return t, nil
}

// Leave gives a ticket's queue number up; it is not given again. Refusal
// WrongState for one that has none.
func (t Ticket) Leave() (Ticket, error) {
	if t.Queue <= 0 {
		return t, Refuse(WrongState, "该车票没有排队号", "the ticket has no number").At("ticket")
	}
	t.Queue = -t.Queue
	t.Version++
	return t, nil
}

// QueueFacts are what is known about the line at a stop of a flow departure.
type QueueFacts struct {
	Ahead    int           // people with an earlier number who still wait
	Aboard   int           // passed the gate for the coach that leaves next
	Places   int           // of one coach
	Interval time.Duration // planned between two coaches; 0: unknown
	Trips    []time.Time   // when coaches left the stop today, oldest first
	Standing bool          // a coach stands there
	First    time.Time     // of the day, at the stop
	Last     time.Time
}

// QueuePlace is how a ticket stands in the virtual queue of its departure.
type QueuePlace struct {
	Number int
	Ahead  int
	Called bool // a coach stands there and has a place for this number: go to the gate
	Wait   ExpectedTime
}

// ExpectedTime is how long it takes until a passenger's coach leaves, rounded up to
// minutes.
type ExpectedTime struct {
	Known   bool // nothing can be promised otherwise
	Coach   int  // 1: the coach that leaves next
	Least   time.Duration
	Likely  time.Duration
	Most    time.Duration
	Because Explanation
}

// gapsMax is how many of the latest gaps between coaches count; with fewer than
// gapsFew of them a coach may well come in half the time or take half as long again.
const (
	gapsMax = 5
	gapsFew = 3
)

// ExpectedWait says how long a passenger waits. Coaches leave when they are full
// or at intervals: the gaps of today between the latest coaches count as much as
// the plan. It promises nothing where neither is known, and nothing beyond the
// last coach of the day.
func ExpectedWait(f QueueFacts, now time.Time) ExpectedTime {
	e := ExpectedTime{Because: Explanation{Rule: "flow_queue", Inputs: []Input{
		Given("ahead", f.Ahead), Given("aboard", f.Aboard), Given("places", f.Places), Given("interval", f.Interval), Given("trips", len(f.Trips)), Given("standing", f.Standing),
	}}}
	least, likely, most, ok := f.gaps()
	if !ok || f.Places < 1 {
		e.Because.ZH, e.Because.EN = "发车间隔未知，无法估计等候时间", "nobody knows how often coaches leave, so the wait cannot be estimated"
		return e
	}
	e.Coach = 1 + (f.Ahead+f.Aboard)/f.Places
	from, soonest := f.First.Add(-likely), likely // the first coach leaves at the first time, full or not
	if n := len(f.Trips); n > 0 {
		from, soonest = f.Trips[n-1], least
	}
	behind := time.Duration(e.Coach - 1)
	e.Least = max(from.Add(soonest).Sub(now), 0) + behind*least
	if f.Standing {
		e.Least = behind * least // it may leave as soon as it is full
	}
	due := from.Add(likely).Sub(now)
	if due <= 0 && !f.Standing {
		due = likely / 2 // overdue: some time within a gap
	}
	e.Likely = max(due, 0) + behind*likely
	if late := from.Add(most).Sub(now); late > 0 {
		e.Most = late + behind*most
	} else {
		e.Most = most + behind*most // overdue: another gap at worst
	}
	e.Least, e.Likely, e.Most = minutesUp(e.Least), minutesUp(e.Likely), minutesUp(e.Most)
	e.Likely = max(e.Likely, e.Least)
	e.Most = max(e.Most, e.Likely)
	if now.Add(e.Likely).After(f.Last) {
		e.Because.ZH, e.Because.EN = "末班车前可能排不到，请到服务台改乘或退票", "your turn may not come before the last coach: ask at the desk to rebook or refund"
		return e
	}
	e.Known = true
	e.Because.ZH = fmt.Sprintf("前面还有 %d 人，每车 %d 座，预计乘第 %d 辆车，约等 %d 分钟(%d 至 %d 分钟)",
		f.Ahead, f.Places, e.Coach, int(e.Likely.Minutes()), int(e.Least.Minutes()), int(e.Most.Minutes()))
	e.Because.EN = fmt.Sprintf("%d people ahead, %d places a coach: coach %d from now, about %d minutes (%d to %d)",
		f.Ahead, f.Places, e.Coach, int(e.Likely.Minutes()), int(e.Least.Minutes()), int(e.Most.Minutes()))
	return e
}

// gaps are the shortest, the likely and the longest time between two coaches.
func (f QueueFacts) gaps() (least, likely, most time.Duration, ok bool) {
	var gaps []time.Duration
	for i := max(1, len(f.Trips)-gapsMax); i < len(f.Trips); i++ {
		gaps = append(gaps, f.Trips[i].Sub(f.Trips[i-1]))
	}
	likely = f.Interval
	if len(gaps) > 1 || likely <= 0 && len(gaps) > 0 {
		sum := time.Duration(0)
		for _, g := range gaps {
			sum += g
		}
		likely = sum / time.Duration(len(gaps))
	}
	if likely <= 0 {
		return 0, 0, 0, false
	}
	if len(gaps) < gapsFew {
		gaps = append(gaps, likely/2, likely*3/2)
	}
	gaps = append(gaps, likely)
	if f.Interval > 0 {
		gaps = append(gaps, f.Interval)
	}
	return slices.Min(gaps), likely, slices.Max(gaps), true
}

func minutesUp(d time.Duration) time.Duration {
	return (d + time.Minute - 1).Truncate(time.Minute)
}

// Calls is how many numbers are called now: as many as the coach that stands
// there still takes.
func (f QueueFacts) Calls() int {
	if !f.Standing {
		return 0
	}
	return max(f.Places-f.Aboard, 0)
}

// Place is how a number stands, from what is known about the line.
func (f QueueFacts) Place(number int, now time.Time) QueuePlace {
	return QueuePlace{Number: number, Ahead: f.Ahead, Called: f.Ahead < f.Calls(), Wait: ExpectedWait(f, now)}
}
