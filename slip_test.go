package chepiao_test

import (
	"testing"

	"chepiao"
)

// TestSlipElsewhere walks what a window's print and a silent machine make of a slip.
func TestSlipElsewhere(t *testing.T) {
	now := moment("2026-11-22 08:00")
	ticket := chepiao.Ticket{ID: 7, State: chepiao.TicketValid}
	ticket.Receipt, ticket.ReceiptNo = chepiao.ReceiptPaper, "A1"
	for _, kind := range []chepiao.SlipKind{chepiao.VoucherSlip, chepiao.ReceiptSlip} {
		for _, state := range []chepiao.SlipState{chepiao.Unprinted, chepiao.Printing, chepiao.Finished} {
			s := chepiao.Slip{Ticket: 7, Kind: kind, State: state, Device: "K1", Tries: 1, At: now, Version: 3}
			out, ok := s.Elsewhere(ticket, "W1", now)
			if open := state != chepiao.Finished; ok != open || open && (out.State != chepiao.Finished || out.Device != "W1" || out.Copies != 1 || out.Version != 4) || !open && out != s {
				t.Errorf("%s %s: %+v, %v", kind, state, out, ok)
			}
			lost, ok := s.Lose(now.Add(chepiao.SlipWaits))
			if stuck := state == chepiao.Printing && kind == chepiao.VoucherSlip; ok != stuck || stuck && lost.State != chepiao.Unprinted || !stuck && lost != s {
				t.Errorf("%s %s, ten minutes later: %+v, %v", kind, state, lost, ok)
			}
			if lost, ok := s.Lose(now.Add(chepiao.SlipWaits - 1)); ok || lost != s {
				t.Errorf("%s %s is lost too early", kind, state)
			}
			if s.Wanted(ticket) != (state != chepiao.Finished) {
				t.Errorf("%s %s: wanted %v", kind, state, s.Wanted(ticket))
			}
			back := ticket
			back.State = chepiao.TicketRefunded
			if s.Wanted(back) {
				t.Errorf("%s %s of a refunded ticket is waited for", kind, state)
			}
		}
	}
	if _, ok := (chepiao.Slip{}).Elsewhere(ticket, "W1", now); ok {
		t.Error("a slip that no kiosk ever wanted is written")
	}
}
