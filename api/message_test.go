package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chepiao/api"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/message/smsgate"
)

// TestMessages: a window sells, the gateway sends and reports, the desk looks,
// and sends anew what failed.
func TestMessages(t *testing.T) {
	key := []byte("a key of hub and gateway")
	var gate *smsgate.Server
	h := newHouse(t, func(h *house, _ *api.Config) {
		var err error
		through := transport(func(r *http.Request) *http.Response {
			w := httptest.NewRecorder()
			if r.URL.Host == "hub.example" { // a report
				body, err := io.ReadAll(r.Body)
				check(t, err)
				return h.ask("POST", r.URL.Path, string(body), head(r.Header)...).Result()
			}
			gate.ServeHTTP(w, r)
			return w.Result()
		})
		gate, err = smsgate.New(smsgate.Options{Now: h.now, Key: key, Transport: through})
		check(t, err)
		h.sms, err = message.NewGateway(message.Config{URL: "http://gate.example", Key: key, ReportURL: "http://hub.example/api/v1/notices/sms", Transport: through})
		check(t, err)
	})
	hold := strings.Replace(h.hold(t1, "SJZ", "BJ", 2, `,"channel":"window"`), `{"name"`, `{"phone":"13812345555","name"`, 1)
	held := h.get(201, "POST", "/api/v1/orders", hold, h.as(ident.Window))
	order := dig(held, "order.id").(string)
	total, err := json.Marshal(dig(held, "order.total"))
	check(t, err)
	h.get(200, "POST", "/api/v1/orders/"+order+"/pay", `{"channel":"cash","amount":`+string(total)+`}`, h.as(ident.Window))
	sent, err := h.office.SendMessages(t.Context(), h.now())
	if err != nil || sent != 2 {
		t.Fatalf("%d messages were sent, %v", sent, err)
	}
	if n := gate.Report(t.Context()); n != 1 {
		t.Errorf("%d reports were taken", n)
	}
	list := func(query string) []any {
		return h.get(200, "GET", "/api/v1/messages?"+query, "", h.as(ident.Desk))["messages"].([]any)
	}
	all := list("departure=" + t1)
	if len(all) != 2+4 || dig(all, "0.state") != "failed" || dig(all, "1.why") != "ABSENT" || dig(all, "0.phone") != "138****5555" || dig(all, "2.kind") != "reminder" || dig(all, "2.next") == nil {
		t.Errorf("the desk sees %v", all)
	}
	if page := h.get(200, "GET", "/api/v1/messages?limit=1&departure="+t1, "", h.as(ident.Desk)); page["next"] != dig(all, "0.id") {
		t.Errorf("the first page is %v", page)
	} else if rest := list("departure=" + t1 + "&state=failed&after=" + page["next"].(string)); len(rest) != 1 || dig(rest, "0.id") != dig(all, "1.id") {
		t.Errorf("the next page is %v", rest)
	}
	if lost := list("state=not_reached"); len(lost) != 0 {
		t.Errorf("nobody need be called, but the list is %v", lost)
	}
	resend := "/api/v1/messages/" + dig(all, "0.id").(string) + "/resend"
	again := h.get(200, "POST", resend, "", h.as(ident.Desk), "Idempotency-Key: once")
	if dig(again, "message.state") != "due" || dig(again, "message.resent") != 1.0 {
		t.Errorf("sent anew: %v", again)
	}
	h.get(200, "POST", resend, "", h.as(ident.Desk), "Idempotency-Key: once")
	if r := h.get(409, "POST", resend, "", h.as(ident.Desk)); r["reason"] != "WRONG_STATE" {
		t.Errorf("sent anew twice: %v", r)
	}
	refusedTelling(t, h, resend)
}

