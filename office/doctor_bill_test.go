package office_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// paidAt holds a seat, charges it at the practice wallet and has the payer pay, at the
// moments given. Nobody hears of it unless asked.
func (w *world) paidAt(id, name string, charged, paid time.Time) chepiao.PaymentID {
	w.t.Helper()
	ctx := context.Background()
	m := w.office.Timetable().Templates[0]
	run := chepiao.MakeDepartureID(m.No, chepiao.DayOf(w.clock().In(shanghai))+3)
	w.now = charged
	v := office.Verb{ID: id, By: "phone"}
	a, err := w.office.Hold(ctx, w.clock(), v, "key", office.HoldInput{Departure: run, From: m.Stops[0].Station, To: m.Stops[1].Station, Channel: chepiao.Online,
		Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: w.person(name)}}})
	must(w.t, err)
	v.ID += "p"
	c, err := w.office.Charge(ctx, v, office.ChargeInput{Order: a.Order.ID, Channel: chepiao.Sandbox})
	must(w.t, err)
	w.now = paid
	res, err := http.Post(w.url+"/control/charges/"+c.Payment.ID.String()+"/outcome", "application/json", strings.NewReader(`{"outcome":"late_notice","delay_seconds":3600}`))
	must(w.t, err)
	res.Body.Close()
	return c.Payment.ID
}

// twoBills is a node with two days of bills compared: a payment that began on the first
// and stands in the second's bill, and one of the first that nobody heard of, which a
// person has settled.
func twoBills(t *testing.T) (w *world) {
	ctx := context.Background()
	w = newWorld(t)
	w.timetable([]string{"G101 seats=20 gate=3 class=4 fare=20.00 A@20:30 B@22:10"})
	day := chepiao.DayOf(w.clock().In(shanghai))
	noon, midnight := chepiao.Clock(12*60).On(day, shanghai), chepiao.Clock(0).On(day+1, shanghai)
	unheard := w.paidAt("a", "王芳", noon, noon)
	night := w.paidAt("b", "李小明", midnight.Add(-2*time.Minute), midnight.Add(2*time.Minute))
	must(t, w.office.AskChannel(ctx, night))
	compare := func(days int, at time.Duration) (list []chepiao.Reconciliation) {
		t.Helper()
		w.now = chepiao.Clock(0).On(day+chepiao.Day(days), shanghai).Add(at)
		_, err := w.office.ReconcileDue(ctx, w.clock())
		must(t, err)
		list, err = w.office.Reconciled(ctx, day)
		must(t, err)
		return list // the latest day first
	}
	if list := compare(1, 11*time.Hour); len(list) != 1 || list[0].Open() != 1 || len(list[0].Differences) != 2 {
		t.Fatalf("the morning after: %+v", list)
	}
	for _, days := range []int{2, 3} { // the third time the first day is compared again, and the second is not
		list := compare(days, 11*time.Hour)
		first := list[len(list)-1]
		if len(first.Differences) != 1 || first.Open() != 1 || first.Unexplained() != 0 || !slices.Equal(first.Elsewhere, []string{night.String()}) {
			t.Fatalf("%d days later: %+v", days, first)
		}
		if second := list[len(list)-2]; second.Open() != 0 || second.OursIn != 2000 || second.BillIn != 2000 {
			t.Fatalf("the day that has it, %d days later: %+v", days, second)
		}
	}
	_, err := w.office.SettleDifference(ctx, office.Verb{ID: "settle", By: "desk", Who: "4001"}, chepiao.Sandbox, day, chepiao.DiffUndone, unheard.String(), "退给付款人")
	must(t, err)
	return w
}

// TestDoctorFindsBills: what a bill's comparison says is looked at; each wrong is named.
func TestDoctorFindsBills(t *testing.T) {
	w := twoBills(t)
	d, err := w.store.Doctor(context.Background(), nil)
	must(t, err)
	if len(d.Findings) > 0 {
		t.Fatalf("sound bills are said to be broken: %v", d.Findings)
	}
	must(t, w.store.Close())
	sound, err := os.ReadFile(filepath.Join(w.folder, "node.db"))
	must(t, err)
	for _, c := range []struct{ name, sql, what string }{
		{"a sum", `UPDATE reconciled SET body = replace(body, '"bill_in":2000', '"bill_in":2001') WHERE unsettled = 0`, "leave ¥0.01 unexplained"},
		{"a difference lost", `UPDATE reconciled SET body = replace(body, '"differences"', '"forgotten"')`, "unexplained"},
		{"the count of what is open", "UPDATE reconciled SET unsettled = 7", "counts 7 open differences, and has 0"},
		{"settled by somebody else", `UPDATE reconciled SET body = replace(body, '"by":"4001"', '"by":"4002"')`, "nobody settled it by the journal"},
		{"settled in other words", `UPDATE reconciled SET body = replace(body, '退给付款人', '无需处理')`, "nobody settled it by the journal"},
		{"another day's", "UPDATE reconciled SET day = day - 1 WHERE day = (SELECT min(day) FROM reconciled)", "its content is of bill sandbox"},
		{"a day that was never compared", "UPDATE reconciled SET day = day - 1 WHERE day = (SELECT min(day) FROM reconciled)", "knows nothing of its comparison"},
		{"what cannot be read", "UPDATE reconciled SET body = 'x'", "cannot be read"},
	} {
		found := examine(t, w, sound, c.sql).Findings
		if !slices.ContainsFunc(found, func(f store.Finding) bool {
			return strings.HasPrefix(f.Where, "bill sandbox") && strings.Contains(f.What, c.what)
		}) {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}
