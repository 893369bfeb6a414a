package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"chepiao"
	"chepiao/bench/baseline"
	"chepiao/postgres"
)

// Scale asks whether an order costs the same whatever else is in the store, how
// much memory live tickets take, and how soon a hub sells after it was started.
//
// One store is filled by the office's own verbs and copied at each size. All
// tickets are live: for coaches of the days to come. What is measured is the same
// in each copy: the same clients buy on the same coaches of one day, equally full,
// and give back as much; only the rest of the store differs.
var scaleSizes = []int{1_000, 100_000, 1_000_000, 3_000_000}

// Days of the timetable of scale: sales are on one of them, the tickets that are
// only there are on the others.
const (
	ScaleDays = 30
	scaleDay  = 2 // from today; the coaches that are measured
	scaleFull = 0.6
)

// scaleClients buy, and have so many orders that each of them gives back the
// oldest of: together the tickets of the smallest store.
const (
	scaleClients = 64
	scaleEach    = 15
)

// doctorTickets is the largest store that doctor looks through.
const doctorTickets = 100_000

// Targets of scale.
const (
	flatWithin   = 0.20
	memoryGoal   = 1.5 // GiB with a million live tickets
	startGoal    = 10 * time.Second
	startTickets = 1_000_000
)

// ScaleResult is every store that was measured.
type ScaleResult struct {
	Departures int           `json:"departures"` // a day
	Stores     []*ScaleStore `json:"stores"`
}

// ScaleStore is one store of one size.
type ScaleStore struct {
	Contender string    `json:"contender"`
	Tickets   int       `json:"tickets"`
	Runs      int       `json:"runs"`       // departures that somebody has a ticket for
	FillRate  float64   `json:"fill"`       // tickets a second, since the size before
	Orders    []float64 `json:"orders"`     // a second, each round
	HubCost   []float64 `json:"hub_cost"`   // processor time of the hub's process for an order and the refund of another, µs, each round
	StoreCost []float64 `json:"store_cost"` // of the hub and the database's processes together
	Sold      int       `json:"sold"`       // orders while it was measured
	Start     float64   `json:"start_s"`    // from starting the program to the answer of the first hold
	StartMB   float64   `json:"start_mb"`   // resident memory of the hub's process then
	TouchedMB float64   `json:"touched_mb"` // after a sale on every departure
	TouchRate float64   `json:"touch_rate"` // orders a second of these sales

	c    *contender
	here []run // departures with tickets
}

// run is one departure of scale's timetable.
type run struct {
	template *chepiao.Template
	day      chepiao.Day
}

// scale measures both of Chepiao's stores at every size up to the plan's.
func scale(ctx context.Context, plan Plan, report *Report) (err error) {
	plan.Folder = filepath.Join(plan.Folder, "scale")
	if err := os.MkdirAll(plan.Folder, 0o755); err != nil {
		return err
	}
	s := &scaling{report: report, sizes: slices.DeleteFunc(slices.Clone(scaleSizes), func(n int) bool { return n >= plan.Tickets })}
	s.sizes = append(s.sizes, max(plan.Tickets, scaleSizes[0]))
	s.arena = &arena{plan: plan, least: 1}
	report.Scale = &ScaleResult{}
	if plan.Only != oursEmbedded {
		if s.server, err = postgres.Init(ctx, filepath.Join(plan.Folder, "postgres"), postgres.Options{Sync: true, Extra: serverSettings}); err == nil {
			err = s.server.Start(ctx)
		}
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.server.Kill()) }()
	}
	defer func() { err = errors.Join(err, s.leave()) }()
	for _, name := range []string{oursEmbedded, oursPostgres} {
		if plan.Only == "" || plan.Only == ours || plan.Only == name {
			if err := s.fill(ctx, name); err != nil {
				return fmt.Errorf("filling, %s: %w", name, err)
			}
		}
	}
	if err := s.flat(ctx); err != nil {
		return err
	}
	return s.starts(ctx)
}

