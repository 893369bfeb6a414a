package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"chepiao/bench"
)

// TestSelftest runs a short self-test with the real program, in every crypto
// profile: 300 orders, the hub killed twice.
func TestSelftest(t *testing.T) {
	binary := buildProgram(t)
	for _, profile := range []string{"ed25519-sha256", "es256-sha256", "sm2-sm3"} {
		out, err := exec.Command(binary, "selftest", "--orders", "300", "--clients", "16", "--profile", profile).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "contradictions") {
			t.Errorf("%s: %v\n%s", profile, err, out)
		}
	}
}

// TestSelftestOnARealFeed is the short self-test on an operator's timetable.
func TestSelftestOnARealFeed(t *testing.T) {
	const feed = "../../../shared/data/concord_coach_gtfs.zip"
	if _, err := os.Stat(feed); err != nil {
		t.Skip("needs ../shared/data: concord_coach_gtfs.zip")
	}
	out, err := exec.Command(buildProgram(t), "selftest", "--orders", "300", "--feed", feed).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestBench runs every measurement once and briefly, to show that the bench
// works; its figures mean nothing.
func TestBench(t *testing.T) {
	binary := buildProgram(t)
	out, err := exec.Command(binary, "bench", "--json", "--rounds", "1", "--span", "300ms", "--clients", "16", "--scenario", "ten").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var r bench.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Scenarios) != 1 || len(r.Scenarios[0].Modes) != 3 {
		t.Fatalf("the report lacks scenarios or modes: %s", out)
	}
	for _, m := range r.Scenarios[0].Modes {
		if bench.Median(m.Orders) <= 0 || m.SyncsAnOrder <= 0 || m.Hold.P99 < m.Hold.P50 {
			t.Errorf("%s measured nothing: %+v", m.Name, m)
		}
	}
	if r.Scenarios[0].Ratios["commands : bare JSON"] <= 0 {
		t.Errorf("no ratio to the bare handler: %v", r.Scenarios[0].Ratios)
	}
}
