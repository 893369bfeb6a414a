package watch

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"chepiao/store"
)

// censusKeep is for how long a census is good: however often it is asked for,
// the database is counted once in this time.
const censusKeep = 5 * time.Second

// censusMax bounds the time of one count.
const censusMax = 3 * time.Second

// Store counts what waits in a store and how its caches do, whenever somebody
// asks, and says which lane it writes. It is called once.
func (w *Watch) Store(s *store.Store) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "chepiao_info", Help: "What this process is; always 1.", ConstLabels: prometheus.Labels{
		"node": s.Node(), "process": w.conf.Process, "lane": strconv.FormatInt(s.Lane(), 10), "version": w.conf.Version}})
	info.Set(1)
	w.metrics.registry.MustRegister(info)
	w.caches(s)
	w.metrics.registry.MustRegister(&census{
		now: w.conf.Now,
		count: func(ctx context.Context, now time.Time) (c store.Census, err error) {
			err = s.Read(ctx, func(r *store.Reader) (err error) {
				c, err = r.Census(now)
				return err
			})
			return c, err
		},
		fail: func(err error) { w.conf.Log.Warn("counting what waits in the store", "error", err) },
	})
}

// Home shows what this process has done for others that share its database, and they
// for it.
func (w *Watch) Home(counts func() (passed, taken, missed int64)) {
	w.counter("chepiao_requests_passed_total", "Requests that another process, at home for them, has answered.", func() int64 { n, _, _ := counts(); return n })
	w.counter("chepiao_requests_taken_total", "Requests that another process has passed on to this one.", func() int64 { _, n, _ := counts(); return n })
	w.counter("chepiao_requests_home_missed_total", "Requests whose home did not answer, so that they were done here.", func() int64 { _, _, n := counts(); return n })
}

// Rooms shows how many people stand in waiting rooms, as far as this process knows.
func (w *Watch) Rooms(waiting func() int64) {
	w.gauge("chepiao_room_waiting", "People in waiting rooms who are not called yet.", func() float64 { return float64(waiting()) })
}

func (w *Watch) counter(name, help string, read func() int64) {
	w.metrics.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(read()) }))
}

func (w *Watch) gauge(name, help string, read func() float64) {
	w.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// caches counts how often the writer had what it needed, and how far the clocks
// are apart.
func (w *Watch) caches(s *store.Store) {
	cache := func() (hits, misses, departures int64) { return 0, 0, 0 }
	if c, ok := any(s).(interface {
		Cache() (hits, misses, departures int64)
	}); ok {
		cache = c.Cache
	}
	w.counter("chepiao_cache_hits_total", "Rows that the writer had in memory when a verb asked for them.", func() int64 { hits, _, _ := cache(); return hits })
	w.counter("chepiao_cache_misses_total", "Rows that the writer had to read from the database.", func() int64 { _, misses, _ := cache(); return misses })
	w.gauge("chepiao_cached_departures", "Departures whose seats the writer has in memory.", func() float64 { _, _, departures := cache(); return float64(departures) })
	w.gauge("chepiao_peers", "Processes that share the database and are alive, this one among them.", func() float64 { return float64(len(s.Peers())) })
	w.gauge("chepiao_clock_ahead_seconds", "How far this process's clock is ahead of the database's; 0 where the database has none.", func() float64 {
		ahead, _ := s.ClockAhead()
		return ahead.Seconds()
	})
}

// census asks the store and remembers the answer for a while. When the store
// does not answer, there are no figures rather than old ones.
type census struct {
	now   func() time.Time
	count func(context.Context, time.Time) (store.Census, error)
	fail  func(error)

	mu      sync.Mutex
	at      time.Time
	last    store.Census
	failing bool
}

func waits(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

var (
	holdsLive    = waits("chepiao_holds_live", "Unpaid orders whose deadline is still to come.")
	ordersDue    = waits("chepiao_orders_due", "Unpaid orders whose deadline has passed and that a duty has still to end.")
	waitlist     = waits("chepiao_waitlist_length", "Requests on the waitlist.")
	messagesDue  = waits("chepiao_messages_due", "Messages whose time has come and that are not sent.")
	messagesLost = waits("chepiao_messages_failed", "Messages that reached nobody.")
	paybacksDue  = waits("chepiao_paybacks_due", "Amounts to be sent back through a payment channel.")
	casesOpen    = waits("chepiao_cases_open", "Cases that somebody must decide.")
	oldestDue    = prometheus.NewDesc("chepiao_due_oldest_seconds", "For how long the oldest of what is due has been due.", []string{"what"}, nil)
)

// Describe names the figures.
func (c *census) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{holdsLive, ordersDue, waitlist, messagesDue, messagesLost, paybacksDue, casesOpen, oldestDue} {
		to <- d
	}
}

// Collect gives the figures.
func (c *census) Collect(to chan<- prometheus.Metric) {
	now := c.now()
	found, ok := c.latest(now)
	if !ok {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(holdsLive, float64(found.Holds))
	gauge(ordersDue, float64(found.OrdersDue))
	gauge(waitlist, float64(found.Waitlist))
	gauge(messagesDue, float64(found.MessagesDue))
	gauge(messagesLost, float64(found.MessagesLost))
	gauge(paybacksDue, float64(found.PaybacksDue))
	gauge(casesOpen, float64(found.StandingCases))
	since := func(what string, t time.Time) {
		age := 0.0
		if !t.IsZero() {
			age = max(0, now.Sub(t).Seconds())
		}
		gauge(oldestDue, age, what)
	}
	since("order", found.OldestOrder)
	since("message", found.OldestMessage)
	since("payback", found.OldestPayback)
}

func (c *census) latest(now time.Time) (store.Census, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.at.IsZero() && now.Sub(c.at) < censusKeep && !now.Before(c.at) {
		return c.last, !c.failing
	}
	ctx, cancel := context.WithTimeout(context.Background(), censusMax)
	defer cancel()
	found, err := c.count(ctx, now)
	c.at, c.last = now, found
	if err != nil && !c.failing {
		c.fail(err)
	}
	c.failing = err != nil
	return found, err == nil
}
