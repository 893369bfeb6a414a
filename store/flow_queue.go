package store

import "chepiao"

// JoinFlow stages a ticket's place in the virtual queue of its flow departure.
func (tx *Tx) JoinFlow(t chepiao.Ticket) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO flow_queue (departure, no, ticket) VALUES ($1, $2, $3)", int64(t.Departure), t.Queue, int64(t.ID))
	})
}

// LeaveFlow stages that a ticket's place is given up.
func (tx *Tx) LeaveFlow(t chepiao.Ticket) {
	tx.stage(func(c *conn) error {
		return c.one("DELETE FROM flow_queue WHERE departure = $1 AND no = $2 AND ticket = $3", int64(t.Departure), t.Queue, int64(t.ID))
	})
}

// FlowWaiting reads the numbers that wait at a stop of a flow departure, lowest
// first, at most limit, and how many there are.
func (r *Reader) FlowWaiting(id chepiao.DepartureID, stop, limit int) (numbers []int, waiting int, err error) {
	err = r.c.query(`SELECT flow_queue.no FROM flow_queue JOIN ticket ON ticket.id = flow_queue.ticket
		WHERE flow_queue.departure = $1 AND ticket.departure = $1 AND ticket.board = $2 AND ticket.state = 'valid' ORDER BY flow_queue.no LIMIT $3`,
		[]any{int64(id), stop, flowWaitingMax}, func(r rowOf) error {
			if waiting++; waiting <= limit {
				numbers = append(numbers, int(r.int(0)))
			}
			return nil
		})
	return numbers, waiting, err
}

// flowWaitingMax bounds the numbers of a stop that are counted.
const flowWaitingMax = 10_000

// FlowAhead counts who waits at the ticket's stop with an earlier number, or with
// any number if the ticket has none, and who has passed the gate for the coach
// that leaves next.
func (r *Reader) FlowAhead(t chepiao.Ticket) (ahead, aboard int, err error) {
	before := int64(1 << 40)
	if t.Queue > 0 {
		before = int64(t.Queue)
	}
	err = r.c.query(`SELECT count(*) FROM flow_queue JOIN ticket ON ticket.id = flow_queue.ticket
		WHERE flow_queue.departure = $1 AND flow_queue.no < $2 AND ticket.departure = $1 AND ticket.board = $3 AND ticket.state = 'valid'`,
		[]any{int64(t.Departure), before, t.Board}, func(r rowOf) error { ahead = int(r.int(0)); return nil })
	if err == nil {
		err = r.c.query("SELECT count(*) FROM ticket WHERE departure = $1 AND board = $2 AND state = 'checked'", []any{int64(t.Departure), t.Board},
			func(r rowOf) error { aboard = int(r.int(0)); return nil })
	}
	return ahead, aboard, err
}
