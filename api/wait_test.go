package api_test

import (
	"fmt"
	"strings"
	"testing"

	"chepiao/ident"
)

// waitFor is the body of a request for the waitlist.
func (h *house) waitFor(departures, from, to string, n int, more string) string {
	return strings.Replace(h.hold("", from, to, n, more), `"departure":""`, `"departures":[`+departures+`]`, 1)
}

// TestWaitlist: a full departure is asked for, paid ahead, and given.
func TestWaitlist(t *testing.T) {
	h := newHouse(t)
	if got := h.get(409, "POST", "/api/v1/waits", h.waitFor(`"`+t1+`"`, "SJZ", "BD", 1, "")); dig(got, "reason") != "SEATS_FREE" || dig(got, "field") != "departures[0]" {
		t.Errorf("%v", got)
	}
	full := h.bought(t1, "SJZ", "BD", 4)
	h.bought(t1, "SJZ", "BD", 2) // six seats in all
	asked := h.get(201, "POST", "/api/v1/waits", h.waitFor(`"`+t1+`"`, "SJZ", "BD", 1, ""))
	id, key := dig(asked, "order.id").(string), "Order-Key: "+dig(asked, "order.key").(string)
	if dig(asked, "order.state") != "asked" || dig(asked, "order.deadline") == nil || dig(asked, "order.wait.prepaid") != dig(asked, "order.total") || dig(asked, "order.tickets.0.state") != "waiting" || dig(asked, "order.wait.departures.0.ahead") != nil {
		t.Errorf("%v", asked)
	}
	paid := h.get(200, "POST", "/api/v1/orders/"+id+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%v}`, dig(asked, "order.total")), h.as(ident.Window))
	if dig(paid, "order.state") != "waiting" || dig(paid, "order.deadline") != nil {
		t.Errorf("%v", paid)
	}
	seen := h.get(200, "GET", "/api/v1/orders/"+id, "", key)
	if dig(seen, "order.wait.departures.0.ahead") != 0.0 || dig(seen, "order.wait.departures.0.waiting") != 1.0 {
		t.Errorf("%v", seen)
	}
	h.get(401, "GET", "/api/v1/departures/"+t1+"/waitlist", "")
	if list := h.get(200, "GET", "/api/v1/departures/"+t1+"/waitlist", "", h.as(ident.Desk)); dig(list, "people") != 1.0 || dig(list, "prepaid") != dig(asked, "order.total") || dig(list, "extra") != false {
		t.Errorf("%v", list)
	}
	// A second request gives its place up, and its money goes back.
	second := h.get(201, "POST", "/api/v1/waits", h.waitFor(`"`+t1+`"`, "SJZ", "BD", 2, ""))
	other := dig(second, "order.id").(string)
	h.get(200, "POST", "/api/v1/orders/"+other+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%v}`, dig(second, "order.total")), h.as(ident.Window))
	if got := h.get(200, "POST", "/api/v1/orders/"+other+"/release", "", h.as(ident.Window)); dig(got, "order.state") != "released" {
		t.Errorf("%v", got)
	}
	// The seat that is refunded goes to the first request.
	ticket := dig(full, "tickets.0.id").(string)
	quote := h.get(200, "GET", "/api/v1/tickets/"+ticket+"/refund-quote", "", h.as(ident.Window))
	h.get(200, "POST", "/api/v1/orders/"+dig(full, "id").(string)+"/refund", fmt.Sprintf(`{"tickets":[%q],"back":%v}`, ticket, dig(quote, "back")), h.as(ident.Window))
	if got := h.get(200, "GET", "/api/v1/orders/"+id, "", key); dig(got, "order.state") != "issued" || dig(got, "order.tickets.0.state") != "valid" || dig(got, "order.tickets.0.seat") == nil {
		t.Errorf("%v", got)
	}
}

func TestWaitsAreRefused(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		name, departures string
		status           int
		reason, field    string
	}{
		{"no departure", ``, 422, "INVALID", "departures"},
		{"nonsense", `"x"`, 422, "INVALID", "departures[0]"},
		{"the second is nonsense", `"` + t1 + `","x"`, 422, "INVALID", "departures[1]"},
		{"twice the same", `"` + t1 + `","` + t1 + `"`, 422, "INVALID", "departures[1]"},
		{"none such", `"9999-20260303"`, 404, "NOT_FOUND", "departures[0]"},
	} {
		if got := h.get(c.status, "POST", "/api/v1/waits", h.waitFor(c.departures, "SJZ", "BD", 1, "")); dig(got, "reason") != c.reason || dig(got, "field") != c.field {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	h.get(401, "POST", "/api/v1/waits", h.waitFor(`"`+t1+`"`, "SJZ", "BD", 1, `,"channel":"window"`))
}

// TestQueue: a number of a flow departure, with the order's key and without.
func TestQueue(t *testing.T) {
	h := newHouse(t)
	order := h.bought(t3, "SJZ", "ZD", 2)
	ticket, key := dig(order, "tickets.0.id").(string), "Order-Key: "+order["key"].(string)
	path := "/api/v1/tickets/" + ticket + "/queue"
	h.get(401, "GET", path, "")
	h.get(404, "GET", path, "", "Order-Key: wrong")
	if got := h.get(200, "GET", path, "", key); dig(got, "number") != nil || dig(got, "ahead") != 0.0 || dig(got, "because.zh") == "" {
		t.Errorf("%v", got)
	}
	if got := h.get(409, "POST", path, "", key); dig(got, "reason") != "TOO_EARLY" { // it leaves tomorrow
		t.Errorf("%v", got)
	}
	h.at(monday.AddDate(0, 0, 1))
	if got := h.get(200, "POST", path, "", key, "Idempotency-Key: q1"); dig(got, "number") != 1.0 {
		t.Errorf("%v", got)
	}
	if got := h.get(200, "POST", path, "", key, "Idempotency-Key: q1"); dig(got, "number") != 1.0 {
		t.Errorf("%v", got)
	}
	second := "/api/v1/tickets/" + dig(order, "tickets.1.id").(string) + "/queue"
	if got := h.get(200, "POST", second, "", h.as(ident.Gate)); dig(got, "number") != 2.0 || dig(got, "ahead") != 1.0 {
		t.Errorf("%v", got)
	}
	if got := h.get(200, "GET", "/api/v1/departures/"+t3+"/queue?station=SJZ", ""); dig(got, "waiting") != 2.0 || dig(got, "called.0") != nil {
		t.Errorf("%v", got) // no coach stands there
	}
	h.get(404, "GET", "/api/v1/departures/"+t3+"/queue?station=BJ", "")
	h.get(422, "GET", "/api/v1/departures/"+t1+"/queue?station=SJZ", "")
	if got := h.get(200, "POST", path+"/leave", "", key); dig(got, "number") != nil {
		t.Errorf("%v", got)
	}
	if got := h.get(200, "GET", second, "", h.as(ident.Gate)); dig(got, "ahead") != 0.0 {
		t.Errorf("%v", got)
	}
	fixed := h.bought("1-20260304", "SJZ", "BD", 1)
	if got := h.get(422, "GET", "/api/v1/tickets/"+dig(fixed, "tickets.0.id").(string)+"/queue", "", h.as(ident.Window)); dig(got, "reason") != "INVALID" {
		t.Errorf("%v", got)
	}
}
