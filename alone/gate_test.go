package alone

import (
	"encoding/json"
	"testing"
	"time"

	"chepiao"
)

// TestAHundredThousandTickets builds the list of a very large station: its size,
// and that each ticket comes back as it went in.
func TestAHundredThousandTickets(t *testing.T) {
	const runs, each = 2000, 50
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	l := &List{Station: 7, Zone: 8 * 3600, Key: make([]byte, 32), Rules: []RuleSet{{Version: 3, Rules: chepiao.DefaultRules()}}}
	want := map[chepiao.TicketID]chepiao.Ticket{}
	for i := range runs {
		d := Departure{ID: chepiao.MakeDepartureID(chepiao.TemplateNo(i+1), 20780), Number: "K1", Departs: at, Last: at, Gate: "1", State: chepiao.Running, Reported: true, Seats: each}
		l.Departures = append(l.Departures, d)
		for n := range each {
			id := chepiao.TicketID(1<<32 + i*each + n)
			ticket := chepiao.Ticket{ID: id, Departure: d.ID, From: 7, Alight: 2, Seat: n + 1, Voucher: 1, State: chepiao.TicketValid, Person: chepiao.PersonToken{1, byte(i), byte(i >> 8), byte(n)}}
			if n == 0 {
				ticket.State, ticket.CheckedAt, ticket.CheckedBy = chepiao.TicketChecked, at, "gate 4"
			}
			if err := l.Add(ticket, i, ticket.Person); err != nil {
				t.Fatal(err)
			}
			want[id] = ticket
		}
	}
	b, err := json.Marshal(l)
	if err != nil || len(b) > 20<<20 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	g, err := Open(b, nil)
	if err != nil || g.list.Len() != runs*each {
		t.Fatal(err)
	}
	for id, w := range want {
		got, _ := g.ticket(int(g.byID[id]))
		if got.ID != w.ID || got.Departure != w.Departure || got.Seat != w.Seat || got.State != w.State || got.Person != w.Person || !got.CheckedAt.Equal(w.CheckedAt) || got.CheckedBy != w.CheckedBy {
			t.Fatalf("%+v came back as %+v", w, got)
		}
	}
	if err := l.Add(chepiao.Ticket{State: "no such state"}, 0, chepiao.PersonToken{}); err == nil {
		t.Error("a ticket of an unknown state was listed")
	}

	// Nobody passes twice, however often they are read, until the node says otherwise.
	ask := Ask{Ticket: (chepiao.TicketID(1<<32 + 1)).String(), Seen: "resident_id", Gate: "1", Device: "gate 1", Now: at.Add(-10 * time.Minute).UnixMilli()}
	passed := 0
	for range 300 {
		if a := g.Decide(ask); a.Verdict.Pass && !a.Verdict.Again {
			passed++
			g.Passed(chepiao.TicketID(1<<32+1), time.UnixMilli(ask.Now), ask.Device)
		}
		ask.Now += 1000
	}
	if passed != 1 {
		t.Errorf("passed %d times", passed)
	}
	begun := time.Now()
	for range 1000 {
		g.Decide(ask)
	}
	t.Logf("list %.1f MB, decision %v", float64(len(b))/(1<<20), time.Since(begun)/1000)
}
