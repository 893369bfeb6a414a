package watch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// quick are limits that a test can wait for.
var quick = Limits{Header: 300 * time.Millisecond, Body: 600 * time.Millisecond, Answer: 900 * time.Millisecond, Idle: 400 * time.Millisecond, Grace: 2 * time.Second, Head: 4 << 10}

// serving answers with quick limits until the test ends.
func serving(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, h, quick, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// cutOff expects that the server ends a connection between two moments, and
// returns what it said before.
func cutOff(t *testing.T, c net.Conn, after, before time.Duration, began time.Time) string {
	t.Helper()
	c.SetReadDeadline(began.Add(before + 5*time.Second))
	said, err := io.ReadAll(c)
	took := time.Since(began)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("not cut off after %v", took)
	}
	if took < after || took > before {
		t.Errorf("cut off after %v, want between %v and %v", took, after, before)
	}
	return string(said)
}

// TestSlowClients: whoever sends or reads a byte now and then is cut off, and
// whoever is only slow is not.
func TestSlowClients(t *testing.T) {
	reading := make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil {
			fmt.Fprintf(w, "%d bytes", len(b))
			return
		}
		select {
		case reading <- err:
		default:
		}
		w.WriteHeader(http.StatusRequestTimeout)
	})
	wrote := make(chan error, 1)
	mux.HandleFunc("GET /much", func(w http.ResponseWriter, r *http.Request) {
		part := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(part); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	})
	address := serving(t, mux)
	t.Run("a head that drips", func(t *testing.T) {
		c, began := dial(t, address), time.Now()
		go drip(c, "GET /much HTTP/1.1\r\nHost: a\r\nX-Long: "+strings.Repeat("a", 1000))
		cutOff(t, c, quick.Header-50*time.Millisecond, quick.Header+time.Second, began)
	})
	t.Run("nothing at all", func(t *testing.T) {
		c, began := dial(t, address), time.Now()
		cutOff(t, c, quick.Header-50*time.Millisecond, quick.Header+time.Second, began)
	})
	t.Run("a body that drips", func(t *testing.T) {
		c, began := dial(t, address), time.Now()
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
		go drip(c, strings.Repeat("a", 10000))
		cutOff(t, c, quick.Body-50*time.Millisecond, quick.Body+2*time.Second, began)
		if err := <-reading; err == nil {
			t.Error("the handler read a whole body")
		}
	})
	t.Run("an answer that is not read", func(t *testing.T) {
		c, began := dial(t, address), time.Now()
		fmt.Fprint(c, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
		if err := <-wrote; err == nil {
			t.Error("64 MiB were written to somebody who reads nothing")
		}
		if took := time.Since(began); took < quick.Answer-50*time.Millisecond || took > quick.Answer+time.Second {
			t.Errorf("the writing ended after %v", took)
		}
	})
	t.Run("a connection that idles", func(t *testing.T) {
		c := dial(t, address)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
		r := bufio.NewReader(c)
		if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			t.Fatalf("%q, %v", line, err)
		}
		cutOff(t, c, quick.Idle-100*time.Millisecond, quick.Idle+time.Second, time.Now())
	})
	t.Run("a head that is too long", func(t *testing.T) {
		c, began := dial(t, address), time.Now()
		go fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a\r\nX-Long: "+strings.Repeat("a", 64<<10)+"\r\n\r\n")
		if said := cutOff(t, c, 0, 2*time.Second, began); !strings.Contains(said, "431") {
			t.Errorf("it was told %q", said)
		}
	})
	t.Run("only slow", func(t *testing.T) {
		c := dial(t, address)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: a\r\n")
		time.Sleep(quick.Header / 3)
		fmt.Fprint(c, "Content-Length: 2\r\nConnection: close\r\n\r\na")
		time.Sleep(quick.Body / 3)
		fmt.Fprint(c, "b")
		if said, err := io.ReadAll(c); err != nil || !strings.Contains(string(said), "2 bytes") {
			t.Errorf("it was told %q, %v", said, err)
		}
	})
}

// drip sends a byte every 50 ms until it is cut off.
func drip(c net.Conn, text string) {
	for i := range len(text) {
		if _, err := io.WriteString(c, text[i:i+1]); err != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestServeDrains: after the word to stop come the time of draining, the end of
// listening and the end of what was under way, in this order.
func TestServeDrains(t *testing.T) {
	w, _, _ := begin(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	front := w.Front(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(entered)
			<-leave
			finished.Store(true)
		}
		io.WriteString(rw, "done")
	}))
	ctx, stop := context.WithCancelCause(context.Background())
	ended := make(chan error, 1)
	why := errors.New("told to stop")
	go func() {
		ended <- w.Serve(ctx, l, front, func(cause error) time.Duration {
			if cause != why {
				t.Errorf("the cause is %v", cause)
			}
			return 300 * time.Millisecond
		})
	}()
	url := "http://" + l.Addr().String()
	slow := make(chan error, 1)
	go func() {
		res, err := http.Get(url + "/slow")
		if err == nil {
			res.Body.Close()
		}
		slow <- err
	}()
	<-entered
	stop(why)
	deadline := time.Now().Add(5 * time.Second)
	for !w.Health.Draining() {
		if time.Now().After(deadline) {
			t.Fatal("not draining")
		}
	}
	res, err := http.Get(url + "/")
	if err != nil || !res.Close {
		t.Fatalf("while it drains: %v, the connection lasts", err)
	}
	res.Body.Close()
	for { // until it listens no more
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		c.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still listens")
		}
		time.Sleep(5 * time.Millisecond)
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended with %v while a request was under way", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(leave)
	if err := <-slow; err != nil || !finished.Load() {
		t.Errorf("the request under way: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TestPrivate: profiles and figures are for this machine only, unless somebody
// says that a firewall stands before them.
func TestPrivate(t *testing.T) {
	l, err := ListenPrivate("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0"} {
		if l, err := ListenPrivate(address, false); err == nil {
			l.Close()
			t.Errorf("%s was taken", address)
		}
		l, err := ListenPrivate(address, true)
		if err != nil {
			t.Errorf("%s behind a firewall: %v", address, err)
			continue
		}
		l.Close()
	}
	w, _, _ := begin(t)
	private := w.Private()
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 200, "/debug/pprof/": 200, "/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/cmdline": 200, "/": 404} {
		rec := httptest.NewRecorder()
		if private.ServeHTTP(rec, httptest.NewRequest("GET", path, nil)); rec.Code != want {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	w.Health.Drain()
	rec := httptest.NewRecorder()
	if private.ServeHTTP(rec, httptest.NewRequest("GET", "/readyz", nil)); rec.Code != 503 {
		t.Errorf("/readyz of a hub that drains: %d", rec.Code)
	}
}
