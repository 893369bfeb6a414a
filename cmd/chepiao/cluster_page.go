package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"chepiao/postgres"
)

// announce says where everything is.
func (c *cluster) announce(out io.Writer) {
	fmt.Fprintf(out, "\n  Chepiao 车票 · practice cluster: one PostgreSQL with a synchronous standby, %d hubs, a balancer\n\n", len(c.hubs))
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "  pages\t%s/passenger\t%s/window\t%s/desk\n", c.url, c.url, c.url)
	fmt.Fprintf(w, "  API\t%s/api/v1\t(what the balancer passes to any hub)\n", c.url)
	for _, m := range c.hubs {
		fmt.Fprintf(w, "  %s\thttp://%s\tnumbers at http://%s/metrics\n", m.name, m.address, m.private)
	}
	fmt.Fprintf(w, "  primary\t%s\t\n", c.primary.URL(postgres.Database))
	fmt.Fprintf(w, "  standby\t%s\t\n", c.standby.URL(postgres.Database))
	w.Flush()
	fmt.Fprintf(out, "\n  The data is in %s\n  Stop with Ctrl-C.\n\n", c.folder)
}

// clusterPage is the state of the cluster on a terminal, renewed once a second;
// where there is no terminal, a line every five seconds.
type clusterPage struct {
	out    *os.File
	up     *cluster
	load   *load
	live   bool
	before map[string]figures
}

func newClusterPage(out *os.File, up *cluster, l *load) *clusterPage {
	return &clusterPage{out: out, up: up, load: l, live: term.IsTerminal(int(out.Fd())), before: map[string]figures{}}
}

const lineEvery = 5 // seconds between two lines where there is no terminal

// run shows the page until ctx ends.
func (p *clusterPage) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		view := p.look(ctx)
		if ctx.Err() != nil {
			return
		}
		switch {
		case p.live:
			// Home, each line to its end, and nothing below: no flicker.
			fmt.Fprint(p.out, "\x1b[H"+strings.ReplaceAll(view.page(), "\n", "\x1b[K\n")+"\x1b[J")
		case n%lineEvery == 1:
			fmt.Fprintln(p.out, view.line())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// clusterView is the cluster at one moment.
type clusterView struct {
	at        time.Time
	url       string
	databases []databaseView
	hubs      []hubView
	clients   int
	second    second
	errors    []string
}

type databaseView struct{ name, host, role, follows string }

type hubView struct {
	name, address, state, lane string
	verbs, orders              float64 // a second
}

// look asks everybody, at the same time, as one of them may not answer.
func (p *clusterPage) look(ctx context.Context) clusterView {
	ctx, cancel := context.WithTimeout(ctx, 900*time.Millisecond)
	defer cancel()
	c := p.up
	v := clusterView{at: time.Now(), url: c.url, clients: p.load.clients, second: p.load.witness.rates(time.Now())}
	v.hubs = make([]hubView, len(c.hubs))
	counts := make([]figures, len(c.hubs))
	var lanes map[string]string
	var wg sync.WaitGroup
	for i, m := range c.hubs {
		wg.Go(func() { counts[i], _ = m.figures(ctx) }) // its state says why there are none
	}
	wg.Go(func() { lanes = c.lanes(ctx) })
	servers := []*postgres.Server{c.primary, c.standby}
	v.databases = make([]databaseView, len(servers))
	for i, s := range servers {
		wg.Go(func() { v.databases[i] = seeDatabase(ctx, s) })
	}
	wg.Wait()
	for i, m := range c.hubs {
		h := hubView{name: m.name, address: m.address, state: c.front.hubs[i].state(), lane: lanes[m.name]}
		if was, now := p.before[m.name], counts[i]; !was.at.IsZero() && now.verbs >= was.verbs && now.at.After(was.at) {
			span := now.at.Sub(was.at).Seconds()
			h.verbs, h.orders = (now.verbs-was.verbs)/span, (now.orders-was.orders)/span
		}
		p.before[m.name] = counts[i]
		v.hubs[i] = h
		if said := lastLines(m.log(), 1, "level=ERROR"); said != "" {
			v.errors = append(v.errors, m.name+": "+said)
		}
	}
	return v
}

// lanes says which lane each hub process writes, as the database knows it.
func (c *cluster) lanes(ctx context.Context) map[string]string {
	out, err := c.primary.Ask(ctx, "SELECT name, lane FROM process WHERE state <> 'gone' ORDER BY lane LIMIT 100")
	if err != nil {
		return nil
	}
	lanes := map[string]string{}
	for line := range strings.Lines(out) {
		name, lane, _ := strings.Cut(strings.TrimSpace(line), "|")
		lanes[name] = lane
	}
	return lanes
}

func seeDatabase(ctx context.Context, s *postgres.Server) databaseView {
	if s == nil {
		return databaseView{name: "-", role: "none"}
	}
	v := databaseView{name: s.Name(), host: s.Host(), role: "does not answer"}
	state, err := s.State(ctx)
	switch {
	case err != nil:
	case state.Standby:
		v.role = "standby"
	default:
		v.role = "primary"
		v.follows = "nobody follows it"
		for _, f := range state.Followers {
			v.follows = fmt.Sprintf("%s follows: %s, %s, %d bytes behind", f.Name, f.State, f.Sync, f.Behind)
		}
	}
	return v
}

// page is the view as a screen full of lines.
func (v clusterView) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Chepiao 车票 · practice cluster at %s · %s · Ctrl-C stops it\n\n", v.url, v.at.Format("15:04:05"))
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "DATABASE\tADDRESS\tROLE\t")
	for _, d := range v.databases {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.name, d.host, d.role, d.follows)
	}
	fmt.Fprintln(w, "\nHUB\tADDRESS\tLANE\tVERBS/S\tORDERS/S\tSTATE")
	for _, h := range v.hubs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%.0f\t%s\n", h.name, h.address, h.lane, h.verbs, h.orders, h.state)
	}
	w.Flush()
	if v.clients > 0 {
		s := v.second
		fmt.Fprintf(&b, "\nCLIENTS  %d: in the last second %d answered, %d refused, %d turned away, %d unanswered, slowest %.0f ms\n", v.clients, s.Answered, s.Refused, s.TurnedAway, s.Unanswered, s.Slowest)
	}
	if len(v.errors) > 0 {
		fmt.Fprintln(&b, "\nLAST ERRORS")
	}
	for _, e := range v.errors {
		fmt.Fprintf(&b, "%.150s\n", e)
	}
	return b.String()
}

// line is the view in one line, for a log.
func (v clusterView) line() string {
	var parts []string
	for _, d := range v.databases {
		parts = append(parts, d.name+" "+d.role)
		if d.follows != "" {
			parts = append(parts, d.follows)
		}
	}
	orders := 0.0
	for _, h := range v.hubs {
		parts = append(parts, fmt.Sprintf("%s lane %s %s", h.name, h.lane, h.state))
		orders += h.orders
	}
	parts = append(parts, fmt.Sprintf("%.0f orders/s", orders))
	if v.clients > 0 {
		parts = append(parts, fmt.Sprintf("clients: %d answered, %d turned away, %d unanswered", v.second.Answered+v.second.Refused, v.second.TurnedAway, v.second.Unanswered))
	}
	return v.at.Format("15:04:05") + "  " + strings.Join(parts, " · ")
}
