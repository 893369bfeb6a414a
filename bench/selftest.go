package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
)

// Selftest says what to drive and how hard.
type Selftest struct {
	Data     string    // folder with a timetable and rules; its hub must not be running
	Journeys []Journey // to buy
	Orders   int
	Clients  int
	Kills    int // times the hub is killed in the middle
	Seed     uint64
	Settle   time.Duration // to wait at the end, so that unpaid holds lapse
	Progress func(done, total int, note string)
}

// Record is what one client knows of one order: every answer it was given.
type Record struct {
	Order    orderView
	Journey  Journey
	People   int
	Paid     bool
	Left     bool // given up or left to lapse
	Released bool
	Refunded map[chepiao.TicketID]bool
	Back     chepiao.Money // for the refunded ones together
	Checked  map[chepiao.TicketID]bool
}

// Log is the clients' own log of a run.
type Log struct {
	Records  []Record
	Refusals map[chepiao.Reason]int // holds that were refused: sold out
	Tries    int                    // requests sent, again and again where needed
	Calls    int                    // requests answered
	Kills    int
	Elapsed  time.Duration
}

// Drive runs the self-test's load against a real hub process, killing it in the
// middle, and returns the clients' log. The hub is stopped at the end.
func (s *Selftest) Drive(ctx context.Context) (*Log, error) {
	if len(s.Journeys) == 0 {
		return nil, errors.New("the timetable has no departure in the next hours: nothing to buy")
	}
	address, err := freePort()
	if err != nil {
		return nil, err
	}
	open := func() (*process, error) {
		return start(ctx, os.Stderr, "hub", s.Data, "--listen", address, "--open", "--print-json")
	}
	hub, err := open()
	if err != nil {
		return nil, err
	}
	log := &Log{Refusals: map[chepiao.Reason]int{}}
	began := time.Now()
	var done, people atomic.Int64
	var mu sync.Mutex
	crowd, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, s.Clients)
	connections := newHTTP(s.Clients)
	for i := range s.Clients {
		wg.Go(func() {
			b := &buyer{client: client{connections, "http://" + address}, chance: rand.New(rand.NewPCG(s.Seed, uint64(i))), test: s, people: &people, refusals: map[chepiao.Reason]int{}}
			for range share(s.Orders, s.Clients, i) {
				if err := b.buy(crowd); err != nil {
					failures <- fmt.Errorf("client %d: %w", i, err)
					cancel()
					return
				}
				done.Add(1)
			}
			mu.Lock()
			defer mu.Unlock()
			b.into(log)
		})
	}
	hub, err = s.killing(crowd, hub, open, &done, log)
	wg.Wait()
	close(failures)
	log.Elapsed = time.Since(began)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	if hub != nil {
		time.Sleep(s.Settle)
		err = errors.Join(err, hub.stop())
	}
	return log, err
}

// share is the part of n that the i-th of k does.
func share(n, k, i int) int { return n*(i+1)/k - n*i/k }

