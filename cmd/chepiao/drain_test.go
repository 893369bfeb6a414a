package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chepiao/demo"
)

// hubProcess is a real hub that a test has started.
type hubProcess struct {
	url, private string
	cmd          *exec.Cmd
	log          string // path of its log
	ended        chan error
}

// runHub starts a hub on a data folder. It is killed at the end of the test if
// it still runs.
func runHub(t testing.TB, binary, folder string, more ...string) *hubProcess {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hubProcess{private: free.Addr().String(), log: filepath.Join(folder, "log.jsonl"), ended: make(chan error, 1)}
	free.Close()
	h.cmd = exec.Command(binary, append([]string{"hub", folder, "--listen", "127.0.0.1:0", "--open", "--print-json", "--private", h.private, "--log", "json", "--log-level", "DEBUG"}, more...)...)
	log, err := os.Create(h.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	h.cmd.Stderr = log
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.cmd.Process.Kill() })
	var said struct{ URL string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &said) != nil {
		said, _ := os.ReadFile(h.log)
		t.Fatalf("the hub's first line: %q, %v\n%s", line, err, said)
	}
	h.url = said.URL
	go func() { h.ended <- h.cmd.Wait() }()
	return h
}

// TestDrain: a hub that is told to stop says so first, goes on answering, and
// lets nobody's request fail that came before it stopped listening: neither of
// clients on lasting connections nor of those on new ones, neither questions nor
// holds that wait for a slow disk.
func TestDrain(t *testing.T) {
	folder, binary := t.TempDir(), buildProgram(t)
	demoHub(t, binary, folder)
	h := runHub(t, binary, folder, "--drain", "2s", "--commit-delay", "150ms")
	offers := buyable(t, h.url)
	var answered, late atomic.Int64
	var people atomic.Int64
	var sending sync.WaitGroup
	closed := make(chan struct{}) // the load balancer has seen /readyz and sends no more
	one := func(c *http.Client, i int) (err error) {
		var res *http.Response
		if i%2 == 0 {
			res, err = c.Get(h.url + "/api/v1/stations?limit=3")
		} else {
			o := offers[i%len(offers)]
			name, number := demo.Person(int(people.Add(1)))
			res, err = c.Post(h.url+"/api/v1/orders", "application/json", strings.NewReader(fmt.Sprintf(
				`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`, o.Departure, o.From, o.To, name, number)))
		}
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		if res.StatusCode >= 500 {
			return errors.New(res.Status)
		}
		answered.Add(1)
		return nil
	}
	for i := range 12 {
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%3 == 0}, Timeout: 10 * time.Second}
		sending.Go(func() {
			for {
				select {
				case <-closed:
					return
				default:
				}
				if err := one(c, i); err != nil {
					t.Errorf("client %d, while the balancer still sent: %v", i, err)
					return
				}
				if i%3 == 2 {
					time.Sleep(20 * time.Millisecond) // an idle connection between two requests
				}
			}
		})
	}
	stubborn := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	sending.Go(func() { // nobody balances for this one
		for {
			switch err := one(stubborn, 0); {
			case errors.Is(err, syscall.ECONNREFUSED):
				return
			case err != nil:
				late.Add(1)
				t.Logf("as the listener closed: %v", err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	time.Sleep(time.Second)
	if status(t, h.url+"/readyz") != 200 {
		t.Error("not ready before it was told to stop")
	}
	told := time.Now()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for status(t, h.url+"/readyz") == 200 {
		if time.Since(told) > time.Second {
			t.Fatal("still ready a second after it was told to stop")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if status(t, h.url+"/healthz") != 200 || status(t, "http://"+h.private+"/healthz") != 200 {
		t.Error("a hub that drains is alive")
	}
	time.Sleep(time.Second) // a balancer asks once a second
	close(closed)
	sending.Wait()
	if err := <-h.ended; err != nil {
		t.Errorf("the hub ended with %v", err)
	}
	if took := time.Since(told); took < 2*time.Second || took > 8*time.Second {
		t.Errorf("it stopped after %v", took)
	}
	if answered.Load() < 100 || late.Load() > 1 {
		t.Errorf("%d answered, %d cut off as the listener closed", answered.Load(), late.Load())
	}
}

// TestInterruptDoesNotDrain: at a terminal, Ctrl-C ends the hub at once.
func TestInterruptDoesNotDrain(t *testing.T) {
	h := runHub(t, buildProgram(t), t.TempDir(), "--drain", "30s")
	told := time.Now()
	if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-h.ended; err != nil || time.Since(told) > 5*time.Second {
		t.Errorf("it ended after %v with %v", time.Since(told), err)
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// What may wait at once, and what that may cost the hub.
const (
	floodRequests = 20_000
	floodMiB      = 512
)

// TestFlood: 20,000 holds arrive at once while the disk stalls. Each gets an
// answer: what is over the bound is sent away in a moment, what waits too long is
// told so. The memory stays bounded, and then the hub sells again.
func TestFlood(t *testing.T) {
	folder, binary := t.TempDir(), buildProgram(t)
	demoHub(t, binary, folder)
	h := runHub(t, binary, folder, "--commit-delay", "6s")
	offers := buyable(t, h.url)
	address := strings.TrimPrefix(h.url, "http://")
	requests := floodRequests
	var files syscall.Rlimit // of this process: each connection is one
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		requests = min(requests, int(files.Cur)-500)
	}
	var mu sync.Mutex
	counts := map[int]int{}
	var crowd sync.WaitGroup
	for i := range requests {
		crowd.Go(func() {
			code := floodOne(address, offers[i%len(offers)], i)
			mu.Lock()
			counts[code]++
			mu.Unlock()
		})
	}
	crowd.Wait()
	peak := peakMiB(t, h.cmd.Process.Pid)
	t.Logf("answers by status: %v; the hub's memory was at most %d MiB", counts, peak)
	answers := counts[201] + counts[409] + counts[503] + counts[504]
	if answers != requests || counts[503] < requests/4 {
		t.Errorf("%d of %d were answered as they should be: %v (0 is no answer)", answers, requests, counts)
	}
	if peak > floodMiB {
		t.Errorf("the hub took %d MiB, more than %d", peak, floodMiB)
	}
	if status(t, h.url+"/healthz") != 200 {
		t.Error("a hub that was flooded is alive")
	}
	res, err := http.Get("http://" + h.private + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for _, line := range regexp.MustCompile(`(?m)^chepiao_refusals_total.*`).FindAll(text, -1) {
		t.Logf("%s", line)
	}
	if m := regexp.MustCompile(`chepiao_requests_turned_away_total (\S+)`).FindSubmatch(text); m == nil || string(m[1]) == "0" {
		t.Error("the metrics do not say that requests were turned away")
	}
}

// floodOne sends one hold on a connection of its own and returns the status of
// its answer, 0 when none came. Five loopback addresses lend it their ports.
func floodOne(address string, o offer, i int) int {
	d := net.Dialer{Timeout: 30 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%5))}}
	c, err := d.Dial("tcp", address)
	if err != nil {
		return 0
	}
	defer c.Close()
	name, number := demo.Person(i)
	body := fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`, o.Departure, o.From, o.To, name, number)
	fmt.Fprintf(c, "POST /api/v1/orders HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
	c.SetReadDeadline(time.Now().Add(60 * time.Second))
	var head [12]byte // "HTTP/1.1 201"
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return 0
	}
	code, _ := strconv.Atoi(string(head[9:]))
	return code
}

// peakMiB is the most memory that a process had at once.
func peakMiB(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		t.Fatal("the process does not say how much memory it had")
	}
	kib, _ := strconv.Atoi(string(m[1]))
	return kib >> 10
}
