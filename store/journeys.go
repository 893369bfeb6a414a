package store

import (
	"context"
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
	for _, list := range [][]journey{known.list, tx.sold[person]} {
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
	known, ok := tx.ahead[person]
	if ok && !tx.careful {
		since := tx.s.sold.get(person) // by this process, perhaps after it was read ahead
		known = travels{append(slices.Clone(known.list), since.list...), max(known.version, since.version)}
	} else {
		var err error
		if known, err = loadTravels(tx.s.writer, person, tx.s.shared); err != nil {
			return known, err
		}
	}
	if tx.journeys == nil {
		tx.journeys = map[chepiao.PersonToken]travels{}
	}
	tx.journeys[person] = known
	return known, nil
}

func loadTravels(c *conn, person chepiao.PersonToken, shared bool) (t travels, err error) {
	if shared { // the version first: it is never newer than the list
		err = c.query("SELECT version FROM rider WHERE person = $1", []any{person[:]}, func(r rowOf) error { t.version = r.int(0); return nil })
		if err != nil {
			return t, err
		}
	}
	// A bound LIMIT would make SQLite plan anew every time.
	err = c.query("SELECT id, departure FROM ticket WHERE person = $1 ORDER BY id DESC LIMIT "+journeysMax, []any{person[:]}, func(r rowOf) error {
		t.list = append(t.list, journey{chepiao.TicketID(r.int(0)), chepiao.DepartureID(r.int(1)).Day()})
		return nil
	})
	return t, err
}

type aheadKey struct{}

// Ahead reads the journeys of people before a write with the context it returns
// asks for them, beside the writer and not in it. Where the database is a file
// it does nothing: there the writer is as quick.
func (s *Store) Ahead(ctx context.Context, people []chepiao.PersonToken) (context.Context, error) {
	if !s.shared {
		return ctx, nil
	}
	known := make(map[chepiao.PersonToken]travels, len(people))
	err := s.Read(ctx, func(r *Reader) error {
		for _, p := range people {
			if p.IsZero() {
				continue
			}
			t, err := loadTravels(r.c, p, true)
			if err != nil {
				return err
			}
			known[p] = t
		}
		return nil
	})
	return context.WithValue(ctx, aheadKey{}, known), err
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

// writeRiders stages one row a person whose journeys were looked at before a
// ticket was sold: of two processes that sell to one person at once, one runs
// again and sees the other's ticket.
func (tx *Tx) writeRiders(c *conn) error {
	people := make([]chepiao.PersonToken, 0, len(tx.sold))
	for person, list := range tx.sold {
		if _, asked := tx.journeys[person]; asked && len(list) > 0 {
			people = append(people, person)
		}
	}
	sortTokens(people)
	var again []chepiao.PersonToken
	for _, person := range people {
		if tx.journeys[person].version > 0 {
			again = append(again, person)
			continue
		}
		if err := c.one("INSERT INTO rider (person, version) VALUES ($1, $2)", append([]byte{}, person[:]...), 1); err != nil {
			return err
		}
	}
	for _, person := range again {
		version := tx.journeys[person].version
		if err := c.one("UPDATE rider SET version = $1 WHERE person = $2 AND version = $3", version+1, append([]byte{}, person[:]...), version); err != nil {
			return err
		}
	}
	return nil
}

// soldMax is how many people's latest tickets are remembered in each half.
const soldMax = 32_768

// recent remembers what this process has sold to people lately.
type recent struct {
	young, old map[chepiao.PersonToken]travels
}

func (m *recent) get(p chepiao.PersonToken) travels {
	if t, ok := m.young[p]; ok {
		return t
	}
	return m.old[p]
}

// rememberSold keeps what the batch has sold for those who were read ahead
// before it was stored.
func (tx *Tx) rememberSold() {
	if !tx.s.shared {
		return
	}
	m := &tx.s.sold
	for person, list := range tx.sold {
		known, asked := tx.journeys[person]
		if !asked || len(list) == 0 {
			continue
		}
		if m.young == nil || len(m.young) >= soldMax {
			m.young, m.old = map[chepiao.PersonToken]travels{}, m.young
		}
		was := m.get(person)
		m.young[person] = travels{append(slices.Clone(was.list), list...), known.version + 1}
	}
}
