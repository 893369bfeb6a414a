package chepiao

import (
	"fmt"
	"strconv"
	"time"
)

// Reasons of a report.
const (
	PapersExpired     Reason = "PAPERS_EXPIRED"      // of the vehicle or a driver, on the day of the departure
	NoSafetyCheck     Reason = "NO_SAFETY_CHECK"     // none that is still good
	NotAssigned       Reason = "NOT_ASSIGNED"        // the vehicle runs on other lines only
	OriginNotReported Reason = "ORIGIN_NOT_REPORTED" // the coach must report at its first stop before
	DriverRests       Reason = "DRIVER_RESTS"        // too soon after or before another departure
	CoachTooSmall     Reason = "COACH_TOO_SMALL"     // more is sold than it seats: change the coach first
)

// Coming is a coach that comes for a departure, with what is known of it.
type Coming struct {
	Stop    int
	Vehicle Vehicle
	Drivers []Driver
	Berth   string
	By      string

	Line    string    // code of the departure's line
	First   time.Time // leaves the stop; a flow departure's first and last coach
	Last    time.Time
	Day     Day // on which it leaves the stop
	Now     time.Time
	Checked Day // of the vehicle's safety check
	Rules   *Rules
}

// Report (报班) lets a coach be the one of a departure: its papers are good, it
// was checked, and everybody who has a seat on the departure has one in it. A
// smaller coach keeps the seats it does not have from being sold; where one of
// them is sold already, the coach must be changed first, which finds everybody
// a seat or a choice (requirements 22, fault 10). Refusals: WrongState, TooEarly,
// and the reasons of a report.
func (d *Departure) Report(t *Template, c Coming) (Report, error) {
	r := Report{
		Stop: c.Stop, Plate: c.Vehicle.Plate, Coach: c.Vehicle.Coach, Seats: c.Vehicle.Seats, Approved: c.Vehicle.Approved,
		At: c.Now, By: c.By, Berth: c.Berth,
	}
	for _, driver := range c.Drivers {
		r.Drivers = append(r.Drivers, driver.No)
	}
	for _, refuses := range []func() *Refusal{
		func() *Refusal { return d.mayReport(t, c) }, c.papers, func() *Refusal { return c.safety(d.ID.Day()) }, c.assigned, func() *Refusal { return c.rested(d.ID) },
		func() *Refusal { return d.seats(t, c) },
	} {
		if no := refuses(); no != nil {
			return r, no
		}
	}
	if late := c.Now.Sub(c.First.Add(-seconds(c.Rules.ReportDue))); late > 0 && t.Kind != Flow {
		r.Late = int(late / time.Second)
		r.Fine = c.Rules.LateFine * Money((r.Late+59)/60)
	}
	ops := d.Ops.Clone()
	ops.Reports = append(ops.Reports, r)
	if c.Rules.PlanOverwritten && c.Vehicle.Coach != t.Vehicle {
		ops.Coach = c.Vehicle.Coach
	}
	d.Change(ops)
	if d.Seats.Flow() {
		return r, nil
	}
	return r, d.Reserve(d.missing(c.Stop, c.Vehicle.Seats, c.By))
}

// CancelReport takes back the last report at a stop, and with it the seats that
// were kept back because its coach lacks them. Refusals: NotFound, WrongState
// when the coach has left.
func (d *Departure) CancelReport(stop int) (Report, error) {
	if stop < d.Left {
		return Report{}, Refuse(WrongState, "该班次已从本站发车", "this departure has already left this station").At("departure")
	}
	ops := d.Ops.Clone()
	for i := len(ops.Reports) - 1; i >= 0; i-- {
		r := ops.Reports[i]
		if r.Stop != stop {
			continue
		}
		if _, stands := ops.Reported(stop); !stands {
			break // the coach of a flow departure has left with it
		}
		ops.Reports = append(ops.Reports[:i], ops.Reports[i+1:]...)
		d.Change(ops)
		d.Unreserve(func(k Reserve) bool { return k.Reason == NoSuchSeat && k.From >= stop })
		return r, nil
	}
	return Report{}, Refuse(NotFound, "本班次在本站没有报班", "no coach has reported here").At("departure")
}

// Because explains a late report; ok is false for one in time.
func (r Report) Because(rules *Rules) (e Explanation, ok bool) {
	minutes := (r.Late + 59) / 60
	e = Explanation{
		Rule: "report_due", Version: rules.Version, Inputs: []Input{Given("late", r.Late), Given("fine", r.Fine)},
		ZH: fmt.Sprintf("报班迟到 %d 分钟", minutes), EN: fmt.Sprintf("reported %d minutes late", minutes),
	}
	if r.Fine > 0 {
		e.Rule, e.ZH, e.EN = "late_fine", e.ZH+"，扣款 "+r.Fine.Yuan(), e.EN+", fined "+r.Fine.Yuan()
	}
	return e, r.Late > 0
}

