package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/api"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/message/smsgate"
)

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// texting is a house with a practice SMS gateway.
func texting(t *testing.T) (*house, *smsgate.Server) {
	key := []byte("a key of hub and gateway")
	var gate *smsgate.Server
	h := newHouse(t, func(h *house, _ *api.Config) {
		var err error
		gate, err = smsgate.New(smsgate.Options{Now: h.now, Key: key})
		check(t, err)
		through := transport(func(r *http.Request) *http.Response {
			w := httptest.NewRecorder()
			gate.ServeHTTP(w, r)
			return w.Result()
		})
		h.sms, err = message.NewGateway(message.Config{URL: "http://gate.example", Key: key, Transport: through})
		check(t, err)
	})
	return h, gate
}

// TestMembers: an app signs somebody in, saves a passenger, buys for them by number,
// sees the order and who looked; another member sees nothing of it.
func TestMembers(t *testing.T) {
	h, gate := texting(t)
	signIn := func(phone string) string {
		t.Helper()
		if w := h.ask("POST", "/api/v1/members/codes", `{"phone":"`+phone+`","lang":"en"}`); w.Code != 204 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		texts := gate.Texts()
		code := sixDigits.FindString(texts[len(texts)-1].Text.Text)
		s := h.get(201, "POST", "/api/v1/members/sessions", `{"phone":"`+phone+`","code":"`+code+`"}`)
		return "Authorization: Bearer " + s["token"].(string)
	}
	if p := h.get(422, "POST", "/api/v1/members/sessions", `{"phone":"13812345678","code":"000000"}`); p["reason"] != string(chepiao.CodeWrong) {
		t.Errorf("%v", p)
	}
	me, other := signIn("13812345678"), signIn("13900001111")
	if p := h.get(422, "POST", "/api/v1/members/codes", `{"phone":"13812345678"}`); p["reason"] != string(chepiao.TooMany) {
		t.Errorf("at once again: %v", p)
	}
	if m := h.get(200, "GET", "/api/v1/members/me", "", me); m["phone"] != "138****5678" {
		t.Errorf("%v", m)
	}
	h.get(401, "GET", "/api/v1/members/me", "")
	h.get(401, "GET", "/api/v1/members/me", "", "Authorization: Bearer cpm_NOBODY")

	saved := h.get(201, "POST", "/api/v1/members/me/passengers", `{"name":"张伟","document":{"kind":"resident_id","number":"11010519491231002X"}}`, me)["id"].(string)
	if list := h.get(200, "GET", "/api/v1/members/me/passengers", "", me); dig(list, "passengers.0.id") != saved || dig(list, "passengers.0.document.number") == "11010519491231002X" {
		t.Errorf("%v", list)
	}
	hold := `{"departure":"` + t1 + `","from":"SJZ","to":"BJ","passengers":[{"saved":"` + saved + `"}]}`
	if p := h.get(404, "POST", "/api/v1/orders", hold, other); p["field"] != "passengers[0].saved" {
		t.Errorf("somebody else's: %v", p)
	}
	if p := h.get(401, "POST", "/api/v1/orders", hold); p["field"] != "passengers[0].saved" {
		t.Errorf("nobody's: %v", p)
	}
	o := h.get(201, "POST", "/api/v1/orders", hold, me)["order"].(map[string]any)
	h.get(200, "POST", "/api/v1/orders/"+o["id"].(string)+"/pay", `{"channel":"cash","amount":`+fmt.Sprint(o["total"])+`}`, h.as(ident.Window))
	if list := h.get(200, "GET", "/api/v1/members/me/orders?limit=1", "", me); dig(list, "orders.0.id") != o["id"] || dig(list, "orders.0.key") == nil || dig(list, "orders.0.tickets.0.passenger.name") != "张*" {
		t.Errorf("%v", list)
	}
	if list := h.get(200, "GET", "/api/v1/members/me/orders", "", other)["orders"].([]any); len(list) != 0 {
		t.Errorf("another's orders: %v", list)
	}
	h.at(h.now().Add(time.Minute))
	looked := h.get(200, "POST", "/api/v1/lookup", `{"document":{"kind":"resident_id","number":"11010519491231002X"},"why":"trouble"}`, h.as(ident.Window))
	if dig(looked, "tickets.0.order") != o["id"] {
		t.Errorf("%v", looked)
	}
	if list := h.get(200, "GET", "/api/v1/members/me/looks", "", me); dig(list, "looks.0.why") != "trouble" || dig(list, "looks.0.device") != "window-1" || dig(list, "looks.1") != nil {
		t.Errorf("%v", list)
	}
	h.get(404, "POST", "/api/v1/members/me/orders", `{"order":"`+o["id"].(string)+`","key":"WRONG"}`, other)
	for path, want := range map[string]int{"/me/passengers/" + saved: 204, "/me/passengers/XX": 422} {
		if w := h.ask("DELETE", "/api/v1/members"+path, "", me); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	h.at(h.now().Add(chepiao.SessionFresh))
	h.get(401, "POST", "/api/v1/members/me/erase", "", me)
	h.at(h.now().Add(chepiao.CodeGap))
	me = signIn("13812345678")
	if w := h.ask("POST", "/api/v1/members/me/erase", "", me); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.get(401, "GET", "/api/v1/members/me", "", me)
	if w := h.ask("POST", "/api/v1/members/me/out", `{"everywhere":true}`, other); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.get(401, "GET", "/api/v1/members/me", "", other)
	if log := h.logged.String(); strings.Contains(log, "13812345678") || strings.Contains(log, "cpm_") {
		t.Error("the log names somebody")
	}
}

// TestCodesAreLimited: one address cannot have texts sent to half the country.
func TestCodesAreLimited(t *testing.T) {
	h, gate := texting(t)
	for i := range 20 {
		if w := h.ask("POST", "/api/v1/members/codes", `{"phone":"138000011`+string(rune('0'+i/10))+string(rune('0'+i%10))+`"}`); w.Code != 204 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	p := h.get(429, "POST", "/api/v1/members/codes", `{"phone":"13800001199"}`)
	if p["reason"] != "RATE_LIMITED" || len(gate.Texts()) != 20 {
		t.Errorf("%v, %d texts", p, len(gate.Texts()))
	}
}
