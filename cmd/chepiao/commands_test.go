package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"chepiao/demo"
)

// TestCommands is an operator's first day: import a timetable, add a device,
// sell, verify a voucher, rotate and revoke keys, ask the doctor.
func TestCommands(t *testing.T) {
	binary, folder := buildProgram(t), filepath.Join(t.TempDir(), "station")
	run := func(want int, args ...string) string {
		t.Helper()
		out, err := exec.Command(binary, args...).CombinedOutput()
		if code := exitCode(err); code != want {
			t.Fatalf("chepiao %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, out)
		}
		return string(out)
	}
	if out := run(0, "import", "../../demo/feed", "--data", folder, "--days", "6"); !strings.Contains(out, "imported:") {
		t.Errorf("an import says nothing of what it imported:\n%s", out)
	}
	secret := regexp.MustCompile(`cpd_\S+`).FindString(run(0, "device", "--data", folder, "--add", "window", "--name", "window-1"))
	code := sellOne(t, binary, folder, secret)

	directory := filepath.Join(folder, "keys.json")
	first := strings.Fields(run(0, "keys", "--data", folder, "--export", directory))[0]
	for _, trust := range [][]string{{"--data", folder}, {"--keys", directory}} {
		if out := run(0, append([]string{"verify", code}, trust...)...); !strings.Contains(out, "TK") {
			t.Errorf("verify does not name the ticket:\n%s", out)
		}
	}
	run(1, "verify", code[:len(code)-6], "--data", folder)
	run(1, "verify", code)
	run(0, "keys", "--data", folder, "--rotate")
	run(0, "verify", code, "--data", folder) // a retired key still verifies
	run(0, "keys", "--data", folder, "--revoke", first)
	run(1, "verify", code, "--data", folder)
	run(0, "doctor", folder)
	for _, tool := range [][]string{{"keys", "--data"}, {"verify", code, "--data"}, {"doctor"}, {"rules", "list", "--data"}, {"fakes", "pay", "--data"}} {
		empty := t.TempDir()
		run(1, append(tool, empty)...)
		if made, err := os.ReadDir(empty); err != nil || len(made) > 0 {
			t.Errorf("%v makes a node of an empty folder: %v, %v", tool, made, err)
		}
	}
	run(0, "device", "--data", folder, "--remove", "window-1")
	tryRules(t, run, folder)
}

// tryRules asks for rules, tries a proposal out, carries rules as a file.
func tryRules(t *testing.T, run func(want int, args ...string) string, folder string) {
	t.Helper()
	says := func(out string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("it does not say %q:\n%s", want, out)
			}
		}
	}
	says(run(0, "rules", "list", "--data", folder), "advance_days", "7 days", "national #1")
	says(run(0, "rules", "explain", "--data", folder, "refund", "hold_online"), "退票阶梯", "by sheet 1 (national")
	says(run(0, "rules", "explain", "--data", folder, "refund", "--json"), `"unit":"ladder"`)
	run(1, "rules", "explain", "--data", folder, "no_such_rule")
	run(1, "rules", "explain", "--data", folder, "--station", "NOWHERE")

	file := filepath.Join(t.TempDir(), "rules.json")
	proposal := `{"format":"chepiao-rules-1","sheets":[{"scope":"national","author":"the province","reason":"spring festival","values":{"fare_difference":2000,"advance_days":10}}]}`
	if err := os.WriteFile(file, []byte(proposal), 0o600); err != nil {
		t.Fatal(err)
	}
	says(run(0, "rules", "lab", file, "--data", folder), "fares 票款", "nothing was changed")
	says(run(0, "rules", "lab", file, "--data", folder, "--from", "2020-01-01", "--json"), `"area":"fare"`)
	run(1, "rules", "lab", file, "--data", folder, "--from", "tomorrow")
	says(run(0, "rules", "import", file, "--data", folder, "--dry-run"), "1 sheets would be imported", "advance_days: 7 days → 10 days")
	says(run(0, "rules", "list", "--data", folder), "7 days")
	says(run(0, "rules", "import", file, "--data", folder), "1 sheets imported")
	says(run(0, "rules", "import", file, "--data", folder), "0 sheets imported, 1 were here already")
	says(run(0, "rules", "list", "--data", folder), "10 days")
	if err := os.WriteFile(file, []byte(run(0, "rules", "export", "--data", folder)), 0o600); err != nil {
		t.Fatal(err)
	}
	says(run(0, "rules", "import", file, "--data", folder, "--json"), `"fresh":[]`, `"known":2`)
	if err := os.WriteFile(file, []byte(strings.Replace(proposal, `"advance_days":10`, `"check_closes":1201`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	says(run(1, "rules", "import", file, "--data", folder), "sheets[0].check_closes")
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return -1
}

// sellOne runs a hub with locked doors, sells a ticket with a device's secret
// and returns its voucher.
func sellOne(t *testing.T, binary, folder, secret string) (code string) {
	t.Helper()
	hub := exec.Command(binary, "hub", folder, "--listen", "127.0.0.1:0", "--print-json")
	out, err := hub.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := hub.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := hub.Wait(); err != nil {
			t.Errorf("the hub ended with %v", err)
		}
	}()
	var said struct{ URL string }
	if line, err := bufio.NewReader(out).ReadBytes('\n'); err != nil || json.Unmarshal(line, &said) != nil {
		t.Fatalf("the hub's first line: %q, %v", line, err)
	}
	o := buyable(t, said.URL)[0]
	name, number := demo.Person(1)
	hold := fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`, o.Departure, o.From, o.To, name, number)
	var held struct {
		Order struct {
			ID, Key string
			Total   int
			Tickets []struct{ ID string }
		}
	}
	if status := ask(t, "POST", said.URL+"/api/v1/orders", "", hold, nil); status != http.StatusUnauthorized && status != http.StatusForbidden {
		t.Errorf("a stranger sells at the window: %d", status)
	}
	ask(t, "POST", said.URL+"/api/v1/orders", secret, hold, &held)
	order := said.URL + "/api/v1/orders/" + held.Order.ID
	ask(t, "POST", order+"/pay", secret, fmt.Sprintf(`{"channel":"cash","amount":%d}`, held.Order.Total), nil)
	var voucher struct{ Code string }
	ask(t, "GET", order+"/tickets/"+held.Order.Tickets[0].ID+"/voucher", secret, "", &voucher)
	return voucher.Code
}

func ask(t *testing.T, method, url, secret, body string, into any) int {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if into != nil {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode >= 300 {
			t.Fatalf("%s %s: %s, %v", method, url, res.Status, err)
		}
	}
	return res.StatusCode
}
