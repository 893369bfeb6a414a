package chepiao_test

import (
	"testing"
	"time"

	"chepiao"
)

var reportDay = chepiao.DayOf(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))

// aReport is a coach that may report: 08:30 departure, 07:30 now.
func aReport() (*chepiao.Departure, *chepiao.Template, chepiao.Coming) {
	t := &chepiao.Template{No: 1, Kind: chepiao.Fixed, Seats: 10, Vehicle: "big", Stops: []chepiao.Stop{{Station: 1, Board: true}, {Station: 2, Board: true, Alight: true}, {Station: 3, Alight: true}}}
	d := chepiao.NewDeparture(chepiao.MakeDepartureID(1, reportDay), t)
	departs := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	papers := func(kinds ...chepiao.PaperKind) (p []chepiao.Paper) {
		for _, k := range kinds {
			p = append(p, chepiao.Paper{Kind: k, Until: reportDay})
		}
		return p
	}
	return d, t, chepiao.Coming{
		Vehicle: chepiao.Vehicle{Plate: "冀A1", Coach: "big", Seats: 10, Approved: 12, Papers: papers(chepiao.RoadPermit, chepiao.VehiclePermit, chepiao.Insurance), Checked: departs.Add(-5 * time.Hour), Lines: []string{"L"}},
		Drivers: []chepiao.Driver{{No: "D1", Papers: papers(chepiao.DriverPermit, chepiao.Qualification)}},
		Line:    "L", First: departs, Last: departs, Day: reportDay, Checked: reportDay, Now: departs.Add(-time.Hour), Rules: chepiao.DefaultRules(), By: "desk",
	}
}

// TestReport changes one thing at a time of a coach that may report.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*chepiao.Departure, *chepiao.Template, *chepiao.Coming)
		want   chepiao.Reason
		rule   string
	}{
		{"as it should be", func(*chepiao.Departure, *chepiao.Template, *chepiao.Coming) {}, "", ""},
		{"insurance until yesterday", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) { c.Vehicle.Papers[2].Until-- }, chepiao.PapersExpired, "expired_block"},
		{"no road permit", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Vehicle.Papers = c.Vehicle.Papers[1:]
		}, chepiao.PapersExpired, "expired_block"},
		{"an extinguisher until yesterday", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Vehicle.Papers = append(c.Vehicle.Papers, chepiao.Paper{Kind: chepiao.Extinguisher, Until: reportDay - 1})
		}, chepiao.PapersExpired, "expired_block"},
		{"a driver's qualification until yesterday", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) { c.Drivers[0].Papers[1].Until-- }, chepiao.PapersExpired, "expired_block"},
		{"the same, where papers do not block", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Drivers[0].Papers[1].Until--
			c.Rules.ExpiredBlock = false
		}, "", ""},
		{"never checked", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Vehicle.Checked, c.Checked = time.Time{}, 0
		}, chepiao.NoSafetyCheck, "safety_check"},
		{"checked yesterday evening", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Vehicle.Checked, c.Checked = c.First.Add(-12*time.Hour), reportDay-1
		}, chepiao.NoSafetyCheck, "safety_check"},
		{"the same, where 24 hours count", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Vehicle.Checked, c.Checked, c.Rules.SafetyCheckDay = c.First.Add(-12*time.Hour), reportDay-1, false
		}, "", ""},
		{"25 hours ago, where 24 count", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Vehicle.Checked, c.Checked, c.Rules.SafetyCheckDay = c.First.Add(-25*time.Hour), reportDay-1, false
		}, chepiao.NoSafetyCheck, "safety_check"},
		{"another line's coach", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) { c.Line = "M" }, "", ""},
		{"the same, where lines bind", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Line, c.Rules.AssignedOnly = "M", true
		}, chepiao.NotAssigned, "assigned_only"},
		{"a driver who left an hour ago", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Drivers[0].On, c.Drivers[0].Departs, c.Rules.DriverGap = 5, c.First.Add(-time.Hour), 2*3600
		}, chepiao.DriverRests, "driver_gap"},
		{"a driver who leaves two hours later", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Drivers[0].On, c.Drivers[0].Departs, c.Rules.DriverGap = 5, c.First.Add(2*time.Hour), 2*3600
		}, "", ""},
		{"four hours and a second before", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Now = c.First.Add(-4*time.Hour - time.Second)
		}, chepiao.TooEarly, "report_opens"},
		{"at a later stop first", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) { c.Stop = 1 }, chepiao.OriginNotReported, "report_origin"},
		{"the same, where that does not matter", func(_ *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			c.Stop, c.Rules.ReportOrigin = 1, false
		}, "", ""},
		{"a departure that is stopped", func(d *chepiao.Departure, _ *chepiao.Template, _ *chepiao.Coming) { d.State = chepiao.Stopped }, chepiao.WrongState, ""},
		{"a coach that has left", func(d *chepiao.Departure, _ *chepiao.Template, _ *chepiao.Coming) { d.Left = 1 }, chepiao.WrongState, ""},
		{"a second coach", func(d *chepiao.Departure, t *chepiao.Template, c *chepiao.Coming) { _, _ = d.Report(t, *c) }, chepiao.WrongState, ""},
		{"eight seats, the eighth is sold", func(d *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			d.Seats.Take(0, 2, []int{8})
			c.Vehicle.Seats = 8
		}, "", ""},
		{"eight seats, the ninth is sold", func(d *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			d.Seats.Take(1, 2, []int{9})
			c.Vehicle.Seats = 8
		}, chepiao.CoachTooSmall, "sold_over_seats"},
		{"the same, where the approved number counts", func(d *chepiao.Departure, _ *chepiao.Template, c *chepiao.Coming) {
			d.Seats.Take(1, 2, []int{9})
			c.Vehicle.Seats, c.Rules.SoldOverSeats = 8, true
		}, "", ""},
	} {
		d, tpl, coming := aReport()
		c.change(d, tpl, &coming)
		_, err := d.Report(tpl, coming)
		if chepiao.Why(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if r := chepiao.AsRefusal(err); r != nil && c.rule != "" && (r.Because == nil || r.Because.Rule != c.rule) {
			t.Errorf("%s: because of %+v, want rule %s", c.name, r.Because, c.rule)
		}
	}
}

