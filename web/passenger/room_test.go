package passenger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

// crowded is a stage on which one person a second is called in to buy any
// departure that is on sale; the lobby of the next day to open gives out places.
func crowded(t *testing.T, lang string) *stage.Stage {
	t.Helper()
	s := stage.Open(t, stage.Options{})
	s.Lang = lang
	_, err := s.Office.SetSheet(context.Background(), office.Verb{ID: "rules", By: "test"}, office.SheetInput{
		Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "opening",
		Values: json.RawMessage(`{"room":true,"room_lasts":864000,"room_before":86400,"room_rate":1,"room_least":1}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keep does what a browser does with the cookies of an answer.
func keep(s *stage.Stage, p stage.Page) {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		s.Cookies = slices.DeleteFunc(s.Cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		s.Cookies = append(s.Cookies, c)
	}
}

// others come to a departure and wait.
func others(t *testing.T, s *stage.Stage, path string, n int) {
	t.Helper()
	id, err := chepiao.ParseDepartureID(path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	tt := s.Office.Timetable()
	a, _ := tt.StationByCode(from, "from")
	b, _ := tt.StationByCode(to, "to")
	for range n {
		if _, err := s.Office.EnterRoom(context.Background(), s.Now(), id, a.No, b.No, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// called lets seconds go by in which people are called.
func called(t *testing.T, s *stage.Stage, seconds int) {
	t.Helper()
	for range 2 * seconds {
		s.Pass(500 * time.Millisecond)
		if _, err := s.Office.CallRooms(context.Background(), s.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRoomPages: a passenger waits, keeps the place, is called, buys, and is told
// when the place is over.
func TestRoomPages(t *testing.T) {
	for _, lang := range langs {
		s := crowded(t, lang)
		path, query := departure(t, s, "JA1707")
		room := strings.Replace(path, "/departures/", "/room/", 1) + query
		others(t, s, path, 41) // the first walks in
		s.Pass(50 * time.Millisecond)
		sent := s.Get(path + query)
		if sent.Location() != room {
			t.Fatalf("in a crowd the departure leads to %s", sent.Location())
		}
		keep(s, sent)
		if c := s.Cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("the place is kept as %v", c)
		}
		called(t, s, 12)
		page := s.Get(room).Want(200, `value="12"`, `hx-trigger="every`, `http-equiv="refresh"`).Golden("room-" + lang)
		if page.Header.Get("Set-Cookie") != "" || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("looking again gives %v", page.Header)
		}
		s.Get(room).Want(200, `value="12"`) // another tab, or a reload
		f := riders(1)
		f.Set("once", "early")
		if to := s.Post(path+"/hold"+query, f).Location(); to != room {
			t.Errorf("a hold before the turn leads to %s", to)
		}
		called(t, s, 31)
		if to := s.Get(room).Location(); to != path+query {
			t.Errorf("whose turn it is is led to %s", to)
		}
		part := httptest.NewRequest("GET", room, nil)
		part.Header.Set("HX-Request", "true")
		if got := s.Visit(part); got.Status != 204 || got.Header.Get("HX-Redirect") != path+query {
			t.Errorf("a page that asks by itself: %d %v", got.Status, got.Header)
		}
		f.Set("once", s.Get(path+query).Want(200, `class="your-turn"`).Golden("room-turn-"+lang).Field("once"))
		s.Get(s.Post(path+"/hold"+query, f).Location()).Want(200)
		others(t, s, path, 5)
		s.Get(room).Want(200).Golden("room-used-" + lang)
		again := s.Post(room, nil)
		if again.Location() != room {
			t.Errorf("taking a place again leads to %s", again.Location())
		}
		keep(s, again)
		s.Get(room).Want(200, `max="5"`)
		called(t, s, 10)
		s.Pass(20 * time.Minute)
		s.Get(room).Want(200).Golden("room-lapsed-" + lang)
	}
}

// TestLobbyPages: before the opening the departure offers the waiting room, which
// counts down.
func TestLobbyPages(t *testing.T) {
	for _, lang := range langs {
		s := crowded(t, lang)
		path, query := departure(t, s, "JA1707")
		id, err := chepiao.ParseDepartureID(path[strings.LastIndex(path, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		path = "/passenger/departures/" + chepiao.MakeDepartureID(id.Template(), id.Day()+8).String()
		room := strings.Replace(path, "/departures/", "/room/", 1) + query
		s.Get(path+query).Want(200, html.EscapeString(room), "alert").Lacks(`id="sale"`).Golden("room-closed-" + lang)
		others(t, s, path, 2)
		s.Pass(time.Second)
		enter := s.Get(room)
		if enter.Location() != room+"&kept=1" {
			t.Fatalf("entering leads to %s", enter.Location())
		}
		s.Get(room+"&kept=1").Want(403, "ookie") // a browser that keeps none
		keep(s, enter)
		s.Get(room+"&kept=1").Want(200, "data-deadline", fmt.Sprint("<dd>", 3, "</dd>")).Golden("room-lobby-" + lang)
	}
}

// TestNoRoomToSee: where the rules have no room, or few come, nobody sees it.
func TestNoRoomToSee(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	path, query := departure(t, s, "JA1707")
	if page := s.Get(path + query).Want(200); page.Header.Get("Set-Cookie") != "" {
		t.Error("a place was given without a room")
	}
	if to := s.Get(strings.Replace(path, "/departures/", "/room/", 1) + query).Location(); to != path+query {
		t.Errorf("a room that is not there leads to %s", to)
	}
	s = crowded(t, "zh")
	page := s.Get(path + query).Want(200).Lacks(`class="your-turn"`)
	keep(s, page)
	f := riders(1)
	f.Set("once", page.Field("once"))
	s.Get(s.Post(path+"/hold"+query, f).Location()).Want(200)
}

// TestRebookWaitsItsTurn: moving to another departure is buying there.
func TestRebookWaitsItsTurn(t *testing.T) {
	s := crowded(t, "zh")
	path, query := departure(t, s, "JA1707")
	keep(s, s.Get(path+query).Want(200))
	order := paid(t, s, held(t, s, riders(1)))
	others(t, s, path, 5)
	list := s.Get(order + "/rebook?sent=1&ticket=" + ticketOf(t, s, order))
	link := regexp.MustCompile(`href="(` + order + `/rebook/[^"]*)"`).FindStringSubmatch(list.Body)
	if link == nil {
		t.Fatalf("nothing to move to: %.600s", list.Text())
	}
	address := html.UnescapeString(link[1])
	move := s.Get(address).Want(200)
	form := url.Values{"once": {move.Field("once")}, "ticket": {ticketOf(t, s, order)}, "back": {move.Field("back")}}
	post := address[:strings.Index(address, "?")]
	no := s.Post(post, form).Want(409, "前面还有 5 人")
	keep(s, no)
	called(t, s, 6)
	s.Get(s.Post(post, form).Location()).Want(200)
}

func ticketOf(t *testing.T, s *stage.Stage, order string) string {
	t.Helper()
	id, err := chepiao.ParseOrderID(strings.Split(order, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Office.Look(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f.Tickets[0].ID.String()
}
