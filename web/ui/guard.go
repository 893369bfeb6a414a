package ui

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"chepiao/watch"
)

// bodyMax bounds what a form may send, in bytes.
const bodyMax = 64 << 10

// policy lets a page load from this server only, and be framed by nobody.
// WebAssembly may be compiled: /verify needs it.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Guard wraps every page: only our own files load, no other site may post our
// forms, no form is larger than it may be, a chosen language is kept, and nobody
// asks too often. clients may be nil: then everybody may.
func Guard(pages http.Handler, clients *watch.Clients) http.Handler {
	sameSite := http.NewCrossOriginProtection()
	inner := sameSite.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		remember(w, r)
		rememberLarge(w, r)
		if told := watch.Of(r.Context()); told != nil {
			defer func() { told.Route = r.Pattern }()
		}
		pages.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // an order's address holds its key
		h.Set("Permissions-Policy", permissions(r))
		if clients != nil && !strings.HasPrefix(r.URL.Path, "/assets/") {
			if wait := clients.Wait(r.RemoteAddr); wait > 0 {
				tooOften(w, r, wait)
				return
			}
		}
		inner.ServeHTTP(w, r)
	})
}

// permissions is what a page may ask of the browser: the camera reads codes; where
// one stands is asked for on the passenger's search alone, and only when the
// passenger taps for the stations nearby.
func permissions(r *http.Request) string {
	if r.URL.Path == "/passenger" {
		return "camera=(self), microphone=(), geolocation=(self)"
	}
	return "camera=(self), microphone=(), geolocation=()"
}

// tooOften tells somebody to slow down. Many of these may be written in a
// second, so it is short and needs no template.
func tooOften(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	if told := watch.Of(r.Context()); told != nil {
		told.Route, told.Reason = "too often", "RATE_LIMITED"
	}
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	lang := Language(r)
	plain(w, lang, http.StatusTooManyRequests, lang.Say("trouble.often"), lang.Say("trouble.often.text"))
}
