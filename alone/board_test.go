package alone

import (
	"encoding/json"
	"testing"
	"time"

	"chepiao"
)

// TestBoardWithoutTheNode: what leaves next, in order, with those counted who passed
// here since the list was made, each once.
func TestBoardWithoutTheNode(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	l := &List{Station: 7, Zone: 8 * 3600, Key: make([]byte, 32), Rules: []RuleSet{{Version: 3, Rules: chepiao.DefaultRules()}}}
	for i, away := range []time.Duration{3 * time.Hour, time.Hour, -time.Hour, 16 * time.Hour, 2 * time.Hour} {
		d := Departure{ID: chepiao.MakeDepartureID(chepiao.TemplateNo(i+1), 20780), Number: string(rune('A' + i)), Departs: at.Add(away), Last: at.Add(away), State: chepiao.Running}
		if i == 4 {
			d.State = chepiao.Stopped
		}
		l.Departures = append(l.Departures, d)
	}
	states := []chepiao.TicketState{chepiao.TicketValid, chepiao.TicketValid, chepiao.TicketChecked, chepiao.TicketRefunded, chepiao.TicketHeld}
	for n, state := range states {
		if err := l.Add(chepiao.Ticket{ID: chepiao.TicketID(1<<32 + n), Seat: n + 1, Voucher: 1, State: state}, 1, chepiao.PersonToken{}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		g.Passed(1<<32, at, "gate 1")
		g.Passed(1<<32+2, at, "gate 1") // the list knows of it
	}
	g.Passed(77, at, "gate 1") // not listed
	rows := g.Board(at, at.Add(-20*time.Minute), 5)
	if len(rows) != 3 || rows[0].Number != "B" || rows[1].Number != "A" || rows[2].Number != "D" {
		t.Fatalf("listed: %+v", rows)
	}
	if r := rows[0]; r.Sold != 3 || r.Checked != 2 || r.Departs != "10:00" || r.Tomorrow {
		t.Errorf("counted: %+v", r)
	}
	if r := rows[2]; !r.Tomorrow || r.Sold != 0 {
		t.Errorf("after midnight: %+v", r)
	}
	if len(g.Board(at, at, 1)) != 1 {
		t.Error("more rows than asked for")
	}
}
