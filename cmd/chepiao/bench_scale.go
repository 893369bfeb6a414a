package main

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/bench"
	"chepiao/office"
)

// prepareScale makes a node with the bench's timetable for a month, and sells it
// a month ahead, as many provinces do.
func (c *benchCmd) prepareScale(ctx context.Context, folder, target string) (*chepiao.Network, error) {
	o, s, err := openForBench(ctx, folder, target)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	feed, err := benchFeed(c.Departures, 0, bench.ScaleDays+2)
	if err != nil {
		return nil, err
	}
	if _, err := o.Import(ctx, "bench", feed, "bench"); err != nil {
		return nil, err
	}
	ahead := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "the bench sells a month ahead", Values: fmt.Appendf(nil, `{"advance_days":%d}`, bench.ScaleDays)}
	if _, err := o.SetSheet(ctx, office.Verb{ID: "bench-ahead", By: "bench"}, ahead); err != nil {
		return nil, err
	}
	return &o.Timetable().Network, nil
}
