package office_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
	"chepiao/office"
)

// Whatever acts move passengers among departures and coaches, between sales,
// checks, refunds and choices: previews agree with what is done, seats are those
// of live tickets and reserves, money adds up, and no choice is left half done.
func TestActsThatMovePassengers(t *testing.T) {
	lives := 30
	if testing.Short() {
		lives = 5
	}
	for seed := range lives {
		life := rapid.Custom(func(t *rapid.T) []actStep {
			return rapid.SliceOfN(rapid.Custom(drawMove), 30, 60).Draw(t, "steps")
		}).Example(seed)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t)
			w.set(time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)) // 06:00
			w.timetable([]string{
				"G1 seats=12 gate=1 fare=40.00 石家庄@08:00 正定@08:30 保定@09:10",
				"G2 seats=10 gate=2 fare=30.00 石家庄@08:10 正定@08:40 保定@09:20",
				"F1 seats=8 until=12:00 fare=20.00 石家庄@07:00 正定@07:30 保定@08:10",
			})
			l := &actLife{queueLife: queueLife{world: w, t: t}}
			for i, s := range life {
				l.move(i, s)
				l.true(i, s)
			}
			w.end()
		})
	}
}

func drawMove(t *rapid.T) actStep {
	n := func(name string) int { return rapid.IntRange(0, 1000).Draw(t, name) }
	what := []string{
		"buy", "buy", "buy", "buy", "hold", "refund", "check", "report", "time", "restart", "delay", "reserve",
		"cancel", "run", "merge", "stow", "coach", "coach", "extra", "choose", "choose", "choose", "station",
	}
	return actStep{rapid.SampledFrom(what).Draw(t, "what"), n("a"), n("b"), n("c"), n("d")}
}

func (l *actLife) move(i int, s actStep) {
	ctx, v := context.Background(), office.Verb{ID: fmt.Sprintf("%d-%s", i, s.What), By: "life"}
	started := l.store.Started(0)
	if len(started) == 0 || s.What != "choose" && s.What != "cancel" && s.What != "merge" && s.What != "stow" && s.What != "coach" && s.What != "extra" && s.What != "station" {
		l.step(i, s)
		return
	}
	some := func(n int) chepiao.DepartureID { return started[n%len(started)] }
	act := chepiao.Act{Kind: chepiao.ActKind(s.What), Departures: []chepiao.DepartureID{some(s.A)}, Reason: "life"}
	switch s.What {
	case "choose":
		l.choose(i, s, v)
		return
	case "merge", "stow":
		act.Into = some(s.B)
	case "coach":
		act.Coach = fmt.Sprintf("coach-%d", 2+s.B%12)
	case "extra":
		act.Coach, act.Depart = fmt.Sprintf("coach-%d", 2+s.B%12), fmt.Sprintf("%02d:%02d", 6+s.C%4, s.D%60)
	case "cancel":
		if s.B%3 == 0 {
			act.Station = l.office.Timetable().Station(l.station("正定")).Code
		}
	case "station":
		act.Departures, act.Station, act.Closed = nil, l.office.Timetable().Station(l.station("正定")).Code, s.B%2 == 0
		act.Level = 0
	}
	before := l.head()
	seen, err := l.office.Preview(ctx, act)
	if l.head() != before {
		l.t.Fatalf("step %d %+v: a preview left a trace", i, s)
	}
	if err != nil {
		if _, again := l.office.Commit(ctx, v, act, office.Unseen); chepiao.AsRefusal(err) == nil || again == nil || again.Error() != err.Error() || l.head() != before {
			l.t.Fatalf("step %d %+v: previewed %v, committed %v", i, s, err, again)
		}
		return
	}
	done, err := l.office.Commit(ctx, v, act, seen.Seen)
	if err != nil || done.Fingerprint() != seen.Seen {
		l.t.Fatalf("step %d %+v: seen %+v, done %+v, %v", i, s, seen, done, err)
	}
	if again, err := l.office.Commit(ctx, v, act, seen.Seen); err != nil || again.Fingerprint() != seen.Seen {
		l.t.Fatalf("step %d %+v: sent again %+v, %v", i, s, again, err)
	}
}

