package api_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"

	"chepiao"
	"chepiao/api"
	"chepiao/ident"
)

// TestShift: paper comes in, a clerk opens a shift with some of it, sells, prints a
// receipt that jams, takes it back, refunds, is five yuan short; the supervisor
// signs. What a clerk may not do is refused on the way.
func TestShift(t *testing.T) {
	var people *ident.Accounts
	h := newHouse(t, func(h *house, c *api.Config) {
		var err error
		people, err = ident.NewAccounts(ident.AccountsConfig{Store: h.store, Key: bytes.Repeat([]byte{7}, 32), Rand: rand.Reader, Cost: ident.Cost{Memory: 64, Passes: 1, Threads: 1}})
		check(t, err)
		c.Accounts = people
	})
	const password = "a sentence that is long"
	for no, role := range map[chepiao.StaffNo]ident.StaffRole{"1001": ident.Clerk, "1002": ident.Clerk, "4001": ident.Supervisor} {
		code, err := people.Add(t.Context(), ident.Act{ID: "add" + string(no)}, ident.Staff{No: no, Name: "王秀英", Roles: []ident.StaffRole{role}})
		check(t, err)
		_, err = people.Choose(t.Context(), ident.Act{}, code, password)
		check(t, err)
	}
	window := h.as(ident.Window)
	in := func(no string) string {
		return "Staff-Session: " + h.get(201, "POST", "/api/v1/staff/sessions", `{"staff":"`+no+`","password":"`+password+`"}`, window)["token"].(string)
	}
	clerk, other, boss := in("1001"), in("1002"), in("4001")

	h.get(401, "POST", "/api/v1/shifts", `{}`, window)
	h.get(403, "POST", "/api/v1/paper-stock", `{"from":"A0001","to":"A0100"}`, window, clerk)
	batch := dig(h.get(201, "POST", "/api/v1/paper-stock", `{"from":"A0001","to":"A0100"}`, window, boss), "delivery.batch").(string)
	if p := h.get(409, "POST", "/api/v1/paper-stock", `{"from":"A0100","to":"A0200"}`, window, boss); p["reason"] != "PAPER_TAKEN" {
		t.Errorf("the same number twice: %v", p)
	}
	if p := h.get(409, "GET", "/api/v1/shifts/open", "", window, clerk); p["reason"] != "SHIFT_NEEDED" {
		t.Errorf("none is open: %v", p)
	}
	opened := h.get(201, "POST", "/api/v1/shifts", `{"float":20000,"batch":"`+batch+`","sheets":10}`, window, clerk, "Idempotency-Key: open")
	again := h.get(201, "POST", "/api/v1/shifts", `{"float":20000,"batch":"`+batch+`","sheets":10}`, window, clerk, "Idempotency-Key: open")
	id := dig(opened, "shift.id").(string)
	if dig(again, "shift.id") != id || dig(opened, "shift.paper.0.from") != "A0001" || dig(opened, "shift.paper.0.count") != 10.0 || dig(opened, "shift.drawer") != 20000.0 {
		t.Errorf("opened: %v", opened)
	}
	if p := h.get(409, "POST", "/api/v1/shifts", `{}`, window, other); p["reason"] != "SHIFT_OPEN" {
		t.Errorf("two at one window: %v", p)
	}

	order := h.get(201, "POST", "/api/v1/orders", one(), window, clerk)["order"].(map[string]any)
	ticket := dig(order, "tickets.0.id").(string)
	at := "/api/v1/orders/" + order["id"].(string)
	h.get(200, "POST", at+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%v}`, order["total"]), window, clerk)
	h.get(409, "POST", "/api/v1/tickets/"+ticket+"/receipt/print", `{}`, window, clerk) // before the journey
	printed := h.get(200, "POST", "/api/v1/tickets/"+ticket+"/receipt/print", `{"early":true}`, window, clerk)
	if dig(printed, "ticket.receipt_no") != "A0001" {
		t.Errorf("printed: %v", printed)
	}
	h.get(409, "POST", "/api/v1/paper-stock/spoilt", `{"no":"A0001","why":"jam"}`, window, other)
	if p := h.get(200, "POST", "/api/v1/paper-stock/spoilt", `{"no":"A0001","why":"jam"}`, window, clerk); dig(p, "sheet.state") != "spoilt" || dig(p, "sheet.ticket") != ticket {
		t.Errorf("spoilt: %v", p)
	}
	h.get(200, "POST", "/api/v1/tickets/"+ticket+"/receipt/print", `{"early":true}`, window, clerk)
	h.get(404, "POST", "/api/v1/receipts/surrender", `{"no":"A0009"}`, window, clerk)
	h.get(200, "POST", "/api/v1/receipts/surrender", `{"no":"a0002"}`, window, clerk)

	h.get(403, "POST", "/api/v1/paper-stock/handovers", `{"from_shift":"`+id+`","sheets":3}`, window, other)
	h.get(422, "POST", "/api/v1/paper-stock/handovers", `{"sheets":3}`, window, boss)
	h.get(200, "POST", "/api/v1/paper-stock/handovers", `{"from_shift":"`+id+`","sheets":3}`, window, clerk)
	h.get(409, "POST", "/api/v1/shifts/open/cash", `{"amount":99999900}`, window, clerk)
	h.get(200, "POST", "/api/v1/shifts/open/cash", `{"amount":10000,"with":"4001"}`, window, clerk)
	h.get(200, "POST", "/api/v1/shifts/open/cash", `{"amount":500,"fetch":true}`, window, clerk)

	drawer := dig(h.get(200, "GET", "/api/v1/shifts/open", "", window, clerk), "shift.drawer").(float64)
	count := fmt.Sprintf(`{"counted":[{"channel":"cash","amount":%d}],"note":"少收5元","paper":["A0007"]}`, int64(drawer)-500)
	h.get(403, "POST", "/api/v1/shifts/"+id+"/count", count, window, other)
	h.get(409, "POST", "/api/v1/shifts/"+id+"/sign", `{}`, window, boss) // not counted yet
	closed := h.get(200, "POST", "/api/v1/shifts/"+id+"/count", count, window, clerk)
	if dig(closed, "shift.over") != -500.0 || dig(closed, "shift.missing.0") != "A0006" || dig(closed, "shift.money.0.over") != -500.0 || dig(closed, "shift.spoilt.0") != "A0001" {
		t.Errorf("closed: %v", closed)
	}
	h.get(403, "GET", "/api/v1/shifts/"+id, "", window, other)
	h.get(403, "POST", "/api/v1/shifts/"+id+"/sign", `{}`, window, clerk)
	if s := h.get(200, "POST", "/api/v1/shifts/"+id+"/sign", `{"note":"ok"}`, window, boss); dig(s, "shift.signed_by") != "4001" {
		t.Errorf("signed: %v", s)
	}
	h.get(409, "POST", "/api/v1/shifts/"+id+"/count", count, window, clerk)
	if l := h.get(200, "GET", "/api/v1/shifts?state=signed", "", window, boss); dig(l, "shifts.0.id") != id {
		t.Errorf("listed: %v", l)
	}
	if l := h.get(200, "GET", "/api/v1/shifts", "", window, other); len(l["shifts"].([]any)) != 0 {
		t.Errorf("another clerk sees %v", l)
	}
	p := h.get(200, "GET", "/api/v1/paper-stock", "", window, clerk)
	if dig(p, "deliveries.0.gaps.0") != "A0006" || dig(p, "deliveries.0.in_store") != 97.0 || dig(p, "deliveries.0.surrendered") != 1.0 {
		t.Errorf("the stock: %v", p)
	}
}
