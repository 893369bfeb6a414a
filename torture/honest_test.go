package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"chepiao"
)

// honest is a hub that makes no mistake, for histories that must be accepted:
// one book, one deed after the other, at a time of its own between the call and
// the answer. What it writes is what real clients would have recorded.
type honest struct {
	chance *rand.Rand
	h      *History
	now    int64 // ns
	orders []*honestOrder
	keys   map[string]*Answer
	next   int
	open   bool // some requests stay without an answer for good
}

type honestOrder struct {
	id            string
	seats         []int
	board, alight int
	state         byte
	deadline      int64
	total         int64
	told          bool // somebody was given its number
}

const (
	ms     = int64(time.Millisecond)
	honAt  = 1_795_000_000_123_456_789
	honDep = "1-20261123"
)

func newHonest(seed uint64) *honest {
	return &honest{
		chance: rand.New(rand.NewPCG(seed, 7)), now: honAt, keys: map[string]*Answer{},
		h: &History{Header: Header{Attack: "honest", Seed: seed, Seats: 4, Legs: 3, Hold: 300 * time.Millisecond}},
	}
}

// honestHistory is n requests of several clients at once. Some answers are lost;
// with open, a few of them for good.
func honestHistory(seed uint64, n, clients int, open bool) *History {
	o := newHonest(seed)
	o.open = open
	free := make([]int64, clients) // when each client is free again
	for i := range free {
		free[i] = o.now + int64(o.chance.IntN(int(40*ms)))
	}
	var queue []pending
	for range n {
		c := slices.Index(free, slices.Min(free))
		q := o.ask(free[c])
		q.Client, q.Call = c, free[c]
		at := q.Call + 1 + o.chance.Int64N(30*ms)
		q.Return = at + 1 + o.chance.Int64N(20*ms)
		free[c] = q.Return + o.chance.Int64N(60*ms)
		if o.chance.IntN(30) == 0 {
			free[c] += 400 * ms // thinks it over: holds lapse meanwhile
		}
		queue = append(queue, pending{q, at, q.Key != "" && o.chance.IntN(15) == 0})
		queue = o.until(slices.Min(free), queue)
	}
	for len(queue) > 0 {
		queue = o.until(o.now+int64(time.Second), queue)
	}
	o.last()
	return o.h
}

// pending is a request on its way, and when it will be done. The answer of a
// lost one does not arrive.
type pending struct {
	q    Request
	at   int64
	lost bool
}

// until does what is due before a moment, in the order of its times.
func (o *honest) until(now int64, queue []pending) []pending {
	o.now = now
	for {
		slices.SortFunc(queue, func(a, b pending) int { return int(a.at - b.at) })
		if len(queue) == 0 || queue[0].at > now {
			return queue
		}
		p := queue[0]
		queue = queue[1:]
		if retry, ok := o.finish(p); ok {
			queue = append(queue, retry)
		}
	}
}

// finish does a request and writes it down. A lost answer is asked for again
// under the same key; with open, half of the lost ones were not done
// before, and a few are never asked for again.
func (o *honest) finish(p pending) (retry pending, ok bool) {
	if !p.lost {
		o.write(o.do(p.q, p.at))
		return retry, false
	}
	if !o.open || o.chance.IntN(2) == 0 {
		if did := o.do(p.q, p.at); !o.open && did.Refused != "" {
			o.write(did)
			return retry, false
		}
	}
	first := p.q
	first.Unknown = "cut off"
	o.write(first)
	p.q.Call, p.q.Return = p.q.Return, p.q.Return+2*ms
	return pending{p.q, p.q.Call + ms, false}, !o.open || o.chance.IntN(8) > 0
}

func (o *honest) write(q Request) {
	o.h.Requests = append(o.h.Requests, q)
	for _, e := range o.orders {
		e.told = e.told || q.Answer != nil && q.Answer.Order == e.id
	}
}

