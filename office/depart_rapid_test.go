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

// Whatever a dispatcher, the gates and the passengers do in whatever order: a
// refused act leaves no trace, a committed one does what its preview said, seats
// are those of live tickets and reserves, and free children stay within the
// quota.
func TestActsLeaveSeatsTrue(t *testing.T) {
	lives := 30
	if testing.Short() {
		lives = 5
	}
	for seed := range lives {
		life := rapid.Custom(func(t *rapid.T) []actStep {
			return rapid.SliceOfN(rapid.Custom(drawAct), 30, 60).Draw(t, "steps")
		}).Example(seed)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t)
			w.set(time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)) // 07:00
			w.timetable([]string{
				"G1 seats=12 gate=1 fare=40.00 石家庄@08:00 正定@08:30 保定@09:10",
				"G2 seats=10 gate=2 fare=60.00 石家庄@08:10 正定@08:40 保定@09:20",
				"F1 seats=8 until=12:00 fare=20.00 石家庄@07:00 正定@07:30 保定@08:10",
			})
			l := &actLife{queueLife: queueLife{world: w, t: t}}
			for i, s := range life {
				l.step(i, s)
				l.true(i, s)
			}
			w.end()
		})
	}
}

// actStep is one thing that somebody does; numbers choose among what there is.
type actStep struct {
	What       string
	A, B, C, D int
}

func drawAct(t *rapid.T) actStep {
	n := func(name string) int { return rapid.IntRange(0, 1000).Draw(t, name) }
	what := []string{
		"buy", "buy", "buy", "hold", "refund", "check", "check", "check", "report", "report", "unreport", "dispatch", "dispatch", "time", "time", "watch", "restart",
		"delay", "gate", "stop_sale", "sell", "reserve", "reserve", "unreserve", "no_show", "run", "recall",
	}
	return actStep{rapid.SampledFrom(what).Draw(t, "what"), n("a"), n("b"), n("c"), n("d")}
}

type actLife struct {
	queueLife
}

func (l *actLife) step(i int, s actStep) {
	ctx, v := context.Background(), office.Verb{ID: fmt.Sprintf("%d-%s", i, s.What), By: "life"}
	c := command{world: l.world}
	stops := []chepiao.StationNo{l.station("石家庄"), l.station("正定"), l.station("保定")}
	id := []chepiao.DepartureID{c.departure("G1"), c.departure("G2"), c.departure("F1")}[s.A%3]
	from := s.B % 2
	ok := func(_ any, err error) {
		if err != nil && chepiao.AsRefusal(err) == nil {
			l.t.Fatalf("step %d %+v: a fault: %v", i, s, err)
		}
	}
	switch s.What {
	case "buy", "hold":
		riders := l.riders(1 + s.C%3)
		riders[0].Children = s.D % 2
		a, err := l.office.Hold(ctx, l.clock(), v, "KEY", office.HoldInput{Departure: id, From: stops[from], To: stops[from+1+s.D%(2-from)], Passengers: riders, Channel: chepiao.Window, Outlet: "life"})
		ok(a, err)
		if err == nil {
			l.orders = append(l.orders, a.Order.ID)
			if s.What == "buy" {
				v.ID += "-pay"
				ok(l.office.PayCash(ctx, v, a.Order.ID, a.Order.Total))
			}
		}
	case "refund", "check":
		l.travel(i, s, v)
	case "report":
		run, err := l.office.Timetable().Run(id)
		must(l.t, err)
		plate, drivers := l.coach(run, v)
		ok(l.office.Report(ctx, v, office.Arrival{Departure: id, Station: stops[from], Plate: plate, Drivers: drivers}))
	case "unreport":
		ok(l.office.CancelReport(ctx, v, id, stops[from], "life"))
	case "dispatch":
		ok(l.office.Dispatch(ctx, v, office.Leaving{Departure: id, Station: stops[from], Final: s.C%3 == 0}))
	case "time":
		l.set(l.clock().Add(time.Duration(s.C%12) * time.Minute))
		_, err := l.office.Lapse(ctx, l.clock())
		must(l.t, err)
	case "watch":
		_, err := l.office.Watch(ctx, l.clock())
		must(l.t, err)
	case "restart":
		must(l.t, l.store.Close())
		l.open()
	default:
		l.act(i, s, v, id, stops[from])
	}
}

// coach registers a coach of the departure's size with a driver, both in order.
func (l *actLife) coach(run office.Run, v office.Verb) (string, []string) {
	ctx, plate := context.Background(), "冀A"+run.Template.Number
	papers := func(kinds ...chepiao.PaperKind) (p []chepiao.Paper) {
		for _, k := range kinds {
			p = append(p, chepiao.Paper{Kind: k, Until: run.ID.Day() + 1})
		}
		return p
	}
	id := v.ID
	v.ID = id + "-vehicle"
	_, err := l.office.RegisterVehicle(ctx, v, chepiao.Vehicle{Plate: plate, Carrier: "C", Seats: run.Template.Seats - 2, Approved: run.Template.Seats, Papers: papers(chepiao.RoadPermit, chepiao.VehiclePermit, chepiao.Insurance)})
	must(l.t, err)
	v.ID = id + "-driver"
	_, err = l.office.RegisterDriver(ctx, v, chepiao.Driver{No: plate, Carrier: "C", Papers: papers(chepiao.DriverPermit, chepiao.Qualification)})
	must(l.t, err)
	v.ID = id + "-safety"
	_, err = l.office.SafetyCheck(ctx, v, plate, "1")
	must(l.t, err)
	return plate, []string{plate}
}

