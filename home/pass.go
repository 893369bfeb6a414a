package home

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chepiao/store"
	"chepiao/watch"
)

// Limits of passing on. A peer that takes longer to answer is no help: the
// request is done here, under the same key.
const (
	dialMax    = 300 * time.Millisecond
	answerMax  = 5 * time.Second
	answerKept = 256 << 10 // bytes of an answer that is read before any of it is given on
	idleMax    = time.Minute
	idleEach   = 512 // connections kept to each peer
)

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialMax, KeepAlive: 15 * time.Second}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: time.Second, ResponseHeaderTimeout: answerMax,
		MaxIdleConnsPerHost: idleEach, IdleConnTimeout: idleMax, DisableCompression: true,
	}
}

// pass has a peer answer a request; false means that it is to be done here: the
// peer was not reached, or its answer was lost and the request, under its own
// key, may be sent again. An answer lost without such a key is told as Busy.
func (h *Home) pass(w http.ResponseWriter, r *http.Request, b *body, peer store.Peer) (answered bool) {
	if !b.read() {
		return false
	}
	again, err := h.mayRepeat(r, b)
	if err != nil {
		h.conf.Log.ErrorContext(r.Context(), "making an idempotency key", "error", err)
		return false
	}
	out, err := h.request(r, b, peer)
	if err != nil {
		h.conf.Log.ErrorContext(r.Context(), "passing a request on", "peer", peer.Name, "error", err)
		return false
	}
	answer, err := h.answer(out)
	var dialing *net.OpError
	switch {
	case err == nil:
		h.passed.Add(1)
		if known := watch.Of(r.Context()); known != nil {
			known.Route = "passed on"
		}
		answer.give(w)
		return true
	case r.Context().Err() != nil: // the client has gone, or its time is over: the door knows what to say
		return false
	}
	h.missed.Add(1)
	h.lost(peer)
	sent := !errors.As(err, &dialing) || dialing.Op != "dial"
	h.conf.Log.WarnContext(r.Context(), "the home of a request did not answer", "peer", peer.Name, "sent", sent, "repeated", again)
	if !sent || again {
		return false
	}
	unknown(w, r)
	return true
}

// mayRepeat says whether a request may be done again when nobody knows whether it
// was done: it has a key under which the store does it once. A program that sends
// none gets one here.
func (h *Home) mayRepeat(r *http.Request, b *body) (bool, error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		if r.Header.Get("Idempotency-Key") != "" {
			return true, nil
		}
		var key [16]byte
		if _, err := io.ReadFull(h.conf.Rand, key[:]); err != nil {
			return false, err
		}
		r.Header.Set("Idempotency-Key", hex.EncodeToString(key[:]))
		return true, nil
	}
	if !bytes.Contains(b.text, []byte("once=")) {
		return false, nil
	}
	form, err := url.ParseQuery(string(b.text))
	return err == nil && form.Get("once") != "", nil
}

// request is the request as the peer gets it.
func (h *Home) request(r *http.Request, b *body, peer store.Peer) (*http.Request, error) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, strings.TrimSuffix(peer.URL, "/")+r.URL.RequestURI(), bytes.NewReader(b.text))
	if err != nil {
		return nil, fmt.Errorf("the peer's URL %q: %w", peer.URL, err)
	}
	out.Host = r.Host // pages and the guard against other sites' pages look at it
	out.Header = withoutHops(r.Header.Clone())
	out.Header.Set(header, h.stamp(r))
	if known := watch.Of(r.Context()); known != nil {
		out.Header.Set("X-Request-Id", known.ID)
	}
	if _, set := out.Header["User-Agent"]; !set {
		out.Header.Set("User-Agent", "") // none, rather than Go's
	}
	return out, nil
}

// answer is a peer's answer. One of ordinary length is read whole, so that one
// that breaks off can still be had elsewhere.
type answer struct {
	*http.Response
	text []byte
	rest io.ReadCloser // of a long one
}

func (h *Home) answer(out *http.Request) (*answer, error) {
	res, err := h.client.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	a := &answer{Response: res, rest: res.Body}
	a.text, err = io.ReadAll(io.LimitReader(res.Body, answerKept))
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	if len(a.text) < answerKept {
		a.rest = nil
		res.Body.Close()
	}
	return a, nil
}

// give gives an answer on. A client that has gone cannot be told.
func (a *answer) give(w http.ResponseWriter) {
	to := w.Header()
	for name, values := range withoutHops(a.Header) {
		if name != "X-Request-Id" { // ours stands there
			to[name] = values
		}
	}
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(a.text)
	if a.rest != nil {
		_, _ = io.Copy(w, a.rest)
		a.rest.Close()
	}
}

// unknown tells that nobody knows whether a request was done.
func unknown(w http.ResponseWriter, r *http.Request) {
	const zh, en = "系统繁忙，请先查看结果再重试", "the answer was lost: please look whether it was done before you try again"
	h := w.Header()
	h.Set("Retry-After", "1")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	id := ""
	if known := watch.Of(r.Context()); known != nil {
		known.Route, known.Reason, id = "passed on", "BUSY", known.ID
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintf(w, `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title><main><h1>%s</h1><p lang="en">%s</p><p>%s</p></main></html>`+"\n", zh, zh, en, id)
}
