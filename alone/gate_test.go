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

// TestChildrenPassWithTheirAdult: those that the adult vouches for, on the same coach,
// once, and only behind the adult.
func TestChildrenPassWithTheirAdult(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	l := &List{Station: 7, Zone: 8 * 3600, Key: make([]byte, 32), Rules: []RuleSet{{Version: 3, Rules: chepiao.DefaultRules()}}}
	for i, gate := range []string{"1", "2"} {
		l.Departures = append(l.Departures, Departure{
			ID: chepiao.MakeDepartureID(chepiao.TemplateNo(i+1), 20780), Number: "K1", Departs: at, Last: at, Gate: gate, State: chepiao.Running, Reported: true, Seats: 50, RealName: true,
		})
	}
	adult, other := chepiao.TicketID(1<<32+1), chepiao.TicketID(1<<32+9)
	add := func(id, guardian chepiao.TicketID, on, seat int, state chepiao.TicketState) {
		ticket := chepiao.Ticket{ID: id, Seat: seat, Alight: 2, Voucher: 1, State: state}
		ticket.Guardian = guardian
		if guardian == 0 {
			ticket.Person = chepiao.PersonToken{byte(id)}
		}
		if err := l.Add(ticket, on, ticket.Person); err != nil {
			t.Fatal(err)
		}
	}
	add(adult, 0, 0, 1, chepiao.TicketValid)
	add(other, 0, 0, 9, chepiao.TicketValid)
	add(adult+1, adult, 0, 2, chepiao.TicketValid)
	add(adult+2, adult, 0, 3, chepiao.TicketRefunded)
	add(adult+3, adult, 1, 4, chepiao.TicketValid)
	add(adult+4, other, 0, 5, chepiao.TicketValid)
	data, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := Ask{Ticket: adult.String(), Seen: "resident_id", Gate: "1", Device: "gate 1", Now: at.Add(-10 * time.Minute).UnixMilli()}
	a := g.Decide(ask)
	if !a.Verdict.Pass || a.Verdict.Children != 1 || len(a.With) != 0 {
		t.Fatalf("the adult: %+v", a)
	}
	early := ask
	early.Children, early.Now = "yes", at.Add(-24*time.Hour).UnixMilli()
	if a = g.Decide(early); a.Verdict.Pass || len(a.With) != 0 {
		t.Errorf("children before their adult may pass: %+v", a)
	}
	g.Passed(adult, time.UnixMilli(ask.Now), ask.Device)
	ask.Children, ask.Now = "yes", ask.Now+60_000
	if a = g.Decide(ask); !a.Verdict.Pass || !a.Verdict.Again || len(a.With) != 1 || a.With[0] != (adult+1).String() || a.Verdict.Children != 0 {
		t.Fatalf("with children: %+v", a)
	}
	g.Passed(adult+1, time.UnixMilli(ask.Now), ask.Device)
	if a = g.Decide(ask); len(a.With) != 0 || a.Verdict.Pass && !a.Verdict.Again {
		t.Errorf("children twice: %+v", a)
	}
}
