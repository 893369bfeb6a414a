package store_test

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"testing"
	"time"

	"chepiao"
	"chepiao/store"
)

// BenchmarkJourneysOf asks for the journeys of people among 50,000 tickets: half
// of them have one, half have none. It is what a sale pays for each passenger.
func BenchmarkJourneysOf(b *testing.B) {
	s, err := store.Open(filepath.Join(b.TempDir(), "j.db"), store.Options{Node: "B1", Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const people = 50_000
	today := chepiao.DayOf(time.Now())
	person := func(n int) (t chepiao.PersonToken) {
		binary.BigEndian.PutUint64(t[:], uint64(n)*0x9E3779B97F4A7C15) // scattered, as hashes are
		t[15] = 1
		return t
	}
	for n := 0; n < people; n += 500 {
		err := s.Write(context.Background(), func(tx *store.Tx) error {
			for i := n; i < n+500; i++ {
				first := tx.NextIDs(2)
				o := chepiao.Order{ID: chepiao.OrderID(first), Departure: chepiao.MakeDepartureID(1, today), State: chepiao.OrderIssued, Created: tx.Now, Deadline: tx.Now, Count: 1, Version: 1}
				t := chepiao.Ticket{ID: chepiao.TicketID(first) + 1, Order: o.ID, Departure: o.Departure, State: chepiao.TicketValid, Alight: 1, Rules: 1, Person: person(i), Voucher: 1, Version: 1}
				if err := tx.AddOrder(o, []chepiao.Ticket{t}, []store.Sealed{{}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	err = s.Write(context.Background(), func(tx *store.Tx) error {
		for i := range b.N {
			if _, err := tx.JourneysOf(person(i*7919%(2*people)), today); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
