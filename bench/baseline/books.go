package baseline

import (
	"context"
	"fmt"

	"chepiao"
)

// Books says what is wrong with a shop's rows, nil when they are even: no seat
// is sold twice, what is marked as taken is what live tickets have, every issued
// order is paid, and what was given back is on its tickets. A comparison with a
// program that sells seats twice would say nothing.
func (s *Shop) Books(ctx context.Context) (wrong []string, err error) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	maps := map[chepiao.DepartureID]*chepiao.SeatMap{}
	err = s.book.read(ctx, "SELECT id, order_id, departure, state, from_no, to_no, board, alight, seat, kind, full_fare, price, refund, fee, rules, person, version FROM ticket WHERE live = 1 ORDER BY id", nil, func(r row) {
		t := scanTicket(r)
		m := maps[t.Departure]
		if m == nil {
			run, err := s.net.find(t.Departure)
			if err != nil {
				say("ticket %s is for a departure that is not there", t.ID)
				return
			}
			m = &chepiao.NewDeparture(t.Departure, run.template).Seats
			maps[t.Departure] = m
		}
		if !m.Fits(t.Board, t.Alight, []int{t.Seat}) {
			say("seat %d of departure %s is sold twice: ticket %s", t.Seat, t.Departure, t.ID)
			return
		}
		m.Take(t.Board, t.Alight, []int{t.Seat})
	})
	if err != nil {
		return nil, err
	}
	for _, c := range []struct{ sql, what string }{
		{"SELECT count(*) FROM orders o WHERE state IN ('issued', 'refunded') AND total <> (SELECT coalesce(sum(amount), -1) FROM payment p WHERE p.id = o.payment AND p.order_id = o.id)", "orders that are issued and not paid"},
		{"SELECT count(*) FROM payment WHERE order_id NOT IN (SELECT id FROM orders WHERE state IN ('issued', 'refunded'))", "payments of orders that are not issued"},
		{"SELECT CAST((SELECT coalesce(sum(refund), 0) FROM ticket) - (SELECT coalesce(sum(amount), 0) FROM payback) AS BIGINT)", "fen more on refunded tickets than were given back"},
		{"SELECT count(*) FROM ticket WHERE (live = 1) <> (state IN ('held', 'valid'))", "tickets that are live and are not"},
		{"SELECT count(*) FROM ticket WHERE id NOT IN (SELECT ticket FROM person)", "tickets without a person"},
	} {
		if err := s.book.read(ctx, c.sql, nil, func(r row) {
			if n := r.int(0); n != 0 {
				say("%d %s", n, c.what)
			}
		}); err != nil {
			return nil, err
		}
	}
	return wrong, s.marks(ctx, maps, say)
}

// marks holds what keeps the seats against the maps made from live tickets.
func (s *Shop) marks(ctx context.Context, maps map[chepiao.DepartureID]*chepiao.SeatMap, say func(string, ...any)) error {
	taken := func(d chepiao.DepartureID, seat, leg int) bool {
		m := maps[d]
		return m != nil && m.Seat(seat)&chepiao.LegMask(leg, leg+1) != 0
	}
	load := func(d chepiao.DepartureID, leg int) int {
		if m := maps[d]; m != nil {
			return m.Places() - m.Free(leg, leg+1)
		}
		return 0
	}
	if _, ok := s.book.(*rowLock); ok {
		err := s.book.read(ctx, "SELECT departure, seat, leg, ticket FROM seat_leg ORDER BY departure, seat, leg", nil, func(r row) {
			if d := chepiao.DepartureID(r.int(0)); taken(d, int(r.int(1)), int(r.int(2))) != (r.int(3) != 0) {
				say("seat %d of departure %s on leg %d is marked otherwise than its tickets say", r.int(1), d, r.int(2))
			}
		})
		if err != nil {
			return err
		}
		return s.book.read(ctx, "SELECT departure, leg, taken FROM flow_leg ORDER BY departure, leg", nil, func(r row) {
			if d := chepiao.DepartureID(r.int(0)); load(d, int(r.int(1))) != int(r.int(2)) {
				say("%d places of departure %s on leg %d are counted, %d are sold", r.int(2), d, r.int(1), load(d, int(r.int(1))))
			}
		})
	}
	return s.book.read(ctx, "SELECT id, seats FROM departure ORDER BY id", nil, func(r row) {
		var m chepiao.SeatMap
		d := chepiao.DepartureID(r.int(0))
		if err := m.UnmarshalBinary(r.bytes(1)); err != nil {
			say("departure %s cannot be read", d)
			return
		}
		want := m.Empty()
		if maps[d] != nil {
			want = *maps[d]
		}
		if !m.Equal(&want) {
			say("the seats of departure %s are marked otherwise than its tickets say", d)
		}
	})
}
