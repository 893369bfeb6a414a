package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/store"
)

// importCmd imports a feed.
type importCmd struct {
	Feed string `arg:"" help:"GTFS feed: a zip file or a folder." type:"existingpath"`
	Data string `help:"Data folder of the hub; it must not be running." required:"" type:"path"`
	Name string `help:"Short name of a new node." default:"HUB1"`
	As   string `help:"Name of the feed: a newer version under the same name replaces the older." default:"main"`
	JSON bool   `help:"Print the report as JSON."`
	database
	feedOptions
}

// feedOptions say how a feed is read.
type feedOptions struct {
	Days      int    `help:"Days of timetable to import, from yesterday." default:"60"`
	Shift     bool   `help:"Move the service days of a feed that has ended, by whole weeks, so that it runs from today."`
	Seats     int    `help:"Seats of a coach where the feed does not say." default:"49"`
	Currency  string `help:"Currency of a feed without fares, ISO 4217." default:"CNY"`
	SeatsFile string `help:"File of two columns, route_id,seats." type:"existingfile"`
}

func (c *importCmd) Run(ctx context.Context) error {
	feed, report, err := c.read(c.Feed, time.Now())
	if err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{folder: c.Data, target: c.Store, name: c.Name, profile: chepiao.ProfileEd25519, log: slog.New(slog.NewTextHandler(os.Stderr, nil)), store: store.Options{}})
	if err != nil {
		return err
	}
	defer n.store.Close()
	done, err := n.office.Import(ctx, c.As, feed, "chepiao import")
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"report": report, "imported": done})
	}
	if err := report.WriteText(os.Stdout); err != nil {
		return err
	}
	fmt.Printf("\nimported: %d departures new, %d changed, %d no longer there", done.Added, done.Changed, done.Retired)
	if done.Kept > 0 {
		fmt.Printf("; %d with tickets sold keep their old times", done.Kept)
	}
	fmt.Println()
	return nil
}

// read reads a feed with a progress bar on the terminal.
func (c *feedOptions) read(path string, now time.Time) (*gtfs.Feed, *gtfs.Report, error) {
	o := gtfs.Options{From: chepiao.DayOf(now.UTC()) - 1, Days: c.Days, Shift: c.Shift, Seats: c.Seats, Currency: c.Currency}
	if c.SeatsFile != "" {
		f, err := os.Open(c.SeatsFile)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		if o.SeatsByRoute, err = gtfs.ReadSeats(f); err != nil {
			return nil, nil, err
		}
	}
	src, err := gtfs.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	bar := newBar(os.Stderr)
	feed, report, err := gtfs.Read(src, o, func(p gtfs.Progress) { bar.show(p.Stage, p.Done, p.Total) })
	bar.end()
	return feed, report, err
}