// refusedTelling: only the desk looks at messages, only the gateway reports.
func refusedTelling(t *testing.T, h *house, resend string) {
	for _, c := range []struct {
		do, body, as string
		status       int
		reason       string
	}{
		{"GET /api/v1/messages", "", h.as(ident.Desk), 422, "INVALID"},
		{"GET /api/v1/messages?departure=99-20260303", "", h.as(ident.Desk), 404, "NOT_FOUND"},
		{"GET /api/v1/messages?departure=x", "", h.as(ident.Desk), 422, "INVALID"},
		{"GET /api/v1/messages?departure=" + t1 + "&after=OD1", "", h.as(ident.Desk), 422, "INVALID"},
		{"GET /api/v1/messages?departure=" + t1 + "&state=lost", "", h.as(ident.Desk), 422, "INVALID"},
		{"GET /api/v1/messages?departure=" + t1, "", h.as(ident.Window), 403, "UNAUTHORIZED"},
		{"GET /api/v1/messages?departure=" + t1, "", "X-Y: z", 401, "UNAUTHORIZED"},
		{"POST " + resend, "", h.as(ident.Gate), 403, "UNAUTHORIZED"},
		{"POST /api/v1/messages/MS70000000035/resend", "", h.as(ident.Desk), 422, "INVALID"},
		{"POST /api/v1/notices/sms", `{"id":"MS1","state":"delivered"}`, h.as(ident.Desk), 401, "UNAUTHORIZED"},
		{"GET /api/v1/hooks", "", h.as(ident.Window), 403, "UNAUTHORIZED"},
		{"POST /api/v1/hooks", `{"url":"https://a.example/"}`, h.as(ident.Gate), 403, "UNAUTHORIZED"},
		{"DELETE /api/v1/hooks/HK1", "", h.as(ident.Desk), 422, "INVALID"},
		{"POST /api/v1/hooks", `{"url":"gopher://a.example/"}`, h.as(ident.Desk), 422, "INVALID"},
		{"POST /api/v1/hooks", `{"url":"https://a.example/","kinds":["gossip"]}`, h.as(ident.Desk), 422, "INVALID"},
		{"POST /api/v1/hooks", `{}`, h.as(ident.Desk), 422, "INVALID"},
	} {
		method, path, _ := strings.Cut(c.do, " ")
		if r := h.get(c.status, method, path, c.body, c.as); r["reason"] != c.reason {
			t.Errorf("%s as %s: %v", c.do, c.as, r)
		}
	}
}

// TestHooks: registered, listed without its secret, removed.
func TestHooks(t *testing.T) {
	h := newHouse(t)
	add := `{"url":"https://partner.example/in?token=x","kinds":["issued","delayed"]}`
	first := h.get(201, "POST", "/api/v1/hooks", add, h.as(ident.Desk), "Idempotency-Key: once")
	secret, _ := dig(first, "hook.secret").(string)
	if !strings.HasPrefix(secret, "cph_") || len(secret) != 36 || dig(first, "hook.state") != "on" {
		t.Fatalf("registered: %v", first)
	}
	if again := h.get(201, "POST", "/api/v1/hooks", add, h.as(ident.Desk), "Idempotency-Key: once"); dig(again, "hook.secret") != secret || dig(again, "hook.id") != dig(first, "hook.id") {
		t.Errorf("the same again: %v", again)
	}
	hooks := h.get(200, "GET", "/api/v1/hooks", "", h.as(ident.Desk))
	if dig(hooks, "hooks.0.id") != dig(first, "hook.id") || dig(hooks, "hooks.0.secret") != nil || dig(hooks, "hooks.1") != nil || dig(hooks, "hooks.0.kinds.1") != "issued" {
		t.Errorf("listed: %v", hooks)
	}
	path := "/api/v1/hooks/" + dig(first, "hook.id").(string)
	if w := h.ask("DELETE", path, "", h.as(ident.Desk)); w.Code != 204 {
		t.Errorf("removed: %d %s", w.Code, w.Body)
	}
	if r := h.get(404, "DELETE", path, "", h.as(ident.Desk)); r["reason"] != "NOT_FOUND" {
		t.Errorf("removed twice: %v", r)
	}
	if strings.Contains(h.logged.String(), "token=x") || strings.Contains(h.logged.String(), secret) {
		t.Error("a partner's address or secret is in the log")
	}
}

// head is a request's header as lines.
func head(h http.Header) (lines []string) {
	for name, values := range h {
		lines = append(lines, name+": "+values[0])
	}
	return lines
}
