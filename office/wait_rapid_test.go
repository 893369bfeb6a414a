package office_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// Whatever passengers do in whatever order: after each step nobody waits who
// would fit, so nobody can jump the queue; in the end the journal proves that the
// order was kept, and doctor that seats and money balance.
func TestQueuesAreFairWhateverHappens(t *testing.T) {
	lives := 30
	if testing.Short() {
		lives = 5
	}
	for seed := range lives {
		life := rapid.Custom(func(t *rapid.T) []lifeStep {
			return rapid.SliceOfN(rapid.Custom(drawStep), 20, 40).Draw(t, "steps")
		}).Example(seed)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t)
			w.set(time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC))
			w.timetable([]string{"G1 seats=3 fare=40.00 石家庄@12:30 正定@13:00 保定@14:10", "G2 seats=2 fare=60.00 石家庄@17:30 正定@18:00 保定@19:10"})
			l := &queueLife{world: w, t: t}
			for i, s := range life {
				l.do(i, s)
				l.drained(i, s)
			}
			proof, unfair, err := chepiao.ProveFair(w.journal())
			must(t, err)
			for _, what := range unfair {
				t.Error(what)
			}
			if waiting := proof.Joined - proof.Served - proof.Ended; waiting < 0 {
				t.Errorf("%+v", proof)
			}
			w.end()
		})
	}
}

// lifeStep is one thing that a passenger does; numbers choose among what there is.
type lifeStep struct {
	What           string
	People, A, B   int
	From, To, Both int
}

func drawStep(t *rapid.T) lifeStep {
	n := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
	s := lifeStep{What: rapid.SampledFrom([]string{"buy", "buy", "buy", "hold", "wait", "wait", "wait", "refund", "refund", "refund", "sweep", "give up", "restart"}).Draw(t, "what")}
	s.People, s.A, s.B, s.From, s.Both = 1+n("people", 2), n("a", 1000), n("b", 1000), n("from", 1), n("both", 2)
	s.To = 1 + max(s.From, n("to", 1))
	return s
}

type queueLife struct {
	*world
	t      *testing.T
	people int
	orders []chepiao.OrderID
}

func (l *queueLife) riders(n int) (riders []office.Rider) {
	for range n {
		l.people++
		name := string([]rune{'赵', rune(0x4E00 + l.people)})
		riders = append(riders, office.Rider{Name: name, Document: string(chepiao.ResidentID), Number: l.person(name)})
	}
	return riders
}

func (l *queueLife) do(i int, s lifeStep) {
	ctx, v := context.Background(), func(what string) office.Verb { return office.Verb{ID: fmt.Sprintf("%d-%s", i, what), By: "life"} }
	c := command{world: l.world}
	stops := []chepiao.StationNo{l.station("石家庄"), l.station("正定"), l.station("保定")}
	both := []chepiao.DepartureID{c.departure("G1"), c.departure("G2")}
	ok := func(a office.Answer, err error) bool {
		if err != nil && chepiao.AsRefusal(err) == nil {
			l.t.Fatalf("step %d %+v: a fault: %v", i, s, err)
		}
		if err == nil && !slices.Contains(l.orders, a.Order.ID) {
			l.orders = append(l.orders, a.Order.ID)
		}
		return err == nil
	}
	var f office.File
	if len(l.orders) > 0 {
		var err error
		f, err = l.office.Look(ctx, l.orders[s.A%len(l.orders)])
		must(l.t, err)
	}
	switch s.What {
	case "buy", "hold":
		a, err := l.office.Hold(ctx, l.clock(), v("hold"), "KEY", office.HoldInput{Departure: both[s.B%2], From: stops[s.From], To: stops[s.To], Passengers: l.riders(s.People), Channel: chepiao.Online})
		if ok(a, err) && s.What == "buy" {
			ok(l.office.PayCash(ctx, v("pay"), a.Order.ID, a.Order.Total))
		}
	case "wait":
		on := [][]chepiao.DepartureID{both[:1], both[1:], both}[s.Both]
		a, err := l.office.Wait(ctx, l.clock(), v("wait"), "KEY", office.WaitInput{Departures: on, From: stops[s.From], To: stops[s.To], Passengers: l.riders(s.People), Channel: chepiao.Online})
		if ok(a, err) && s.B%8 > 0 {
			ok(l.office.PayCash(ctx, v("pay"), a.Order.ID, a.Order.Total))
		}
	case "refund":
		if len(f.Tickets) == 0 {
			return
		}
		id := f.Tickets[s.B%len(f.Tickets)].ID
		if q, err := l.office.QuoteRefund(ctx, l.clock(), chepiao.AskedAt{}, id); err == nil {
			ok(l.office.Refund(ctx, v("refund"), f.Order.ID, []chepiao.TicketID{id}, q.Back))
		}
	case "give up":
		if f.Order.ID != 0 {
			ok(l.office.Release(ctx, v("release"), f.Order.ID))
		}
	case "sweep":
		l.set(l.clock().Add(time.Duration(s.B%20) * time.Minute))
		_, err := l.office.Lapse(ctx, l.clock())
		must(l.t, err)
	case "restart":
		must(l.t, l.store.Close())
		l.open()
	}
}

// drained makes sure that nobody waits who would fit. An expired hold that nobody
// has noticed yet keeps its seats.
func (l *queueLife) drained(i int, s lifeStep) {
	must(l.t, l.store.Read(context.Background(), func(r *store.Reader) error {
		ids, err := r.WaitedFor(-1, 10)
		for _, id := range ids {
			run, err := l.office.Timetable().Run(id)
			must(l.t, err)
			queue, err := r.WaitQueue(id)
			must(l.t, err)
			for _, o := range queue {
				board, alight, err := run.Template.Find(o.From, o.To)
				must(l.t, err)
				_, departs := l.office.Span(run, board)
				over := !l.clock().Before(o.Wait.Until) || !l.clock().Before(chepiao.WaitEnds(departs, l.office.Rules()))
				if v := l.store.View(id); v.Seats.Free(board, alight) >= o.Count && !over {
					l.t.Errorf("step %d %+v: request %s of %d waits for %s, and %d seats are free", i, s, o.ID, o.Count, run.Template.Number, v.Seats.Free(board, alight))
				}
			}
		}
		return err
	}))
}