// choose answers for an order that has something to choose.
func (l *actLife) choose(i int, s actStep, v office.Verb) {
	ctx := context.Background()
	lines, _, err := l.office.Cases(ctx, l.clock(), office.CaseQuery{Standing: true, Limit: 100})
	must(l.t, err)
	if len(lines) == 0 {
		return
	}
	line := lines[s.A%len(lines)]
	in := office.ChoiceInput{Order: line.Case.Order, Choice: line.Case.Choices[s.B%len(line.Case.Choices)]}
	if s.C%2 == 0 {
		in.Tickets = []chepiao.TicketID{line.Ticket.ID}
	}
	if in.Choice == chepiao.ChooseNext {
		offers, err := l.office.Alternatives(l.clock(), line.Ticket, 1, 3, chepiao.Online)
		must(l.t, err)
		if len(offers) == 0 {
			return
		}
		in.Departure = offers[s.D%len(offers)].Run.ID
	}
	a, err := l.office.Choose(ctx, l.clock(), v, in)
	switch {
	case err == nil && in.Choice == chepiao.ChooseNext:
		l.orders = append(l.orders, a.Order.ID)
	case err != nil && chepiao.AsRefusal(err) == nil:
		l.t.Fatalf("step %d %+v: a fault: %v", i, s, err)
	}
}

// TestMergeDuringASale: while a dispatcher merges two departures over and over,
// a crowd buys on both. A ticket that was sold in that very moment is moved, or
// came too late: nobody is left behind, and no seat is sold twice. (Systems that
// check ahead of the act and not inside it lose passengers here.)
func TestMergeDuringASale(t *testing.T) {
	w := newWorld(t)
	w.where = "merge during a sale"
	w.tell([]string{"on 2026-11-22 07:00 timetable", "G1 seats=30 石家庄@11:30 保定@13:10", "G2 seats=40 石家庄@11:40 保定@13:20"})
	c := command{world: w}
	from, into := c.departure("G1"), c.departure("G2")
	ctx, board, alight := context.Background(), w.station("石家庄"), w.station("保定")
	var callers sync.WaitGroup
	var mu sync.Mutex
	sold := 0
	for n := range 50 {
		rider := office.Rider{Name: "钱" + string(rune('一'+n)), Document: "resident_id", Number: w.person("钱" + string(rune('一'+n)))}
		callers.Go(func() {
			trip := from
			if n%2 == 0 {
				trip = into
			}
			a, err := w.office.Hold(ctx, w.clock(), office.Verb{ID: fmt.Sprint("hold", n), By: "crowd"}, "KEY", office.HoldInput{Departure: trip, From: board, To: alight, Passengers: []office.Rider{rider}, Channel: chepiao.Window})
			if err == nil {
				_, err = w.office.PayCash(ctx, office.Verb{ID: fmt.Sprint("pay", n), By: "crowd"}, a.Order.ID, a.Order.Total)
			}
			if err == nil {
				mu.Lock()
				sold++
				mu.Unlock()
			} else if chepiao.AsRefusal(err) == nil {
				t.Errorf("a fault: %v", err)
			}
		})
	}
	act := chepiao.Act{Kind: chepiao.ActMerge, Departures: []chepiao.DepartureID{from}, Into: into, Reason: "客流不足"}
	merged := false
	for n := 0; !merged && n < 1000; n++ {
		seen, err := w.office.Preview(ctx, act)
		if err == nil {
			_, err = w.office.Commit(ctx, office.Verb{ID: fmt.Sprint("merge", n), By: "desk"}, act, seen.Seen)
		}
		if merged = err == nil; !merged && chepiao.AsRefusal(err) == nil {
			t.Fatalf("a fault: %v", err)
		}
	}
	callers.Wait()
	if !merged {
		if _, err := w.office.Commit(ctx, office.Verb{ID: "merge", By: "desk"}, act, office.Unseen); err != nil && chepiao.Why(err) != chepiao.SoldOut {
			t.Fatalf("the merge: %v", err)
		}
		merged = w.store.View(from).State == chepiao.Merged
	}
	left, _, err := w.office.Manifest(ctx, from, 0, 100)
	must(t, err)
	ride, _, err := w.office.Manifest(ctx, into, 0, 100)
	must(t, err)
	if live := len(left) + len(ride); live < sold || merged && len(left) > 0 {
		t.Errorf("merged %v: %d tickets were sold, %d stand, %d of them on the departure that is gone", merged, sold, live, len(left))
	}
	w.end()
}
