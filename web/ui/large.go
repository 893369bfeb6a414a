package ui

import (
	"net/http"
	"net/url"
	"time"

	"chepiao/watch"
)

const largeCookie = "large"

// Large says that the reader wants large print: what ?large= says, else what
// they chose before.
func Large(r *http.Request) bool {
	if asked := r.URL.Query().Get("large"); asked != "" {
		return asked == "1"
	}
	c, err := r.Cookie(largeCookie)
	return err == nil && c.Value == "1"
}

// rememberLarge keeps a choice made with ?large= for a year.
func rememberLarge(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query().Get("large")
	if asked != "0" && asked != "1" {
		return
	}
	const year = 365 * 24 * time.Hour
	http.SetCookie(w, &http.Cookie{
		Name: largeCookie, Value: asked, Path: "/", MaxAge: int(year.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: watch.Secure(r),
	})
}

// otherSize is the address of this page in the other size of print.
func otherSize(r *http.Request, large bool) string {
	q := r.URL.Query()
	q.Set("large", "1")
	if large {
		q.Set("large", "0")
	}
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}
