package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"chepiao"
	"chepiao/office"
)

// rulesLabCmd replays a period under proposed rules.
type rulesLabCmd struct {
	File string `arg:"" help:"Proposed rules: a file as export writes it." type:"existingfile"`
	Data string `help:"Data folder; the hub must not be running." required:"" type:"existingdir"`
	From string `help:"First day of the period, 2026-11-01; absent: the beginning."`
	To   string `help:"Last day of the period; absent: today."`
	JSON bool   `help:"Print the report as JSON."`
	database
}

func (c *rulesLabCmd) Run(ctx context.Context) error {
	f, err := readRuleFile(c.File)
	if err != nil {
		return err
	}
	n, err := openRules(ctx, c.Data, c.database)
	if err != nil {
		return err
	}
	defer n.store.Close()
	in := office.LabInput{Rules: f}
	zone := n.office.Timetable().Zone
	if in.From, err = startOf(c.From, 0, zone); err != nil {
		return err
	}
	if in.To, err = startOf(c.To, 1, zone); err != nil {
		return err
	}
	bar := newBar(os.Stderr)
	report, err := n.office.Lab(ctx, in, func(done, total int64) { bar.show("replaying 重演", done, total) })
	bar.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(report)
	}
	return tellLab(os.Stdout, report)
}

// startOf is the beginning of a day in the network's zone, so many days later;
// the zero time for "".
func startOf(day string, later chepiao.Day, zone *time.Location) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	d, err := chepiao.ParseDay(day)
	if err != nil {
		return time.Time{}, err
	}
	return chepiao.Clock(0).On(d+later, zone), nil
}

// tellLab prints a report as a table.
func tellLab(out io.Writer, r office.LabReport) error {
	fmt.Fprintf(out, "%d entries of the journal replayed; nothing was changed\n重演日志 %d 条，未作任何改动\n\n", r.Entries, r.Entries)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "area 项目\tjudged 判定\tother 不同\tmoney 原金额\tproposed 新金额\tdifference 差额\trefused more 增加拒绝\tfewer 减少\tunclear 不明")
	for _, a := range r.Areas {
		fmt.Fprintf(w, "%s %s\t%d\t%d\t%s\t%s\t%s\t%d\t%d\t%d\n", a.EN, a.ZH, a.Judged, a.Changed, a.Old.Yuan(), a.New.Yuan(), (a.New - a.Old).Yuan(), a.More, a.Fewer, a.Unclear)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, a := range r.Areas {
		if len(a.Examples) == 0 {
			continue
		}
		var tickets, reasons []string
		for _, t := range a.Examples {
			tickets = append(tickets, t.String())
		}
		for _, rule := range slices.Sorted(maps.Keys(a.Reasons)) {
			reasons = append(reasons, fmt.Sprintf("%s %d", rule, a.Reasons[rule]))
		}
		fmt.Fprintf(out, "\n%s %s: %s\n", a.EN, a.ZH, strings.Join(append(reasons, tickets...), ", "))
	}
	fmt.Fprintln(out, "\nRefused sales leave no trace in the journal: how many fewer there would have been cannot be said.\n日志不记录被拒绝的购票，因此不能说明会减少多少。")
	return nil
}
