package torture

import (
	"fmt"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"chepiao"
)

// The honest clerk has one book for one departure: what became of each order,
// and so who has which seat on which leg. Every request is done at one moment
// between its call and its answer; the question is whether there are moments
// that explain all answers.
//
// Time is in the answers, too: a hold ends at its deadline. The clerk does not
// guess when that is noticed. A hold past its deadline stays in the book until
// something is answered that is only true without it; and nothing may be
// answered that is only true without it while it still lives.

// The states of an order in the book.
const (
	unborn byte = iota
	held
	dead // past its deadline as a verb said, but perhaps not swept up yet
	paid
	lapsed
	released
	refunded
)

// partyMax is how many seats an order of a history may have, legsMax how many
// legs its coaches.
const (
	partyMax = 3
	legsMax  = 8
)

// entry is what never changes of an order: its seats, its legs, and between
// which two moments its deadline lies.
type entry struct {
	id            string
	seats         []int
	board, alight int
	total         int64
	least, most   int64 // deadline, ns
}

// stray is a hold whose outcome nobody ever learned. Its order may be in the
// book, on seats that the history does not name.
type stray struct {
	call          int64
	board, alight int
	party         int
	chosen        []int
}

// book is the state: a byte an order, and for each stray hold its seats (0: not
// done, gone: over). Both are strings so that states compare.
type book struct {
	orders string
	strays string
}

const gone = 255

// task is a deed as the clerk gets it: with the order's place in the book.
type task struct {
	*deed
	place int // in orders, or among the strays for an open hold
}

// clerk is the model of one departure.
type clerk struct {
	Header
	orders []entry
	strays []stray
}

// newClerk opens the book for the deeds of one departure and numbers their
// orders. A deed about an order that nobody was given is wrong by itself.
func newClerk(h Header, deeds []deed) (c *clerk, tasks []porcupine.Operation, wrong []string) {
	c = &clerk{Header: h}
	places := map[string]int{}
	for _, d := range deeds {
		if d.Verb != Hold || d.Answer == nil {
			continue
		}
		if _, twice := places[d.Answer.Order]; twice {
			wrong = append(wrong, fmt.Sprintf("order %s was given out twice, under two keys", d.Answer.Order))
		}
		places[d.Answer.Order] = len(c.orders)
		c.orders = append(c.orders, c.enter(d))
	}
	for i := range deeds {
		d := &deeds[i]
		t := task{deed: d, place: -1}
		switch {
		case d.Verb == Hold && d.Answer != nil:
			t.place = places[d.Answer.Order]
		case d.Verb == Hold && d.open:
			t.place = len(c.strays)
			c.strays = append(c.strays, stray{d.Call, d.Board, d.Alight, d.Party, d.Chosen})
		case d.Order != "":
			place, known := places[d.Order]
			if !known {
				wrong = append(wrong, fmt.Sprintf("%s of order %s, which nobody was given", d.Verb, d.Order))
				continue
			}
			t.place = place
		}
		call := d.Call
		if d.Verb == Free {
			call -= int64(h.Lag) // it may tell of a moment that long ago
		}
		tasks = append(tasks, porcupine.Operation{ClientId: d.Client, Input: t, Call: call, Return: d.Return})
	}
	return c, tasks, wrong
}

// enter reads an order off the answer to its hold. The answer gives the deadline
// in whole seconds; the time of the hold bounds it from both sides.
func (c *clerk) enter(d deed) entry {
	return entry{
		id: d.Answer.Order, seats: d.Answer.Seats, board: d.Board, alight: d.Alight, total: d.Answer.Money,
		least: max(d.Answer.Deadline*int64(time.Second), d.Call+int64(c.Hold-c.Slack)),
		most:  min((d.Answer.Deadline+1)*int64(time.Second), d.Return+int64(c.Hold+c.Slack)),
	}
}