// ask is a random request by what orders there are.
func (o *honest) ask(at int64) Request {
	o.next++
	q := Request{Departure: honDep, Verb: Hold, Key: fmt.Sprint("k", o.next), Board: o.chance.IntN(3), Party: 1}
	q.Alight = q.Board + 1 + o.chance.IntN(3-q.Board)
	dice := o.chance.IntN(100)
	var known []*honestOrder
	for _, e := range o.orders {
		if e.told {
			known = append(known, e)
		}
	}
	if len(known) == 0 || dice < 30 {
		if o.chance.IntN(5) == 0 {
			q.Party = 2
		} else if o.chance.IntN(5) == 0 {
			q.Chosen = []int{1 + o.chance.IntN(o.h.Seats)}
		}
		return q
	}
	if dice < 42 {
		q.Verb, q.Key, q.Party = Free, "", 0
		return q
	}
	order := known[o.chance.IntN(len(known))]
	if o.chance.IntN(3) > 0 {
		order = known[max(0, len(known)-1-o.chance.IntN(4))]
	}
	q.Order, q.Board, q.Alight, q.Party = order.id, 0, 0, 0
	switch {
	case dice < 58:
		q.Verb, q.Key = Look, ""
	case dice < 80:
		q.Verb, q.Money = Pay, order.total
	case dice < 88:
		q.Verb = Release
	default:
		q.Verb, q.Money = Refund, order.total*9/10
	}
	return q
}

// last looks at every order when all is over.
func (o *honest) last() {
	o.now += int64(20 * time.Second)
	for _, order := range o.orders {
		o.now += ms
		if order.told {
			o.write(o.do(Request{Departure: honDep, Verb: Look, Order: order.id, Call: o.now, Return: o.now + ms/2}, o.now))
		}
	}
}

// do is the honest clerk: it changes the book at a moment and answers.
func (o *honest) do(q Request, at int64) Request {
	if a := o.keys[q.Key]; q.Key != "" && a != nil {
		q.Answer = a
		return q
	}
	o.sweep(at)
	no, yes := o.decide(q, at)
	q.Refused, q.Answer = no, yes
	if q.Key != "" && yes != nil {
		o.keys[q.Key] = yes
	}
	return q
}

func (o *honest) sweep(at int64) {
	for _, e := range o.orders {
		if e.state == held && at >= e.deadline {
			e.state = lapsed
		}
	}
}

func (o *honest) decide(q Request, at int64) (chepiao.Reason, *Answer) {
	switch q.Verb {
	case Hold:
		return o.hold(q, at)
	case Free:
		return "", &Answer{Free: len(o.openSeats(q))}
	}
	i := slices.IndexFunc(o.orders, func(e *honestOrder) bool { return e.id == q.Order })
	e := o.orders[i]
	switch {
	case q.Verb == Look:
		for name, state := range orderStates {
			if state == e.state {
				return "", &Answer{Order: e.id, State: name}
			}
		}
	case q.Verb == Refund && e.state == paid:
		e.state = refunded
		return "", &Answer{Order: e.id, Money: q.Money}
	case q.Verb == Pay && e.state == held:
		e.state = paid
		return "", &Answer{Order: e.id}
	case q.Verb == Release && e.state == held:
		e.state = released
		return "", &Answer{Order: e.id}
	case e.state == lapsed && q.Verb != Refund:
		return chepiao.HoldExpired, nil
	}
	return chepiao.WrongState, nil
}

func (o *honest) openSeats(q Request) (open []int) {
	for s := 1; s <= o.h.Seats; s++ {
		if !slices.ContainsFunc(o.orders, func(e *honestOrder) bool {
			return live(e.state) && overlap(e.board, e.alight, q.Board, q.Alight) && slices.Contains(e.seats, s)
		}) {
			open = append(open, s)
		}
	}
	return open
}

func (o *honest) hold(q Request, at int64) (chepiao.Reason, *Answer) {
	open := o.openSeats(q)
	if len(q.Chosen) > 0 {
		if !slices.Contains(open, q.Chosen[0]) {
			return chepiao.SeatTaken, nil
		}
		open = q.Chosen
	}
	if len(open) < q.Party {
		return chepiao.SoldOut, nil
	}
	e := &honestOrder{
		id: fmt.Sprintf("OD%d", len(o.orders)+1), seats: open[:q.Party], board: q.Board, alight: q.Alight,
		state: held, deadline: at + int64(o.h.Hold), total: int64(1000 * q.Party),
	}
	o.orders = append(o.orders, e)
	return "", &Answer{Order: e.id, Seats: e.seats, Money: e.total, Deadline: e.deadline / int64(time.Second)}
}
