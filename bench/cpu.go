package bench

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTicks is in which part of a second Linux counts processor time.
const clockTicks = 100

// processorTime is what the processes of a measurement have used together so far:
// this one with its clients, the hubs and yardsticks, and every process of the
// database. Other programs on the machine disturb it less than they disturb the
// time on the clock. It is 0 where it cannot be read.
func (a *arena) processorTime() (sum time.Duration) {
	pids := []int{os.Getpid()}
	if a.server != nil {
		more, err := a.server.Processes()
		if err != nil {
			return 0
		}
		pids = append(pids, more...)
	}
	for _, c := range a.running {
		if c.hub != nil {
			pids = append(pids, c.hub.pid)
		}
	}
	for _, pid := range pids {
		sum += usedBy(pid)
	}
	return sum
}

// usedBy reads a process's user and system time (proc(5), fields 14 and 15).
func usedBy(pid int) time.Duration {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	text := string(b)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // from field 3 on
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / clockTicks
}

// measure lets a contender's crowd take a step again and again until time is up,
// and counts what that costs.
func (a *arena) measure(ctx context.Context, c *crowd, span time.Duration, do step) (tally, time.Duration, error) {
	before := a.processorTime()
	t, took, err := c.run(ctx, span, do)
	t.cpu = a.processorTime() - before
	for p := range a.world.pools {
		full := c.full(p)
		a.least, a.most = min(a.least, full), max(a.most, full)
	}
	return t, took, err
}
