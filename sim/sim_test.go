package sim_test

import (
	"context"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"chepiao/sim"
)

// scratch lies in memory where it can: the disk is not what is tried here.
func scratch(t testing.TB) string {
	folder, err := os.MkdirTemp("/dev/shm", "chepiao-sim-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// seedsInCI is how many provinces the tests live through; `chepiao sim` lives
// through more.
const seedsInCI = 1000

// stepsOf: every tenth province lives for half a day, the others for two hours.
func stepsOf(seed uint64) int {
	if seed%10 == 0 {
		return 250
	}
	return 60
}

// TestSeeds: whatever the network and the clocks do, and whoever crashes, no seat is
// sold twice and nobody is carried twice or both carried and refunded, and in the
// end all agree.
func TestSeeds(t *testing.T) {
	folder := scratch(t)
	template, err := sim.NewTemplate(context.Background(), folder, 2)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	did, refused := map[string]int{}, 0
	seeds := make(chan uint64)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed := range seeds {
				r, err := sim.Run(context.Background(), sim.Options{Seed: seed, Steps: stepsOf(seed), Template: template, Stations: 2, Scratch: folder})
				if err != nil {
					t.Error(err)
				}
				for _, wrong := range r.Wrong {
					t.Errorf("seed %d, step %d: %s", seed, r.Steps, wrong)
				}
				if len(r.Wrong) > 0 {
					t.Logf("seed %d: what happened before:\n%v", seed, r.Log)
				}
				mu.Lock()
				for deed, n := range r.Did {
					did[deed] += n
				}
				refused += len(r.Refused)
				mu.Unlock()
			}
		})
	}
	for seed := range uint64(seedsInCI) {
		seeds <- seed + 1
	}
	close(seeds)
	all.Wait()
	t.Log(did)
	for _, deed := range []string{"sell", "refund", "rebook", "check", "give seats", "ask seats", "give order", "ask refund", "fetch", "twice", "settle twice", "act", "arrive", "cut", "crash", "clock", "gap"} {
		if did[deed] < seedsInCI/100 {
			t.Errorf("%q happened %d times in %d seeds: nothing is shown", deed, did[deed], seedsInCI)
		}
	}
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
}

// Within so many stories in which something was broken somebody must have noticed, and
// so many are told to come by those: not each has a conflict or a parcel to break.
const (
	brokenToNotice = 6
	seedsToBreak   = 60
)

func noticed(t *testing.T, folder string, template *sim.Template, what string) bool {
	broken := 0
	for seed := uint64(0); seed < seedsToBreak && broken < brokenToNotice; seed++ {
		r, err := sim.Run(context.Background(), sim.Options{Seed: seed + 1, Template: template, Stations: 2, Scratch: folder, Sabotage: what})
		if err != nil || len(r.Wrong) > 0 {
			t.Logf("%s: noticed in story %d, after %d that were broken unseen", what, seed+1, broken)
			return true
		}
		if r.Broken {
			broken++
		}
	}
	return false
}

// TestSabotage: each invariant notices that what it guards is broken.
func TestSabotage(t *testing.T) {
	folder := scratch(t)
	template, err := sim.NewTemplate(context.Background(), folder, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range slices.Sorted(maps.Keys(sim.Sabotages)) {
		if !noticed(t, folder, template, what) {
			t.Errorf("%s (%s): nobody noticed in %d stories", what, sim.Sabotages[what], brokenToNotice)
		}
	}
}

// TestAgain: a seed tells the same story again.
func TestAgain(t *testing.T) {
	folder := scratch(t)
	template, err := sim.NewTemplate(context.Background(), folder, 2)
	if err != nil {
		t.Fatal(err)
	}
	var stories [2]sim.Report
	for i := range stories {
		if stories[i], err = sim.Run(context.Background(), sim.Options{Seed: 11, Steps: 200, Template: template, Stations: 2, Scratch: folder}); err != nil {
			t.Fatal(err)
		}
	}
	if !maps.Equal(stories[0].Did, stories[1].Did) || !maps.Equal(stories[0].Refused, stories[1].Refused) {
		t.Errorf("the same seed did %v and then %v", stories[0].Did, stories[1].Did)
	}
}
