package bench

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is everything measured, with the machine it was measured on. Rates are
// per second; the medians are over the rounds.
type Report struct {
	Machine   Machine           `json:"machine"`
	Rounds    int               `json:"rounds"`
	Clients   int               `json:"clients"`
	SpanMS    int64             `json:"span_ms"`
	Scenarios []*ScenarioResult `json:"scenarios"`
	Import    *ImportResult     `json:"import,omitempty"`
	Verify    []VerifyResult    `json:"verify,omitempty"`
}

// Machine says what a figure was measured on.
type Machine struct {
	CPU    string  `json:"cpu"`
	Cores  int     `json:"cores"`
	Go     string  `json:"go"`
	SyncMS float64 `json:"sync_ms"` // median of a 4 KiB write and fdatasync in the data folder
}

// ScenarioResult is one kind of load.
type ScenarioResult struct {
	Name   string             `json:"name"`
	Title  string             `json:"title"`
	Modes  []*ModeResult      `json:"modes"`
	Bare   []float64          `json:"bare_requests"`
	Search []float64          `json:"searches,omitempty"`
	Ratios map[string]float64 `json:"ratios"`
}

// ModeResult is one way of running the hub under a load.
type ModeResult struct {
	Name         string      `json:"name"`
	Orders       []float64   `json:"orders"`   // held and paid, a second, each round
	Commands     []float64   `json:"commands"` // requests that write, a second, each round
	Refused      int         `json:"refused"`
	Hold         Percentiles `json:"hold_ms"`
	Pay          Percentiles `json:"pay_ms"`
	Refund       Percentiles `json:"refund_ms"`
	SyncsAnOrder float64     `json:"syncs_an_order"`
	orders       int
	hold, pay    []time.Duration
	refund       []time.Duration
}

// Percentiles of a verb's time in milliseconds over all rounds.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

func newReport(plan Plan) *Report {
	return &Report{
		Machine: Machine{CPU: cpuName(), Cores: runtime.NumCPU(), Go: runtime.Version(), SyncMS: syncTime(plan.Folder)},
		Rounds:  plan.Rounds, Clients: plan.Clients, SpanMS: plan.Span.Milliseconds(),
	}
}

func (r *Report) scenario(s scenario) *ScenarioResult {
	result := &ScenarioResult{Name: s.name, Title: s.title, Ratios: map[string]float64{}}
	for _, m := range s.modes {
		result.Modes = append(result.Modes, &ModeResult{Name: m.name})
	}
	r.Scenarios = append(r.Scenarios, result)
	return result
}

func (s *ScenarioResult) mode(name string) *ModeResult {
	return s.Modes[slices.IndexFunc(s.Modes, func(m *ModeResult) bool { return m.Name == name })]
}

func (s *ScenarioResult) sold(name string, t tally, took time.Duration) {
	m := s.mode(name)
	m.Orders = append(m.Orders, float64(t.orders)/took.Seconds())
	m.Commands = append(m.Commands, float64(t.commands)/took.Seconds())
	m.Refused += t.refused
	m.orders += t.orders
	m.hold, m.pay, m.refund = append(m.hold, t.hold...), append(m.pay, t.pay...), append(m.refund, t.refund...)
}

func (s *ScenarioResult) bare(t tally, took time.Duration) {
	s.Bare = append(s.Bare, float64(t.commands)/took.Seconds())
}

func (s *ScenarioResult) found(t tally, took time.Duration) {
	s.Search = append(s.Search, float64(t.searches)/took.Seconds())
}

// stats closes a mode's account: percentiles, syncs from the hub's own count,
// and the ratios of medians.
func (s *ScenarioResult) stats(ctx context.Context, c *contender) error {
	m := s.mode(c.mode.name)
	m.Hold, m.Pay, m.Refund = percentiles(m.hold), percentiles(m.pay), percentiles(m.refund)
	var said struct {
		Batches int64 `json:"batches"`
	}
	if err := (&client{newHTTP(1), c.hub.url}).call(ctx, "GET", "/debug/store", "", nil, &said); err != nil {
		return fmt.Errorf("asking for the counts of syncs: %w", err)
	}
	if m.orders > 0 {
		m.SyncsAnOrder = float64(said.Batches) / float64(m.orders)
	}
	ours := s.mode(grouped.name)
	if m != ours {
		s.Ratios["group commit : "+m.Name] = Median(ours.Orders) / Median(m.Orders)
	} else {
		s.Ratios["commands : bare JSON"] = Median(m.Commands) / Median(s.Bare)
		if len(s.Search) > 0 {
			s.Ratios["search : bare JSON"] = Median(s.Search) / Median(s.Bare)
		}
	}
	return nil
}

// Median of a list that is not empty; 0 of an empty one.
func Median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func percentiles(times []time.Duration) Percentiles {
	if len(times) == 0 {
		return Percentiles{}
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[min(len(times)-1, int(share*float64(len(times))))].Microseconds()) / 1000
	}
	return Percentiles{at(0.50), at(0.99)}
}

// WriteText prints the report as a person reads it.
func (r *Report) WriteText(out io.Writer) error {
	fmt.Fprintf(out, "%s, %d cores, %s; a 4 KiB write and fdatasync takes %.3f ms\n", r.Machine.CPU, r.Machine.Cores, r.Machine.Go, r.Machine.SyncMS)
	fmt.Fprintf(out, "%d clients over HTTP on the same machine, medians of %d interleaved rounds of %d ms\n", r.Clients, r.Rounds, r.SpanMS)
	for _, s := range r.Scenarios {
		fmt.Fprintf(out, "\n%s\n", s.Title)
		w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
		fmt.Fprintln(w, "  \torders/s\tcommands/s\thold p50/p99 ms\tpay p50/p99 ms\trefund p50/p99 ms\tsyncs/order")
		for _, m := range s.Modes {
			fmt.Fprintf(w, "  %s\t%.0f\t%.0f\t%.1f / %.1f\t%.1f / %.1f\t%.1f / %.1f\t%.3f\n", m.Name, Median(m.Orders), Median(m.Commands),
				m.Hold.P50, m.Hold.P99, m.Pay.P50, m.Pay.P99, m.Refund.P50, m.Refund.P99, m.SyncsAnOrder)
		}
		fmt.Fprintf(w, "  bare JSON handler\t\t%.0f\n", Median(s.Bare))
		if len(s.Search) > 0 {
			fmt.Fprintf(w, "  search, %d departures a page\t\t%.0f\n", searchLimit, Median(s.Search))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(s.Ratios)) {
			fmt.Fprintf(out, "  %-54s %.2f\n", name, s.Ratios[name])
		}
	}
	if r.Import != nil {
		fmt.Fprintf(out, "\nimport of %d stop times: %.1f s, %.0f MB of memory at most\n", r.Import.StopTimes, r.Import.Seconds, r.Import.PeakMB)
	}
	for _, v := range r.Verify {
		fmt.Fprintf(out, "verifying a voucher, %s: %.3f ms\n", v.Suite, v.Millis)
	}
	return nil
}

func cpuName() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
