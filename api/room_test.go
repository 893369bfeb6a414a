package api_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
)

// TestWaitingRoom: a place is taken in the lobby, waits, is called and holds
// once; nothing else holds meanwhile, and the window does not wait.
func TestWaitingRoom(t *testing.T) {
	h := newHouse(t)
	_, err := h.office.SetSheet(context.Background(), office.Verb{ID: "rules", By: "test"}, office.SheetInput{
		Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "opening", Values: json.RawMessage(`{"room":true,"room_rate":1,"room_least":1}`),
	})
	check(t, err)
	const trip = "1-20260311" // eight days ahead: on sale at midnight
	ask := `{"departure":"` + trip + `","from":"SJZ","to":"BD"}`
	room, look := "/api/v1/waiting-room", "/api/v1/waiting-room?departure="+trip+"&from=SJZ&to=BD"
	if got := h.get(200, "POST", room, ask); dig(got, "state") != "open" || dig(got, "place") != nil {
		t.Errorf("in the morning: %v", got)
	}
	h.at(time.Date(2026, 3, 3, 23, 45, 0, 0, shanghai))
	var places []string
	for i := range 3 {
		got := h.get(200, "POST", room, ask)
		if dig(got, "state") != "waiting" || dig(got, "number") != float64(i+1) || dig(got, "ahead") != float64(i) || dig(got, "known") != false || dig(got, "opens") != "2026-03-04T00:00:00+08:00" {
			t.Errorf("in the lobby: %v", got)
		}
		places = append(places, "Waiting-Place: "+dig(got, "place").(string))
		h.at(h.now().Add(time.Second))
	}
	if got := h.get(200, "POST", room, ask, places[2]); "Waiting-Place: "+dig(got, "place").(string) != places[2] || dig(got, "ahead") != 2.0 {
		t.Errorf("who comes again: %v", got)
	}
	h.at(time.Date(2026, 3, 4, 0, 0, 1, 0, shanghai))
	_, err = h.office.CallRooms(context.Background(), h.now())
	check(t, err)
	w := h.ask("POST", "/api/v1/orders", h.hold(trip, "SJZ", "BD", 1, ""))
	if w.Code != 429 || w.Header().Get("Retry-After") != "5" {
		t.Errorf("without a place: %d %v %s", w.Code, w.Header(), w.Body)
	}
	no := h.get(429, "POST", "/api/v1/orders", h.hold(trip, "SJZ", "BD", 1, ""), places[1])
	if dig(no, "reason") != "WAIT_FOR_TURN" || dig(no, "waiting_room") != room || dig(no, "field") != "Waiting-Place" || dig(no, "because.rule") != "room" {
		t.Errorf("before the turn: %v", no)
	}
	if got := h.get(200, "GET", look, "", places[0]); dig(got, "state") != "called" || dig(got, "until") != "2026-03-04T00:10:01+08:00" {
		t.Errorf("the first: %v", got)
	}
	w = h.ask("GET", look, "", places[1])
	if again := w.Header().Get("Retry-After"); w.Code != 200 || again != "6" {
		t.Errorf("the second shall ask again in %q: %s", again, w.Body)
	}
	validate(t, httptest.NewRequest("GET", look, nil), "", w)
	h.get(201, "POST", "/api/v1/orders", h.hold(trip, "SJZ", "BD", 1, ""), places[0])
	if got := h.get(429, "POST", "/api/v1/orders", h.hold(trip, "SJZ", "BD", 1, ""), places[0]); dig(got, "because.rule") != "room_holds" {
		t.Errorf("a second hold: %v", got)
	}
	if got := h.get(200, "GET", look, "", places[0]); dig(got, "state") != "used" {
		t.Errorf("after the hold: %v", got)
	}
	h.get(422, "GET", look, "", "Waiting-Place: forged")
	h.get(422, "GET", look, "")
	h.get(404, "POST", room, `{"departure":"99-20260311","from":"SJZ","to":"BD"}`)
	h.get(422, "POST", room, `{"departure":"x","from":"SJZ","to":"BD"}`)
	if got := h.get(429, "POST", "/api/v1/orders", h.hold(trip, "SJZ", "BD", 1, `,"channel":"platform"`)); dig(got, "reason") != "WAIT_FOR_TURN" {
		t.Errorf("a platform: %v", got)
	}
	h.get(201, "POST", "/api/v1/orders", h.hold(trip, "SJZ", "BD", 1, `,"channel":"window"`), h.as("window"))
}
