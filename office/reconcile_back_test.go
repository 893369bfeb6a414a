package office_test

import (
	"context"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/pay/practice"
)

// TestReconcileMoneyBack: what happens to money on its way back is told by the bill as it
// is, at each firm: under way and agreed on, refused and on neither side, sent back by the
// bank and waiting for a person. A scan that was undone in the moment the payer typed
// came and went: nothing differs.
func TestReconcileMoneyBack(t *testing.T) {
	for _, firm := range moneyFirms {
		t.Run(string(firm), func(t *testing.T) {
			ctx := context.Background()
			h := newMoneyHouseAt(t, firm)
			day := chepiao.DayOf(time.Now().In(pay.China))
			agree := func(what string, want ...chepiao.BillDifference) {
				t.Helper()
				faults := h.sim.Faults()
				h.faults(practice.Faults{BillEarly: true})
				r, err := h.Reconcile(ctx, h.verb(), firm, day)
				must(t, err)
				h.faults(faults)
				same := len(r.Differences) == len(want) && r.Unexplained() == 0
				for i := range want {
					d := chepiao.BillDifference{}
					if same {
						d = r.Differences[i]
					}
					same = same && d.Kind == want[i].Kind && d.Number == want[i].Number && d.Order == want[i].Order && d.Bill == want[i].Bill && d.Ours == 0 && d.Back
				}
				if !same {
					t.Errorf("%s: %+v, want %+v", what, r, want)
				}
			}
			refund := func(n int) chepiao.Payback {
				t.Helper()
				o := h.hold(n)
				h.payer(h.charge(o, chepiao.PayByCode))
				h.deliver()
				f := h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
				quote, err := h.QuoteRefund(ctx, h.clock(), chepiao.AskedAt{}, f.Tickets[0].ID)
				must(t, err)
				_, err = h.Refund(ctx, h.verb(), o.ID, []chepiao.TicketID{f.Tickets[0].ID}, quote.Back)
				must(t, err)
				h.send() //nolint:errcheck // a no is what is rehearsed
				return h.backs(o)[0]
			}
			h.faults(practice.Faults{RefundAbnormal: true})
			stuck := refund(0)
			if stuck.State != chepiao.PaybackStuck {
				t.Fatalf("the bank sent it back: %s", stuck.State)
			}
			open := chepiao.BillDifference{Kind: chepiao.DiffUndone, Number: stuck.ID.String(), Order: stuck.Order, Bill: stuck.Amount}
			agree("the bank sent it back: a person looks", open)
			h.faults(practice.Faults{RefundPending: true})
			if under := refund(1); under.State != chepiao.PaybackSent {
				t.Fatalf("under way: %s", under.State)
			}
			agree("under way: both sides have moved it", open)
			h.faults(practice.Faults{RefundRefused: true})
			if refused := refund(2); refused.State != chepiao.PaybackDue {
				t.Fatalf("refused: %s", refused.State)
			}
			agree("refused: neither side has moved it", open)
			h.faults(practice.Faults{})
			_, err := h.SendAgain(ctx, office.Verb{ID: "again", By: "desk", Who: "4001"}, stuck.ID)
			must(t, err)
			h.pass(15 * time.Minute) // longer than any pause
			for range 3 {
				_, err := h.send()
				must(t, err)
			}
			agree("sent again: nothing is left")
			h.sound()
		})
	}
}

// TestReconcileUndoneScan: the payer types the password in the moment in which the clerk
// gives up. Whatever the firm makes of it, money and ticket agree, and so do bill and books.
func TestReconcileUndoneScan(t *testing.T) {
	for _, firm := range moneyFirms {
		t.Run(string(firm), func(t *testing.T) {
			ctx := context.Background()
			h := newMoneyHouseAt(t, firm)
			o := h.hold(0)
			c, err := h.scan(o, practice.CodeAsks)
			must(t, err)
			h.faults(practice.Faults{ClosePaid: true})
			_, err = h.StopCharge(ctx, h.verb(), o.ID)
			must(t, err)
			h.deliver()
			h.faults(practice.Faults{BillEarly: true})
			if firm == chepiao.WeChat { // a scan is undone, money or not
				h.want(o, chepiao.OrderHeld, chepiao.PaymentClosed)
			} else { // closing says that it is paid
				h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
			}
			r, err := h.Reconcile(ctx, h.verb(), firm, chepiao.DayOf(time.Now().In(pay.China)))
			must(t, err)
			if len(r.Differences) != 0 || r.Unexplained() != 0 || r.BillIn != c.Payment.Amount || r.Lines == 0 {
				t.Errorf("%+v", r)
			}
			h.sound()
		})
	}
}
