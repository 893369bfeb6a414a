package chepiao

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var billDay = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC) // its end

// TestReconcileFinds: whatever is wrong with a random day is found, and nothing else,
// and the sums add up to the fen.
func TestReconcileFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bill []BillEntry
		var ours []Movement
		want := map[string]DifferenceKind{}
		for i := range rapid.IntRange(0, 30).Draw(t, "movements") {
			back := rapid.Bool().Draw(t, "back")
			m := Movement{Number: fmt.Sprintf("PY%d", i), Order: OrderID(i + 1), Back: back, Amount: Money(rapid.IntRange(1, 90_000).Draw(t, "fen")), Done: true, At: billDay.Add(-time.Duration(rapid.IntRange(60, 1439).Draw(t, "minutes")) * time.Minute)}
			b := BillEntry{Charge: m.Number, Amount: m.Amount, At: m.At}
			if back {
				m.Number = fmt.Sprintf("PB%d", i)
				b.Refund = m.Number
			}
			switch fault := rapid.SampledFrom([]string{"", "", "", "foreign", "twice", "amount", "undone", "missing", "late"}).Draw(t, "fault"); fault {
			case "foreign":
				want[m.Number] = DiffForeign
				bill = append(bill, b)
				continue
			case "twice":
				want[m.Number] = DiffTwice
				bill = append(bill, b, b)
			case "amount":
				want[m.Number] = DiffAmount
				b.Amount++
				bill = append(bill, b)
			case "undone":
				want[m.Number] = DiffUndone
				m.Done = false
				bill = append(bill, b)
			case "missing":
				want[m.Number] = DiffMissing
			case "late":
				want[m.Number] = DiffLate
				m.At = billDay.Add(-time.Minute)
			default:
				bill = append(bill, b)
			}
			ours = append(ours, m)
		}
		r := Reconcile(bill, ours, billDay)
		found := map[string]DifferenceKind{}
		sum := Money(0)
		for _, d := range r.Differences {
			found[d.Number] = d.Kind
			sum += d.Delta()
		}
		if !maps.Equal(found, want) || len(r.Differences) != len(want) {
			t.Fatalf("found %v, want %v", found, want)
		}
		if r.BillIn-r.BillBack != r.OursIn-r.OursBack+sum {
			t.Fatalf("bill %d - %d, books %d - %d, differences %d", r.BillIn, r.BillBack, r.OursIn, r.OursBack, sum)
		}
		for i := range r.Differences {
			r.Differences[i].Settled = "seen"
		}
		again := Reconcile(bill, ours, billDay)
		if again.Keep(r); again.Open() != 0 {
			t.Fatalf("%d of what was settled is open again", again.Open())
		}
	})
}

// TestReconcileChanged: what was settled is open again once it is another difference.
func TestReconcileChanged(t *testing.T) {
	m := Movement{Number: "PY1", Amount: 100, Done: true, At: billDay.Add(-5 * time.Hour)}
	before := Reconcile([]BillEntry{{Charge: "PY1", Amount: 90}}, []Movement{m}, billDay)
	before.Differences[0].Settled = "explained"
	now := Reconcile([]BillEntry{{Charge: "PY1", Amount: 80}}, []Movement{m}, billDay)
	if now.Keep(before); now.Open() != 1 {
		t.Errorf("another sum is still settled")
	}
}

// TestReconcileLater: what a day lacked is found in a later bill, or is missing for good.
func TestReconcileLater(t *testing.T) {
	night := Movement{Number: "PY1", Amount: 100, Done: true, At: billDay.Add(-time.Minute)}
	lost := Movement{Number: "PY2", Amount: 200, Done: true, At: billDay.Add(-2 * time.Minute)}
	refund := Movement{Number: "PB3", Back: true, Amount: 50, Done: true, At: billDay.Add(-9 * time.Hour)}
	r := Reconcile(nil, []Movement{night, lost, refund}, billDay)
	if r.Day = 10; r.Open() != 1 || len(r.Differences) != 3 {
		t.Fatalf("the same evening: %+v", r.Differences)
	}
	if !r.Later(11, []BillEntry{{Charge: "PY1", Amount: 100}}) || r.Open() != 2 {
		t.Errorf("after the next bill: %+v", r.Differences)
	}
	if !r.Later(13, []BillEntry{{Charge: "PY9", Refund: "PB3", Amount: 50}}) || len(r.Differences) != 1 || r.Differences[0].Number != "PY2" || r.Differences[0].Kind != DiffMissing {
		t.Errorf("after the bill that has the refund: %+v", r.Differences)
	}
	again := Reconcile(nil, []Movement{lost}, billDay)
	if again.Keep(r); again.Open() != 1 {
		t.Errorf("compared again it is late once more: %+v", again.Differences)
	}
}
