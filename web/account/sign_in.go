package account

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"chepiao"
	"chepiao/web/ui"
)

// signInPage asks for a phone, then for the code that was sent there. The phone
// travels in forms only, never in an address.
type signInPage struct {
	Phone   string
	Sent    bool
	Next    string
	Again   bool // is signed in, and must show once more that it is them
	Network bool // the network identity may be used instead
	Trouble *chepiao.Refusal
	Notes   ui.Notes
}

func (p *Pages) askPhone(w http.ResponseWriter, r *http.Request) {
	again := r.URL.Query().Get("again") != ""
	if _, ok := p.Session(r); ok && !again {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	p.book.Show(w, r, http.StatusOK, "sign_in", signInPage{Next: inside(r.URL.Query().Get("next")), Again: again, Network: p.Office.HasNetworkID()})
}

func readSignIn(r *http.Request) signInPage {
	return signInPage{Phone: strings.TrimSpace(r.PostFormValue("phone")), Next: inside(r.PostFormValue("next")), Again: r.PostFormValue("again") != "", Notes: ui.Notes{}}
}

// sendCode sends a code and asks for it.
func (p *Pages) sendCode(w http.ResponseWriter, r *http.Request) {
	page := readSignIn(r)
	err := p.codes.Try(r)
	if err == nil {
		err = p.Office.AskCode(r.Context(), p.Now(), page.Phone, string(ui.Language(r)))
	}
	refusal := chepiao.AsRefusal(err)
	// A code was sent a moment ago: it may still be typed in.
	page.Sent = err == nil || refusal != nil && refusal.Reason == chepiao.TooMany && r.PostFormValue("sent") != ""
	page.Network = !page.Sent && p.Office.HasNetworkID()
	status := http.StatusOK
	if refusal != nil {
		status = ui.Told(r, refusal)
	}
	if err := page.Notes.Add(err); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, status, "sign_in", page)
}

// signIn answers with the code.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	page := readSignIn(r)
	page.Sent = true
	err := p.Limit.Try(r)
	if err == nil {
		code := strings.TrimSpace(r.PostFormValue("code"))
		s, signInErr := p.Office.SignIn(r.Context(), page.Phone, code)
		if err = signInErr; err == nil {
			p.KeepSession(w, r, s)
			http.Redirect(w, r, orHome(page.Next), http.StatusSeeOther)
			return
		}
	}
	refusal := chepiao.AsRefusal(err)
	if err := page.Notes.Add(err); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, ui.Told(r, refusal), "sign_in", page)
}

// networkCookie ties the answer of the network identity's page to the browser that
// went there, so that nobody can sign somebody else in as themselves.
const networkCookie = "network"

// confirm goes to the page of the national service.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) {
	state, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	scheme := "http"
	if ui.Secure(r) {
		scheme = "https"
	}
	to, err := p.Office.NetworkIDPage((&url.URL{Scheme: scheme, Host: r.Host, Path: "/me/network/back"}).String(), state)
	if err != nil {
		p.book.Refused(w, r, err, signIn)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: networkCookie, Value: state, Path: "/me/network", MaxAge: 600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r)})
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// confirmed takes the token that came back: good once, and of no use to anybody
// else.
func (p *Pages) confirmed(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: networkCookie, Path: "/me/network", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	q := r.URL.Query()
	c, err := r.Cookie(networkCookie)
	if err != nil || subtle.ConstantTimeCompare([]byte(c.Value), []byte(q.Get("state"))) != 1 {
		p.book.Refused(w, r, chepiao.Refuse(chepiao.Unauthorized, "认证已中断，请重新开始", "this was interrupted: please begin again"), signIn)
		return
	}
	if err = p.Limit.Try(r); err == nil {
		s, signInErr := p.Office.SignInByNetworkID(r.Context(), p.Now(), q.Get("token"))
		if err = signInErr; err == nil {
			p.KeepSession(w, r, s)
			http.Redirect(w, r, home, http.StatusSeeOther)
			return
		}
	}
	p.book.Refused(w, r, err, signIn)
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	if err := p.EndSession(w, r); err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	http.Redirect(w, r, "/passenger", http.StatusSeeOther)
}

// inside is an address within these pages, "" for any other.
func inside(next string) string {
	if strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.ContainsAny(next, "\\\r\n") {
		return next
	}
	return ""
}

func orHome(next string) string {
	if next == "" {
		return home
	}
	return next
}
