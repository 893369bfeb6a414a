package watch_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"chepiao"
	"chepiao/api"
	"chepiao/watch"
	"chepiao/web"
	"chepiao/web/stage"
)

// hall is the real doors behind a front, as a hub has them.
type hall struct {
	http.Handler
	watch  *watch.Watch
	log    *bytes.Buffer
	chance *dice
}

func openHall(t *testing.T, rate watch.Rate) *hall {
	t.Helper()
	s, h := stage.Open(t, stage.Options{}), &hall{log: &bytes.Buffer{}, chance: &dice{}}
	log := watch.NewLog(h.log, "json", slog.LevelInfo)
	proxies, err := watch.NewProxies([]string{"192.0.2.0/24"}, "")
	if err != nil {
		t.Fatal(err)
	}
	h.watch, err = watch.New(watch.Config{Now: s.Now, Rand: h.chance, Log: log, Proxies: proxies})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := api.New(api.Config{Office: s.Office, Devices: s.Devices, Now: s.Now, Rand: h.chance, Log: log, Rate: rate, Health: h.watch.Health})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(web.Config{Office: s.Office, Devices: s.Devices, Now: s.Now, Rand: h.chance, Log: log, Clients: watch.NewClients(rate, s.Now), Assets: web.AssetsIn(os.DirFS("."))})
	if err != nil {
		t.Fatal(err)
	}
	doors := http.NewServeMux()
	for _, at := range []string{"/api/", "/healthz", "/readyz"} {
		doors.Handle(at, rest)
	}
	doors.Handle("/", pages)
	h.Handler = h.watch.Front(doors)
	return h
}

// ask visits an address for somebody behind the trusted proxy.
func (h *hall) ask(path, client string, head ...string) *httptest.ResponseRecorder {
	r, rec := httptest.NewRequest("GET", path, nil), httptest.NewRecorder() // from 192.0.2.1
	r.Header.Set(watch.XForwardedFor, client)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	h.ServeHTTP(rec, r)
	return rec
}

// TestRateBehindAProxy: each client behind the load balancer has its own
// allowance, at the API and at the pages; who pretends to be another does not.
func TestRateBehindAProxy(t *testing.T) {
	h := openHall(t, watch.Rate{PerSecond: 0.01, Burst: 2})
	for _, path := range []string{"/api/v1/network", "/passenger"} {
		for i := range 2 {
			if rec := h.ask(path, "198.51.100.1"); rec.Code != 200 {
				t.Errorf("%s, request %d: %d", path, i, rec.Code)
			}
		}
		for _, pretends := range []string{"198.51.100.1", "203.0.113.7, 198.51.100.1", "127.0.0.1, 198.51.100.1"} {
			rec := h.ask(path, pretends)
			if rec.Code != 429 || rec.Header().Get("Retry-After") != "100" {
				t.Errorf("%s as %q: %d, %v", path, pretends, rec.Code, rec.Header())
			}
		}
		if rec := h.ask(path, "198.51.100.2"); rec.Code != 200 {
			t.Errorf("%s, somebody else: %d", path, rec.Code)
		}
	}
	if rec := h.ask("/assets/none.css", "198.51.100.1"); rec.Code == 429 {
		t.Error("a page's own files count against its reader")
	}
	counts := httptest.NewRecorder()
	h.watch.Private().ServeHTTP(counts, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`chepiao_refusals_total{door="api",reason="RATE_LIMITED"} 3`,
		`chepiao_refusals_total{door="pages",reason="RATE_LIMITED"} 3`,
		`chepiao_requests_total{door="api",method="GET",route="/api/v1/network",status="200"} 3`,
		`chepiao_requests_total{door="pages",method="GET",route="/passenger",status="200"} 3`,
		`chepiao_requests_total{door="pages",method="GET",route="too often",status="429"} 3`,
	} {
		if !strings.Contains(counts.Body.String(), want+"\n") {
			t.Errorf("the counts lack %s", want)
		}
	}
}

// TestNumberEverywhere: the caller's number is in the answer, in a problem, on
// the page of a fault and in the log's line about it.
func TestNumberEverywhere(t *testing.T) {
	h := openHall(t, watch.Rate{Off: true})
	rec := h.ask("/api/v1/orders/none", "198.51.100.1", "X-Request-Id", "my-own-number")
	var p api.Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || p.Request != "my-own-number" || rec.Header().Get("X-Request-Id") != "my-own-number" {
		t.Errorf("a problem: %v %+v", err, p)
	}
	h.chance.broken = true
	rec = h.ask("/window/sale", "198.51.100.1", "X-Request-Id", "another-one")
	if rec.Code != 500 {
		rec = firstFault(h)
	}
	if rec == nil {
		t.Fatal("no page fails without chance")
	}
	if id := rec.Header().Get("X-Request-Id"); !strings.Contains(rec.Body.String(), id) || strings.Count(h.log.String(), `"request":"`+id+`"`) != 1 {
		t.Errorf("the page of a fault: %s\nthe log: %s", rec.Body, h.log)
	}
}

// firstFault asks for pages that need chance until one fails.
func firstFault(h *hall) *httptest.ResponseRecorder {
	for _, path := range []string{"/desk/rules/edit", "/desk/fleet", "/desk", "/window", "/gate?station=130102SJZ&gate=1"} {
		if rec := h.ask(path, "198.51.100.1", "X-Request-Id", "another-one"); rec.Code == 500 {
			return rec
		}
	}
	return nil
}

// TestHealthAtTheDoor: the public probes say what the watch says.
func TestHealthAtTheDoor(t *testing.T) {
	h := openHall(t, watch.Rate{Off: true})
	if rec := h.ask("/readyz", "198.51.100.1"); rec.Code != 200 {
		t.Errorf("ready: %d %s", rec.Code, rec.Body)
	}
	h.watch.Health.Drain()
	rec := h.ask("/readyz", "198.51.100.1")
	if rec.Code != 503 || !strings.Contains(rec.Body.String(), string(watch.NotReady)) || rec.Header().Get("Connection") != "close" {
		t.Errorf("going down: %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	if rec := h.ask("/healthz", "198.51.100.1"); rec.Code != 200 {
		t.Errorf("alive while going down: %d", rec.Code)
	}
	if rec := h.ask("/passenger", "198.51.100.1"); rec.Code != 200 {
		t.Errorf("a page while going down: %d", rec.Code)
	}
}

// TestRefusalOnAForm: a refusal shown beside a field is counted by its reason.
func TestRefusalOnAForm(t *testing.T) {
	h := openHall(t, watch.Rate{Off: true})
	r := httptest.NewRequest("POST", "/window/find", strings.NewReader("code=TK00000000000000"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	counts := httptest.NewRecorder()
	h.watch.Private().ServeHTTP(counts, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code < 400 || !strings.Contains(counts.Body.String(), `chepiao_refusals_total{door="pages",reason="`) {
		t.Errorf("%d, and no refusal is counted (%s)", rec.Code, chepiao.Invalid)
	}
}
