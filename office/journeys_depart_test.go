package office_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["vehicle"], verbs["driver"], verbs["safety"] = (*command).vehicle, (*command).driver, (*command).safety
	verbs["report"], verbs["unreport"], verbs["dispatch"] = (*command).report, (*command).unreport, (*command).dispatch
	verbs["reserved"], verbs["watch"], verbs["phase"] = (*command).reserved, (*command).watch, (*command).phase
}

// sentTo does a verb of the office in a story: text is its answer in words.
func sentTo[T any](c *command, do func(office.Verb) (T, error), other func(office.Verb) (T, error), text func(T) string) string {
	words := func(do func(office.Verb) (T, error)) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			answer, err := do(v)
			if err != nil {
				return "", err
			}
			return text(answer), nil
		}
	}
	return c.send(words(do), words(other))
}

// papers reads papers=2027-06-30 for all that are a must, insurance=2026-11-01
// for one that differs, and insurance=none for one that is missing.
func (c *command) papers(must ...chepiao.PaperKind) (papers []chepiao.Paper) {
	for _, kind := range chepiao.PaperKinds() {
		until := c.opt[string(kind)]
		for _, k := range must {
			if k == kind && until == "" {
				until = c.opt["papers"]
			}
			if k == kind && until == "" {
				until = "2027-06-30"
			}
		}
		if until == "" || until == "none" {
			continue
		}
		day, err := chepiao.ParseDay(until)
		if err != nil {
			c.t.Fatalf("%s: %v", c.where, err)
		}
		papers = append(papers, chepiao.Paper{Kind: kind, Until: day})
	}
	return papers
}

// vehicle 冀A12345 seats=45 approved=49 papers=2027-06-30 insurance=2026-11-01 lines=G101
func (c *command) vehicle() string {
	v := chepiao.Vehicle{Plate: c.args[0], Carrier: "C", Coach: c.opt["coach"], Papers: c.papers(chepiao.RoadPermit, chepiao.VehiclePermit, chepiao.Insurance)}
	v.Seats, _ = strconv.Atoi(c.opt["seats"])
	v.Approved, _ = strconv.Atoi(c.opt["approved"])
	if c.opt["lines"] != "" {
		v.Lines = strings.Split(c.opt["lines"], ",")
	}
	register := func(v chepiao.Vehicle) func(office.Verb) (chepiao.Vehicle, error) {
		return func(verb office.Verb) (chepiao.Vehicle, error) {
			return c.office.RegisterVehicle(context.Background(), verb, v)
		}
	}
	other := v
	other.Lines = []string{"another line"}
	return sentTo(c, register(v), register(other), func(v chepiao.Vehicle) string {
		return fmt.Sprintf("%s registered, %d seats, approved for %d\n", v.Plate, v.Seats, v.Approved)
	})
}

// driver D1 qualification=2026-11-01
func (c *command) driver() string {
	d := chepiao.Driver{No: c.args[0], Carrier: "C", Papers: c.papers(chepiao.DriverPermit, chepiao.Qualification)}
	register := func(d chepiao.Driver) func(office.Verb) (chepiao.Driver, error) {
		return func(v office.Verb) (chepiao.Driver, error) {
			return c.office.RegisterDriver(context.Background(), v, d)
		}
	}
	other := d
	other.No += "X"
	return sentTo(c, register(d), register(other), func(d chepiao.Driver) string { return "driver " + d.No + " registered\n" })
}

// safety 冀A12345: it passes its safety check now
func (c *command) safety() string {
	check := func(form string) func(office.Verb) (chepiao.Vehicle, error) {
		return func(v office.Verb) (chepiao.Vehicle, error) {
			return c.office.SafetyCheck(context.Background(), v, c.args[0], form)
		}
	}
	return sentTo(c, check("F1"), check("F2"), func(v chepiao.Vehicle) string {
		return v.Plate + " checked at " + c.clockText(v.Checked) + "\n"
	})
}

// report G101 [at=石家庄] [plate=冀A12345] [drivers=D1,D2] [berth=2]
//
// Without a plate a coach comes that nobody has to worry about: as many seats
// as the departure, good papers, checked a moment ago.
func (c *command) report() string {
	id := c.departure(c.args[0])
	run, err := c.office.Timetable().Run(id)
	must(c.t, err)
	in := office.Arrival{Departure: id, Station: run.Template.Stops[0].Station, Plate: c.opt["plate"], Berth: c.opt["berth"]}
	if c.opt["at"] != "" {
		in.Station = c.station(c.opt["at"])
	}
	if in.Plate == "" {
		in.Plate, in.Drivers = c.anyCoach(run)
	}
	if c.opt["drivers"] != "" {
		in.Drivers = strings.Split(c.opt["drivers"], ",")
	}
	report := func(in office.Arrival) func(office.Verb) (chepiao.Report, error) {
		return func(v office.Verb) (chepiao.Report, error) { return c.office.Report(context.Background(), v, in) }
	}
	other := in
	other.Berth += "X"
	return sentTo(c, report(in), report(other), func(r chepiao.Report) string {
		text := fmt.Sprintf("%s reported at %s, %d seats", r.Plate, c.clockText(r.At), r.Seats)
		if r.Late > 0 {
			text += fmt.Sprintf(", %d minutes late", (r.Late+59)/60)
		}
		if r.Fine > 0 {
			text += ", fined " + r.Fine.Yuan()
		}
		return text + "\n"
	})
}

