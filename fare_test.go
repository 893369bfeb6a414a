package chepiao_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"chepiao"
)

// threeStops is a template from station 1 by 2 to 3, of 40 and 110 km.
func threeStops() *chepiao.Template {
	return &chepiao.Template{No: 7, Kind: chepiao.Fixed, Seats: 45, Stops: []chepiao.Stop{
		{Station: 1, Arrive: clock(8, 30), Depart: clock(8, 30), Board: true},
		{Station: 2, Arrive: clock(9, 15), Depart: clock(9, 20), Metres: 40_000, Board: true, Alight: true},
		{Station: 3, Arrive: clock(10, 10), Depart: clock(10, 10), Metres: 110_000, Alight: true},
	}}
}

func TestPrice(t *testing.T) {
	line := &chepiao.Line{Fares: map[chepiao.Pair]chepiao.Money{{From: 1, To: 3}: 4510}}
	r := chepiao.DefaultRules()
	r.Version = 3
	for _, c := range []struct {
		board, alight int
		kind          chepiao.TicketKind
		full, price   chepiao.Money
		table         bool
	}{
		{0, 2, chepiao.Full, 4510, 4510, true}, // a table's fare is not rounded
		{0, 2, chepiao.Half, 4510, 2300, true}, // 22.55, up to the half yuan
		{0, 2, chepiao.Student, 4510, 3400, true},
		{0, 2, chepiao.Discount, 4510, 4100, true},
		{0, 1, chepiao.Full, 1300, 1300, false}, // 40 km × 0.32 = 12.80
		{0, 1, chepiao.Half, 1300, 650, false},
		{1, 2, chepiao.Full, 2250, 2250, false}, // 70 km × 0.32 = 22.40
	} {
		f := chepiao.Price(line, threeStops(), c.board, c.alight, c.kind, r)
		if f.Full != c.full || f.Price != c.price || f.Table != c.table || f.Rules != 3 {
			t.Errorf("%d→%d %s: %+v; want %s of %s", c.board, c.alight, c.kind, f, c.price, c.full)
		}
		why := f.Explain(c.kind, r)
		if !strings.Contains(why.ZH, c.full.Yuan()) || !strings.Contains(why.EN, c.price.Yuan()) || why.Version != 3 {
			t.Errorf("the explanation does not name the sums: %+v", why)
		}
	}
	near := &chepiao.Template{Stops: []chepiao.Stop{{Station: 1}, {Station: 2, Metres: 100}}}
	if f := chepiao.Price(line, near, 0, 1, chepiao.Full, r); f.Price != r.FareLeast {
		t.Errorf("100 metres cost %s, want the least fare %s", f.Price, r.FareLeast)
	}
}

// TestFaresGrow: by distance, a longer way never costs less, and no kind more
// than the full fare does after rounding.
func TestFaresGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := chepiao.DefaultRules()
		r.FenPerKm = rapid.Int64Range(0, 1000).Draw(t, "rate")
		r.FareRounding = chepiao.Rounding(rapid.IntRange(0, 4).Draw(t, "rounding"))
		a := rapid.Int32Range(0, 2_000_000).Draw(t, "metres")
		b := a + rapid.Int32Range(0, 500_000).Draw(t, "further")
		m := &chepiao.Template{Stops: []chepiao.Stop{{Station: 1}, {Station: 2, Metres: a}, {Station: 3, Metres: b}}}
		short := chepiao.Price(&chepiao.Line{}, m, 0, 1, chepiao.Full, r)
		long := chepiao.Price(&chepiao.Line{}, m, 0, 2, chepiao.Full, r)
		if long.Price < short.Price || short.Price < r.FareLeast || short.Price != short.Full {
			t.Fatalf("%d m cost %s, %d m cost %s", a, short.Price, b, long.Price)
		}
		for _, kind := range []chepiao.TicketKind{chepiao.Half, chepiao.Student, chepiao.Discount} {
			if f := chepiao.Price(&chepiao.Line{}, m, 0, 1, kind, r); f.Price > f.Full+99 || f.Price < 0 {
				t.Fatalf("%s costs %s of %s", kind, f.Price, f.Full)
			}
		}
	})
}

