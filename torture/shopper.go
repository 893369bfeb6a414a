package torture

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"chepiao"
)

// How the crowd behaves. A departure is left after dealsMax requests, so that the
// judge is done with it in no time; openMax are sold at once, so that clients meet
// on the same seats.
const (
	dealsMax = 90
	openMax  = 5
)

// A request has deadlineMax at the hub (api.DeadlineDefault); who waits for
// deadlineGrace more must have heard something.
const (
	deadlineMax   = 10 * time.Second
	deadlineGrace = 4 * time.Second
)

// shopper is one client: it buys, pays, gives up, gives back and looks around,
// on its own orders and on those of others.
type shopper struct {
	*scene
	no     int
	chance *rand.Rand
	hub    int
	open   []loose
}

// loose is a request whose outcome the shopper does not know yet.
type loose struct {
	q    Request
	path string
	body any
}

// shop goes on until told to stop, and then asks again whatever stayed unknown.
func (c *shopper) shop(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			c.resolve(ctx)
			return
		case <-ctx.Done():
			return
		case <-time.After(c.think + time.Duration(c.chance.Int64N(int64(c.think)))):
		}
		c.deal(ctx, c.shelf.pick(c.chance))
	}
}

// deal is one request, chosen by what there is on a departure.
func (c *shopper) deal(ctx context.Context, d *onSale) {
	order := d.any(c.chance)
	dice := c.chance.IntN(100)
	switch {
	case order == nil || dice < 34:
		c.hold(ctx, d)
	case dice < 46:
		q := c.between(d)
		q.Verb, q.Party = Free, 0
		c.ask(ctx, q)
	case dice < 58:
		c.ask(ctx, Request{Verb: Look, Departure: d.id, Order: order.id})
	case dice < 82:
		c.do(ctx, Request{Verb: Pay, Departure: d.id, Order: order.id, Money: order.total})
	case dice < 88:
		c.do(ctx, Request{Verb: Release, Departure: d.id, Order: order.id})
	default:
		c.do(ctx, Request{Verb: Refund, Departure: d.id, Order: order.id, Money: order.back})
	}
}

// between is two stops of a departure by chance.
func (c *shopper) between(d *onSale) Request {
	q := Request{Departure: d.id, Board: c.chance.IntN(legs), Party: 1}
	q.Alight = q.Board + 1 + c.chance.IntN(legs-q.Board)
	return q
}

func (c *shopper) hold(ctx context.Context, d *onSale) {
	q := c.between(d)
	q.Verb = Hold
	switch dice := c.chance.IntN(100); {
	case dice < 12:
		q.Party = 2
	case dice < 16:
		q.Party = 3
	case dice < 28:
		q.Chosen = []int{1 + c.chance.IntN(seats)}
	}
	a := c.do(ctx, q)
	if a == nil {
		return
	}
	order := &bought{id: a.Order, total: a.Money, back: c.backOf(d, q.Board, a.Money, len(a.Seats))}
	d.add(order)
	if c.chance.IntN(100) < 45 { // most pay at once, the others leave it to chance
		c.do(ctx, Request{Verb: Pay, Departure: d.id, Order: a.Order, Money: a.Money})
	}
}

// do sends a request that changes something until it is answered, always under
// the same key. A few are sent twice at once, as a nervous finger or a proxy
// would; a few are given up and asked for at the end.
func (c *shopper) do(ctx context.Context, q Request) *Answer {
	q.Key = uuid.Must(uuid.NewV7()).String()
	path, body := c.post(&q)
	l := loose{q, path, body}
	switch dice := c.chance.IntN(100); {
	case dice < 3:
		var wg sync.WaitGroup
		other := c.chance.IntN(len(c.wire.hubs))
		wg.Go(func() { c.once(ctx, other, l, c.patience) })
		a, _ := c.once(ctx, c.hub, l, c.patience)
		wg.Wait()
		if a != nil {
			return a
		}
	case dice < 6:
		if a, ok := c.once(ctx, c.hub, l, time.Duration(c.chance.Int64N(int64(8*time.Millisecond)))); ok {
			return a
		}
		c.open = append(c.open, l)
		return nil
	}
	a, ok := c.until(ctx, l, c.endurance)
	if !ok {
		c.open = append(c.open, l)
	}
	return a
}