// model is the clerk as porcupine asks for one.
func (c *clerk) model() porcupine.Model {
	n := porcupine.NondeterministicModel{
		Init: func() []any {
			return []any{book{string(make([]byte, len(c.orders))), string(make([]byte, len(c.strays)*partyMax))}}
		},
		Step: func(state, input, _ any) []any {
			var next []any
			for _, b := range c.step(state.(book), input.(task)) {
				next = append(next, b)
			}
			return next
		},
		Equal: func(a, b any) bool { return a == b },
		DescribeOperation: func(input, _ any) string {
			return input.(task).String()
		},
	}
	return n.ToModel()
}

// step is every way the book may look after a deed; none when it cannot have
// been answered so.
func (c *clerk) step(b book, t task) []book {
	switch {
	case (t.Verb == Free || t.Verb == Look) && t.Refused != "": // what was given out is gone
		return nil
	case t.Verb == Free:
		least, most := c.free(b, t)
		return when(b, least <= t.Answer.Free && t.Answer.Free <= most)
	case t.Verb == Look:
		return c.look(b, t)
	case t.Verb == Hold && t.open:
		return append(c.strayed(b, t), b)
	case t.Verb == Hold && t.Refused != "":
		return when(b, c.mayRefuse(b, t))
	case t.Verb == Hold:
		return c.hold(b, t)
	case t.open:
		return append(c.move(b, t), b)
	case t.Refused != "":
		return c.refuseMove(b, t)
	}
	return c.move(b, t)
}

func when(b book, ok bool) []book {
	if ok {
		return []book{b}
	}
	return nil
}

// mayLive and mayBeOver say whether the deadline of an order lies ahead or
// behind at some moment of a deed.
func (c *clerk) mayLive(e *entry, t task) bool   { return t.Call-int64(c.Slack) < e.most }
func (c *clerk) mayBeOver(e *entry, t task) bool { return t.Return >= e.least-int64(c.Slack) }

// hold takes the answered seats: whoever has one of them must be a hold that may
// be over by now, and then it is over for good.
func (c *clerk) hold(b book, t task) []book {
	seats := t.Answer.Seats
	if b.orders[t.place] != unborn || len(seats) != t.Party || !c.distinct(seats) || len(t.Chosen) > 0 && !slices.Equal(seats, t.Chosen) {
		return nil
	}
	b, ok := c.evict(b, t, seats)
	if !ok {
		return nil
	}
	return []book{b.with(t.place, held)}
}

func (c *clerk) distinct(seats []int) bool {
	for i, s := range seats {
		if s < 1 || s > c.Seats || slices.Contains(seats[:i], s) {
			return false
		}
	}
	return true
}

// evict ends the holds that stand on seats between two stops, if all of them may
// be over.
func (c *clerk) evict(b book, t task, seats []int) (book, bool) {
	for i := range c.orders {
		e := &c.orders[i]
		if !live(b.orders[i]) || !overlap(e.board, e.alight, t.Board, t.Alight) || !share(e.seats, seats) {
			continue
		}
		if b.orders[i] != held || !c.mayBeOver(e, t) {
			return b, false
		}
		b = b.with(i, lapsed)
	}
	for i := range c.strays {
		s := &c.strays[i]
		if !overlap(s.board, s.alight, t.Board, t.Alight) || !share(b.stray(i), seats) {
			continue
		}
		if t.Return < s.call+int64(c.Hold-c.Slack) {
			return b, false
		}
		b = b.withStray(i, []int{gone})
	}
	return b, true
}

// strayed is every way a hold of unknown outcome may have been done.
func (c *clerk) strayed(b book, t task) (ways []book) {
	var choose func(seats []int)
	choose = func(seats []int) {
		if len(seats) == t.Party {
			if len(t.Chosen) > 0 && !slices.Equal(seats, t.Chosen) {
				return
			}
			if after, ok := c.evict(b, t, seats); ok {
				ways = append(ways, after.withStray(t.place, seats))
			}
			return
		}
		first := 1
		if len(seats) > 0 {
			first = seats[len(seats)-1] + 1
		}
		for s := first; s <= c.Seats; s++ {
			choose(append(seats, s))
		}
	}
	choose(nil)
	return ways
}

