package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/bench/baseline"
	"chepiao/office"
	"chepiao/store"
)

// benchCmd measures this machine.
type benchCmd struct {
	JSON       bool          `help:"Print the report as JSON."`
	Markdown   bool          `help:"Print the report as the tables of docs/performance.md."`
	Into       string        `help:"Also put the tables into this page, between its two marks." type:"existingfile"`
	Rounds     int           `help:"Interleaved rounds; the medians are over them." default:"7"`
	Clients    int           `help:"Clients at once." default:"128"`
	Span       time.Duration `help:"Length of one measurement." default:"1500ms"`
	Departures int           `help:"Departures that the even load is spread over." default:"2000"`
	Scenario   string        `help:"Measure only this: spread, ten, flow, opening, look, loads (those and slow), slow, single (import, verify), checkin, seats, scale, counter (clerks and phones at the pages), paper or station (a station's node: level after a cut, lag, gates)."`
	Tickets    int           `help:"Tickets in the largest store of scale; 3000000 take many minutes to fill and some 20 GB." default:"100000"`
	Pool       int           `help:"Connections of a yardstick on PostgreSQL; 0: the best of 4, 8, 16, 32 and 64 is found first."`
	Profile    string        `help:"Also write a processor profile of this process to a file (go tool pprof): best with --scenario and --only, in process."`
	Only       string        `help:"Measure only contenders whose names contain this: Chepiao, embedded, PostgreSQL, locks, versions …"`
	Data       string        `help:"Folder on the disk to measure; a temporary one if not given. PostgreSQL's user must be able to enter it." type:"existingdir"`

	ServeBare     bool          `hidden:"" help:"Serve the bare JSON handler until stopped."`
	ServeBaseline baseline.Kind `hidden:"" help:"Serve a yardstick until stopped."`
	Timetable     string        `hidden:"" help:"Data folder that has the yardstick's timetable."`
	Target        string        `hidden:"" help:"Where the yardstick keeps its rows."`
	WriteList     bool          `hidden:"" help:"Print a gate's list of --tickets with questions, for web/gate-lab.mjs."`
}

func (c *benchCmd) Run(ctx context.Context) error {
	switch {
	case c.ServeBare:
		return serveAlone(ctx, bench.Bare())
	case c.WriteList:
		return bench.WriteGateList(os.Stdout, c.Tickets, time.Now())
	case c.ServeBaseline != "":
		return c.serveBaseline(ctx)
	case c.Departures < 20 || c.Departures > 20_000 || c.Rounds < 1 || c.Clients < 1:
		return errors.New("measure at least one round of one client on 20 to 20,000 departures")
	}
	folder, err := os.MkdirTemp(c.Data, "chepiao-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil { // PostgreSQL runs as another user
		return err
	}
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	bar := newBar(os.Stderr)
	report, err := bench.Run(ctx, bench.Plan{
		Folder: folder, Rounds: c.Rounds, Clients: c.Clients, Span: c.Span, Scenario: c.Scenario, Pool: c.Pool, Only: c.Only, Prepare: c.prepare, Open: openForBench,
		Tickets: c.Tickets, PrepareScale: c.prepareScale, Province: c.prepareProvince,
		Progress: func(done, total int, note string) { bar.show(note, int64(done), int64(total)) },
	})
	bar.end()
	if err != nil {
		return err
	}
	if c.Into != "" {
		if err := putInto(c.Into, c.Scenario, report); err != nil {
			return err
		}
	}
	switch {
	case c.JSON:
		return json.NewEncoder(os.Stdout).Encode(report)
	case c.Markdown:
		return report.WriteMarkdown(os.Stdout)
	}
	return report.WriteText(os.Stdout)
}

// Marks between which the tables of a page stand.
const (
	tablesBegin = "<!-- bench: what stands between these marks is written by `bench --into` -->\n"
	tablesEnd   = "<!-- bench: end -->\n"
)

// putInto writes the report's tables into a page. What is measured alone has a
// place of its own there, so that one run does not wipe the others' tables out.
func putInto(path, scenario string, report *bench.Report) error {
	tablesBegin, tablesEnd := tablesBegin, tablesEnd
	switch scenario {
	case "checkin", "seats", "scale", "counter", "paper", "station":
		tablesBegin, tablesEnd = marked(tablesBegin, scenario), marked(tablesEnd, scenario)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(page, []byte(tablesBegin))
	_, after, ended := bytes.Cut(rest, []byte(tablesEnd))
	if !found || !ended {
		return fmt.Errorf("%s has no two marks to put the tables between", path)
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(tablesBegin + "\n")
	if err := report.WriteMarkdown(&b); err != nil {
		return err
	}
	b.WriteString("\n" + tablesEnd)
	b.Write(after)
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func marked(mark, scenario string) string {
	return strings.Replace(mark, "bench:", "bench "+scenario+":", 1)
}

// serveAlone serves a handler on a free loopback port and says which.
func serveAlone(ctx context.Context, h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"url\":\"http://%s\"}\n", l.Addr())
	return serve(ctx, l, h)
}

func (c *benchCmd) serveBaseline(ctx context.Context) error {
	network, err := timetableOf(ctx, c.Timetable)
	if err != nil {
		return err
	}
	shop, err := bench.OpenShop(ctx, network, c.ServeBaseline, c.Target, c.Pool)
	if err != nil {
		return err
	}
	defer shop.Close()
	return serveAlone(ctx, shop.Handler(rand.Text))
}

// timetableOf reads the network of a data folder that no hub has open.
func timetableOf(ctx context.Context, folder string) (*chepiao.Network, error) {
	o, s, err := openForBench(ctx, folder, "")
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return &o.Timetable().Network, nil
}

// openForBench opens a node's office in this process: everybody is staff, and no
// duty runs beside what is measured.
func openForBench(ctx context.Context, folder, target string) (*office.Office, *store.Store, error) {
	n, err := openNode(ctx, nodeOptions{folder: folder, target: target, name: "BENCH", profile: chepiao.ProfileEd25519, open: true, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	return n.office, n.store, nil
}

// prepare makes a node with the bench's timetable.
func (c *benchCmd) prepare(ctx context.Context, folder, target string) (*chepiao.Network, error) {
	o, s, err := openForBench(ctx, folder, target)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	feed, err := benchFeed(c.Departures, 2*c.Rounds, benchDays)
	if err != nil {
		return nil, err
	}
	if _, err := o.Import(ctx, "bench", feed, "bench"); err != nil {
		return nil, err
	}
	return &o.Timetable().Network, nil
}
