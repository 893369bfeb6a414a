package office_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["act"] = (*command).act
}

// act delay G101,G102 at=石家庄 minutes=30 reason=大雾
//
// The act is previewed, which must leave no trace, and committed as it was seen.
func (c *command) act() string {
	act := c.actOf()
	before := c.head()
	seen, err := c.office.Preview(context.Background(), act)
	if err != nil {
		said := c.no(err)
		if _, err := c.office.Commit(context.Background(), office.Verb{ID: fmt.Sprintf("refused-%d", c.verbs), By: "story"}, act, office.Unseen); err == nil || c.no(err) != said {
			c.t.Errorf("%s: previewed: %s, committed: %v", c.where, said, err)
		}
		return said
	}
	if c.head() != before {
		c.t.Errorf("%s: a preview left a trace in the journal", c.where)
	}
	other := act
	other.Reason += "!"
	commit := func(act chepiao.Act) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			done, err := c.office.Commit(context.Background(), v, act, seen.Seen)
			if err != nil {
				return "", err
			}
			if done.Fingerprint() != seen.Fingerprint() {
				c.t.Errorf("%s: the preview said %+v, what was done is %+v", c.where, seen, done)
			}
			return c.impact(done), nil
		}
	}
	text := c.send(commit(act), commit(other))
	if seen.Unreachable > 0 {
		text += fmt.Sprintf("to be called: %d\n", seen.Unreachable)
	}
	return text
}

// actOf reads an act from its words.
func (c *command) actOf() chepiao.Act {
	number := func(name string) int {
		n, err := strconv.Atoi(c.opt[name])
		if c.opt[name] != "" {
			must(c.t, err)
		}
		return n
	}
	code := func(name string) string {
		if c.opt[name] == "" {
			return ""
		}
		return c.office.Timetable().Station(c.station(c.opt[name])).Code
	}
	act := chepiao.Act{
		Kind: chepiao.ActKind(c.args[0]), Station: code("at"), To: code("to"), Reason: c.opt["reason"], Fault: chepiao.Fault(c.opt["fault"]),
		Minutes: number("minutes"), Gate: c.opt["gate"], Berth: c.opt["berth"], Places: number("places"), Reserve: chepiao.ReserveKind(c.opt["reserve"]),
		Coach: c.opt["coach"], Number: c.opt["number"], Depart: c.opt["depart"], Level: number("level"), Closed: c.opt["closed"] != "", From: c.opt["from"],
	}
	act.Gates = strings.FieldsFunc(c.opt["gates"], func(r rune) bool { return r == ',' })
	if len(c.args) > 1 {
		for _, name := range strings.Split(c.args[1], ",") {
			act.Departures = append(act.Departures, c.departure(name))
		}
	}
	if c.opt["into"] != "" {
		act.Into = c.departure(c.opt["into"])
	}
	for _, seat := range strings.FieldsFunc(c.opt["seats"], func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(seat)
		must(c.t, err)
		act.Seats = append(act.Seats, n)
	}
	if at := c.opt["until"]; at != "" {
		clock, err := time.Parse("15:04", at)
		must(c.t, err)
		act.Until = chepiao.Clock(clock.Hour()*3600+clock.Minute()*60).On(c.day(), shanghai)
	}
	return act
}

// impact tells what an act does, ticket by ticket.
func (w *world) impact(i chepiao.Impact) string {
	text := fmt.Sprintf("passengers %d, orders %d", i.Passengers, i.Orders)
	if i.Children > 0 {
		text += fmt.Sprintf(", free children %d", i.Children)
	}
	if i.Back > 0 {
		text += fmt.Sprintf(", %s may go back", i.Back.Yuan())
	}
	if i.Difference > 0 {
		text += fmt.Sprintf(", %s goes back at once", i.Difference.Yuan())
	}
	if i.Cases > 0 {
		text += fmt.Sprintf(", %d are asked to choose", i.Cases)
	}
	for _, m := range i.Messages {
		text += fmt.Sprintf(", %d told %s", m.Count, m.Kind)
	}
	text += "\n"
	for _, t := range i.Tickets {
		text += fmt.Sprintf("%s %s", w.label(chepiao.Ticket{ID: t.Ticket, Order: t.Order}), t.State)
		if t.Was != t.Now {
			text += fmt.Sprintf(": %s → %s", w.journey(t.Was, t.Now), w.journey(t.Now, t.Was))
		}
		if t.Fault != "" {
			text += ", refund free: " + string(t.Fault)
		}
		text += "\n"
	}
	for _, e := range i.Warnings {
		text += "note: " + e.ZH + "\n"
	}
	return text
}

// journey is a journey in short; what is the same in the other one is left out.
func (w *world) journey(j, other chepiao.Journey) string {
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if j.Departure != other.Departure {
		run, err := w.office.Timetable().Run(j.Departure)
		must(w.t, err)
		say("%s", run.Template.Number)
	}
	if !j.Departs.Equal(other.Departs) {
		say("%s", w.clockText(j.Departs))
	}
	if j.Seat != other.Seat {
		say("seat %d", j.Seat)
	}
	if j.Gate != other.Gate || j.Berth != other.Berth {
		say("gate %s", strings.Trim(j.Gate+"/"+j.Berth, "/"))
	}
	if j.Price != other.Price {
		say("%s", j.Price.Yuan())
	}
	return strings.Join(said, " ")
}

// TestEveryActIsDone: what the domain names an act, the office does.
func TestEveryActIsDone(t *testing.T) {
	code, err := os.ReadFile("../act.go")
	must(t, err)
	w := newWorld(t)
	w.timetable([]string{"G1 seats=5 石家庄@08:30 保定@10:10", "G2 seats=5 石家庄@09:30 保定@11:10"})
	c := command{w, "", nil, nil}
	names := regexp.MustCompile(`ActKind = "([a-z_]+)"`).FindAllStringSubmatch(string(code), -1)
	if len(names) < 15 {
		t.Fatalf("%d acts are named", len(names))
	}
	for _, name := range names {
		_, err := w.office.Preview(context.Background(), chepiao.Act{Kind: chepiao.ActKind(name[1]), Departures: []chepiao.DepartureID{c.departure("G1")}, Reason: "try"})
		if r := chepiao.AsRefusal(err); err != nil && (r == nil || r.Field == "kind") {
			t.Errorf("%s: %v", name[1], err)
		}
	}
}
