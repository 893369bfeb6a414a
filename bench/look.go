package bench

import (
	"context"
	"fmt"
	"net/url"
	"os"
)

// searchLimit is the page of a search: what a phone shows before scrolling far.
const searchLimit = 10

// looksABook is how often people look before one of them buys.
const looksABook = 100

// floor is the bare JSON handler in a process of its own: what nothing that
// speaks JSON over net/http goes below.
type floor struct {
	*process
	*crowd
}

func openFloor(ctx context.Context, clients int) (*floor, error) {
	p, err := start(ctx, os.Stderr, "bench", "--serve-bare")
	if err != nil {
		return nil, err
	}
	f := &floor{p, newCrowd(nil, clients)}
	f.turnTo(nil, &client{newHTTP(clients), p.url})
	return f, nil
}

// lookRounds measures searching and seat maps alone, with an order now and then,
// and commands alone, each beside the bare handler in the same round. Only
// Chepiao has a search; the yardsticks are not asked.
func (a *arena) lookRounds(ctx context.Context, report *Report, floor *floor) error {
	for _, cl := range floor.clients {
		cl.world = a.world
	}
	buy := sell(loads[0].weights(a.world))
	measures := []struct {
		name string
		step step
	}{
		{"search", searchOnce}, {"seats", seatsOnce}, {"commands", buy},
		{"mixed", func(ctx context.Context, c *customer) error {
			switch dice := c.chance.IntN(looksABook + 1); {
			case dice == 0:
				return buy(ctx, c)
			case dice <= looksABook/5:
				return seatsOnce(ctx, c)
			default:
				return searchOnce(ctx, c)
			}
		}},
	}
	for round := range a.plan.Rounds {
		t, took, err := floor.run(ctx, a.plan.Span, bareOnce)
		if err != nil {
			return fmt.Errorf("the bare handler: %w", err)
		}
		bare := float64(t.commands) / took.Seconds()
		for _, c := range a.running {
			if c.kind != "" {
				continue
			}
			for _, m := range measures {
				t, took, err := c.crowd.run(ctx, a.plan.Span, m.step)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", m.name, c.name, err)
				}
				report.look(c.name, m.name, float64(t.commands+t.looks)/took.Seconds(), bare)
			}
		}
		a.plan.Progress(round+1, a.plan.Rounds, "look and book")
	}
	return nil
}

// trip is any numbered departure's journey.
func (c *customer) trip() *Journey {
	p := &c.world.pools[restPool]
	return &p.journeys[c.chance.IntN(len(p.journeys))]
}

// searchOnce looks for departures between two stops.
func searchOnce(ctx context.Context, c *customer) error {
	j := c.trip()
	c.tally.looks++
	return c.look.call(ctx, "GET", searchPath(j.From, j.To, j.Departure.Day(), searchLimit), "", nil, nil)
}

// seatsOnce asks which seats of a departure are free.
func seatsOnce(ctx context.Context, c *customer) error {
	j := c.trip()
	c.tally.looks++
	return c.look.call(ctx, "GET", "/api/v1/departures/"+j.Departure.String()+"/seats?"+url.Values{"from": {j.From}, "to": {j.To}}.Encode(), "", nil, nil)
}

// bareOnce sends a hold to the bare handler.
func bareOnce(ctx context.Context, c *customer) error {
	var out holdAnswer
	c.tally.commands++
	return c.look.call(ctx, "POST", "/bare", newKey(), holdOf(c.trip(), int(c.crowd.people.Add(1))), &out)
}
