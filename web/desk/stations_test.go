package desk_test

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"chepiao/office"
	"chepiao/relay"
	"chepiao/web/stage"
)

// TestStations: an administrator invites a station and sees the code once, sees the
// node that enrolled with it, and revokes it. Nobody else may.
func TestStations(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		s.As("3001")
		if page := s.Get("/desk/stations"); page.Status == http.StatusOK {
			t.Error("a dispatcher may keep the nodes")
		}
		s.As("9001")
		once := s.Get("/desk/stations").Want(200).Golden("stations-none-" + lang).Field("once")
		s.Post("/desk/stations/invite", url.Values{"once": {once}, "station": {"NOWHERE"}}).Want(422, "station-note")
		given := s.Post("/desk/stations/invite", url.Values{"once": {once}, "station": {from}}).Want(200)
		code := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(given.Body)
		s.Get("/desk/stations").Want(200).Lacks(code)
		server := httptest.NewServer(s.Hub.Doors())
		t.Cleanup(server.Close)
		key := ed25519.NewKeyFromSeed(make([]byte, 32))
		if _, err := relay.Enrol(context.Background(), server.Client(), server.URL, code, "SJZ", key, s.Now, zeros{}); err != nil {
			t.Fatal(err)
		}
		s.Get("/desk/stations").Want(200, "SJZ").Golden("stations-" + lang)
		s.Post("/desk/stations/seats", url.Values{"once": {"T1"}, "node": {"2"}, "reason": {"x"}, "again": {"SJZ"}}).Want(422)
		s.Post("/desk/stations/again", url.Values{"once": {"A1"}}).Want(422)
		if _, err := s.Office.GiveSeats(context.Background(), office.Verb{ID: "give", By: "desk"}, s.Departure("JA1707"), 2, 3); err != nil {
			t.Fatal(err)
		}
		sold := s.Sell("JA1707", from, to, 1)
		if err := s.Office.GiveOrder(context.Background(), office.Verb{ID: "give-order", By: "desk"}, sold.Order.ID, 2); err != nil {
			t.Fatal(err)
		}
		s.Post("/desk/stations/orders", url.Values{"once": {"O0"}, "node": {"2"}, "reason": {"x"}, "again": {"SJZ"}}).Want(422)
		s.Post("/desk/stations/revoke", url.Values{"once": {"R"}, "node": {"2"}}).Want(303)
		s.Post("/desk/stations/revoke", url.Values{"once": {"R2"}, "node": {"2"}}).Want(422)
		s.Get("/desk/stations").Want(200).Lacks(`action="/desk/stations/revoke"`).Golden("stations-revoked-" + lang)
		s.Post("/desk/stations/seats", url.Values{"once": {"T2"}, "node": {"2"}, "reason": {"stolen"}, "again": {"no"}}).Want(422, "again-note")
		s.Post("/desk/stations/seats", url.Values{"once": {"T3"}, "node": {"2"}, "again": {"SJZ"}}).Want(422, "reason-note")
		s.Post("/desk/stations/seats", url.Values{"once": {"T4"}, "node": {"2"}, "reason": {"stolen"}, "again": {"SJZ"}}).Want(200, `<b class="num">3</b>`).Lacks(`action="/desk/stations/seats"`)
		s.Post("/desk/stations/orders", url.Values{"once": {"O1"}, "node": {"2"}, "reason": {"stolen"}, "again": {"no"}}).Want(422, "again-note")
		s.Post("/desk/stations/orders", url.Values{"once": {"O2"}, "node": {"2"}, "again": {"SJZ"}}).Want(422, "reason-note")
		s.Post("/desk/stations/orders", url.Values{"once": {"O3"}, "node": {"2"}, "reason": {"stolen"}, "again": {"SJZ"}}).Want(200, `<b class="num">1</b>`).Lacks(`action="/desk/stations/orders"`)
		s.As("3001")
		if page := s.Post("/desk/stations/orders", url.Values{"once": {"O4"}, "node": {"2"}, "reason": {"stolen"}, "again": {"SJZ"}}); page.Status == http.StatusOK {
			t.Error("a dispatcher takes tickets over")
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
