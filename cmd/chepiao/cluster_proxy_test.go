package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestBalancer holds the three rules against hubs that answer, hubs that nobody
// listens for, and hubs that take a request and hang up.
func TestBalancer(t *testing.T) {
	for _, c := range []struct {
		name        string
		hubs        string // a: answers, n: answers but not ready, x: nobody listens, h: hangs up
		method, key string
		want, asked int // status; requests that reached any hub
	}{
		{"one answers", "a", "POST", "", 200, 1},
		{"not ready is left out", "nna", "POST", "", 200, 1},
		{"none ready", "nn", "GET", "", 503, 0},
		{"undelivered command without a key", "xa", "POST", "", 200, 1},
		{"undelivered everywhere", "xx", "POST", "K", 503, 0},
		{"a question that was cut off", "ha", "GET", "", 200, 2},
		{"a command with a key that was cut off", "ha", "POST", "K", 200, 2},
		{"a command without a key that was cut off", "ha", "POST", "", 502, 1},
		{"cut off everywhere", "hh", "POST", "K", 502, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked atomic.Int32
			var names, addresses []string
			for i, kind := range c.hubs {
				names = append(names, fmt.Sprint(i))
				addresses = append(addresses, hubOfKind(t, kind, &asked))
			}
			b, err := newBalancer(names, addresses, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			for i, kind := range c.hubs {
				b.look(t.Context(), b.hubs[i])
				if kind == 'x' {
					b.hubs[i].ready.Store(true) // it was, a moment ago
				}
			}
			b.next.Store(^uint64(0)) // the first hub is asked first
			r := httptest.NewRequest(c.method, "http://proxy.example/api", strings.NewReader("paper"))
			if c.key != "" {
				r.Header.Set("Idempotency-Key", c.key)
			}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			if w.Code != c.want || int(asked.Load()) != c.asked {
				t.Errorf("answered %d after asking %d times, want %d after %d: %s", w.Code, asked.Load(), c.want, c.asked, w.Body)
			}
			if c.want == 200 && w.Body.String() != "paper to proxy.example" {
				t.Errorf("the hub was sent %q", w.Body)
			}
			if c.want >= 500 && w.Header().Get("Retry-After") == "" {
				t.Error("nobody is told when to come again")
			}
		})
	}
}

// hubOfKind makes the address of a hub that behaves in the given way.
func hubOfKind(t *testing.T, kind rune, asked *atomic.Int32) string {
	if kind == 'x' {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String()
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			if kind == 'n' {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		}
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		if kind == 'h' {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, "%s to %s", body, r.Host)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
