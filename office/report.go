package office

import (
	"context"
	"fmt"
	"slices"

	"chepiao"
	"chepiao/store"
)

// Arrival is a coach that comes for a departure, as a desk enters it.
type Arrival struct {
	Departure chepiao.DepartureID
	Station   chepiao.StationNo // where it reports
	Plate     string
	Drivers   []string // staff numbers, 1 to 4
	Berth     string
}

const driversMax = 4

// Report (报班) has a coach report for a departure at a station: from then on
// its passengers may be checked there and, on a coach that has come to its
// first stop, further along. They are told gate and plate. Refusals: Invalid,
// NotFound (departure, vehicle, driver), TooEarly, WrongState, PapersExpired,
// NoSafetyCheck, NotAssigned, OriginNotReported, DriverRests, CoachTooSmall.
func (o *Office) Report(ctx context.Context, v Verb, in Arrival) (chepiao.Report, error) {
	run, stop, err := o.stopOf(in.Departure, in.Station)
	if err != nil {
		return chepiao.Report{}, err
	}
	if len(in.Drivers) == 0 || len(in.Drivers) > driversMax {
		return chepiao.Report{}, chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("请填写 1 到 %d 名驾驶员的工号", driversMax), fmt.Sprintf("name 1 to %d drivers by staff number", driversMax)).At("drivers")
	}
	if len(in.Berth) > deviceMax {
		return chepiao.Report{}, chepiao.Refuse(chepiao.Invalid, "发车位名称太长", "the berth's name is too long").At("berth")
	}
	e, err := o.once(ctx, v, []any{"report", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		d, err := tx.Departure(in.Departure, run.Template)
		if err != nil {
			return nil, err
		}
		if _, err := o.lapseDue(tx, d); err != nil { // an unpaid seat that is over needs no coach
			return nil, err
		}
		c, err := o.coming(tx, run, d, stop, v.By, in)
		if err != nil {
			return nil, err
		}
		r, err := d.Report(run.Template, c)
		if err != nil {
			return nil, err
		}
		tx.Touch(d)
		if err := o.assign(tx, c, d.ID); err != nil {
			return nil, err
		}
		if err := o.tellBoarding(tx, run, d, r); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.DepartureReported, By: v.By, Departure: &in.Departure, Detail: r, Tell: o.along(in.Departure)}
		if why, late := r.Because(c.Rules); late {
			e.Because = append(e.Because, why)
		}
		return e, tx.Record("departure "+d.ID.String(), d.Version, *e)
	})
	if err != nil {
		return chepiao.Report{}, err
	}
	return detail[chepiao.Report](e)
}

// CancelReport takes the last report of a departure at a station back: another
// coach may report. Refusals: NotFound, WrongState when the coach has left,
// Invalid without a reason.
func (o *Office) CancelReport(ctx context.Context, v Verb, id chepiao.DepartureID, station chepiao.StationNo, reason string) (chepiao.Report, error) {
	run, stop, err := o.stopOf(id, station)
	if err == nil {
		err = chepiao.CheckReason(reason)
	}
	if err != nil {
		return chepiao.Report{}, err
	}
	e, err := o.once(ctx, v, []any{"cancel_report", id, station, reason}, func(tx *store.Tx) (*chepiao.Event, error) {
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return nil, err
		}
		r, err := d.CancelReport(stop)
		if err != nil {
			return nil, err
		}
		tx.Touch(d)
		if err := o.dismiss(tx, r, id); err != nil {
			return nil, err
		}
		if err := o.freed(tx, d); err != nil { // seats that the coach did not have
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.ReportWasCancelled, By: v.By, Reason: reason, Departure: &id, Detail: r}
		return e, tx.Record("departure "+id.String(), d.Version, *e)
	})
	if err != nil {
		return chepiao.Report{}, err
	}
	return detail[chepiao.Report](e)
}

