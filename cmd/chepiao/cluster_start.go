package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/office"
	"chepiao/postgres"
)

// cluster is a practice cluster on this machine: a primary with a synchronous
// standby, hub processes on it, and a balancer before them.
type cluster struct {
	folder  string
	log     *slog.Logger
	primary *postgres.Server
	standby *postgres.Server // nil after a promotion, until there is a new one
	hubs    []*member
	front   *balancer
	url     string // of the balancer

	journeys []bench.Journey // that clients may buy
	served   chan error
	end      context.CancelFunc
}

// clusterPlan says what cluster to start.
type clusterPlan struct {
	folder      string
	listen      string
	hubs        int
	days        int
	holdSeconds int // how long an unpaid order keeps its seats; 0: as the rules say
	sync        bool
	log         *slog.Logger
	say         func(what string) // called before each step
}

const (
	clusterNode = "DEMO"
	firstPort   = 8090 // hubs answer there and on the next ones
)

// startCluster starts everything, in the order in which each needs the other.
// What was started before an error is stopped again.
func startCluster(ctx context.Context, p clusterPlan) (c *cluster, err error) {
	c = &cluster{folder: p.folder, log: p.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.stop())
		}
	}()
	p.say("a primary database")
	if c.primary, err = postgres.Init(ctx, filepath.Join(p.folder, "first"), postgres.Options{Sync: p.sync}); err != nil {
		return c, err
	}
	if err = c.primary.Start(ctx); err != nil {
		return c, err
	}
	p.say("the timetable")
	if err = c.fill(ctx, p); err != nil {
		return c, err
	}
	p.say("a synchronous standby")
	if c.standby, err = c.primary.Standby(ctx, filepath.Join(p.folder, "second"), "second"); err != nil {
		return c, err
	}
	if err = c.addHubs(p); err != nil {
		return c, err
	}
	for _, m := range c.hubs {
		p.say("hub " + m.name)
		if err = m.start(ctx); err != nil {
			return c, err
		}
	}
	p.say("the balancer")
	return c, c.open(p.listen)
}

// hubURL is the database as hubs are told of it: both servers, whichever takes
// writes now.
func (c *cluster) hubURL() string {
	return "postgres://" + postgres.User + "@" + c.primary.Host() + "," + c.standby.Host() + "/" + postgres.Database + "?target_session_attrs=read-write&connect_timeout=2"
}

// fill imports the demo timetable into an empty database and makes the keys.
func (c *cluster) fill(ctx context.Context, p clusterPlan) error {
	n, err := openNode(ctx, nodeOptions{folder: c.keys(), name: clusterNode, profile: chepiao.ProfileEd25519, open: true, log: p.log, target: c.primary.URL(postgres.Database)})
	if err != nil {
		return err
	}
	defer n.store.Close()
	feed, err := readDemo(time.Now(), p.days)
	if err == nil {
		_, err = (&demoCmd{}).fill(ctx, n, feed, chepiao.DayOf(time.Now().In(feed.Network.Zone)))
	}
	if err != nil {
		return err
	}
	if p.holdSeconds > 0 {
		short := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "short holds, so that unpaid ones end within the run", Values: fmt.Appendf(nil, `{"hold_window":%d}`, p.holdSeconds)}
		if _, err := n.office.SetSheet(ctx, office.Verb{ID: "cluster-rules", By: "cluster"}, short); err != nil {
			return err
		}
	}
	// Beyond the next day no step of the refund ladder falls into the run.
	now := time.Now()
	c.journeys = bench.Journeys(&n.office.Timetable().Network, now.Add(26*time.Hour), now.Add(4*24*time.Hour))
	return nil
}

// keys is the folder the node's keys were made in; every hub has a copy.
func (c *cluster) keys() string { return filepath.Join(c.folder, "keys") }

// addHubs gives every hub a folder with the node's keys, and its addresses.
func (c *cluster) addHubs(p clusterPlan) error {
	key, err := os.ReadFile(filepath.Join(c.keys(), safeName))
	if err != nil {
		return fmt.Errorf("reading the node's keys: %w", err)
	}
	ports, err := portsNear(firstPort, 2*p.hubs)
	if err != nil {
		return err
	}
	for i := range p.hubs {
		name := "hub" + strconv.Itoa(i+1)
		m := &member{name: name, folder: filepath.Join(p.folder, name), address: ports[i], private: ports[p.hubs+i], store: c.hubURL()}
		if err := os.MkdirAll(m.folder, 0o700); err != nil {
			return fmt.Errorf("making the folder of %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(m.folder, safeName), key, 0o600); err != nil {
			return fmt.Errorf("copying the node's keys for %s: %w", name, err)
		}
		c.hubs = append(c.hubs, m)
	}
	return nil
}

// open starts the balancer.
func (c *cluster) open(listen string) error {
	l, err := listenNear(listen)
	if err != nil {
		return err
	}
	var names, addresses []string
	for _, m := range c.hubs {
		names, addresses = append(names, m.name), append(addresses, "http://"+m.address)
	}
	if c.front, err = newBalancer(names, addresses, c.log); err != nil {
		return err
	}
	c.url = "http://" + l.Addr().(*net.TCPAddr).String()
	// The balancer outlives the command's context: it goes when the cluster is stopped.
	ctx, end := context.WithCancel(context.Background())
	c.end, c.served = end, make(chan error, 1)
	for _, hub := range c.front.hubs {
		c.front.look(ctx, hub)
	}
	go c.front.watch(ctx)
	go func() { c.served <- serve(ctx, l, c.front) }()
	return nil
}

// stop ends everything in the order in which nobody misses the other. It does
// not wait for ever, and takes what does not end by force.
func (c *cluster) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var failures []error
	if c.end != nil {
		c.end()
		failures = append(failures, <-c.served)
		c.end = nil
	}
	failures = append(failures, c.stopHubs(ctx))
	for _, s := range []*postgres.Server{c.standby, c.primary} {
		if s == nil {
			continue
		}
		if err := s.Stop(ctx); err != nil {
			failures = append(failures, err, s.Kill())
		}
	}
	return errors.Join(failures...)
}

// stopHubs stops all of them at once.
func (c *cluster) stopHubs(ctx context.Context) error {
	failures := make([]error, len(c.hubs))
	var wg sync.WaitGroup
	for i, m := range c.hubs {
		wg.Go(func() { failures[i] = m.stop(ctx) })
	}
	wg.Wait()
	return errors.Join(failures...)
}
