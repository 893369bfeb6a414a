package office_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["check"], verbs["uncheck"], verbs["reviews"] = (*command).check, (*command).uncheck, (*command).reviews
}

// check A1 | check voucher=A1 | check forged=A1 | check doc=李小明 | check staff=known
//
// [station=石家庄] [place=hall] [gate=3] [device=gate-1] [clock=08:20]
// check passport=AB1234567.GBR; [id=李小明] a document beside the voucher or number; [expires=2026-11-21]
// [seen=passport] a clerk looked at it; [name=…] as typed; [face=yes|no]
// [boarding=G103] the coach that stands here; [override=reason]; [children=yes]
func (c *command) check() string {
	in := office.Passage{
		Station: c.station(c.opt["station"]), Place: chepiao.CheckPlace(c.opt["place"]), Gate: c.opt["gate"], Device: c.opt["device"],
		Name: strings.ReplaceAll(c.opt["name"], "_", " "), Override: c.opt["override"], Children: c.opt["children"] != "",
	}
	if in.Device == "" {
		in.Device = "gate-1"
	}
	switch {
	case len(c.args) > 0:
		in.Ticket = c.ticket(c.args[0]).String()
	case c.opt["staff"] != "":
		in.StaffCard, in.StaffKnown = true, c.opt["staff"] == "known"
	case c.opt["voucher"] != "" || c.opt["forged"] != "":
		in.Code = c.code(c.opt["voucher"] + c.opt["forged"])
		if c.opt["forged"] != "" { // another character in the middle
			b := []byte(in.Code)
			b[len(b)/2] ^= 1
			in.Code = string(b)
		}
	}
	if who := c.opt["doc"] + c.opt["id"]; who != "" {
		in.Document, in.Number = string(chepiao.ResidentID), c.person(who)
	}
	if passport := c.opt["passport"]; passport != "" {
		in.Document, in.Number, in.Nationality = c.passport("", passport)
	}
	if c.opt["expires"] != "" {
		var err error
		in.Expires, err = chepiao.ParseDay(c.opt["expires"])
		must(c.t, err)
	}
	if c.opt["seen"] != "" {
		in.Method, in.Seen = chepiao.ByHand, chepiao.DocumentKind(c.opt["seen"])
	}
	if c.opt["face"] != "" {
		in.Method, in.NoMatch = chepiao.ByFace, c.opt["face"] == "no"
	}
	if c.opt["clock"] != "" {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.clock().In(shanghai).Format("2006-01-02 ")+c.opt["clock"], shanghai)
		must(c.t, err)
		in.At = at
	}
	if c.opt["boarding"] != "" {
		in.Departure = c.departure(c.opt["boarding"])
	}
	check := func(in office.Passage) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			got, err := c.office.Check(context.Background(), c.clock(), v, in)
			if err != nil {
				return "", err
			}
			return c.checkedText(got), nil
		}
	}
	other := in
	other.Device = "elsewhere"
	return c.send(check(in), check(other))
}

// checkedText is what a gate's screen shows.
func (c *command) checkedText(got office.Checked) string {
	v := got.Verdict
	if v.ZH == "" || v.EN == "" || v.Next.ZH == "" || v.Next.EN == "" {
		c.t.Errorf("%s: the verdict %s lacks words: %+v", c.where, v.Reason, v)
	}
	text := fmt.Sprintf("%s %s %s", v.Light, v.Reason, v.ZH)
	if got.Found {
		text += fmt.Sprintf(" · %s %s", c.label(got.Ticket), got.Passenger)
	}
	for _, t := range got.Children {
		text += fmt.Sprintf(" + %s %s", c.label(t), t.State)
	}
	if v.Move {
		text += fmt.Sprintf(", now %s seat %d", got.Run.Template.Number, got.Ticket.Seat)
	}
	if v.Overrode != "" {
		text += fmt.Sprintf(", in spite of %s", v.Overrode)
	}
	return text
}

func (c *command) code(label string) string {
	code, _, err := c.office.Voucher(context.Background(), c.ticket(label))
	must(c.t, err)
	return code
}

func (c *command) uncheck() string {
	id := c.ticket(c.args[0])
	uncheck := func(reason string) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			t, err := c.office.Uncheck(context.Background(), v, id, reason)
			if err == nil && (!t.CheckedAt.IsZero() || t.CheckedBy != "") {
				c.t.Errorf("%s: the ticket still says when or where it was checked", c.where)
			}
			return fmt.Sprintf("%s %s", c.args[0], t.State), err
		}
	}
	return c.send(uncheck(c.opt["because"]), uncheck("for another reason"))
}

// reviews [mismatch]: what a supervisor looks at today
func (c *command) reviews() string {
	what := chepiao.Review(strings.Join(c.args, ""))
	list, err := c.office.Reviews(context.Background(), c.day(), what, 0, 50)
	if err != nil {
		return c.no(err)
	}
	text := ""
	for _, r := range list {
		text += fmt.Sprintf("%s %s at %s: %s", c.clockText(r.At), r.What, r.Check.Device, r.Check.Verdict.Reason)
		if r.Check.Verdict.Overrode != "" {
			text += fmt.Sprintf(", in spite of %s (%s)", r.Check.Verdict.Overrode, r.Check.Override.Reason)
		}
		if r.Check.Seen != "" {
			text += ", seen " + string(r.Check.Seen)
		}
		if r.Found {
			text += fmt.Sprintf(" · %s %s", c.label(r.Ticket), r.Passenger)
		}
		text += "\n"
	}
	if text == "" {
		return "nothing"
	}
	return text
}
