package office_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
)

// TestReconcileDay: a day with the practice wallet agrees to the fen; what never
// reached our books is found, is settled by a person, and stays settled.
func TestReconcileDay(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.timetable([]string{"G101 seats=20 gate=3 class=4 fare=20.00 A@20:30 B@22:10"})
	m := w.office.Timetable().Templates[0]
	run := chepiao.MakeDepartureID(m.No, chepiao.DayOf(w.clock().In(shanghai))+2)
	var paid []chepiao.PaymentID
	for i, name := range []string{"王芳", "李小明", "张伟"} {
		v := office.Verb{ID: string(rune('a' + i)), By: "phone"}
		a, err := w.office.Hold(ctx, w.clock(), v, "key", office.HoldInput{Departure: run, From: m.Stops[0].Station, To: m.Stops[1].Station, Channel: chepiao.Online,
			Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: w.person(name)}}})
		must(t, err)
		v.ID += "p"
		c, err := w.office.Charge(ctx, v, office.ChargeInput{Order: a.Order.ID, Channel: chepiao.Sandbox})
		must(t, err)
		res, err := http.Post(w.url+"/control/charges/"+c.Payment.ID.String()+"/outcome", "application/json", strings.NewReader(`{"outcome":"late_notice","delay_seconds":3600}`))
		must(t, err)
		res.Body.Close()
		if i < 2 { // the third notice is lost, and nobody asks
			must(t, w.office.AskChannel(ctx, c.Payment.ID))
		}
		paid = append(paid, c.Payment.ID)
	}
	day := chepiao.DayOf(w.clock().In(shanghai))
	if _, err := w.office.Reconcile(ctx, office.Verb{By: "desk"}, chepiao.Sandbox, day); chepiao.Why(err) != chepiao.TooEarly {
		t.Fatalf("a bill before the day was over: %v", err)
	}
	w.now = w.now.Add(26 * time.Hour) // ten in the morning
	done, err := w.office.ReconcileDue(ctx, w.clock())
	if err != nil || done != 0 {
		t.Fatal(done, err)
	}
	list, err := w.office.Reconciled(ctx, day)
	must(t, err)
	if len(list) != 1 || list[0].Open() != 1 {
		t.Fatalf("the morning's comparison: %+v", list)
	}
	d := list[0].Differences[0]
	if d.Kind != chepiao.DiffUndone || d.Number != paid[2].String() || list[0].OursIn != 4000 || list[0].BillIn != 6000 {
		t.Errorf("found %+v in %+v", d, list[0])
	}
	if _, err := w.office.SettleDifference(ctx, office.Verb{ID: "settle1", By: "desk"}, chepiao.Sandbox, day, d.Kind, d.Number, " "); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("settled without a word: %v", err)
	}
	_, err = w.office.SettleDifference(ctx, office.Verb{ID: "settle2", By: "desk", Who: "4001"}, chepiao.Sandbox, day, d.Kind, d.Number, "退给付款人")
	must(t, err)
	if _, err := w.office.SettleDifference(ctx, office.Verb{ID: "settle3", By: "desk", Who: "1001"}, chepiao.Sandbox, day, d.Kind, d.Number, "另一种说法"); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("settled twice: %v", err)
	}
	again, err := w.office.Reconcile(ctx, office.Verb{By: "desk"}, chepiao.Sandbox, day)
	must(t, err)
	if again.Open() != 0 || again.Differences[0].By != "4001" {
		t.Errorf("after settling: %+v", again.Differences)
	}
	must(t, w.office.AskChannel(ctx, paid[2])) // the books hear of it after all
	if again, err = w.office.Reconcile(ctx, office.Verb{By: "desk"}, chepiao.Sandbox, day); err != nil || len(again.Differences) != 0 {
		t.Errorf("what has righted itself: %+v, %v", again.Differences, err)
	}
}
