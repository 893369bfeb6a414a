package ui

import (
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/watch"
)

// Desk is the sign-in of devices and people, and what guards the pages for staff.
type Desk struct {
	kit  *Kit
	book *Book
}

//go:embed pages/*.html
var ownPages embed.FS

// NewDesk prepares the sign-in page.
func (k *Kit) NewDesk() (*Desk, error) {
	book, err := k.NewBook(ownPages, "staff")
	return &Desk{k, book}, err
}

// Routes adds the sign-in.
func (d *Desk) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /staff", d.ask)
	mux.HandleFunc("POST /staff", d.signInDevice)
	mux.HandleFunc("POST /staff/in", d.signIn)
	mux.HandleFunc("POST /staff/key", d.answerKey)
	mux.HandleFunc("GET /staff/oidc", d.toProvider)
	mux.HandleFunc("GET /staff/oidc/back", d.fromProvider)
	mux.HandleFunc("GET /staff/oidc/in", d.finishProvider)
	mux.HandleFunc("POST /staff/demo", d.signInDemo)
	mux.HandleFunc("POST /staff/out", d.signOut)
	mux.HandleFunc("GET /staff/setup", d.askSetUp)
	mux.HandleFunc("POST /staff/setup", d.setUp)
	mux.HandleFunc("GET /staff/password", d.askPassword)
	mux.HandleFunc("POST /staff/password", d.choosePassword)
}

// signInPage asks for a number and a password, and for the secret of a device.
type signInPage struct {
	Next   string
	Notes  Notes
	Here   *ident.Device // the browser's own; nil for none
	Who    *ident.Staff  // who is signed in
	People bool          // there are accounts
	No     string        // as typed
	Demo   []ident.Staff // whom one may be with one click
	Done   bool          // a password was just chosen
	OIDC   string        // name of the provider that vouches for people; "" for none
}

func (d *Desk) ask(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, signInPage{Next: inside(r.FormValue("next")), Done: r.FormValue("done") != ""})
}

// show fills the page with what is known of the browser.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, status int, p signInPage) {
	actor, err := d.actor(r)
	if err == nil {
		p.People, err = d.kit.Accounts.Any(r.Context())
	}
	if err == nil && p.People && d.oneClick() {
		var list []ident.Account
		list, err = d.kit.Accounts.List(r.Context(), "", demoMost)
		for _, a := range list {
			if !a.Off {
				p.Demo = append(p.Demo, a.Staff)
			}
		}
	}
	if err != nil {
		d.kit.Fault(w, r, fmt.Errorf("showing the sign-in: %w", err))
		return
	}
	p.Here, p.Who = actor.Device, actor.Staff
	if d.kit.OIDC != nil {
		p.OIDC = d.kit.OIDC.Name()
	}
	if d.kit.Devices.IsOpen() {
		p.Here = nil
	}
	d.book.Show(w, r, status, "sign_in", p)
}

const demoMost = 20

// oneClick says that everybody may act for staff here anyway, so that nobody needs a
// password.
func (d *Desk) oneClick() bool {
	return d.kit.Demo && d.kit.Devices.IsOpen() && d.kit.Accounts != nil
}

// refused shows the form again with what is wrong; a fault goes its own way.
func (d *Desk) refused(w http.ResponseWriter, r *http.Request, p signInPage, err error) {
	p.Notes = Notes{}
	if err := p.Notes.Add(err); err != nil {
		d.kit.Fault(w, r, fmt.Errorf("signing in: %w", err))
		return
	}
	d.show(w, r, http.StatusForbidden, p)
}

// signInDevice makes the browser a device's.
func (d *Desk) signInDevice(w http.ResponseWriter, r *http.Request) {
	p := signInPage{Next: inside(r.PostFormValue("next"))}
	if err := d.kit.Limit.Try(r); err != nil {
		d.refused(w, r, p, err)
		return
	}
	secret := strings.TrimSpace(r.PostFormValue("secret"))
	device, ok := d.kit.Devices.Find(secret)
	if !ok {
		d.refused(w, r, p, chepiao.Refuse(chepiao.Unauthorized, "设备口令不对", "this is no device's secret").At("secret"))
		return
	}
	d.keep(w, r, deviceCookie, secret)
	http.Redirect(w, r, cmpOr(p.Next, homeOfDevice(device.Role)), http.StatusSeeOther)
}

