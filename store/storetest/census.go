package storetest

import (
	"time"

	"chepiao"
	"chepiao/store"
)

// countsWhatWaits holds two orders, pays one and lets the other's time pass,
// with a message and money that are due.
func countsWhatWaits(b *bench) {
	s := b.open()
	census := func(want store.Census) {
		b.Helper()
		b.read(s, func(r *store.Reader) error {
			got, err := r.Census(b.clock())
			b.same("the census", got, want, err)
			return nil
		})
	}
	census(store.Census{})
	began := b.clock()
	paid, unpaid := b.booked(s, 1), b.booked(s, 2)
	census(store.Census{Holds: 2})
	b.write(s, func(tx *store.Tx) error { return payFor(tx, paid.ID) })
	census(store.Census{Holds: 1})
	b.write(s, func(tx *store.Tx) error {
		tickets, err := tx.Tickets(paid)
		if err != nil {
			return err
		}
		for _, channel := range []chepiao.PaymentChannel{chepiao.Cash, chepiao.Sandbox} {
			tx.AddPayback(chepiao.Payback{ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: chepiao.PaymentID(paid.ID + 2), Order: paid.ID, Channel: channel, Amount: 100, State: chepiao.PaybackDue, Created: tx.Now, Version: 1})
		}
		for _, state := range []chepiao.MessageState{chepiao.MessageDue, chepiao.MessageUnreachable, chepiao.MessageSent} {
			if err := tx.Tell(store.Told{Kind: chepiao.TellIssued, Lang: "zh", Channel: chepiao.BySMS, State: state, Tickets: tickets}); err != nil {
				return err
			}
		}
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	census(store.Census{Holds: 1, MessagesDue: 1, MessagesLost: 1, PaybacksDue: 1, OldestMessage: began, OldestPayback: began})
	b.forward(holdFor + time.Second)
	census(store.Census{OrdersDue: 1, MessagesDue: 1, MessagesLost: 1, PaybacksDue: 1, OldestOrder: unpaid.Deadline, OldestMessage: began, OldestPayback: began})
}