// mayRefuse says whether there may have been too few seats: an expired hold is
// dead the moment it expires, so only holds that may still live stand in the way.
func (c *clerk) mayRefuse(b book, t task) bool {
	must, _ := c.openSeats(b, t)
	switch t.Refused {
	case chepiao.SoldOut:
		return len(t.Chosen) == 0 && len(must) < t.Party
	case chepiao.SeatTaken:
		return len(t.Chosen) > 0 && slices.ContainsFunc(t.Chosen, func(s int) bool { return !slices.Contains(must, s) })
	}
	return false
}

// free is between which two numbers a count of free seats may lie.
func (c *clerk) free(b book, t task) (least, most int) {
	_, may := c.openSeats(b, t)
	return c.certain(b, t), len(may)
}

// sweptAfter is how long a hold past its deadline may still be counted: a verb
// sees that it is dead, a count of free seats only when it has been swept up.
const sweptAfter = 10 * time.Second

// certain counts the seats that are free even if no hold past its deadline has
// been swept up: a count, unlike a hold, does not sweep.
func (c *clerk) certain(b book, t task) (n int) {
	for s := 1; s <= c.Seats; s++ {
		taken := false
		for i := range c.orders {
			e := &c.orders[i]
			unswept := (b.orders[i] == dead || b.orders[i] == lapsed) && t.Call < e.most+int64(sweptAfter+c.Slack)
			taken = taken || (live(b.orders[i]) || unswept) && overlap(e.board, e.alight, t.Board, t.Alight) && slices.Contains(e.seats, s)
		}
		for i := range c.strays {
			taken = taken || overlap(c.strays[i].board, c.strays[i].alight, t.Board, t.Alight) && slices.Contains(b.stray(i), s)
		}
		if !taken {
			n++
		}
	}
	return n
}

// openSeats are the seats that must be free for a hold at every moment of a
// deed, and those that may be at some moment.
func (c *clerk) openSeats(b book, t task) (must, may []int) {
	for s := 1; s <= c.Seats; s++ {
		mustBe, mayBe := true, true
		for i := range c.orders {
			e := &c.orders[i]
			if !live(b.orders[i]) || !overlap(e.board, e.alight, t.Board, t.Alight) || !slices.Contains(e.seats, s) {
				continue
			}
			mustBe = mustBe && b.orders[i] == held && !c.mayLive(e, t)
			mayBe = mayBe && b.orders[i] == held && c.mayBeOver(e, t)
		}
		for i := range c.strays {
			if overlap(c.strays[i].board, c.strays[i].alight, t.Board, t.Alight) && slices.Contains(b.stray(i), s) {
				mustBe = false
				mayBe = mayBe && t.Return >= c.strays[i].call+int64(c.Hold-c.Slack)
			}
		}
		if mustBe {
			must = append(must, s)
		}
		if mayBe {
			may = append(may, s)
		}
	}
	return must, may
}

func live(state byte) bool { return state == held || state == paid }

func overlap(board, alight, from, to int) bool { return board < to && from < alight }

func share(a, b []int) bool {
	return slices.ContainsFunc(a, func(s int) bool { return slices.Contains(b, s) })
}

// with is the book after an order's state has changed.
func (b book) with(place int, state byte) book {
	orders := []byte(b.orders)
	orders[place] = state
	b.orders = string(orders)
	return b
}

// stray is the seats a stray hold has; none when it was not done or is over.
func (b book) stray(i int) (seats []int) {
	for _, s := range []byte(b.strays[i*partyMax : (i+1)*partyMax]) {
		if s != 0 && s != gone {
			seats = append(seats, int(s))
		}
	}
	return seats
}

func (b book) withStray(i int, seats []int) book {
	strays := []byte(b.strays)
	clear(strays[i*partyMax : (i+1)*partyMax])
	for k, s := range seats {
		strays[i*partyMax+k] = byte(s)
	}
	b.strays = string(strays)
	return b
}
