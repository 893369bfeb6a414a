package store

import "chepiao"

// Boarding counts the paid tickets of a departure that board at a stop
// position, and how many of them have been checked.
func (r *Reader) Boarding(id chepiao.DepartureID, board int) (sold, checked int, err error) {
	const sql = "SELECT state, COUNT(*) FROM ticket WHERE departure = $1 AND board = $2 AND state IN ('valid', 'checked', 'departed', 'no_show', 'used') GROUP BY state ORDER BY state"
	err = r.c.query(sql, []any{int64(id), board}, func(r rowOf) error {
		state, n := chepiao.TicketState(r.text(0)), int(r.int(1))
		sold += n
		if state != chepiao.TicketValid && state != chepiao.TicketNoShow {
			checked += n
		}
		return nil
	})
	return sold, checked, err
}
