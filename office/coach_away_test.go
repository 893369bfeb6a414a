package office_test

import (
	"context"
	"strings"
	"testing"

	"chepiao"
	"chepiao/office"
)

// TestCoachWithSeatsAway: another type of coach is refused while a station holds seats,
// in words that say who holds how many; it goes once they are back.
func TestCoachWithSeatsAway(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	lines := []string{"G101 seats=5 gate=3 class=4 fare=20.00 A@16:30 B@18:10"}
	w.timetable(lines)
	station, _ := stationOf(t, w, lines, "A")
	first := w.office.Timetable().Templates[0]
	run := chepiao.MakeDepartureID(first.No, chepiao.DayOf(w.clock().In(shanghai)))
	_, err := w.office.GiveSeats(ctx, office.Verb{ID: "give", By: "desk"}, run, 2, 2)
	must(t, err)
	pass(t, w.office, station)
	act := chepiao.Act{Kind: chepiao.ActCoach, Departures: []chepiao.DepartureID{run}, Coach: "coach-9", Reason: "larger"}
	_, err = w.office.Commit(ctx, office.Verb{ID: "coach", By: "desk"}, act, office.Unseen)
	no := chepiao.AsRefusal(err)
	if no == nil || no.Reason != chepiao.WrongState || !strings.Contains(no.ZH, " 2 个") || !strings.Contains(no.EN, " 2)") {
		t.Fatalf("it goes, or nobody says who holds what: %v", err)
	}
	at := w.office.Timetable().Station(first.Stops[0].Station)
	if !strings.Contains(no.ZH, at.Name) {
		t.Errorf("%s does not name %s", no.ZH, at.Name)
	}
	_, err = station.GiveSeats(ctx, office.Verb{ID: "back", By: "desk"}, run, chepiao.Hub, 2)
	must(t, err)
	pass(t, station, w.office)
	if _, err = w.office.Commit(ctx, office.Verb{ID: "coach2", By: "desk"}, act, office.Unseen); err != nil {
		t.Errorf("all seats are back, and it does not go: %v", err)
	}
}
