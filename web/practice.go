package web

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// practice is where clerks learn: the pages of a window over an office of their own,
// with the same timetable and rules, whose store is thrown away. A browser that
// practises says so with a cookie; what it asks for on the pages of a window never
// comes near the real office. Where a practice has ended, because the program was
// started anew, the browser is told and begins nothing: whoever believes that they
// practise must not sell.
type practice struct {
	open  func(context.Context) (*office.Office, func(), error) // a fresh one, and its end
	pages func(*office.Office) (http.Handler, error)
	real  http.Handler
	kit   *ui.Kit
	book  *ui.Book

	mu    sync.Mutex
	play  http.Handler // nil: nobody practised yet
	token string
	net   *office.Timetable // that it was opened with
	since time.Time
	over  func()
}

const (
	practiceCookie = "practice"
	practicePath   = "/window/practice"
	practiceFor    = 12 * time.Hour // a day's practice; then there is a fresh one
	practiceGrace  = time.Minute
)

// practised are the pages that exist for practice as well.
var practised = []string{"/window", "/shift", "/paper"}

func (p *practice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := r.Cookie(practiceCookie)
	if err != nil || !isPractised(r.URL.Path) || strings.HasPrefix(r.URL.Path, practicePath) {
		p.real.ServeHTTP(w, r)
		return
	}
	p.mu.Lock()
	play, same := p.play, p.play != nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(p.token)) == 1
	p.mu.Unlock()
	if !same {
		p.keep(w, r, "")
		http.Redirect(w, r, practicePath+"?ended=1", http.StatusSeeOther)
		return
	}
	play.ServeHTTP(w, r)
}

func isPractised(path string) bool {
	for _, root := range practised {
		if rest, ok := strings.CutPrefix(path, root); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// routes adds the ways in and out.
func (p *practice) routes(mux *http.ServeMux, desk *ui.Desk) {
	mux.HandleFunc("GET "+practicePath, desk.Only(ident.Practise, p.ask))
	mux.HandleFunc("POST "+practicePath, desk.Only(ident.Practise, p.begin))
	mux.HandleFunc("POST "+practicePath+"/end", p.end)
}

// practicePage says what practice is, and whether it has just ended by itself.
type practicePage struct{ Ended bool }

func (p *practice) ask(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "practice", practicePage{r.URL.Query().Get("ended") != ""})
}

// begin lets this browser practise.
func (p *practice) begin(w http.ResponseWriter, r *http.Request) {
	token, err := p.ready(r.Context())
	if err != nil {
		p.kit.Fault(w, r, err)
		return
	}
	p.keep(w, r, token)
	http.Redirect(w, r, "/window", http.StatusSeeOther)
}

// end leads back to the real window.
func (p *practice) end(w http.ResponseWriter, r *http.Request) {
	p.keep(w, r, "")
	http.Redirect(w, r, "/window", http.StatusSeeOther)
}

// ready opens an office for practice, unless there is one of today's timetable.
func (p *practice) ready(ctx context.Context) (token string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, net := p.kit.Now(), p.kit.Office.Timetable()
	if p.play != nil && p.net == net && now.Sub(p.since) < practiceFor {
		return p.token, nil
	}
	own, over, err := p.open(context.WithoutCancel(ctx))
	if err != nil {
		return "", fmt.Errorf("opening an office for practice: %w", err)
	}
	play, err := p.pages(own)
	if err == nil {
		token, err = p.kit.Secret()
	}
	if err != nil {
		over()
		return "", err
	}
	if p.over != nil { // nobody's cookie fits it any more; who is being answered is let finish
		time.AfterFunc(practiceGrace, p.over)
	}
	p.play, p.token, p.net, p.since, p.over = play, token, net, now, over
	return token, nil
}

func (p *practice) keep(w http.ResponseWriter, r *http.Request, token string) {
	for _, name := range []string{"sales", "last"} { // sales under way are those of the other office
		ui.Remember(w, r, "/window", name, "", 0)
	}
	ui.Remember(w, r, "/", practiceCookie, token, practiceFor)
}
