package api_test

import (
	"context"
	"testing"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/store"
)

// TestBillSettled: a program reads what differs, sums in fen; settles each difference
// once, also two of one number one after the other; and is told who did.
func TestBillSettled(t *testing.T) {
	h := newHouse(t)
	desk := h.as(ident.Desk)
	day := chepiao.DayOf(monday) - 1
	end := chepiao.Clock(0).On(day+1, monday.Location())
	noon := end.Add(-12 * time.Hour)
	line := chepiao.BillEntry{Charge: "PY18", Amount: 4500, At: noon}
	r := chepiao.Reconcile([]chepiao.BillEntry{line, line}, []chepiao.Movement{{Number: "PY18", Order: 18, Amount: 4500, At: noon}}, end)
	r.Channel, r.Day, r.At = chepiao.WeChat, day, monday
	check(t, h.store.Write(context.Background(), func(tx *store.Tx) error { return tx.PutReconciled(r) }))
	list := h.get(200, "GET", "/api/v1/bills?from="+day.String(), "", desk)
	for path, want := range map[string]any{
		"bills.0.channel": "wechat", "bills.0.day": day.String(), "bills.0.lines": 2., "bills.0.bill_in": 9000., "bills.0.ours_in": 0., "bills.0.open": 2.,
		"bills.0.differences.0.kind": "twice", "bills.0.differences.0.number": "PY18", "bills.0.differences.0.bill": 4500., "bills.0.differences.0.ours": 0.,
		"bills.0.differences.1.kind": "undone", "bills.0.differences.1.order": chepiao.OrderID(18).String(), "bills.0.differences.1.settled": nil, "bills.1": nil,
	} {
		if got := dig(list, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	settle := "/api/v1/bills/wechat/" + day.String() + "/settled"
	h.get(403, "POST", settle, `{"number":"PY18","reason":"refunded"}`, h.as(ident.Gate))
	again := "Idempotency-Key: again" // sent again it settles one, not both
	h.get(200, "POST", settle, `{"number":"PY18","reason":"refunded"}`, desk, again)
	if bill := h.get(200, "POST", settle, `{"number":"PY18","reason":"refunded"}`, desk, again); dig(bill, "open") != 1. {
		t.Errorf("sent again: %v", bill)
	}
	if bill := h.get(200, "POST", settle, `{"number":"PY18","reason":"refunded"}`, desk); dig(bill, "open") != 0. || dig(bill, "differences.0.settled") != "refunded" || dig(bill, "differences.1.by") == nil {
		t.Errorf("the other one: %v", bill)
	}
	if no := h.get(409, "POST", settle, `{"number":"PY18","reason":"again"}`, desk); dig(no, "field") != "number" {
		t.Errorf("settled a third time: %v", no)
	}
}
