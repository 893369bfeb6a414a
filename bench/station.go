package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"chepiao"
	"chepiao/office"
)

// A station's node: how soon it is level with its hub after a day without a network,
// how late the hub hears of its sales, and how fast it decides when all its gates
// scan at once.
const (
	stationTickets = 35_000 // sold during the cut, half at the station and half at the hub
	stationSeats   = 25     // of each coach that the station holds
	lagSales       = 500    // a second
	lagEvery       = 10 * time.Millisecond
	gatesAtOnce    = 50
	levelGoal      = time.Minute
	lagGoal        = time.Second // 95 of 100 entries
	gateGoal       = 20 * time.Millisecond
)

// Province is a hub and one station of it, both in this process, with the wire
// between them. Run keeps the station level until its context ends; without it the
// station is cut off.
type Province struct {
	Hub, Station *office.Office
	Code         string // of the station, in the timetable
	Run          func(ctx context.Context)
	Close        func() error
}

// StationResult is what a station's node took.
type StationResult struct {
	Sold, Checked int         // during the cut, tickets and passages
	Parcels       int64       `json:"parcels"` // both ways, when it was joined again
	Level         []float64   `json:"level_s"` // one: from the network's return until both have heard everything
	Rate          float64     `json:"rate"`    // sales a second that were reached while the lag was measured
	LagP50        float64     `json:"lag_p50_ms"`
	LagP95        float64     `json:"lag_p95_ms"`
	Gates         []GateTimes `json:"gates"`
}

