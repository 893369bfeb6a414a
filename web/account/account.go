// Package account is the pages of passengers who sign in by their phone: their
// orders, whom they buy for, what they were told, who looked them up, and what is
// kept about them, to be taken out or erased. Nobody needs an account to travel:
// buying, showing a ticket and giving it back go without.
package account

import (
	"embed"
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the account's pages.
type Pages struct {
	*ui.Kit
	book  *ui.Book
	codes *ui.Limit // that one address may ask for
}

// Codes that one address may ask for at once, and then in an hour: a household, or
// a waiting room behind one address.
const (
	codesAtOnce = 20
	codesHour   = 60
)

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "phone")
	return &Pages{k, book, ui.NewLimitOf(k.Now, codesAtOnce, codesHour/60)}, err
}

const (
	home   = "/me"
	signIn = "/me/sign-in"
)

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /me", p.mine(p.orders))
	mux.HandleFunc("GET /me/sign-in", p.askPhone)
	mux.HandleFunc("POST /me/code", p.sendCode)
	mux.HandleFunc("POST /me/sign-in", p.signIn)
	mux.HandleFunc("GET /me/network", p.confirm)
	mux.HandleFunc("GET /me/network/back", p.confirmed)
	mux.HandleFunc("POST /me/out", p.signOut)
	mux.HandleFunc("POST /me/out/everywhere", p.mine(p.signOutEverywhere))
	mux.HandleFunc("POST /me/orders", p.mine(p.link))
	mux.HandleFunc("GET /me/passengers", p.mine(p.passengers))
	mux.HandleFunc("POST /me/passengers", p.mine(p.save))
	mux.HandleFunc("POST /me/passengers/draft", p.mine(p.draft))
	mux.HandleFunc("GET /me/passengers/{saved}", p.mine(p.edit))
	mux.HandleFunc("POST /me/passengers/{saved}/forget", p.mine(p.forget))
	mux.HandleFunc("GET /me/messages", p.mine(p.messages))
	mux.HandleFunc("GET /me/looks", p.mine(p.looks))
	mux.HandleFunc("GET /me/data", p.mine(p.data))
	mux.HandleFunc("POST /me/data/copy", p.mine(p.fresh(p.copy)))
	mux.HandleFunc("POST /me/erase", p.mine(p.fresh(p.erase)))
}

// page answers a request of whoever is signed in.
type page func(http.ResponseWriter, *http.Request, office.MemberSession)

// mine sends nobody to the sign-in, and back afterwards.
func (p *Pages) mine(show page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, ok := p.Session(r)
		if !ok {
			http.Redirect(w, r, signInFor(r, false), http.StatusSeeOther)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		show(w, r, s)
	}
}

// fresh demands that somebody has signed in just now: a phone that was left open
// must not give away or erase what its owner has here.
func (p *Pages) fresh(show page) page {
	return func(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
		if !s.Fresh {
			http.Redirect(w, r, signInFor(r, true), http.StatusSeeOther)
			return
		}
		show(w, r, s)
	}
}

// signInFor is the sign-in that leads back to a page; from a form, to the page that
// has it.
func signInFor(r *http.Request, again bool) string {
	q := url.Values{"next": {r.URL.Path}}
	if r.Method != http.MethodGet {
		q.Set("next", "/me/data")
	}
	if again {
		q.Set("again", "1")
	}
	return signIn + "?" + q.Encode()
}

// lineOf is an order in the list.
type lineOf struct {
	ui.Trip
	File   office.File
	People string // masked
	Link   string
}

// ordersPage lists what a member has bought.
type ordersPage struct {
	Phone       chepiao.Phone
	Ahead, Past []lineOf
	Older       chepiao.OrderID // to go on before; 0 at the end
	First       bool            // the newest are on this page
}

// ordersShown is how many orders stand on a page.
const ordersShown = 20

func (p *Pages) orders(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	page := ordersPage{First: true}
	var before chepiao.OrderID
	var err error
	if q := r.URL.Query().Get("before"); q != "" {
		page.First = false
		if before, err = chepiao.ParseOrderID(q); err != nil {
			p.book.Refused(w, r, err, home)
			return
		}
	}
	_, phone, err := p.Office.Member(r.Context(), s.Member)
	if err != nil {
		p.book.Refused(w, r, err, signIn)
		return
	}
	page.Phone = phone
	files, older, err := p.Office.MemberOrders(r.Context(), s.Member, before, ordersShown)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Older = older
	for _, f := range files {
		board, alight, err := f.Run.Template.Find(f.Order.From, f.Order.To)
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		line := lineOf{Trip: p.Trip(f.Run, board, alight), File: f, Link: "/o/" + f.Order.ID.String() + "/" + f.Order.Key}
		for i, one := range f.Passengers {
			if i > 0 {
				line.People += " "
			}
			line.People += one.Name.String()
		}
		if f.Ahead(p.Now()) {
			page.Ahead = append(page.Ahead, line)
		} else {
			page.Past = append(page.Past, line)
		}
	}
	p.book.Show(w, r, http.StatusOK, "orders", page)
}

// link adds an order that was bought without an account.
func (p *Pages) link(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	id, err := chepiao.ParseOrderID(r.PostFormValue("order"))
	if err == nil {
		err = p.Office.LinkOrder(r.Context(), s.Member, id, r.PostFormValue("key"))
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	http.Redirect(w, r, home, http.StatusSeeOther)
}
