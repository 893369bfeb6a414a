package api_test

import (
	"fmt"
	"testing"

	"chepiao/ident"
)

// TestCases: a departure is stopped, the desk sees who has to choose, and one
// buyer takes the money while the other takes the next coach.
func TestCases(t *testing.T) {
	h := newHouse(t)
	first, second := h.bought(t1, "SJZ", "BJ", 2), h.bought(t1, "SJZ", "BJ", 1)
	act := fmt.Sprintf(`{"kind":"cancel","departures":[%q],"reason":"车辆故障"`, t1)
	desk := h.as(ident.Desk)
	seen := h.get(200, "POST", "/api/v1/acts/preview", act+`}`, desk)
	if dig(seen, "cases") != 3.0 || dig(seen, "undo.kind") != "run" {
		t.Errorf("%v", seen)
	}
	h.get(200, "POST", "/api/v1/acts", act+fmt.Sprintf(`,"seen":%q}`, dig(seen, "seen")), desk)

	h.get(401, "GET", "/api/v1/cases", "")
	h.get(403, "GET", "/api/v1/cases", "", h.as(ident.Window))
	page := h.get(200, "GET", "/api/v1/cases?lost=true&limit=2&departure="+t1, "", desk)
	if dig(page, "cases.1.state") != "open" || dig(page, "cases.1.name") == nil || dig(page, "next") != dig(page, "cases.1.id") {
		t.Errorf("%v", page)
	}
	rest := h.get(200, "GET", "/api/v1/cases?standing=true&after="+dig(page, "next").(string), "", desk)
	if dig(rest, "cases.0.order") != dig(second, "id") || dig(rest, "cases.1") != nil || dig(rest, "next") != nil {
		t.Errorf("%v", rest)
	}

	key := func(order map[string]any) string { return "Order-Key: " + dig(order, "key").(string) }
	path := "/api/v1/cases/" + dig(page, "cases.0.id").(string) + "/choice"
	h.get(401, "POST", path, `{"choice":"refund"}`)
	h.get(404, "POST", path, `{"choice":"refund"}`, key(second))
	h.get(422, "POST", path, `{"choice":"keep"}`, key(first))
	if got := h.get(200, "POST", path, `{"choice":"refund","whole":true}`, key(first)); dig(got, "order.state") != "refunded" || dig(got, "order.tickets.1.refund") != dig(got, "order.tickets.1.price") {
		t.Errorf("%v", got)
	}
	h.get(409, "POST", path, `{"choice":"refund"}`, key(first))
	h.get(404, "POST", "/api/v1/cases/CS10000000018/choice", `{"choice":"refund"}`, desk)

	mine := "/api/v1/orders/" + dig(second, "id").(string) + "/cases"
	choices := h.get(200, "GET", mine, "", key(second))
	if dig(choices, "cases.0.choices.1") != "refund" || dig(choices, "next.0.departure") == nil {
		t.Fatalf("%v", choices)
	}
	path = "/api/v1/cases/" + dig(choices, "cases.0.id").(string) + "/choice"
	moved := h.get(200, "POST", path, fmt.Sprintf(`{"choice":"next","departure":%q}`, dig(choices, "next.0.departure")), key(second), "Idempotency-Key: once")
	if dig(moved, "order.state") != "issued" || dig(moved, "order.departure") != dig(choices, "next.0.departure") {
		t.Errorf("%v", moved)
	}
	if again := h.get(200, "POST", path, fmt.Sprintf(`{"choice":"next","departure":%q}`, dig(choices, "next.0.departure")), key(second), "Idempotency-Key: once"); dig(again, "order.id") != dig(moved, "order.id") {
		t.Errorf("%v", again)
	}
	if done := h.get(200, "GET", mine, "", key(second)); dig(done, "cases.0.state") != "settled" || dig(done, "cases.0.choice") != "next" || dig(done, "next") != nil {
		t.Errorf("%v", done)
	}
}
