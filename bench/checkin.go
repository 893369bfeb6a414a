package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"chepiao"
	"chepiao/office"
)

// Check-in at the hub: gates read documents and vouchers at a steady pace, whatever
// the hub does meanwhile: it sells as fast as it can, sells at a steady pace as well,
// or does nothing else.
const (
	checksPerSecond = 500
	checkinSellers  = 64
	checkinPause    = 128 * time.Millisecond // between two orders of a client at the steady pace: 500 orders a second
	checkinGoal     = 20 * time.Millisecond  // 99 of 100 checks
	checkinParty    = 4                      // tickets an order of those that are checked
)

// CheckinResult is how long checks took, over all rounds. A check's time begins
// when it was due, not when it could be sent: a gate that waits for the one before
// is not forgotten (an open loop).
type CheckinResult struct {
	Contender string    `json:"contender"`
	Sales     sales     `json:"sales"`  // meanwhile
	Rate      int       `json:"rate"`   // checks a second
	Checks    int       `json:"checks"` // all of them passed
	P50       float64   `json:"p50_ms"`
	P99       float64   `json:"p99_ms"`
	Max       float64   `json:"max_ms"`
	Orders    []float64 `json:"orders"` // a second, meanwhile, each round

	// Cost is the hub's processor time for one check, µs, each round; of rounds
	// without sales, where nothing else is in it. It says more than times do on a
	// machine that is busy with other programs.
	Cost []float64 `json:"cost,omitempty"`

	times []time.Duration
}

// sales is what 64 clients do while others are checked.
type sales string

const (
	noSales     sales = "none"
	steadySales sales = "steady"  // 500 orders a second, less where the hub is slower
	allOut      sales = "all out" // the next request when the one before is answered
)

// presented is what one passenger shows at the gate.
type presented struct {
	Code     string        `json:"code,omitempty"`
	Document *documentBody `json:"document,omitempty"`
	Device   string        `json:"device"`
}

type documentBody struct {
	Kind   string `json:"kind"`
	Number string `json:"number"`
}

// checkin measures both of Chepiao's contenders beside each kind of sales.
func (a *arena) checkin(ctx context.Context, report *Report) (err error) {
	queues := map[*contender][]presented{}
	ours := slices.DeleteFunc(slices.Clone(a.running), func(c *contender) bool { return c.kind != "" })
	defer func() { err = errors.Join(err, a.leave()) }()
	for _, c := range ours {
		if queues[c], err = a.travellers(ctx, c, 3*a.plan.Rounds*a.checks()); err != nil {
			return fmt.Errorf("tickets to check, %s: %w", c.name, err)
		}
	}
	for _, c := range ours {
		if err := a.serve(ctx, c); err != nil {
			return err
		}
		if _, _, err := c.crowd.run(ctx, a.plan.Span, sell(loads[0].weights(a.world))); err != nil {
			return fmt.Errorf("warming up: %w", err)
		}
	}
	for round := range a.plan.Rounds {
		for i := range ours {
			c := ours[(i+round)%len(ours)]
			for _, meanwhile := range []sales{allOut, steadySales, noSales} {
				n := a.checks()
				due := queues[c][:n]
				queues[c] = queues[c][n:]
				if err := a.checkRound(ctx, c, due, report.checkin(c.name, meanwhile)); err != nil {
					return fmt.Errorf("checks, %s: %w", c.name, err)
				}
			}
		}
		a.plan.Progress(round+1, a.plan.Rounds, "check-in")
	}
	return nil
}

// checks is how many are made in a round.
func (a *arena) checks() int { return max(1, int(a.plan.Span.Seconds()*checksPerSecond)) }

func (r *Report) checkin(name string, meanwhile sales) *CheckinResult {
	for _, c := range r.Checkin {
		if c.Contender == name && c.Sales == meanwhile {
			return c
		}
	}
	c := &CheckinResult{Contender: name, Sales: meanwhile, Rate: checksPerSecond}
	r.Checkin = append(r.Checkin, c)
	return c
}

