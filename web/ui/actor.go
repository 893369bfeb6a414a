package ui

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// Who acts on the pages for staff: the device that the browser belongs to, the
// person who has signed in, or both.

const (
	deviceCookie = "device"
	staffCookie  = "staff"
)

type actorKey struct{}

// actorOf is who acts on a page for staff, nil on other pages.
func actorOf(r *http.Request) *ident.Actor {
	if a, ok := r.Context().Value(actorKey{}).(ident.Actor); ok {
		return &a
	}
	return nil
}

// Actor is who acts. On pages that are not for staff it is nobody, who may do
// nothing.
func (k *Kit) Actor(r *http.Request) ident.Actor {
	if a := actorOf(r); a != nil {
		return *a
	}
	return ident.Actor{}
}

// May says whether whoever acts may do a verb, for what a page offers.
func May(r *http.Request, v ident.Verb) bool {
	a := actorOf(r)
	return a != nil && a.May(v)
}

// By is how the journal names where an act was done.
func By(r *http.Request) string {
	if a := actorOf(r); a != nil {
		return a.By()
	}
	return "passenger page"
}

// Device is the device that acts. It may only be asked for on pages for staff.
// Where a person signed in without one, it is a desk of the one station they have.
func Device(r *http.Request) ident.Device {
	a := actorOf(r)
	if a.Device != nil {
		return *a.Device
	}
	return ident.Device{Name: a.By(), Role: ident.Desk, Station: a.Station()}
}

// At is where whoever acts stands; on pages for passengers, on line.
func (k *Kit) At(r *http.Request) chepiao.AskedAt {
	a := actorOf(r)
	if a == nil {
		return chepiao.AskedAt{}
	}
	at := chepiao.AskedAt{Window: true}
	if code := a.Station(); code != "" {
		if s, err := k.Office.Timetable().StationByCode(code, "station"); err == nil {
			at.Station = s.No
		}
	}
	return at
}

// Verb is who asks for what a form on a page for staff says: its own id, so that a
// form sent twice is done once, the device, the person, where they stand, and their
// open shift there. Every page for staff makes its verbs here. Where the shift
// cannot be found out the verb has none, and cash is refused.
func (k *Kit) Verb(r *http.Request) office.Verb {
	a := k.Actor(r)
	v := office.Verb{ID: r.PostFormValue("once"), By: By(r), Who: a.Who(), At: k.At(r)}
	if a.Staff == nil && (a.Device == nil || a.Device.Role != ident.Kiosk) {
		return v
	}
	shift, _, err := k.Office.OpenShiftOf(r.Context(), v.Who, v.By)
	if err != nil {
		k.Log.ErrorContext(r.Context(), "finding the open shift", "pattern", r.Pattern, "error", err)
	}
	v.Shift = shift.ID
	return v
}

// Act is the same for a change of accounts.
func (k *Kit) Act(r *http.Request) ident.Act {
	v := k.Verb(r)
	return ident.Act{ID: v.ID, By: v.By, Who: v.Who, Where: v.At.Station, Address: address(r)}
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Approve asks for another person's agreement to what the form does: their number
// and password stand in its fields approve_staff and approve_password (the part
// "approve" of a page), and their roles must permit the verb. The clerk stays signed
// in. Refusals at these fields: Unauthorized, Invalid, Busy.
func (k *Kit) Approve(r *http.Request, v ident.Verb) (chepiao.StaffNo, error) {
	if k.Accounts == nil {
		return "", chepiao.Refuse(chepiao.Unauthorized, "本系统尚未建立员工账号", "there are no staff accounts yet").At("approve_staff")
	}
	return k.Accounts.Confirm(r.Context(), k.Act(r), r.PostFormValue("approve_staff"), r.PostFormValue("approve_password"), v, k.Actor(r).Device)
}

// who fills the corner of a page that says who acts.
func (k *Kit) who(r *http.Request, f *Frame) {
	a := actorOf(r)
	if a == nil {
		return
	}
	f.Device, f.Staff = a.Device, a.Staff
	f.People, _ = k.Accounts.Any(r.Context()) // where it fails the page is shown without a way in
}

// Only lets a page be seen by whoever may do a verb. Where a person is missing the
// sign-in is shown; whose roles or device do not suffice is told so.
func (d *Desk) Only(verb ident.Verb, page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, err := d.actor(r)
		if err != nil {
			d.kit.Fault(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), actorKey{}, actor))
		switch {
		case actor.Staff != nil && actor.Device != nil && !actor.Staff.At(actor.Device.Station):
			d.book.Refused(w, r, wrongStation, "/staff")
		case actor.May(verb):
			page(w, r)
		case actor.Staff == nil && actor.Device == nil, actor.NeedsPerson(verb) && d.people(r):
			toSignIn(w, r)
		case actor.Staff != nil:
			d.book.Refused(w, r, wrongStaffRole, "/staff?next="+url.QueryEscape(r.URL.Path))
		default:
			d.book.Refused(w, r, wrongDevice, "/")
		}
	}
}

// Signed lets a page be seen by whoever has signed in, whatever they may do.
func (d *Desk) Signed(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, err := d.actor(r)
		if err != nil {
			d.kit.Fault(w, r, err)
			return
		}
		if actor.Staff == nil {
			toSignIn(w, r)
			return
		}
		page(w, r.WithContext(context.WithValue(r.Context(), actorKey{}, actor)))
	}
}

// Token is the secret of the session that a request belongs to, "" for none.
func Token(r *http.Request) string {
	if c, err := r.Cookie(staffCookie); err == nil {
		return c.Value
	}
	return ""
}

// people says whether somebody could sign in.
func (d *Desk) people(r *http.Request) bool {
	any, err := d.kit.Accounts.Any(r.Context())
	return any && err == nil
}

var (
	wrongStation   = chepiao.Refuse(chepiao.Unauthorized, "您的账号不能在本站使用", "your account is not for this station")
	wrongStaffRole = chepiao.Refuse(chepiao.Unauthorized, "您的岗位在本设备上不能办理这项业务", "your role may not do that here")
	wrongDevice    = chepiao.Refuse(chepiao.Unauthorized, "本设备不能办理这项业务", "this device may not do that")
)

// toSignIn leads to the sign-in, which leads back.
func toSignIn(w http.ResponseWriter, r *http.Request) {
	next := "/staff?next=" + url.QueryEscape(r.URL.Path)
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", next)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// actor reads who acts from the browser's two secrets.
func (d *Desk) actor(r *http.Request) (a ident.Actor, err error) {
	if device, ok := d.device(r); ok {
		a.Device = &device
	}
	if c, err := r.Cookie(staffCookie); err == nil {
		s, ok, err := d.kit.Accounts.Find(r.Context(), c.Value)
		if err != nil {
			return a, fmt.Errorf("finding out who is signed in: %w", err)
		}
		if ok {
			a.Staff = &s.Staff
		}
	}
	if a.Alone = d.kit.Devices.IsOpen(); a.Alone || a.Device == nil || a.Staff != nil {
		return a, nil
	}
	any, err := d.kit.Accounts.Any(r.Context())
	a.Alone = !any
	return a, err
}

func (d *Desk) device(r *http.Request) (ident.Device, bool) {
	if c, err := r.Cookie(deviceCookie); err == nil || d.kit.Devices.IsOpen() {
		secret := ""
		if err == nil {
			secret = c.Value
		}
		return d.kit.Devices.Find(secret)
	}
	return ident.Device{}, false
}
