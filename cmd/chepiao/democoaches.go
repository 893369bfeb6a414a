package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"chepiao"
	"chepiao/office"
)

// How the invented coaches of a demo come and go, when nobody at a desk did it: they
// report so long before they leave, and leave in time.
const (
	demoReports = 45 * time.Minute
	demoRound   = 15 * time.Second

	demoTogether = 32
)

// coaches lets a demo's coaches report and leave and its passengers board, so that
// its boards and gates are alive. A visitor at the desk may do all of it first.
func (n *node) coaches(ctx context.Context, riders []*demoRider) {
	tick := time.NewTicker(demoRound)
	defer tick.Stop()
	for {
		if err := n.demoStep(ctx, time.Now(), riders); err != nil && ctx.Err() == nil {
			n.log.Error("moving the demo's coaches and passengers", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// demoStep is what happens in a demo by a moment.
func (n *node) demoStep(ctx context.Context, now time.Time, riders []*demoRider) error {
	if err := n.boardRiders(ctx, now, riders); err != nil {
		return err
	}
	return n.bringCoaches(ctx, now)
}

// bringCoaches has the coaches report that leave soon, and those leave whose
// time has come.
func (n *node) bringCoaches(ctx context.Context, now time.Time) error {
	t := n.office.Timetable()
	today := chepiao.DayOf(now.In(t.Zone))
	runs, err := runsOn(t, today-1, today)
	if err != nil {
		return err
	}
	near := slices.DeleteFunc(runs, func(run office.Run) bool {
		first, _ := n.office.Span(run, 0)
		_, last := n.office.Span(run, run.Template.Legs()-1)
		return now.Before(first.Add(-demoReports)) || now.After(last.Add(time.Hour))
	})
	return together(near, func(run office.Run) error {
		_, err := n.bringCoach(ctx, now, run)
		return err
	})
}

// runsOn are the departures of some days.
func runsOn(t *office.Timetable, days ...chepiao.Day) (runs []office.Run, err error) {
	for i := range t.Templates {
		for _, day := range days {
			if !t.Templates[i].Days.Has(day) {
				continue
			}
			run, err := t.Run(chepiao.MakeDepartureID(t.Templates[i].No, day))
			if err != nil {
				return nil, err
			}
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// together does it for each, some at a time, so that their commits share the disk's; the
// first error.
func together[T any](list []T, does func(T) error) error {
	var all sync.WaitGroup
	var once sync.Once
	var first error
	turns := make(chan struct{}, demoTogether)
	for _, one := range list {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			if err := does(one); err != nil {
				once.Do(func() { first = err })
			}
		})
	}
	all.Wait()
	return first
}

// bringCoach does what is due of one coach by a moment, one thing at a time. next is
// when something will be; zero when nothing will.
func (n *node) bringCoach(ctx context.Context, now time.Time, run office.Run) (next time.Time, err error) {
	o, err := n.office.Operations(ctx, now, run.ID)
	if err != nil || o.State != chepiao.Running {
		return time.Time{}, err
	}
	for i, s := range o.Stops {
		switch {
		case s.Phase == chepiao.Dispatched:
		case i == 0 && s.Report == nil && now.Before(s.Last):
			return s.Last, n.bring(ctx, run, s.Station)
		case s.Report == nil:
			return time.Time{}, nil // a visitor's
		case now.Before(s.Last):
			return s.Last, nil
		default:
			v := office.Verb{ID: fmt.Sprintf("demo-leave-%s-%d-%d", run.ID, s.Stop, o.Version), By: "demo"}
			_, err := n.office.Dispatch(ctx, v, office.Leaving{Departure: run.ID, Station: s.Station, Final: true})
			if err != nil {
				return time.Time{}, fault(err)
			}
			return now, nil
		}
	}
	return time.Time{}, nil
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
