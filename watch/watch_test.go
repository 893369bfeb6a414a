package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"chepiao"
	"chepiao/store"
)

// clock only moves when a test moves it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// book is a log that many may write to.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// begin is a watch with a log and a clock of its own.
func begin(t *testing.T, change ...func(*Config)) (*Watch, *book, *clock) {
	t.Helper()
	log, c := &book{}, &clock{t: time.Unix(1_800_000_000, 0)}
	conf := Config{Now: c.now, Rand: strings.NewReader("abcde"), Log: NewLog(log, "json", slog.LevelDebug)}
	for _, f := range change {
		f(&conf)
	}
	w, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	return w, log, c
}

func TestNeeds(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a watch without a clock")
	}
	if _, err := New(Config{Now: time.Now, Rand: strings.NewReader(""), Log: slog.Default()}); err == nil {
		t.Error("a watch without chance")
	}
}

// TestNumbers: a caller's number is kept where it cannot be a person's.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		given string
		kept  bool
	}{
		{"a", true},
		{"req-42", true},
		{"0198f3c4-6a3e-7b11-9d2c-5b1f6f3a7e90", true},     // UUID
		{"4bf92f3577b34da6a3ce929d0e0e4736", true},         // trace id
		{"01JBZ9V7X3QZ2W0M6R8N5K4T1A", true},               // ULID
		{"Root=1-67891233-abcdef012f4a6789d2345678", true}, // a load balancer's
		{strings.Repeat("x", 64), true},
		{strings.Repeat("x", 65), false},
		{"", false},
		{"with space", false},
		{"tab\there", false},
		{"line\nbreak", false},
		{"张三", false},
		{`quote"`, false},
		{"130102195001010011", false}, // GB 11643
		{"13010219500101001X", false},
		{"13800138000", false},
		{"+86-138-0013-8000", false},
		{"E12345678", false},
		{"H1234567890", false},
		{"order-130102195001010011-try-1", false},
		{"user-of-the-app-13800138000", false},
	} {
		w, _, _ := begin(t)
		answered := httptest.NewRecorder()
		asked := httptest.NewRequest("GET", "/", nil)
		asked.Header.Set("X-Request-Id", c.given)
		var seen string
		w.Front(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = Of(r.Context()).ID })).ServeHTTP(answered, asked)
		got := answered.Header().Get("X-Request-Id")
		if kept := got == c.given; kept != c.kept || got == "" || got != seen {
			t.Errorf("%q became %q, inside %q", c.given, got, seen)
		}
	}
}

// TestFrontCounts: by pattern, never by path; reasons; what nobody knows is
// bounded.
func TestFrontCounts(t *testing.T) {
	w, log, _ := begin(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/orders/{order}", func(rw http.ResponseWriter, r *http.Request) {
		told := Of(r.Context())
		told.Route = r.Pattern
		if r.PathValue("order") == "none" {
			told.Reason = chepiao.NotFound
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		rw.Write([]byte("{}"))
	})
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("张三 13800138000") })
	front := w.Front(mux)
	ask := func(method, path string, want int) {
		t.Helper()
		rec := httptest.NewRecorder()
		front.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
		if rec.Code != want {
			t.Errorf("%s %s: %d, want %d", method, path, rec.Code, want)
		}
	}
	ask("GET", "/api/v1/orders/OD123456789?key=SECRET", 200)
	ask("GET", "/api/v1/orders/OD987654321", 200)
	ask("GET", "/api/v1/orders/none", 404)
	ask("BREW", "/nowhere/13800138000", 404)
	ask("GET", "/broken", 500)
	text := gathered(t, w)
	for _, want := range []string{
		`chepiao_requests_total{door="api",method="GET",route="/api/v1/orders/{order}",status="200"} 2`,
		`chepiao_requests_total{door="api",method="GET",route="/api/v1/orders/{order}",status="404"} 1`,
		`chepiao_request_duration_seconds_count{door="api",method="GET",route="/api/v1/orders/{order}"} 3`,
		`chepiao_refusals_total{door="api",reason="NOT_FOUND"} 1`,
		`chepiao_requests_total{door="pages",method="other",route="none",status="404"} 1`,
		`chepiao_requests_total{door="pages",method="GET",route="none",status="500"} 1`,
		`chepiao_requests_in_flight 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the counts lack %s", want)
		}
	}
	for _, never := range []string{"OD123456789", "OD987654321", "SECRET", "13800138000", "BREW", "nowhere"} {
		if strings.Contains(text, never) || strings.Contains(log.String(), never) {
			t.Errorf("%s stands in the counts or the log", never)
		}
	}
	if n := strings.Count(log.String(), `"request":"MFRGGZDF-`); n != 6 {
		t.Errorf("%d lines with a number, want 6 (five requests, one of them broken): %s", n, log)
	}
}

