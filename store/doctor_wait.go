package store

import (
	"fmt"

	"chepiao"
)

// ended says that a request was paid ahead and has waited in vain: all of its
// money goes back.
func ended(o chepiao.Order) bool {
	return o.Wait != nil && o.Payment != 0 && (o.State == chepiao.OrderLapsed || o.State == chepiao.OrderReleased)
}

// open says that nobody has paid an order, or not yet.
func open(o chepiao.Order) bool {
	_, unpaid := unpaid[o.State]
	return (unpaid || o.State == chepiao.OrderAsked) && !ended(o)
}

// suits says whether a ticket of an order may be in a state.
func suits(o chepiao.Order, s chepiao.TicketState) bool {
	want, early := unpaid[o.State]
	if o.Wait != nil {
		switch o.State {
		case chepiao.OrderAsked, chepiao.OrderPaying, chepiao.OrderWaiting:
			return s == chepiao.TicketWaiting
		}
	}
	if early {
		return s == want
	}
	switch s {
	case chepiao.TicketHeld, chepiao.TicketWaiting, chepiao.TicketLapsed, chepiao.TicketReleased:
		return false
	}
	return true
}

// wait holds a request against its terms and its place in the queues.
func (e *examination) wait(where string, o chepiao.Order) error {
	if o.Wait == nil {
		return nil
	}
	if o.Total > o.Wait.Prepaid || o.State == chepiao.OrderWaiting && o.Total != o.Wait.Prepaid {
		e.tell(where, "it is %s for %s and %s were paid ahead", o.State, o.Total, o.Wait.Prepaid)
	}
	want := 0
	if o.State == chepiao.OrderWaiting {
		want = len(o.Wait.Departures)
		if o.Wait.Seq == 0 || !o.Deadline.Equal(o.Wait.Until) {
			e.tell(where, "it waits without a place or an end")
		}
	}
	queued := 0
	for _, id := range o.Wait.Departures {
		n, err := e.number("SELECT count(*) FROM wait WHERE departure = $1 AND seq = $2 AND order_id = $3", int64(id), o.Wait.Seq, int64(o.ID))
		if err != nil {
			return err
		}
		queued += int(n)
	}
	if e.queued += int64(queued); queued != want {
		e.tell(where, "it is %s and stands in the queues of %d departures, of %d", o.State, queued, want)
	}
	return nil
}

// queues makes sure that nothing else stands in the queues, and that no place is
// given twice.
func (e *examination) queues() error {
	rows, err := e.number("SELECT count(*) FROM wait")
	if err == nil && rows != e.queued {
		e.tell("waitlist", "%d places belong to no request that waits", rows-e.queued)
	}
	if err != nil {
		return err
	}
	highest, err := e.number("SELECT COALESCE(MAX(seq), 0) FROM wait")
	if err != nil {
		return err
	}
	given, err := e.number("SELECT seq FROM wait_seq WHERE id = 1")
	if err == nil && given < highest {
		e.tell("waitlist", "%s", fmt.Sprintf("its next place, %d, is given already", given+1))
	}
	return err
}
