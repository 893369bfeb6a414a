package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/bench"
	"chepiao/gtfs"
)

// benchCmd measures this machine.
type benchCmd struct {
	JSON      bool          `help:"Print the report as JSON."`
	Rounds    int           `help:"Interleaved rounds; the medians are over them." default:"9"`
	Clients   int           `help:"Clients at once." default:"128"`
	Span      time.Duration `help:"Length of one measurement." default:"2s"`
	Scenario  string        `help:"Measure only this: spread, ten, flow, slow or single (import, verify)."`
	Data      string        `help:"Folder on the disk to measure; a temporary one if not given." type:"existingdir"`
	ServeBare bool          `hidden:"" help:"Serve the bare JSON handler until stopped."`
}

func (c *benchCmd) Run(ctx context.Context) error {
	if c.ServeBare {
		return serveBare(ctx)
	}
	folder, err := os.MkdirTemp(c.Data, "chepiao-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	bar := newBar(os.Stderr)
	report, err := bench.Run(ctx, bench.Plan{
		Folder: folder, Rounds: c.Rounds, Clients: c.Clients, Span: c.Span, Scenario: c.Scenario, Prepare: prepareBench,
		Progress: func(done, total int, note string) { bar.show(note, int64(done), int64(total)) },
	})
	bar.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(report)
	}
	return report.WriteText(os.Stdout)
}

func serveBare(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"url\":\"http://%s\"}\n", l.Addr())
	return serve(ctx, l, bench.Bare())
}

// prepareBench makes a data folder with the bench's timetable: 120 coaches of
// 49 seats on lines of fifteen stops, or one flow departure of 2,000 places.
func prepareBench(ctx context.Context, folder string, flow bool) (*chepiao.Network, error) {
	n, err := openNode(ctx, nodeOptions{folder: folder, name: "BENCH", profile: chepiao.ProfileEd25519, open: true, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer n.store.Close()
	feed, err := benchFeed(flow)
	if err != nil {
		return nil, err
	}
	if _, err := n.office.Import(ctx, "bench", feed, "bench"); err != nil {
		return nil, err
	}
	return &n.office.Timetable().Network, nil
}

func benchFeed(flow bool) (*gtfs.Feed, error) {
	o := gtfs.Options{From: chepiao.DayOf(time.Now().UTC()), Days: 4, Seats: 49}
	if flow {
		feed, _, err := gtfs.Read(flowFeed, o, nil)
		return feed, err
	}
	var feedZip bytes.Buffer
	if err := gtfs.WriteSynthetic(&feedZip, 120, 100, 1); err != nil {
		return nil, err
	}
	src, err := zip.NewReader(bytes.NewReader(feedZip.Bytes()), int64(feedZip.Len()))
	if err != nil {
		return nil, err
	}
	feed, _, err := gtfs.Read(src, o, nil)
	return feed, err
}

// flowFeed is one line with one flow departure of 2,000 places.
var flowFeed = fstest.MapFS{
	"agency.txt":     text("agency_id,agency_name,agency_url,agency_timezone\nX,Bench,https://bench.example,Asia/Shanghai\n"),
	"stops.txt":      text("stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,38,114\nB,Beta,38.5,114.5\n"),
	"routes.txt":     text("route_id,agency_id,route_long_name,route_type\nR,X,Alpha to Beta,3\n"),
	"trips.txt":      text("route_id,service_id,trip_id,chepiao_kind,chepiao_seats,chepiao_interval,chepiao_last\nR,S,T,flow,2000,15,20:00:00\n"),
	"stop_times.txt": text("trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT,08:00:00,08:00:00,A,1\nT,09:00:00,09:00:00,B,2\n"),
	"calendar.txt":   text("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20200101,20991231\n"),
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
