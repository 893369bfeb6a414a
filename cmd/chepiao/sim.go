package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"chepiao/sim"
)

// simCmd lives through provinces in virtual time.
type simCmd struct {
	Seeds    uint64 `help:"How many provinces, from the first seed on; 0 goes on for ever." default:"100"`
	Seed     uint64 `help:"The first seed. A seed that failed fails again in the same way." default:"1"`
	Steps    int    `help:"Steps of each." default:"400"`
	Stations int    `help:"Stations with nodes of their own." default:"2"`
	Sabotage string `help:"Break the system on purpose: keep-seats, free-seat, check-anyway, lose-parcel, keep-quiet or pay-twice." enum:"keep-seats,free-seat,check-anyway,lose-parcel,keep-quiet,pay-twice," default:""`
	JSON     bool   `help:"Print each failing seed's report as JSON."`
}

func (c *simCmd) Run(ctx context.Context) error {
	scratch, err := os.MkdirTemp(memoryFolder(), "chepiao-sim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	template, err := sim.NewTemplate(ctx, scratch, c.Stations)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seeds := make(chan uint64)
	go func() {
		defer close(seeds)
		for n := uint64(0); c.Seeds == 0 || n < c.Seeds; n++ {
			select {
			case seeds <- c.Seed + n:
			case <-ctx.Done():
				return
			}
		}
	}()
	t := tally{total: c.Seeds, began: time.Now(), did: map[string]int{}}
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed := range seeds {
				r, err := sim.Run(ctx, sim.Options{Seed: seed, Steps: c.Steps, Stations: c.Stations, Scratch: scratch, Template: template, Sabotage: c.Sabotage})
				if ctx.Err() != nil {
					return
				}
				t.add(r, err, c.JSON)
			}
		})
	}
	all.Wait()
	return t.end()
}

// memoryFolder is where files are that need not outlive the program.
func memoryFolder() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// tally adds up what came of the seeds.
type tally struct {
	mu     sync.Mutex
	total  uint64
	began  time.Time
	seeds  uint64
	steps  int
	failed []uint64
	did    map[string]int
	fault  error
}

func (t *tally) add(r sim.Report, err error, asJSON bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seeds++
	t.steps += r.Steps
	for deed, n := range r.Did {
		t.did[deed] += n
	}
	if err != nil {
		t.fault = err
	}
	if err != nil || len(r.Wrong) > 0 {
		t.failed = append(t.failed, r.Seed)
		showSeed(r, err, asJSON)
	}
	if t.seeds%50 == 0 {
		of := ""
		if t.total > 0 {
			of = fmt.Sprintf(" of %d", t.total)
		}
		fmt.Fprintf(os.Stderr, "\r%d%s seeds, %d steps, %d failed, %s ", t.seeds, of, t.steps, len(t.failed), time.Since(t.began).Round(time.Second))
	}
}

func showSeed(r sim.Report, err error, asJSON bool) {
	if asJSON {
		if encoded, err := json.Marshal(r); err == nil {
			fmt.Println(string(encoded))
		}
		return
	}
	fmt.Printf("\nseed %d, step %d:\n", r.Seed, r.Steps)
	if err != nil {
		fmt.Printf("  %v\n", err)
	}
	for _, line := range r.Log {
		fmt.Printf("  %s\n", line)
	}
	for _, wrong := range r.Wrong {
		fmt.Printf("  WRONG: %s\n", wrong)
	}
}

func (t *tally) end() error {
	fmt.Fprintln(os.Stderr)
	fmt.Printf("%d seeds, %d steps in %s: %d sales, %d refunds, %d rebookings, %d passages, %d crashes, %d cuts; %d seeds failed\n",
		t.seeds, t.steps, time.Since(t.began).Round(time.Second), t.did["sell"], t.did["refund"], t.did["rebook"], t.did["check"], t.did["crash"], t.did["cut"], len(t.failed))
	switch {
	case t.fault != nil:
		return fmt.Errorf("a simulation could not go on: %w", t.fault)
	case len(t.failed) > 0:
		return fmt.Errorf("%d seeds failed, the first is %d: run  chepiao sim --seed %d --seeds 1", len(t.failed), t.failed[0], t.failed[0])
	}
	return nil
}
