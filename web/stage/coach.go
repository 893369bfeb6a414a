package stage

import (
	"context"

	"chepiao"
	"chepiao/office"
)

// Report has a coach come for a departure of the first day at its first stop,
// with good papers, a safety check and a driver, and as many seats as planned.
func (s *Stage) Report(number string) {
	s.t.Helper()
	ctx := context.Background()
	run, err := s.Office.Timetable().Run(s.Departure(number))
	if err != nil {
		s.t.Fatal(err)
	}
	papers := func(kinds ...chepiao.PaperKind) (list []chepiao.Paper) {
		for _, k := range kinds {
			list = append(list, chepiao.Paper{Kind: k, Until: chepiao.DayOf(Begin) + 300})
		}
		return list
	}
	verb := func(what string) office.Verb { return office.Verb{ID: what + number, By: "stage"} }
	plate := "冀A" + number
	_, err = s.Office.RegisterVehicle(ctx, verb("vehicle"), chepiao.Vehicle{
		Plate: plate, Carrier: run.Line.Carrier, Seats: run.Template.Seats, Papers: papers(chepiao.RoadPermit, chepiao.VehiclePermit, chepiao.Insurance),
	})
	if err == nil {
		_, err = s.Office.RegisterDriver(ctx, verb("driver"), chepiao.Driver{No: "D" + number, Carrier: run.Line.Carrier, Papers: papers(chepiao.DriverPermit, chepiao.Qualification)})
	}
	if err == nil {
		_, err = s.Office.SafetyCheck(ctx, verb("safety"), plate, "F1")
	}
	if err == nil {
		_, err = s.Office.Report(ctx, verb("report"), office.Arrival{Departure: run.ID, Station: run.Template.Stops[0].Station, Plate: plate, Drivers: []string{"D" + number}})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
