package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chepiao/demo"
	"chepiao/postgres"
)

// drill is a node with customers, on either kind of database.
type drill struct {
	*testing.T
	binary string
	folder string
	args   []string // of every command about the node's store
	person atomic.Int64
	mu     sync.Mutex
	sold   map[string]bool // orders
	ids    map[string]bool // every number given: orders and tickets
	retire func()          // makes room where the database is not in the folder
}

func newDrill(t *testing.T, binary string, args ...string) *drill {
	d := &drill{T: t, binary: binary, folder: filepath.Join(t.TempDir(), "hub"), args: args, sold: map[string]bool{}, ids: map[string]bool{}, retire: func() {}}
	d.run(0, d.on("import", "../../demo/feed", "--data", d.folder, "--days", "6")...)
	return d
}

func (d *drill) on(args ...string) []string { return append(args, d.args...) }

// run runs a command and returns what it said; want is its exit code.
func (d *drill) run(want int, args ...string) string {
	d.Helper()
	out, err := exec.Command(d.binary, args...).CombinedOutput()
	if code := exitCode(err); code != want {
		d.Fatalf("chepiao %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, out)
	}
	return string(out)
}

func (d *drill) says(out string, wants ...string) {
	d.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			d.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// hub starts a hub on the folder; stop ends it by a signal.
func (d *drill) hub(folder string) (url string, stop func()) {
	d.Helper()
	hub := exec.Command(d.binary, d.on("hub", folder, "--listen", "127.0.0.1:0", "--open", "--print-json")...)
	hub.Stderr = os.Stderr
	out, err := hub.StdoutPipe()
	if err != nil {
		d.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		d.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			if err := hub.Process.Signal(syscall.SIGINT); err != nil {
				d.Error(err)
			}
			hub.Wait() //nolint:errcheck // how it ends is another test's business
		})
	}
	d.Cleanup(stop)
	var said struct{ URL string }
	if line, err := bufio.NewReader(out).ReadBytes('\n'); err != nil || json.Unmarshal(line, &said) != nil {
		d.Fatalf("the hub's first line: %q, %v", line, err)
	}
	return said.URL, stop
}

// sell holds and pays one order and returns its number; reason is the refusal's.
func (d *drill) sell(url string, o offer) (id, reason string) {
	name, number := demo.Person(int(d.person.Add(1)))
	body := fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`, o.Departure, o.From, o.To, name, number)
	var held struct {
		Reason string
		Order  struct {
			ID      string
			Total   int
			Tickets []struct{ ID string }
		}
	}
	status := d.post(url+"/api/v1/orders", body, &held)
	if status != http.StatusCreated {
		return "", fmt.Sprint(status, " ", held.Reason)
	}
	d.mu.Lock()
	for _, n := range append([]string{held.Order.ID}, held.Order.Tickets[0].ID) {
		if d.ids[n] {
			d.Errorf("number %s is given twice", n)
		}
		d.ids[n] = true
	}
	d.mu.Unlock()
	if status := d.post(url+"/api/v1/orders/"+held.Order.ID+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%d}`, held.Order.Total), nil); status >= 300 {
		return held.Order.ID, fmt.Sprint("pay ", status)
	}
	d.mu.Lock()
	d.sold[held.Order.ID] = true
	d.mu.Unlock()
	return held.Order.ID, ""
}

func (d *drill) post(url, body string, into any) int {
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		d.Error(err)
		return 0
	}
	defer res.Body.Close()
	if into != nil {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			d.Error(err)
		}
	}
	return res.StatusCode
}

func (d *drill) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.sold)
}

// crowd sells with several customers at once until it is told to end.
func (d *drill) crowd(url string, offers []offer) (end func()) {
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i := range 4 {
		all.Go(func() {
			for k := i; ; k++ {
				select {
				case <-stop:
					return
				case <-time.After(40 * time.Millisecond): // else the coaches are full before the backup is made
				}
				if _, no := d.sell(url, offers[k%len(offers)]); no != "" && no != "409 SOLD_OUT" {
					d.Errorf("a sale while a backup is made: %s", no)
					return
				}
			}
		})
	}
	return func() { close(stop); all.Wait() }
}

func (d *drill) until(what string, done func() bool) {
	d.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) || d.Failed() {
			d.Fatalf("waited in vain until %s", what)
		}
	}
}

// TestBackup backs a hub up while it sells, puts the old backup in place, and
// shows that nothing is sold, and no number given twice, whatever was lost.
func TestBackup(t *testing.T) { backupDrill(newDrill(t, buildProgram(t))) }

