package torture

import (
	"fmt"

	"chepiao"
)

// orderStates are the states of an order as the hub names them.
var orderStates = map[string]byte{
	string(chepiao.OrderHeld):     held,
	string(chepiao.OrderIssued):   paid,
	string(chepiao.OrderLapsed):   lapsed,
	string(chepiao.OrderReleased): released,
	string(chepiao.OrderRefunded): refunded,
}

// move is the book after an order was paid, released or refunded; nothing when
// it could not be.
func (c *clerk) move(b book, t task) []book {
	e := &c.orders[t.place]
	state := b.orders[t.place]
	switch t.Verb {
	case Pay:
		if state == held && c.mayLive(e, t) {
			return []book{b.with(t.place, paid)}
		}
	case Release:
		if state == held && c.mayLive(e, t) {
			return []book{b.with(t.place, released)}
		}
	case Refund:
		if state == paid && (t.open || t.Answer.Money == t.Money && t.Money >= 0 && t.Money <= e.total) {
			return []book{b.with(t.place, refunded)}
		}
	}
	return nil
}

// refuseMove is the book after a no: HOLD_EXPIRED says that the hold is over,
// WRONG_STATE that the order is where the verb cannot be done.
func (c *clerk) refuseMove(b book, t task) []book {
	state := b.orders[t.place]
	switch t.Refused {
	case chepiao.HoldExpired:
		if t.Verb == Refund {
			return nil
		}
		return c.over(b, t, dead)
	case chepiao.WrongState, chepiao.NotRefundable:
		if t.Verb == Refund {
			return when(b, state != paid && state != unborn)
		}
		return when(b, state == paid || state == released || state == refunded)
	}
	return nil
}

// over is the book when a hold is seen to have ended by its deadline: dead, as a
// verb says, or lapsed, as a look shows once it has been swept up.
func (c *clerk) over(b book, t task, as byte) []book {
	switch state := b.orders[t.place]; {
	case state == lapsed, state == dead && as == dead:
		return []book{b}
	case state == dead, state == held && c.mayBeOver(&c.orders[t.place], t):
		return []book{b.with(t.place, as)}
	}
	return nil
}

// look is the book after an order was looked at. A hold past its deadline may
// still be shown as held until it is swept up.
func (c *clerk) look(b book, t task) []book {
	shown, known := orderStates[t.Answer.State]
	if !known {
		return nil
	}
	if shown == lapsed {
		return c.over(b, t, lapsed)
	}
	state := b.orders[t.place]
	return when(b, state == shown || shown == held && state == dead)
}

// String is a task in words, for the picture of a history that was rejected.
func (t task) String() string {
	what := t.Verb
	switch {
	case t.Order != "":
		what += " " + t.Order
	default:
		what += fmt.Sprintf(" %d→%d", t.Board, t.Alight)
		if t.Verb == Hold {
			what += fmt.Sprintf(" for %d", t.Party)
		}
		if len(t.Chosen) > 0 {
			what += fmt.Sprint(" on ", t.Chosen)
		}
	}
	switch {
	case t.open:
		return what + ": unknown"
	case t.Refused != "":
		return what + ": " + string(t.Refused)
	case t.Verb == Hold:
		return what + fmt.Sprintf(": %s on %v", t.Answer.Order, t.Answer.Seats)
	case t.Verb == Free:
		return what + fmt.Sprintf(": %d", t.Answer.Free)
	case t.Verb == Look:
		return what + ": " + t.Answer.State
	}
	return what + ": done"
}
