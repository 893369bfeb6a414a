package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"chepiao/bench"
)

// clusterCmd is a whole cluster on one machine, to look at and to practise with.
type clusterCmd struct {
	Listen  string `help:"Address of the balancer; loopback only, as everybody may act for staff." default:"127.0.0.1:8080"`
	Hubs    int    `help:"Hub processes." default:"3"`
	Keep    string `help:"Keep the data in this new folder instead of a temporary one; PostgreSQL's user must be able to enter it." type:"path"`
	Days    int    `help:"Days of timetable." default:"16"`
	Load    int    `help:"Clients that buy and give back all the time."`
	Roll    bool   `help:"Restart one hub after the other under load, say how many requests failed, and end."`
	Seconds int    `help:"End after so many seconds; 0: when it is told to."`
	Unsafe  bool   `hidden:"" help:"No fsync: quick, for tests."`
}

func (c *clusterCmd) Run(ctx context.Context) error {
	if c.Roll && c.Load == 0 {
		c.Load = 16
	}
	if c.Seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.Seconds)*time.Second)
		defer cancel()
	}
	folder, remove, err := clusterFolder(c.Keep)
	if err != nil {
		return err
	}
	defer remove()
	log, end, err := demoLog(folder)
	if err != nil {
		return err
	}
	defer end()
	up, err := startCluster(ctx, clusterPlan{folder: folder, listen: c.Listen, hubs: c.Hubs, days: c.Days, sync: !c.Unsafe, log: log, say: saying("starting ")})
	if err != nil {
		return err
	}
	load, err := c.attend(ctx, up)
	return errors.Join(err, load.finish(), up.stop())
}

// attend shows the cluster until it is told to end, or has rolled.
func (c *clusterCmd) attend(ctx context.Context, up *cluster) (*load, error) {
	up.announce(os.Stdout)
	load := up.load(c.Load, false)
	if c.Roll {
		return load, up.roll(ctx, load)
	}
	newClusterPage(os.Stdout, up, load).run(ctx)
	return load, nil
}

// clusterFolder makes the folder that everything lies in. Others may enter it,
// as the database's user must; the hubs' own folders inside are closed.
func clusterFolder(keep string) (folder string, remove func(), err error) {
	remove = func() {}
	if folder = keep; folder == "" {
		if folder, err = os.MkdirTemp("", "chepiao-cluster-"); err != nil {
			return "", nil, err
		}
		remove = func() { _ = os.RemoveAll(folder) }
	} else if _, err := os.Stat(filepath.Join(folder, "first")); err == nil {
		return "", nil, fmt.Errorf("%s holds a cluster already: name a new folder", folder)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", nil, fmt.Errorf("making the folder of the cluster: %w", err)
	}
	return folder, remove, os.Chmod(folder, 0o755)
}

// saying tells the terminal what is done next.
func saying(word string) func(string) {
	return func(what string) { fmt.Fprintln(os.Stderr, word+what) }
}

// load is the clients of a cluster and what they saw.
type load struct {
	witness *witness
	clients int
	end     chan struct{}
	done    chan struct{}
	log     *bench.Log
	err     error
}

// load starts clients that buy through the balancer; none is a load, too. Kept
// orders can be proved afterwards, and take memory.
func (c *cluster) load(clients int, keep bool) *load {
	l := &load{witness: newWitness(time.Now()), clients: clients, end: make(chan struct{}), done: make(chan struct{})}
	if clients == 0 {
		close(l.done)
		return l
	}
	steady := bench.Steady{
		Base: c.url, Journeys: c.journeys, Clients: clients, Seed: 1, Pause: 20 * time.Millisecond,
		Keep: keep, Watch: l.witness.see,
	}
	go func() {
		defer close(l.done)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go l.patience(ctx, cancel)
		l.log, l.err = steady.Drive(ctx, l.end)
	}()
	return l
}

// patience lets clients ask again for a minute after they were told to end.
func (l *load) patience(ctx context.Context, cancel context.CancelFunc) {
	select {
	case <-ctx.Done():
		return
	case <-l.end:
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		cancel()
	}
}

// finish tells the clients to end and waits until each has its last answer.
func (l *load) finish() error {
	select {
	case <-l.end:
	default:
		close(l.end)
	}
	<-l.done
	if l.err != nil {
		return fmt.Errorf("the clients: %w", l.err)
	}
	return nil
}

// Times of a rolling restart.
const (
	rollCalm = time.Second      // before, between and after the restarts
	rollMax  = 40 * time.Second // for one hub to end, or to be ready again
)

// roll restarts every hub, one after the other, and counts what the clients
// noticed. A request that failed is an error.
func (c *cluster) roll(ctx context.Context, l *load) error {
	wait := func(d time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
	wait(rollCalm)
	for _, m := range c.hubs {
		began := time.Now()
		stopping, cancel := context.WithTimeout(ctx, rollMax)
		err := m.stop(stopping)
		cancel()
		if err != nil {
			return err
		}
		down := time.Now()
		starting, cancel := context.WithTimeout(ctx, rollMax)
		err = m.start(starting)
		cancel()
		if err != nil {
			return err
		}
		fmt.Printf("%s  finished in %.1f s, ready again after %.1f s\n", m.name, down.Sub(began).Seconds(), time.Since(down).Seconds())
		wait(rollCalm)
	}
	if err := l.finish(); err != nil {
		return err
	}
	s := l.witness.sum()
	failed := s.TurnedAway + s.Unanswered
	fmt.Printf("%d hubs restarted under %d clients: %s\nfailed requests: %d\n", len(c.hubs), l.clients, s, failed)
	c.log.Info("rolled", slog.Int("failed", failed))
	if failed > 0 || s.Commands == 0 {
		return fmt.Errorf("%d requests failed while the hubs were restarted, %d commands were answered", failed, s.Commands)
	}
	return nil
}
