package office_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
)

// TestCrowd lets 24 callers hold, pay, release, refund and check on two coaches
// at once while the sweeper goes round and the clock runs. Whatever they get,
// doctor must be content: no seat twice, no fen lost.
func TestCrowd(t *testing.T) {
	w := newWorld(t)
	w.where = "crowd"
	w.tell([]string{"on 2026-11-22 07:00 timetable", "G101 seats=30 石家庄@11:30 定州@12:20 保定@13:10", "F1 seats=40 until=18:00 石家庄@11:00 定州@12:00 保定@13:00"})
	var people [400]office.Rider
	for i := range people {
		name := "钱" + string(rune('一'+i))
		people[i] = office.Rider{Name: name, Document: "resident_id", Number: w.person(name)}
	}
	c := command{world: w}
	trips := []chepiao.DepartureID{c.departure("G101"), c.departure("F1")}
	stops := []chepiao.StationNo{w.station("石家庄"), w.station("定州"), w.station("保定")}
	var callers sync.WaitGroup
	for n := range 24 {
		callers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 7))
			for i := range 25 {
				w.set(w.clock().Add(time.Duration(r.IntN(8)) * time.Second))
				err := w.oneOfACrowd(r, fmt.Sprint(n, "-", i), people[r.IntN(len(people))], trips[r.IntN(2)], stops)
				if err != nil && chepiao.AsRefusal(err) == nil {
					t.Errorf("a fault: %v", err)
				}
			}
		})
	}
	callers.Wait()
	w.set(w.clock().Add(time.Hour))
	for ended := 1; ended > 0; {
		var err error
		ended, err = w.office.Lapse(context.Background(), w.clock())
		must(t, err)
	}
	w.end()
}

// oneOfACrowd buys a ticket and does something with it.
func (w *world) oneOfACrowd(r *rand.Rand, id string, who office.Rider, trip chepiao.DepartureID, stops []chepiao.StationNo) error {
	ctx, verb := context.Background(), func(s string) office.Verb { return office.Verb{ID: s + id, By: "crowd"} }
	from := r.IntN(2)
	a, err := w.office.Hold(ctx, w.clock(), verb("hold"), "KEY", office.HoldInput{
		Departure: trip, From: stops[from], To: stops[from+1+r.IntN(2-from)], Passengers: []office.Rider{who}, Channel: chepiao.Window,
	})
	if err != nil {
		return err
	}
	switch r.IntN(8) {
	case 0:
		return nil // leaves
	case 1:
		_, err = w.office.Release(ctx, verb("release"), a.Order.ID)
		return err
	case 2:
		_, err = w.office.Lapse(ctx, w.clock())
		return err
	}
	if _, err = w.office.PayCash(ctx, verb("pay"), a.Order.ID, a.Order.Total); err != nil {
		return err
	}
	if r.IntN(3) > 0 {
		q, err := w.office.QuoteRefund(ctx, w.clock(), chepiao.AskedAt{}, a.Tickets[0].ID)
		if err != nil {
			return err
		}
		_, err = w.office.Refund(ctx, verb("refund"), a.Order.ID, a.Order.Tickets(), q.Back)
		return err
	}
	_, err = w.office.Check(ctx, w.clock(), verb("check"), office.Passage{Ticket: a.Tickets[0].ID.String(), Document: who.Document, Number: who.Number, Device: "g"})
	return err
}
