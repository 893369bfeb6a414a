package storetest

import (
	"strings"

	"chepiao"
	"chepiao/store"
)

// keepsCases opens cases, settles one, and finds those that stand; a function
// that fails leaves none. Doctor sees a choice that was never carried out.
func keepsCases(b *bench) {
	s := b.open()
	o := b.booked(s, 1, 2)
	var id chepiao.DepartureID
	var list []chepiao.Case
	open := func(tx *store.Tx) error {
		list = nil
		tickets, err := tx.Tickets(o)
		for _, t := range tickets {
			id = t.Departure
			c := chepiao.Case{ID: chepiao.CaseID(tx.NextIDs(1)), Ticket: t.ID, Order: o.ID, Departure: t.Departure, Act: chepiao.ActCancel, State: chepiao.CaseOpen,
				Choices: []chepiao.Choice{chepiao.ChooseNext, chepiao.ChooseRefund}, Created: tx.Now, Until: tx.Now, Version: 1}
			tx.AddCase(c)
			list = append(list, c)
			t.Case = c.ID
			t.Version++
			if err := tx.PutTicket(t); err != nil {
				return err
			}
			if err := tx.Record("case "+c.ID.String(), 1, chepiao.Event{Kind: chepiao.CaseMoved, Tickets: []chepiao.Ticket{t}}); err != nil {
				return err
			}
		}
		standing, standErr := tx.Standing(id) // as the batch sees them
		b.same("in the batch", standing, list, standErr)
		return err
	}
	if err := s.Write(b.Context(), func(tx *store.Tx) error {
		if err := open(tx); err != nil {
			return err
		}
		return chepiao.Refuse(chepiao.WrongState, "不", "no")
	}); chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("refused with %v", err)
	}
	b.write(s, open)
	settled := list[0]
	settled.State, settled.Choice, settled.Version = chepiao.CaseSettled, chepiao.ChooseKeep, 2
	b.write(s, func(tx *store.Tx) error {
		if err := tx.PutCase(settled); err != nil {
			return err
		}
		standing, err := tx.Standing(id)
		b.same("one is settled", standing, list[1:], err)
		return tx.Record("case "+settled.ID.String(), 2, chepiao.Event{Kind: chepiao.CaseMoved})
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error { return findsCases(b, r, id, settled, list) })
	}
	s = b.restart(s)
	wrong := settled
	wrong.Choice, wrong.Version = chepiao.ChooseRefund, 3 // but its ticket stands
	b.write(s, func(tx *store.Tx) error {
		if err := tx.PutCase(wrong); err != nil {
			return err
		}
		return tx.Record("case "+wrong.ID.String(), 3, chepiao.Event{Kind: chepiao.CaseMoved})
	})
	d, err := s.Doctor(b.Context(), nil)
	b.must(err)
	var found []string
	for _, f := range d.Findings {
		if strings.HasPrefix(f.Where, "case ") {
			found = append(found, f.Where)
		}
	}
	b.same("what doctor finds", found, []string{"case " + wrong.ID.String()}, nil)
}

// findsCases looks for the cases of an order's two tickets: the first is settled,
// the second stands.
func findsCases(b *bench, r *store.Reader, id chepiao.DepartureID, settled chepiao.Case, list []chepiao.Case) error {
	one, err := r.Case(settled.ID)
	b.same("one", one, settled, err)
	all, err := r.Cases(0, false, 0, 10)
	b.same("all", all, []chepiao.Case{settled, list[1]}, err)
	standing, err := r.Cases(id, true, 0, 10)
	b.same("those that stand", standing, list[1:], err)
	first, err := r.Cases(id, false, 0, 1)
	b.same("a page", first, []chepiao.Case{settled}, err)
	rest, err := r.Cases(0, false, settled.ID, 10)
	b.same("after the first", rest, list[1:], err)
	of, err := r.CasesOf(settled.Order)
	b.same("of an order", of, all, err)
	none, err := r.Cases(id+1, false, 0, 10)
	b.same("of another departure", none, []chepiao.Case(nil), err)
	_, err = r.Case(list[1].ID + 999)
	if chepiao.Why(err) != chepiao.NotFound {
		b.Errorf("a case that is not there: %v", err)
	}
	told, err := r.Told(id, list[0].Ticket)
	b.same("told", told, chepiao.MessageState(""), err)
	return nil
}

// keepsLevels adds lines to the ledger of a station.
func keepsLevels(b *bench) {
	s := b.open()
	now := b.clock()
	lines := []chepiao.StationLevel{
		{ID: 11, Station: 3, From: 20_000, Level: 2, At: now, By: "desk", Reason: "定级"},
		{ID: 12, Station: 3, From: 20_100, Closed: true, At: now, By: "desk", Reason: "撤站"},
		{ID: 13, Station: 4, From: 20_000, Level: 3, At: now, By: "desk", Reason: "定级"},
	}
	b.write(s, func(tx *store.Tx) error {
		for _, l := range []int{2, 1, 0} {
			tx.AddLevel(lines[l])
		}
		return tx.Record("station 3", 1, chepiao.Event{Kind: chepiao.DepartureChanged})
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			t, err := r.Timetable()
			b.same("ledgers", t.Levels, map[chepiao.StationNo][]chepiao.StationLevel{3: lines[:2], 4: lines[2:]}, err)
			return nil
		})
	}
}
