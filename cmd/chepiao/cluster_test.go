package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestClusterRolls restarts both hubs of a small cluster under load: no request
// fails, and nothing is left running.
func TestClusterRolls(t *testing.T) {
	binary := buildProgram(t)
	cmd := exec.Command(binary, "cluster", "--roll", "--unsafe", "--hubs", "2", "--load", "8", "--days", "6")
	cmd.Env = inMemory()
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "failed requests: 0") {
		t.Fatalf("%v\n%s", err, out)
	}
	if left, _ := exec.Command("pgrep", "-f", binary).Output(); len(left) > 0 {
		t.Errorf("processes are left: %s", left)
	}
}

// TestClusterPage draws a page and a line of a cluster with a dead primary.
func TestClusterPage(t *testing.T) {
	v := clusterView{
		url:       "http://127.0.0.1:8080",
		databases: []databaseView{{"first", "127.0.0.1:16000", "does not answer", ""}, {"second", "127.0.0.1:16001", "standby", ""}},
		hubs:      []hubView{{"hub1", "127.0.0.1:8090", "/readyz answers 503", "1", 1234.4, 567.4}},
		clients:   4, second: second{Answered: 7, TurnedAway: 3}, errors: []string{"hub1: no database"},
	}
	for _, text := range []string{v.page(), v.line()} {
		for _, want := range []string{"first", "does not answer", "hub1", "/readyz answers 503", "567", "7 answered", "3 turned away"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
	if !strings.Contains(v.page(), "hub1: no database") {
		t.Error("the page hides the last error")
	}
}

// inMemory is an environment in which temporary files lie in memory, where there
// is a place for that: these tests are not about the disk.
func inMemory() []string {
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return os.Environ()
	}
	return append(os.Environ(), "TMPDIR=/dev/shm")
}