// killing kills and restarts the hub at even steps of the work and returns the
// last process when all of it is done.
func (s *Selftest) killing(ctx context.Context, hub *process, open func() (*process, error), done *atomic.Int64, log *Log) (*process, error) {
	for {
		n := int(done.Load())
		s.Progress(n, s.Orders, fmt.Sprintf("%d kills", log.Kills))
		if n >= s.Orders || ctx.Err() != nil {
			return hub, ctx.Err()
		}
		if log.Kills < s.Kills && n >= s.Orders*(log.Kills+1)/(s.Kills+1) {
			log.Kills++
			if err := hub.kill(); err != nil {
				return nil, err
			}
			var err error
			if hub, err = open(); err != nil {
				return nil, fmt.Errorf("restarting after kill %d: %w", log.Kills, err)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// buyer is one client of the self-test.
type buyer struct {
	client
	chance   *rand.Rand
	test     *Selftest
	people   *atomic.Int64
	records  []Record
	refusals map[chepiao.Reason]int
	tries    int
	calls    int
}

func (b *buyer) into(log *Log) {
	log.Records = append(log.Records, b.records...)
	for reason, n := range b.refusals {
		log.Refusals[reason] += n
	}
	log.Tries += b.tries
	log.Calls += b.calls
}

// ask sends a request until it is answered and counts.
func (b *buyer) ask(ctx context.Context, method, path string, in, out any) error {
	tries, err := b.sure(ctx, method, path, newKey(), in, out)
	b.tries += tries
	b.calls++
	return err
}

// buy is the life of one order: held, then paid (most), given up or left to
// lapse; some paid ones are refunded in part or whole, most others checked.
func (b *buyer) buy(ctx context.Context) error {
	r, err := b.hold(ctx)
	if err != nil || r == nil {
		return err
	}
	order := "/api/v1/orders/" + r.Order.ID.String()
	switch dice := b.chance.IntN(100); {
	case dice < 10: // left to lapse
		r.Left = true
	case dice < 15:
		r.Left, r.Released = true, true
		if err := b.ask(ctx, "POST", order+"/release", struct{}{}, nil); err != nil {
			return b.late(r, "release", err)
		}
	default:
		if err := b.ask(ctx, "POST", order+"/pay", payBody{"cash", r.Order.Total}, nil); err != nil {
			return b.late(r, "pay", err)
		}
		r.Paid = true
		err = b.travel(ctx, r, order)
	}
	b.records = append(b.records, *r)
	return err
}

// late lets a hold be over that ran out while the hub was down; anything else
// is a failure.
func (b *buyer) late(r *Record, verb string, err error) error {
	if refused(err) != chepiao.HoldExpired {
		return fmt.Errorf("%s %s: %w", verb, r.Order.ID, err)
	}
	r.Left, r.Released = true, false
	b.refusals[chepiao.HoldExpired]++
	b.records = append(b.records, *r)
	return nil
}

// hold asks for a random journey until one is not full.
func (b *buyer) hold(ctx context.Context) (*Record, error) {
	size := 1 + min(b.chance.IntN(8), 4)
	if size == 5 && b.chance.IntN(2) == 0 {
		size = 1
	}
	for range 50 {
		j := b.test.Journeys[b.chance.IntN(len(b.test.Journeys))]
		in := holdBody{Departure: j.Departure.String(), From: j.From, To: j.To, Channel: "window"}
		first := int(b.people.Add(int64(size))) - size
		for i := range size {
			in.Passengers = append(in.Passengers, person(first+i))
		}
		var out holdAnswer
		err := b.ask(ctx, "POST", "/api/v1/orders", in, &out)
		if reason := refused(err); reason == chepiao.SoldOut || reason == chepiao.StopSale || reason == chepiao.PastDeparture {
			b.refusals[reason]++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("hold: %w", err)
		}
		return &Record{Order: out.Order, Journey: j, People: size, Refunded: map[chepiao.TicketID]bool{}, Checked: map[chepiao.TicketID]bool{}}, nil
	}
	return nil, errors.New("fifty journeys in a row were sold out")
}

// travel refunds a fifth of the paid orders, in part or whole, and checks most
// of the other tickets.
func (b *buyer) travel(ctx context.Context, r *Record, order string) error {
	if b.chance.IntN(5) == 0 {
		n := 1 + b.chance.IntN(len(r.Order.Tickets))
		var ids []chepiao.TicketID
		for _, t := range r.Order.Tickets[:n] {
			ids = append(ids, t.ID)
		}
		var quote quoteAnswer
		if err := b.ask(ctx, "GET", quotePath(r.Order, ids), nil, &quote); err != nil {
			return fmt.Errorf("quote %s: %w", r.Order.ID, err)
		}
		if err := b.ask(ctx, "POST", order+"/refund", refundBody{ids, quote.Back}, nil); err != nil {
			return fmt.Errorf("refund %s: %w", r.Order.ID, err)
		}
		for _, id := range ids {
			r.Refunded[id] = true
		}
		r.Back = quote.Back
	}
	for _, t := range r.Order.Tickets {
		if r.Refunded[t.ID] || b.chance.IntN(10) == 0 {
			continue
		}
		var out checkAnswer
		if err := b.ask(ctx, "POST", "/api/v1/checks", checkBody{t.ID, "selftest"}, &out); err != nil {
			return fmt.Errorf("check %s: %w", t.ID, err)
		}
		if !out.Verdict.Pass {
			return fmt.Errorf("check %s: not let through: %s", t.ID, out.Verdict.EN)
		}
		r.Checked[t.ID] = true
	}
	return nil
}
