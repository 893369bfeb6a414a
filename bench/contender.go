package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/bench/baseline"
	"chepiao/office"
	"chepiao/postgres"
	"chepiao/store"
)

// contender is one program on one database, with the crowd that buys from it.
// It is driven in process first and over HTTP then, on the same rows.
type contender struct {
	name   string
	kind   baseline.Kind // "" is Chepiao
	folder string        // of its own: keys, and the file of an embedded database
	target string        // postgres:// URL, "" for the file in the folder
	pool   int           // connections of a yardstick
	args   []string      // further arguments of the hub
	crowd  *crowd

	store *store.Store // in process
	hub   *process     // over HTTP
	doer  *http.Client
	close func() error
}

// Names of the contenders, as the report has them.
const (
	ours         = "Chepiao"
	oursPostgres = "Chepiao on PostgreSQL"
	oursEmbedded = "Chepiao embedded"
	rowLocks     = "row locks on PostgreSQL"
	sentTogether = "row locks, pipelined"
	versions     = "versions on PostgreSQL"
	perVerb      = "SQLite, one transaction a verb"
)

// arena is where contenders meet: one folder, one PostgreSQL, one world.
type arena struct {
	plan    Plan
	world   *world
	base    string // folder of a node that has the timetable; copied for each
	server  *postgres.Server
	running []*contender

	least, most float64 // how full the pools were after any measurement
}

// seedFolder is the node whose timetable everybody has.
const seedFolder = "timetable"

// newArena makes the timetable and the contenders, each with its database filled.
func newArena(ctx context.Context, plan Plan, server *postgres.Server) (*arena, error) {
	a := &arena{plan: plan, base: filepath.Join(plan.Folder, seedFolder), server: server, least: 1}
	network, err := plan.Prepare(ctx, a.base, "")
	if err != nil {
		return nil, fmt.Errorf("making the timetable: %w", err)
	}
	if a.world, err = newWorld(network, plan.Clients); err != nil {
		return nil, err
	}
	for _, c := range []*contender{
		{name: oursPostgres, target: "chepiao"}, {name: oursEmbedded},
		{name: rowLocks, kind: baseline.RowLock, target: "rowlock"},
		{name: sentTogether, kind: baseline.Pipelined, target: "pipelined"},
		{name: versions, kind: baseline.Optimistic, target: "versions"},
		{name: perVerb, kind: baseline.SQLite},
	} {
		if plan.Only != "" && !strings.Contains(c.name, plan.Only) {
			continue
		}
		if err := a.admit(ctx, c); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return a, nil
}

// admit makes a contender's database and fills it.
func (a *arena) admit(ctx context.Context, c *contender) error {
	a.plan.Progress(0, 1, "filling: "+c.name)
	c.folder = filepath.Join(a.plan.Folder, "c"+strconv.Itoa(len(a.running)))
	if c.target != "" {
		if err := baseline.CreateDatabase(ctx, a.server.URL("postgres"), c.target); err != nil {
			return err
		}
		c.target = a.server.URL(c.target)
	}
	if c.pool = a.plan.Pool; c.pool == 0 {
		c.pool = poolSizes[len(poolSizes)/2]
	}
	c.crowd = newCrowd(a.world, a.plan.Clients)
	if c.kind == "" && c.target != "" { // its own import: the network gets the same numbers
		if _, err := a.plan.Prepare(ctx, c.folder, c.target); err != nil {
			return err
		}
	} else if err := os.CopyFS(c.folder, os.DirFS(a.base)); err != nil {
		return err
	}
	if err := a.fill(ctx, c); err != nil {
		return fmt.Errorf("filling: %w", err)
	}
	if c.target != "" {
		if err := baseline.Settle(ctx, c.target); err != nil {
			return err
		}
	}
	a.running = append(a.running, c)
	return nil
}

// fill sells the stock: a yardstick gets it in bulk, Chepiao by its own verbs.
func (a *arena) fill(ctx context.Context, c *contender) (err error) {
	c.crowd.people.Store(int64(len(a.world.stock)))
	if err := a.enter(ctx, c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.leave()) }()
	if shop, ok := c.crowd.clients[0].seller.(inShop); ok {
		sales := make([]baseline.Sale, len(a.world.stock))
		for i, s := range a.world.stock {
			sales[i] = saleOf(s.trip, s.person)
		}
		orders, err := shop.Fill(ctx, a.world.departures(), sales)
		if err != nil {
			return err
		}
		for i, o := range orders {
			s := a.world.stock[i]
			c.crowd.clients[s.client].keep(s.pool, bought{o.ID, o.Tickets[0].ID, o.Total, s.trip})
		}
		return nil
	}
	return c.crowd.each(func(i int, cl *customer) error {
		for _, s := range a.world.stock {
			if s.client != i {
				continue
			}
			b, err := cl.seller.hold(ctx, s.trip, s.person)
			if why(err) == chepiao.SoldOut {
				continue // another order of holds leaves other gaps
			}
			if err == nil {
				err = cl.seller.pay(ctx, &b)
			}
			if err != nil {
				return err
			}
			cl.keep(s.pool, b)
		}
		return nil
	})
}

// enter opens a contender inside this process.
func (a *arena) enter(ctx context.Context, c *contender) error {
	if c.kind == "" {
		o, s, err := a.plan.Open(ctx, c.folder, c.target)
		if err != nil {
			return err
		}
		c.store, c.close = s, s.Close
		c.crowd.turnTo(inOffice{o}, nil)
		return nil
	}
	shop, err := OpenShop(ctx, a.world.network, c.kind, c.at(), c.pool)
	if err != nil {
		return err
	}
	c.close = shop.Close
	c.crowd.turnTo(inShop{shop}, nil)
	return nil
}

// at is where a yardstick keeps its rows.
func (c *contender) at() string {
	if c.target != "" {
		return c.target
	}
	return filepath.Join(c.folder, "baseline.db")
}

// serve starts a contender as a process of its own.
func (a *arena) serve(ctx context.Context, c *contender) (err error) {
	args := []string{"hub", c.folder, "--listen", "127.0.0.1:0", "--open", "--print-json", "--drain", "0s"}
	if c.kind != "" {
		args = []string{"bench", "--serve-baseline", string(c.kind), "--timetable", a.base, "--target", c.at(), "--pool", strconv.Itoa(c.pool)}
	} else if c.target != "" {
		args = append(args, "--store", c.target)
	}
	if c.hub, err = start(ctx, os.Stderr, append(args, c.args...)...); err != nil {
		return err
	}
	c.doer = newHTTP(a.plan.Clients)
	look := &client{c.doer, c.hub.url}
	c.close = func() error { c.doer.CloseIdleConnections(); return c.hub.stop() }
	c.crowd.turnTo(remote{*look}, look)
	return nil
}

// leave closes a contender, in whichever way it runs.
func (c *contender) leave() error {
	if c.close == nil {
		return nil
	}
	err := c.close()
	c.close, c.store, c.hub = nil, nil, nil
	c.crowd.turnTo(nil, nil)
	runtime.GC() // what is measured next starts with a clean heap
	return err
}

// OpenShop opens a yardstick on a network.
func OpenShop(ctx context.Context, n *chepiao.Network, kind baseline.Kind, target string, pool int) (*baseline.Shop, error) {
	return baseline.Open(ctx, baseline.Config{Kind: kind, Target: target, Pool: pool, Network: n, Key: make([]byte, 32), Rand: randReader, Now: time.Now})
}

// Opener opens a node's office in this process, for measurements.
type Opener func(ctx context.Context, folder, target string) (*office.Office, *store.Store, error)
