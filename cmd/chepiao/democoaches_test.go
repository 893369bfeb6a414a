package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/store"
)

// demoNode is an empty node of a demo, with its feed for two days from a moment on.
func demoNode(t *testing.T, at time.Time, now func() time.Time) (*node, *gtfs.Feed) {
	t.Helper()
	n, err := openNode(context.Background(), nodeOptions{
		folder: t.TempDir(), name: "DEMO", profile: chepiao.ProfileEd25519, open: true, store: store.Options{Now: now}, log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.store.Close() })
	feed, err := readDemo(at, 2)
	if err != nil {
		t.Fatal(err)
	}
	return n, feed
}

// TestDemoCoaches: on a demo's morning coaches report for what leaves soon, and
// leave in time; no other coach does.
func TestDemoCoaches(t *testing.T) {
	ctx := context.Background()
	shanghai := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 11, 22, 8, 0, 10, 0, shanghai)
	n, feed := demoNode(t, now, func() time.Time { return now })
	if _, err := n.office.Import(ctx, "demo", feed, "demo"); err != nil {
		t.Fatal(err)
	}
	phases := func() (counts map[chepiao.Phase]int) {
		counts = map[chepiao.Phase]int{}
		if err := n.bringCoaches(ctx, now); err != nil {
			t.Fatal(err)
		}
		for _, id := range n.store.Started(0) {
			o, err := n.office.Operations(ctx, now, id)
			if err != nil {
				t.Fatal(err)
			}
			s := o.Stops[0]
			counts[s.Phase]++
			away := s.Last.Sub(now)
			if s.Report == nil && s.Phase != chepiao.Dispatched || o.Run.Template.Kind == chepiao.Fixed && away > demoReports || s.Phase == chepiao.Dispatched && away > 0 {
				t.Errorf("%s leaves in %s and is %s", id, away, s.Phase)
			}
		}
		return counts
	}
	if c := phases(); c[chepiao.HasReported]+c[chepiao.Checking] == 0 || c[chepiao.Dispatched] > 0 {
		t.Errorf("in the morning: %v", c)
	}
	now = now.Add(time.Hour)
	if c := phases(); c[chepiao.Dispatched] == 0 || c[chepiao.HasReported]+c[chepiao.Checking] == 0 {
		t.Errorf("an hour later: %v", c)
	}
}
