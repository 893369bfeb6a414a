package storetest

import (
	"bytes"

	"chepiao"
	"chepiao/store"
)

// sendsBack adds up what goes back of a payment, what the batch has staged
// included, and what a refused function had staged left out.
func sendsBack(b *bench) {
	s := b.open()
	o := b.booked(s, 1)
	b.write(s, func(tx *store.Tx) error { return payFor(tx, o.ID) })
	payment := chepiao.PaymentID(o.ID + 2)
	back := func(tx *store.Tx, sum chepiao.Money) {
		tx.AddPayback(chepiao.Payback{ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: payment, Order: o.ID, Channel: chepiao.Cash, Amount: sum, State: chepiao.PaybackDue, Created: tx.Now, Version: 1})
	}
	sent := func(tx *store.Tx, want chepiao.Money) {
		if got, err := tx.SentBack(payment); err != nil || got != want {
			b.Errorf("%s go back, %v; want %s", got, err, want)
		}
	}
	answers := b.batch(s,
		func(tx *store.Tx) error { sent(tx, 0); back(tx, 100); sent(tx, 100); return nil },
		func(tx *store.Tx) error { back(tx, 1000); sent(tx, 1100); return errNo },
		func(tx *store.Tx) error {
			sent(tx, 100)
			back(tx, 20)
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		})
	if answers[0] != nil || answers[2] != nil || chepiao.Why(answers[1]) != chepiao.SoldOut {
		b.Fatalf("answers %v", answers)
	}
	for s := range b.twice(s) {
		b.write(s, func(tx *store.Tx) error {
			sent(tx, 120)
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		})
		b.read(s, func(r *store.Reader) error {
			backs, err := r.Paybacks(o.ID)
			if err != nil || len(backs) != 2 || backs[0].Amount != 100 || backs[1].Amount != 20 {
				b.Errorf("paybacks %+v, %v", backs, err)
			}
			if none, err := r.Paybacks(o.ID + 50); err != nil || len(none) != 0 {
				b.Errorf("paybacks of nobody: %+v, %v", none, err)
			}
			if due, err := r.DuePaybacks(0, 5); err != nil || len(due) != 0 { // cash waits at a window
				b.Errorf("to be sent: %+v, %v", due, err)
			}
			return nil
		})
	}
}

// sealsAnew puts another record of who travels in the place of the first one,
// also in the batch that sold the ticket.
func sealsAnew(b *bench) {
	s := b.open()
	first := b.booked(s, 1)
	var second chepiao.Order
	answers := b.batch(s,
		func(tx *store.Tx) error {
			tx.PutPerson(first.Tickets()[0], store.Sealed{Wrapped: []byte{7}, Box: []byte{8}})
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		},
		func(tx *store.Tx) (err error) {
			second, err = book(tx, 2)
			tx.PutPerson(second.Tickets()[0], store.Sealed{Wrapped: []byte{9}, Box: []byte{10}})
			return err
		},
		func(tx *store.Tx) error {
			tx.PutPerson(first.Tickets()[0], store.Sealed{Wrapped: []byte{0}, Box: []byte{0}})
			return errNo
		})
	if answers[0] != nil || answers[1] != nil || chepiao.Why(answers[2]) != chepiao.SoldOut {
		b.Fatalf("answers %v", answers)
	}
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			for id, want := range map[chepiao.TicketID]store.Sealed{first.Tickets()[0]: {Wrapped: []byte{7}, Box: []byte{8}}, second.Tickets()[0]: {Wrapped: []byte{9}, Box: []byte{10}}} {
				if got, ok, err := r.Person(id); err != nil || !ok || !bytes.Equal(got.Wrapped, want.Wrapped) || !bytes.Equal(got.Box, want.Box) {
					b.Errorf("ticket %s: %v, %v, %v", id, got, ok, err)
				}
			}
			return nil
		})
	}
	err := s.Write(b.Context(), func(tx *store.Tx) error { // nobody's
		tx.PutPerson(first.Tickets()[0]+500, store.Sealed{Wrapped: []byte{1}, Box: []byte{1}})
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	if err == nil {
		b.Error("a person is sealed for a ticket that is not there")
	}
}