// TestFareLaws: whatever the rules, a price is never negative, never above the
// full fare, which is never above the limit; the parts add up; the same inputs
// give the same explanation.
func TestFareLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := chepiao.DefaultRules()
		r.Version = 3
		r.FenPerKm = rapid.Int64Range(0, 1000).Draw(t, "rate")
		r.FareLeast = chepiao.Money(rapid.Int64Range(0, 1000).Draw(t, "least"))
		r.FareRounding = chepiao.Rounding(rapid.IntRange(0, 4).Draw(t, "rounding"))
		r.FareLimit = rapid.Int64Range(0, 500).Draw(t, "limit")
		r.FareDifference = rapid.Int64Range(-10_000, 10_000).Draw(t, "difference")
		r.HalfShare = rapid.Int64Range(0, 10_000).Draw(t, "half")
		r.DiscountShare = rapid.Int64Range(0, 10_000).Draw(t, "discount")
		for _, item := range []string{"fuel", "station", "insurance"} {
			if rapid.Bool().Draw(t, item) {
				r.FareItems = append(r.FareItems, chepiao.FareItem{Item: item, Fen: chepiao.Money(rapid.Int64Range(0, 500).Draw(t, "fen")), Share: rapid.Int64Range(0, 3000).Draw(t, "share")})
			}
		}
		line := &chepiao.Line{}
		if rapid.Bool().Draw(t, "by table") {
			line.Fares = map[chepiao.Pair]chepiao.Money{{From: 1, To: 2}: chepiao.Money(rapid.Int64Range(0, 100_000).Draw(t, "table"))}
		}
		m := &chepiao.Template{Stops: []chepiao.Stop{{Station: 1}, {Station: 2, Metres: rapid.Int32Range(0, 2_000_000).Draw(t, "metres")}}}
		kind := chepiao.TicketKind(rapid.IntRange(0, 5).Draw(t, "kind"))
		f := chepiao.Price(line, m, 0, 1, kind, r)
		if f.Price < 0 || f.Full < 0 || f.Price > f.Full || r.FareLimit > 0 && f.Full*1000 > chepiao.Money(int64(f.Metres)*r.FareLimit) || kind == chepiao.Free && f.Price != 0 {
			t.Fatalf("%+v", f)
		}
		for _, parts := range []struct {
			items []chepiao.FareItem
			sum   chepiao.Money
		}{{f.Items(r), f.Full}, {f.Parts(r), f.Price}} {
			sum := chepiao.Money(0)
			for _, p := range parts.items {
				if p.Fen < 0 {
					t.Fatalf("a part is negative: %+v", parts.items)
				}
				sum += p.Fen
			}
			if sum != parts.sum || parts.items[0].Item != chepiao.FareBase {
				t.Fatalf("%+v is not %s", parts.items, parts.sum)
			}
		}
		again := chepiao.Price(line, m, 0, 1, kind, r)
		if why := f.Explain(kind, r); !reflect.DeepEqual(why, again.Explain(kind, r)) || why.Rule == "" || why.ZH == "" || why.EN == "" {
			t.Fatalf("%+v", why)
		}
	})
}

func TestTicketKinds(t *testing.T) {
	for s, want := range map[string]chepiao.TicketKind{"": chepiao.Full, "full": chepiao.Full, "half": chepiao.Half, "student": chepiao.Student, "discount": chepiao.Discount, "disabled": chepiao.Disabled, "free": chepiao.Free} {
		if got, err := chepiao.ParseTicketKind(s); err != nil || got != want {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"FULL", "child", "kind1", "1", " full"} {
		if got, err := chepiao.ParseTicketKind(s); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%q is read as %v, %v", s, got, err)
		}
	}
	if s := chepiao.TicketKind(9).String() + chepiao.TicketKind(-1).String(); s != "kind9kind-1" {
		t.Errorf("kinds that do not exist print %q", s)
	}
}
