package chepiao

import "testing"

// TestReissue: a valid ticket alone, and not for ever.
func TestReissue(t *testing.T) {
	for _, state := range []TicketState{TicketHeld, TicketValid, TicketChecked, TicketDeparted, TicketUsed, TicketRefunded, TicketRebooked, TicketVoided, TicketNoShow} {
		was := Ticket{State: state, Voucher: 1, Version: 4}
		next, err := was.Reissue()
		if want := state == TicketValid; (err == nil) != want {
			t.Errorf("%s: %v", state, err)
		} else if !want && (Why(err) != WrongState || next.Voucher != was.Voucher || next.Version != was.Version) {
			t.Errorf("%s: %v, voucher %d", state, err, next.Voucher)
		} else if want && (next.Voucher != 2 || next.Version != 5 || next.State != TicketValid) {
			t.Errorf("%s became voucher %d, version %d", state, next.Voucher, next.Version)
		}
	}
	one := Ticket{State: TicketValid, Voucher: 1}
	for range ReissueMax {
		var err error
		if one, err = one.Reissue(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := one.Reissue(); Why(err) != TooMany {
		t.Errorf("after %d times: %v", ReissueMax, err)
	}
}
