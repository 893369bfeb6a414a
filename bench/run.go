package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"chepiao"
	"chepiao/postgres"
)

// Plan says what to measure.
type Plan struct {
	Folder   string // empty folder for the data, which PostgreSQL's user can reach
	Rounds   int
	Clients  int
	Span     time.Duration // of one measurement
	Scenario string        // only this one; "" all of them
	Pool     int           // connections of a yardstick on PostgreSQL; 0: the best number is found first
	Only     string        // contenders whose names contain this; "" all of them
	Tickets  int           // in the largest store of scale
	// Prepare makes a node with the bench's timetable in a folder and on a target
	// ("": the folder's own file) and returns the network. Open opens one.
	Prepare func(ctx context.Context, folder, target string) (*chepiao.Network, error)
	Open    Opener
	// PrepareScale is Prepare with a timetable that is sold ScaleDays ahead.
	PrepareScale func(ctx context.Context, folder, target string) (*chepiao.Network, error)
	// Province opens a hub and a station in an empty folder; the station's own is
	// "station" in it.
	Province func(ctx context.Context, folder string) (*Province, error)
	Progress func(done, total int, note string)
}

// Ways of driving a contender.
const (
	inProcess = "in process"
	overHTTP  = "over HTTP"
)

// kindOfLoad is how the crowd spreads over the pools.
type kindOfLoad struct {
	name, title string
	weights     func(*world) [poolCount]float64
}

var loads = []kindOfLoad{
	{"spread", "hold + pay, evenly over the departures", func(w *world) (by [poolCount]float64) {
		all := float64(len(w.pools[hotPool].departures) + len(w.pools[restPool].departures))
		by[hotPool], by[restPool] = float64(len(w.pools[hotPool].departures))/all, float64(len(w.pools[restPool].departures))/all
		return by
	}},
	{"ten", "hold + pay, 90 % on ten departures", func(*world) [poolCount]float64 { return [poolCount]float64{0.9, 0.1, 0} }},
	{"flow", "hold + pay, one flow departure", func(*world) [poolCount]float64 { return [poolCount]float64{0, 0, 1} }},
}

// Scenarios are the names that a plan may ask for alone; loads are the first
// six.
func Scenarios() []string {
	return []string{"spread", "ten", "flow", "opening", "look", "slow", "single", "loads", "checkin", "seats", "scale", "counter", "paper", "station"}
}

// Run measures the plan's scenarios in interleaved rounds: in process, then over
// HTTP, contenders one after the other and never at once.
func Run(ctx context.Context, plan Plan) (report *Report, err error) {
	if plan.Scenario != "" && !slices.Contains(Scenarios(), plan.Scenario) {
		return nil, fmt.Errorf("there is no scenario %q: %v", plan.Scenario, Scenarios())
	}
	report = newReport(plan)
	if plan.Scenario == "checkin" {
		plan.Only = ours // nobody else has a gate
	}
	if plan.wants(append(Scenarios()[:6], "checkin")...) {
		if err := meet(ctx, plan, report); err != nil {
			return report, err
		}
	}
	if plan.wants("single") {
		if report.Verify, err = Verify(); err == nil {
			report.Import, err = Import(ctx, plan.Folder)
		}
	}
	if plan.wants("seats") && err == nil {
		for _, demand := range demands {
			report.Seats = append(report.Seats, Seats(seatsSeeds, demand))
		}
	}
	if plan.wants("paper") && err == nil {
		report.Paper, err = Paper()
	}
	if plan.wants("counter") && err == nil {
		report.Counter, err = measureCounter(ctx, plan)
	}
	if plan.wants("station") && err == nil {
		report.Station, err = station(ctx, plan)
	}
	if plan.wants("scale") && err == nil {
		err = scale(ctx, plan, report)
	}
	report.judge()
	return report, err
}

func (p Plan) wants(names ...string) bool {
	if p.Scenario == "loads" {
		return slices.ContainsFunc(Scenarios()[:6], func(s string) bool { return slices.Contains(names, s) })
	}
	return p.Scenario == "" || slices.Contains(names, p.Scenario)
}

