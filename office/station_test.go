package office_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/voucher"
)

// stationOf opens a station's node beside a world's hub, with the same timetable.
func stationOf(t *testing.T, w *world, lines []string, at string) (*office.Office, *store.Store) {
	t.Helper()
	s, err := store.Open(filepath.Join(w.folder, "station.db"), store.Options{Node: "S2", No: 2, Now: w.clock})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	key, err := voucher.Generate("S2", chepiao.ProfileEd25519, rand.NewChaCha8([32]byte{9}), w.now)
	must(t, err)
	ring, err := voucher.NewRing(key)
	must(t, err)
	o, err := office.New(context.Background(), office.Config{Store: s, NodeKey: bytes.Repeat([]byte{7}, 32), WrapKey: bytes.Repeat([]byte{8}, 32), Ring: ring, Rand: crand.Reader})
	must(t, err)
	hub, of := w.office, w.store
	w.office, w.store = o, s
	w.timetable(lines)
	w.office, w.store = hub, of
	no, err := o.Timetable().StationByCode(at, "station")
	must(t, err)
	nodes := map[chepiao.StationNo]chepiao.NodeNo{no.No: 2}
	o.SetStations(nodes)
	hub.SetStations(nodes)
	return o, s
}

// pass carries everything that one office has for the other.
func pass(t *testing.T, from, to *office.Office) (taken int) {
	t.Helper()
	ctx := context.Background()
	heard, err := to.Received(ctx, from.No())
	must(t, err)
	parcels, _, err := from.Feed(ctx, to.No(), heard, 500)
	must(t, err)
	taken, err = to.Receive(ctx, from.No(), parcels)
	must(t, err)
	return taken
}

// TestStationAlone: a station that holds seats sells them while it is cut off; the
// hub sells the rest; nobody sells what the other holds; in the end both know all,
// and who bought at the hub is checked at the station.
func TestStationAlone(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	lines := []string{"G101 seats=4 gate=3 class=4 fare=20.00 A@16:30 B@18:10"}
	w.timetable(lines)
	station, at := stationOf(t, w, lines, "A")
	run := chepiao.MakeDepartureID(w.office.Timetable().Templates[0].No, chepiao.DayOf(w.clock().In(shanghai)))
	from, to := w.office.Timetable().Templates[0].Stops[0].Station, w.office.Timetable().Templates[0].Stops[1].Station
	verb := 0
	buy := func(o *office.Office, name string) (office.Answer, error) {
		verb++
		in := office.HoldInput{Departure: run, From: from, To: to, Channel: chepiao.Window,
			Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: w.person(name)}}}
		v := office.Verb{ID: string(rune('a' + verb)), By: "window", At: chepiao.AskedAt{Window: true}}
		a, err := o.Hold(ctx, w.clock(), v, "key", in)
		if err != nil {
			return a, err
		}
		v.ID += "pay"
		return o.PayCash(ctx, v, a.Order.ID, a.Order.Total)
	}
	if f, err := station.Offer(w.clock(), run, from, to, chepiao.Window); err != nil || f.Free != 0 {
		t.Fatalf("a station that was given nothing offers %d seats (%v)", f.Free, err)
	}
	if _, err := buy(station, "李小明"); chepiao.Why(err) != chepiao.SoldOut {
		t.Fatalf("a station that holds no seat sold one: %v", err)
	}
	hand, err := w.office.GiveSeats(ctx, office.Verb{ID: "give", By: "desk"}, run, 2, 2)
	must(t, err)
	if len(hand.Seats) != 2 || hand.Seats[0] != 3 {
		t.Fatalf("the hub gave seats %v, not the last two", hand.Seats)
	}
	pass(t, w.office, station)
	sold := map[int]bool{}
	var atHub office.Answer
	for i, o := range []*office.Office{w.office, station, w.office, station} { // cut off: nothing is passed
		a, err := buy(o, []string{"王芳", "李小明", "张伟", "赵敏"}[i])
		if err != nil {
			t.Fatalf("sale %d: %v", i, err)
		}
		if seat := a.Tickets[0].Seat; sold[seat] {
			t.Fatalf("seat %d was sold twice", seat)
		} else {
			sold[seat] = true
		}
		if i == 0 {
			atHub = a
		}
	}
	for _, o := range []*office.Office{w.office, station} {
		if _, err := buy(o, "孙丽"); chepiao.Why(err) != chepiao.SoldOut {
			t.Errorf("node %d sold a fifth of four seats: %v", o.No(), err)
		}
	}
	pass(t, station, w.office)
	ticket := atHub.Tickets[0].ID
	refused, err := station.Check(ctx, w.clock(), office.Verb{ID: "c1", By: "gate"}, office.Passage{Ticket: ticket.String(), Device: "gate-1", Station: from})
	if err != nil || refused.Verdict.Pass {
		t.Errorf("a ticket that the station does not have passed: %+v, %v", refused.Verdict, err)
	}
	w.now = w.now.Add(7*time.Hour + 15*time.Minute) // 15:15 at the station
	if moved, err := w.office.Allot(ctx, w.clock()); err != nil || moved == 0 {
		t.Fatalf("shortly before departure %d orders moved to the station: %v", moved, err)
	}
	pass(t, w.office, station)
	if got, err := station.Ticket(ctx, ticket); err != nil || got.Owner() != 2 {
		t.Errorf("the station owns %v: %v", got.Owner(), err)
	}
	a, err := w.office.Refund(ctx, office.Verb{ID: "r1", By: "window", At: chepiao.AskedAt{Window: true}}, atHub.Order.ID, []chepiao.TicketID{ticket}, quoted(t, w.office, w.clock(), ticket))
	must(t, err)
	if a.Event.Kind != chepiao.OwnerWasAsked {
		t.Fatalf("the hub refunded what the station owns: %s", a.Event.Kind)
	}
	pass(t, w.office, station)
	pass(t, station, w.office)
	pass(t, w.office, station)
	asked, err := w.office.Asked(ctx, atHub.Order.ID)
	must(t, err)
	if len(asked) != 1 || asked[0].State != chepiao.AskedDone {
		t.Errorf("what was asked of the station: %+v", asked)
	}
	if got, _ := w.office.Ticket(ctx, ticket); got.State != chepiao.TicketRefunded {
		t.Errorf("at the hub the ticket is %s", got.State)
	}
	for _, s := range []*store.Store{w.store, at} {
		d, err := s.Doctor(ctx, nil)
		must(t, err)
		for _, f := range d.Findings {
			t.Errorf("doctor of %s: %s", s.Node(), f)
		}
	}
}

func quoted(t *testing.T, o *office.Office, now time.Time, id chepiao.TicketID) chepiao.Money {
	t.Helper()
	q, err := o.QuoteRefund(context.Background(), now, chepiao.AskedAt{Window: true}, id)
	must(t, err)
	return q.Back
}
