package chepiao

import (
	"strings"
	"testing"
	"time"
)

var kioskNow = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// A slip is finished by the machine that prints it and by nothing else (F18).
func TestSlipIsFinishedByItsPrinterOnly(t *testing.T) {
	valid := Ticket{ID: 7, State: TicketValid}
	s := Slip{Ticket: 7, Kind: VoucherSlip, State: Unprinted}
	if _, err := s.End("K1", true, "", kioskNow); Why(err) != WrongState {
		t.Errorf("a slip that nobody printed ended: %v", err)
	}
	s, err := s.Begin(valid, "K1", kioskNow)
	if err != nil || s.State != Printing || s.Tries != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := s.End("K2", true, "", kioskNow); Why(err) != WrongState {
		t.Errorf("another machine finished it: %v", err)
	}
	jammed, err := s.End("K1", false, "  卡纸 "+strings.Repeat("长", 200), kioskNow)
	if err != nil || jammed.State != Unprinted || jammed.Copies != 0 || !strings.HasPrefix(jammed.Why, "卡纸") || len([]rune(jammed.Why)) != slipWhyMax {
		t.Errorf("after a jam: %+v, %v", jammed, err)
	}
	again, err := jammed.Begin(valid, "K2", kioskNow)
	if err == nil {
		again, err = again.End("K2", true, "", kioskNow)
	}
	if err != nil || again.State != Finished || again.Copies != 1 || again.Tries != 2 || again.Why != "" || again.Version != 4 {
		t.Errorf("the next machine: %+v, %v", again, err)
	}
	if _, err := again.End("K2", true, "", kioskNow); Why(err) != WrongState {
		t.Errorf("it ended twice: %v", err)
	}
	for state := range ticketMoves {
		_, err := jammed.Begin(Ticket{State: state}, "K1", kioskNow)
		if may := state == TicketValid || state == TicketChecked || state == TicketDeparted; may != (err == nil) {
			t.Errorf("a %s ticket: %v", state, err)
		}
	}
	if taken, err := s.Begin(valid, "K2", kioskNow); err != nil || taken.Device != "K2" {
		t.Errorf("what a machine left lying is not taken over: %+v, %v", taken, err)
	}
	s.Tries = triesMax
	if _, err := s.Begin(valid, "K1", kioskNow); Why(err) != TooMany {
		t.Errorf("it prints for ever: %v", err)
	}
}

func TestKioskTellsWhatChanged(t *testing.T) {
	k := Kiosk{Device: "K1"}
	parts := []KioskPart{{Part: "paper", State: "ready"}}
	k, changed, err := k.Tell(parts, 3, kioskNow)
	if err != nil || !changed || k.Version != 1 || k.Station != 3 {
		t.Fatalf("%+v, %v, %v", k, changed, err)
	}
	if _, changed, _ = k.Tell(parts, 3, kioskNow.Add(KioskTells-time.Second)); changed {
		t.Error("the same is written again at once")
	}
	if _, changed, _ = k.Tell(parts, 3, kioskNow.Add(KioskTells)); !changed {
		t.Error("it gives no sign of life")
	}
	if next, changed, _ := k.Tell([]KioskPart{{Part: "paper", State: "out"}}, 3, kioskNow); !changed || next.Parts[0].Fine() {
		t.Error("paper that is out is not told")
	}
	if k.Silent(kioskNow.Add(3*KioskTells)) || !k.Silent(kioskNow.Add(3*KioskTells+1)) {
		t.Error("silence begins at the wrong time")
	}
	if _, _, err := k.Tell([]KioskPart{{Part: "paper"}}, 3, kioskNow); Why(err) != Invalid {
		t.Errorf("a part without a state: %v", err)
	}
	if _, _, err := k.Tell(make([]KioskPart, kioskPartsMax+1), 3, kioskNow); Why(err) != Invalid {
		t.Errorf("too many parts: %v", err)
	}
}

func TestKioskIsLockedAndUnlockedOnce(t *testing.T) {
	k := Kiosk{Device: "K1"}
	if k.Serves() != nil {
		t.Error("a new kiosk does not serve")
	}
	if _, err := k.Lock(false, "4001", ""); Why(err) != WrongState {
		t.Errorf("unlocked without being locked: %v", err)
	}
	locked, err := k.Lock(true, "4001", "换纸")
	if err != nil || Why(locked.Serves()) != KioskLocked || locked.LockedBy != "4001" {
		t.Fatalf("%+v, %v", locked, err)
	}
	if _, err := locked.Lock(true, "4001", ""); Why(err) != WrongState {
		t.Errorf("locked twice: %v", err)
	}
	if open, err := locked.Lock(false, "4001", "x"); err != nil || open.Why != "" || open.Serves() != nil {
		t.Errorf("%+v, %v", open, err)
	}
	if _, err := k.Lock(true, "4001", strings.Repeat("长", slipWhyMax+1)); Why(err) != Invalid {
		t.Errorf("a novel: %v", err)
	}
	if c := k.Count(VoucherSlip, true).Count(ReceiptSlip, true).Count(ReceiptSlip, false); c.Vouchers != 1 || c.Receipts != 1 || c.Failed != 1 || c.Version != 3 {
		t.Errorf("%+v", c)
	}
}

// A receipt's number stands on one sheet: what came out, or may have, is not printed
// again; another number is.
func TestReceiptSlipHasNoCopies(t *testing.T) {
	one := Ticket{ID: 7, State: TicketUsed}
	one.ReceiptNo = "A1"
	s, err := Slip{Ticket: 7, Kind: ReceiptSlip, State: Unprinted}.Begin(one, "K1", kioskNow)
	if err != nil || s.Serial != "A1" {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := s.Begin(one, "K2", kioskNow); Why(err) != WrongState {
		t.Errorf("the one that may have come out is printed again: %v", err)
	}
	if failed, err := s.End("K1", false, "", kioskNow); err != nil {
		t.Error(err)
	} else if _, err := failed.Begin(one, "K2", kioskNow); err != nil {
		t.Errorf("the one that did not come out: %v", err)
	}
	s, _ = s.End("K1", true, "", kioskNow)
	if _, err := s.Begin(one, "K1", kioskNow); Why(err) != WrongState {
		t.Errorf("a second copy: %v", err)
	}
	one.ReceiptNo = "A2" // the sheet was spoilt
	if s, err = s.Begin(one, "K1", kioskNow); err != nil || s.Serial != "A2" {
		t.Errorf("%+v, %v", s, err)
	}
}
