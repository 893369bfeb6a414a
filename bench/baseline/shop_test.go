package baseline_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chepiao"
	"chepiao/bench/baseline"
	"chepiao/demo"
	"chepiao/postgres"
)

var day = chepiao.DayOf(time.Now().UTC()) + 2

// network is two coaches of eleven seats on four legs, and a flow departure of
// thirty places.
func network() *chepiao.Network {
	n := &chepiao.Network{Zone: time.UTC, Currency: "CNY", Lines: []chepiao.Line{{No: 1, Code: "L", Name: "L"}}}
	days := chepiao.NewDaySet(day, day+1)
	days.Set(day, true)
	for i := range 5 {
		n.Stations = append(n.Stations, chepiao.Station{No: chepiao.StationNo(i + 1), Code: fmt.Sprint("S", i), Name: fmt.Sprint("Station ", i)})
	}
	for no := chepiao.TemplateNo(1); no <= 3; no++ {
		t := chepiao.Template{No: no, Line: 1, Number: fmt.Sprint("N", no), Kind: chepiao.Fixed, Seats: 11, Days: days}
		if no == 3 {
			t.Kind, t.Seats, t.Last = chepiao.Flow, 30, 18*3600
		}
		for i := range 5 {
			at := chepiao.Clock((5+int(no))*3600 + i*1800) // each leaves an hour after the one before and takes two
			t.Stops = append(t.Stops, chepiao.Stop{Station: chepiao.StationNo(i + 1), Arrive: at, Depart: at, Board: true, Alight: true, Metres: int32(i) * 20_000})
		}
		n.Templates = append(n.Templates, t)
	}
	return n
}

func departure(no int) chepiao.DepartureID {
	return chepiao.MakeDepartureID(chepiao.TemplateNo(no), day)
}

// each runs a test with every way of writing.
func each(t *testing.T, run func(t *testing.T, s *baseline.Shop)) {
	server, remove, err := postgres.Temporary(t.Context(), "", postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remove(); err != nil {
			t.Error(err)
		}
	})
	for i, kind := range []baseline.Kind{baseline.RowLock, baseline.Pipelined, baseline.Optimistic, baseline.SQLite} {
		t.Run(string(kind), func(t *testing.T) {
			target := filepath.Join(t.TempDir(), "b.db")
			if kind != baseline.SQLite {
				name := fmt.Sprint("b", i)
				if err := baseline.CreateDatabase(t.Context(), server.URL("postgres"), name); err != nil {
					t.Fatal(err)
				}
				target = server.URL(name)
			}
			s, err := baseline.Open(t.Context(), baseline.Config{
				Kind: kind, Target: target, Pool: 16, Network: network(), Key: make([]byte, 32), Rand: rand.Reader, Now: time.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			run(t, s)
			even(t, s)
		})
	}
}

func even(t *testing.T, s *baseline.Shop) {
	t.Helper()
	wrong, err := s.Books(context.Background())
	if err != nil || len(wrong) > 0 {
		t.Fatalf("%v\n%s", err, strings.Join(wrong, "\n"))
	}
}

func sale(d, from, to, person int) baseline.Sale {
	name, number := demo.Person(person)
	return baseline.Sale{
		Departure: departure(d), From: fmt.Sprint("S", from), To: fmt.Sprint("S", to), Channel: chepiao.Window,
		Passengers: []baseline.Passenger{{Name: name, Kind: "resident_id", Number: number}},
	}
}

func fill(t *testing.T, s *baseline.Shop, sales ...baseline.Sale) []baseline.Order {
	t.Helper()
	orders, err := s.Fill(t.Context(), []chepiao.DepartureID{departure(1), departure(2), departure(3)}, sales)
	if err != nil {
		t.Fatal(err)
	}
	even(t, s)
	return orders
}

// refund gives an order's first ticket back as a client does, who knows the
// ladder.
func refund(s *baseline.Shop, id string, o baseline.Order) (baseline.Order, error) {
	rules := chepiao.DefaultRules()
	tm := network().Templates[o.Departure.Template()-1]
	_, departs := tm.Span(o.Tickets[0].Board, day, time.UTC)
	t := o.Tickets[0]
	t.State = chepiao.TicketValid
	q, err := chepiao.QuoteRefund(t, chepiao.RefundCase{Now: time.Now(), Departs: departs, Flow: tm.Kind == chepiao.Flow}, rules)
	if err != nil {
		return baseline.Order{}, err
	}
	return s.Refund(context.Background(), id, o.ID, []chepiao.TicketID{t.ID}, q.Back)
}

// TestLife holds, pays and refunds, everything twice, and what must be refused.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, s *baseline.Shop) {
		ctx := t.Context()
		filled := fill(t, s, sale(1, 0, 4, 1), sale(3, 0, 4, 2))
		if filled[0].State != chepiao.OrderIssued || filled[0].Tickets[0].Seat != 1 || filled[1].Tickets[0].Seat != 0 {
			t.Fatalf("filled: %+v", filled)
		}
		for _, d := range []int{1, 3} {
			id := fmt.Sprint("d", d)
			o, err := s.Hold(ctx, "h"+id, "KEY", sale(d, 1, 3, 7))
			if err != nil || o.State != chepiao.OrderHeld || len(o.Tickets) != 1 || o.Total <= 0 {
				t.Fatalf("held: %+v, %v", o, err)
			}
			if again, err := s.Hold(ctx, "h"+id, "OTHER", sale(d, 1, 3, 7)); err != nil || again.ID != o.ID || again.Key != "KEY" || again.Tickets[0].ID != o.Tickets[0].ID {
				t.Errorf("held again: %+v, %v", again, err)
			}
			refused(t, chepiao.ReplayMismatch, "the id of another hold", func() error { _, err := s.Hold(ctx, "h"+id, "K", sale(d, 1, 2, 8)); return err })
			refused(t, chepiao.DuplicateRider, "the same document", func() error { _, err := s.Hold(ctx, "x"+id, "K", sale(d, 2, 4, 7)); return err })
			refused(t, chepiao.AmountMismatch, "too little", func() error { _, err := s.Pay(ctx, "p0"+id, o.ID, o.Total-1); return err })
			_, err = refund(s, "r0"+id, o)
			refused(t, chepiao.WrongState, "refund of a hold", func() error { return err })
			paid, err := s.Pay(ctx, "p"+id, o.ID, o.Total)
			if err != nil || paid.State != chepiao.OrderIssued || paid.Tickets[0].State != chepiao.TicketValid {
				t.Fatalf("paid: %+v, %v", paid, err)
			}
			if _, err := s.Pay(ctx, "p"+id, o.ID, o.Total); err != nil {
				t.Errorf("paid again: %v", err)
			}
			refused(t, chepiao.WrongState, "paid twice", func() error { _, err := s.Pay(ctx, "pp"+id, o.ID, o.Total); return err })
			even(t, s)
			refused(t, chepiao.QuoteChanged, "another sum", func() error {
				_, err := s.Refund(ctx, "rr"+id, o.ID, []chepiao.TicketID{o.Tickets[0].ID}, 1)
				return err
			})
			back, err := refund(s, "r"+id, paid)
			if err != nil || back.State != chepiao.OrderRefunded || back.Tickets[0].Refund <= 0 {
				t.Fatalf("refunded: %+v, %v", back, err)
			}
			if _, err := refund(s, "r"+id, paid); err != nil {
				t.Errorf("refunded again: %v", err)
			}
			_, err = refund(s, "r2"+id, paid)
			refused(t, chepiao.NotFound, "no such order", func() error { _, err := s.Pay(ctx, "n"+id, 5, 5); return err })
		}
		bad := sale(1, 0, 4, 9)
		bad.Passengers[0].Number = "110105194912310021"
		refused(t, chepiao.Invalid, "a wrong number", func() error { _, err := s.Hold(ctx, "bad", "K", bad); return err })
		refused(t, chepiao.Overlap, "two coaches at once", func() error {
			if _, err := s.Hold(ctx, "o1", "K", sale(1, 0, 4, 20)); err != nil {
				return err
			}
			_, err := s.Hold(ctx, "o2", "K", sale(2, 0, 1, 20))
			return err
		})
	})
}

