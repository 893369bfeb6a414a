package office_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

func init() {
	maps.Copy(verbs, map[string]func(*command) string{
		"wait": (*command).wait, "queue": (*command).queue, "place": (*command).place, "pressure": (*command).pressure, "fair": (*command).fair,
		"number": (*command).number, "line": (*command).line, "called": (*command).called,
	})
}

// wait G101,G102 石家庄 保定 who=李小明,王小红 until=07:30
func (c *command) wait() string {
	in := office.WaitInput{From: c.station(c.args[1]), To: c.station(c.args[2]), Channel: c.channel(), Outlet: "story"}
	for _, number := range strings.Split(c.args[0], ",") {
		in.Departures = append(in.Departures, c.departure(number))
	}
	for _, who := range strings.Split(c.opt["who"], ",") {
		in.Passengers = append(in.Passengers, c.rider(who))
	}
	if at := c.opt["until"]; at != "" {
		clock, err := time.Parse("15:04", at)
		must(c.t, err)
		in.Until = chepiao.Clock(clock.Hour()*3600+clock.Minute()*60).On(c.day(), shanghai)
	}
	other := in
	other.Outlet = "elsewhere"
	wait := func(in office.WaitInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			a, err := c.office.Wait(context.Background(), c.clock(), v, "KEY", in)
			if err != nil {
				return "", err
			}
			if !slices.Contains(c.orders, a.Order.ID) {
				c.orders = append(c.orders, a.Order.ID)
			}
			if a.Order.Key != "KEY" {
				c.t.Errorf("%s: the order's key is %q", c.where, a.Order.Key)
			}
			return c.answer(a, fmt.Sprintf("asked, to be paid until %s, waits until %s",
				a.Order.Deadline.In(shanghai).Format("15:04:05"), c.clockText(a.Order.Wait.Until))), nil
		}
	}
	return c.send(wait(in), wait(other))
}

// queue G101: who waits, in order.
func (c *command) queue() string {
	var orders []chepiao.Order
	must(c.t, c.store.Read(context.Background(), func(r *store.Reader) (err error) {
		orders, err = r.WaitQueue(c.departure(c.args[0]))
		return err
	}))
	text := ""
	for _, o := range orders {
		text += fmt.Sprintf("%c of %d, ", 'A'+slices.Index(c.orders, o.ID), o.Count)
	}
	if text == "" {
		return "nobody waits"
	}
	return strings.TrimSuffix(text, ", ")
}

// place A: how a request stands.
func (c *command) place() string {
	f, err := c.office.Look(context.Background(), c.order(c.args[0]))
	must(c.t, err)
	places, err := c.office.WaitPlaces(context.Background(), f.Order)
	must(c.t, err)
	text := ""
	for _, p := range places {
		run, err := c.office.Timetable().Run(p.Departure)
		must(c.t, err)
		text += fmt.Sprintf("%s: %d ahead of %d waiting\n", run.Template.Number, p.Ahead, p.Waiting)
	}
	if text == "" {
		return "it does not wait"
	}
	return text
}

func (c *command) pressure() string {
	p, err := c.office.WaitPressure(context.Background(), c.departure(c.args[0]))
	if err != nil {
		return c.no(err)
	}
	text := fmt.Sprintf("%d requests, %d people, %s paid ahead", p.Requests, p.People, p.Prepaid.Yuan())
	if p.Extra {
		text += ": " + p.Because.ZH
	}
	return text
}

// fair proves from the journal alone that the queue was kept.
func (c *command) fair() string {
	proof, unfair, err := chepiao.ProveFair(c.journal())
	must(c.t, err)
	for _, what := range unfair {
		c.t.Errorf("%s: %s", c.where, what)
	}
	return fmt.Sprintf("fair: %d joined, %d served, %d ended", proof.Joined, proof.Served, proof.Ended)
}

// journal is all of it.
func (w *world) journal() (entries []chepiao.Entry) {
	w.t.Helper()
	must(w.t, w.store.Read(context.Background(), func(r *store.Reader) (err error) {
		for lane := range int64(1 + len(w.others)) {
			of, readErr := r.Journal("T1", lane+1, 0, 1_000_000)
			entries, err = append(entries, of...), errors.Join(err, readErr)
		}
		return err
	}))
	return entries
}

// number A1 [leave=yes]: a virtual queue number of a flow departure.
func (c *command) number() string {
	id := c.ticket(c.args[0])
	join := func(v office.Verb) (string, error) {
		t, err := c.office.JoinQueue(context.Background(), v, id)
		return fmt.Sprintf("%s has number %d", c.args[0], t.Queue), err
	}
	leave := func(v office.Verb) (string, error) {
		t, err := c.office.LeaveQueue(context.Background(), v, id)
		return fmt.Sprintf("%s gave number %d up", c.args[0], -t.Queue), err
	}
	if c.opt["leave"] != "" {
		return c.send(leave, join)
	}
	return c.send(join, leave)
}

// line A1: how a ticket stands in the virtual queue.
func (c *command) line() string {
	p, err := c.office.QueuePlace(context.Background(), c.clock(), c.ticket(c.args[0]))
	if err != nil {
		return c.no(err)
	}
	text := fmt.Sprintf("number %d, %d ahead", p.Number, p.Ahead)
	if p.Called {
		text += ", called"
	}
	return text + ": " + p.Wait.Because.ZH
}

// called F1 石家庄: the numbers that a board shows.
func (c *command) called() string {
	now, err := c.office.Calling(context.Background(), c.clock(), c.departure(c.args[0]), c.station(c.args[1]))
	if err != nil {
		return c.no(err)
	}
	return fmt.Sprintf("%d waiting, called %v", now.Waiting, now.Called)
}
