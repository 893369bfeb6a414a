package watch

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"chepiao"
)

// metrics are the counts of one process, in a registry of its own. Labels have
// values from lists in the code only: doors, patterns of routes, methods,
// statuses, reasons and duties.
type metrics struct {
	registry *prometheus.Registry

	batch, run, commit     prometheus.Histogram
	kept, refused, retried prometheus.Counter
	wait                   prometheus.Histogram // of a function in the queue
	away                   prometheus.Counter
	requests               *prometheus.CounterVec
	took                   *prometheus.HistogramVec
	refusals               *prometheus.CounterVec
	rounds, failed         *prometheus.CounterVec
	ended                  *prometheus.GaugeVec

	known   sync.Map // route → *routeCounts: a look-up by labels costs more than the rest
	reasons sync.Map // reasonAt → prometheus.Counter
	seen    atomic.Int64
	length  atomic.Pointer[func() int] // of the store's queue
}

// seenMax bounds the routes and reasons that are counted apart, whatever a door
// passes on.
const seenMax = 2000

func newMetrics(w *Watch) *metrics {
	r := prometheus.NewRegistry()
	m := &metrics{registry: r}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		r.MustRegister(h)
		return h
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	gauge := func(name, help string, read func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	}
	m.batch = histogram("chepiao_batch_verbs", "Verbs kept by one commit.", prometheus.ExponentialBuckets(1, 2, 11))
	m.run = histogram("chepiao_batch_run_seconds", "Time to decide the verbs of a batch.", prometheus.ExponentialBuckets(50e-6, 2, 16))
	m.commit = histogram("chepiao_batch_commit_seconds", "Time to store a batch, its sync of the disk included.", prometheus.ExponentialBuckets(200e-6, 2, 16))
	m.kept = counter("chepiao_verbs_kept_total", "Verbs that were stored.")
	m.refused = counter("chepiao_verbs_refused_total", "Verbs that left the writer's queue without a trace: refused, faulty or too late.")
	m.retried = counter("chepiao_batches_retried_total", "Batches that had to be run again, because another process had written or a key was taken.")
	m.wait = histogram("chepiao_queue_wait_seconds", "Time a function waited for the writer and its commit, sampled once a second.", prometheus.ExponentialBuckets(500e-6, 2, 17))
	m.away = counter("chepiao_requests_turned_away_total", "Requests answered with 503 because too many were under way.")
	m.requests = counters("chepiao_requests_total", "Requests answered, by pattern of the route.", "door", "route", "method", "status")
	m.took = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "chepiao_request_duration_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20}}, []string{"door", "route", "method"})
	r.MustRegister(m.took)
	m.refusals = counters("chepiao_refusals_total", "Refusals told to somebody, by reason.", "door", "reason")
	m.rounds = counters("chepiao_duty_rounds_total", "Rounds of background duties.", "duty")
	m.failed = counters("chepiao_duty_failures_total", "Rounds of background duties that failed.", "duty")
	m.ended = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "chepiao_duty_success_timestamp_seconds", Help: "When a background duty last ended well."}, []string{"duty"})
	r.MustRegister(m.ended)
	gauge("chepiao_requests_in_flight", "Requests under way.", func() float64 { return float64(w.inFlight.Load()) })
	gauge("chepiao_requests_in_flight_max", "Requests that may be under way.", func() float64 { return float64(w.conf.InFlight) })
	gauge("chepiao_queue_length", "Verbs waiting for the writer.", func() float64 { return float64(m.waiting()) })
	gauge("chepiao_queue_drain_seconds", "How long the writer's queue will take at its present pace.", func() float64 { return w.pace.drain(m.waiting()).Seconds() })
	gauge("chepiao_writer_silent_seconds", "Time since the writer last showed that it moves.", func() float64 { return w.Health.silent().Seconds() })
	gauge("chepiao_ready", "1 when this process takes requests, by the checks of /readyz.", func() float64 {
		if w.Health.lastReady.Load() {
			return 1
		}
		return 0
	})
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) waiting() int {
	if f := m.length.Load(); f != nil {
		return (*f)()
	}
	return 0
}

type route struct{ door, path, method string }

// routeCounts are the counts of one route, looked up once.
type routeCounts struct {
	took     prometheus.Observer
	statuses [600]atomic.Pointer[prometheus.Counter]
}

// answered counts a request.
func (m *metrics) answered(door, path, method string, status int, took time.Duration) {
	key := route{door, path, methodOf(method)}
	found, ok := m.known.Load(key)
	if !ok {
		if m.seen.Add(1) > seenMax {
			key.path = "other"
		}
		found, _ = m.known.LoadOrStore(key, &routeCounts{took: m.took.WithLabelValues(key.door, key.path, key.method)})
	}
	counts := found.(*routeCounts)
	counts.took.Observe(took.Seconds())
	if status < 0 || status >= len(counts.statuses) {
		status = 0
	}
	c := counts.statuses[status].Load()
	if c == nil {
		one := m.requests.WithLabelValues(key.door, key.path, key.method, strconv.Itoa(status))
		c = &one
		counts.statuses[status].Store(c)
	}
	(*c).Inc()
}

type reasonAt struct {
	door   string
	reason chepiao.Reason
}

// refusal counts a refusal that was told.
func (m *metrics) refusal(door string, reason chepiao.Reason) {
	key := reasonAt{door, reason}
	found, ok := m.reasons.Load(key)
	if !ok {
		if m.seen.Add(1) > seenMax {
			key.reason = "other"
		}
		found, _ = m.reasons.LoadOrStore(key, m.refusals.WithLabelValues(key.door, string(key.reason)))
	}
	found.(prometheus.Counter).Inc()
}

// methodOf is a method of HTTP, or "other": a caller may send any word.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