func refused(t *testing.T, want chepiao.Reason, what string, do func() error) {
	t.Helper()
	if err := do(); chepiao.Why(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// TestCrowd lets forty buyers want the same few seats: no seat is sold twice,
// every seat is sold before anybody hears that none is left, and the books are
// even at the end.
func TestCrowd(t *testing.T) {
	each(t, func(t *testing.T, s *baseline.Shop) {
		fill(t, s)
		var people, sold, full atomic.Int64
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				for n := range 3 { // 120 want 2 × 11 seats and 30 places, the whole way
					d := 1 + (i+n)%3
					_, err := s.Hold(context.Background(), fmt.Sprintf("w%d-%d", i, n), "K", sale(d, 0, 4, int(people.Add(1))))
					switch chepiao.Why(err) {
					case "":
						if err != nil {
							t.Error(err)
						}
						sold.Add(1)
					case chepiao.SoldOut:
						full.Add(1)
					case chepiao.Busy: // tried often enough: no false word
					default:
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		even(t, s)
		for d := 1; d <= 3; d++ { // whoever was told Busy would find what is left
			for n := 0; ; n++ {
				if _, err := s.Hold(t.Context(), fmt.Sprintf("l%d-%d", d, n), "K", sale(d, 0, 4, int(people.Add(1)))); err != nil {
					refused(t, chepiao.SoldOut, "the last one", func() error { return err })
					break
				}
				sold.Add(1)
			}
		}
		if sold.Load() != 11+11+30 || full.Load() == 0 {
			t.Errorf("%d were sold, %d heard that it is full", sold.Load(), full.Load())
		}
	})
}

// TestChurn buys and gives back at random from thirty callers.
func TestChurn(t *testing.T) {
	each(t, func(t *testing.T, s *baseline.Shop) {
		fill(t, s)
		var people atomic.Int64
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				for n := range 8 {
					from := (i + n) % 4
					id := fmt.Sprintf("%d-%d", i, n)
					o, err := s.Hold(context.Background(), "h"+id, "K", sale(1+n%3, from, from+1+(i*n)%(4-from), int(people.Add(1))))
					if why := chepiao.Why(err); why == chepiao.SoldOut || why == chepiao.Busy {
						continue
					}
					if err == nil && n%4 != 3 {
						if o, err = s.Pay(context.Background(), "p"+id, o.ID, o.Total); err == nil && n%2 == 0 {
							_, err = refund(s, "r"+id, o)
						}
					}
					if err != nil && chepiao.Why(err) != chepiao.Busy {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}
