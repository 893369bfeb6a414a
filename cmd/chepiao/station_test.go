package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"chepiao/voucher"
)

// TestStation is a station's first day: it is invited, enrols, has the hub's
// timetable, is stopped and started without its hub, and the doctor finds nothing.
func TestStation(t *testing.T) {
	binary, hub, station := buildProgram(t), filepath.Join(t.TempDir(), "hub"), filepath.Join(t.TempDir(), "station")
	run := func(want int, says string, args ...string) string {
		t.Helper()
		out, err := exec.Command(binary, args...).CombinedOutput()
		if code := exitCode(err); code != want || !strings.Contains(string(out), says) {
			t.Fatalf("chepiao %s: exit %d, want %d and %q\n%s", strings.Join(args, " "), code, want, says, out)
		}
		return string(out)
	}
	demoHub(t, binary, hub)
	run(1, "no such station", "station", "invite", "NOWHERE", "--data", hub)
	code := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(run(0, "good once", "station", "invite", "130102SJZ", "--data", hub))
	run(1, "needs --hub URL and --code", "station", station)
	run(1, "not encrypted", "station", station, "--hub", "http://hub.example", "--code", code)

	url, stopHub := startPlain(t, binary, "hub", hub, "--listen", "127.0.0.1:0", "--print-json", "--log-level", "ERROR")
	run(1, "the code is wrong", "station", station, "--hub", url, "--code", "AAAA-BBBB-CCCC-DDDD")
	at, stop := startPlain(t, binary, "station", station, "--hub", url, "--code", code, "--listen", "127.0.0.1:0", "--print-json", "--log-level", "ERROR")
	ready(t, at)
	for _, side := range []string{url, at} { // whoever verifies has the keys of both
		if keys := keysAt(t, side); len(keys.Keys) != 2 || keys.Number <= 1<<20 {
			t.Errorf("%s publishes number %d with %d keys, want those of hub and station", side, keys.Number, len(keys.Keys))
		}
	}
	stop()
	other := filepath.Join(t.TempDir(), "other")
	run(1, "used before", "station", other, "--hub", url, "--code", code)
	run(1, "data folder of a hub", "station", hub, "--listen", "127.0.0.1:0")
	if left, err := os.ReadDir(other); err != nil || len(left) > 0 {
		t.Errorf("a station that was refused leaves %v, %v", left, err)
	}
	stopHub()

	at, stop = startPlain(t, binary, "station", station, "--listen", "127.0.0.1:0", "--print-json", "--log-level", "ERROR") // its hub is away
	ready(t, at)
	stop()
	run(0, "", "doctor", station)
	run(0, "", "doctor", hub)
	secrets, err := os.ReadFile(filepath.Join(station, safeName))
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Own  []byte          `json:"own_key"`
		Node []byte          `json:"node_key"`
		Hub  json.RawMessage `json:"hub"`
	}
	if err := json.Unmarshal(secrets, &kept); err != nil || len(kept.Own) != 32 || string(kept.Own) == string(kept.Node) || strings.Contains(string(kept.Hub), `"secret":"`) {
		t.Errorf("the station's secrets are not as they should be: %v", err)
	}
	run(1, "only a hub invites", "station", "invite", "130606BD", "--data", station)
}

// keysAt is the verified directory of keys that a node publishes.
func keysAt(t *testing.T, url string) *voucher.Directory {
	t.Helper()
	answer, err := http.Get(url + "/api/v1/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	d, err := voucher.ParseDirectory(b)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return d
}

// startPlain starts a program that prints its address first.
func startPlain(t *testing.T, binary string, args ...string) (url string, stop func()) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended bool
	stop = func() {
		if ended {
			return
		}
		ended = true
		cmd.Process.Signal(syscall.SIGINT) //nolint:errcheck // Wait says how it ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v ended with %v", args, err)
		}
	}
	t.Cleanup(stop)
	first := bufio.NewScanner(out)
	var said struct{ URL string }
	if !first.Scan() || json.Unmarshal(first.Bytes(), &said) != nil {
		t.Fatalf("%v printed no address", args)
	}
	return said.URL, stop
}

// ready waits until a node may sell: it has a timetable then.
func ready(t *testing.T, url string) {
	t.Helper()
	for range 200 {
		answer, err := http.Get(url + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not get ready", url)
}
