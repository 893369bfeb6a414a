package main

import (
	"context"
	"time"
)

// countRooms writes down who has come to this process's waiting rooms and learns
// of the others', twice a second. Every process does it for itself; calling
// people in is a duty of one.
func (n *node) countRooms(ctx context.Context) {
	tick := time.NewTicker(dutyEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := n.office.LearnRooms(ctx, time.Now())
		if err != nil && !failing && ctx.Err() == nil {
			n.log.Error("counting who comes to the waiting room", "error", err)
		}
		failing = err != nil
	}
}
