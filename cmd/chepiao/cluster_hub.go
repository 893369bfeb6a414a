package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// member is one hub process of the practice cluster: this very program.
type member struct {
	name    string
	folder  string // its data folder: a copy of the node's keys, and its log
	address string // where it answers, host:port
	private string // where it tells its numbers, host:port
	store   string // URL of the database

	cmd  *exec.Cmd
	done chan struct{}
}

func (m *member) log() string { return filepath.Join(m.folder, "hub.log") }

// start starts the process and returns when it says that it is ready.
func (m *member) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(m.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log of hub %s: %w", m.name, err)
	}
	defer log.Close()
	m.cmd = exec.Command(self, "hub", m.folder, "--listen", m.address, "--open", "--print-json",
		"--store", m.store, "--process", m.name, "--peer", "http://"+m.address, "--private", m.private,
		"--drain", (10 * readyEvery).String()) // the balancer looks that often meanwhile
	m.cmd.Stdout, m.cmd.Stderr = log, log
	apart(m.cmd)
	if err := m.cmd.Start(); err != nil {
		return fmt.Errorf("starting hub %s: %w", m.name, err)
	}
	done := make(chan struct{})
	m.done = done
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // how it ended stands in its log
		close(done)
	}(m.cmd)
	for !m.ready(ctx) {
		select {
		case <-done:
			return fmt.Errorf("hub %s ended before it was ready: %s", m.name, lastLines(m.log(), 3, ""))
		case <-ctx.Done():
			return fmt.Errorf("waiting for hub %s: %w", m.name, ctx.Err())
		case <-time.After(readyEvery / 2):
		}
	}
	return nil
}

func (m *member) ready(ctx context.Context) bool {
	answer, err := get(ctx, "http://"+m.address+"/readyz")
	return err == nil && answer != nil
}

// stop asks the process to finish what it is at, and waits for it.
func (m *member) stop(ctx context.Context) error {
	if !m.running() {
		return nil
	}
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil && m.running() {
		return fmt.Errorf("stopping hub %s: %w", m.name, err)
	}
	select {
	case <-m.done:
		return nil
	case <-ctx.Done():
		_ = m.cmd.Process.Kill()
		<-m.done
		return fmt.Errorf("hub %s did not finish: %w", m.name, ctx.Err())
	}
}

func (m *member) running() bool {
	if m.done == nil {
		return false
	}
	select {
	case <-m.done:
		return false
	default:
		return true
	}
}

// figures are what a hub counts, read from its metrics.
type figures struct {
	at     time.Time
	verbs  float64 // commands that were stored
	orders float64 // orders that were paid through this hub's API
}

// figures asks the hub for its numbers.
func (m *member) figures(ctx context.Context) (figures, error) {
	text, err := get(ctx, "http://"+m.private+"/metrics")
	if err != nil {
		return figures{}, err
	}
	f := figures{at: time.Now()}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "chepiao_verbs_kept_total":
			f.verbs += n
		case strings.HasPrefix(name, `chepiao_requests_total{door="api"`) && strings.Contains(name, `/pay"`) && strings.Contains(name, `status="200"`):
			f.orders += n
		}
	}
	return f, lines.Err()
}

var asking = &http.Client{Timeout: 2 * time.Second}

// get asks for a page and returns it if the answer is 200.
func get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := asking.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("answers %d", answer.StatusCode)
	}
	return b, err
}

// lastLines are the last n lines of a log that hold a word ("" for any), in one.
func lastLines(path string, n int, word string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const end = 16 << 10
	if info, err := f.Stat(); err == nil && info.Size() > end {
		if _, err := f.Seek(-end, io.SeekEnd); err != nil {
			return ""
		}
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	var found []string
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, word) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return strings.Join(found[max(0, len(found)-n):], " / ")
}

// portsNear finds n ports on loopback that nobody listens on, from first on.
// They lie below those that the system gives to outgoing connections: a process
// that is started again must find its port free.
func portsNear(first, n int) ([]string, error) {
	var found []string
	for port := first; port < first+200 && len(found) < n; port++ {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		found = append(found, l.Addr().String())
		if err := l.Close(); err != nil {
			return nil, fmt.Errorf("trying a port: %w", err)
		}
	}
	if len(found) < n {
		return nil, errors.New("no free ports near " + strconv.Itoa(first))
	}
	return found, nil
}
