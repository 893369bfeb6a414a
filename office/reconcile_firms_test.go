package office_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/pay/practice"
)

// TestReconcileFirms: whatever is made wrong with a firm's bill, by the firm's own
// protocol, is found and nothing else is; a person settles it; and what is right
// again is gone.
func TestReconcileFirms(t *testing.T) {
	for _, firm := range moneyFirms {
		t.Run(string(firm), func(t *testing.T) {
			ctx := context.Background()
			h := newMoneyHouseAt(t, firm)
			var orders []chepiao.Order
			var paid []chepiao.PaymentID
			for i := range 3 {
				o := h.hold(i)
				c := h.charge(o, chepiao.PayByCode)
				if i == 2 { // the money comes, and nobody here hears of it
					h.faults(practice.Faults{NoticeLost: true})
				}
				h.payer(c)
				h.deliver()
				orders, paid = append(orders, o), append(paid, c.Payment.ID)
			}
			h.faults(practice.Faults{})
			f := h.want(orders[0], chepiao.OrderIssued, chepiao.PaymentPaid)
			h.want(orders[2], chepiao.OrderPaying, chepiao.PaymentPending)
			back, err := h.QuoteRefund(ctx, h.clock(), chepiao.AskedAt{}, f.Tickets[0].ID)
			must(t, err)
			_, err = h.Refund(ctx, h.verb(), f.Order.ID, []chepiao.TicketID{f.Tickets[0].ID}, back.Back)
			must(t, err)
			if n, err := h.send(); n != 1 || err != nil {
				t.Fatalf("sent back: %d, %v", n, err)
			}
			day := chepiao.DayOf(time.Now().In(pay.China))
			gone := "missing"
			if time.Now().Add(time.Hour).In(pay.China).Day() != time.Now().In(pay.China).Day() {
				gone = "late" // so late at night it may stand in the next bill
			}
			compare := func(faults practice.Faults, want map[string]string) chepiao.Reconciliation {
				t.Helper()
				faults.BillEarly = true
				h.faults(faults)
				r, err := h.Reconcile(ctx, h.verb(), firm, day)
				must(t, err)
				found := map[string]string{}
				for _, d := range r.Differences {
					number := strings.TrimRight(d.Number, "0123456789-") // of a foreign one the date is in it
					if strings.HasPrefix(d.Number, "PY") {
						number = d.Number
					}
					found[number] = strings.TrimSpace(found[number] + " " + string(d.Kind))
				}
				if !maps.Equal(found, want) || r.Unexplained() != 0 {
					t.Errorf("%+v: found %v, want %v; %d fen are not explained", faults, found, want, r.Unexplained())
				}
				return r
			}
			settle := func(kind chepiao.DifferenceKind, id, number string) chepiao.Reconciliation {
				t.Helper()
				r, err := h.SettleDifference(ctx, office.Verb{ID: id, By: "desk", Who: "4001"}, firm, day, kind, number, "渠道更正账单")
				must(t, err)
				return r
			}
			known, undone := paid[0].String(), paid[2].String() // of the last charge nobody here has heard
			for _, c := range []struct {
				faults practice.Faults
				want   map[string]string
			}{
				{practice.Faults{}, map[string]string{undone: "undone"}},
				{practice.Faults{BillMissing: true}, map[string]string{undone: "undone", known: gone}},
				{practice.Faults{BillForeign: true}, map[string]string{undone: "undone", "NOBODY": "foreign"}},
				{practice.Faults{BillDifferent: true}, map[string]string{undone: "undone"}},
				{practice.Faults{BillTwice: true}, map[string]string{undone: "twice undone"}},
			} {
				compare(c.faults, c.want)
			}
			settle(chepiao.DiffUndone, "a", undone) // one number, two differences: the one that is named
			if r := compare(practice.Faults{BillTwice: true}, map[string]string{undone: "twice undone"}); r.Open() != 1 || r.Differences[0].Settled != "" {
				t.Errorf("one of two is settled: %+v", r.Differences)
			}
			if _, err := h.SettleDifference(ctx, h.verb(), firm, day, chepiao.DiffUndone, undone, "again"); chepiao.Why(err) != chepiao.WrongState {
				t.Errorf("settled a second time: %v", err)
			}
			if r := settle("", "b", undone); r.Open() != 0 {
				t.Errorf("whichever is open: %+v", r.Differences)
			}
			must(t, h.AskChannel(ctx, paid[2])) // now the books hear of it
			h.want(orders[2], chepiao.OrderIssued, chepiao.PaymentPaid)
			compare(practice.Faults{BillTwice: true}, map[string]string{undone: "twice"})
			if r := compare(practice.Faults{BillDifferent: true}, map[string]string{undone: "amount"}); r.Open() != 1 {
				t.Errorf("another difference is settled unseen: %+v", r.Differences)
			}
			if r := settle(chepiao.DiffAmount, "c", undone); r.Open() != 0 {
				t.Errorf("settled, and still open: %+v", r.Differences)
			}
			compare(practice.Faults{}, nil)
			h.sound()
		})
	}
}