// anyCoach puts a coach and a driver of its own at a departure's disposal.
func (c *command) anyCoach(run office.Run) (plate string, drivers []string) {
	plate, no := "冀A-"+run.Template.Number, "D-"+run.Template.Number
	coach := command{c.world, "vehicle", []string{plate}, map[string]string{"seats": strconv.Itoa(run.Template.Seats)}}
	coach.vehicle()
	coach.safety()
	(&command{c.world, "driver", []string{no}, map[string]string{}}).driver()
	return plate, []string{no}
}

// unreport G101 [at=石家庄] reason=换车
func (c *command) unreport() string {
	id := c.departure(c.args[0])
	run, err := c.office.Timetable().Run(id)
	must(c.t, err)
	station := run.Template.Stops[0].Station
	if c.opt["at"] != "" {
		station = c.station(c.opt["at"])
	}
	cancel := func(reason string) func(office.Verb) (chepiao.Report, error) {
		return func(v office.Verb) (chepiao.Report, error) {
			return c.office.CancelReport(context.Background(), v, id, station, reason)
		}
	}
	return sentTo(c, cancel(c.opt["reason"]), cancel(c.opt["reason"]+"!"), func(r chepiao.Report) string {
		return "the report of " + r.Plate + " is taken back\n"
	})
}

// dispatch G101 石家庄 [headcount=12] [final=yes] [early=yes]
//
// An attempt to leave early is refused and yet noted, unlike other refusals.
func (c *command) dispatch() string {
	in := office.Leaving{Departure: c.departure(c.args[0]), Station: c.station(c.args[1]), Final: c.opt["final"] != ""}
	if c.opt["headcount"] != "" {
		n, err := strconv.Atoi(c.opt["headcount"])
		must(c.t, err)
		in.Headcount = &n
	}
	leave := func(in office.Leaving) func(office.Verb) (office.Left, error) {
		return func(v office.Verb) (office.Left, error) { return c.office.Dispatch(context.Background(), v, in) }
	}
	if c.opt["early"] != "" {
		before := c.head()
		_, err := leave(in)(office.Verb{ID: "early", By: "story"})
		if chepiao.Why(err) != chepiao.TooEarly || c.head() != before+1 {
			c.t.Errorf("%s: %v, and %d entries note it", c.where, err, c.head()-before)
		}
		return c.no(err) + ", and it is noted\n"
	}
	other := in
	other.Final = !in.Final
	return sentTo(c, leave(in), leave(other), c.leftText)
}

func (c *command) leftText(l office.Left) string {
	text := fmt.Sprintf("%s has left %s: %d aboard", c.args[0], c.args[1], l.Aboard)
	if l.Trip > 0 {
		text = fmt.Sprintf("coach %d of %s has left %s: %d aboard", l.Trip, c.args[0], c.args[1], l.Aboard)
	}
	if l.Children > 0 {
		text += fmt.Sprintf(" with %d children", l.Children)
	}
	if l.More {
		return text + ", more coaches follow\n"
	}
	return text + fmt.Sprintf(", %d missed it\n", l.Missed)
}

// reserved G101: the seats that are kept back, and until when
func (c *command) reserved() string {
	d, err := c.office.Operations(context.Background(), c.clock(), c.departure(c.args[0]))
	must(c.t, err)
	text := ""
	for _, r := range d.Ops.Reserved {
		stops := d.Run.Template.Stops
		text += fmt.Sprintf("seat %d %s→%s %s %s", r.Seat, c.stationName(stops[r.From].Station), c.stationName(stops[r.To].Station), r.Kind, r.Reason)
		if !r.Until.IsZero() {
			text += " until " + c.clockText(r.Until)
		}
		text += "\n"
	}
	if text == "" {
		return "none\n"
	}
	return text
}

// watch: the duty goes round once
func (c *command) watch() string {
	changed, err := c.office.Watch(context.Background(), c.clock())
	must(c.t, err)
	if again, err := c.office.Watch(context.Background(), c.clock()); err != nil || again != 0 {
		c.t.Errorf("%s: the next round changes %d more: %v", c.where, again, err)
	}
	return fmt.Sprintf("departures changed: %d\n", changed)
}

// phase G101: how far it has come at every stop
func (c *command) phase() string {
	d, err := c.office.Operations(context.Background(), c.clock(), c.departure(c.args[0]))
	must(c.t, err)
	text := ""
	for _, s := range d.Stops {
		text += fmt.Sprintf("%s %s %s", c.stationName(s.Station), c.clockText(s.Departs), s.Phase)
		if s.Late {
			text += ", late"
		}
		text += "\n"
	}
	return text
}
