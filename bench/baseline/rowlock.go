package baseline

import (
	"context"

	"chepiao"
)

// rowLock keeps a row for each seat and leg of a departure; a seat is got by
// locking its rows, and rows that somebody else has locked are passed over. A
// flow departure is a row for each leg with a count.
type rowLock struct{ server }

// takeSQL finds the lowest seat that is free on all wanted legs, locks its first
// leg without waiting, and marks all its legs. It returns a row for each leg
// that was marked: fewer than wanted when somebody took a later leg meanwhile.
const takeSQL = `WITH pick AS (
  SELECT s.seat FROM seat_leg s
  WHERE s.departure = $1 AND s.leg = $2 AND s.ticket = 0
    AND NOT EXISTS (SELECT 1 FROM seat_leg o WHERE o.departure = $1 AND o.seat = s.seat AND o.leg > $2 AND o.leg < $3 AND o.ticket <> 0)
  ORDER BY s.seat LIMIT 1 FOR UPDATE OF s SKIP LOCKED)
UPDATE seat_leg u SET ticket = $4 FROM pick WHERE u.departure = $1 AND u.seat = pick.seat AND u.leg >= $2 AND u.leg < $3 AND u.ticket = 0
RETURNING u.seat`

// freeSQL counts seats that are free on all wanted legs in the eyes of
// everybody: rows that somebody is just locking count as they were.
const freeSQL = "SELECT count(*) FROM (SELECT 1 FROM seat_leg WHERE departure = $1 AND leg >= $2 AND leg < $3 GROUP BY seat HAVING max(ticket) = 0) AS free"

func (b *rowLock) hold(ctx context.Context, h *holding) error {
	if h.run.template.Kind == chepiao.Flow {
		return again(ctx, func() error { return b.holdFlow(ctx, h) })
	}
	return again(ctx, func() error { return b.holdSeats(ctx, h) })
}

func (b *rowLock) holdSeats(ctx context.Context, h *holding) error {
	conn, err := b.session(ctx)
	if err != nil {
		return err
	}
	defer conn.done()
	first, legs := h.number(), h.wish.Alight-h.wish.Board
	var others []journey
	seats, marked := make([]int, len(h.wish.Riders)), make([]int, len(h.wish.Riders))
	work := append([]statement{begin}, h.journeysOf(&others)...)
	for i := range seats {
		work = append(work, statement{sql: takeSQL, args: []any{int64(h.in.Departure), int64(h.wish.Board), int64(h.wish.Alight), first + 1 + int64(i)}, each: func(r row) {
			seats[i] = int(r.int(0))
			marked[i]++
		}})
	}
	if err := conn.run(ctx, work...); err != nil {
		return err
	}
	if err := h.rides(others); err != nil {
		return err
	}
	for _, n := range marked {
		switch n {
		case legs:
		case 0: // none is left, or all that are left are just being locked
			free := int64(0)
			err := conn.run(ctx, statement{sql: "ROLLBACK"}, statement{sql: freeSQL, args: []any{int64(h.in.Departure), int64(h.wish.Board), int64(h.wish.Alight)}, each: func(r row) { free = r.int(0) }})
			if err != nil {
				return err
			}
			if free < int64(len(seats)) {
				return soldOut
			}
			return errAgain
		default:
			return errAgain
		}
	}
	h.write(first, seats)
	rows, err := h.rows()
	if err != nil {
		return err
	}
	return conn.run(ctx, append(rows, commit)...)
}

// holdFlow counts up last, with the commit: the row that everybody wants is
// locked as briefly as can be. A leg that is over its capacity breaks the
// table's own check.
func (b *rowLock) holdFlow(ctx context.Context, h *holding) error {
	conn, err := b.session(ctx)
	if err != nil {
		return err
	}
	defer conn.done()
	n, free := int64(len(h.wish.Riders)), int64(0)
	var others []journey
	span := []any{int64(h.in.Departure), int64(h.wish.Board), int64(h.wish.Alight)}
	work := append(h.journeysOf(&others), statement{sql: "SELECT coalesce(min(places - taken), 0) FROM flow_leg WHERE departure = $1 AND leg >= $2 AND leg < $3", args: span, each: func(r row) { free = r.int(0) }})
	if err := conn.run(ctx, work...); err != nil {
		return err
	}
	if err := h.rides(others); err != nil {
		return err
	}
	if free < n {
		return soldOut
	}
	h.write(h.number(), make([]int, n))
	rows, err := h.rows()
	if err != nil {
		return err
	}
	rows = append(rows, countFlow(span, n), commit)
	return conn.run(ctx, append([]statement{begin}, rows...)...)
}

// countFlow locks the legs in their order, so that two who want several never
// wait for each other.
func countFlow(span []any, n int64) statement {
	return statement{sql: `WITH want AS (SELECT leg FROM flow_leg WHERE departure = $1 AND leg >= $2 AND leg < $3 ORDER BY leg FOR UPDATE)
UPDATE flow_leg f SET taken = f.taken + $4 FROM want WHERE f.departure = $1 AND f.leg = want.leg`, args: append(span[:3:3], n)}
}

func (b *rowLock) refund(ctx context.Context, r *refunding) error {
	return again(ctx, func() error {
		conn, err := b.session(ctx)
		if err != nil {
			return err
		}
		defer conn.done()
		var o Order
		if err := conn.run(ctx, append([]statement{begin}, readOrder(r.id, " FOR UPDATE", &o)...)...); err != nil {
			return err
		}
		if err := r.decide(o); err != nil {
			return err
		}
		rows, err := r.rows()
		if err != nil {
			return err
		}
		for _, t := range r.given {
			if t.Seat == 0 {
				rows = append(rows, countFlow([]any{int64(t.Departure), int64(t.Board), int64(t.Alight)}, -1))
				continue
			}
			rows = append(rows, statement{sql: "UPDATE seat_leg SET ticket = 0 WHERE departure = $1 AND seat = $2 AND leg >= $3 AND leg < $4 AND ticket = $5", want: int64(t.Alight - t.Board),
				args: []any{int64(t.Departure), int64(t.Seat), int64(t.Board), int64(t.Alight), int64(t.ID)}})
		}
		return conn.run(ctx, append(rows, commit)...)
	})
}
