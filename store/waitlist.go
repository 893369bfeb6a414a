package store

import (
	"slices"
	"time"

	"chepiao"
)

// queues are the requests that wait for departures, as the batch sees them. They
// are read from the database once, when somebody first asks: a departure that
// nobody waits for costs one look into a map.
type queues struct {
	known bool
	seq   int64 // the number given last
	turn  int64 // of the last event that changed a queue
	of    map[chepiao.DepartureID][]waiter
}

// waiter is one request's place in a queue. Lists of them are never changed in
// place.
type waiter struct {
	seq   int64
	order chepiao.OrderID
}

func (tx *Tx) queues() (*queues, error) {
	q := &tx.s.waits
	tx.waited = true
	if q.known {
		return q, nil
	}
	read := queues{known: true, of: map[chepiao.DepartureID][]waiter{}}
	if err := tx.s.others.readWaits(tx.s.writer); err != nil {
		return nil, err
	}
	err := tx.s.writer.query("SELECT id, seq FROM wait_seq ORDER BY id", nil, func(r rowOf) error {
		if r.int(0) == 1 {
			read.seq = r.int(1)
		} else {
			read.turn = r.int(1)
		}
		return nil
	})
	if err == nil {
		err = tx.s.writer.query("SELECT departure, seq, order_id FROM wait ORDER BY departure, seq", nil, func(r rowOf) error {
			id := chepiao.DepartureID(r.int(0))
			read.of[id] = append(read.of[id], waiter{r.int(1), chepiao.OrderID(r.int(2))})
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	*q = read
	return q, nil
}

// Waiting are the requests that wait for a departure, in the order of the queue.
func (tx *Tx) Waiting(id chepiao.DepartureID) ([]chepiao.OrderID, error) {
	q, err := tx.queues()
	if err != nil || len(q.of[id]) == 0 {
		return nil, err
	}
	orders := make([]chepiao.OrderID, len(q.of[id]))
	for i, w := range q.of[id] {
		orders[i] = w.order
	}
	return orders, nil
}

// nextTurn numbers an event that changes the queues.
func (tx *Tx) nextTurn(e *chepiao.Event) error {
	q, err := tx.queues()
	if err != nil {
		return err
	}
	was := q.turn
	q.turn++
	e.Turn = q.turn
	tx.onUndo(func() { q.turn = was })
	tx.bump("waits")
	tx.stage(func(c *conn) error {
		return c.one("UPDATE wait_seq SET seq = $1 WHERE id = 2 AND seq = $2", was+1, was)
	})
	return nil
}

// NextWait gives the next place in the node's queue.
func (tx *Tx) NextWait() (int64, error) {
	q, err := tx.queues()
	if err != nil {
		return 0, err
	}
	was, next := q.seq, q.seq+1
	q.seq = next
	tx.onUndo(func() { q.seq = was })
	tx.bump("waits")
	tx.stage(func(c *conn) error {
		return c.one("UPDATE wait_seq SET seq = $1 WHERE id = 1 AND seq = $2", next, was)
	})
	return next, nil
}

// Enqueue puts a request into the queue of a departure, at its place.
func (tx *Tx) Enqueue(o chepiao.Order, id chepiao.DepartureID) error {
	q, err := tx.queues()
	if err != nil {
		return err
	}
	list := append(slices.Clone(q.of[id]), waiter{o.Wait.Seq, o.ID})
	slices.SortFunc(list, func(a, b waiter) int { return int(a.seq - b.seq) })
	q.put(tx, id, list)
	tx.bump("waits")
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO wait (departure, seq, order_id) VALUES ($1, $2, $3)", int64(id), o.Wait.Seq, int64(o.ID))
	})
	return nil
}

// Dequeue takes a request out of all its queues.
func (tx *Tx) Dequeue(o chepiao.Order) error {
	q, err := tx.queues()
	if err != nil {
		return err
	}
	for _, id := range o.Wait.Departures {
		at := slices.IndexFunc(q.of[id], func(w waiter) bool { return w.order == o.ID })
		if at < 0 {
			continue
		}
		q.put(tx, id, slices.Delete(slices.Clone(q.of[id]), at, at+1))
		tx.bump("waits")
		tx.stage(func(c *conn) error {
			return c.one("DELETE FROM wait WHERE departure = $1 AND seq = $2 AND order_id = $3", int64(id), o.Wait.Seq, int64(o.ID))
		})
	}
	return nil
}

func (q *queues) put(tx *Tx, id chepiao.DepartureID, list []waiter) {
	was := q.of[id]
	set := func(list []waiter) {
		if len(list) == 0 {
			delete(q.of, id)
		} else {
			q.of[id] = list
		}
	}
	set(list)
	tx.onUndo(func() { set(was) })
}

// requestsMax bounds the requests of one person that are looked at.
const requestsMax = 50

// Requests are the tickets of a person that wait, as the batch sees them: those
// of requests that were stored before it.
func (tx *Tx) Requests(person chepiao.PersonToken) (tickets []chepiao.Ticket, err error) {
	var ids []chepiao.TicketID
	err = tx.s.writer.query("SELECT id FROM ticket WHERE person = $1 AND state = 'waiting' ORDER BY id DESC LIMIT $2", []any{person[:], requestsMax}, func(r rowOf) error {
		ids = append(ids, chepiao.TicketID(r.int(0)))
		return nil
	})
	for _, id := range ids {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		if t.State == chepiao.TicketWaiting {
			tickets = append(tickets, t)
		}
	}
	return tickets, err
}

// DueWaits reads requests that are over: not paid ahead in time, or waiting past
// their end. Oldest first, at most limit.
func (r *Reader) DueWaits(now time.Time, limit int) (orders []chepiao.Order, err error) {
	err = r.c.query("SELECT "+orderColumns+" FROM orders WHERE state IN ('asked', 'waiting') AND deadline <= $1 ORDER BY deadline, id LIMIT $2",
		[]any{micros(now), limit}, func(r rowOf) error {
			orders = append(orders, scanOrder(r))
			return nil
		})
	return orders, err
}

// WaitPlaces reads how a request stands in the queues of its departures.
func (r *Reader) WaitPlaces(o chepiao.Order) (places []chepiao.WaitPlace, err error) {
	for _, id := range o.Wait.Departures {
		p := chepiao.WaitPlace{Departure: id}
		err = r.c.query("SELECT seq FROM wait WHERE departure = $1 ORDER BY seq LIMIT $2", []any{int64(id), chepiao.WaitQueueMax}, func(r rowOf) error {
			if p.Waiting++; r.int(0) < o.Wait.Seq {
				p.Ahead++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}

// WaitQueue reads the requests that wait for a departure, in the order of the
// queue.
func (r *Reader) WaitQueue(id chepiao.DepartureID) (orders []chepiao.Order, err error) {
	var ids []chepiao.OrderID
	err = r.c.query("SELECT order_id FROM wait WHERE departure = $1 ORDER BY seq LIMIT $2", []any{int64(id), chepiao.WaitQueueMax}, func(r rowOf) error {
		ids = append(ids, chepiao.OrderID(r.int(0)))
		return nil
	})
	for _, one := range ids {
		if err != nil {
			break
		}
		var o chepiao.Order
		o, err = r.Order(one)
		orders = append(orders, o)
	}
	return orders, err
}

// WaitedFor reads the departures that somebody waits for, after one of them, in
// the order of their numbers, at most limit.
func (r *Reader) WaitedFor(after chepiao.DepartureID, limit int) (ids []chepiao.DepartureID, err error) {
	err = r.c.query("SELECT DISTINCT departure FROM wait WHERE departure > $1 ORDER BY departure LIMIT $2", []any{int64(after), limit}, func(r rowOf) error {
		ids = append(ids, chepiao.DepartureID(r.int(0)))
		return nil
	})
	return ids, err
}