// TestSmallCoachKeepsItsMissingSeats: what the coach does not have is not sold,
// and comes back with the report.
func TestSmallCoachKeepsItsMissingSeats(t *testing.T) {
	d, tpl, c := aReport()
	c.Vehicle.Seats = 7
	d.Seats.Take(0, 2, []int{1})
	if _, err := d.Report(tpl, c); err != nil {
		t.Fatal(err)
	}
	if free := d.Seats.Free(0, 2); free != 6 || len(d.Ops.Reserved) != 3 {
		t.Errorf("%d seats are free, %d are kept back", free, len(d.Ops.Reserved))
	}
	if _, err := d.CancelReport(1); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("a report that never was is taken back: %v", err)
	}
	if _, err := d.CancelReport(0); err != nil || d.Seats.Free(0, 2) != 9 || len(d.Ops.Reserved) != 0 {
		t.Errorf("taken back: %v, %d free", err, d.Seats.Free(0, 2))
	}
}

// TestLateReport: due half an hour before; every minute begun costs.
func TestLateReport(t *testing.T) {
	for _, x := range []struct {
		before time.Duration
		late   int
		fine   chepiao.Money
	}{{31 * time.Minute, 0, 0}, {30 * time.Minute, 0, 0}, {30*time.Minute - time.Second, 1, 200}, {20 * time.Minute, 600, 2000}, {-time.Minute, 1860, 6200}} {
		d, tpl, c := aReport()
		c.Now, c.Rules.LateFine = c.First.Add(-x.before), 200
		r, err := d.Report(tpl, c)
		_, late := r.Because(c.Rules)
		if err != nil || r.Late != x.late || r.Fine != x.fine || late != (x.late > 0) {
			t.Errorf("%s before: %+v, %v", x.before, r, err)
		}
	}
}

// TestRegister: what a carrier cannot register.
func TestRegister(t *testing.T) {
	good := chepiao.Vehicle{Plate: " 冀a 123 ", Seats: 45}
	if v, err := chepiao.NewVehicle(good); err != nil || v.Plate != "冀A123" || v.Approved != 45 {
		t.Errorf("%+v, %v", v, err)
	}
	for field, change := range map[string]func(*chepiao.Vehicle){
		"plate":          func(v *chepiao.Vehicle) { v.Plate = " " },
		"seats":          func(v *chepiao.Vehicle) { v.Seats = 121 },
		"approved":       func(v *chepiao.Vehicle) { v.Approved = 44 },
		"papers[0].kind": func(v *chepiao.Vehicle) { v.Papers = []chepiao.Paper{{Kind: chepiao.DriverPermit}} },
		"papers[1].kind": func(v *chepiao.Vehicle) {
			v.Papers = []chepiao.Paper{{Kind: chepiao.Insurance}, {Kind: chepiao.Insurance}}
		},
	} {
		v := good
		change(&v)
		if _, err := chepiao.NewVehicle(v); chepiao.Why(err) != chepiao.Invalid || chepiao.AsRefusal(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := chepiao.NewDriver(chepiao.Driver{No: "张三的驾驶员工号太长了太长了太长了太长了太长了"}); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("a long staff number: %v", err)
	}
}
