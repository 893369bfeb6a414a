package bench

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// WriteText prints the report as a person reads it in a terminal.
func (r *Report) WriteText(out io.Writer) error {
	fmt.Fprintln(out, r.heading())
	for _, p := range r.Pools {
		fmt.Fprintf(out, "%s: %d connections sold most (of %v: %s orders/s)\n", p.Contender, p.Kept, p.Sizes, rounded(p.Orders))
	}
	for _, l := range r.Loads {
		fmt.Fprintf(out, "\n%s, %s\n", l.Title, l.Way)
		w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
		fmt.Fprintln(w, "  \ta second\tleast … most\tcpu µs\thold p50/p99 ms\tpay p50/p99 ms\trefund p50/p99 ms\tsold out\tbusy")
		for _, c := range l.Contenders {
			fmt.Fprintf(w, "  %s\t%.0f\t%s\t%.0f\t%.1f / %.1f\t%.1f / %.1f\t%.1f / %.1f\t%d\t%d\n", c.Name, Median(c.Orders), span(c.Orders), Median(c.Cost),
				c.Hold.P50, c.Hold.P99, c.Pay.P50, c.Pay.P99, c.Refund.P50, c.Refund.P99, c.Refused, c.Busy)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, w := range r.Writers {
		fmt.Fprintf(out, "\n%s in process: %.1f verbs a commit (%d at most), %.2f ms a commit, %d batches run again", w.Contender, w.Verbs, w.Largest, w.CommitMS, w.Retried)
	}
	if len(r.Writers) > 0 {
		fmt.Fprintln(out)
	}
	for _, l := range r.Looks {
		fmt.Fprintf(out, "\n%s, %s: %.0f requests/s; bare JSON handler %.0f", titles[l.Name], l.Contender, Median(l.Requests), Median(l.Bare))
	}
	if len(r.Looks) > 0 {
		fmt.Fprintln(out)
	}
	if len(r.Targets) > 0 {
		fmt.Fprintln(out)
		w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
		fmt.Fprintln(w, "  target\t\tgoal\tmeasured\tworst round\t")
		for _, t := range r.Targets {
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\n", t.What, t.Way, t.goal(), t.value(t.Value), t.value(t.Least), t.verdict())
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if err := r.writeScale(out); err != nil {
		return err
	}
	if r.Import != nil {
		fmt.Fprintf(out, "\nimport of %d stop times: %.1f s, %.0f MB of memory at most\n", r.Import.StopTimes, r.Import.Seconds, r.Import.PeakMB)
	}
	for _, v := range r.Verify {
		fmt.Fprintf(out, "verifying a voucher, %s: %.3f ms\n", v.Suite, v.Millis)
	}
	return nil
}

func (r *Report) heading() string {
	text := fmt.Sprintf("%s, %d cores, %s; a 4 KiB write and fdatasync takes %.3f ms (%.0f a second).", r.Machine.CPU, r.Machine.Cores, r.Machine.Go, r.Machine.SyncMS, 1000/max(r.Machine.SyncMS, 0.001))
	text += fmt.Sprintf("\n%d clients on the same machine, medians of %d interleaved rounds of %d ms.", r.Clients, r.Rounds, r.SpanMS)
	if w := r.World; w.Departures > 0 {
		text += fmt.Sprintf("\n%d departures and a flow departure of %d places, %.0f %% sold by %d orders before the first round, %.0f to %.0f %% after any.", w.Departures, w.Places, 100*w.Kept, w.Orders, 100*w.Least, 100*w.Most)
	}
	return text
}

// WriteMarkdown prints the tables of docs/performance.md.
func (r *Report) WriteMarkdown(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", strings.ReplaceAll(r.heading(), "\n", " "))
	if len(r.Targets) > 0 {
		b.WriteString("| what | way | target | measured | worst round | reached | `bin/chepiao bench …` |\n|---|---|---|---|---|---|---|\n")
		for _, t := range r.Targets {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | `%s` |\n", t.What, t.Way, t.goal(), t.value(t.Value), t.value(t.Least), t.verdict(), t.Command)
		}
	}
	if len(r.Loads) > 0 {
		b.WriteString("\n| load | way | who | a second (least … most) | processor time, µs | hold p50 / p99 ms | pay p50 / p99 ms | refund p50 / p99 ms | sold out | busy |\n|---|---|---|---|---|---|---|---|---|---|\n")
	}
	for _, l := range r.Loads {
		for _, c := range l.Contenders {
			fmt.Fprintf(&b, "| %s | %s | %s | %.0f (%s) | %.0f | %.1f / %.1f | %.1f / %.1f | %.1f / %.1f | %d | %d |\n", l.Title, l.Way, c.Name, Median(c.Orders), span(c.Orders), Median(c.Cost),
				c.Hold.P50, c.Hold.P99, c.Pay.P50, c.Pay.P99, c.Refund.P50, c.Refund.P99, c.Refused, c.Busy)
		}
	}
	if len(r.Looks) > 0 {
		b.WriteString("\n| requests | who | a second | the bare handler's |\n|---|---|---|---|\n")
	}
	for _, l := range r.Looks {
		fmt.Fprintf(&b, "| %s | %s | %.0f | %.0f |\n", titles[l.Name], l.Contender, Median(l.Requests), Median(l.Bare))
	}
	if len(r.Writers) > 0 {
		b.WriteString("\n| writer, in process | verbs a commit | at most | a commit takes | run again |\n|---|---|---|---|---|\n")
	}
	for _, w := range r.Writers {
		fmt.Fprintf(&b, "| %s | %.1f | %d | %.2f ms | %d of %d |\n", w.Contender, w.Verbs, w.Largest, w.CommitMS, w.Retried, w.Batches)
	}
	if len(r.Pools) > 0 {
		b.WriteString("\n| connections of | tried: orders/s | kept |\n|---|---|---|\n")
	}
	for _, p := range r.Pools {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", p.Contender, tried(p), p.Kept)
	}
	r.scaleTables(&b)
	if r.Import != nil {
		fmt.Fprintf(&b, "\nImport of %d stop times: %.1f s, %.0f MB of memory at most (`--scenario single`).\n", r.Import.StopTimes, r.Import.Seconds, r.Import.PeakMB)
	}
	for _, v := range r.Verify {
		fmt.Fprintf(&b, "Verifying a voucher, %s: %.3f ms.\n", v.Suite, v.Millis)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (t TargetResult) goal() string {
	switch {
	case t.Goal == 0:
		return "–"
	case t.AtMost:
		return "≤ " + t.value(t.Goal)
	}
	return "≥ " + t.value(t.Goal)
}

// value is a ratio as people say it: times from two on, shares in percent below.
func (t TargetResult) value(v float64) string {
	switch {
	case v == 0:
		return "–"
	case t.Unit != "":
		return fmt.Sprintf("%.4g %s", v, t.Unit)
	case t.Goal >= 2 || t.Goal == 0 && !t.AtMost:
		return fmt.Sprintf("%.1f×", v)
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}

func (t TargetResult) verdict() string {
	switch {
	case t.Goal == 0 && (t.Least == 0 || t.Least >= 1):
		return ""
	case t.Goal == 0:
		return "below in a round"
	case t.Reached:
		return "yes"
	}
	return "no"
}

func span(list []float64) string {
	least, most := math.Inf(1), 0.0
	for _, v := range list {
		least, most = min(least, v), max(most, v)
	}
	return fmt.Sprintf("%.0f … %.0f", least, most)
}

func rounded(list []float64) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, fmt.Sprintf("%.0f", v))
	}
	return strings.Join(parts, ", ")
}

func tried(p PoolResult) string {
	var parts []string
	for i, size := range p.Sizes {
		parts = append(parts, fmt.Sprintf("%d: %.0f", size, p.Orders[i]))
	}
	return strings.Join(parts, ", ")
}