// temporaryPostgres is the address of a PostgreSQL server that ends with the test.
func temporaryPostgres(t *testing.T) string {
	t.Helper()
	server, remove, err := postgres.Temporary(t.Context(), "/dev/shm", postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remove(); err != nil {
			t.Error(err)
		}
	})
	return server.URL(postgres.Database)
}

// TestBackupPostgreSQL is the same with PostgreSQL's own tools.
func TestBackupPostgreSQL(t *testing.T) {
	url := temporaryPostgres(t)
	d := newDrill(t, buildProgram(t), "--store", url+"?search_path=hub1")
	d.retire = func() {
		if out, err := exec.Command("psql", "--quiet", "--dbname="+url, "--command=DROP SCHEMA hub1 CASCADE").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	backupDrill(d)
}

func backupDrill(d *drill) {
	url, stop := d.hub(d.folder)
	offers := buyable(d.T, url)
	end := d.crowd(url, offers)
	d.until("some orders are sold", func() bool { return d.count() >= 20 })
	vault := filepath.Join(d.TempDir(), "vault")
	d.run(1, d.on("backup", d.folder, "--to", filepath.Join(vault, "x.backup"))...) // no such folder
	if err := os.Mkdir(vault, 0o700); err != nil {
		d.Fatal(err)
	}
	file := filepath.Join(vault, "monday.backup")
	d.says(d.run(0, d.on("backup", d.folder, "--to", file, "--with-keys")...), "lane 1 at entry", "Keep it apart")
	d.says(d.run(1, d.on("backup", d.folder, "--to", file)...), "--force")
	saved := d.count()
	d.until("more orders are sold", func() bool { return d.count() >= saved+20 })
	d.run(0, d.on("backup", d.folder, "--to", vault)...) // named by node and time, without keys
	end()
	export := filepath.Join(vault, "journal.jsonl.zst")
	d.run(0, d.on("journal", "export", d.folder, "--to", export)...)
	d.says(d.run(0, "journal", "verify", export, "--manifest", file+".json"), "lane 1 of HUB1")
	stop()
	d.says(d.run(0, d.on("doctor", d.folder)...), "nothing differs")
	m, err := readManifest(file)
	if err != nil {
		d.Fatal(err)
	}
	d.restoreOld(file, export, m)
}

// restoreOld: the hub's machine is gone, only the vault is left.
func (d *drill) restoreOld(file, export string, m *manifest) {
	again := filepath.Join(d.TempDir(), "again")
	d.retire()
	out := d.run(0, d.on("restore", file, "--data", again)...)
	d.says(out, "nothing differs", fmt.Sprintf("--lane 1 --seq N     here it ends at entry %d", m.Lanes[0].Seq))
	d.says(d.run(0, d.on("restore", "status", again)...), "put back from a copy")
	d.run(1, d.on("restore", file, "--data", again)...) // not empty

	url, stop := d.hub(again)
	offers := buyable(d.T, url) // one may look
	if _, no := d.sell(url, offers[0]); no != "503 RESTORED" {
		d.Fatalf("a restored node answers a hold with %q", no)
	}
	var ready struct{ Reason, EN string }
	res, err := http.Get(url + "/readyz")
	if err != nil {
		d.Fatal(err)
	}
	if err := json.NewDecoder(res.Body).Decode(&ready); err != nil || res.StatusCode != 503 || ready.Reason != "RESTORED" || !strings.Contains(ready.EN, "restored") {
		d.Errorf("it calls itself ready: %d %+v %v", res.StatusCode, ready, err)
	}
	res.Body.Close()
	warned := func() bool {
		res, err := http.Get(url + "/passenger")
		if err != nil {
			d.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		return err == nil && strings.Contains(string(page), "系统刚从备份恢复")
	}
	if !warned() {
		d.Error("a passenger is not told that nothing is sold")
	}
	d.run(1, d.on("restore", "confirm", again, "--lane", "1", "--seq", "many")...)
	last := regexp.MustCompile(`entries 1 to (\d+)`).FindStringSubmatch(d.run(0, "journal", "verify", export))[1]
	out = d.run(0, d.on("restore", "confirm", again, "--lane", "1", "--seq", last, "--journal", export)...)
	d.says(out, fmt.Sprintf("its entries from %d to entry %s", m.Lanes[0].Seq+1, last), "No number will be given twice", "Every lane is confirmed")
	if listed := len(regexp.MustCompile(`(?m)^  TK\d+ of OD`).FindAllString(out, -1)); listed < 15 {
		d.Errorf("%d lost tickets are listed:\n%s", listed, out)
	}
	d.until("the hub is ready", func() bool {
		res, err := http.Get(url + "/readyz")
		if err == nil {
			res.Body.Close()
		}
		return err == nil && res.StatusCode == 200
	})
	if warned() {
		d.Error("the notice stays when all is confirmed")
	}
	for k := range 30 {
		if _, no := d.sell(url, offers[k%len(offers)]); no != "" && no != "409 SOLD_OUT" {
			d.Errorf("a confirmed node answers a sale with %q", no)
		}
	}
	stop()
	d.says(d.run(0, d.on("doctor", again)...), "nothing differs")
	d.says(d.run(0, d.on("restore", "status", again)...), "are lost", "confirmed by")
	if _, err := os.Stat(filepath.Join(again, safeName)); err != nil {
		d.Errorf("the key beside the backup was not restored: %v", err)
	}
}

// TestDamagedBackup: whatever is wrong with a backup or an export is told with
// its place, and nothing is left that a hub would open.
func TestDamagedBackup(t *testing.T) {
	d := newDrill(t, buildProgram(t))
	url, stop := d.hub(d.folder)
	for _, o := range buyable(t, url) {
		d.sell(url, o)
	}
	stop()
	vault := t.TempDir()
	file, export := filepath.Join(vault, "good"), filepath.Join(vault, "journal.jsonl.gz")
	d.run(0, "backup", d.folder, "--to", file)
	d.run(0, "journal", "export", d.folder, "--to", export)
	d.run(0, "journal", "verify", export)
	good := read(t, file)
	spoil := func(name string, backup, manifest []byte) string {
		bad := filepath.Join(vault, name)
		write(t, bad, backup)
		if manifest != nil {
			write(t, bad+".json", manifest)
		}
		data := filepath.Join(vault, name+".data")
		out := d.run(1, "restore", bad, "--data", data)
		if left, err := os.ReadDir(data); err == nil && len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
		return out
	}
	m := read(t, file+".json")
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	d.says(spoil("cut", good[:len(good)-1000], m), fmt.Sprintf("ends at byte %d", len(good)-1000))
	d.says(spoil("flipped", flipped, m), "is damaged between byte")
	d.says(spoil("no-manifest", good, nil), "not finished")
	d.says(spoil("bad-manifest", good, m[:len(m)/2]), "is damaged")
	d.says(spoil("other-head", good, regexp.MustCompile(`"seq": \d+`).ReplaceAll(m, []byte(`"seq": 3`))), "does not fit its manifest")
	d.says(d.run(0, "restore", file, "--data", filepath.Join(vault, "keyless")), "no key yet")
	d.run(1, "hub", filepath.Join(vault, "keyless"), "--listen", "127.0.0.1:0")

	plain := filepath.Join(vault, "plain.jsonl")
	d.run(0, "journal", "export", d.folder, "--to", plain)
	lines := bytes.SplitAfter(read(t, plain), []byte("\n"))
	verify := func(name string, text []byte) string {
		bad := filepath.Join(vault, name)
		write(t, bad, text)
		return d.run(1, "journal", "verify", bad)
	}
	d.says(verify("cut.gz", read(t, export)[:len(read(t, export))/2]), "is damaged after line")
	d.says(verify("last-line", bytes.Join(lines[:len(lines)-2], nil)), "is cut off after line")
	d.says(verify("one-less", bytes.Join(append(append([][]byte{}, lines[:5]...), lines[6:]...), nil)), "line 6, entry HUB1/1/6", "it follows entry 4")
	changed := bytes.Replace(bytes.Join(lines, nil), []byte(`"state":"held"`), []byte(`"state":"paid"`), 1)
	d.says(verify("changed", changed), "its hash does not follow")
	d.says(verify("other-profile", bytes.Replace(bytes.Join(lines, nil), []byte(`"profile":"ed25519-sha256"`), []byte(`"profile":"sm2-sm3"`), 1)), "entry HUB1/1/1")

	later := filepath.Join(vault, "later.jsonl")
	d.run(0, "journal", "export", d.folder, "--to", later, "--since", "1:4")
	d.says(d.run(0, "journal", "verify", later), "entries 5 to")
	d.run(1, "journal", "export", d.folder, "--to", later, "--since", "1:4") // is there
	d.run(1, "journal", "export", d.folder, "--to", later+"2", "--since", "9:4")
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
