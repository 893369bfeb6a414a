package ui

import (
	"net/http"
	"time"

	"chepiao/watch"
)

// Remember leaves a word with a browser of staff for a while, for the pages below a
// path: scripts cannot read it, and no other site's request carries it. An empty word
// is taken away.
func Remember(w http.ResponseWriter, r *http.Request, path, name, value string, span time.Duration) {
	age := int(span / time.Second)
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: path, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: watch.Secure(r)})
}
