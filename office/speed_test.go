package office_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/office"
	"chepiao/postgres"
	"chepiao/store"
	"chepiao/voucher"
)

// BenchmarkOrder holds and pays one-passenger orders from 128 callers on 200
// departures with a real disk under them; "given back" refunds each of them, too,
// which is how load stays level where orders are counted.
func BenchmarkOrder(b *testing.B) {
	b.Run("group", func(b *testing.B) { benchOrders(b, store.Options{}, true) })
	b.Run("group, given back", func(b *testing.B) { benchReturns(b) })
	b.Run("group, overlaps not asked for", func(b *testing.B) { benchOrders(b, store.Options{}, false) })
	b.Run("cold", func(b *testing.B) { benchOrders(b, store.Options{BatchMax: 1, Cold: true}, true) })
	b.Run("PostgreSQL", func(b *testing.B) {
		ctx := context.Background()
		pg, remove, err := postgres.Temporary(ctx, "", postgres.Options{Sync: true})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { b.StopTimer(); must(b, remove()) }()
		benchOrdersOn(b, pg.URL(postgres.Database), store.Options{Process: "bench"}, true)
	})
	b.Run("single", func(b *testing.B) { benchOrders(b, store.Options{BatchMax: 1}, true) })
}

func benchOrders(b *testing.B, opt store.Options, overlaps bool) {
	benchOrdersOn(b, filepath.Join(b.TempDir(), "speed.db"), opt, overlaps)
}

func benchOrdersOn(b *testing.B, target string, opt store.Options, overlaps bool) {
	o, s := benchOffice(b, target, opt)
	defer s.Close()
	if !overlaps {
		in := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "bench", Values: []byte(`{"overlap_refused":false}`)}
		if _, err := o.SetSheet(context.Background(), office.Verb{ID: "rules", By: "bench"}, in); err != nil {
			b.Fatal(err)
		}
	}
	benchCallers(b, o, s, func(i int) error { _, err := buy(o, i); return err })
}

func benchReturns(b *testing.B) {
	o, s := benchOffice(b, filepath.Join(b.TempDir(), "speed.db"), store.Options{})
	defer s.Close()
	first, err := buy(o, 0)
	must(b, err)
	q, err := o.QuoteRefund(context.Background(), time.Now(), chepiao.AskedAt{Window: true}, first.Tickets[0].ID)
	must(b, err) // all the orders are alike
	benchCallers(b, o, s, func(i int) error {
		a, err := buy(o, i)
		if err != nil {
			return err
		}
		v := office.Verb{ID: fmt.Sprint("r", i), By: "bench", At: chepiao.AskedAt{Window: true}}
		_, err = o.Refund(context.Background(), v, a.Order.ID, []chepiao.TicketID{a.Tickets[0].ID}, q.Back)
		return err
	})
}

// benchCallers does the n-th order from 128 callers at once and tells orders a
// second, processor time an order and verbs a commit.
func benchCallers(b *testing.B, o *office.Office, s *store.Store, do func(n int) error) {
	var n atomic.Int64
	b.SetParallelism(64)
	b.ResetTimer()
	used := processorTime(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := do(int(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	st := s.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(b.N), "cpu-µs/order")
	b.ReportMetric(float64(st.Verbs)/float64(st.Batches), "verbs/commit")
}

// processorTime is what this process has used, which other programs on the
// machine disturb less than the time on the clock.
func processorTime(tb testing.TB) time.Duration {
	var r syscall.Rusage
	must(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// buy holds and pays the n-th order.
func buy(o *office.Office, n int) (office.Answer, error) {
	t := o.Timetable()
	name, number := demo.Person(n)
	a, err := o.Hold(context.Background(), time.Now(), office.Verb{ID: fmt.Sprint("h", n), By: "bench"}, "K", office.HoldInput{
		Departure: chepiao.MakeDepartureID(t.Templates[n%len(t.Templates)].No, chepiao.DayOf(time.Now().UTC())+2), From: 1, To: 2, Channel: chepiao.Window,
		Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: number}},
	})
	if err != nil {
		return a, err
	}
	return o.PayCash(context.Background(), office.Verb{ID: fmt.Sprint("p", n), By: "bench"}, a.Order.ID, a.Order.Total)
}

func benchOffice(tb testing.TB, target string, opt store.Options) (*office.Office, *store.Store) {
	opt.Node, opt.Now = "B1", time.Now
	s, err := store.Open(target, opt)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	key, err := voucher.Generate("B1", chepiao.ProfileEd25519, rand.Reader, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	ring, err := voucher.NewRing(key)
	if err != nil {
		tb.Fatal(err)
	}
	o, err := office.New(context.Background(), office.Config{Store: s, NodeKey: make([]byte, 32), Ring: ring, Rand: rand.Reader})
	if err != nil {
		tb.Fatal(err)
	}
	stops, trips, times := "stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,38,114\nB,Beta,38.5,114.5\n", "route_id,service_id,trip_id,chepiao_kind,chepiao_seats,chepiao_last,chepiao_interval\n", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
	for i := range 200 {
		trips += fmt.Sprintf("R,S,T%d,flow,2000,20:00:00,15\n", i)
		times += fmt.Sprintf("T%d,08:00:00,08:00:00,A,1\nT%d,09:00:00,09:00:00,B,2\n", i, i)
	}
	feed, rep, err := gtfs.Read(fstest.MapFS{
		"agency.txt": {Data: []byte("agency_id,agency_name,agency_url,agency_timezone\nX,X,http://x.example,Asia/Shanghai\n")},
		"stops.txt":  {Data: []byte(stops)}, "routes.txt": {Data: []byte("route_id,agency_id,route_long_name,route_type\nR,X,R,3\n")},
		"trips.txt": {Data: []byte(trips)}, "stop_times.txt": {Data: []byte(times)},
		"calendar.txt": {Data: []byte("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20200101,20400101\n")},
	}, gtfs.Options{From: chepiao.DayOf(time.Now().UTC()), Days: 10}, nil)
	if err != nil {
		tb.Fatal(err, rep)
	}
	if _, err := o.Import(context.Background(), "x", feed, "test"); err != nil {
		tb.Fatal(err)
	}
	return o, s
}
