package baseline

import (
	"context"
	"fmt"

	"chepiao"
)

// optimistic keeps a row for each departure with its seat map and a version: a
// seat is chosen from what was read, and written only if nobody wrote between;
// otherwise all of it is tried again.
type optimistic struct{ server }

const seatsSQL = "SELECT seats, version FROM departure WHERE id = $1"

// moveSQL breaks the table's check (version > 0) when another version is there,
// so that all statements of the transaction can travel in one round trip.
const moveSQL = "UPDATE departure SET seats = $2, version = CASE WHEN version = $3 THEN version + 1 ELSE 0 END WHERE id = $1"

// seatState is a departure's row.
type seatState struct {
	seats   chepiao.SeatMap
	version int64
	fault   error
}

func (s *seatState) statement(id chepiao.DepartureID) statement {
	return statement{sql: seatsSQL, args: []any{int64(id)}, each: func(r row) {
		s.fault, s.version = s.seats.UnmarshalBinary(r.bytes(0)), r.int(1)
	}}
}

// choose picks seats for a hold and takes them on the map.
func (s *seatState) choose(h *holding) ([]int, error) {
	if s.fault != nil || s.version == 0 {
		return nil, fmt.Errorf("departure %s cannot be read: %w", h.in.Departure, s.fault)
	}
	seats, err := s.seats.Choose(h.wish.Board, h.wish.Alight, len(h.wish.Riders), h.run.plan)
	if err == nil {
		s.seats.Take(h.wish.Board, h.wish.Alight, seats)
	}
	return seats, err
}

func (s *seatState) move(id chepiao.DepartureID) (statement, error) {
	b, err := s.seats.MarshalBinary()
	return statement{sql: moveSQL, args: []any{int64(id), b, s.version}, want: 1}, err
}

func (b *optimistic) hold(ctx context.Context, h *holding) error {
	return again(ctx, func() error {
		conn, err := b.session(ctx)
		if err != nil {
			return err
		}
		defer conn.done()
		var others []journey
		var state seatState
		if err := conn.run(ctx, append(h.journeysOf(&others), state.statement(h.in.Departure))...); err != nil {
			return err
		}
		if err := h.rides(others); err != nil {
			return err
		}
		seats, err := state.choose(h)
		if err != nil {
			return err
		}
		h.write(h.number(), seats)
		rows, err := h.rows()
		if err != nil {
			return err
		}
		move, err := state.move(h.in.Departure)
		if err != nil {
			return err
		}
		// The row that others want comes first: who lost learns it before it writes.
		return conn.run(ctx, append(append([]statement{begin, move}, rows...), commit)...)
	})
}

func (b *optimistic) refund(ctx context.Context, r *refunding) error {
	return again(ctx, func() error {
		conn, err := b.session(ctx)
		if err != nil {
			return err
		}
		defer conn.done()
		var o Order
		var state seatState
		ofOrder := state.statement(0)
		ofOrder.sql, ofOrder.args = "SELECT d.seats, d.version FROM departure d JOIN orders o ON o.departure = d.id WHERE o.id = $1", []any{int64(r.id)}
		if err := conn.run(ctx, append(append([]statement{begin}, readOrder(r.id, " FOR UPDATE", &o)...), ofOrder)...); err != nil {
			return err
		}
		if err := r.decide(o); err != nil {
			return err
		}
		if err := state.free(r.given); err != nil {
			return err
		}
		rows, err := r.rows()
		if err != nil {
			return err
		}
		move, err := state.move(o.Departure)
		if err != nil {
			return err
		}
		return conn.run(ctx, append(append([]statement{move}, rows...), commit)...)
	})
}

func (s *seatState) free(tickets []chepiao.Ticket) error {
	if s.fault != nil || s.version == 0 {
		return fmt.Errorf("the departure of a refund cannot be read: %w", s.fault)
	}
	for _, t := range tickets {
		s.seats.Release(t.Board, t.Alight, []int{t.Seat})
	}
	return nil
}
