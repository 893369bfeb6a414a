package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// balancer is the practice cluster's load balancer: it spreads requests over the
// hubs that say they are ready, and asks another one where that is safe. A real
// one (deploy/haproxy.cfg) follows the same three rules:
//
//  1. only a hub whose /readyz answers 200 gets requests;
//  2. a request that could not be delivered goes to another hub;
//  3. one that was delivered and not answered is repeated only if it may be: a
//     question, or a command with an Idempotency-Key.
type balancer struct {
	hubs  []*backend
	next  atomic.Uint64
	pool  *http.Transport
	proxy *httputil.ReverseProxy
}

// backend is one hub as the balancer sees it.
type backend struct {
	name  string
	url   *url.URL
	ready atomic.Bool
	said  atomic.Pointer[string] // why it is not ready
}

const (
	readyEvery = 100 * time.Millisecond
	repeatMax  = 1 << 20 // bytes of a body that is kept for repeating
	idleMax    = 512     // connections to one hub that are kept open
)

var errNoHub = errors.New("no hub is ready")

// newBalancer stands before hubs given by name and address (http://host:port).
func newBalancer(names, addresses []string, log *slog.Logger) (*balancer, error) {
	b := &balancer{pool: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: time.Second}).DialContext,
		MaxIdleConnsPerHost: idleMax, IdleConnTimeout: time.Minute,
	}}
	for i, name := range names {
		u, err := url.Parse(addresses[i])
		if err != nil {
			return nil, fmt.Errorf("the address of %s: %w", name, err)
		}
		b.hubs = append(b.hubs, &backend{name: name, url: u})
	}
	b.proxy = &httputil.ReverseProxy{
		Transport: b,
		Rewrite: func(r *httputil.ProxyRequest) {
			// Scheme and host are filled in when a hub is chosen; the Host header
			// stays the visitor's, as pages compare it with the origin.
			r.SetXForwarded()
		},
		ErrorHandler: apologize,
		ErrorLog:     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return b, nil
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.proxy.ServeHTTP(w, r) }

// RoundTrip asks one hub after the other, each at most once.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, again, err := repeatable(r)
	if err != nil {
		return nil, err
	}
	mayRepeat := again && (r.Method == http.MethodGet || r.Method == http.MethodHead || r.Header.Get("Idempotency-Key") != "")
	failure := errNoHub
	first := b.next.Add(1)
	for i := range b.hubs {
		hub := b.hubs[(first+uint64(i))%uint64(len(b.hubs))]
		if !hub.ready.Load() {
			continue
		}
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host = hub.url.Scheme, hub.url.Host
		if body != nil {
			out.Body = io.NopCloser(bytes.NewReader(body))
		}
		answer, err := b.pool.RoundTrip(out)
		if err == nil {
			return answer, nil
		}
		failure = fmt.Errorf("%s: %w", hub.name, err)
		undelivered := isDial(err)
		if undelivered {
			hub.down(err.Error()) // until the next look
		}
		if r.Context().Err() != nil || !(mayRepeat || undelivered && again) {
			break
		}
	}
	return nil, failure
}

// repeatable reads a body that is small enough to be sent again. A longer one
// stays in the request and is sent once.
func repeatable(r *http.Request) (body []byte, again bool, err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, true, nil
	}
	if r.ContentLength < 0 || r.ContentLength > repeatMax {
		return nil, false, nil
	}
	body, err = io.ReadAll(io.LimitReader(r.Body, repeatMax))
	if err != nil {
		return nil, false, fmt.Errorf("reading the request: %w", err)
	}
	return body, true, r.Body.Close()
}

// isDial says whether an error came before anything was sent.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// apologize answers for hubs that did not: 503 where nothing was done, 502 where
// nobody knows.
func apologize(w http.ResponseWriter, r *http.Request, err error) {
	status, title := http.StatusBadGateway, "the hub did not answer: ask again under the same key"
	if errors.Is(err, errNoHub) || isDial(err) {
		status, title = http.StatusServiceUnavailable, "no hub is ready"
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": title}) // the client is gone: nobody to tell
}

// watch looks at every hub until ctx ends.
func (b *balancer) watch(ctx context.Context) {
	var wg sync.WaitGroup
	for _, hub := range b.hubs {
		wg.Go(func() {
			for ctx.Err() == nil {
				b.look(ctx, hub)
				select {
				case <-ctx.Done():
				case <-time.After(readyEvery):
				}
			}
		})
	}
	wg.Wait()
	b.pool.CloseIdleConnections()
}

// look asks one hub whether it is ready.
func (b *balancer) look(ctx context.Context, hub *backend) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", hub.url.String()+"/readyz", nil)
	if err != nil {
		hub.down(err.Error())
		return
	}
	answer, err := b.pool.RoundTrip(r)
	if err != nil {
		hub.down(err.Error())
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, repeatMax)) // so that the connection can be used again
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		hub.down(fmt.Sprintf("/readyz answers %d", answer.StatusCode))
		return
	}
	hub.ready.Store(true)
}

func (h *backend) down(why string) {
	h.said.Store(&why)
	h.ready.Store(false)
}

// state is "ready", or why not.
func (h *backend) state() string {
	if h.ready.Load() {
		return "ready"
	}
	if why := h.said.Load(); why != nil {
		return *why
	}
	return "not asked yet"
}
