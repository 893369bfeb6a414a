package office_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
)

// The words of stories about rules.
func init() { verbs["rules"] = (*command).rules }

// rules is one of
//
//	rules set station:SJZ advance_days=10 check_opens=25min from=2026-11-23 why=reason
//	rules withdraw 3
//	rules explain refund station=SJZ line=G101
//	rules preview station:SJZ advance_days=10
//	rules sheets
func (c *command) rules() string {
	c.t.Helper()
	switch what := c.args[0]; what {
	case "set":
		in := c.sheetInput(c.args[1])
		return c.send(func(v office.Verb) (string, error) {
			return c.sheetOr(c.office.SetSheet(context.Background(), v, in))
		}, func(v office.Verb) (string, error) {
			in := in
			in.Reason += "!"
			_, err := c.office.SetSheet(context.Background(), v, in)
			return "", err
		})
	case "withdraw":
		var no int64
		fmt.Sscan(c.args[1], &no)
		return c.send(func(v office.Verb) (string, error) {
			return c.sheetOr(c.office.WithdrawSheet(context.Background(), v, no))
		}, func(v office.Verb) (string, error) {
			return c.sheetOr(c.office.WithdrawSheet(context.Background(), v, no+1))
		})
	case "explain":
		where, err := c.office.Place(c.opt["station"], c.opt["line"])
		if err != nil {
			return c.no(err)
		}
		a, err := c.office.ExplainRule(c.args[1], where, c.clock())
		if err != nil {
			return c.no(err)
		}
		text := a.Because.ZH
		for _, s := range a.Coming {
			text += "\n  later: " + c.sheetText(s)
		}
		return text
	case "sheets":
		var lines []string
		for _, s := range c.office.Sheets() {
			lines = append(lines, c.sheetText(s))
		}
		return strings.Join(lines, "\n")
	case "preview":
		p, err := c.office.PreviewSheet(context.Background(), c.sheetInput(c.args[1]), nil)
		if err != nil {
			return c.no(err)
		}
		return c.previewText(p)
	default:
		c.t.Fatalf("%s: rules cannot %s", c.where, what)
		return ""
	}
}

// sheetInput reads the scope and the options, all of which but from and why are
// rules, in the order of the table.
func (c *command) sheetInput(scope string) (in office.SheetInput) {
	c.t.Helper()
	var err error
	in.Scope, err = chepiao.ParseScope(scope)
	must(c.t, err)
	in.Reason = "story"
	if why := c.opt["why"]; why != "" {
		in.Reason = why
	}
	if from := c.opt["from"]; from != "" {
		in.Effective, err = time.ParseInLocation("2006-01-02", from, shanghai)
		must(c.t, err)
	}
	values := map[string]json.RawMessage{}
	for name, text := range c.opt {
		if name == "from" || name == "why" {
			continue
		}
		rule, err := chepiao.RuleNamed(name)
		if err != nil {
			values[name] = json.RawMessage("1") // the office refuses it
			continue
		}
		values[name], err = rule.Read(strings.ReplaceAll(text, "_", " "))
		must(c.t, err)
	}
	in.Values, err = json.Marshal(values)
	must(c.t, err)
	return in
}

func (c *command) sheetOr(s chepiao.Sheet, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return c.sheetText(s), nil
}

func (c *command) sheetText(s chepiao.Sheet) string {
	values := string(s.Values)
	if len(s.Names()) > 10 {
		values = "all rules"
	}
	text := fmt.Sprintf("sheet %d %s from %s by %s (%s): %s", s.No, s.Scope, s.Effective.In(shanghai).Format("01-02 15:04"), s.Author, s.Reason, values)
	if !s.Withdrawn.IsZero() {
		text += ", withdrawn"
	}
	return text
}

func (c *command) previewText(p office.RulePreview) string {
	var lines []string
	for _, ch := range p.Changes {
		line := fmt.Sprintf("%s %s: %s → %s", ch.Scope, ch.Rule, ch.OldZH, ch.NewZH)
		if len(ch.Kept) > 0 {
			line += fmt.Sprintf(", kept by %v", ch.Kept)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	lines = append(lines, fmt.Sprintf("%d tickets sold there keep their terms; sold today, %d would cost another fee now: %s instead of %s; %d may be checked at another time",
		p.Tickets, p.OtherFee, p.NewFee.Yuan(), p.OldFee.Yuan(), p.OtherCheck))
	return strings.Join(lines, "\n")
}