func gathered(t *testing.T, w *Watch) string {
	t.Helper()
	rec := httptest.NewRecorder()
	w.Private().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("/metrics: %d %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

// TestRoutesBounded: whatever a door calls its routes and reasons.
func TestRoutesBounded(t *testing.T) {
	w, _, _ := begin(t)
	for i := range 3 * seenMax {
		w.metrics.answered("api", "/r/"+time.Duration(i).String(), "GET", 200, 0)
	}
	for i := range 100 {
		w.metrics.refusal("api", chepiao.Reason(time.Duration(i).String()))
	}
	if n := testutil.CollectAndCount(w.metrics.requests); n > seenMax+1 {
		t.Errorf("%d routes are counted apart", n)
	}
	if n := testutil.CollectAndCount(w.metrics.refusals); n > 1 {
		t.Errorf("%d reasons more", n)
	}
	w.metrics.answered("api", "/r", "GET", -7, 0)
	w.metrics.answered("api", "/r", "GET", 9999, 0)
}

// TestNamesFollowTheConvention holds the names against what Prometheus asks for.
func TestNamesFollowTheConvention(t *testing.T) {
	w, _, _ := begin(t)
	problems, err := testutil.GatherAndLint(w.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "chepiao_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestInFlight: what is over the bound is turned away at once, probes are not.
func TestInFlight(t *testing.T) {
	w, _, _ := begin(t, func(c *Config) { c.InFlight = 2 })
	inside, leave := make(chan struct{}), make(chan struct{})
	front := w.Front(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			return
		}
		inside <- struct{}{}
		<-leave
	}))
	var busy sync.WaitGroup
	for range 2 {
		busy.Go(func() { front.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
		<-inside
	}
	for path, form := range map[string]string{"/api/v1/orders": "application/problem+json", "/window": "text/html; charset=utf-8"} {
		rec := httptest.NewRecorder()
		front.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code != 503 || rec.Header().Get("Retry-After") != "1" || rec.Header().Get("Content-Type") != form {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
		if !strings.Contains(rec.Body.String(), "系统繁忙") || !strings.Contains(rec.Body.String(), rec.Header().Get("X-Request-Id")) {
			t.Errorf("%s: %s", path, rec.Body)
		}
		if path == "/api/v1/orders" && !json.Valid(rec.Body.Bytes()) {
			t.Errorf("not JSON: %s", rec.Body)
		}
	}
	probed := httptest.NewRecorder()
	if front.ServeHTTP(probed, httptest.NewRequest("GET", "/readyz", nil)); probed.Code != 200 {
		t.Errorf("a probe was turned away: %d", probed.Code)
	}
	close(leave)
	busy.Wait()
	if text := gathered(t, w); !strings.Contains(text, "chepiao_requests_turned_away_total 2\n") || !strings.Contains(text, "chepiao_requests_in_flight 0\n") {
		t.Error("the counts do not say so")
	}
	go func() { <-inside }()
	rec := httptest.NewRecorder()
	if front.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil)); rec.Code != 200 {
		t.Errorf("when there is room again: %d", rec.Code)
	}
}

// TestDeadline: a request's context ends in time, and a door may end it earlier.
func TestDeadline(t *testing.T) {
	w, _, _ := begin(t, func(c *Config) { c.Deadline = time.Hour })
	w.Front(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if d, ok := r.Context().Deadline(); !ok || time.Until(d) > time.Hour {
			t.Error("no deadline")
		}
		ctx, cancel := context.WithTimeout(r.Context(), time.Millisecond)
		defer cancel()
		<-ctx.Done()
		if Of(ctx) == nil || r.Context().Err() != nil {
			t.Error("a door's own deadline is not its own")
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// TestRetry follows the queue's real pace between one second and thirty.
func TestRetry(t *testing.T) {
	w, _, c := begin(t)
	waiting := 0
	length := func() int { return waiting }
	w.metrics.length.Store(&length)
	expect := func(when string, want time.Duration) {
		t.Helper()
		if got := w.Retry(); got.Round(100*time.Millisecond) != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	expect("nothing known", time.Second)
	waiting = 8000
	expect("no batch yet", time.Second)
	for range 50 {
		w.Batch(store.Batch{Verbs: 900, Refused: 100, Commit: 500 * time.Millisecond}) // 2,000 a second
	}
	expect("2,000 a second", 4*time.Second)
	waiting = 1
	expect("one waits", time.Second)
	waiting = 1_000_000
	expect("hopeless", 30*time.Second)
	waiting = 200
	c.pass(12 * time.Second)
	expect("silent for twelve seconds", 12*time.Second)
	waiting = 0
	expect("nothing waits", time.Second)
	var none *Request
	if none.Retry() != RetryMin {
		t.Error("a request that is none")
	}
}

// TestHealth: a process is ready while its writer moves and its conditions
// hold, and alive for longer.
func TestHealth(t *testing.T) {
	w, _, c := begin(t)
	h := w.Health
	expect := func(when string, ready, alive bool) {
		t.Helper()
		if got := h.Ready(t.Context()); (got == nil) != ready || got != nil && got.Reason != NotReady {
			t.Errorf("%s: ready %v", when, got)
		}
		if got := h.Alive(); (got == nil) != alive {
			t.Errorf("%s: alive %v", when, got)
		}
		want := "chepiao_ready 0\n"
		if ready {
			want = "chepiao_ready 1\n"
		}
		if !strings.Contains(gathered(t, w), want) {
			t.Errorf("%s: the metric says otherwise", when)
		}
	}
	expect("at first", true, true)
	h.progress()
	c.pass(StalledAfter)
	expect("a slow commit", true, true)
	c.pass(time.Second)
	expect("a stalled writer", false, true)
	c.pass(DeadAfter)
	expect("a dead writer", false, false)
	w.Batch(store.Batch{Verbs: 3, Retried: 3})
	expect("what was decided could not be stored", false, false)
	w.Batch(store.Batch{Verbs: 1, Commit: time.Millisecond})
	expect("it moves again", true, true)
	broken := true
	h.Require(func(context.Context) *chepiao.Refusal {
		if broken {
			return chepiao.Refuse(NotReady, "无时刻表", "no timetable")
		}
		return nil
	})
	expect("a condition fails", false, true)
	broken = false
	expect("it holds", true, true)
	h.Drain()
	expect("going down", false, true)
}

// TestPulse: the writer is asked one thing at a time, and a full queue is no
// sign of death as long as batches are stored.
func TestPulse(t *testing.T) {
	w, _, c := begin(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked, answer := make(chan struct{}), make(chan error)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Pulse(ctx, func(context.Context) error { asked <- struct{}{}; return <-answer }, func() int { return 7 })
	}()
	<-asked
	c.pass(10 * time.Second)
	if w.Health.Ready(ctx) == nil {
		t.Error("ready with a writer that does not answer")
	}
	select {
	case <-asked:
		t.Error("asked again before it answered")
	case <-time.After(1200 * time.Millisecond):
	}
	answer <- nil
	<-asked
	if w.Health.Ready(ctx) != nil {
		t.Error("not ready though the writer answered")
	}
	c.pass(10 * time.Second)
	answer <- chepiao.Refuse(chepiao.Busy, "系统繁忙", "busy")
	<-asked
	if w.Health.Ready(ctx) == nil {
		t.Error("a full queue alone is no sign of life")
	}
	w.Batch(store.Batch{Refused: 10})
	if w.Health.Ready(ctx) != nil {
		t.Error("a batch is a sign of life")
	}
	c.pass(10 * time.Second)
	answer <- chepiao.Refuse("RESTORED", "待确认", "to be confirmed")
	<-asked
	if w.Health.Ready(ctx) != nil {
		t.Error("a refusal is a sign of life")
	}
	if !strings.Contains(gathered(t, w), "chepiao_queue_length 7\n") {
		t.Error("the queue is not counted")
	}
	cancel()
	answer <- nil
	<-done
}

func TestDuty(t *testing.T) {
	w, _, _ := begin(t)
	w.Duty("lapse", nil)
	w.Duty("lapse", context.DeadlineExceeded)
	text := gathered(t, w)
	for _, want := range []string{`chepiao_duty_rounds_total{duty="lapse"} 2`, `chepiao_duty_failures_total{duty="lapse"} 1`, `chepiao_duty_success_timestamp_seconds{duty="lapse"} 1.8e+09`} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the counts lack %s", want)
		}
	}
}

// BenchmarkFront is what the watch costs each request.
func BenchmarkFront(b *testing.B) {
	w, err := New(Config{Now: time.Now, Rand: strings.NewReader("abcde"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	front := w.Front(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		Of(r.Context()).Route = "GET /api/v1/departures"
		rw.WriteHeader(http.StatusOK)
	}))
	r, rec := httptest.NewRequest("GET", "/api/v1/departures", nil), httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		front.ServeHTTP(rec, r)
	}
}