// travel refunds or checks a ticket of an order.
func (l *actLife) travel(i int, s actStep, v office.Verb) {
	if len(l.orders) == 0 {
		return
	}
	ctx := context.Background()
	f, err := l.office.Look(ctx, l.orders[s.C%len(l.orders)])
	must(l.t, err)
	t := f.Tickets[s.D%len(f.Tickets)]
	if s.What == "check" {
		if p := f.Passengers[s.D%len(f.Tickets)]; !p.Document.IsZero() {
			_, err := l.office.Check(ctx, l.clock(), v, office.Passage{Document: string(p.Document.Kind()), Number: p.Document.Reveal(), Station: t.From, Device: "gate"})
			must(l.t, err)
		}
		return
	}
	if q, err := l.office.QuoteRefund(ctx, l.clock(), chepiao.AskedAt{}, t.ID); err == nil {
		if _, err := l.office.Refund(ctx, v, f.Order.ID, []chepiao.TicketID{t.ID}, q.Back); err != nil && chepiao.AsRefusal(err) == nil {
			l.t.Fatalf("step %d %+v: a fault: %v", i, s, err)
		}
	}
}

// act previews and commits one act on one or two departures.
func (l *actLife) act(i int, s actStep, v office.Verb, id chepiao.DepartureID, station chepiao.StationNo) {
	ctx := context.Background()
	act := chepiao.Act{Kind: chepiao.ActKind(s.What), Departures: []chepiao.DepartureID{id}, Station: l.office.Timetable().Station(station).Code, Reason: "life"}
	if other := (&command{world: l.world}).departure("G1"); s.D%4 == 0 && other != id {
		act.Departures = append(act.Departures, other)
	}
	switch act.Kind {
	case chepiao.ActDelay:
		act.Minutes = s.C%90 - 10
	case chepiao.ActGate:
		act.Gate = fmt.Sprint(1 + s.C%3)
	case chepiao.ActReserve:
		act.Reserve = []chepiao.ReserveKind{chepiao.ReserveFixed, chepiao.ReserveManual, chepiao.ReserveAuto}[s.C%3]
		if act.Reserve == chepiao.ReserveAuto {
			act.Until = l.clock().Add(time.Duration(1+s.D%20) * time.Minute)
		}
		act.Seats = []int{1 + s.C%12, 1 + s.D%12}
		if s.B%3 == 0 {
			act.Seats, act.Places = nil, 1+s.C%3
		}
	case chepiao.ActUnreserve:
		act.Seats = []int{1 + s.C%12}
		if s.B%3 == 0 {
			act.Seats, act.Places = nil, 1
		}
	}
	before := l.head()
	seen, err := l.office.Preview(ctx, act)
	if l.head() != before {
		l.t.Fatalf("step %d %+v: a preview left a trace", i, s)
	}
	if err != nil {
		_, again := l.office.Commit(ctx, v, act, office.Unseen)
		if chepiao.AsRefusal(err) == nil || again == nil || again.Error() != err.Error() || l.head() != before {
			l.t.Fatalf("step %d %+v: previewed %v, committed %v", i, s, err, again)
		}
		return
	}
	done, err := l.office.Commit(ctx, v, act, seen.Seen)
	if err != nil || done.Fingerprint() != seen.Seen {
		l.t.Fatalf("step %d %+v: seen %+v, done %+v, %v", i, s, seen, done, err)
	}
}

// true holds every departure against its tickets.
func (l *actLife) true(i int, s actStep) {
	for _, id := range l.store.Started(0) {
		run, err := l.office.Timetable().Run(id)
		must(l.t, err)
		view := l.store.View(id)
		want, children := view.Seats.Empty(), 0
		var tickets []chepiao.Ticket
		must(l.t, l.store.Read(context.Background(), func(r *store.Reader) error {
			tickets, err = r.Manifest(id, 0, 1000)
			return err
		}))
		tickets = slices.DeleteFunc(tickets, func(t chepiao.Ticket) bool { return !t.State.Live() })
		for _, t := range tickets {
			want.Take(t.Board, t.Alight, []int{t.Seat})
			children += t.Children
		}
		if view.Ops != nil {
			for _, r := range view.Ops.Reserved {
				want.Take(r.From, r.To, []int{r.Seat})
			}
		}
		quota := l.office.RulesFor(l.clock(), run, 0).Quota(max(run.Template.Seats, view.Seats.Places()), false) // another coach may have come
		if !want.Equal(&view.Seats) || children != view.Children || children > quota {
			l.t.Fatalf("step %d %+v: %s: seats %v, children %d of %d, quota %d", i, s, id, want.Equal(&view.Seats), view.Children, children, quota)
		}
	}
}
