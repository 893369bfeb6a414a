package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
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

// TestBench measures everything once and briefly, every contender in both ways,
// to show that the bench works; its figures mean nothing.
func TestBench(t *testing.T) {
	binary := buildProgram(t)
	run := func(args ...string) (r bench.Report) {
		cmd := exec.Command(binary, append([]string{"bench", "--json", "--rounds", "1", "--span", "100ms", "--clients", "16", "--departures", "30", "--pool", "16"}, args...)...)
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
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("before\n"+tablesBegin+"old\n"+tablesEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := run("--scenario", "loads", "--into", page)
	if len(r.Loads) != 9 || len(r.Looks) != 8 {
		t.Errorf("%d loads, %d looks", len(r.Loads), len(r.Looks))
	}
	for _, l := range r.Loads {
		if want := map[bool]int{false: 6, true: 2}[l.Name == "slow"]; len(l.Contenders) != want {
			t.Errorf("%s %s has %d contenders", l.Name, l.Way, len(l.Contenders))
		}
		for _, c := range l.Contenders {
			if bench.Median(c.Orders) <= 0 || c.Hold.P99 < c.Hold.P50 || c.Hold.P50 <= 0 {
				t.Errorf("%s %s: %s measured nothing: %+v", l.Name, l.Way, c.Name, c)
			}
		}
	}
	for _, l := range r.Looks {
		if bench.Median(l.Requests) <= 0 || bench.Median(l.Bare) <= 0 {
			t.Errorf("%s of %s measured nothing", l.Name, l.Contender)
		}
	}
	if r.World.Least < 0.5 || r.World.Most > 0.8 {
		t.Errorf("the coaches were %.2f to %.2f full", r.World.Least, r.World.Most)
	}
	if len(r.Targets) != 2*10+6+8 {
		t.Errorf("%d targets", len(r.Targets))
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.HasPrefix(string(text), "before\n") || !strings.HasSuffix(string(text), "after\n") || strings.Contains(string(text), "old\n") || strings.Count(string(text), "| in process |") < 20 {
		t.Errorf("the page: %v\n%s", err, text)
	}
}
