package storetest

import (
	"errors"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// ask stages a request for the coach and another departure that is paid ahead.
func ask(tx *store.Tx, person byte) (chepiao.Order, error) {
	if _, err := tx.Departure(coachID(), coach); err != nil {
		return chepiao.Order{}, err
	}
	first := tx.NextIDs(2)
	seq, err := tx.NextWait()
	if err != nil {
		return chepiao.Order{}, err
	}
	o := chepiao.Order{
		ID: chepiao.OrderID(first), Key: "SECRET", Channel: chepiao.Online, Departure: coachID(), From: 1, To: 3, State: chepiao.OrderWaiting,
		Total: 4500, Created: tx.Now, Deadline: tx.Now.Add(holdFor), Count: 1, Payment: 9, Version: 1,
		OrderMore: chepiao.OrderMore{Wait: &chepiao.WaitTerms{Departures: []chepiao.DepartureID{coachID(), coachID() + 1}, Until: tx.Now.Add(holdFor), Seq: seq, Prepaid: 4500}},
	}
	t := chepiao.Ticket{ID: chepiao.TicketID(first) + 1, Order: o.ID, Departure: o.Departure, State: chepiao.TicketWaiting, From: 1, To: 3, Alight: 2,
		Full: 4500, Price: 4500, Rules: 1, Person: chepiao.PersonToken{person}, Voucher: 1, Version: 1, TicketMore: chepiao.TicketMore{Waited: true}}
	if err := tx.AddOrder(o, []chepiao.Ticket{t}, []store.Sealed{{Wrapped: []byte{1}, Box: []byte{2}}}); err != nil {
		return o, err
	}
	return o, errors.Join(tx.Enqueue(o, coachID()), tx.Enqueue(o, coachID()+1),
		tx.Record("order "+o.ID.String(), o.Version, chepiao.Event{Kind: chepiao.WaitWasJoined, Order: &o, Tickets: []chepiao.Ticket{t}}))
}

// keepsQueues: requests stand in the queues of their departures in the order in
// which they were paid, whatever was taken back and whoever asks.
func keepsQueues(b *bench) {
	s := b.open()
	var first, second, third chepiao.Order
	b.write(s, func(tx *store.Tx) (err error) { first, err = ask(tx, 1); return err })
	answers := b.batch(s,
		func(tx *store.Tx) (err error) { second, err = ask(tx, 2); return err },
		func(tx *store.Tx) error { // takes a place, empties a queue, and says no
			_, err := ask(tx, 3)
			return errors.Join(err, tx.Dequeue(first), errNo)
		},
		func(tx *store.Tx) (err error) { third, err = ask(tx, 4); return err },
	)
	if answers[0] != nil || answers[1] == nil || answers[2] != nil {
		b.Fatalf("answers %v", answers)
	}
	if first.Wait.Seq != 1 || second.Wait.Seq != 2 || third.Wait.Seq != 3 {
		b.Errorf("places %d, %d and %d", first.Wait.Seq, second.Wait.Seq, third.Wait.Seq)
	}
	for s := range b.twice(s) {
		b.queue(s, coachID(), first.ID, second.ID, third.ID)
		b.queue(s, coachID()+1, first.ID, second.ID, third.ID)
		b.queue(s, coachID()+2)
		b.read(s, func(r *store.Reader) error {
			places, err := r.WaitPlaces(third)
			b.same("places", places, []chepiao.WaitPlace{{Departure: coachID(), Ahead: 2, Waiting: 3}, {Departure: coachID() + 1, Ahead: 2, Waiting: 3}}, err)
			ids, err := r.WaitedFor(-1<<62, 10)
			b.same("departures", ids, []chepiao.DepartureID{coachID(), coachID() + 1}, err)
			return nil
		})
	}
	b.leavesQueues(b.restart(s), first, second, third)
}

// leavesQueues: who leaves stands nowhere any more, and who is over is found.
func (b *bench) leavesQueues(s *store.Store, first, second, third chepiao.Order) {
	b.write(s, func(tx *store.Tx) error {
		tickets, err := tx.Requests(chepiao.PersonToken{2})
		if err != nil || len(tickets) != 1 || tickets[0].Order != second.ID {
			b.Errorf("requests of a person: %+v, %v", tickets, err)
		}
		return errors.Join(tx.Dequeue(second), tx.Record("note", 0, chepiao.Event{Kind: "note"}))
	})
	b.forward(holdFor - time.Second)
	for s := range b.twice(s) {
		b.queue(s, coachID(), first.ID, third.ID)
		due := func(want int) {
			b.Helper()
			b.read(s, func(r *store.Reader) error {
				if orders, err := r.DueWaits(b.clock(), 10); err != nil || len(orders) != want {
					b.Errorf("%d requests are over, %v; want %d", len(orders), err, want)
				}
				return nil
			})
		}
		due(0)
		b.forward(time.Second)
		due(3) // what ends a request moves its order, which this test does not
		b.forward(-time.Second)
	}
}

// queue holds who waits for a departure against what writer and readers see.
func (b *bench) queue(s *store.Store, id chepiao.DepartureID, want ...chepiao.OrderID) {
	b.Helper()
	b.write(s, func(tx *store.Tx) error {
		got, err := tx.Waiting(id)
		if !slices.Equal(got, want) {
			b.Errorf("the writer sees %v wait, want %v", got, want)
		}
		return err
	})
	b.read(s, func(r *store.Reader) error {
		orders, err := r.WaitQueue(id)
		var got []chepiao.OrderID
		for _, o := range orders {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			b.Errorf("a reader sees %v wait, want %v", got, want)
		}
		return err
	})
}

// keepsNumbers: virtual queue numbers of flow departures.
func keepsNumbers(b *bench) {
	s := b.open()
	o := b.booked(s, 1, 2)
	b.write(s, func(tx *store.Tx) error { return payFor(tx, o.ID) })
	b.write(s, func(tx *store.Tx) error {
		for i, id := range o.Tickets() {
			t, err := tx.Ticket(id)
			b.check(err)
			t.Queue = i + 1
			t.Version++
			b.check(tx.PutTicket(t))
			tx.JoinFlow(t)
		}
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			for i, id := range o.Tickets() {
				t, err := r.Ticket(id)
				b.check(err)
				if ahead, aboard, err := r.FlowAhead(t); t.Queue != i+1 || ahead != i || aboard != 0 || err != nil {
					b.Errorf("number %d has %d ahead and %d aboard, %v", t.Queue, ahead, aboard, err)
				}
			}
			for limit, want := range [][]int{nil, {1}, {1, 2}, {1, 2}} {
				if numbers, waiting, err := r.FlowWaiting(coachID(), 0, limit); !slices.Equal(numbers, want) || waiting != 2 || err != nil {
					b.Errorf("of at most %d numbers: %v of %d, %v", limit, numbers, waiting, err)
				}
			}
			if numbers, waiting, err := r.FlowWaiting(coachID(), 1, 9); len(numbers) != 0 || waiting != 0 || err != nil {
				b.Errorf("at another stop: %v of %d, %v", numbers, waiting, err)
			}
			t, err := r.Ticket(o.Tickets()[0])
			b.check(err)
			t.Queue = 0
			if ahead, _, err := r.FlowAhead(t); ahead != 2 || err != nil {
				b.Errorf("without a number %d are ahead, %v", ahead, err)
			}
			return nil
		})
	}
	s = b.restart(s)
	b.write(s, func(tx *store.Tx) error {
		t, err := tx.Ticket(o.Tickets()[0])
		b.check(err)
		tx.LeaveFlow(t)
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	b.read(s, func(r *store.Reader) error {
		t, err := r.Ticket(o.Tickets()[1])
		b.check(err)
		if ahead, _, err := r.FlowAhead(t); ahead != 0 || err != nil {
			b.Errorf("after the first one left %d are ahead, %v", ahead, err)
		}
		return nil
	})
}
