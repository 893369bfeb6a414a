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

// crowd is 128 or so clients that buy from one seller and give older orders
// back, so that the coaches stay as full as they were. What they have bought
// stays theirs when they go on buying from the same seller another way.
type crowd struct {
	clients []*customer
	people  atomic.Int64 // passengers so far: everybody travels once
}

// customer is one client of a crowd.
type customer struct {
	seller seller
	look   *client // to search with; nil in process
	chance *rand.Rand
	world  *world
	mine   [poolCount][]bought // oldest first
	legs   [poolCount]int      // held by me
	crowd  *crowd
	tally  tally
}

// tally is what a customer counted in one round. A refused hold is no order.
type tally struct {
	orders, refused, busy, commands, looks int
	hold, pay, refund                      []time.Duration
	cpu                                    time.Duration // of all processes, for all of the round
}

func (t *tally) add(o tally) {
	t.orders += o.orders
	t.refused += o.refused
	t.busy += o.busy
	t.commands += o.commands
	t.looks += o.looks
	t.hold, t.pay = append(t.hold, o.hold...), append(t.pay, o.pay...)
	t.refund = append(t.refund, o.refund...)
}

func newCrowd(w *world, n int) *crowd {
	c := &crowd{}
	for i := range n {
		c.clients = append(c.clients, &customer{chance: rand.New(rand.NewPCG(7, uint64(i))), world: w, crowd: c})
	}
	return c
}

// turnTo lets every client buy from a seller; look is where they search.
func (c *crowd) turnTo(s seller, look *client) {
	for _, cl := range c.clients {
		cl.seller, cl.look = s, look
	}
}

// step is what a client does again and again while something is measured.
type step func(context.Context, *customer) error

// run lets every client do its step again and again until time is up.
func (c *crowd) run(ctx context.Context, span time.Duration, step step) (tally, time.Duration, error) {
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
	took := time.Since(began)
	var sum tally
	for _, cl := range c.clients {
		sum.add(cl.tally)
	}
	return sum, took, errors.Join(failures...)
}

// each lets every client work a list off; used to fill.
func (c *crowd) each(work func(i int, cl *customer) error) error {
	failures := make([]error, len(c.clients))
	var wg sync.WaitGroup
	for i, cl := range c.clients {
		wg.Go(func() { failures[i] = work(i, cl) })
	}
	wg.Wait()
	return errors.Join(failures...)
}

// load is how full a client's share of a pool is.
func (c *customer) load(p int) float64 {
	return float64(c.legs[p]*len(c.crowd.clients)) / float64(c.world.pools[p].room)
}

// full is how full the whole crowd keeps a pool.
func (c *crowd) full(p int) float64 {
	legs := 0
	for _, cl := range c.clients {
		legs += cl.legs[p]
	}
	return float64(legs) / float64(c.clients[0].world.pools[p].room)
}

// keep remembers an order that is paid.
func (c *customer) keep(p int, b bought) {
	c.mine[p] = append(c.mine[p], b)
	c.legs[p] += b.trip.Alight - b.trip.Board
}

// sell is a step: an order of one passenger, and while the coaches are fuller
// than they should be an older one back. weights say how often each pool is
// chosen.
func sell(weights [poolCount]float64) step {
	return func(ctx context.Context, c *customer) error {
		p, dice := 0, c.chance.Float64()
		for p < poolCount-1 && dice >= weights[p] {
			dice -= weights[p]
			p++
		}
		for c.load(p) > loadKept && len(c.mine[p]) > 0 {
			if done, err := c.giveBack(ctx, p); err != nil || !done {
				return err
			}
		}
		return c.order(ctx, p)
	}
}

func (c *customer) order(ctx context.Context, p int) error {
	pool := &c.world.pools[p]
	b, ok, err := c.hold(ctx, &pool.journeys[c.chance.IntN(len(pool.journeys))])
	if err != nil || !ok {
		return err
	}
	began := time.Now()
	for {
		err = c.seller.pay(ctx, &b)
		c.tally.commands++
		if why(err) != chepiao.Busy {
			break
		}
		c.tally.busy++
	}
	c.tally.pay = append(c.tally.pay, time.Since(began))
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	c.tally.orders++
	c.keep(p, b)
	return nil
}

// hold asks for a journey; ok is false when it was refused for want of a seat,
// or because too many asked.
func (c *customer) hold(ctx context.Context, j *Journey) (b bought, ok bool, err error) {
	who := int(c.crowd.people.Add(1))
	began := time.Now()
	b, err = c.seller.hold(ctx, j, who)
	c.tally.hold = append(c.tally.hold, time.Since(began))
	c.tally.commands++
	switch why(err) {
	case chepiao.SoldOut:
		c.tally.refused++
		return b, false, nil
	case chepiao.Busy:
		c.tally.busy++
		return b, false, nil
	}
	if err != nil {
		return b, false, fmt.Errorf("hold: %w", err)
	}
	return b, true, nil
}

var rules = chepiao.DefaultRules()

// giveBack refunds the client's oldest order of a pool; done is false when the
// seller was too busy for it.
func (c *customer) giveBack(ctx context.Context, p int) (done bool, err error) {
	old := c.mine[p][0]
	t := chepiao.Ticket{State: chepiao.TicketValid, Price: old.total}
	q, err := chepiao.QuoteRefund(t, chepiao.RefundCase{Now: time.Now(), Departs: old.trip.Departs}, rules)
	if err != nil {
		return false, err
	}
	began := time.Now()
	err = c.seller.refund(ctx, &old, q.Back)
	c.tally.refund = append(c.tally.refund, time.Since(began))
	c.tally.commands++
	if why(err) == chepiao.Busy {
		c.tally.busy++
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("refund: %w", err)
	}
	c.mine[p] = slices.Delete(c.mine[p], 0, 1)
	c.legs[p] -= old.trip.Alight - old.trip.Board
	return true, nil
}
