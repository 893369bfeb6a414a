// Package watch is how those who keep the system running see what it does, and
// what keeps it standing when too much comes at once. It counts sales, refusals
// and commits for Prometheus, gives every request a number that stands in its
// answer and in the log, says whether this process is alive and may be sent
// requests, turns requests away when too many are under way, and lets a process
// that is asked to stop finish what it has begun.
//
// It stands before the other doors: Front wraps them. No count, label or log line
// ever holds who travels, a document, a phone, an address asked for or a key.
package watch

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"chepiao/store"
)

// Config is what a watch needs. Now, Rand and Log are required.
type Config struct {
	Now  func() time.Time
	Rand io.Reader // begins the numbers of requests
	Log  *slog.Logger

	Process string // name of this process among those of the node; may be empty
	Version string // of the program

	// InFlight bounds the requests under way; zero is InFlightMax.
	InFlight int
	// Deadline is how long one request may take; zero is DeadlineDefault. The API sets its own, which is shorter.
	Deadline time.Duration
	// Proxies may say for whom they ask; none by default.
	Proxies Proxies
}

// Limits of every door together.
const (
	InFlightMax     = 4096
	DeadlineDefault = 15 * time.Second
)

// Watch sees everything that happens in one process.
type Watch struct {
	Health *Health

	conf     Config
	metrics  *metrics
	pace     pace
	inFlight atomic.Int64
	prefix   string // of request numbers: one a process
	count    atomic.Int64
}

// New is a watch that has seen nothing yet.
func New(c Config) (*Watch, error) {
	if c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("the watch needs a clock, a source of randomness and a log")
	}
	if c.InFlight == 0 {
		c.InFlight = InFlightMax
	}
	if c.Deadline == 0 {
		c.Deadline = DeadlineDefault
	}
	var b [5]byte
	if _, err := io.ReadFull(c.Rand, b[:]); err != nil {
		return nil, fmt.Errorf("drawing the beginning of request numbers: %w", err)
	}
	w := &Watch{conf: c, prefix: base32.StdEncoding.EncodeToString(b[:]) + "-", Health: newHealth(c.Now)}
	w.pace.now = c.Now
	w.metrics = newMetrics(w)
	return w, nil
}

// Gatherer gives out what was counted.
func (w *Watch) Gatherer() prometheus.Gatherer { return w.metrics.registry }

// Batch notes what the store's writer did in one round. It never waits. A round
// that could not store what it had decided is no sign that the writer moves.
func (w *Watch) Batch(b store.Batch) {
	m := w.metrics
	m.kept.Add(float64(b.Verbs))
	m.refused.Add(float64(b.Refused))
	m.retried.Add(float64(b.Retried))
	if b.Verbs > 0 {
		m.batch.Observe(float64(b.Verbs))
		m.run.Observe(b.Run.Seconds())
		m.commit.Observe(b.Commit.Seconds())
	}
	w.pace.batch(b)
	if b.Commit > 0 || b.Verbs == 0 && b.Retried == 0 {
		w.Health.progress()
	}
}

// Duty notes one round of a background duty and how it ended.
func (w *Watch) Duty(name string, err error) {
	w.metrics.rounds.WithLabelValues(name).Inc()
	if err != nil {
		w.metrics.failed.WithLabelValues(name).Inc()
		return
	}
	w.metrics.ended.WithLabelValues(name).Set(float64(w.conf.Now().UnixMilli()) / 1000)
}

// Retry is how long whoever was sent away should wait: what is left of the
// store's queue at its present pace, between RetryMin and RetryMax.
func (w *Watch) Retry() time.Duration { return w.pace.retry(w.metrics.waiting()) }

// draining tells clients on lasting connections to come again on another one.
func (w *Watch) draining(h http.Header) {
	if w.Health.Draining() {
		h["Connection"] = []string{"close"}
	}
}
