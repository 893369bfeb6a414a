package storetest

import (
	"chepiao"
	"chepiao/store"
)

// readsLatest: tickets newest first, page by page, and how far the journal has
// come.
func readsLatest(b *bench) {
	s := b.open()
	for seat := range 5 {
		b.booked(s, seat+1)
	}
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			n, err := r.CountTickets()
			if err != nil || n != 5 {
				b.Errorf("%d tickets, %v", n, err)
			}
			var below chepiao.TicketID
			var seats []int
			for range 4 {
				page, err := r.LatestTickets(s.Lane(), below, 2)
				if err != nil {
					return err
				}
				for _, t := range page {
					below, seats = t.ID, append(seats, t.Seat)
				}
			}
			b.same("seats, the latest first", seats, []int{5, 4, 3, 2, 1}, nil)
			head, err := r.JournalHead(s.Node(), 1)
			if entries := b.entries(s); err != nil || head != entries[len(entries)-1].Seq {
				b.Errorf("the head is %d, %v", head, err)
			}
			none, err := r.JournalHead("elsewhere", 1)
			if none != 0 || err != nil {
				b.Errorf("another node's head is %d, %v", none, err)
			}
			return nil
		})
	}
}
