package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestFailover loses a primary under a short load with the real program.
func TestFailover(t *testing.T) {
	cmd := exec.Command(buildProgram(t), "failover", "--json", "--unsafe", "--hubs", "2", "--clients", "8", "--before", "2s", "--after", "4s", "--detect", "500ms", "--hold", "4")
	cmd.Env = inMemory()
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var r failoverReport
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Events) != 5 || r.Paid == 0 || r.Refunded == 0 || r.Entries == 0 || r.Pause < 0.5 || r.Unknown == 0 {
		t.Errorf("the report lacks what a failover is: %s", out)
	}
	var before, after int
	for _, s := range r.Seconds {
		if float64(s.At) < r.Events[0].At {
			before += s.Answered
		}
		if float64(s.At) > r.Events[2].At+1 {
			after += s.Answered
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("%d requests answered before, %d after the promotion: %s", before, after, out)
	}
}

// TestFailoverVerdict: each way in which a run can prove the opposite is an error.
func TestFailoverVerdict(t *testing.T) {
	good := func() *failoverReport {
		return &failoverReport{Seconds: []second{{Answered: 3}, {}, {Answered: 3}}, Pause: 1, Unknown: 2, Solved: 2, Paid: 5}
	}
	if err := good().verdict(); err != nil {
		t.Errorf("a good run: %v", err)
	}
	for name, spoil := range map[string]func(*failoverReport){
		"contradiction":        func(r *failoverReport) { r.Wrong = []string{"order OD1 was answered and is gone"} },
		"doctor":               func(r *failoverReport) { r.Doctor = []string{"departure 1 seat 2: taken by nobody"} },
		"never answered":       func(r *failoverReport) { r.Open = 1 },
		"unknown outcome":      func(r *failoverReport) { r.Solved = 1 },
		"nothing was lost":     func(r *failoverReport) { r.Pause = 0.01 },
		"nothing was sold":     func(r *failoverReport) { r.Paid = 0 },
		"hubs did not recover": func(r *failoverReport) { r.Seconds = []second{{Answered: 3}, {}, {}, {}} },
	} {
		r := good()
		spoil(r)
		if r.verdict() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
