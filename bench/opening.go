package bench

import (
	"context"
	"errors"
	"fmt"
)

// opening lets the whole crowd want the one coach that has just opened: its few
// seats are gone in a moment, and nearly every answer says so. Each contender
// has its own coach of that name, another one each round.
func (a *arena) opening(ctx context.Context, report *Report, way string, list []*contender, round int) error {
	at := round
	if way == overHTTP {
		at += a.plan.Rounds
	}
	if at >= len(a.world.openings) {
		return errors.New("the bench's timetable has no departure left to open")
	}
	trip := &a.world.openings[at]
	for i := range list {
		c := list[(i+round)%len(list)]
		t, took, err := a.measure(ctx, c.crowd, a.plan.Span/2, func(ctx context.Context, c *customer) error {
			_, ok, err := c.hold(ctx, trip)
			if ok {
				c.tally.orders++ // a seat is kept; nobody pays here
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("an opening, %s, %s: %w", way, c.name, err)
		}
		if t.orders != trip.Places && t.refused > 0 {
			return fmt.Errorf("an opening, %s: %s sold %d of %d seats before it said that none is left", way, c.name, t.orders, trip.Places)
		}
		report.load("opening", fmt.Sprintf("the opening of a coach of %d seats: answers", trip.Places), way).answered(c.name, t, took)
	}
	return nil
}
