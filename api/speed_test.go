package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"chepiao/api"
	"chepiao/demo"
	"chepiao/ident"
)

// openHouse is a node as bench drives it: everybody is staff, no line a request.
func openHouse(b *testing.B) *house {
	return newHouse(b, func(_ *house, c *api.Config) {
		c.Devices = ident.Anyone(ident.Device{Name: "bench", Role: ident.Desk})
		c.Log = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
		c.Rate.Off = true
	})
}

// sink is a ResponseWriter that keeps only the status and the body's length.
type sink struct {
	h      http.Header
	status int
	n      int
	keep   bytes.Buffer
	kept   bool
}

func (s *sink) Header() http.Header { return s.h }
func (s *sink) WriteHeader(n int)   { s.status = n }
func (s *sink) Write(p []byte) (int, error) {
	s.n += len(p)
	if s.kept {
		s.keep.Write(p)
	}
	return len(p), nil
}

func send(h http.Handler, method, path, body string, kept bool) *sink {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := &sink{h: http.Header{}, kept: kept}
	h.ServeHTTP(w, r)
	return w
}

// cpu reports the processor time of each operation, which other programs on
// the machine disturb less than the time on the clock.
func cpu(b *testing.B) {
	used := func() int64 {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return r.Utime.Nano() + r.Stime.Nano()
	}
	began := used()
	b.Cleanup(func() { b.ReportMetric(float64(used()-began)/float64(b.N), "cpu-ns/op") })
}

// BenchmarkSearch is a page of two offers from memory.
func BenchmarkSearch(b *testing.B) {
	h := openHouse(b)
	b.ReportAllocs()
	cpu(b)
	for b.Loop() {
		if w := send(h.door, "GET", "/api/v1/departures?from=SJZ&to=BJ&day=2026-03-03", "", false); w.status != 200 {
			b.Fatal(w.status)
		}
	}
}

// BenchmarkHoldAndPay sells single seats of a flow departure from many callers:
// two requests an order.
func BenchmarkHoldAndPay(b *testing.B) {
	h := openHouse(b)
	h.importFeed(wide())
	var n atomic.Int64
	b.SetParallelism(64)
	b.ReportAllocs()
	cpu(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			name, number := demo.Person(i)
			w := send(h.door, "POST", "/api/v1/orders", fmt.Sprintf(`{"departure":"%d-20260303","from":"SJZ","to":"ZD","channel":"window","passengers":[{"name":%q,"document":{"kind":"resident_id","number":%q}}]}`, 4+i%200, name, number), true)
			var held struct {
				Order struct {
					ID    string
					Total int64
				}
			}
			if err := json.Unmarshal(w.keep.Bytes(), &held); w.status != 201 || err != nil {
				b.Error(w.status, w.keep.String())
				return
			}
			if w := send(h.door, "POST", "/api/v1/orders/"+held.Order.ID+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%d}`, held.Order.Total), true); w.status != 200 {
				b.Error(w.status, w.keep.String())
				return
			}
		}
	})
}

// BenchmarkRefusedHold is the door's own work on a hold: its departure does not
// exist, so nothing reaches the store.
func BenchmarkRefusedHold(b *testing.B) {
	h := openHouse(b)
	body := h.hold("999-20260303", "SJZ", "BJ", 1, `,"channel":"window"`)
	b.ReportAllocs()
	cpu(b)
	for b.Loop() {
		if w := send(h.door, "POST", "/api/v1/orders", body, false); w.status != 404 {
			b.Fatal(w.status)
		}
	}
}

// BenchmarkBare is a bare JSON handler that reads the same hold and answers
// with a small order: what the others are compared with.
func BenchmarkBare(b *testing.B) {
	door, body := bare(), (&house{}).hold("999-20260303", "SJZ", "BJ", 1, `,"channel":"window"`)
	b.ReportAllocs()
	cpu(b)
	for b.Loop() {
		if w := send(door, "POST", "/bare", body, false); w.status != 201 {
			b.Fatal(w.status)
		}
	}
}

func bare() http.Handler {
	type passenger struct {
		Name     string `json:"name"`
		Document struct {
			Kind   string `json:"kind"`
			Number string `json:"number"`
		} `json:"document"`
	}
	type hold struct {
		Departure  string      `json:"departure"`
		From       string      `json:"from"`
		To         string      `json:"to"`
		Channel    string      `json:"channel"`
		Passengers []passenger `json:"passengers"`
	}
	type order struct {
		ID    string `json:"id"`
		Key   string `json:"key"`
		Total int64  `json:"total"`
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bare", func(w http.ResponseWriter, r *http.Request) {
		var in hold
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(order{"OD10000000018", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10600})
	})
	return mux
}

// BenchmarkWire sends requests over a real connection, client and server in
// one process: what a request costs in all, and how little of it is the door's.
func BenchmarkWire(b *testing.B) {
	h := openHouse(b)
	h.importFeed(wide())
	hold := h.hold("999-20260303", "SJZ", "BJ", 1, `,"channel":"window"`)
	for _, c := range []struct {
		name, method, path, body string
		door                     http.Handler
		status                   int
	}{
		{"bare", "POST", "/bare", hold, bare(), 201},
		{"search", "GET", "/api/v1/departures?from=SJZ&to=BJ&day=2026-03-03", "", h.door, 200},
		{"search page", "GET", "/api/v1/departures?from=SJZ&to=ZD&day=2026-03-03", "", h.door, 200},
		{"refused hold", "POST", "/api/v1/orders", hold, h.door, 404},
	} {
		b.Run(c.name, func(b *testing.B) {
			server := httptest.NewServer(c.door)
			defer server.Close()
			b.ReportAllocs()
			cpu(b)
			for b.Loop() {
				r, err := http.NewRequest(c.method, server.URL+c.path, strings.NewReader(c.body))
				check(b, err)
				if c.body != "" {
					r.Header.Set("Content-Type", "application/json")
				}
				res, err := server.Client().Do(r)
				check(b, err)
				_, err = io.Copy(io.Discard, res.Body)
				check(b, err)
				check(b, res.Body.Close())
				if res.StatusCode != c.status {
					b.Fatal(res.Status)
				}
			}
		})
	}
}
