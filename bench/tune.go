package bench

import (
	"context"
	"crypto/rand"
	"fmt"

	"chepiao/bench/baseline"
)

var randReader = rand.Reader

// poolSizes are the numbers of connections that are tried for a yardstick on
// PostgreSQL. The one that sells most is kept, as a good team would.
var poolSizes = []int{4, 8, 16, 32, 64}

// tune finds a yardstick's best pool: the sum of what it sells evenly spread and
// with nine tenths on ten departures, in two interleaved rounds.
func (a *arena) tune(ctx context.Context, c *contender, report *Report) error {
	if c.kind == "" || c.kind == baseline.SQLite || a.plan.Pool > 0 {
		return nil
	}
	sold := make([]float64, len(poolSizes))
	for range 2 {
		for i, size := range poolSizes {
			c.pool = size
			if err := a.enter(ctx, c); err != nil {
				return err
			}
			for _, l := range loads[:2] {
				t, took, err := c.crowd.run(ctx, a.plan.Span/2, sell(l.weights(a.world)))
				if err != nil {
					return fmt.Errorf("with %d connections: %w", size, err)
				}
				sold[i] += float64(t.orders) / took.Seconds() / 4
			}
			if err := c.leave(); err != nil {
				return err
			}
		}
	}
	best := 0
	for i := range sold {
		if sold[i] > sold[best] {
			best = i
		}
	}
	c.pool = poolSizes[best]
	report.Pools = append(report.Pools, PoolResult{c.name, poolSizes, sold, c.pool})
	return nil
}