// signIn opens a session for a person.
func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) {
	p := signInPage{Next: inside(r.PostFormValue("next")), No: r.PostFormValue("staff")}
	no, err := chepiao.ParseStaffNo(p.No)
	if err == nil && d.kit.Accounts == nil {
		err = chepiao.Refuse(chepiao.Unauthorized, "本系统尚未建立员工账号", "there are no staff accounts yet").At("staff")
	}
	if err != nil {
		d.refused(w, r, p, err)
		return
	}
	act, device := d.act(r)
	s, proof, err := d.kit.Accounts.SignIn(r.Context(), act, no, r.PostFormValue("password"), device)
	if err != nil {
		d.refused(w, r, p, err)
		return
	}
	if proof.Keys {
		d.askKey(w, r, p, proof)
		return
	}
	d.enter(w, r, s, p.Next)
}

// signInDemo is the button of somebody invented.
func (d *Desk) signInDemo(w http.ResponseWriter, r *http.Request) {
	p := signInPage{Next: inside(r.PostFormValue("next"))}
	no, err := chepiao.ParseStaffNo(r.PostFormValue("staff"))
	if err == nil && !d.oneClick() {
		err = chepiao.Refuse(chepiao.Unauthorized, "只有演示系统可以这样登录", "only a demo lets people in like this").At("staff")
	}
	if err != nil {
		d.refused(w, r, p, err)
		return
	}
	act, device := d.act(r)
	s, err := d.kit.Accounts.SignInAs(r.Context(), act, no, device)
	if err != nil {
		d.refused(w, r, p, err)
		return
	}
	d.enter(w, r, s, p.Next)
}

// act is who signs in, from where: no page for staff is open yet.
func (d *Desk) act(r *http.Request) (ident.Act, *ident.Device) {
	actor := ident.Actor{}
	if device, ok := d.device(r); ok {
		actor.Device = &device
	}
	act := ident.Act{By: actor.By(), Address: address(r)}
	if code := actor.Station(); code != "" {
		if s, err := d.kit.Office.Timetable().StationByCode(code, "station"); err == nil {
			act.Where = s.No
		}
	}
	return act, actor.Device
}

// enter leaves the session's token with the browser and shows what somebody in
// these roles begins with. A session before it ends.
func (d *Desk) enter(w http.ResponseWriter, r *http.Request, s ident.Session, next string) {
	if old, err := r.Cookie(staffCookie); err == nil {
		act, _ := d.act(r)
		if err := d.kit.Accounts.SignOut(r.Context(), act, old.Value); err != nil {
			d.kit.Fault(w, r, fmt.Errorf("ending the session before: %w", err))
			return
		}
	}
	d.keep(w, r, staffCookie, s.Token)
	http.Redirect(w, r, cmpOr(next, homeOfStaff(s.Staff)), http.StatusSeeOther)
}

// keep leaves a secret with the browser for a day: scripts cannot read it, and no
// other site's request carries it.
func (d *Desk) keep(w http.ResponseWriter, r *http.Request, name, secret string) {
	const day = 24 * 3600
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: secret, Path: "/", MaxAge: day,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: watch.Secure(r),
	})
}

// signOut ends the person's session; where nobody has signed in, or the form says
// so, the browser is no device's any more.
func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) {
	c, err := r.Cookie(staffCookie)
	name := staffCookie
	if err != nil || r.PostFormValue("device") != "" {
		name = deviceCookie
	} else if d.kit.Accounts != nil {
		act, _ := d.act(r)
		if err := d.kit.Accounts.SignOut(r.Context(), act, c.Value); err != nil && chepiao.AsRefusal(err) == nil {
			d.kit.Fault(w, r, fmt.Errorf("signing out: %w", err))
			return
		}
	}
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/staff", http.StatusSeeOther)
}

func homeOfDevice(role ident.Role) string {
	switch role {
	case ident.Gate:
		return "/gate"
	case ident.Desk:
		return "/desk"
	case ident.Kiosk:
		return "/kiosk"
	}
	return "/window"
}

func homeOfStaff(s ident.Staff) string {
	for _, one := range []struct {
		verb ident.Verb
		home string
	}{{ident.Operate, "/desk"}, {ident.SellAtWindow, "/window"}, {ident.Check, "/gate"}, {ident.ManageStaff, "/staff/accounts"}} {
		if s.May(one.verb) {
			return one.home
		}
	}
	return "/staff"
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
