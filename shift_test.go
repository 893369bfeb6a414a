package chepiao_test

import (
	"reflect"
	"testing"
	"time"

	"chepiao"

	"pgregory.net/rapid"
)

var shiftBegan = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

func newShift(t *testing.T, float chepiao.Money) chepiao.Shift {
	t.Helper()
	s, err := chepiao.NewShift(9, "1001", "window-1", 3, false, float, shiftBegan)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func cash(amount chepiao.Money) chepiao.Payment {
	return chepiao.Payment{Channel: chepiao.Cash, Amount: amount}
}

// shiftMoves are everything that can be done to a shift, with inputs that are
// good as such.
var shiftMoves = []struct {
	name string
	do   func(chepiao.Shift) (chepiao.Shift, error)
	may  []chepiao.ShiftState
}{
	{"take in", func(s chepiao.Shift) (chepiao.Shift, error) { return s.TakeIn(cash(4500), 1, chepiao.DefaultRules()) }, open},
	{"pay out", func(s chepiao.Shift) (chepiao.Shift, error) {
		return s.PayOut(chepiao.Payback{Channel: chepiao.Cash, Amount: 100})
	}, open},
	{"count tickets", func(s chepiao.Shift) (chepiao.Shift, error) { return s.Count(1, 0, 0) }, open},
	{"hand in", func(s chepiao.Shift) (chepiao.Shift, error) { return s.Carry(chepiao.DrawerMove{Amount: 100}) }, open},
	{"load paper", func(s chepiao.Shift) (chepiao.Shift, error) {
		return s.LoadPaper([]chepiao.Serials{{Batch: 1, Prefix: "A", Width: 4, From: 1, To: 9}})
	}, open},
	{"give paper", func(s chepiao.Shift) (chepiao.Shift, error) { s, _, err := s.GivePaper(1); return s, err }, open},
	{"print", func(s chepiao.Shift) (chepiao.Shift, error) { s, _, err := s.NextPaper(); return s, err }, open},
	{"spoil", func(s chepiao.Shift) (chepiao.Shift, error) { s, _, err := s.PickPaper("B0002"); return s, err }, open},
	{"close", func(s chepiao.Shift) (chepiao.Shift, error) {
		return s.Close(map[chepiao.PaymentChannel]chepiao.Money{chepiao.Cash: 9500}, "", shiftBegan)
	}, []chepiao.ShiftState{chepiao.OpenShift, chepiao.ClosedShift}},
	{"sign", func(s chepiao.Shift) (chepiao.Shift, error) { return s.Sign("4001", "", shiftBegan) }, []chepiao.ShiftState{chepiao.ClosedShift}},
}

var open = []chepiao.ShiftState{chepiao.OpenShift}

// TestShiftSquare: every move in every state, those that are not allowed included;
// a refusal changes nothing, and a move never changes the shift it came from.
func TestShiftSquare(t *testing.T) {
	for _, state := range []chepiao.ShiftState{chepiao.OpenShift, chepiao.ClosedShift, chepiao.SignedShift} {
		for _, m := range shiftMoves {
			s := newShift(t, 10_000)
			s.State = state
			s.Sums = []chepiao.ShiftSum{{Channel: chepiao.Cash, In: 1000, Payments: 1}}
			s.Paper = []chepiao.Serials{{Batch: 2, Prefix: "B", Width: 4, From: 1, To: 3}}
			was := s
			was.Sums, was.Paper = append([]chepiao.ShiftSum{}, s.Sums...), append([]chepiao.Serials{}, s.Paper...)
			next, err := m.do(s)
			if !reflect.DeepEqual(s, was) {
				t.Errorf("%s of %s changed the shift it came from: %+v", m.name, state, s)
			}
			if may := contains(m.may, state); may != (err == nil) {
				t.Errorf("%s of %s: %v", m.name, state, err)
			} else if may && next.Version != s.Version+1 {
				t.Errorf("%s of %s: version %d", m.name, state, next.Version)
			} else if !may && chepiao.AsRefusal(err) == nil {
				t.Errorf("%s of %s is a fault: %v", m.name, state, err)
			}
		}
	}
}

func contains(list []chepiao.ShiftState, s chepiao.ShiftState) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// TestShiftFiveYuanShort: a drawer is counted five yuan short, counted again, and
// signed by somebody else than who stood at it.
func TestShiftFiveYuanShort(t *testing.T) {
	s := newShift(t, 200_00)
	r := chepiao.DefaultRules()
	var err error
	step := func(what string, fn func() (chepiao.Shift, error)) {
		t.Helper()
		if s, err = fn(); err != nil {
			t.Fatal(what, err)
		}
	}
	step("sale", func() (chepiao.Shift, error) { return s.TakeIn(cash(90_00), 2, r) })
	step("phone", func() (chepiao.Shift, error) {
		return s.TakeIn(chepiao.Payment{Channel: chepiao.WeChat, Amount: 45_00}, 1, r)
	})
	step("refund", func() (chepiao.Shift, error) {
		return s.PayOut(chepiao.Payback{Channel: chepiao.Cash, Amount: 36_00})
	})
	step("tickets", func() (chepiao.Shift, error) { return s.Count(1, 0, 0) })
	step("hand in", func() (chepiao.Shift, error) { return s.Carry(chepiao.DrawerMove{Amount: 100_00}) })
	step("fetch", func() (chepiao.Shift, error) { return s.Carry(chepiao.DrawerMove{Amount: 50_00, Fetched: true}) })
	if s.Drawer() != 204_00 || s.Expected(chepiao.WeChat) != 45_00 {
		t.Errorf("the drawer holds %s, by phone %s", s.Drawer(), s.Expected(chepiao.WeChat))
	}
	if s.Tickets != (chepiao.ShiftTickets{Sold: 3, Refunded: 1}) {
		t.Errorf("tickets %+v", s.Tickets)
	}
	_, err = s.PayOut(chepiao.Payback{Channel: chepiao.Cash, Amount: 204_01})
	refusedAs(t, "more than there is", err, chepiao.DrawerShort)
	_, err = s.Carry(chepiao.DrawerMove{Amount: 204_01})
	refusedAs(t, "handed in more than there is", err, chepiao.DrawerShort)
	step("count", func() (chepiao.Shift, error) {
		return s.Close(map[chepiao.PaymentChannel]chepiao.Money{chepiao.Cash: 199_00}, "", shiftBegan)
	})
	if s.Over != -5_00 || s.Counted[chepiao.WeChat] != 45_00 {
		t.Errorf("over %s, counted %v", s.Over, s.Counted)
	}
	step("count again", func() (chepiao.Shift, error) {
		return s.Close(map[chepiao.PaymentChannel]chepiao.Money{chepiao.Cash: 204_00, chepiao.WeChat: 40_00}, "", shiftBegan)
	})
	if s.Over != -5_00 {
		t.Errorf("over %s the second time", s.Over)
	}
	_, err = s.Close(map[chepiao.PaymentChannel]chepiao.Money{chepiao.Alipay: 1}, "", shiftBegan)
	refusedAs(t, "a channel that nobody used", err, chepiao.Invalid)
	for _, by := range []chepiao.StaffNo{"", "1001"} {
		_, err = s.Sign(by, "", shiftBegan)
		refusedAs(t, "signed by "+string(by), err, chepiao.SecondHand)
	}
	step("sign", func() (chepiao.Shift, error) { return s.Sign("4001", "", shiftBegan) })
}

// TestCashCeiling: near the ceiling the drawer warns, beyond it no cash is taken,
// and money that is not cash always is. 0 is no ceiling.
func TestCashCeiling(t *testing.T) {
	r := chepiao.DefaultRules()
	r.CashCeiling = 1000_00
	for _, c := range []struct {
		float, amount chepiao.Money
		warns, taken  bool
	}{
		{799_99, 200_00, false, true},
		{800_00, 200_00, true, true},
		{800_00, 200_01, true, false},
		{1000_00, 0, true, true}, // rebooked without a difference
		{1000_00, 1, true, false},
	} {
		s := newShift(t, c.float)
		warned := s.Full(r)
		if (warned != nil) != c.warns || warned != nil && warned.Rule != "cash_ceiling" {
			t.Errorf("%s in the drawer warns: %+v", c.float, warned)
		}
		_, err := s.TakeIn(cash(c.amount), 1, r)
		if (err == nil) != c.taken {
			t.Errorf("%s more than %s: %v", c.amount, c.float, err)
		} else if !c.taken {
			refusedAs(t, "over the ceiling", err, chepiao.CashCeiling)
			if b := chepiao.AsRefusal(err).Because; b == nil || b.Rule != "cash_ceiling" {
				t.Errorf("not by the rule: %+v", b)
			}
		}
		if _, err := s.TakeIn(chepiao.Payment{Channel: chepiao.WeChat, Amount: c.amount}, 1, r); err != nil {
			t.Errorf("by phone: %v", err)
		}
	}
	r.CashCeiling = 0
	s := newShift(t, 9_000_00)
	if _, err := s.TakeIn(cash(90_000_00), 1, r); err != nil || s.Full(r) != nil {
		t.Errorf("without a ceiling: %v", err)
	}
}

// TestCashNeedsShift: only of a clerk who is signed in, and where the
// rule says so.
func TestCashNeedsShift(t *testing.T) {
	on, off := chepiao.DefaultRules(), chepiao.DefaultRules()
	off.ShiftNeeded = false
	for _, c := range []struct {
		who   chepiao.StaffNo
		shift chepiao.ShiftID
		r     *chepiao.Rules
		no    bool
	}{{"1001", 0, on, true}, {"1001", 9, on, false}, {"1001", 0, off, false}, {"", 0, on, false}} {
		err := chepiao.MayMoveCash(c.who, c.shift, c.r)
		if (err != nil) != c.no {
			t.Errorf("%+v: %v", c, err)
		} else if c.no {
			refusedAs(t, "without a shift", err, chepiao.ShiftNeeded)
		}
	}
}

// TestDrawerAddsUp: whatever is done in whatever order, the drawer is what went in
// less what went out, and never below zero.
func TestDrawerAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := chepiao.DefaultRules()
		s, err := chepiao.NewShift(1, "1", "w", 0, false, 100_00, shiftBegan)
		if err != nil {
			t.Fatal(err)
		}
		want, phone := chepiao.Money(100_00), chepiao.Money(0)
		for range rapid.IntRange(0, 40).Draw(t, "moves") {
			amount := chepiao.Money(rapid.Int64Range(1, 300_00).Draw(t, "amount"))
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				if next, err := s.TakeIn(cash(amount), 1, r); err == nil {
					s, want = next, want+amount
				}
			case 1:
				if next, err := s.PayOut(chepiao.Payback{Channel: chepiao.Cash, Amount: amount}); err == nil {
					s, want = next, want-amount
				}
			case 2:
				fetched := rapid.Bool().Draw(t, "fetched")
				if next, err := s.Carry(chepiao.DrawerMove{Amount: amount, Fetched: fetched}); err == nil {
					s = next
					if fetched {
						amount = -amount
					}
					want -= amount
				}
			default:
				if next, err := s.TakeIn(chepiao.Payment{Channel: chepiao.WeChat, Amount: amount}, 1, r); err == nil {
					s, phone = next, phone+amount
				}
			}
			if s.Drawer() != want || want < 0 || s.Expected(chepiao.WeChat) != phone {
				t.Fatalf("the drawer has %s, want %s; by phone %s, want %s", s.Drawer(), want, s.Expected(chepiao.WeChat), phone)
			}
		}
	})
}

func refusedAs(t *testing.T, what string, err error, reason chepiao.Reason) {
	t.Helper()
	if chepiao.Why(err) != reason {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}
