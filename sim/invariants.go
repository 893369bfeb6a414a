package sim

import (
	"fmt"

	"chepiao"
	"chepiao/store"
)

// ticketsMax bounds the tickets of a simulated departure.
const ticketsMax = 10_000

// invariants asks what must hold after every step. Only departures that some node
// has touched since the last time are looked at.
func (w *world) invariants() error {
	for _, id := range w.runs {
		stamp := ""
		for _, n := range w.nodes {
			if v := n.store.View(id); v != nil {
				stamp += fmt.Sprint(v.Version)
			}
			stamp += " "
		}
		if w.seen == nil {
			w.seen = map[chepiao.DepartureID]string{}
		}
		if w.seen[id] == stamp {
			continue
		}
		w.seen[id] = stamp
		w.holders(id)
		if err := w.seats(id); err != nil {
			return err
		}
	}
	return nil
}

// view is a departure as a node sees it.
func (w *world) view(n *node, id chepiao.DepartureID) *chepiao.Departure {
	run, err := n.office.Timetable().Run(id)
	if err != nil {
		return nil
	}
	d := chepiao.NewDepartureAt(n.no, id, run.Template)
	if v := n.store.View(id); v != nil {
		d.Seats, d.Away, d.Children = v.Seats, v.Away, v.Children
	}
	return d
}

// holders: no seat is held by two nodes, and no more places of a flow departure
// are held than there are.
func (w *world) holders(id chepiao.DepartureID) (idle int) {
	held, places := map[int]chepiao.NodeNo{}, 0
	var total int
	for _, n := range w.nodes {
		d := w.view(n, id)
		total = d.Seats.Places()
		if d.Seats.Flow() {
			places += d.Holds()
			continue
		}
		for seat := 1; seat <= total; seat++ {
			if d.Away != nil {
				if _, away := d.Away.Seats[seat]; away {
					continue
				}
			}
			if other, taken := held[seat]; taken {
				w.wrong("seat %d of %s is held by node %d and node %d", seat, id, other, n.no)
			}
			held[seat] = n.no
		}
	}
	if places > total {
		w.wrong("%d places of %s are held, there are %d", places, id, total)
	}
	return total - places - len(held)
}

