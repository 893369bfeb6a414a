package api_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chepiao/api"
	"chepiao/store"
)

// TestRate: who asks too often is told when to come back.
func TestRate(t *testing.T) {
	h := newHouse(t, func(_ *house, c *api.Config) { c.Rate = api.Rate{PerSecond: 0.5, Burst: 2} })
	for range 2 {
		h.get(200, "GET", "/api/v1/stations/SJZ", "")
	}
	w := h.ask("GET", "/api/v1/stations/SJZ", "")
	if w.Code != 429 || w.Header().Get("Retry-After") != "2" || !strings.Contains(w.Body.String(), "RATE_LIMITED") {
		t.Errorf("%d %q %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	h.at(monday.Add(2 * time.Second))
	h.get(200, "GET", "/api/v1/stations/SJZ", "")
}

// luck is chance that runs out.
type luck struct{ fail, panics bool }

const personal = "张三 130102199001010000"

func (l *luck) Read(b []byte) (int, error) {
	if l.panics {
		panic(personal)
	}
	if l.fail {
		return 0, errors.New("the well of chance is dry")
	}
	for i := range b {
		b[i] = byte(i)
	}
	return len(b), nil
}

// TestFault: a mistake of ours is logged once under the request's id and shown
// to nobody.
func TestFault(t *testing.T) {
	for name, c := range map[string]struct {
		bad  luck
		show string
	}{"error": {luck{fail: true}, "the well of chance"}, "panic": {luck{panics: true}, "goroutine"}} {
		t.Run(name, func(t *testing.T) {
			chance := &luck{}
			h := newHouse(t, func(_ *house, c *api.Config) { c.Rand = chance })
			before := h.journal()
			*chance = c.bad
			p := h.get(500, "POST", "/api/v1/orders", one())
			if p["reason"] != "FAULT" || strings.Contains(strings.ToLower(dig(p, "en").(string)), "chance") {
				t.Errorf("shown: %v", p)
			}
			log := h.logged.String()
			if n := strings.Count(log, `"level":"ERROR"`); n != 1 || !strings.Contains(log, c.show) || strings.Count(log, p["request"].(string)) != 2 {
				t.Errorf("logged %d times: %s", n, log)
			}
			if strings.Contains(log, "130102") || strings.Contains(log, "张三") {
				t.Errorf("the log names a person: %s", log)
			}
			if h.journal() != before {
				t.Error("something was written")
			}
		})
	}
}

// TestDeadline: when the database does not answer in time, the client is told
// to send the same again.
func TestDeadline(t *testing.T) {
	h := newHouse(t, func(_ *house, c *api.Config) { c.Deadline = 30 * time.Millisecond })
	o := h.bought(t1, "SJZ", "BJ", 1)
	release, taken := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	for range 4 { // every reader of the store
		go func() {
			_ = h.store.Read(t.Context(), func(*store.Reader) error { taken <- struct{}{}; <-release; return nil })
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-taken
	}
	p := h.get(504, "GET", "/api/v1/orders/"+o["id"].(string), "", "Order-Key: "+o["key"].(string))
	if p["reason"] != "TIMED_OUT" {
		t.Errorf("%v", p)
	}
	close(release)
	for range 4 {
		<-done
	}
}

// TestHeads: what every answer carries.
func TestHeads(t *testing.T) {
	h := newHouse(t)
	seen := map[string]bool{}
	for _, path := range []string{"/api/v1/network", "/api/v1/orders/x", "/nothing", "/healthz", "/readyz"} {
		w := h.ask("GET", path, "", "X-Request-Id: 130102195001010011")
		id := w.Header().Get("X-Request-Id")
		if id == "" || id == "130102195001010011" || seen[id] || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, w.Header())
		}
		if n := w.Header().Get("Content-Length"); n == "" {
			t.Errorf("%s: no length", path)
		}
		seen[id] = true
	}
	nothingPersonal(t, h)
}

// TestOtherSites: a page of another site cannot make a visitor's browser act.
func TestOtherSites(t *testing.T) {
	h := newHouse(t)
	before := h.journal()
	if w := h.ask("POST", "/api/v1/orders", one(), "Sec-Fetch-Site: cross-site"); w.Code != 403 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.ask("POST", "/api/v1/orders", one(), "Origin: https://elsewhere.example"); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if h.journal() != before {
		t.Error("something was written")
	}
	h.get(200, "GET", "/api/v1/network", "", "Sec-Fetch-Site: cross-site")
	h.get(201, "POST", "/api/v1/orders", one(), "Sec-Fetch-Site: same-origin")
}

// TestProbes: alive at once, ready with a timetable.
func TestProbes(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if w := h.ask("GET", path, ""); w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	empty := newHouse(t, withoutTimetable)
	if w := empty.ask("GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("alive without a timetable: %d", w.Code)
	}
	empty.get(200, "GET", "/api/v1/network", "")
	empty.get(200, "GET", "/api/v1/stations", "")
	empty.get(404, "POST", "/api/v1/orders", one())
	empty.get(404, "GET", "/api/v1/departures?from=SJZ&to=BJ", "")
	if w := empty.ask("GET", "/readyz", ""); w.Code != 503 || !strings.Contains(w.Body.String(), "NOT_READY") {
		t.Errorf("ready without a timetable: %d %s", w.Code, w.Body)
	}
}

// TestDocs: the page names no other host and needs no inline script.
func TestDocs(t *testing.T) {
	h := newHouse(t, func(_ *house, c *api.Config) {
		c.Asset = func(name string) string { return "/assets/" + name }
	})
	w := h.ask("GET", "/api/v1/docs", "")
	page := w.Body.String()
	if w.Code != 200 || !strings.Contains(page, `src="/assets/docs.js"`) || !strings.Contains(page, `data-spec="/api/v1/openapi.json"`) {
		t.Errorf("%d %s", w.Code, page)
	}
	if strings.Contains(page, "//") && strings.Contains(page, "http") || strings.Contains(page, "<script>") {
		t.Errorf("the page loads something from elsewhere: %s", page)
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "http") || strings.Contains(policy, "unsafe-eval") {
		t.Errorf("policy %q", policy)
	}
	for _, path := range []string{"/api/v1", "/api/v1/"} {
		if w := httptest.NewRecorder(); true {
			h.door.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != 303 || w.Header().Get("Location") != "/api/v1/docs" {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
	}
	plain := newHouse(t).ask("GET", "/api/v1/docs", "").Body.String()
	if strings.Contains(plain, "<script") || !strings.Contains(plain, "make build") {
		t.Errorf("without its files: %s", plain)
	}
}

// TestNewNeeds: a door without what it needs does not open.
func TestNewNeeds(t *testing.T) {
	if _, err := api.New(api.Config{Now: time.Now, Rand: strings.NewReader("")}); err == nil {
		t.Error("opened with nothing behind it")
	}
}

// FuzzHoldBody: whatever comes as a body is held or refused with a problem that
// names a reason; never a fault, never a broken answer.
func FuzzHoldBody(f *testing.F) {
	for _, c := range badHolds {
		if len(c.body) < 2000 {
			f.Add([]byte(c.body))
		}
	}
	f.Add([]byte(one()))
	f.Add([]byte(one(`.seats=[1]`, `children=1`, `phone="13800000000"`)))
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", "/api/v1/orders", strings.NewReader(string(body)))
		w := httptest.NewRecorder()
		h.door.ServeHTTP(w, r)
		validate(t, r, string(body), w)
		if w.Code == 201 {
			return
		}
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code >= 500 || w.Code < 400 || p.Reason == "" || p.ZH == "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
