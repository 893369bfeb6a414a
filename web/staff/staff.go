// Package staff is the pages about people who work here: the accounts that an
// administrator keeps, and each person's own page, with their password, their
// passkeys and where they are signed in.
package staff

import (
	"embed"
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the pages about staff.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "staff")
	return &Pages{k, book}, err
}

const home = "/staff/accounts"

// Routes adds the pages to a mux. Where the system has no accounts there are none.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	if p.Accounts == nil {
		return
	}
	for pattern, page := range map[string]http.HandlerFunc{
		"GET " + home:                    p.list,
		"POST " + home:                   p.add,
		"GET " + home + "/{no}":          p.account,
		"POST " + home + "/{no}":         p.change,
		"POST " + home + "/{no}/reset":   p.reset,
		"POST " + home + "/{no}/session": p.endSession,
	} {
		mux.HandleFunc(pattern, desk.Only(ident.ManageStaff, page))
	}
	for pattern, page := range map[string]http.HandlerFunc{
		"GET /staff/me":           p.me,
		"POST /staff/me/password": p.changePassword,
		"POST /staff/me/session":  p.endOwn,
		"GET /staff/me/key":       p.askNewKey,
		"POST /staff/me/key":      p.addKey,
		"POST /staff/me/key/off":  p.removeKey,
	} {
		mux.HandleFunc(pattern, desk.Signed(page))
	}
}

// no is the staff number in the address. Refusal Invalid.
func no(r *http.Request) (chepiao.StaffNo, error) { return chepiao.ParseStaffNo(r.PathValue("no")) }