// copies are a departure's tickets, each as the node that knows it best has it.
func (w *world) copies(id chepiao.DepartureID) (map[chepiao.TicketID]chepiao.Ticket, error) {
	best := map[chepiao.TicketID]chepiao.Ticket{}
	for _, n := range w.nodes {
		err := n.store.Read(w.ctx, func(r *store.Reader) error {
			tickets, err := r.Manifest(id, 0, ticketsMax)
			for _, t := range tickets {
				if known, ok := best[t.ID]; !ok || known.Version < t.Version {
					best[t.ID] = t
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return best, nil
}

// seats: over all nodes no seat carries two tickets on a leg, and no leg of a flow
// departure more passengers than it has places.
func (w *world) seats(id chepiao.DepartureID) error {
	best, err := w.copies(id)
	if err != nil {
		return err
	}
	masks, load := map[int]chepiao.Mask{}, map[int]int{}
	places := w.view(w.nodes[0], id).Seats.Places()
	for _, t := range best {
		if !t.State.Live() {
			continue
		}
		legs := chepiao.LegMask(t.Board, t.Alight)
		if t.Seat == 0 {
			for leg := t.Board; leg < t.Alight; leg++ {
				if load[leg]++; load[leg] > places {
					w.wrong("leg %d of %s carries %d passengers, it has %d places", leg, id, load[leg], places)
				}
			}
			continue
		}
		if masks[t.Seat]&legs != 0 {
			w.wrong("seat %d of %s is sold twice, to ticket %s as well", t.Seat, id, t.ID)
		}
		masks[t.Seat] |= legs
	}
	return nil
}

// truth is a ticket as the node that knows it best has it.
func (w *world) truth(id chepiao.TicketID) (best chepiao.Ticket) {
	for _, n := range w.nodes {
		if t, err := n.office.Ticket(w.ctx, id); err == nil && t.Version > best.Version {
			best = t
		}
	}
	return best
}

// level: once everybody has heard everything, the hub has every ticket as its owner
// has it, every seat has a holder, and every node's doctor finds nothing.
func (w *world) level() error {
	hub := w.nodes[0]
	for _, id := range w.runs {
		if idle := w.holders(id); idle != 0 {
			w.wrong("%d seats of %s have no holder at the end", idle, id)
		}
		best, err := w.copies(id)
		if err != nil {
			return err
		}
		for _, t := range best {
			if at, err := hub.office.Ticket(w.ctx, t.ID); err != nil || at.Version != t.Version || at.State != t.State {
				w.wrong("the hub has ticket %s as %s at version %d, its owner as %s at %d", t.ID, at.State, at.Version, t.State, t.Version)
			}
			owner := w.nodes[t.Owner()-chepiao.Hub]
			if at, err := owner.office.Ticket(w.ctx, t.ID); err != nil || at.Version != t.Version {
				w.wrong("node %d owns ticket %s and has it at version %d, not %d", owner.no, t.ID, at.Version, t.Version)
			}
			if w.passed[t.ID] > 0 && t.State != chepiao.TicketChecked && t.State != chepiao.TicketDeparted {
				w.wrong("ticket %s passed a gate and is %s", t.ID, t.State)
			}
		}
	}
	w.levelRuns()
	if err := w.levelPeople(); err != nil {
		return err
	}
	for _, n := range w.nodes {
		for _, id := range w.known {
			asked, err := n.office.Asked(w.ctx, id)
			if err != nil {
				return err
			}
			for _, a := range asked {
				if a.State == chepiao.AskedWaiting {
					w.wrong("%s still waits for an answer to what it asked of %s", name(n.no), id)
				}
			}
		}
		if kept, err := n.office.Unread(w.ctx); err != nil || len(kept) > 0 {
			w.wrong("%s cannot read what a node of its own version says: %v, %v", name(n.no), kept, err)
		}
		d, err := n.store.Doctor(w.ctx, nil)
		if err != nil {
			return err
		}
		for _, f := range d.Findings {
			w.wrong("doctor of %s: %s", name(n.no), f)
		}
	}
	return nil
}

// levelRuns: the hub sends passengers of a station's own stop to the gate that the
// station has named, if it has named one.
func (w *world) levelRuns() {
	for _, id := range w.runs {
		for _, n := range w.nodes[1:] {
			here, hub := n.store.View(id), w.nodes[0].store.View(id)
			run, err := n.office.Timetable().Run(id)
			if err != nil || here == nil || here.Ops == nil {
				continue
			}
			for stop, s := range run.Template.Stops {
				gate, _ := here.Ops.Gate(stop, "")
				if s.Station != n.station || gate == "" {
					continue
				}
				if hub == nil {
					w.wrong("the hub knows nothing of %s", id)
				} else if told, _ := hub.Ops.Gate(stop, ""); told != gate {
					w.wrong("%s boards %s at gate %q, the hub says %q", name(n.no), id, gate, told)
				}
			}
		}
	}
}

// levelPeople: whoever has live tickets of two orders for one departure, which two
// holders have sold, stands on the hub's desk, unless somebody has settled it; and
// nobody stands there whose ticket has ended.
func (w *world) levelPeople() error {
	hub := w.nodes[0]
	list, err := hub.office.Conflicts(w.ctx, true)
	if err != nil {
		return err
	}
	named := map[[2]chepiao.TicketID]bool{}
	for _, c := range list {
		if c.Kind != chepiao.ConflictTwice {
			w.wrong("the hub has a conflict of a feed that nobody has touched: %s", c.What())
			continue
		}
		named[[2]chepiao.TicketID(c.Tickets)] = true
		live := w.truth(c.Tickets[0]).State.Live() && w.truth(c.Tickets[1]).State.Live()
		if live && c.How == chepiao.EndedByItself {
			w.wrong("conflict %s has ended by itself, though both tickets live", c.ID)
		}
		if !live && c.Standing() {
			w.wrong("conflict %s still stands, though one of its tickets has ended", c.ID)
		}
	}
	for _, id := range w.runs {
		best, err := w.copies(id)
		if err != nil {
			return err
		}
		who := map[chepiao.PersonToken]chepiao.Ticket{}
		for _, t := range sorted(best) {
			if !t.State.Live() || t.Person.IsZero() {
				continue
			}
			other, has := who[t.Person]
			who[t.Person] = t
			if has && !named[[2]chepiao.TicketID{other.ID, t.ID}] {
				w.wrong("one person has tickets %s and %s of %s, and no desk knows", other.ID, t.ID, id)
			}
			if has {
				w.report.Did["twice"]++
			}
		}
	}
	return nil
}
