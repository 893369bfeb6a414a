package store

import (
	"slices"

	"chepiao"
)

// Started lists the departures that something has happened to, from a service
// day on, in the order of their numbers.
func (s *Store) Started(from chepiao.Day) (ids []chepiao.DepartureID) {
	s.views.Range(func(id, _ any) bool {
		if id := id.(chepiao.DepartureID); id.Day() >= from {
			ids = append(ids, id)
		}
		return true
	})
	slices.Sort(ids)
	return ids
}

// Started says whether anything has happened to a departure yet. Where others write
// nobody knows it for certain before the batch is stored: then it is asked, and if
// the departure has begun meanwhile the functions run again.
func (tx *Tx) Started(id chepiao.DepartureID) bool {
	if row := tx.s.departing[id]; row != nil && row.dep.Version > 0 {
		return true
	}
	if tx.s.View(id) != nil || tx.s.begun[id] {
		return true
	}
	if tx.s.storing != nil && tx.s.free() == nil && tx.s.View(id) != nil {
		return true
	}
	if tx.s.shared {
		if tx.absent == nil {
			tx.absent = map[chepiao.DepartureID]bool{}
		}
		tx.absent[id] = true
	}
	return false
}

// askAbsent stages the question whether what had not begun still has not.
func (tx *Tx) askAbsent(c *conn, all bool) error {
	var ids []int64
	for id := range tx.absent {
		if all || !slices.Contains(tx.begun, id) {
			ids = append(ids, int64(id))
		}
	}
	return verify(c, "departure", ids, func(int64) int64 { return 0 }, func(id int64) {
		tx.stale = true
		tx.outdate(func() {
			delete(tx.s.departing, chepiao.DepartureID(id))
			tx.s.begun[chepiao.DepartureID(id)] = true // until its view is there
		})
	})
}

// StartedFrom lists the departures that something has happened to, from a service
// day on, in the order of their numbers: those of other processes, too, as they
// are when the batch is stored.
func (tx *Tx) StartedFrom(from chepiao.Day) (ids []chepiao.DepartureID, err error) {
	if err := tx.s.free(); err != nil {
		return nil, err
	}
	if !tx.s.shared {
		return tx.s.Started(from), nil
	}
	err = tx.s.writer.query("SELECT id FROM departure WHERE id % 65536 >= $1", []any{lowest(from)}, func(r rowOf) error {
		ids = append(ids, chepiao.DepartureID(r.int(0)))
		return nil
	})
	tx.counted = append(tx.counted, counted{from, int64(len(ids))})
	for _, id := range tx.begins() {
		if id.Day() >= from {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// counted is how many departures were stored from a day on.
type counted struct {
	from chepiao.Day
	n    int64
}

// askCounted stages the question whether others have begun more of them.
func (tx *Tx) askCounted(c *conn) error {
	for _, was := range tx.counted {
		own := int64(len(slices.DeleteFunc(slices.Clone(tx.begun), func(id chepiao.DepartureID) bool { return id.Day() < was.from })))
		if tx.empty() {
			own = 0
		}
		err := c.later("SELECT count(*) FROM departure WHERE id % 65536 >= $1", []any{lowest(was.from)}, func(r rowOf) {
			tx.stale = tx.stale || r.int(0) != was.n+own
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// begins lists the departures that the batch stores for the first time.
func (tx *Tx) begins() (ids []chepiao.DepartureID) {
	for _, row := range tx.touched {
		if row.base == 0 {
			ids = append(ids, row.dep.ID)
		}
	}
	return ids
}

// lowest is what the lower half of a departure's number, its day, is at least.
func lowest(from chepiao.Day) int64 { return int64(chepiao.MakeDepartureID(0, from)) }
