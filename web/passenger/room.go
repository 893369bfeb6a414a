package passenger

import (
	"fmt"
	"net/http"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// roomPage is where somebody waits until it is their turn to buy.
type roomPage struct {
	ui.Trip
	View   office.RoomView
	Before bool // the sale has not opened
	Over   bool // the place was used, or not used in time: a new one may be taken
	Free   int  // seats left on the departure
	Began  int  // people ahead at arrival
	Done   int  // of those, how many are no longer ahead
	Good   int  // minutes to buy in, once it is the passenger's turn
	Link   string
	Back   string
	Again  int    // seconds until the page asks again
	Text   string // how long it takes
	Minute int    // people called a minute; 0: not known
}

// room shows how the visitor's place stands, and gives a place to whoever comes
// without one. Whose turn it is goes on to the departure.
func (p *Pages) room(w http.ResponseWriter, r *http.Request) {
	page, err := p.departurePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	link := roomLink(page)
	w.Header().Set("Cache-Control", "no-store")
	id, phase, err := p.Office.RoomOf(p.Now(), page.ID, page.From.No, page.To.No)
	if err == nil && phase == chepiao.NoRoom {
		redirect(w, r, departurePath(page))
		return
	}
	var v office.RoomView
	token := placeOf(r, id)
	if err == nil && token != "" {
		v, err = p.Office.LookRoom(r.Context(), p.Now(), page.ID, page.From.No, page.To.No, token)
	}
	switch {
	case err != nil && chepiao.Why(err) != chepiao.Invalid:
		p.book.Refused(w, r, err, home)
	case err == nil && token != "" && v.State == chepiao.RoomCalled:
		redirect(w, r, departurePath(page))
	case err == nil && token != "":
		p.showRoom(w, r, page, v, phase)
	case r.URL.Query().Has("kept"): // it was given a place and did not keep it
		p.book.Refused(w, r, chepiao.Refuse(chepiao.Unauthorized, "请允许浏览器保存 Cookie，否则无法保留排队位置", "please allow cookies: without them your place cannot be kept"), page.Back)
	default:
		if _, err := p.enter(w, r, page, ""); err != nil {
			p.book.Refused(w, r, err, home)
			return
		}
		redirect(w, r, link+"&kept=1")
	}
}

// takePlace takes a new place, for whoever has used or missed the last one.
func (p *Pages) takePlace(w http.ResponseWriter, r *http.Request) {
	page, err := p.departurePage(r)
	if err == nil {
		_, err = p.turn(w, r, page)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	redirect(w, r, roomLink(page))
}

func (p *Pages) showRoom(w http.ResponseWriter, r *http.Request, page *departurePage, v office.RoomView, phase chepiao.RoomPhase) {
	zh, en := v.Wait.Because.ZH, v.Wait.Because.EN
	if v.Wait.Known {
		zh, en = v.Wait.Say()
	}
	s := roomPage{Trip: page.Trip, View: v, Before: phase == chepiao.Lobby, Over: v.State != chepiao.RoomWaiting,
		Free: page.Offer.Free, Began: v.Began, Done: max(0, v.Began-v.Wait.Ahead), Good: page.Rules.RoomGood / 60,
		Link: roomLink(page), Back: page.Back, Again: int(v.AskAgain().Seconds()), Text: ui.Language(r).Pick(zh, en), Minute: v.Wait.Minute}
	if s.Before {
		s.Again = int(min(max(v.Opens.Sub(p.Now())/10, askSoon), askLate).Seconds())
	}
	p.book.Show(w, r, http.StatusOK, "room", s)
}

// Pauses between two looks before the opening.
const (
	askSoon = 2 * time.Second
	askLate = time.Minute
)

// turn lets a visitor of a departure's page through the waiting room, if there is
// one: it gives a place to whoever has none or a used one. Nil: no place is
// needed, or none is given yet.
func (p *Pages) turn(w http.ResponseWriter, r *http.Request, page *departurePage) (*office.RoomView, error) {
	id, phase, err := p.Office.RoomOf(p.Now(), page.ID, page.From.No, page.To.No)
	if err != nil || phase == chepiao.NoRoom {
		return nil, err
	}
	token := placeOf(r, id)
	if phase == chepiao.Lobby && token == "" && r.Method == http.MethodGet {
		page.Lobby = roomLink(page) // to be entered by choice
		return nil, nil
	}
	return p.enter(w, r, page, token)
}

// enter takes a place, or keeps the one of the token, and has the browser keep it.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, page *departurePage, token string) (*office.RoomView, error) {
	return p.enterAt(w, r, page.ID, page.From.No, page.To.No, token)
}

func (p *Pages) enterAt(w http.ResponseWriter, r *http.Request, id chepiao.DepartureID, from, to chepiao.StationNo, token string) (*office.RoomView, error) {
	v, err := p.Office.EnterRoom(r.Context(), p.Now(), id, from, to, token)
	if err != nil || v.Token == "" {
		return nil, err
	}
	if v.Token != token {
		http.SetCookie(w, &http.Cookie{Name: placeCookie(v.Place.Room), Value: v.Token, Path: "/", MaxAge: placeKept, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: ui.Secure(r)})
	}
	return &v, nil
}

// placeKept is how long a browser keeps a place, in seconds: it lapses long before.
const placeKept = 7 * 24 * 3600

func placeCookie(id chepiao.RoomID) string { return "place-" + id.String() }

// placeOf is the place that a browser keeps for a room, "" for none.
func placeOf(r *http.Request, id chepiao.RoomID) string {
	if c, err := r.Cookie(placeCookie(id)); err == nil {
		return c.Value
	}
	return ""
}

// place is the visitor's place before a departure, for a verb that needs it.
func (p *Pages) place(r *http.Request, departure chepiao.DepartureID, from, to chepiao.StationNo) string {
	id, _, err := p.Office.RoomOf(p.Now(), departure, from, to)
	if err != nil {
		return ""
	}
	return placeOf(r, id)
}

// rebookTurn gives whoever would move to a departure behind a waiting room a place
// there, and says how it stands: the same button works once it is their turn.
func (p *Pages) rebookTurn(w http.ResponseWriter, r *http.Request, o chepiao.Order, departure chepiao.DepartureID, refusal *chepiao.Refusal) (*chepiao.Refusal, error) {
	v, err := p.enterAt(w, r, departure, o.From, o.To, p.place(r, departure, o.From, o.To))
	if err != nil || v == nil {
		return refusal, err
	}
	if v.State == chepiao.RoomCalled {
		return chepiao.Refuse(chepiao.WaitForTurn, "轮到您了，请再次提交", "it is your turn: please send it again"), nil
	}
	return chepiao.Refuse(chepiao.WaitForTurn, fmt.Sprintf("购票人数较多，已为您取号 %d，前面还有 %d 人，请稍后再次提交", v.Place.No, v.Wait.Ahead),
		fmt.Sprintf("many people are buying: you have number %d, with %d people ahead; please send it again in a while", v.Place.No, v.Wait.Ahead)), nil
}

func departurePath(page *departurePage) string {
	return home + "/departures/" + page.ID.String() + page.Query
}

func roomLink(page *departurePage) string { return home + "/room/" + page.ID.String() + page.Query }

// redirect leads the browser on, also where only a part of the page was asked for.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
