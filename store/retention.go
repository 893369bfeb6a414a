package store

import (
	"fmt"
	"strconv"

	"chepiao"
)

// DestroyPeople stages that nobody can read any more who travelled on these tickets
// of a service day: key and sealed record are emptied, the token is taken off the
// ticket. The row stays, so that every ticket still has one.
func (tx *Tx) DestroyPeople(day chepiao.Day, tickets []chepiao.TicketID, by string) error {
	var nobody chepiao.PersonToken
	for _, id := range tickets {
		tx.stage(func(c *conn) error {
			if _, err := c.exec("UPDATE ticket SET person = $1 WHERE id = $2", nobody[:], int64(id)); err != nil {
				return err
			}
			return c.one("UPDATE person SET wrapped = $1, sealed = $1 WHERE ticket = $2", []byte{}, int64(id))
		})
	}
	n := tx.NextIDs(1)
	at := micros(tx.Now)
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO destroyed (id, day, tickets, at) VALUES ($1, $2, $3, $4)", n, dayRow(day), len(tickets), at)
	})
	e := chepiao.Event{Kind: chepiao.PeopleWereDestroyed, By: by, Detail: chepiao.PeopleDestroyed{Day: day, Tickets: len(tickets)}}
	return tx.Record("destroyed "+strconv.FormatInt(n, 10), 1, e)
}

// DestroyedUpTo stages that every day before this one is done.
func (tx *Tx) DestroyedUpTo(day chepiao.Day) {
	tx.some("INSERT INTO retention (id, upto) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET upto = $1", dayRow(day))
}

// DestroyedUpTo reads the first day that is not done; the first day of a departure
// where nothing was ever destroyed, and before where nothing ever ran.
func (r *Reader) DestroyedUpTo(before chepiao.Day) (day chepiao.Day, err error) {
	row := int64(-1)
	if err := r.c.query("SELECT upto FROM retention WHERE id = 1", nil, func(r rowOf) error { row = r.int(0); return nil }); err != nil {
		return 0, err
	}
	if row < 0 {
		if err := r.c.query("SELECT COALESCE(MIN(id % 65536), -1) FROM departure", nil, func(r rowOf) error { row = r.int(0); return nil }); err != nil {
			return 0, err
		}
	}
	if row < 0 {
		return before, nil
	}
	return rowDay(row), nil
}

// peopleOf are the tickets of a service day whose travellers can still be read:
// departures are found by their templates, as their ids are made of both.
const peopleOf = ` FROM template JOIN ticket ON ticket.departure = template.no * 65536 + $1
	JOIN person ON person.ticket = ticket.id WHERE length(person.wrapped) > 0`

// PeopleOf reads tickets of a service day whose travellers are kept, at most limit.
func (r *Reader) PeopleOf(day chepiao.Day, limit int) (ids []chepiao.TicketID, err error) {
	err = r.c.query("SELECT ticket.id"+peopleOf+" ORDER BY ticket.id LIMIT $2", []any{dayRow(day), limit}, func(r rowOf) error {
		ids = append(ids, chepiao.TicketID(r.int(0)))
		return nil
	})
	return ids, err
}

// PeopleKept counts the tickets before a service day whose travellers can still be
// read. It looks at every ticket: for doctor and the desk, not for every second.
func (r *Reader) PeopleKept(before chepiao.Day) (n int64, err error) {
	err = r.c.query("SELECT count(*) FROM person JOIN ticket ON ticket.id = person.ticket WHERE length(person.wrapped) > 0 AND ticket.departure % 65536 < $1",
		[]any{dayRow(before)}, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

// Destroyed reads what was destroyed, the latest first, at most limit rounds.
func (r *Reader) Destroyed(limit int) (list []chepiao.PeopleDestroyed, err error) {
	err = r.c.query("SELECT day, tickets, at FROM destroyed ORDER BY at DESC, id DESC LIMIT $1", []any{limit}, func(r rowOf) error {
		list = append(list, chepiao.PeopleDestroyed{Day: rowDay(r.int(0)), Tickets: int(r.int(1)), At: fromMicros(r.int(2))})
		return nil
	})
	return list, err
}

// dayRow is a service day as departures' ids number it.
func dayRow(d chepiao.Day) int64 { return int64(chepiao.MakeDepartureID(0, d)) }

func rowDay(n int64) chepiao.Day { return chepiao.DepartureID(n).Day() }

// destroyed holds what is said to be destroyed against what can still be read.
func (e *examination) destroyed() error {
	r := &Reader{c: e.c}
	upto, err := r.DestroyedUpTo(0)
	if err != nil || upto == 0 {
		return err
	}
	done, err := e.number("SELECT count(*) FROM retention")
	if err != nil || done == 0 {
		return err
	}
	n, err := r.PeopleKept(upto)
	if err == nil && n > 0 {
		e.tell(fmt.Sprintf("service days before %s", upto), "who travelled on %d tickets can be read, and is said to be destroyed", n)
	}
	return err
}
