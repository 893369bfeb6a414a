package home

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"chepiao/store"
)

// A peer is asked twice a second whether it is ready. The database knows who is
// there, but not who has just begun to listen, and hears of a sudden end only
// seconds later.
const (
	probeEvery = 500 * time.Millisecond
	probeMax   = 2 * time.Second // a machine under load is slow to say yes
)

// fit says whether something may be passed to a peer.
func (h *Home) fit(p store.Peer) bool {
	if p.Draining || p.URL == "" {
		return false
	}
	_, ready := h.ready.Load(p.URL)
	return ready
}

// lost notes that a peer did not answer: nothing is passed to it until it says
// that it is ready.
func (h *Home) lost(p store.Peer) { h.ready.Delete(p.URL) }

// probe asks all peers again and again until Close.
func (h *Home) probe() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		me := h.conf.Lane()
		var asking sync.WaitGroup
		for _, p := range h.conf.Peers() {
			if p.Lane != me && p.URL != "" {
				asking.Go(func() { h.ask(p) })
			}
		}
		asking.Wait()
		select {
		case <-h.stop:
			return
		case <-tick.C:
		}
	}
}

func (h *Home) ask(p store.Peer) {
	ctx, cancel := context.WithTimeout(context.Background(), probeMax)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.URL, "/")+"/readyz", nil)
	if err != nil {
		return // passing on says so
	}
	res, err := h.client.RoundTrip(r)
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10))
		res.Body.Close()
	}
	if err != nil || res.StatusCode != http.StatusOK {
		h.ready.Delete(p.URL)
		return
	}
	h.ready.Store(p.URL, true)
}
