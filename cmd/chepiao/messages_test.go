package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
)

// TestKilledHubTellsOnce: the gateway takes a text, the hub never hears of it
// and is killed. The next hub hands it over again; the passenger gets it once.
func TestKilledHubTellsOnce(t *testing.T) {
	binary, folder := buildProgram(t), filepath.Join(t.TempDir(), "station")
	if out, err := exec.Command(binary, "import", "../../demo/feed", "--data", folder, "--days", "6").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line, _ := begin(t, binary, "fakes", "sms", "--data", folder, "--listen", "127.0.0.1:0")
	gate := line[strings.Index(line, "http://"):]
	// No report either: a hub that was told by one that the text arrived has no need to send it again.
	ask(t, "PUT", gate+"/control/switches", "", `{"answer_lost":true,"report_lost":true}`, new(any))
	hub := []string{"hub", folder, "--listen", "127.0.0.1:0", "--open", "--sms-url", gate, "--print-json"}
	url, kill := beginHub(t, binary, hub)
	o := buyable(t, url)[0]
	name, number := demo.Person(1)
	var held struct {
		Order struct {
			ID    string
			Total int
		}
	}
	ask(t, "POST", url+"/api/v1/orders", "", fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"phone":"13812345678","document":{"kind":"resident_id","number":%q}}]}`,
		o.Departure, o.From, o.To, name, number), &held)
	ask(t, "POST", url+"/api/v1/orders/"+held.Order.ID+"/pay", "", fmt.Sprintf(`{"channel":"cash","amount":%d}`, held.Order.Total), new(any))
	type text struct {
		ID, To, State, Report string
		Heard                 int
	}
	texts := func(enough func(text) bool) (list []text) {
		wait(t, func() bool {
			ask(t, "GET", gate+"/control/texts", "", "", &list)
			return len(list) > 0 && enough(list[0])
		})
		return list
	}
	texts(func(x text) bool { return x.Heard > 0 })
	kill()
	ask(t, "PUT", gate+"/control/switches", "", `{}`, new(any))
	url, _ = beginHub(t, binary, hub)
	list := texts(func(x text) bool { return x.Heard > 1 })
	if len(list) != 1 || list[0].To != "138****5678" {
		t.Errorf("the gateway has %+v", list)
	}
	var told struct {
		Messages []struct{ State, Kind, Phone string }
	}
	wait(t, func() bool {
		ask(t, "GET", url+"/api/v1/messages?departure="+o.Departure, "", "", &told)
		return len(told.Messages) > 0 && told.Messages[0].State != "due"
	})
	for _, name := range []string{"chepiao.db", "chepiao.db-wal"} {
		if b, err := os.ReadFile(filepath.Join(folder, name)); err != nil || strings.Contains(string(b), "13812345678") {
			t.Errorf("%s holds the phone in clear, or is not there: %v", name, err)
		}
	}
}

// TestOldSafe: a node of before messages gets a key for its gateway, once.
func TestOldSafe(t *testing.T) {
	folder := t.TempDir()
	s, err := openSafe(folder, "T1", chepiao.ProfileEd25519)
	if err != nil {
		t.Fatal(err)
	}
	s.SMS = nil
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	first, err := readSafe(folder)
	if err != nil || len(first.SMS) != 32 || string(first.NodeKey) != string(s.NodeKey) {
		t.Fatalf("%d bytes, %v", len(first.SMS), err)
	}
	if again, err := readSafe(folder); err != nil || string(again.SMS) != string(first.SMS) {
		t.Errorf("the key did not stay: %v", err)
	}
}

// begin starts the program and returns its first line; end kills it.
func begin(t *testing.T, binary string, args ...string) (line string, kill func()) {
	t.Helper()
	p := exec.Command(binary, args...)
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := false
	kill = func() {
		if !ended {
			ended = true
			_ = p.Process.Kill()
			_ = p.Wait()
		}
	}
	t.Cleanup(kill)
	r := bufio.NewReader(out)
	if line, err = r.ReadString('\n'); err != nil {
		t.Fatalf("%v says nothing: %v", args, err)
	}
	go io.Copy(io.Discard, r)
	return strings.TrimSpace(line), kill
}

func beginHub(t *testing.T, binary string, args []string) (url string, kill func()) {
	t.Helper()
	line, kill := begin(t, binary, args...)
	var said struct{ URL string }
	if err := json.Unmarshal([]byte(line), &said); err != nil {
		t.Fatalf("the hub says %q", line)
	}
	return said.URL, kill
}

// wait asks until the answer is yes, or gives the test up.
func wait(t *testing.T, yes func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			t.Fatal("it does not come about")
		case <-tick.C:
		}
	}
}
