package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheBoardIsForEverybody: signs of other firms read a station's board without any
// secret, and a client may keep it for a moment.
func TestTheBoardIsForEverybody(t *testing.T) {
	h := newHouse(t)
	code := h.office.Timetable().Stations[0].Code
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/board/"+code+"?hours=24&limit=3", nil))
	var b struct {
		Station    struct{ Code string }
		GoodFor    int `json:"good_for"`
		Departures []struct{ ID, State string }
		Calls      []struct{}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || w.Code != 200 {
		t.Fatal(err, w.Code, w.Body)
	}
	if b.Station.Code != code || b.GoodFor == 0 || len(b.Departures) > 3 || b.Calls == nil {
		t.Errorf("%s", w.Body)
	}
	if c := w.Header().Get("Cache-Control"); !strings.Contains(c, "max-age") {
		t.Errorf("Cache-Control is %q", c)
	}
	w = httptest.NewRecorder()
	h.door.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/board/nowhere", nil))
	if w.Code != 404 || strings.Contains(w.Header().Get("Cache-Control"), "max-age") {
		t.Errorf("%d %s", w.Code, w.Header())
	}
}
