package baseline

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
)

// TestBooksCanBeWrong tampers with a shop's rows, one by one, and expects each
// to be found.
func TestBooksCanBeWrong(t *testing.T) {
	ctx := context.Background()
	day := chepiao.DayOf(time.Now().UTC()) + 2
	days := chepiao.NewDaySet(day, day)
	days.Set(day, true)
	stop := func(no chepiao.StationNo, hour int) chepiao.Stop {
		return chepiao.Stop{Station: no, Arrive: chepiao.Clock(hour * 3600), Depart: chepiao.Clock(hour * 3600), Board: true, Alight: true, Metres: int32(hour * 1000)}
	}
	n := &chepiao.Network{
		Zone: time.UTC, Lines: []chepiao.Line{{No: 1}},
		Stations:  []chepiao.Station{{No: 1, Code: "A", Name: "A"}, {No: 2, Code: "B", Name: "B"}},
		Templates: []chepiao.Template{{No: 1, Line: 1, Kind: chepiao.Fixed, Seats: 9, Days: days, Stops: []chepiao.Stop{stop(1, 8), stop(2, 9)}}},
	}
	for _, tamper := range []struct{ sql, want string }{
		{"", ""},
		{"UPDATE ticket SET seat = 1", "sold twice"},
		{"UPDATE ticket SET seat = 9 WHERE seat = 2", "marked otherwise"},
		{"UPDATE payment SET amount = amount - 1 WHERE id = (SELECT min(id) FROM payment)", "1 orders that are issued and not paid"},
		{"INSERT INTO payment VALUES (1, 1, 'cash', 5, 'paid', 1)", "payments of orders that are not issued"},
		{"UPDATE ticket SET refund = 7 WHERE seat = 1", "7 fen more"},
		{"UPDATE ticket SET live = 0 WHERE seat = 1", "live and are not"},
		{"DELETE FROM person", "2 tickets without a person"},
	} {
		s, err := Open(ctx, Config{Kind: SQLite, Target: filepath.Join(t.TempDir(), "b.db"), Network: n, Key: make([]byte, 32), Rand: rand.Reader, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		var sales []Sale
		for i := range 2 {
			name, number := demo.Person(i)
			sales = append(sales, Sale{Departure: chepiao.MakeDepartureID(1, day), From: "A", To: "B", Channel: chepiao.Window, Passengers: []Passenger{{Name: name, Kind: "resident_id", Number: number}}})
		}
		if _, err := s.Fill(ctx, []chepiao.DepartureID{sales[0].Departure}, sales); err != nil {
			t.Fatal(err)
		}
		if tamper.sql != "" {
			if err := s.book.read(ctx, tamper.sql, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		wrong, err := s.Books(ctx)
		if said := strings.Join(wrong, "; "); err != nil || (tamper.want == "") != (said == "") || !strings.Contains(said, tamper.want) {
			t.Errorf("%s: %q, %v; want %q", tamper.sql, said, err, tamper.want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
