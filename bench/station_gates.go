package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Scans of the two patterns, each gate so many.
const (
	burstRounds = 20
	burstEvery  = 200 * time.Millisecond
	paceRounds  = 20
)

// queue sells what the gates will scan; the hub is not needed for that.
func (s *stationBench) queue(ctx context.Context) (err error) {
	s.due, err = s.sell(ctx, s.p.Station, gatesAtOnce*(burstRounds+paceRounds)/checkinParty*checkinParty)
	return err
}

// gates lets fifty gates scan at the station's own program, cut off from its hub: in
// the same instant again and again, and each at its own pace, a passenger a second.
func (s *stationBench) gates(ctx context.Context, folder string) (err error) {
	node, err := start(ctx, os.Stderr, "station", folder, "--listen", "127.0.0.1:0", "--open", "--print-json")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.stop()) }()
	conn := newHTTP(gatesAtOnce)
	defer conn.CloseIdleConnections()
	gate := client{conn, node.url}
	if err := connect(ctx, gate); err != nil {
		return err
	}
	burst := func(round, _ int) time.Duration { return time.Duration(round) * burstEvery }
	paced := func(round, gate int) time.Duration {
		return time.Duration(round)*time.Second + time.Duration(gate)*time.Second/gatesAtOnce
	}
	for _, pattern := range []struct {
		name   string
		rounds int
		at     func(round, gate int) time.Duration
	}{{"all 50 in the same instant", burstRounds, burst}, {"50 gates, each a passenger a second", paceRounds, paced}} {
		n := pattern.rounds * gatesAtOnce
		due := s.due[:n]
		s.due = s.due[n:]
		times, failed := make([]time.Duration, n), make([]error, n)
		began := time.Now().Add(burstEvery)
		var wg sync.WaitGroup
		for i, p := range due {
			wg.Go(func() {
				at := began.Add(pattern.at(i/gatesAtOnce, i%gatesAtOnce))
				time.Sleep(time.Until(at))
				var out checkAnswer
				if failed[i] = gate.call(ctx, "POST", "/api/v1/checks", newKey(), p, &out); failed[i] == nil && !out.Verdict.Pass {
					failed[i] = fmt.Errorf("not let through: %s", out.Verdict.EN)
				}
				times[i] = time.Since(at)
			})
		}
		wg.Wait()
		if err := errors.Join(failed...); err != nil {
			return fmt.Errorf("%s: %w", pattern.name, err)
		}
		q := percentiles(times)
		s.result.Gates = append(s.result.Gates, GateTimes{pattern.name, n, q.P50, q.P99, float64(times[n-1].Microseconds()) / 1000})
	}
	return nil
}

// connect opens the connection of every gate: they stay open through the day.
func connect(ctx context.Context, gate client) error {
	failed := make([]error, gatesAtOnce)
	var wg sync.WaitGroup
	for i := range gatesAtOnce {
		wg.Go(func() { failed[i] = gate.call(ctx, "GET", "/api/v1/keys", "", nil, nil) })
	}
	wg.Wait()
	return errors.Join(failed...)
}
