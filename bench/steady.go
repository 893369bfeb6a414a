package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
)

// Steady is a load that goes on until it is told to end: clients buy journeys
// and give older orders back, so that there is always room. Every request is
// repeated under its key until it is answered, whatever happens to the hubs.
type Steady struct {
	Base     string // of the hub, or of what stands before several
	Journeys []Journey
	Clients  int
	Seed     uint64
	Pause    time.Duration // between two orders of a client, at most; half of it on average
	Keep     bool          // every order is remembered, for Prove; else only those to give back
	Watch    func(Try)     // called at the end of every request, by many at once; may be nil
}

// Try is one request as its client saw it.
type Try struct {
	Key          string // the same for every repetition; "" for a question
	Began, Ended time.Time
	Status       int // of the answer; 0 when there was none
}

// Drive buys until end is closed, lets every client finish the order it is at,
// and returns what all of them know.
func (s *Steady) Drive(ctx context.Context, end <-chan struct{}) (*Log, error) {
	if len(s.Journeys) == 0 {
		return nil, errors.New("the timetable has no departure in the time asked for: nothing to buy")
	}
	log := &Log{Refusals: map[chepiao.Reason]int{}}
	connections := newHTTP(s.Clients)
	if s.Watch != nil {
		connections.Transport = &watcher{connections.Transport, s.Watch}
	}
	defer connections.CloseIdleConnections()
	began := time.Now()
	room := s.room()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var people atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	failures := make([]error, s.Clients)
	for i := range s.Clients {
		wg.Go(func() {
			b := &buyer{client: client{connections, s.Base}, chance: rand.New(rand.NewPCG(s.Seed, uint64(i))), test: &Selftest{Journeys: s.Journeys}, people: &people, refusals: map[chepiao.Reason]int{}}
			if err := s.trade(ctx, b, end, room); err != nil {
				failures[i] = fmt.Errorf("client %d: %w", i, err)
				cancel() // the others stop as well: the run has failed
			}
			mu.Lock()
			defer mu.Unlock()
			b.into(log)
		})
	}
	wg.Wait()
	log.Elapsed = time.Since(began)
	return log, errors.Join(failures...)
}

// ordersAtOnce bounds the orders that a client has: beyond it refunds are as many
// as sales.
const ordersAtOnce = 40

// room is how many orders a client may have at one time, so that all of them
// together fill about a quarter of the seats: two passengers an order, more or less.
func (s *Steady) room() int {
	places, seen := 0, map[chepiao.DepartureID]bool{}
	for _, j := range s.Journeys {
		if !seen[j.Departure] {
			seen[j.Departure] = true
			places += j.Places
		}
	}
	return max(1, min(ordersAtOnce, places/8/s.Clients))
}

// trade is the life of one client: an order, and when it has as many as it may,
// the oldest one back.
func (s *Steady) trade(ctx context.Context, b *buyer, end <-chan struct{}, room int) error {
	var mine []int // records of paid orders, oldest first
	for {
		select {
		case <-end:
			return nil
		default:
		}
		for len(mine) >= room {
			if err := b.giveBack(ctx, &b.records[mine[0]]); err != nil {
				return err
			}
			if mine = mine[1:]; !s.Keep {
				b.records = b.records[1:]
				for i := range mine {
					mine[i]--
				}
			}
		}
		paid, err := b.order(ctx)
		if err != nil {
			return err
		}
		switch {
		case paid:
			mine = append(mine, len(b.records)-1)
		case !s.Keep:
			b.records = slices.DeleteFunc(b.records, func(r Record) bool { return !r.Paid })
		}
		if s.Pause > 0 {
			time.Sleep(time.Duration(b.chance.Int64N(int64(s.Pause))))
		}
	}
}

// order holds and pays for most, gives up some, and leaves a few to lapse. It
// says whether the newest record is a paid order.
func (b *buyer) order(ctx context.Context) (paid bool, err error) {
	r, err := b.hold(ctx)
	if err != nil {
		return false, err
	}
	path := "/api/v1/orders/" + r.Order.ID.String()
	switch dice := b.chance.IntN(100); {
	case dice < 2:
		r.Left = true
	case dice < 6:
		if err := b.ask(ctx, "POST", path+"/release", struct{}{}, nil); err != nil {
			return false, b.late(r, "release", err)
		}
		r.Left, r.Released = true, true
	default:
		if err := b.ask(ctx, "POST", path+"/pay", payBody{"cash", r.Order.Total}, nil); err != nil {
			return false, b.late(r, "pay", err)
		}
		r.Paid = true
	}
	b.records = append(b.records, *r)
	return r.Paid, nil
}

// giveBack refunds every ticket of an order. A quote is asked for again when its
// stage of the refund ladder has just ended.
func (b *buyer) giveBack(ctx context.Context, r *Record) error {
	var ids []chepiao.TicketID
	for _, t := range r.Order.Tickets {
		ids = append(ids, t.ID)
	}
	for try := 0; ; try++ {
		var quote quoteAnswer
		if err := b.ask(ctx, "GET", quotePath(r.Order, ids), nil, &quote); err != nil {
			return fmt.Errorf("quote %s: %w", r.Order.ID, err)
		}
		err := b.ask(ctx, "POST", "/api/v1/orders/"+r.Order.ID.String()+"/refund", refundBody{ids, quote.Back}, nil)
		if refused(err) == chepiao.QuoteChanged && try < 2 {
			continue
		}
		if err != nil {
			return fmt.Errorf("refund %s: %w", r.Order.ID, err)
		}
		r.Back = quote.Back
		break
	}
	for _, id := range ids {
		r.Refunded[id] = true
	}
	return nil
}

// watcher tells of every request that goes through it.
type watcher struct {
	http.RoundTripper
	watch func(Try)
}

func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	t := Try{Key: r.Header.Get("Idempotency-Key"), Began: time.Now()}
	answer, err := w.RoundTripper.RoundTrip(r)
	if err == nil {
		t.Status = answer.StatusCode
	}
	t.Ended = time.Now()
	w.watch(t)
	return answer, err
}
