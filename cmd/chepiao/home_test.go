package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/postgres"
)

// fleet are real hub processes on one private PostgreSQL.
type fleet struct {
	t       testing.TB
	binary  string
	url     string // of the database
	folders []string
	more    []string // arguments of every hub

	mu    sync.Mutex
	hubs  []*hubProcess
	ready []bool // what /readyz last said, as a load balancer sees it
	turn  atomic.Int64
}

// newFleet starts as many hubs on a database that syncs or not.
func newFleet(t testing.TB, hubs int, o postgres.Options, more ...string) *fleet {
	t.Helper()
	dir := ""
	if !o.Sync {
		dir = "/dev/shm"
	}
	server, remove, err := postgres.Temporary(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remove(); err != nil {
			t.Error(err)
		}
	})
	f := &fleet{t: t, binary: buildProgram(t), url: server.URL(postgres.Database), more: more}
	folder := t.TempDir()
	if out, err := exec.Command(f.binary, "import", "../../demo/feed", "--data", folder, "--days", "6", "--store", f.url).CombinedOutput(); err != nil {
		t.Fatalf("importing: %v\n%s", err, out)
	}
	key, err := os.ReadFile(filepath.Join(folder, "node.key"))
	if err != nil {
		t.Fatal(err)
	}
	f.hubs, f.ready = make([]*hubProcess, hubs), make([]bool, hubs)
	for i := range hubs {
		f.folders = append(f.folders, t.TempDir())
		if err := os.WriteFile(filepath.Join(f.folders[i], "node.key"), key, 0o600); err != nil {
			t.Fatal(err)
		}
		f.start(i)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for i := range hubs {
		go f.watch(ctx, i)
	}
	return f
}

func (f *fleet) start(i int) {
	h := runHub(f.t, f.binary, f.folders[i], append([]string{"--store", f.url, "--process", "hub" + strconv.Itoa(i+1), "--log-level", "INFO"}, f.more...)...)
	f.mu.Lock()
	f.hubs[i] = h
	f.mu.Unlock()
}

// watch asks a hub whether it is ready, as a load balancer does.
func (f *fleet) watch(ctx context.Context, i int) {
	c := &http.Client{Timeout: time.Second}
	for ctx.Err() == nil {
		res, err := c.Get(f.hub(i).url + "/readyz")
		if err == nil {
			res.Body.Close()
		}
		f.mu.Lock()
		f.ready[i] = err == nil && res.StatusCode == http.StatusOK
		f.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
	}
}

func (f *fleet) hub(i int) *hubProcess {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hubs[i]
}

// allReady waits until every hub is ready.
func (f *fleet) allReady() {
	f.t.Helper()
	for range 600 {
		n := 0
		f.mu.Lock()
		for _, r := range f.ready {
			if r {
				n++
			}
		}
		f.mu.Unlock()
		if n == len(f.hubs) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.t.Fatal("the hubs are not ready after 30 seconds")
}

// next is the next hub in turn that is ready.
func (f *fleet) next() *hubProcess {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.hubs {
		if i := int(f.turn.Add(1)) % len(f.hubs); f.ready[i] {
			return f.hubs[i]
		}
	}
	return f.hubs[0]
}

// call sends a request to a hub that is ready, and to another one only when the
// connection is refused, as any balancer does.
func (f *fleet) call(c *http.Client, method, path string, in, out any) (status int, err error) {
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return 0, err
		}
	}
	for range 20 {
		r, err := http.NewRequest(method, f.next().url+path, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := c.Do(r)
		if errors.Is(err, syscall.ECONNREFUSED) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			return res.StatusCode, err
		}
		if res.StatusCode >= 400 {
			return res.StatusCode, fmt.Errorf("%s %s: %s %s", method, path, res.Status, text)
		}
		return res.StatusCode, json.Unmarshal(text, out)
	}
	return 0, errors.New("every hub refuses connections")
}

