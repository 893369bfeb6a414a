package api_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"chepiao"
	"chepiao/api"
	"chepiao/ident"
)

// TestStaff: somebody signs in beside a window's secret; from then on the window
// alone sells nothing, the journal says who sold, and roles and devices both count.
func TestStaff(t *testing.T) {
	var people *ident.Accounts
	h := newHouse(t, func(h *house, c *api.Config) {
		var err error
		people, err = ident.NewAccounts(ident.AccountsConfig{Store: h.store, Key: bytes.Repeat([]byte{7}, 32), Rand: rand.Reader, Cost: ident.Cost{Memory: 64, Passes: 1, Threads: 1}})
		check(t, err)
		c.Accounts = people
	})
	const password = "a sentence that is long"
	window := h.as(ident.Window)
	order := h.get(201, "POST", "/api/v1/orders", one(), window)["order"].(map[string]any)
	h.get(200, "GET", "/api/v1/orders/"+order["id"].(string), "", window) // no accounts yet: the window alone

	for no, role := range map[chepiao.StaffNo]ident.StaffRole{"1001": ident.Clerk, "2001": ident.Checker} {
		code, err := people.Add(t.Context(), ident.Act{ID: "add" + string(no)}, ident.Staff{No: no, Name: "王秀英", Roles: []ident.StaffRole{role}})
		check(t, err)
		_, err = people.Choose(t.Context(), ident.Act{}, code, password)
		check(t, err)
	}
	at := "/api/v1/orders/" + order["id"].(string)
	if p := h.get(401, "POST", at+"/pay", `{"channel":"cash","amount":1}`, window); p["field"] != "Staff-Session" {
		t.Errorf("the window alone: %v", p)
	}
	in := func(status int, no, password string) map[string]any {
		return h.get(status, "POST", "/api/v1/staff/sessions", `{"staff":"`+no+`","password":"`+password+`"}`, window)
	}
	in(401, "1001", "wrong")
	in(401, "9999", password)
	clerk := in(201, "1001", password)
	token := "Staff-Session: " + clerk["token"].(string)
	if dig(clerk, "who.staff") != "1001" || dig(clerk, "who.roles.0") != "clerk" || dig(clerk, "until") == nil || !strings.HasPrefix(clerk["token"].(string), "cps_") {
		t.Errorf("signed in: %v", clerk)
	}
	if p := h.get(409, "POST", at+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%v}`, order["total"]), window, token); p["reason"] != "SHIFT_NEEDED" {
		t.Errorf("cash that would lie in nobody's drawer: %v", p)
	}
	h.get(201, "POST", "/api/v1/shifts", `{"float":10000}`, window, token)
	paid := h.get(200, "POST", at+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%v}`, order["total"]), window, token)
	if dig(paid, "order.state") != "issued" {
		t.Errorf("paid: %v", paid)
	}
	deeds, err := people.Deeds(t.Context(), "1001")
	check(t, err)
	if len(deeds) == 0 || deeds[0].Kind != chepiao.OrderWasIssued || !strings.Contains(deeds[0].What, order["id"].(string)) {
		t.Errorf("the journal's last of 1001: %+v", deeds)
	}
	h.get(403, "GET", "/api/v1/messages", "", window, token) // neither the role nor the window
	checker := "Staff-Session: " + in(201, "2001", password)["token"].(string)
	if p := h.get(403, "POST", at+"/pay", `{"channel":"cash","amount":1}`, window, checker); p["field"] != "Staff-Session" {
		t.Errorf("a checker at the window: %v", p)
	}
	h.get(200, "GET", at, "", token) // without a device
	if me := h.get(200, "GET", "/api/v1/staff/me", "", window, token); dig(me, "staff") != "1001" || dig(me, "may.0") != "sell_at_window" {
		t.Errorf("who am I: %v", me)
	}
	h.get(401, "GET", "/api/v1/staff/me", "")
	h.get(200, "GET", at, "", "Order-Key: "+order["key"].(string)) // the buyer as ever
	if w := h.ask("POST", "/api/v1/staff/sessions/end", "", window, token); w.Code != 204 {
		t.Errorf("signing out: %d %s", w.Code, w.Body)
	}
	h.get(401, "GET", at, "", window, token)
	nothingPersonal(t, h)
}