// scaling is a measurement of scale under way.
type scaling struct {
	*arena
	report *Report
	sizes  []int
	stores []*ScaleStore
}

// leave stops the hubs that still run.
func (s *scaling) leave() (err error) {
	for _, st := range s.stores {
		err = errors.Join(err, st.c.leave())
	}
	return err
}

// fill sells a contender's tickets and copies its store at each size.
func (s *scaling) fill(ctx context.Context, name string) error {
	c := &contender{name: name, folder: filepath.Join(s.plan.Folder, "fill"+strconv.Itoa(len(s.stores)))}
	if name == oursPostgres {
		c.target = s.server.URL(dbName(0))
		if err := baseline.CreateDatabase(ctx, s.server.URL("postgres"), dbName(0)); err != nil {
			return err
		}
	}
	network, err := s.plan.PrepareScale(ctx, c.folder, c.target)
	if err != nil {
		return err
	}
	s.world = scaleWorld(network)
	s.report.Scale.Departures = len(s.world.pools[restPool].departures)
	c.crowd = newCrowd(s.world, scaleClients)
	f := newFiller(s.world)
	for i, size := range s.sizes {
		s.plan.Progress(i, len(s.sizes), fmt.Sprintf("%s: %d tickets", name, size))
		began, before := time.Now(), f.tickets()
		if err := s.enter(ctx, c); err != nil {
			return err
		}
		err := f.fill(ctx, c, size)
		rate := float64(f.tickets()-before) / time.Since(began).Seconds()
		if err = errors.Join(err, c.leave()); err != nil {
			return err
		}
		st := &ScaleStore{Contender: name, Tickets: f.tickets(), FillRate: rate, here: slices.Clone(f.runs())}
		st.Runs = len(st.here) + min(len(s.world.pools[restPool].departures), scaleClients*scaleEach)
		if st.c, err = s.copyOf(ctx, c, i+1); err != nil {
			return err
		}
		s.stores = append(s.stores, st)
		s.report.Scale.Stores = append(s.report.Scale.Stores, st)
	}
	return nil
}

func dbName(i int) string { return "scale" + strconv.Itoa(i) }

// copyOf copies a contender with its store and what its clients have bought.
func (s *scaling) copyOf(ctx context.Context, from *contender, i int) (*contender, error) {
	c := &contender{name: from.name, folder: from.folder + "-" + strconv.Itoa(i), crowd: newCrowd(s.world, scaleClients)}
	if err := os.CopyFS(c.folder, os.DirFS(from.folder)); err != nil {
		return nil, err
	}
	if from.target != "" {
		c.target = s.server.URL(dbName(i))
		if _, err := s.server.Ask(ctx, "CREATE DATABASE "+dbName(i)+" TEMPLATE "+dbName(0)+" STRATEGY FILE_COPY"); err != nil {
			return nil, err
		}
		if err := baseline.Settle(ctx, c.target); err != nil {
			return nil, err
		}
	}
	c.crowd.people.Store(from.crowd.people.Load())
	for k, cl := range from.crowd.clients {
		c.crowd.clients[k].mine[restPool], c.crowd.clients[k].legs = slices.Clone(cl.mine[restPool]), cl.legs
	}
	return c, nil
}

// scaleWorld is the coaches that are measured: the numbered ones of one day.
func scaleWorld(n *chepiao.Network) *world {
	w := &world{network: n}
	now := time.Now().In(n.Zone)
	day := chepiao.DayOf(now) + scaleDay
	for _, j := range Journeys(n, now.Add((scaleDay-1)*24*time.Hour), now.Add((scaleDay+2)*24*time.Hour)) {
		if j.Departure.Day() == day && !j.Flow {
			w.pools[restPool].add(j)
		}
	}
	return w
}