// serverSettings are what a good team would set on a machine of this size; they
// are the same for everybody. Nothing of them weakens durability.
var serverSettings = map[string]string{
	"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on",
	"shared_buffers": "1GB", "effective_cache_size": "4GB", "work_mem": "16MB", "wal_buffers": "64MB",
	"max_wal_size": "16GB", "min_wal_size": "1GB", "checkpoint_timeout": "30min", "checkpoint_completion_target": "0.9",
	"wal_compression": "lz4", "random_page_cost": "1.1", "effective_io_concurrency": "100", "jit": "off", "max_connections": "400",
}

// meet starts PostgreSQL, fills everybody's database and measures.
func meet(ctx context.Context, plan Plan, report *Report) (err error) {
	server, err := postgres.Init(ctx, filepath.Join(plan.Folder, "postgres"), postgres.Options{Sync: true, Extra: serverSettings})
	if err == nil {
		err = server.Start(ctx)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Kill()) }() // the folder goes with it
	a, err := newArena(ctx, plan, server)
	if err != nil {
		return err
	}
	report.describe(a)
	defer func() { report.World.Least, report.World.Most = a.least, a.most }()
	if plan.wants("spread", "ten", "flow", "opening") {
		if err := a.inProcess(ctx, report); err != nil {
			return err
		}
	}
	if plan.wants("spread", "ten", "flow", "opening", "look") {
		if err := a.overHTTP(ctx, report); err != nil {
			return err
		}
	}
	if plan.wants("checkin") {
		if err := a.checkin(ctx, report); err != nil {
			return err
		}
	}
	if plan.wants("slow") {
		return a.slow(ctx, report)
	}
	return nil
}

func (a *arena) inProcess(ctx context.Context, report *Report) (err error) {
	for _, c := range a.running {
		if err := a.tune(ctx, c, report); err != nil {
			return fmt.Errorf("tuning %s: %w", c.name, err)
		}
	}
	defer func() { err = errors.Join(err, a.leave()) }()
	for _, c := range a.running {
		if err := a.enter(ctx, c); err != nil {
			return fmt.Errorf("opening %s: %w", c.name, err)
		}
	}
	if err := a.rounds(ctx, report, inProcess, a.running); err != nil {
		return err
	}
	for _, c := range a.running {
		if c.store == nil {
			continue
		}
		if n := c.store.Stats(); n.Batches > 0 {
			each := float64(n.Batches)
			report.Writers = append(report.Writers, WriterResult{c.name, n.Batches, float64(n.Verbs) / each, n.Largest, float64(n.Commit.Microseconds()) / 1000 / each, n.Retried})
		}
	}
	return nil
}

func (a *arena) overHTTP(ctx context.Context, report *Report) (err error) {
	defer func() { err = errors.Join(err, a.leave()) }()
	for _, c := range a.running {
		if err := a.serve(ctx, c); err != nil {
			return fmt.Errorf("starting %s: %w", c.name, err)
		}
	}
	if a.plan.wants("look") {
		floor, err := openFloor(ctx, a.plan.Clients)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, floor.stop()) }()
		if err := a.lookRounds(ctx, report, floor); err != nil {
			return err
		}
	}
	return a.rounds(ctx, report, overHTTP, a.running)
}

func (a *arena) leave() (err error) {
	for _, c := range a.running {
		err = errors.Join(err, c.leave())
	}
	return err
}

// rounds measures the loads and the opening; no contender always runs first.
// Before the first round everybody sells for a while, so that connections are
// made, statements prepared and caches as warm as they will be.
func (a *arena) rounds(ctx context.Context, report *Report, way string, list []*contender) error {
	for _, c := range list {
		if _, _, err := c.crowd.run(ctx, a.plan.Span, sell(loads[0].weights(a.world))); err != nil {
			return fmt.Errorf("warming up, %s, %s: %w", way, c.name, err)
		}
	}
	for round := range a.plan.Rounds {
		for _, l := range loads {
			if !a.plan.wants(l.name) {
				continue
			}
			for i := range list {
				c := list[(i+round)%len(list)]
				t, took, err := a.measure(ctx, c.crowd, a.plan.Span, sell(l.weights(a.world)))
				if err != nil {
					return fmt.Errorf("%s, %s, %s: %w", l.title, way, c.name, err)
				}
				report.load(l.name, l.title, way).sold(c.name, t, took)
			}
		}
		if a.plan.wants("opening") {
			if err := a.opening(ctx, report, way, list, round); err != nil {
				return err
			}
		}
		a.plan.Progress(round+1, a.plan.Rounds, way)
	}
	return nil
}
