package api_test

import (
	"testing"

	"chepiao/ident"
)

// TestBills: who may see money sees what was compared; a channel that is not set up,
// a day that is none and a payback that nobody knows are refused by name.
func TestBills(t *testing.T) {
	h := newHouse(t)
	desk := h.as(ident.Desk)
	h.get(401, "GET", "/api/v1/bills", "")
	h.get(403, "GET", "/api/v1/bills", "", h.as(ident.Gate))
	if list := h.get(200, "GET", "/api/v1/bills?from=2026-11-01", "", desk); dig(list, "bills.0") != nil || dig(list, "channels") == nil {
		t.Errorf("%v", list)
	}
	if no := h.get(422, "GET", "/api/v1/bills?from=yesterday", "", desk); dig(no, "field") != "from" {
		t.Errorf("%v", no)
	}
	if no := h.get(404, "POST", "/api/v1/bills/alipay/2026-11-01", "", desk); dig(no, "field") != "channel" {
		t.Errorf("%v", no)
	}
	if no := h.get(422, "POST", "/api/v1/bills/alipay/today", "", desk); dig(no, "field") != "day" {
		t.Errorf("%v", no)
	}
	if no := h.get(404, "POST", "/api/v1/bills/alipay/2026-11-01/settled", `{"number":"PY18","reason":"seen to"}`, desk); dig(no, "field") != "number" {
		t.Errorf("%v", no)
	}
	h.get(422, "POST", "/api/v1/bills/alipay/2026-11-01/settled", `{"number":"PY18","reason":""}`, desk)
	h.get(403, "GET", "/api/v1/paybacks/stuck", "", h.as(ident.Gate))
	if list := h.get(200, "GET", "/api/v1/paybacks/stuck", "", desk); dig(list, "paybacks.0") != nil {
		t.Errorf("%v", list)
	}
	h.get(404, "POST", "/api/v1/paybacks/PB10000000042/again", "", desk)
	if no := h.get(422, "POST", "/api/v1/paybacks/OD18/again", "", desk); dig(no, "field") != "payback" {
		t.Errorf("%v", no)
	}
	h.get(401, "POST", "/api/v1/paybacks/PB10000000042/again", "")
}
