package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"chepiao/bench"
)

// TestBenchScale runs what else the bench measures, small and once: stores of two
// sizes, with doctor content, and gates beside a selling crowd. Its figures mean
// nothing.
func TestBenchScale(t *testing.T) {
	binary := buildProgram(t)
	run := func(args ...string) (r bench.Report) {
		cmd := exec.Command(binary, append([]string{"bench", "--json", "--rounds", "1", "--span", "100ms", "--clients", "16", "--departures", "20"}, args...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if err := json.Unmarshal(out, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := run("--scenario", "scale", "--tickets", "2000")
	if len(r.Scale.Stores) != 4 {
		t.Fatalf("%d stores", len(r.Scale.Stores))
	}
	for i, s := range r.Scale.Stores {
		if least := 1000 + i%2*1000; s.Tickets < least || s.Tickets > least+100 {
			t.Errorf("%s has %d tickets, not %d", s.Contender, s.Tickets, least)
		}
		if s.Sold == 0 || bench.Median(s.Orders) <= 0 || s.Start <= 0 || s.StartMB <= 0 || s.TouchedMB <= 0 || s.Runs == 0 || s.TouchRate <= 0 {
			t.Errorf("measured nothing: %+v", *s)
		}
	}
	if len(r.Targets) != 2 {
		t.Errorf("targets: %+v", r.Targets)
	}
	r = run("--scenario", "checkin")
	if len(r.Checkin) != 6 || len(r.Targets) != 4 {
		t.Fatalf("%d results of check-in, targets: %+v", len(r.Checkin), r.Targets)
	}
	for _, c := range r.Checkin {
		if c.Checks != 50 || c.P50 <= 0 || c.Max < c.P99 || c.Sales != "none" && bench.Median(c.Orders) <= 0 {
			t.Errorf("%+v", *c)
		}
	}
}
