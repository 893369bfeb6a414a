package sim

import (
	"maps"
	"slices"

	"chepiao"
	"chepiao/store"
)

// sabotage breaks something, once it can: it does to the rows what a mistake in the
// program would. done says that it is broken now.
func (w *world) sabotage(what string) (done bool, err error) {
	for _, n := range w.nodes {
		for _, id := range w.runs {
			best, err := w.copies(id)
			if err != nil {
				return false, err
			}
			switch what {
			case "keep-seats":
				done, err = w.keepSeats(n, id)
			case "free-seat":
				done, err = w.freeSeat(n, id, best)
			case "check-anyway":
				done, err = w.checkAnyway(n, best)
			case "lose-parcel":
				done, err = w.loseParcel(n)
			case "keep-quiet":
				done, err = w.keepQuiet(n)
			case "pay-twice":
				done, err = w.payTwice(n, best)
			}
			if done || err != nil {
				return done, err
			}
		}
	}
	return false, nil
}

// change writes to a node past its office.
func (w *world) change(n *node, id chepiao.DepartureID, fn func(*store.Tx, *chepiao.Departure) error) error {
	run, err := n.office.Timetable().Run(id)
	if err != nil {
		return err
	}
	return n.store.Write(w.ctx, func(tx *store.Tx) error {
		tx.Repeat()
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return err
		}
		if err := fn(tx, d); err != nil {
			return err
		}
		tx.Touch(d)
		return tx.Record("departure "+id.String(), d.Version, chepiao.Event{Kind: chepiao.DepartureChanged, By: "sabotage", Departure: &id})
	})
}

func (w *world) keepSeats(n *node, id chepiao.DepartureID) (bool, error) {
	if n.no != chepiao.Hub || w.view(n, id).Away.Count() == 0 {
		return false, nil
	}
	return true, w.change(n, id, func(_ *store.Tx, d *chepiao.Departure) error {
		d.SetAway(nil)
		return nil
	})
}

func (w *world) freeSeat(n *node, id chepiao.DepartureID, best map[chepiao.TicketID]chepiao.Ticket) (bool, error) {
	for _, t := range sorted(best) {
		if t.Holder() == n.no && t.Seat > 0 && t.State == chepiao.TicketValid {
			return true, w.change(n, id, func(_ *store.Tx, d *chepiao.Departure) error {
				d.Free(t)
				return nil
			})
		}
	}
	return false, nil
}

// checkAnyway has somebody pass at a node that does not own the ticket, after its
// owner let the same passenger through.
func (w *world) checkAnyway(n *node, best map[chepiao.TicketID]chepiao.Ticket) (bool, error) {
	for _, t := range sorted(best) {
		if w.passed[t.ID] > 0 && t.Owner() != n.no {
			w.passedOnce(n, t.ID)
			return true, nil
		}
	}
	return false, nil
}

// loseParcel moves a station's mark over a parcel that never came.
func (w *world) loseParcel(n *node) (bool, error) {
	if n.no == chepiao.Hub {
		return false, nil
	}
	heard, err := n.office.Received(w.ctx, chepiao.Hub)
	if err != nil {
		return false, err
	}
	parcels, _, err := w.nodes[0].office.Feed(w.ctx, n.no, heard, 1)
	if err != nil || len(parcels) == 0 || parcels[0].Kind != chepiao.SeatsWereGiven {
		return false, err
	}
	p := parcels[0]
	id := w.runs[0]
	return true, w.change(n, id, func(tx *store.Tx, _ *chepiao.Departure) error {
		before := store.FeedMark{N: heard[p.Lane]}
		tx.Hear(chepiao.Hub, p.Lane, before, store.FeedMark{N: p.N, Link: p.Link})
		return nil
	})
}

// keepQuiet closes a conflict though both tickets live, so that no desk has it any more.
func (w *world) keepQuiet(n *node) (bool, error) {
	list, err := n.office.Conflicts(w.ctx, false)
	if n.no != chepiao.Hub || err != nil || len(list) == 0 {
		return false, err
	}
	return true, n.store.Write(w.ctx, func(tx *store.Tx) error {
		c, err := list[0].Close(chepiao.EndedByItself, "", "sabotage", tx.Now)
		if err == nil {
			err = tx.PutConflict(c)
		}
		if err != nil {
			return err
		}
		return tx.Record("conflict "+c.ID.String(), c.Version, chepiao.Event{Kind: chepiao.ConflictWasClosed, By: "sabotage", Conflict: &c})
	})
}

func (w *world) payTwice(n *node, best map[chepiao.TicketID]chepiao.Ticket) (bool, error) {
	for _, t := range sorted(best) {
		if t.Owner() != n.no || t.State != chepiao.TicketRefunded || t.Refund == 0 {
			continue
		}
		f, err := n.office.Look(w.ctx, t.Order)
		if err != nil || f.Order.Payment == 0 {
			continue
		}
		return true, n.store.Write(w.ctx, func(tx *store.Tx) error {
			p := chepiao.Payback{ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: f.Order.Payment, Order: f.Order.ID, Channel: chepiao.Cash, Amount: t.Refund, State: chepiao.PaybackSettled, Created: tx.Now, Version: 1}
			tx.AddPayback(p)
			return tx.Record("order "+f.Order.ID.String(), f.Order.Version, chepiao.Event{Kind: chepiao.PaybackBegan, By: "sabotage", Order: &f.Order, Payback: &p})
		})
	}
	return false, nil
}

// sorted are tickets in the order of their numbers.
func sorted(tickets map[chepiao.TicketID]chepiao.Ticket) (list []chepiao.Ticket) {
	for _, id := range slices.Sorted(maps.Keys(tickets)) {
		list = append(list, tickets[id])
	}
	return list
}
