package ui

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/watch"
)

const deviceCookie = "device"

type deviceKey struct{}

// deviceOf is the device that acts on a page for staff, nil on other pages.
func deviceOf(r *http.Request) *ident.Device {
	if d, ok := r.Context().Value(deviceKey{}).(ident.Device); ok {
		return &d
	}
	return nil
}

// By is how the journal names who acts.
func By(r *http.Request) string {
	if d := deviceOf(r); d != nil {
		return d.Name
	}
	return "passenger page"
}

// At is where the device that acts stands; on pages for passengers, on line.
func (k *Kit) At(r *http.Request) chepiao.AskedAt {
	d := deviceOf(r)
	if d == nil {
		return chepiao.AskedAt{}
	}
	at := chepiao.AskedAt{Window: true}
	if s, err := k.Office.Timetable().StationByCode(d.Station, "station"); err == nil && d.Station != "" {
		at.Station = s.No
	}
	return at
}

// Device is the device that acts. It may only be asked for on pages for staff.
func Device(r *http.Request) ident.Device { return *deviceOf(r) }

// Desk is the sign-in of devices and what guards the pages for staff.
type Desk struct {
	kit  *Kit
	book *Book
}

//go:embed pages/*.html
var ownPages embed.FS

// NewDesk prepares the sign-in page.
func (k *Kit) NewDesk() (*Desk, error) {
	book, err := k.NewBook(ownPages, "desk")
	return &Desk{k, book}, err
}

// Routes adds the sign-in.
func (d *Desk) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /staff", d.ask)
	mux.HandleFunc("POST /staff", d.signIn)
	mux.HandleFunc("POST /staff/out", d.signOut)
}

// Only lets a page be seen by devices whose role may do a verb. Others are
// sent to the sign-in, or told that their role does not suffice.
func (d *Desk) Only(verb ident.Verb, page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		device, ok := d.find(r)
		if !ok {
			next := "/staff?next=" + url.QueryEscape(r.URL.Path)
			if r.Header.Get("HX-Request") != "" {
				w.Header().Set("HX-Redirect", next)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			http.Redirect(w, r, next, http.StatusSeeOther)
			return
		}
		if !device.Role.May(verb) {
			d.book.Refused(w, r, chepiao.Refuse(chepiao.Unauthorized, "本设备不能办理这项业务", "this device may not do that"), "/")
			return
		}
		page(w, r.WithContext(context.WithValue(r.Context(), deviceKey{}, device)))
	}
}

func (d *Desk) find(r *http.Request) (ident.Device, bool) {
	if c, err := r.Cookie(deviceCookie); err == nil || d.kit.Devices.IsOpen() {
		secret := ""
		if err == nil {
			secret = c.Value
		}
		return d.kit.Devices.Find(secret)
	}
	return ident.Device{}, false
}

// signInPage asks for a device's secret.
type signInPage struct {
	Next  string
	Notes Notes
}

func (d *Desk) ask(w http.ResponseWriter, r *http.Request) {
	d.book.Show(w, r, http.StatusOK, "sign_in", signInPage{Next: inside(r.FormValue("next"))})
}

func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) {
	p := signInPage{Next: inside(r.PostFormValue("next")), Notes: Notes{}}
	err := d.kit.Limit.Try(r)
	if err == nil {
		secret := strings.TrimSpace(r.PostFormValue("secret"))
		if device, ok := d.kit.Devices.Find(secret); ok {
			d.keep(w, r, secret)
			http.Redirect(w, r, cmpOr(p.Next, homeOf(device.Role)), http.StatusSeeOther)
			return
		}
		err = chepiao.Refuse(chepiao.Unauthorized, "设备口令不对", "this is no device's secret").At("secret")
	}
	if err := p.Notes.Add(err); err != nil {
		d.kit.Fault(w, r, fmt.Errorf("signing a device in: %w", err))
		return
	}
	d.book.Show(w, r, http.StatusForbidden, "sign_in", p)
}

// keep leaves the secret with the browser for a day: scripts cannot read it,
// and no other site's request carries it.
func (d *Desk) keep(w http.ResponseWriter, r *http.Request, secret string) {
	const day = 24 * 3600
	http.SetCookie(w, &http.Cookie{
		Name: deviceCookie, Value: secret, Path: "/", MaxAge: day,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: watch.Secure(r),
	})
}

func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: deviceCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/staff", http.StatusSeeOther)
}

func homeOf(role ident.Role) string {
	switch role {
	case ident.Gate:
		return "/gate"
	case ident.Desk:
		return "/desk"
	}
	return "/window"
}

// inside is an address within these pages, "" for any other: a sign-in must
// not send its user to a stranger.
func inside(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return ""
	}
	return next
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
