package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"chepiao/torture"
)

// TestTorture is a short attack of several kinds on the real program, and each
// history judged again from its file. `make torture` does all of them for an hour.
func TestTorture(t *testing.T) {
	binary := buildProgram(t)
	folder := t.TempDir()
	attacks := []string{"kill-hub", "clock", "old-backup", "kill-hubs", "cut-commit"}
	args := []string{"torture", "--minutes", "0", "--span", "1500ms", "--clients", "8", "--seed", "11", "--json", "--folder", folder}
	for _, a := range attacks {
		args = append(args, "--attack", a)
	}
	cmd := exec.Command(binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var report torture.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != len(attacks) {
		t.Fatalf("%d results for %d attacks", len(report.Results), len(attacks))
	}
	for _, r := range report.Results {
		if r.Requests < 100 || r.Parts < 2 || r.Doctor == "" {
			t.Errorf("%s proves too little: %+v", r.Attack, r)
		}
		if out, err := exec.Command(binary, "torture", "check", r.History).CombinedOutput(); err != nil {
			t.Errorf("%s judged again: %v\n%s", r.Attack, err, out)
		}
	}
	spoil(t, binary, report.Results[0].History)
}

// spoil removes a payment from a real history: what others saw of the order
// afterwards must then be inexplicable.
func spoil(t *testing.T, binary, path string) {
	t.Helper()
	h, err := torture.ReadHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "spoiled.jsonl")
	r, err := torture.NewRecorder(bad, h.Header)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := 0
	for _, q := range h.Requests {
		if q.Verb == torture.Pay && spoiled == 0 {
			for _, other := range h.Requests {
				if other.Key == q.Key && other.Answer != nil {
					spoiled++
				}
			}
			if spoiled > 0 {
				continue
			}
		}
		r.Add(q)
	}
	if _, err := r.Close(); err != nil || spoiled != 1 {
		t.Fatalf("%v; %d payments taken out", err, spoiled)
	}
	if out, err := exec.Command(binary, "torture", "check", bad).CombinedOutput(); err == nil {
		t.Errorf("a history without a payment is accepted:\n%s", out)
	}
}
