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

// BenchmarkSearch is a page of two offers from memory.
func BenchmarkSearch(b *testing.B) {
	h := openHouse(b)
	b.ReportAllocs()
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
	for b.Loop() {
		if w := send(h.door, "POST", "/api/v1/orders", body, false); w.status != 404 {
			b.Fatal(w.status)
		}
	}
}

// BenchmarkBare is a bare JSON handler that reads the same hold and answers
// with a small order: what the others are compared with.
func BenchmarkBare(b *testing.B) {
	type answer struct {
		Order api.Order `json:"order"`
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/orders", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(400)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_ = json.NewEncoder(w).Encode(answer{api.Order{ID: "OD10000000018", Tickets: []api.Ticket{{ID: "TK10000000026"}}}})
	})
	body := (&house{}).hold("999-20260303", "SJZ", "BJ", 1, `,"channel":"window"`)
	b.ReportAllocs()
	for b.Loop() {
		if w := send(mux, "POST", "/api/v1/orders", body, false); w.status != 201 {
			b.Fatal(w.status)
		}
	}
}
