package ui

import (
	"net/http"

	"chepiao"
	"chepiao/office"
	"chepiao/watch"
)

// memberCookie holds the token of a passenger's session. Nothing needs one.
const memberCookie = "me"

// Session is the passenger who is signed in, if anybody is. A store that does not
// answer signs nobody in: pages go on without the account.
func (k *Kit) Session(r *http.Request) (office.MemberSession, bool) {
	c, err := r.Cookie(memberCookie)
	if err != nil {
		return office.MemberSession{}, false
	}
	s, ok, err := k.Office.Session(r.Context(), k.Now(), c.Value)
	if err != nil {
		k.Log.WarnContext(r.Context(), "finding who is signed in", "error", err)
		return office.MemberSession{}, false
	}
	return s, ok
}

// Member is the passenger who is signed in, 0 for nobody.
func (k *Kit) Member(r *http.Request) (chepiao.MemberID, bool) {
	s, ok := k.Session(r)
	return s.Member, ok
}

// KeepSession leaves a new session with the browser: no script reads it. It goes
// along when a wallet sends the payer back, but with no form of another site.
func (k *Kit) KeepSession(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	http.SetCookie(w, &http.Cookie{
		Name: memberCookie, Value: s.Token, Path: "/", MaxAge: int(chepiao.SessionLasts.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: watch.Secure(r),
	})
}

// EndSession ends the session of the browser.
func (k *Kit) EndSession(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, &http.Cookie{Name: memberCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	if c, err := r.Cookie(memberCookie); err == nil {
		return k.Office.SignOut(r.Context(), c.Value)
	}
	return nil
}