// GateTimes are the times of checks in one pattern.
type GateTimes struct {
	Pattern string  `json:"pattern"`
	Checks  int     `json:"checks"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
}

// station measures all three, one after the other on the same tickets.
func station(ctx context.Context, plan Plan) (_ *StationResult, err error) {
	folder := filepath.Join(plan.Folder, "province")
	p, err := plan.Province(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("setting a province up: %w", err)
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, p.Close())
		}
	}()
	s := &stationBench{p: p, plan: plan}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"seats to the station", s.open}, {"a day cut off", s.cutOff}, {"joined again", s.level}, {"the lag of a feed", s.lag}, {"tickets for the gates", s.queue}} {
		plan.Progress(s.step, 6, step.name)
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
		s.step++
	}
	open = false
	if err := p.Close(); err != nil {
		return nil, err
	}
	plan.Progress(s.step, 6, "gates")
	return &s.result, s.gates(ctx, filepath.Join(folder, "station"))
}

type stationBench struct {
	p        *Province
	plan     Plan
	step     int
	journeys []Journey // that board at the station within a day
	people   int
	due      []presented
	result   StationResult
}

// open gives the station its seats on every coach of the next day.
func (s *stationBench) open(ctx context.Context) error {
	sheet := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "the bench checks tickets a day ahead", Values: []byte(`{"check_opens":86400,"hall_opens":86400,"tickets_move":86400,"need_report":false}`)}
	if _, err := s.p.Hub.SetSheet(ctx, office.Verb{ID: newKey(), By: "bench"}, sheet); err != nil {
		return err
	}
	now := time.Now()
	network := &s.p.Hub.Timetable().Network
	s.journeys = slices.DeleteFunc(Journeys(network, now.Add(time.Hour), now.Add(23*time.Hour)), func(j Journey) bool { return j.Flow || j.From != s.p.Code })
	if len(s.journeys)*stationSeats < stationTickets/2 {
		return fmt.Errorf("only %d coaches leave from the station within a day", len(s.journeys))
	}
	node := s.p.Station.No()
	for _, j := range s.journeys {
		if _, err := s.p.Hub.GiveSeats(ctx, office.Verb{ID: newKey(), By: "bench"}, j.Departure, node, stationSeats); err != nil {
			return err
		}
	}
	_, err := s.join(ctx, false)
	return err
}

// cutOff sells on both sides, and checks at the station what it has sold itself.
func (s *stationBench) cutOff(ctx context.Context) error {
	here, err := s.sell(ctx, s.p.Station, stationTickets/2)
	if err != nil {
		return fmt.Errorf("selling at the station: %w", err)
	}
	there, err := s.sell(ctx, s.p.Hub, stationTickets/2)
	if err != nil {
		return fmt.Errorf("selling at the hub: %w", err)
	}
	s.result.Sold = len(here) + len(there)
	if s.result.Checked, err = len(here), s.check(ctx, here); err != nil {
		return err
	}
	for { // as the hub's duty does: tickets belong where their passengers board
		moved, err := s.p.Hub.Allot(ctx, time.Now())
		if err != nil || moved == 0 {
			return err
		}
	}
}

// sell sells so many tickets, four to an order, by several clients at once.
func (s *stationBench) sell(ctx context.Context, at *office.Office, n int) (all []presented, err error) {
	orders := n / checkinParty
	first := s.people
	s.people += orders * checkinParty
	sold, failed := make([][]presented, orders), make([]error, checkinSellers)
	var wg sync.WaitGroup
	for w := range checkinSellers {
		wg.Go(func() {
			chance := rand.New(rand.NewPCG(29, uint64(first+w)))
			for k := w; k < orders && failed[w] == nil; k += checkinSellers {
				sold[k], failed[w] = travelTogether(ctx, at, s.journeys, chance, first+k*checkinParty)
			}
		})
	}
	wg.Wait()
	return slices.Concat(sold...), errors.Join(failed...)
}

func (s *stationBench) check(ctx context.Context, show []presented) error {
	failed := make([]error, checkinSellers)
	var wg sync.WaitGroup
	for w := range checkinSellers {
		wg.Go(func() {
			for k := w; k < len(show) && failed[w] == nil; k += checkinSellers {
				in := office.Passage{Code: show[k].Code, Device: show[k].Device, Document: show[k].Document.Kind, Number: show[k].Document.Number}
				out, err := s.p.Station.Check(ctx, time.Now(), office.Verb{ID: newKey(), By: "bench"}, in)
				if failed[w] = err; err == nil && !out.Verdict.Pass {
					failed[w] = fmt.Errorf("not let through: %s", out.Verdict.EN)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// level joins the network again and waits until both have heard everything.
func (s *stationBench) level(ctx context.Context) error {
	took, err := s.join(ctx, true)
	s.result.Level = append(s.result.Level, took.Seconds())
	return err
}

// join runs the wire until nothing is under way.
func (s *stationBench) join(ctx context.Context, count bool) (time.Duration, error) {
	before, err := s.under(ctx)
	if err != nil {
		return 0, err
	}
	if count {
		s.result.Parcels = before
	}
	ctx, end := context.WithTimeout(ctx, 10*time.Minute)
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	began := time.Now()
	running.Go(func() { s.p.Run(ctx) })
	for {
		left, err := s.under(ctx)
		if err != nil || left == 0 {
			return time.Since(began), err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%d parcels are still under way: %w", left, ctx.Err())
		case <-time.After(lagEvery):
		}
	}
}

// under counts the parcels that are under way, both ways together.
func (s *stationBench) under(ctx context.Context) (n int64, err error) {
	for _, way := range [][2]*office.Office{{s.p.Hub, s.p.Station}, {s.p.Station, s.p.Hub}} {
		said, heard, err := s.heads(ctx, way[0], way[1])
		if err != nil {
			return 0, err
		}
		n += said - heard
	}
	return n, nil
}

// heads are how many parcels one node has made for another, and how many of them it
// has heard.
func (s *stationBench) heads(ctx context.Context, from, to *office.Office) (said, heard int64, err error) {
	heads, err := from.FeedHeads(ctx, to.No())
	if err != nil {
		return 0, 0, err
	}
	received, err := to.Received(ctx, from.No())
	for lane, n := range heads {
		said += n
		heard += received[lane]
	}
	return said, heard, err
}

// lag sells at the station at a steady pace and looks how long after a parcel was
// made the hub has taken it in.
func (s *stationBench) lag(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	running.Go(func() { s.p.Run(ctx) })
	sales := int(4*s.plan.Span.Seconds()*lagSales) + 1
	var wg sync.WaitGroup
	failed := make([]error, sales)
	first, began, done := s.people, time.Now(), make(chan time.Duration, 1)
	s.people += sales
	go func() {
		for i := range sales {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / lagSales)))
			wg.Go(func() { failed[i] = s.one(ctx, first+i) })
		}
		wg.Wait()
		done <- time.Since(began)
	}()
	said, heard, err := s.heads(ctx, s.p.Station, s.p.Hub)
	if err != nil {
		return err
	}
	var made []time.Time // of the parcels that were not heard yet
	var lags []time.Duration
	for took := time.Duration(0); took == 0 || heard < said; {
		select {
		case took = <-done:
		case <-time.After(lagEvery):
		}
		nowSaid, nowHeard, err := s.heads(ctx, s.p.Station, s.p.Hub)
		if err != nil {
			return err
		}
		at := time.Now()
		for ; said < nowSaid; said++ {
			made = append(made, at)
		}
		for ; heard < nowHeard && len(made) > 0; heard++ {
			lags, made = append(lags, at.Sub(made[0])), made[1:]
		}
		if took > 0 {
			s.result.Rate = float64(sales) / took.Seconds()
		}
	}
	slices.Sort(lags)
	if len(lags) == 0 {
		return errors.New("no parcel was made")
	}
	s.result.LagP50, s.result.LagP95 = lags[len(lags)/2].Seconds()*1000, lags[len(lags)*95/100].Seconds()*1000
	return errors.Join(failed...)
}

// one sells a ticket at the station.
func (s *stationBench) one(ctx context.Context, who int) (err error) {
	at := inOffice{s.p.Station}
	chance := rand.New(rand.NewPCG(31, uint64(who)))
	for range 100 {
		var b bought
		b, err = at.hold(ctx, &s.journeys[chance.IntN(len(s.journeys))], who)
		if err == nil {
			return at.pay(ctx, &b)
		}
		if why(err) != chepiao.SoldOut {
			return err
		}
	}
	return err
}

// judgeStation adds the targets of a station's node.
func (r *Report) judgeStation() {
	s := r.Station
	if s == nil {
		return
	}
	add := func(what, way string, value, goal float64, unit string) {
		r.Targets = append(r.Targets, TargetResult{What: what, Way: way, Value: value, Goal: goal, AtMost: true, Unit: unit, Reached: value <= goal, Command: "--scenario station"})
	}
	add(fmt.Sprintf("level again after a cut with %s tickets sold and %s checked", thousands(s.Sold), thousands(s.Checked)), "over the wire", Median(s.Level), levelGoal.Seconds(), "s")
	add(fmt.Sprintf("p95 of how late the hub hears of a station's sales, %.0f a second", s.Rate), "over the wire", s.LagP95, float64(lagGoal.Milliseconds()), "ms")
	for _, g := range s.Gates {
		add("p99 of a decision by the station's node: "+g.Pattern, overHTTP, g.P99, float64(gateGoal.Milliseconds()), "ms")
	}
}

// stationRows are the tables of a station's node.
func (s *StationResult) rows() [][]string {
	rows := [][]string{{"gates at a station's node", "checks", "p50 ms", "p99 ms", "longest ms"}}
	for _, g := range s.Gates {
		rows = append(rows, []string{g.Pattern, fmt.Sprint(g.Checks), fmt.Sprintf("%.1f", g.P50), fmt.Sprintf("%.1f", g.P99), fmt.Sprintf("%.1f", g.Max)})
	}
	return rows
}