// mayReport decides what the departure itself decides.
func (d *Departure) mayReport(t *Template, c Coming) *Refusal {
	opens := c.First.Add(-seconds(c.Rules.ReportOpens))
	origin := 0
	for !t.Stops[origin].Board {
		origin++
	}
	_, came := d.Ops.Reported(origin)
	switch {
	case d.State != Running:
		zh, en := d.State.Text()
		return Refuse(WrongState, "该班次"+zh+"，不能报班", "the departure "+en+": no coach reports for it").At("departure")
	case c.Stop < d.Left:
		return Refuse(WrongState, "该班次已从本站发车", "this departure has already left this station").At("departure")
	case t.Kind != Flow && d.Ops.reportedAt(c.Stop):
		return Refuse(WrongState, "本班次在本站已报班，换车请先取消报班", "a coach has reported here already: cancel that report first").At("departure")
	case c.Now.Before(opens):
		at := opens.Format("15:04")
		return Refuse(TooEarly, at+" 以后才能报班", "a coach may report from "+at).By("report_opens", c.Rules, Given("opens", opens), Given("now", c.Now))
	case c.Rules.ReportOrigin && c.Stop > origin && !came:
		return Refuse(OriginNotReported, "始发站尚未报班", "the coach has not reported at its first stop").At("station").By("report_origin", c.Rules, Given("stop", c.Stop))
	}
	return nil
}

func (o *Ops) reportedAt(stop int) bool {
	if o != nil {
		for _, r := range o.Reports {
			if r.Stop == stop {
				return true
			}
		}
	}
	return false
}

// papers refuses a vehicle or driver whose papers are not good on the day.
func (c Coming) papers() *Refusal {
	if !c.Rules.ExpiredBlock {
		return nil
	}
	refuse := func(field string, p Paper) *Refusal {
		zh, en := p.Kind.Text()
		no := Refuse(PapersExpired, zh+"缺失，不能报班", "its "+en+" is missing")
		if p.Until != 0 {
			no = Refuse(PapersExpired, fmt.Sprintf("%s有效期至 %s，不能报班", zh, p.Until), fmt.Sprintf("the %s was good until %s", en, p.Until))
		}
		return no.At(field).By("expired_block", c.Rules, Given("paper", string(p.Kind)), Given("until", p.Until), Given("day", c.Day))
	}
	if p, bad := c.Vehicle.Lapsed(c.Day); bad {
		return refuse("plate", p)
	}
	for i, driver := range c.Drivers {
		if p, bad := driver.Lapsed(c.Day); bad {
			return refuse("drivers["+strconv.Itoa(i)+"]", p)
		}
	}
	return nil
}

// safety refuses a vehicle without a safety check that is still good: of that
// day (for a coach after midnight also that of its service day), or of the last
// 24 hours.
func (c Coming) safety(service Day) *Refusal {
	if !c.Rules.SafetyCheck {
		return nil
	}
	good := !c.Vehicle.Checked.IsZero() && c.First.Sub(c.Vehicle.Checked) <= 24*time.Hour
	if c.Rules.SafetyCheckDay {
		good = !c.Vehicle.Checked.IsZero() && (c.Checked == c.Day || c.Checked == service)
	}
	if good {
		return nil
	}
	return Refuse(NoSafetyCheck, "没有有效的例检合格单，不能报班", "the vehicle has no safety check that is still good").At("plate").
		By("safety_check", c.Rules, Given("checked", c.Vehicle.Checked), Given("that_day", c.Rules.SafetyCheckDay))
}

func (c Coming) assigned() *Refusal {
	if !c.Rules.AssignedOnly || len(c.Vehicle.Lines) == 0 {
		return nil
	}
	for _, line := range c.Vehicle.Lines {
		if line == c.Line {
			return nil
		}
	}
	return Refuse(NotAssigned, "该车未核定在本线路营运", "the vehicle is not assigned to this line").At("plate").By("assigned_only", c.Rules, Given("line", c.Line))
}

// rested refuses a driver whose departures lie too close together.
func (c Coming) rested(id DepartureID) *Refusal {
	for i, driver := range c.Drivers {
		if driver.On == 0 || driver.On == id {
			continue
		}
		if gap := c.First.Sub(driver.Departs).Abs(); gap < seconds(c.Rules.DriverGap) {
			return Refuse(DriverRests, "驾驶员两个班次的间隔时间不足", "the driver's departures lie too close together").At("drivers["+strconv.Itoa(i)+"]").
				By("driver_gap", c.Rules, Given("gap", gap))
		}
	}
	return nil
}

// seats refuses a coach that lacks a seat which is sold from the stop on. A
// flow departure's coach takes who is there.
func (d *Departure) seats(t *Template, c Coming) *Refusal {
	if d.Seats.Flow() {
		return nil
	}
	lacking, most := 0, 0
	for leg := c.Stop; leg < d.Seats.Legs(); leg++ {
		most = max(most, d.Seats.Places()-d.Seats.Free(leg, leg+1))
	}
	for n := c.Vehicle.Seats + 1; n <= d.Seats.Places(); n++ {
		if d.Seats.Seat(n)&LegMask(c.Stop, d.Seats.Legs()) != 0 {
			lacking++
		}
	}
	if lacking == 0 || c.Rules.SoldOverSeats && most <= c.Vehicle.Approved {
		return nil
	}
	return Refuse(CoachTooSmall, fmt.Sprintf("来车 %d 座，已售或已留的座位中有 %d 个不在车上，请先办理换车", c.Vehicle.Seats, lacking),
		fmt.Sprintf("the coach has %d seats and lacks %d that are sold or reserved: change the coach first", c.Vehicle.Seats, lacking)).At("plate").
		By("sold_over_seats", c.Rules, Given("seats", c.Vehicle.Seats), Given("approved", c.Vehicle.Approved), Given("sold", most), Given("lacking", lacking))
}
