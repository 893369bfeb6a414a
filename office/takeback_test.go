package office_test

import (
	"context"
	"testing"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// TestTakeBack: seats of a node that is gone come back by a person's act only, after
// the node was revoked, and not those of tickets that are known.
func TestTakeBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	lines := []string{"G101 seats=3 gate=3 class=4 fare=20.00 A@16:30 B@18:10"}
	w.timetable(lines)
	station, _ := stationOf(t, w, lines, "A")
	first := w.office.Timetable().Templates[0]
	run := chepiao.MakeDepartureID(first.No, chepiao.DayOf(w.clock().In(shanghai)))
	verb := 0
	buy := func(o *office.Office, name string) (office.Answer, error) {
		verb++
		v := office.Verb{ID: string(rune('a' + verb)), By: "window", At: chepiao.AskedAt{Window: true}}
		a, err := o.Hold(ctx, w.clock(), v, "key", office.HoldInput{Departure: run, From: first.Stops[0].Station, To: first.Stops[1].Station, Channel: chepiao.Window,
			Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: w.person(name)}}})
		if err != nil {
			return a, err
		}
		v.ID += "pay"
		return o.PayCash(ctx, v, a.Order.ID, a.Order.Total)
	}
	state := func(s string, version int64) {
		must(t, w.store.Write(ctx, func(tx *store.Tx) error {
			tx.PutNode(store.NodeRow{No: 2, Name: "S2", State: s, Version: version})
			return nil
		}))
	}
	state(store.NodeEnrolled, 1)
	_, err := w.office.GiveSeats(ctx, office.Verb{ID: "give", By: "desk"}, run, 2, 2)
	must(t, err)
	pass(t, w.office, station)
	theirs, err := buy(station, "王芳")
	must(t, err)
	pass(t, station, w.office) // the hub knows of this one
	if held := w.office.HeldBy(2); held != 2 {
		t.Fatalf("the node holds %d seats, not 2", held)
	}
	take := func(reason, again string) (int, error) {
		return w.office.TakeBack(ctx, office.Verb{ID: "take", By: "desk"}, 2, reason, again)
	}
	if _, err := take("被盗", "S2"); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("seats of a node that works are taken: %v", err)
	}
	state(store.NodeRevoked, 2)
	if _, err := take(" ", "S2"); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("taken without a reason: %v", err)
	}
	if _, err := take("被盗", "S3"); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("taken without confirmation: %v", err)
	}
	if _, err := station.TakeBack(ctx, office.Verb{ID: "take", By: "desk"}, 2, "被盗", "S2"); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("a station takes back: %v", err)
	}
	if _, err := station.SetSheet(ctx, office.Verb{ID: "rules", By: "desk"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "x", Values: []byte(`{"advance_days":9}`)}); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("a station changes the province's rules: %v", err)
	}
	if _, err := station.WithdrawSheet(ctx, office.Verb{ID: "rules2", By: "desk"}, 1); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("a station withdraws rules: %v", err)
	}
	if n, err := take("被盗", "S2"); err != nil || n != 1 {
		t.Fatalf("%d seats came back (%v), not the one that is not known to be sold", n, err)
	}
	if n, err := take("被盗", "S2"); err != nil || n != 0 {
		t.Errorf("%d seats came back twice (%v)", n, err)
	}
	sold := map[int]bool{theirs.Tickets[0].Seat: true}
	for _, name := range []string{"李小明", "张伟"} {
		a, err := buy(w.office, name)
		must(t, err)
		if seat := a.Tickets[0].Seat; sold[seat] {
			t.Errorf("seat %d is sold twice", seat)
		} else {
			sold[seat] = true
		}
	}
	if _, err := buy(w.office, "赵敏"); chepiao.Why(err) != chepiao.SoldOut {
		t.Errorf("a fourth of three seats: %v", err)
	}
	d, err := w.store.Doctor(ctx, nil)
	must(t, err)
	for _, f := range d.Findings {
		t.Error(f)
	}
}
