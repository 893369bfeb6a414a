package ui

import (
	"fmt"
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/ident"
)

// The other ways in: a passkey beside the password, and a provider that vouches for
// somebody.

// keyPage asks the browser for a passkey. Options are what the browser needs, as
// JSON; Code names the question.
type keyPage struct{ Options, Code string }

// askKey shows whoever has proved their password that a passkey has to answer, too.
func (d *Desk) askKey(w http.ResponseWriter, r *http.Request, p signInPage, proof ident.Proof) {
	if d.kit.Keys == nil {
		d.refused(w, r, p, chepiao.Refuse(chepiao.Unauthorized, "此账号须用通行密钥，请从系统的正式网址登录", "this account has a passkey: sign in at the system's own address").At("password"))
		return
	}
	options, code, err := d.kit.Accounts.AskKey(r.Context(), d.kit.Keys, proof, p.Next)
	if err != nil {
		d.kit.Fault(w, r, err)
		return
	}
	d.book.Show(w, r, http.StatusOK, "passkey", keyPage{string(options), code})
}

func (d *Desk) answerKey(w http.ResponseWriter, r *http.Request) {
	if d.kit.Accounts == nil || d.kit.Keys == nil {
		d.book.Missing(w, r)
		return
	}
	act, device := d.act(r)
	s, next, err := d.kit.Accounts.FinishKey(r.Context(), d.kit.Keys, act, r.PostFormValue("code"), []byte(r.PostFormValue("answer")), device)
	if err != nil {
		d.refused(w, r, signInPage{}, atPassword(err))
		return
	}
	d.enter(w, r, s, next)
}

// atPassword shows a refusal beside the password, where the sign-in begins again.
func atPassword(err error) error {
	if r := chepiao.AsRefusal(err); r != nil {
		return r.At("password")
	}
	return err
}

const stateCookie = "oidc"

// toProvider sends somebody to the provider. The state stays with the browser, so
// that nobody can be signed in as somebody else by a link.
func (d *Desk) toProvider(w http.ResponseWriter, r *http.Request) {
	if d.kit.Accounts == nil || d.kit.OIDC == nil {
		d.book.Missing(w, r)
		return
	}
	var to, state string
	err := d.kit.Limit.Try(r)
	if err == nil {
		to, state, err = d.kit.Accounts.BeginOIDC(r.Context(), d.kit.OIDC, inside(r.FormValue("next")))
	}
	if err != nil {
		d.refused(w, r, signInPage{Next: inside(r.FormValue("next"))}, atPassword(err))
		return
	}
	d.keep(w, r, stateCookie, state)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// backPage leads on from where the provider sent somebody to.
type backPage struct{ To string }

// fromProvider is where the provider sends somebody back to. Its request comes from
// another site, so the browser kept its secrets back: a page of our own asks anew.
func (d *Desk) fromProvider(w http.ResponseWriter, r *http.Request) {
	q := url.Values{"state": {r.FormValue("state")}, "code": {r.FormValue("code")}}
	d.book.Show(w, r, http.StatusOK, "back", backPage{"/staff/oidc/in?" + q.Encode()})
}

func (d *Desk) finishProvider(w http.ResponseWriter, r *http.Request) {
	if d.kit.Accounts == nil || d.kit.OIDC == nil {
		d.book.Missing(w, r)
		return
	}
	kept := ""
	if c, err := r.Cookie(stateCookie); err == nil {
		kept = c.Value
	}
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	act, device := d.act(r)
	s, next, err := d.kit.Accounts.FinishOIDC(r.Context(), d.kit.OIDC, act, kept, r.FormValue("state"), r.FormValue("code"), device)
	if err != nil && chepiao.AsRefusal(err) == nil {
		err = fmt.Errorf("signing in by the provider: %w", err)
	}
	if err != nil {
		d.refused(w, r, signInPage{Next: next}, atPassword(err))
		return
	}
	d.enter(w, r, s, next)
}