// sale is an order from its hold to its refund.
func (f *fleet) sale(c *http.Client, o offer, n int) (status int, err error) {
	name, number := demo.Person(n)
	var held, paid, back struct {
		Order struct {
			ID      string
			Total   int64
			Tickets []struct{ ID string }
		}
		Back int64
	}
	status, err = f.call(c, "POST", "/api/v1/orders", map[string]any{
		"departure": o.Departure, "from": o.From, "to": o.To, "channel": "window",
		"passengers": []any{map[string]any{"name": name, "document": map[string]string{"kind": "resident_id", "number": number}}},
	}, &held)
	if err != nil {
		return status, err
	}
	order := "/api/v1/orders/" + held.Order.ID
	if status, err = f.call(c, "POST", order+"/pay", map[string]any{"channel": "cash", "amount": held.Order.Total}, &paid); err != nil {
		return status, err
	}
	ticket := held.Order.Tickets[0].ID
	if status, err = f.call(c, "GET", order+"/refund-quote?tickets="+ticket, nil, &back); err != nil {
		return status, err
	}
	return f.call(c, "POST", order+"/refund", map[string]any{"tickets": []string{ticket}, "back": back.Back}, &paid)
}

// count is one of a hub's figures.
func (h *hubProcess) count(t testing.TB, name string) (n int64) {
	t.Helper()
	res, err := http.Get("http://" + h.private + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
	if err != nil || m == nil {
		t.Fatalf("no figure %s: %v", name, err)
	}
	f, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(f)
}

// TestRollingRestart: three hubs sell, each is started anew in its turn, and no
// request fails; doctor is content, and a webhook has heard of every ticket that
// any of them issued, though each numbers its messages in a lane of its own.
func TestRollingRestart(t *testing.T) {
	f := newFleet(t, 3, postgres.Options{}, "--drain", "3s")
	f.allReady()
	var heard sync.Map
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct {
			Events []struct {
				ID   string
				Kind chepiao.MessageKind
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			t.Errorf("a webhook's call: %v", err)
		}
		for _, e := range call.Events {
			if e.Kind == chepiao.TellIssued {
				heard.Store(e.ID, true)
			}
		}
	}))
	defer receiver.Close()
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	var hook any
	if _, err := f.call(client, "POST", "/api/v1/hooks", map[string]any{"url": receiver.URL}, &hook); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // every hub has heard of the webhook
	offers := buyable(t, f.hub(0).url)
	var sold, people atomic.Int64
	stop := make(chan struct{})
	var selling sync.WaitGroup
	for range 12 {
		selling.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := int(people.Add(1))
				if status, err := f.sale(client, offers[n%len(offers)], n); err != nil {
					t.Errorf("while hubs are started anew: %d %v", status, err)
					return
				}
				sold.Add(1)
			}
		})
	}
	var passed int64
	for i := range 3 {
		time.Sleep(time.Second)
		h := f.hub(i)
		passed += h.count(t, "chepiao_requests_passed_total")
		if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := <-h.ended; err != nil {
			t.Errorf("hub %d ended with %v", i+1, err)
		}
		f.start(i)
		f.allReady()
	}
	time.Sleep(time.Second)
	close(stop)
	selling.Wait()
	t.Logf("%d orders held, paid and refunded; %d requests passed on before the restarts", sold.Load(), passed)
	if sold.Load() < 50 || passed < 50 {
		t.Error("too few to prove anything")
	}
	tellsAll(t, &heard, sold.Load())
	if out, err := exec.Command(f.binary, "doctor", f.folders[0], "--store", f.url).CombinedOutput(); err != nil {
		t.Errorf("doctor: %v\n%s", err, out)
	}
}

