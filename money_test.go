package chepiao_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"chepiao"
)

func TestMoneyShare(t *testing.T) {
	modes := []chepiao.Rounding{chepiao.RoundFen, chepiao.RoundNearest, chepiao.RoundDown, chepiao.RoundUp, chepiao.RoundHalfYuan}
	for _, c := range []struct {
		m     chepiao.Money
		basis int64
		want  [5]chepiao.Money // by mode
	}{
		{2250, 1000, [5]chepiao.Money{225, 200, 200, 300, 250}},
		{2250, 5000, [5]chepiao.Money{1125, 1100, 1100, 1200, 1150}},
		{2300, 5000, [5]chepiao.Money{1150, 1200, 1100, 1200, 1150}}, // half up, and exactly a half yuan
		{2000, 5000, [5]chepiao.Money{1000, 1000, 1000, 1000, 1000}},
		{1, 5000, [5]chepiao.Money{1, 0, 0, 100, 50}},
		{1, 4999, [5]chepiao.Money{0, 0, 0, 100, 50}},
		{0, 5000, [5]chepiao.Money{0, 0, 0, 0, 0}},
		{99, 10000, [5]chepiao.Money{99, 100, 0, 100, 100}},
		{51, 10000, [5]chepiao.Money{51, 100, 0, 100, 100}},
		{49, 10000, [5]chepiao.Money{49, 0, 0, 100, 50}},
		{10_000_000, 10000, [5]chepiao.Money{10_000_000, 10_000_000, 10_000_000, 10_000_000, 10_000_000}},
	} {
		for i, mode := range modes {
			if got := c.m.Share(c.basis, mode); got != c.want[i] {
				t.Errorf("%d of %s by rounding %d: %d fen, want %d", c.basis, c.m, mode, got, c.want[i])
			}
		}
	}
}

// TestMoneyShareAgainstFractions compares every mode with exact arithmetic.
func TestMoneyShareAgainstFractions(t *testing.T) {
	unit := map[chepiao.Rounding]int64{chepiao.RoundFen: 1, chepiao.RoundNearest: 100, chepiao.RoundDown: 100, chepiao.RoundUp: 100, chepiao.RoundHalfYuan: 50}
	rapid.Check(t, func(t *rapid.T) {
		m := chepiao.Money(rapid.Int64Range(0, 10_000_000).Draw(t, "fen"))
		basis := rapid.Int64Range(0, 10_000).Draw(t, "basis points")
		for mode, u := range unit {
			exact := big.NewRat(int64(m)*basis, 10_000*u) // in units
			switch mode {
			case chepiao.RoundFen, chepiao.RoundNearest:
				exact.Add(exact, big.NewRat(1, 2))
			}
			whole := new(big.Int).Div(exact.Num(), exact.Denom())
			if up := mode == chepiao.RoundUp || mode == chepiao.RoundHalfYuan; up && !exact.IsInt() {
				whole.Add(whole, big.NewInt(1))
			}
			if got, want := int64(m.Share(basis, mode)), whole.Int64()*u; got != want {
				t.Fatalf("%d basis points of %d fen by rounding %d: %d, want %d", basis, m, mode, got, want)
			}
		}
	})
}

func TestMoneyPrints(t *testing.T) {
	for m, want := range map[chepiao.Money]string{0: "0.00", 5: "0.05", 50: "0.50", 2250: "22.50", -5: "-0.05", -2250: "-22.50", 10_000_000: "100000.00"} {
		if got := m.String(); got != want {
			t.Errorf("%d fen print %q, want %q", int64(m), got, want)
		}
	}
	if got := chepiao.Money(2250).Yuan(); got != "¥22.50" {
		t.Errorf("a ticket prints %q", got)
	}
}
