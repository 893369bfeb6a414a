package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
)

// crowd is 128 or so clients that buy from one hub and give older orders back,
// so that the coaches stay as full as they were.
type crowd struct {
	clients []*customer
	people  *atomic.Int64
}

// pool is a set of journeys that share the load, with the room on them in
// seat-legs.
type pool struct {
	journeys []Journey
	room     int
	weight   float64 // share of the orders
}

// newPool counts the room: each seat of each departure on each leg once.
func newPool(journeys []Journey, weight float64) pool {
	p := pool{journeys: journeys, weight: weight}
	legs := map[chepiao.DepartureID]int{}
	for _, j := range journeys {
		if j.Alight > legs[j.Departure] {
			p.room += (j.Alight - legs[j.Departure]) * j.Places
			legs[j.Departure] = j.Alight
		}
	}
	return p
}

// loadKept is the share of all seat-legs that stays sold: between the 50 and
// 80 % at which coaches run. Every mode is filled to it first and keeps it, so
// that all of them do the same work: each order is followed by the refund of an
// older one.
const loadKept = 0.6

// customer is one client of a crowd.
type customer struct {
	client
	chance *rand.Rand
	pools  []pool
	mine   [][]bought // per pool, oldest first
	legs   []int      // per pool, held by me
	crowd  int        // clients in all
	people *atomic.Int64
	tally  tally
}

type bought struct {
	order orderView
	legs  int
	trip  Journey
}

// tally is what a customer counted in one round.
type tally struct {
	orders, refused, commands, searches int
	hold, pay, refund, search           []time.Duration
}

func (t *tally) add(o tally) {
	t.orders += o.orders
	t.refused += o.refused
	t.commands += o.commands
	t.searches += o.searches
	t.hold, t.pay = append(t.hold, o.hold...), append(t.pay, o.pay...)
	t.refund, t.search = append(t.refund, o.refund...), append(t.search, o.search...)
}

func newCrowd(base string, n int, pools []pool, people *atomic.Int64, seed uint64) *crowd {
	c := &crowd{people: people}
	connections := newHTTP(n)
	for i := range n {
		c.clients = append(c.clients, &customer{
			client: client{connections, base}, chance: rand.New(rand.NewPCG(seed, uint64(i))), pools: pools,
			mine: make([][]bought, len(pools)), legs: make([]int, len(pools)), crowd: n, people: people,
		})
	}
	return c
}

// run lets every client do its step again and again until time is up.
func (c *crowd) run(ctx context.Context, span time.Duration, step func(context.Context, *customer) error) (tally, time.Duration, error) {
	until, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	began := time.Now()
	failures := make([]error, len(c.clients))
	var wg sync.WaitGroup
	for i, cl := range c.clients {
		wg.Go(func() {
			cl.tally = tally{}
			for until.Err() == nil && failures[i] == nil {
				failures[i] = step(ctx, cl) // a step under way at the end is finished and counted
			}
		})
	}
	wg.Wait()
	var sum tally
	for _, cl := range c.clients {
		sum.add(cl.tally)
	}
	return sum, time.Since(began), errors.Join(failures...)
}

// fill sells until the load is reached.
func (c *crowd) fill(ctx context.Context) error {
	failures := make([]error, len(c.clients))
	var wg sync.WaitGroup
	for i, cl := range c.clients {
		wg.Go(func() {
			for p := range cl.pools {
				for cl.load(p) < loadKept && failures[i] == nil {
					failures[i] = cl.order(ctx, p)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}

// load is how full a client's share of a pool is.
func (c *customer) load(p int) float64 {
	return float64(c.legs[p]*c.crowd) / float64(c.pools[p].room)
}

// sell is a step: an order of one passenger, and while the coaches are fuller
// than they should be an older one back.
func sell(ctx context.Context, c *customer) error {
	p := 0
	if len(c.pools) > 1 && c.chance.Float64() >= c.pools[0].weight {
		p = 1
	}
	for c.load(p) > loadKept && len(c.mine[p]) > 0 {
		if err := c.giveBack(ctx, p); err != nil {
			return err
		}
	}
	return c.order(ctx, p)
}

func (c *customer) order(ctx context.Context, p int) error {
	j := c.pools[p].journeys[c.chance.IntN(len(c.pools[p].journeys))]
	in := holdBody{Departure: j.Departure.String(), From: j.From, To: j.To, Channel: "window", Passengers: []passenger{person(int(c.people.Add(1)))}}
	var held holdAnswer
	began := time.Now()
	err := c.call(ctx, "POST", "/api/v1/orders", newKey(), in, &held)
	c.tally.hold = append(c.tally.hold, time.Since(began))
	c.tally.commands++
	if refused(err) == chepiao.SoldOut {
		c.tally.refused++
		return nil
	}
	if err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	began = time.Now()
	err = c.call(ctx, "POST", "/api/v1/orders/"+held.Order.ID.String()+"/pay", newKey(), payBody{"cash", held.Order.Total}, nil)
	c.tally.pay = append(c.tally.pay, time.Since(began))
	c.tally.commands++
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	c.tally.orders++
	c.mine[p] = append(c.mine[p], bought{held.Order, j.Alight - j.Board, j})
	c.legs[p] += j.Alight - j.Board
	return nil
}

var rules = chepiao.DefaultRules()

// giveBack refunds the client's oldest order of a pool.
func (c *customer) giveBack(ctx context.Context, p int) error {
	old := c.mine[p][0]
	t := chepiao.Ticket{State: chepiao.TicketValid, Price: old.order.Total}
	q, err := chepiao.QuoteRefund(t, chepiao.RefundCase{Now: time.Now(), Departs: old.trip.Departs}, rules)
	if err != nil {
		return err
	}
	began := time.Now()
	err = c.call(ctx, "POST", "/api/v1/orders/"+old.order.ID.String()+"/refund", newKey(), refundBody{[]chepiao.TicketID{old.order.Tickets[0].ID}, q.Back}, nil)
	c.tally.refund = append(c.tally.refund, time.Since(began))
	c.tally.commands++
	if err != nil {
		return fmt.Errorf("refund: %w", err)
	}
	c.mine[p] = slices.Delete(c.mine[p], 0, 1)
	c.legs[p] -= old.legs
	return nil
}

// search is a step: look for departures, as a passenger does many times before
// buying once.
func search(limit int) func(context.Context, *customer) error {
	return func(ctx context.Context, c *customer) error {
		j := c.pools[0].journeys[c.chance.IntN(len(c.pools[0].journeys))]
		began := time.Now()
		err := c.call(ctx, "GET", searchPath(j.From, j.To, j.Departure.Day(), limit), "", nil, nil)
		c.tally.search = append(c.tally.search, time.Since(began))
		c.tally.searches++
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		return nil
	}
}

// bare is a step against the bare JSON handler.
func bare(ctx context.Context, c *customer) error {
	j := c.pools[0].journeys[c.chance.IntN(len(c.pools[0].journeys))]
	in := holdBody{Departure: j.Departure.String(), From: j.From, To: j.To, Channel: "window", Passengers: []passenger{person(int(c.people.Add(1)))}}
	var out holdAnswer
	c.tally.commands++
	return c.call(ctx, "POST", "/bare", newKey(), in, &out)
}
