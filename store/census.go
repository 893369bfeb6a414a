package store

import "time"

// CensusMax is where each count of a census ends: who watches a node wants to
// know that there are many, and the counting must stay cheap.
const CensusMax = 100_000

// Census counts what waits in the database for somebody or something. No count
// is over CensusMax.
type Census struct {
	Holds         int // unpaid orders whose deadline is still to come
	OrdersDue     int // unpaid orders whose deadline has passed: a duty ends them
	Waitlist      int // requests asked or waiting
	MessagesDue   int // messages whose time has come
	MessagesLost  int // messages that reached nobody
	PaybacksDue   int // money to be sent back through a channel
	StandingCases int // cases that somebody must decide

	// Since when the one that is due for longest is due; zero when none is.
	OldestOrder, OldestMessage, OldestPayback time.Time
}

// Census counts at a moment. Each count reads one partial index.
func (r *Reader) Census(now time.Time) (c Census, err error) {
	at := micros(now)
	for _, one := range []struct {
		into  *int
		where string // of a table: what is counted
		args  []any
	}{
		{&c.Holds, "orders WHERE state IN ('held', 'paying') AND deadline > $1", []any{at}},
		{&c.OrdersDue, "orders WHERE state IN ('held', 'paying') AND deadline <= $1", []any{at}},
		{&c.Waitlist, "orders WHERE state IN ('asked', 'waiting')", nil},
		{&c.MessagesDue, "message WHERE state = 'due' AND next <= $1", []any{at}},
		{&c.MessagesLost, "message WHERE state IN ('failed', 'unreachable')", nil},
		{&c.PaybacksDue, "payback WHERE state = 'due' AND channel <> 'cash'", nil},
		{&c.StandingCases, "cases WHERE state IN ('open', 'waits')", nil},
	} {
		limit := "$1"
		if len(one.args) > 0 {
			limit = "$2"
		}
		err = r.c.query("SELECT COUNT(*) FROM (SELECT 1 AS n FROM "+one.where+" LIMIT "+limit+") AS few", append(one.args, CensusMax), func(r rowOf) error {
			*one.into = int(r.int(0))
			return nil
		})
		if err != nil {
			return c, err
		}
	}
	return c, r.oldest(&c, now)
}

// oldest finds since when the longest due things are due.
func (r *Reader) oldest(c *Census, now time.Time) error {
	orders, err := r.DueOrders(now, 1)
	if err != nil {
		return err
	}
	for _, o := range orders {
		c.OldestOrder = o.Deadline
	}
	messages, err := r.DueMessages(now, 1)
	if err != nil {
		return err
	}
	for _, m := range messages {
		c.OldestMessage = m.Next
	}
	paybacks, err := r.DuePaybacks(0, 1)
	if err != nil {
		return err
	}
	for _, p := range paybacks {
		c.OldestPayback = p.Created
	}
	return nil
}
