package api_test

import (
	"testing"

	"chepiao/ident"
)

// TestFirstSale is the whole story in its shortest form.
func TestFirstSale(t *testing.T) {
	h := newHouse(t)
	o := h.bought(t1, "SJZ", "BJ", 2)
	if o["state"] != "issued" || dig(o, "tickets.1.state") != "valid" {
		t.Fatalf("sold: %v", o)
	}
	v := h.get(200, "GET", "/api/v1/orders/"+o["id"].(string)+"/tickets/"+dig(o, "tickets.0.id").(string)+"/voucher", "", "Order-Key: "+o["key"].(string))
	h.at(monday.AddDate(0, 0, 1).Add(50 * 60e9)) // 9:50 on the day
	c := h.get(200, "POST", "/api/v1/checks", `{"code":"`+v["code"].(string)+`","station":"SJZ"}`, h.as(ident.Gate))
	if dig(c, "verdict.pass") != true {
		t.Fatalf("checked: %v", c)
	}
}