// coming gathers what is known of a coach that reports. Refusal NotFound.
func (o *Office) coming(tx *store.Tx, run Run, d *chepiao.Departure, stop int, by string, in Arrival) (c chepiao.Coming, err error) {
	c = chepiao.Coming{Stop: stop, Berth: in.Berth, By: by, Now: tx.Now, Rules: o.RulesFor(tx.Now, run, stop)}
	if c.Vehicle, err = registered(tx, in.Plate); err != nil {
		return c, err
	}
	for i, no := range in.Drivers {
		driver, ok, err := tx.Driver(no)
		if err == nil && (!ok || slices.Contains(in.Drivers[:i], no)) {
			err = chepiao.Refuse(chepiao.NotFound, "没有登记这名驾驶员，或工号重复", "no such driver is registered, or the number is given twice").At(fmt.Sprintf("drivers[%d]", i))
		}
		if err != nil {
			return c, err
		}
		c.Drivers = append(c.Drivers, driver)
	}
	zone := o.Timetable().Zone
	c.First, c.Last = o.spanOf(run, d.Ops, stop)
	c.First, c.Last = c.First.In(zone), c.Last.In(zone)
	c.Day, c.Checked = chepiao.DayOf(c.First), chepiao.DayOf(c.Vehicle.Checked.In(zone))
	if run.Line != nil {
		c.Line = run.Line.Code
	}
	return c, nil
}

// assign notes for which departure each driver has reported.
func (o *Office) assign(tx *store.Tx, c chepiao.Coming, id chepiao.DepartureID) error {
	for _, driver := range c.Drivers {
		driver.On, driver.Departs = id, c.First.UTC()
		driver.Version++
		if err := tx.PutDriver(driver); err != nil {
			return err
		}
	}
	return nil
}

// dismiss frees the drivers of a report that was taken back.
func (o *Office) dismiss(tx *store.Tx, r chepiao.Report, id chepiao.DepartureID) error {
	for _, no := range r.Drivers {
		driver, ok, err := tx.Driver(no)
		if err != nil {
			return err
		}
		if !ok || driver.On != id {
			continue
		}
		driver.On, driver.Version = 0, driver.Version+1
		if err := tx.PutDriver(driver); err != nil {
			return err
		}
	}
	return nil
}

// tellBoarding tells those who board where the coach stands its gate, berth and
// plate, and those who board further along the plate. Which coach of a flow
// departure a passenger takes is not known yet.
func (o *Office) tellBoarding(tx *store.Tx, run Run, d *chepiao.Departure, r chepiao.Report) error {
	if run.Template.Kind == chepiao.Flow {
		return nil
	}
	riding, err := tx.Riding(d.ID)
	if err != nil {
		return err
	}
	var here, further []chepiao.Ticket
	for _, t := range riding {
		switch {
		case !t.State.ToBoard() || t.State == chepiao.TicketHeld || t.Board < r.Stop:
		case t.Board == r.Stop:
			here = append(here, t)
		default:
			further = append(further, t)
		}
	}
	if err := o.tell(tx, chepiao.TellBoarding, here, chepiao.MessageFacts{Plate: r.Plate, Berth: r.Berth}); err != nil {
		return err
	}
	if len(d.Ops.Reports) > 1 { // they have heard of it
		return nil
	}
	return o.tell(tx, chepiao.TellBoarding, further, chepiao.MessageFacts{Plate: r.Plate})
}

// stopOf finds where a departure takes passengers at a station. Refusal NotFound.
func (o *Office) stopOf(id chepiao.DepartureID, station chepiao.StationNo) (Run, int, error) {
	run, err := o.Timetable().Run(id)
	if err != nil {
		return run, 0, err
	}
	if err := o.operates(station); err != nil {
		return run, 0, err
	}
	stop := slices.IndexFunc(run.Template.Stops, func(s chepiao.Stop) bool { return s.Station == station && s.Board })
	if stop < 0 {
		return run, 0, chepiao.Refuse(chepiao.NotFound, "该班次不在此站上客", "this departure takes no passengers at that station").At("station")
	}
	return run, stop, nil
}
