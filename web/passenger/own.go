package passenger

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// An order's link may be passed on: to who travels along, to who pays. It shows
// names and documents masked. Who they are in full is shown only in a browser
// that has named a document of the order: when it was bought, or to find it
// again. The cookie that says so is made of the order's key and that document,
// so that a link alone cannot make it.
const (
	ownCookie = "own"
	ownLasts  = 120 * 24 * time.Hour
)

func ownProof(o chepiao.Order, d chepiao.Document) string {
	sum := sha256.Sum256([]byte("chepiao own\x00" + o.ID.String() + "\x00" + o.Key + "\x00" + d.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// own remembers in this browser that a document of the order was named in it.
func own(w http.ResponseWriter, r *http.Request, o chepiao.Order, d chepiao.Document) {
	if d.IsZero() {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: ownCookie, Value: ownProof(o, d), Path: "/o/" + o.ID.String(), MaxAge: int(ownLasts / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r),
	})
}

// owns says whether it was.
func owns(r *http.Request, f office.File) bool {
	c, err := r.Cookie(ownCookie)
	return err == nil && slices.ContainsFunc(f.Passengers, func(p chepiao.Passenger) bool {
		return !p.Document.IsZero() && subtle.ConstantTimeCompare([]byte(c.Value), []byte(ownProof(f.Order, p.Document))) == 1
	})
}

// ownForm is own for an order that was just made of a form.
func ownForm(w http.ResponseWriter, r *http.Request, o chepiao.Order, f *ui.Form, today chepiao.Day) {
	for _, row := range f.Rows {
		if row.Dependent() || row.Nameless() {
			continue
		}
		if d, err := chepiao.NewDocument(row.DocumentKind(), row.Number, row.Nationality, today); err == nil {
			own(w, r, o, d)
			return
		}
	}
}

// ownMoved is own for an order that the tickets of another were moved to.
func ownMoved(w http.ResponseWriter, r *http.Request, f office.File, to chepiao.Order) {
	if owns(r, f) {
		for _, p := range f.Passengers {
			if !p.Document.IsZero() {
				own(w, r, to, p.Document)
				return
			}
		}
	}
}

// reveal shows one ticket's passenger in full, in a browser that may see it; in
// another it says how to get there.
func (p *Pages) reveal(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	var note *chepiao.Refusal
	id, err := chepiao.ParseTicketID(r.PostFormValue("ticket"))
	switch {
	case err != nil:
		note = chepiao.AsRefusal(err)
	case !owns(r, f):
		note = chepiao.Refuse(chepiao.Unauthorized, "请先用订单中的证件查询该订单，再查看完整信息", "find this order with a document used in it first: then names show in full").At("ticket")
	default:
		p.showOrderOf(w, r, http.StatusOK, f, nil, id)
		return
	}
	p.showOrder(w, r, ui.Told(r, note), f, note)
}
