package main

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/office"
)

// How the invented coaches of a demo come and go: they report so long before
// they leave, and leave so long after their time, when nobody at a desk did it.
const (
	demoReports = 45 * time.Minute
	demoLeaves  = 2 * time.Minute
	demoRound   = 15 * time.Second
)

// coaches lets a demo's coaches report and leave, so that its boards and gates
// are alive. A visitor at the desk may do all of it first.
func (n *node) coaches(ctx context.Context) {
	tick := time.NewTicker(demoRound)
	defer tick.Stop()
	for {
		if err := n.bringCoaches(ctx, time.Now()); err != nil && ctx.Err() == nil {
			n.log.Error("bringing the demo's coaches", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// bringCoaches has the coaches report that leave soon, and those leave whose
// time has come.
func (n *node) bringCoaches(ctx context.Context, now time.Time) error {
	t := n.office.Timetable()
	today := chepiao.DayOf(now.In(t.Zone))
	for i := range t.Templates {
		m := &t.Templates[i]
		for _, day := range []chepiao.Day{today - 1, today} {
			if !m.Days.Has(day) {
				continue
			}
			run, err := t.Run(chepiao.MakeDepartureID(m.No, day))
			if err != nil {
				return err
			}
			_, last := n.office.Span(run, m.Legs()-1)
			if first, _ := n.office.Span(run, 0); now.Before(first.Add(-demoReports)) || now.After(last.Add(time.Hour)) {
				continue
			}
			if err := n.bringCoach(ctx, now, run); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *node) bringCoach(ctx context.Context, now time.Time, run office.Run) error {
	o, err := n.office.Operations(ctx, now, run.ID)
	if err != nil || o.State != chepiao.Running {
		return err
	}
	for i, s := range o.Stops {
		switch {
		case s.Phase == chepiao.Dispatched:
		case i == 0 && s.Report == nil && now.Before(s.Last):
			return n.bring(ctx, run, s.Station)
		case s.Report != nil && now.After(s.Last.Add(demoLeaves)):
			v := office.Verb{ID: fmt.Sprintf("demo-leave-%s-%d-%d", run.ID, s.Stop, o.Version), By: "demo"}
			_, err := n.office.Dispatch(ctx, v, office.Leaving{Departure: run.ID, Station: s.Station, Final: true})
			return fault(err)
		}
	}
	return nil
}

// bring has an invented coach with an invented driver report. Each template has
// its own, checked every day.
func (n *node) bring(ctx context.Context, run office.Run, station chepiao.StationNo) error {
	m, day := run.Template, run.ID.Day()
	plate, no := fmt.Sprintf("冀AD%04d", m.No), fmt.Sprintf("D%04d", m.No)
	until := func(kinds ...chepiao.PaperKind) (papers []chepiao.Paper) {
		for _, k := range kinds {
			papers = append(papers, chepiao.Paper{Kind: k, Until: day + 300})
		}
		return papers
	}
	verb := func(what string) office.Verb {
		return office.Verb{ID: fmt.Sprintf("demo-%s-%s", what, run.ID), By: "demo"}
	}
	seats := m.Seats
	if m.Kind == chepiao.Flow && run.Vehicle != nil { // the day's places are those of many coaches
		seats = run.Vehicle.Seats
	}
	vehicle := chepiao.Vehicle{Plate: plate, Coach: m.Vehicle, Seats: min(seats, chepiao.SeatsMax), Papers: until(chepiao.RoadPermit, chepiao.VehiclePermit, chepiao.Insurance, chepiao.LineBadge)}
	driver := chepiao.Driver{No: no, Papers: until(chepiao.DriverPermit, chepiao.Qualification)}
	if run.Carrier != nil {
		vehicle.Carrier, driver.Carrier = run.Carrier.Code, run.Carrier.Code
	}
	if run.Vehicle != nil && run.Vehicle.Approved >= seats {
		vehicle.Approved = run.Vehicle.Approved
	}
	if _, err := n.office.RegisterVehicle(ctx, verb("vehicle"), vehicle); err != nil {
		return fault(err)
	}
	if _, err := n.office.RegisterDriver(ctx, verb("driver"), driver); err != nil {
		return fault(err)
	}
	if _, err := n.office.SafetyCheck(ctx, verb("safety"), plate, "DEMO-"+day.String()); err != nil {
		return fault(err)
	}
	_, err := n.office.Report(ctx, verb("report"), office.Arrival{Departure: run.ID, Station: station, Plate: plate, Drivers: []string{no}, Berth: m.Gate})
	return fault(err)
}

// fault is an error that is no refusal: a refused coach is tried again on the
// next round, or somebody at the desk has other plans with it.
func fault(err error) error {
	if chepiao.AsRefusal(err) != nil {
		return nil
	}
	return err
}
