package ui

import "net/http"

// bodyMax bounds what a form may send, in bytes.
const bodyMax = 64 << 10

// policy lets a page load from this server only, and be framed by nobody.
// WebAssembly may be compiled: /verify needs it.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Guard wraps every page: only our own files load, no other site may post our
// forms, no form is larger than it may be, and a chosen language is kept.
func Guard(pages http.Handler) http.Handler {
	sameSite := http.NewCrossOriginProtection()
	inner := sameSite.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		remember(w, r)
		pages.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // an order's address holds its key
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
		inner.ServeHTTP(w, r)
	})
}
