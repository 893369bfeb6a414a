package store

import (
	"slices"

	"chepiao"
)

// Bounds of JourneysOf: tickets of a person that are looked through, and days
// around the wanted one whose journeys may reach into it.
const (
	journeysMax = 200
	journeyDays = 1
)

// JourneysOf are the live tickets of a person on a service day and its
// neighbours, in the order of their numbers, as the batch sees them. The
// database is asked once a person and batch; what the batch itself has sold is
// remembered beside it. Nobody has no journeys.
func (tx *Tx) JourneysOf(person chepiao.PersonToken, day chepiao.Day) ([]chepiao.Ticket, error) {
	if person.IsZero() {
		return nil, nil
	}
	stored, ok := tx.journeys[person]
	if !ok {
		err := tx.s.writer.query("SELECT id, departure FROM ticket WHERE person = $1 ORDER BY id DESC LIMIT $2", []any{person[:], journeysMax}, func(r rowOf) error {
			stored = append(stored, journey{chepiao.TicketID(r.int(0)), chepiao.DepartureID(r.int(1)).Day()})
			return nil
		})
		if err != nil {
			return nil, err
		}
		if tx.journeys == nil {
			tx.journeys = map[chepiao.PersonToken][]journey{}
		}
		tx.journeys[person] = stored
	}
	var found []chepiao.Ticket
	for _, list := range [][]journey{stored, tx.sold[person]} {
		for _, j := range list {
			if j.day < day-journeyDays || j.day > day+journeyDays {
				continue
			}
			t, err := tx.Ticket(j.ticket)
			if err != nil {
				return nil, err
			}
			if t.Person == person && t.State.Live() {
				found = append(found, t)
			}
		}
	}
	slices.SortFunc(found, func(a, b chepiao.Ticket) int { return int(a.ID - b.ID) })
	return slices.CompactFunc(found, func(a, b chepiao.Ticket) bool { return a.ID == b.ID }), nil
}

// journey is a ticket of a person and its service day.
type journey struct {
	ticket chepiao.TicketID
	day    chepiao.Day
}

// sell notes that the batch has given a person a ticket.
func (tx *Tx) sell(t chepiao.Ticket) {
	if t.Person.IsZero() {
		return
	}
	if tx.sold == nil {
		tx.sold = map[chepiao.PersonToken][]journey{}
	}
	tx.sold[t.Person] = append(tx.sold[t.Person], journey{t.ID, t.Departure.Day()})
	tx.onUndo(func() {
		list := tx.sold[t.Person]
		tx.sold[t.Person] = list[:len(list)-1]
	})
}
