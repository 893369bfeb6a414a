package ui

import (
	"net/http"
	"net/url"
	"time"

	"chepiao/locale"
	"chepiao/watch"
)

const languageCookie = "lang"

// Language is the reader's language: what ?lang= says, else what they chose
// before, else what their browser asks for.
func Language(r *http.Request) locale.Lang {
	chosen := ""
	if c, err := r.Cookie(languageCookie); err == nil {
		chosen = c.Value
	}
	return locale.Choose(r.Header.Get("Accept-Language"), r.URL.Query().Get("lang"), chosen)
}

// remember keeps a choice made with ?lang= for a year.
func remember(w http.ResponseWriter, r *http.Request) {
	lang, ok := locale.Parse(r.URL.Query().Get("lang"))
	if !ok {
		return
	}
	const year = 365 * 24 * time.Hour
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: string(lang), Path: "/", MaxAge: int(year.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: watch.Secure(r),
	})
}

// otherLanguage is the address of this page in the other language. A page that
// answers a form has none of its own: its address is asked for anew.
func otherLanguage(r *http.Request, lang locale.Lang) string {
	q := r.URL.Query()
	q.Set("lang", string(lang.Other()))
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}

// Secure says whether who asks came by TLS, here or at a trusted proxy: then
// cookies travel by TLS only.
func Secure(r *http.Request) bool { return watch.Secure(r) }
