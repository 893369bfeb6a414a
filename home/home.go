// Package home lets several hub processes work as one. Any of them can do any
// request; but when two sell seats of the same coach at once they get into each
// other's way, and one of them has to begin anew. So each departure has a home,
// one of the processes that are there, and the others pass on to it what is to be
// changed there. What is about an order or a ticket goes to the process that
// made its number.
//
// It stands between the watch and the other doors. Nothing rests on it: a request
// that comes to a wrong process, or one whose home is gone, is done where it is.
package home

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"chepiao/store"
)

// Config is what a home needs: all of it but Off.
type Config struct {
	Peers func() []store.Peer // the live processes, this one among them
	Lane  func() int64        // of this process
	Key   []byte              // the node's: all its processes have the same
	Now   func() time.Time
	Rand  io.Reader // idempotency keys of requests that have none
	Log   *slog.Logger

	// Off passes nothing on, for comparisons only. What others pass is done.
	Off bool
}

// Home decides where a request is done.
type Home struct {
	conf   Config
	sign   []byte // key of the stamps, see stamp
	client *http.Transport
	ready  sync.Map // URL of a peer → true when it last said that it is ready

	passed, taken, missed atomic.Int64

	stop  chan struct{}
	ended sync.WaitGroup
}

// Counts are what a process has done for others, and they for it.
type Counts struct {
	Passed int64 // requests that another process answered
	Taken  int64 // requests that another process passed to this one
	Missed int64 // requests whose home did not answer: they were done here, or refused as Busy
}

// Counts are the counts so far.
func (h *Home) Counts() Counts {
	return Counts{h.passed.Load(), h.taken.Load(), h.missed.Load()}
}

// New begins to look which peers are there. Close ends it.
func New(c Config) (*Home, error) {
	if c.Peers == nil || c.Lane == nil || len(c.Key) == 0 || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("a home needs peers, its lane, the node's key, a clock, a source of randomness and a log")
	}
	key, err := hkdf.Key(sha256.New, c.Key, nil, "chepiao peers", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("making the key between peers: %w", err)
	}
	h := &Home{conf: c, sign: key, client: newTransport(), stop: make(chan struct{})}
	if !c.Off {
		h.ended.Go(h.probe)
	}
	return h, nil
}

// Close ends what New began. Requests under way may still be passed on.
func (h *Home) Close() {
	close(h.stop)
	h.ended.Wait()
	h.client.CloseIdleConnections()
}

// Before stands before the doors. What another process has passed here is done
// here; a request that changes something is passed to its home, once; the rest
// is done here.
func (h *Home) Before(doors http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stamped := r.Header.Get(header); stamped != "" {
			doors.ServeHTTP(w, h.take(r, stamped))
			return
		}
		if !changes(r.Method) || h.conf.Off {
			doors.ServeHTTP(w, r)
			return
		}
		peers := h.conf.Peers()
		if len(peers) < 2 {
			doors.ServeHTTP(w, r)
			return
		}
		b := &body{r: r}
		peer, found := h.of(peers, whatIsNamed(r, b))
		if !found || !h.pass(w, r, b, peer) {
			b.replay()
			doors.ServeHTTP(w, r)
		}
	})
}

// changes says whether a request may change something.
func changes(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return true
}