// travellers opens the gates for a day ahead and sells so many tickets for coaches
// that leave until then. Every other passenger shows the document, the others
// voucher and document, as the rules of a line with real names ask.
func (a *arena) travellers(ctx context.Context, c *contender, n int) (all []presented, err error) {
	if err := a.enter(ctx, c); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.leave()) }()
	o := c.crowd.clients[0].seller.(inOffice).Office
	open := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "the bench checks tickets a day ahead", Values: []byte(`{"check_opens":86400,"hall_opens":86400,"need_report":false}`)}
	if _, err := o.SetSheet(ctx, office.Verb{ID: "bench-checkin", By: "bench"}, open); err != nil {
		return nil, err
	}
	now := time.Now()
	journeys := slices.DeleteFunc(Journeys(a.world.network, now.Add(time.Hour), now.Add(23*time.Hour)), func(j Journey) bool { return j.Flow })
	if len(journeys) == 0 {
		return nil, errors.New("no coach leaves within a day")
	}
	first := int(c.crowd.people.Add(int64(n+checkinParty))) - n - checkinParty
	orders := (n + checkinParty - 1) / checkinParty
	found := make([][]presented, orders)
	err = c.crowd.each(func(i int, cl *customer) error {
		chance := rand.New(rand.NewPCG(17, uint64(i)))
		for k := i; k < orders; k += len(c.crowd.clients) {
			if found[k], err = travelTogether(ctx, o, journeys, chance, first+k*checkinParty); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.Concat(found...)[:n], nil
}

// travelTogether sells an order for people of these numbers and says what they
// will show.
func travelTogether(ctx context.Context, o *office.Office, journeys []Journey, chance *rand.Rand, who int) (show []presented, err error) {
	var riders []office.Rider
	for i := range checkinParty {
		p := person(who + i)
		riders = append(riders, office.Rider{Name: p.Name, Document: p.Document.Kind, Number: p.Document.Number})
	}
	var held office.Answer
	for try := 0; ; try++ {
		j := journeys[chance.IntN(len(journeys))]
		held, err = o.Hold(ctx, time.Now(), office.Verb{ID: newKey(), By: "bench"}, secretOf(who), office.HoldInput{Departure: j.Departure, From: j.FromNo, To: j.ToNo, Channel: chepiao.Window, Passengers: riders})
		if why(err) != chepiao.SoldOut || try == 100 {
			break
		}
	}
	if err == nil {
		_, err = o.PayCash(ctx, office.Verb{ID: newKey(), By: "bench"}, held.Order.ID, held.Order.Total)
	}
	if err != nil {
		return nil, err
	}
	for i, t := range held.Tickets {
		p := presented{Document: &documentBody{riders[i].Document, riders[i].Number}, Device: fmt.Sprintf("gate %d", chance.IntN(40))}
		if i%2 == 1 {
			if p.Code, _, err = o.Voucher(ctx, t.ID); err != nil {
				return nil, err
			}
		}
		show = append(show, p)
	}
	return show, nil
}

// checkRound lets everybody pass in their turn, while others buy as the result's
// sales say.
func (a *arena) checkRound(ctx context.Context, c *contender, due []presented, result *CheckinResult) error {
	var wg sync.WaitGroup
	var sold tally
	var took time.Duration
	var selling error
	if result.Sales != noSales {
		some := &crowd{clients: c.crowd.clients[:min(checkinSellers, len(c.crowd.clients))]}
		buy := sell(loads[0].weights(a.world))
		if result.Sales == steadySales {
			buy = paced(buy, checkinPause)
		}
		wg.Go(func() { sold, took, selling = some.run(ctx, a.plan.Span, buy) })
	}
	gates := newHTTP(checkinSellers)
	defer gates.CloseIdleConnections()
	times, failures := make([]time.Duration, len(due)), make([]error, len(due))
	began, before := time.Now(), usedBy(c.hub.pid)
	for i, p := range due {
		at := began.Add(time.Duration(i) * time.Second / checksPerSecond)
		time.Sleep(time.Until(at))
		wg.Go(func() {
			var out checkAnswer
			if failures[i] = (&client{gates, c.hub.url}).call(ctx, "POST", "/api/v1/checks", newKey(), p, &out); failures[i] == nil && !out.Verdict.Pass {
				failures[i] = fmt.Errorf("not let through: %s", out.Verdict.EN)
			}
			times[i] = time.Since(at)
		})
	}
	wg.Wait()
	for p := range a.world.pools {
		full := c.crowd.full(p)
		a.least, a.most = min(a.least, full), max(a.most, full)
	}
	result.Checks += len(due)
	result.times = append(result.times, times...)
	if result.Sales == noSales {
		result.Cost = append(result.Cost, float64((usedBy(c.hub.pid)-before).Microseconds())/float64(len(due)))
	} else {
		result.Orders = append(result.Orders, float64(sold.orders)/took.Seconds())
	}
	return errors.Join(selling, errors.Join(failures...))
}

// paced is a step that takes so long, or longer where the answers do: clients do not
// begin together.
func paced(do step, each time.Duration) step {
	return func(ctx context.Context, c *customer) error {
		began := time.Now()
		wait := time.Duration(c.chance.Int64N(int64(each)))
		time.Sleep(wait)
		err := do(ctx, c)
		time.Sleep(each - time.Since(began))
		return err
	}
}

// close computes the percentiles.
func (r *CheckinResult) close() {
	p := percentiles(r.times)
	r.P50, r.P99 = p.P50, p.P99
	if len(r.times) > 0 {
		r.Max = float64(slices.Max(r.times).Microseconds()) / 1000
	}
}
