package ui

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"chepiao"
	"chepiao/locale"
	"chepiao/watch"
)

// statuses are the HTTP statuses of refusals; what is not here is a 409: the
// request was understood, but things are not so that it can be done.
var statuses = map[chepiao.Reason]int{
	chepiao.Invalid:         http.StatusUnprocessableEntity,
	chepiao.NotEligible:     http.StatusUnprocessableEntity,
	chepiao.ChildNeedsAdult: http.StatusUnprocessableEntity,
	chepiao.CodeWrong:       http.StatusUnprocessableEntity,
	chepiao.NotFound:        http.StatusNotFound,
	chepiao.Unauthorized:    http.StatusForbidden,
	chepiao.Busy:            http.StatusServiceUnavailable,
	chepiao.Restored:        http.StatusServiceUnavailable,
}

// Status is the HTTP status of a refusal.
func Status(r *chepiao.Refusal) int {
	if s, ok := statuses[r.Reason]; ok {
		return s
	}
	return http.StatusConflict
}

// Told is the HTTP status of a refusal that the answer to r tells, which the
// watch counts.
func Told(r *http.Request, refusal *chepiao.Refusal) int {
	if told := watch.Of(r.Context()); told != nil {
		told.Reason = refusal.Reason
	}
	return Status(refusal)
}

// trouble is the page of something that cannot be shown.
type trouble struct {
	Title, Text, Number string
	Home                string
}

// Refused shows a refusal on a page of its own, for where no form is to show
// it beside; a fault goes the way of Fault. The book gives the page "trouble".
func (b *Book) Refused(w http.ResponseWriter, r *http.Request, err error, home string) {
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		b.kit.Fault(w, r, err)
		return
	}
	lang := Language(r)
	title := lang.Say("trouble.refused")
	if refusal.Reason == chepiao.NotFound {
		title = lang.Say("trouble.missing")
	}
	if refusal.Reason == chepiao.Busy {
		w.Header().Set("Retry-After", strconv.Itoa(int(watch.Of(r.Context()).Retry()/time.Second)))
	}
	b.Show(w, r, Told(r, refusal), "trouble", trouble{Title: title, Text: sayRefusal(lang, refusal), Home: home})
}

// Missing answers for an address that is no page's.
func (b *Book) Missing(w http.ResponseWriter, r *http.Request) {
	lang := Language(r)
	b.Show(w, r, http.StatusNotFound, "trouble", trouble{Title: lang.Say("trouble.missing"), Text: lang.Say("trouble.nopage"), Home: "/"})
}

// Fault logs an error once, under the request's number, and tells the reader
// only that number. The log has the path's pattern, not the path: it may hold a
// key. A request whose time was over is no fault: it may be sent again.
func (k *Kit) Fault(w http.ResponseWriter, r *http.Request, err error) {
	lang, told := Language(r), watch.Of(r.Context())
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		w.Header().Set("Retry-After", strconv.Itoa(int(told.Retry()/time.Second)))
		plain(w, lang, http.StatusGatewayTimeout, lang.Say("trouble.late"), lang.Say("trouble.late.text"))
		return
	}
	if told != nil {
		k.Log.ErrorContext(r.Context(), "page failed", "pattern", r.Pattern, "method", r.Method, "error", err)
		plain(w, lang, http.StatusInternalServerError, lang.Say("trouble.fault"), lang.Say("trouble.fault.text", told.ID))
		return
	}
	number, randErr := k.Secret()
	if randErr != nil {
		number = strconv.FormatInt(k.Now().Unix(), 36)
	}
	number = number[:min(8, len(number))]
	k.Log.Error("page failed", "number", number, "pattern", r.Pattern, "method", r.Method, "error", err)
	plain(w, lang, http.StatusInternalServerError, lang.Say("trouble.fault"), lang.Say("trouble.fault.text", number))
}

// plain is a page without a template: it must work when nothing else does.
func plain(w http.ResponseWriter, lang locale.Lang, status int, title, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang.Tag())
	w.WriteHeader(status)
	text = `<!doctype html><html lang="` + lang.Tag() + `"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` +
		title + `</title><main><h1>` + title + `</h1><p>` + template.HTMLEscapeString(text) + `</p></main></html>`
	w.Write([]byte(text)) //nolint:errcheck // the reader has gone
}

// Notes are refusals by the field they are about; "" is the whole form. A nil
// map is a form without complaints.
type Notes map[string]*chepiao.Refusal

// Add keeps the first refusal of each field; nil is no refusal. Faults are not
// refusals and are given back.
func (n Notes) Add(err error) error {
	r := chepiao.AsRefusal(err)
	if r == nil {
		return err
	}
	if n[r.Field] == nil {
		n[r.Field] = r
	}
	return nil
}

// Any is a refusal of the form: the one that is about no shown field first.
func (n Notes) Other(shown ...string) *chepiao.Refusal {
	known := map[string]bool{}
	for _, s := range shown {
		known[s] = true
	}
	for field, r := range n {
		if !known[field] {
			return r
		}
	}
	return nil
}