// tellsAll waits until a webhook has heard of as many tickets.
func tellsAll(t *testing.T, heard *sync.Map, want int64) {
	t.Helper()
	n := int64(0)
	for range 200 {
		n = 0
		heard.Range(func(any, any) bool { n++; return true })
		if n >= want {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if n != want {
		t.Errorf("the webhook heard of %d tickets, %d were issued", n, want)
	}
}

// BenchmarkHotDeparture measures orders (held, paid, and refunded so that seats
// stay free) of 32 clients on one departure, durable: at one hub, and at three
// with and without a home.
func BenchmarkHotDeparture(b *testing.B) {
	for _, c := range []struct {
		name string
		hubs int
		more []string
	}{{"one hub", 1, nil}, {"three hubs", 3, nil}, {"three hubs without a home", 3, []string{"--no-home"}}} {
		b.Run(c.name, func(b *testing.B) {
			f := newFleet(b, c.hubs, postgres.Options{Sync: true}, c.more...)
			f.allReady()
			time.Sleep(3 * time.Second) // the hubs know each other
			offer := buyable(b, f.hub(0).url)[0]
			client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
			var next, busy atomic.Int64
			b.ResetTimer()
			began := time.Now()
			var selling sync.WaitGroup
			for range 32 {
				selling.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if status, err := f.sale(client, offer, int(n)); err != nil {
							busy.Add(1)
							if status == 0 {
								b.Errorf("no answer: %v", err)
							}
						}
					}
				})
			}
			selling.Wait()
			b.ReportMetric(float64(int64(b.N)-busy.Load())/time.Since(began).Seconds(), "orders/s")
			b.ReportMetric(float64(busy.Load()), "failed")
		})
	}
}

// TestHubsDisagree: one of three hubs passes nothing on, and another is killed in
// the middle, so that several sell seats of the same coach at once. Whoever hears
// nothing asks another hub under the same key, and gets the same order; no seat
// is sold twice, and doctor is content.
func TestHubsDisagree(t *testing.T) {
	f := newFleet(t, 3, postgres.Options{})
	if err := f.hub(2).cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-f.hub(2).ended
	f.more = []string{"--no-home"}
	f.start(2)
	time.Sleep(3 * time.Second) // the hubs know each other
	offer := buyable(t, f.hub(0).url)[0]
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	hold := func(n, hub int) (id string, status int) {
		name, number := demo.Person(n)
		body := fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`, offer.Departure, offer.From, offer.To, name, number)
		r, err := http.NewRequest("POST", f.hub(hub).url+"/api/v1/orders", bytes.NewReader([]byte(body)))
		if err != nil {
			return "", 0
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("disagree-%d", n))
		res, err := client.Do(r)
		if err != nil {
			return "", 0
		}
		defer res.Body.Close()
		var held struct{ Order struct{ ID string } }
		if json.NewDecoder(res.Body).Decode(&held) != nil {
			return "", 0
		}
		return held.Order.ID, res.StatusCode
	}
	const people = 80 // for fewer seats
	orders := make([]string, people)
	var answered atomic.Int64
	var crowd sync.WaitGroup
	for n := range people {
		crowd.Go(func() {
			for try := range 200 {
				id, status := hold(n, (n+try)%3)
				if status == http.StatusCreated || status == http.StatusConflict {
					orders[n] = id
					if answered.Add(1) == people/4 {
						if err := f.hub(0).cmd.Process.Kill(); err != nil {
							t.Error(err)
						}
					}
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("person %d got no answer", n)
		})
	}
	crowd.Wait()
	sold := 0
	for n, id := range orders {
		if id == "" {
			continue
		}
		sold++
		for hub := 1; hub < 3; hub++ {
			if again, status := hold(n, hub); again != id || status != http.StatusCreated {
				t.Errorf("person %d has order %s; hub %d says %s, %d", n, id, hub+1, again, status)
			}
		}
	}
	t.Logf("%d of %d got a seat", sold, people)
	if sold < 10 || sold == people {
		t.Error("that proves nothing")
	}
	for hub := 1; hub < 3; hub++ {
		if err := f.hub(hub).cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		<-f.hub(hub).ended
	}
	if out, err := exec.Command(f.binary, "doctor", f.folders[0], "--store", f.url).CombinedOutput(); err != nil {
		t.Errorf("doctor: %v\n%s", err, out)
	}
}