// until sends a request again and again, to another hub each time it fails, and
// says whether it was answered.
func (c *shopper) until(ctx context.Context, l loose, endurance time.Duration) (*Answer, bool) {
	end := time.Now().Add(endurance)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		a, ok := c.once(ctx, c.hub, l, c.patience)
		if ok || ctx.Err() != nil || time.Now().After(end) {
			return a, ok
		}
		c.hub = (c.hub + 1) % len(c.wire.hubs)
		time.Sleep(pause)
	}
}

// once sends a request one time and records it. ok: it was answered or refused.
func (c *shopper) once(ctx context.Context, hub int, l loose, patience time.Duration) (a *Answer, ok bool) {
	q := l.q
	q.Client, q.Hub = c.no, hub
	method := "POST"
	if q.Key == "" {
		method = "GET"
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q.Call = c.now()
	s := c.wire.send(waiting, hub, method, l.path, q.Key, l.body)
	q.Return, q.Refused, q.Unknown = c.now(), s.refused, s.unknown
	if s.body != nil {
		var err error
		if q.Answer, err = c.read(&q, s.body); err != nil {
			q.Unknown = err.Error()
			c.fail(err)
		}
	}
	c.rec.Add(q)
	c.pulse(q, s.status)
	if s.unknown == tooLate && patience > deadlineMax+deadlineGrace {
		c.failf("hub %d said nothing to %s for %s: a request has a deadline of %s", hub, q.Verb, patience, deadlineMax)
	}
	return q.Answer, q.Answer != nil || q.Refused != ""
}

// ask asks a question once; an unanswered one says nothing.
func (c *shopper) ask(ctx context.Context, q Request) {
	c.once(ctx, c.hub, loose{q, c.get(&q), nil}, c.patience)
}

// resolve asks again, under its key, whatever stayed unknown; one in eight stays
// unknown for good, and the judge must live with it.
func (c *shopper) resolve(ctx context.Context) {
	for _, l := range c.open {
		if c.chance.IntN(8) > 0 {
			if _, ok := c.until(ctx, l, 20*time.Second); !ok {
				c.failf("%s under key %s was never answered, not even when all was well again", l.q.Verb, l.q.Key)
			}
		}
	}
	c.open = nil
}

// shelf is what is on sale: a few departures at a time.
type shelf struct {
	mu   sync.Mutex
	open []*onSale
	next []*onSale
	done []*onSale
}

// onSale is a departure and the orders that were given out on it.
type onSale struct {
	id      string
	departs []time.Time // at each stop

	mu     sync.Mutex
	deals  int
	orders []*bought
}

type bought struct {
	id          string
	total, back int64
}

// pick is an open departure by chance; one that has had enough makes place for
// the next. nil never comes: the last ones stay open.
func (s *shelf) pick(chance *rand.Rand) *onSale {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := chance.IntN(len(s.open))
	d := s.open[i]
	d.deals++
	if d.deals >= dealsMax && len(s.next) > 0 {
		s.done = append(s.done, d)
		s.open[i], s.next = s.next[0], s.next[1:]
	}
	return d
}

// all are the departures that had customers.
func (s *shelf) all() []*onSale {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(append([]*onSale(nil), s.done...), s.open...)
}

func (d *onSale) add(b *bought) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders = append(d.orders, b)
}

// any is an order of the departure, mostly one of the last few.
func (d *onSale) any(chance *rand.Rand) *bought {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.orders)
	if n == 0 {
		return nil
	}
	if chance.IntN(4) > 0 {
		return d.orders[n-1-chance.IntN(min(n, 4))]
	}
	return d.orders[chance.IntN(n)]
}

// backOf is what a refund gives back long before the coach leaves, by the rules
// that everybody can read.
func (s *scene) backOf(d *onSale, board int, total int64, tickets int) (back int64) {
	t := chepiao.Ticket{State: chepiao.TicketValid, Price: chepiao.Money(total) / chepiao.Money(tickets)}
	q, err := chepiao.QuoteRefund(t, chepiao.RefundCase{Now: time.Now(), Departs: d.departs[board]}, s.rules)
	if err != nil {
		s.fail(err)
		return 0
	}
	return int64(q.Back) * int64(tickets)
}
