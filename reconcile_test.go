package chepiao

import (
	"fmt"
	"maps"
	"slices"
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
		for _, d := range r.Differences {
			found[d.Number] = d.Kind
		}
		if !maps.Equal(found, want) || len(r.Differences) != len(want) {
			t.Fatalf("found %v, want %v", found, want)
		}
		if r.Unexplained() != 0 {
			t.Fatalf("%d fen of %+v are not explained", r.Unexplained(), r)
		}
		if r.OursIn++; r.Unexplained() != -1 {
			t.Fatal("a sum that is a fen off is not seen")
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

// TestReconcileUndone: a scan that the channel undid while the payer typed came and went
// back; our books know neither, and nothing differs. One that they count as paid does.
func TestReconcileUndone(t *testing.T) {
	noon := billDay.Add(-4 * time.Hour)
	came, gone := BillEntry{Charge: "PY1", Amount: 100, At: noon}, BillEntry{Charge: "PY1", Refund: "revoked PY1", Undone: true, Amount: 100, At: noon}
	closed, paid := Movement{Number: "PY1", Order: 7, Amount: 100, At: noon}, Movement{Number: "PY1", Order: 7, Amount: 100, At: noon, Done: true}
	less := gone
	less.Amount = 60
	for _, c := range []struct {
		name string
		bill []BillEntry
		ours []Movement
		want []DifferenceKind
	}{
		{"undone", []BillEntry{came, gone}, []Movement{closed}, nil},
		{"undone, its lines the other way round", []BillEntry{gone, came}, []Movement{closed}, nil},
		{"the money stands there twice", []BillEntry{came, came, gone}, []Movement{closed}, []DifferenceKind{DiffTwice}},
		{"not all went back", []BillEntry{came, less}, []Movement{closed}, []DifferenceKind{DiffUndone, DiffUndone}},
		{"it came the day before", []BillEntry{gone}, []Movement{closed}, []DifferenceKind{DiffUndone}},
		{"there is a ticket for it", []BillEntry{came, gone}, []Movement{paid}, []DifferenceKind{DiffUndone}},
		{"nobody here knows it", []BillEntry{came, gone}, nil, []DifferenceKind{DiffForeign, DiffForeign}},
	} {
		r := Reconcile(c.bill, c.ours, billDay)
		var found []DifferenceKind
		for _, d := range r.Differences {
			found = append(found, d.Kind)
			if (d.Kind == DiffUndone) != (d.Order == 7) && d.Kind != DiffTwice {
				t.Errorf("%s: order %v", c.name, d)
			}
		}
		if !slices.Equal(found, c.want) || r.Unexplained() != 0 {
			t.Errorf("%s: %v, want %v; %d fen are not explained", c.name, found, c.want, r.Unexplained())
		}
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
	if r.Unexplained() != 0 || r.OursIn != lost.Amount || r.OursBack != 0 {
		t.Errorf("what stands in later bills is still counted here: %+v", r)
	}
	again := Reconcile(nil, []Movement{night, lost, refund}, billDay)
	if again.Keep(r); again.Open() != 1 || len(again.Differences) != 1 || again.Unexplained() != 0 {
		t.Errorf("compared again, what was found later alarms anew, or what was lost is late once more: %+v", again)
	}
	third := Reconcile(nil, []Movement{night, lost, refund}, billDay)
	if third.Keep(again); third.Open() != 1 || len(third.Elsewhere) != 2 {
		t.Errorf("forgotten at the third comparison: %+v", third)
	}
}
