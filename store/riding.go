package store

import (
	"cmp"
	"slices"

	"chepiao"
)

// Riding are the live tickets of a departure as the batch sees them, in the
// order of their numbers: what is stored, with what was staged since laid over
// it. That they are so is compared when the batch is stored; that there are no
// others, by the departure itself.
func (tx *Tx) Riding(id chepiao.DepartureID) ([]chepiao.Ticket, error) {
	riding, err := (&Reader{c: tx.s.writer}).tickets("SELECT "+ticketColumns+" FROM ticket WHERE departure = $1 ORDER BY id", int64(id))
	if err != nil {
		return nil, err
	}
	stored := make(map[chepiao.TicketID]bool, len(riding))
	for i, t := range riding {
		stored[t.ID] = true
		tx.s.tickets.note(t.ID, t)
		if st := tx.s.tickets.now.staged[t.ID]; st != nil {
			riding[i] = st.v
		}
	}
	for _, key := range tx.s.tickets.now.order {
		if t := tx.s.tickets.now.staged[key].v; !stored[key] && t.Departure == id {
			riding = append(riding, t)
		}
	}
	riding = slices.DeleteFunc(riding, func(t chepiao.Ticket) bool { return t.Departure != id || !t.State.Live() })
	slices.SortFunc(riding, func(a, b chepiao.Ticket) int { return cmp.Compare(a.ID, b.ID) })
	return riding, nil
}
