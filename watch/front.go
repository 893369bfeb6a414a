package watch

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Front stands before the doors: it gives each request its number and its
// deadline, learns from trusted proxies who asks, turns away what is over the
// bound, counts what was answered, and logs a line at Debug for each request:
// never a query, an address or a body.
func (w *Watch) Front(doors http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := w.conf.Now()
		ctx := Until(r.Context(), began.Add(w.conf.Deadline), w.conf.Now)
		defer ctx.End()
		v := &visit{Context: ctx, ResponseWriter: rw, told: Request{ID: w.number(r), watch: w}}
		asked := r.WithContext(v)
		asked.RemoteAddr = w.conf.Proxies.Client(r)
		v.told.secure = w.conf.Proxies.Secure(r)
		rw.Header()["X-Request-Id"] = []string{v.told.ID}
		w.draining(rw.Header())
		now := w.inFlight.Add(1)
		defer func() {
			w.inFlight.Add(-1)
			if fault := recover(); fault != nil {
				w.broke(v, asked, fault)
			}
			w.note(v, asked, w.conf.Now().Sub(began))
		}()
		if now > int64(w.conf.InFlight) && !probe(r.URL.Path) {
			w.metrics.away.Inc()
			w.turnAway(v, asked)
			return
		}
		doors.ServeHTTP(v, asked)
	})
}

// probe says whether a path is asked by whoever keeps the node running: it must
// get its answer when nobody else does.
func probe(path string) bool { return path == "/healthz" || path == "/readyz" }

// turnAway answers a request that is one too many. It costs as little as can be.
func (w *Watch) turnAway(v *visit, r *http.Request) {
	v.told.Route = "turned away"
	h := v.Header()
	h.Set("Retry-After", strconv.Itoa(int(w.Retry()/time.Second)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	const zh, en = "系统繁忙，请稍后再试", "too much is waiting: please try again in a moment"
	if strings.HasPrefix(r.URL.Path, "/api/") {
		v.told.Reason = "BUSY"
		h.Set("Content-Type", "application/problem+json")
		v.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(v, `{"type":"/api/v1/problems/BUSY","title":"Busy","status":503,"detail":%q,"reason":"BUSY","zh":%q,"en":%q,"request":%q}`+"\n", en, zh, en, v.told.ID)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'")
	v.WriteHeader(http.StatusServiceUnavailable)
	page(v, zh, en, v.told.ID)
}

// page is a page that needs nothing else to work.
func page(w io.Writer, zh, en, id string) {
	fmt.Fprintf(w, `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title><main><h1>%s</h1><p lang="en">%s</p><p>%s</p></main></html>`+"\n", zh, zh, en, id)
}

// broke answers for a door that panicked. What it panicked with may be personal
// and is not logged.
func (w *Watch) broke(v *visit, r *http.Request, fault any) {
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	w.conf.Log.ErrorContext(v, "a request failed", "route", v.told.Route, "panic", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
	if v.status != 0 {
		return // the answer has begun: it cannot be taken back
	}
	v.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.WriteHeader(http.StatusInternalServerError)
	page(v, "系统故障，请稍后再试", "something went wrong here: please try again later", v.told.ID)
}

// note counts and logs an answered request.
func (w *Watch) note(v *visit, r *http.Request, took time.Duration) {
	if v.status == 0 {
		v.status = http.StatusOK
	}
	door := doorOf(r.URL.Path)
	w.metrics.answered(door, routeOf(v.told.Route), r.Method, v.status, took)
	if v.told.Reason != "" && v.status >= 400 {
		w.metrics.refusal(door, v.told.Reason)
	}
	if w.conf.Log.Enabled(v, slog.LevelDebug) {
		w.conf.Log.LogAttrs(v, slog.LevelDebug, "request", slog.String("method", methodOf(r.Method)), slog.String("route", routeOf(v.told.Route)),
			slog.Int("status", v.status), slog.Duration("took", took))
	}
}

// doorOf is which door answered: a word of a short list.
func doorOf(path string) string {
	switch {
	case strings.HasPrefix(path, "/api/"):
		return "api"
	case strings.HasPrefix(path, "/assets/"):
		return "assets"
	case probe(path):
		return "probe"
	}
	return "pages"
}

// routeOf is a pattern without its method: the method is counted apart.
func routeOf(pattern string) string {
	if _, path, found := strings.Cut(pattern, " "); found && strings.HasPrefix(path, "/") {
		return path
	}
	if pattern == "" {
		return "none"
	}
	return pattern
}
