package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"chepiao"
)

// Plan says what to measure.
type Plan struct {
	Folder   string // empty folder for the data
	Rounds   int
	Clients  int
	Span     time.Duration // of one measurement
	Scenario string        // only this one; "" all of them
	// Prepare makes a data folder with the bench's timetable and returns the
	// network: spread is many coaches, flow one flow departure of 2,000 places.
	Prepare  func(ctx context.Context, folder string, flow bool) (*chepiao.Network, error)
	Progress func(done, total int, note string)
}

// mode is one way of running a hub.
type mode struct {
	name string
	args []string
}

var (
	grouped = mode{"group commit", nil}
	single  = mode{"one transaction a verb, seats cached", []string{"--batch-max", "1"}}
	cold    = mode{"one transaction a verb", []string{"--batch-max", "1", "--cold"}}
)

// scenario is a kind of load and the ways to compare under it.
type scenario struct {
	name  string
	title string
	flow  bool
	hot   bool // nine tenths on ten departures
	delay time.Duration
	modes []mode
	find  bool // measure search, too
}

var scenarios = []scenario{
	{name: "spread", title: "hold + pay, evenly spread", modes: []mode{grouped, cold, single}, find: true},
	{name: "ten", title: "hold + pay, 90 % on ten departures", hot: true, modes: []mode{grouped, cold, single}},
	{name: "flow", title: "hold + pay, one flow departure of 2,000 places", flow: true, modes: []mode{grouped, cold, single}},
	{name: "slow", title: "hold + pay, 8 ms added to every commit", delay: 8 * time.Millisecond, modes: []mode{grouped, cold}},
}

// Run measures the plan's scenarios in interleaved rounds.
func Run(ctx context.Context, plan Plan) (report *Report, err error) {
	report = newReport(plan)
	total, done := 0, 0
	for _, s := range scenarios {
		if plan.Scenario == "" || plan.Scenario == s.name {
			total += plan.Rounds
		}
	}
	for _, s := range scenarios {
		if plan.Scenario != "" && plan.Scenario != s.name {
			continue
		}
		step := func() { done++; plan.Progress(done, total, s.title) }
		if err := runScenario(ctx, plan, s, report, step); err != nil {
			return report, fmt.Errorf("%s: %w", s.title, err)
		}
	}
	if plan.Scenario == "" || plan.Scenario == "single" {
		if report.Verify, err = Verify(); err == nil {
			report.Import, err = Import(ctx, plan.Folder)
		}
		return report, err
	}
	if len(report.Scenarios) == 0 {
		return nil, fmt.Errorf("there is no scenario %q: spread, ten, flow, slow, single", plan.Scenario)
	}
	return report, nil
}

// contender is one running hub with its crowd.
type contender struct {
	mode  mode
	hub   *process
	crowd *crowd
}

func runScenario(ctx context.Context, plan Plan, s scenario, report *Report, step func()) (err error) {
	var running []*contender
	defer func() {
		for _, c := range running {
			err = errors.Join(err, c.hub.stop())
		}
	}()
	for _, m := range s.modes {
		c, openErr := openContender(ctx, plan, s, m)
		if c != nil {
			running = append(running, c)
		}
		if openErr != nil {
			return openErr
		}
	}
	floor, err := start(ctx, os.Stderr, "bench", "--serve-bare")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, floor.stop()) }()
	var people atomic.Int64
	bareCrowd := newCrowd(floor.url, plan.Clients, running[0].crowd.clients[0].pools, &people, 1)
	result := report.scenario(s)
	for round := range plan.Rounds {
		for i := range running {
			c := running[(i+round)%len(running)] // no mode always runs first
			t, took, err := c.crowd.run(ctx, plan.Span, sell)
			if err != nil {
				return fmt.Errorf("%s: %w", c.mode.name, err)
			}
			result.sold(c.mode.name, t, took)
		}
		t, took, err := bareCrowd.run(ctx, plan.Span, bare)
		if err != nil {
			return fmt.Errorf("bare: %w", err)
		}
		result.bare(t, took)
		if s.find {
			t, took, err := running[0].crowd.run(ctx, plan.Span, search(searchLimit))
			if err != nil {
				return err
			}
			result.found(t, took)
		}
		step()
	}
	for _, c := range running {
		if err := result.stats(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// searchLimit is the page of a search: what a phone shows before scrolling far.
const searchLimit = 10

// openContender makes a data folder, sells half of it with group commit, and
// starts the hub in its mode.
func openContender(ctx context.Context, plan Plan, s scenario, m mode) (*contender, error) {
	folder, err := os.MkdirTemp(plan.Folder, s.name+"-")
	if err != nil {
		return nil, err
	}
	network, err := plan.Prepare(ctx, folder, s.flow)
	if err != nil {
		return nil, err
	}
	pools := poolsOf(network, s)
	people := new(atomic.Int64)
	args := []string{"hub", filepath.Clean(folder), "--listen", "127.0.0.1:0", "--open", "--print-json"}
	filler, err := start(ctx, os.Stderr, args...)
	if err != nil {
		return nil, err
	}
	crowd := newCrowd(filler.url, plan.Clients, pools, people, 7)
	err = crowd.fill(ctx)
	crowd.clients[0].http.CloseIdleConnections()
	if err := errors.Join(err, filler.stop()); err != nil {
		return nil, fmt.Errorf("filling: %w", err)
	}
	if s.delay > 0 {
		args = append(args, "--commit-delay", s.delay.String())
	}
	hub, err := start(ctx, os.Stderr, append(args, m.args...)...)
	if err != nil {
		return nil, err
	}
	connections := newHTTP(plan.Clients)
	for _, c := range crowd.clients {
		c.client = client{connections, hub.url}
	}
	return &contender{m, hub, crowd}, nil
}

// poolsOf spreads the load evenly, or nine tenths of it over ten departures.
func poolsOf(n *chepiao.Network, s scenario) []pool {
	now := time.Now()
	all := Journeys(n, now.Add(30*time.Hour), now.Add(54*time.Hour))
	if !s.hot {
		return []pool{newPool(all, 1)}
	}
	hot := map[chepiao.DepartureID]bool{}
	var few, rest []Journey
	for _, j := range all {
		if len(hot) < 10 {
			hot[j.Departure] = true
		}
		if hot[j.Departure] {
			few = append(few, j)
		} else {
			rest = append(rest, j)
		}
	}
	return []pool{newPool(few, 0.9), newPool(rest, 0.1)}
}
