package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// slowDisk is what a cheap station box's disk adds to every commit.
const slowDisk = "8ms"

// slow compares group commit with one transaction a verb, the same program on
// the embedded database, where a sync is dear.
func (a *arena) slow(ctx context.Context, report *Report) (err error) {
	i := slices.IndexFunc(a.running, func(c *contender) bool { return c.name == oursEmbedded })
	var list []*contender
	defer func() {
		for _, c := range list {
			err = errors.Join(err, c.leave())
		}
	}()
	for _, m := range []struct {
		name string
		args []string
	}{{oursEmbedded, nil}, {"one transaction a verb", []string{"--batch-max", "1", "--cold"}}} {
		from := a.running[i]
		c := &contender{name: m.name, folder: fmt.Sprintf("%s-slow%d", from.folder, len(list)), args: append(m.args, "--commit-delay", slowDisk), crowd: newCrowd(a.world, a.plan.Clients)}
		if err := os.CopyFS(c.folder, os.DirFS(filepath.Clean(from.folder))); err != nil {
			return err
		}
		c.crowd.people.Store(from.crowd.people.Load())
		for i, cl := range from.crowd.clients {
			for p := range cl.mine {
				c.crowd.clients[i].mine[p] = slices.Clone(cl.mine[p])
			}
			c.crowd.clients[i].legs = cl.legs
		}
		if err := a.serve(ctx, c); err != nil {
			return err
		}
		list = append(list, c)
	}
	for round := range a.plan.Rounds {
		for i := range list {
			c := list[(i+round)%len(list)]
			t, took, err := a.measure(ctx, c.crowd, a.plan.Span, sell(loads[0].weights(a.world)))
			if err != nil {
				return fmt.Errorf("slow, %s: %w", c.name, err)
			}
			report.load("slow", "hold + pay, 8 ms added to every commit", overHTTP).sold(c.name, t, took)
		}
		a.plan.Progress(round+1, a.plan.Rounds, "a slow disk")
	}
	return nil
}
