package store

import (
	"maps"
	"slices"

	"chepiao"
)

// Bounds of JourneysOf: tickets of a person that are looked through, and days
// around the wanted one whose journeys may reach into it.
const (
	journeysMax = "200"
	journeyDays = 1
)

// journey is a ticket of a person and its service day.
type journey struct {
	ticket chepiao.TicketID
	day    chepiao.Day
}

// travels are a person's latest tickets and, where the database is shared, the
// version of the person's row.
type travels struct {
	list    []journey
	version int64
}

// JourneysOf are the live tickets of a person on a service day and its
// neighbours, in the order of their numbers, as the batch sees them. The
// database is asked once a person and batch, or was asked ahead; what the batch
// itself has sold is remembered beside it. Nobody has no journeys.
func (tx *Tx) JourneysOf(person chepiao.PersonToken, day chepiao.Day) ([]chepiao.Ticket, error) {
	if person.IsZero() {
		return nil, nil
	}
	known, err := tx.travels(person)
	if err != nil {
		return nil, err
	}
	var found []chepiao.Ticket
	for _, list := range [][]journey{known.list, tx.storing().sold[person], tx.sold[person]} {
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

// travels are what is stored of a person's journeys.
func (tx *Tx) travels(person chepiao.PersonToken) (travels, error) {
	if known, ok := tx.journeys[person]; ok {
		return known, nil
	}
	if err := tx.readTravels([]chepiao.PersonToken{person}); err != nil {
		return travels{}, err
	}
	return tx.journeys[person], nil
}

// readTravels reads the journeys of people.
func (tx *Tx) readTravels(people []chepiao.PersonToken) error {
	if tx.journeys == nil {
		tx.journeys = map[chepiao.PersonToken]travels{}
	}
	tokens := make([][]byte, 0, len(people))
	for _, p := range people {
		if _, known := tx.journeys[p]; !known && !p.IsZero() {
			tx.journeys[p] = travels{}
			tokens = append(tokens, append([]byte{}, p[:]...))
		}
	}
	if len(tokens) == 0 {
		return nil
	}
	c := tx.s.ahead
	err := error(nil)
	if tx.s.shared { // the version first: it is never newer than the list
		err = c.each("SELECT person, version FROM rider WHERE person = $1", tokens, func(r rowOf) {
			p := chepiao.PersonToken(r.bytes(0))
			known := tx.journeys[p]
			known.version = r.int(1)
			tx.journeys[p] = known
		})
	}
	if err == nil { // a bound LIMIT would make SQLite plan anew every time
		err = c.each("SELECT person, id, departure FROM ticket WHERE person = $1 ORDER BY id DESC LIMIT "+journeysMax, tokens, func(r rowOf) {
			p := chepiao.PersonToken(r.bytes(0))
			known := tx.journeys[p]
			known.list = append(known.list, journey{chepiao.TicketID(r.int(1)), chepiao.DepartureID(r.int(2)).Day()})
			tx.journeys[p] = known
		})
	}
	if err == nil {
		err = c.check()
	}
	if err != nil {
		tx.journeys = nil
		return err
	}
	for _, p := range people { // whether the answer knew the batch that is being stored or not
		if version, stored := tx.storing().riders[p]; stored {
			known := tx.journeys[p]
			known.version = version
			tx.journeys[p] = known
		}
	}
	return nil
}

// storing is the batch that is being stored, or an empty one.
func (tx *Tx) storing() *Tx {
	if b := tx.s.storing; b != nil {
		return b.tx
	}
	return &Tx{}
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

// riding gives everybody whose journeys were looked at before a ticket was sold the
// next version of a row of their own: of two processes that sell to one person at
// once, one runs again and sees the other's ticket.
func (tx *Tx) riding() map[chepiao.PersonToken]int64 {
	riders := make(map[chepiao.PersonToken]int64, len(tx.sold))
	for person, list := range tx.sold {
		if known, asked := tx.journeys[person]; asked && len(list) > 0 {
			riders[person] = known.version + 1
		}
	}
	return riders
}

// writeRiders stages those rows: the new ones first, so that they may travel together.
func (tx *Tx) writeRiders(c *conn) error {
	people := slices.Collect(maps.Keys(tx.riders))
	sortTokens(people)
	for _, person := range people {
		if tx.riders[person] == 1 {
			if err := c.one("INSERT INTO rider (person, version) VALUES ($1, $2)", person[:], 1); err != nil {
				return err
			}
		}
	}
	for _, person := range people {
		if version := tx.riders[person]; version > 1 {
			if err := c.one("UPDATE rider SET version = $1 WHERE person = $2 AND version = $3", version, person[:], version-1); err != nil {
				return err
			}
		}
	}
	return nil
}