// flat measures orders on every store, in interleaved rounds: one after the other,
// each on its own hub.
func (s *scaling) flat(ctx context.Context) error {
	syscall.Sync() // gigabytes were just copied: the disk must not be busy with them while orders wait for it
	for _, st := range s.stores {
		if err := s.serve(ctx, st.c); err != nil {
			return err
		}
		if _, _, err := st.c.crowd.run(ctx, s.plan.Span, replace); err != nil {
			return fmt.Errorf("warming up, %s with %d tickets: %w", st.Contender, st.Tickets, err)
		}
	}
	for round := range s.plan.Rounds {
		for i := range s.stores {
			st := s.stores[(i+round)%len(s.stores)]
			hub, all := usedBy(st.c.hub.pid), s.used(st)
			t, took, err := st.c.crowd.run(ctx, s.plan.Span, replace)
			if err != nil {
				return fmt.Errorf("%s with %d tickets: %w", st.Contender, st.Tickets, err)
			}
			if t.orders == 0 {
				continue
			}
			st.Sold += t.orders
			st.Orders = append(st.Orders, float64(t.orders)/took.Seconds())
			st.HubCost = append(st.HubCost, float64((usedBy(st.c.hub.pid)-hub).Microseconds())/float64(t.orders))
			st.StoreCost = append(st.StoreCost, float64((s.used(st)-all).Microseconds())/float64(t.orders))
		}
		s.plan.Progress(round+1, s.plan.Rounds, "orders in stores of all sizes")
	}
	return s.leave()
}

// used is the processor time of a hub, with the database's where that is a
// program of its own.
func (s *scaling) used(st *ScaleStore) time.Duration {
	sum := usedBy(st.c.hub.pid)
	if st.c.target == "" {
		return sum
	}
	pids, err := s.server.Processes()
	if err != nil {
		return 0
	}
	for _, pid := range pids {
		sum += usedBy(pid)
	}
	return sum
}

// replace is a step: an order, and when the client has enough of them the oldest
// one back.
func replace(ctx context.Context, c *customer) error {
	for len(c.mine[restPool]) > scaleEach {
		if done, err := c.giveBack(ctx, restPool); err != nil || !done {
			return err
		}
	}
	return c.order(ctx, restPool)
}

// starts starts a hub on every store, one at a time, and has it sell.
func (s *scaling) starts(ctx context.Context) error {
	for i, st := range s.stores {
		if err := s.start(ctx, st); err != nil {
			return fmt.Errorf("starting %s with %d tickets: %w", st.Contender, st.Tickets, err)
		}
		if st.Tickets <= doctorTickets {
			n, err := s.findings(ctx, st)
			if err != nil || n > 0 {
				return fmt.Errorf("doctor has %d findings in %s with %d tickets: %w", n, st.Contender, st.Tickets, errors.Join(err, errors.New("the filling is not to be trusted")))
			}
		}
		s.plan.Progress(i+1, len(s.stores), "start, and memory")
	}
	return nil
}

func (s *scaling) start(ctx context.Context, st *ScaleStore) (err error) {
	trips := st.c.crowd.clients[0].world.pools[restPool].journeys
	began := time.Now()
	if err := s.serve(ctx, st.c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.c.leave()) }()
	for i := 0; ; i++ { // the first coach may happen to be full
		_, ok, err := st.c.crowd.clients[0].hold(ctx, &trips[i*len(trips)/100])
		if ok {
			break
		}
		if err != nil || i == 99 {
			return fmt.Errorf("the first hold: %w", errors.Join(err, errors.New("nothing was sold")))
		}
	}
	st.Start = time.Since(began).Seconds()
	st.StartMB = resident(st.c.hub.pid)
	if st.TouchRate, err = touch(ctx, st); err != nil {
		return fmt.Errorf("a sale on every departure: %w", err)
	}
	st.TouchedMB = resident(st.c.hub.pid)
	return nil
}

// findings are what doctor has to say of a store.
func (s *scaling) findings(ctx context.Context, st *ScaleStore) (n int, err error) {
	if err := s.enter(ctx, st.c); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.c.leave()) }()
	d, err := st.c.store.Doctor(ctx, nil)
	return len(d.Findings), err
}
