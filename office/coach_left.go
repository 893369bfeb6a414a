package office

import (
	"cmp"
	"slices"

	"chepiao"
	"chepiao/store"
)

// seatLeftOver gives seats that came free on a smaller coach to those whom it
// could not take, before anybody else: in the order of their claims, an order
// together or not at all. They travel after all, and keep the right to have the
// money back.
func (o *Office) seatLeftOver(tx *store.Tx, d *chepiao.Departure) error {
	if d.Ops == nil || d.Ops.Coach == "" || d.State != chepiao.Running || d.Left > 0 {
		return nil
	}
	cases, err := tx.Standing(d.ID)
	if err != nil {
		return err
	}
	cases = slices.DeleteFunc(cases, func(c chepiao.Case) bool { return c.Act != chepiao.ActCoach || c.Place == 0 })
	slices.SortFunc(cases, func(a, b chepiao.Case) int { return cmp.Compare(a.Place, b.Place) })
	for len(cases) > 0 {
		order := cases[0].Order
		var party []chepiao.Case
		party, cases = part(cases, func(c chepiao.Case) bool { return c.Order == order })
		if err := o.seatParty(tx, d, party); err != nil {
			return err
		}
	}
	return nil
}

// part splits a list in two, keeping the order.
func part[T any](list []T, in func(T) bool) (yes, no []T) {
	for _, v := range list {
		if in(v) {
			yes = append(yes, v)
		} else {
			no = append(no, v)
		}
	}
	return yes, no
}

// seatParty seats the left-overs of one order if the coach has room for them all.
func (o *Office) seatParty(tx *store.Tx, d *chepiao.Departure, party []chepiao.Case) error {
	run, err := o.Timetable().Run(d.ID)
	if err != nil {
		return err
	}
	seats, tickets := d.Seats.Clone(), make([]chepiao.Ticket, len(party))
	for i, c := range party {
		t, err := tx.Ticket(c.Ticket)
		if err != nil {
			return err
		}
		if _, taken := d.Riders[t.Person]; t.State != chepiao.TicketCancelled || taken && !t.Person.IsZero() {
			return nil
		}
		free, err := seats.Choose(t.Board, t.Alight, 1, o.plan(run, d.Ops))
		if err != nil {
			return nil // not for all of them
		}
		seats.Take(t.Board, t.Alight, free)
		if t, err = t.Move(chepiao.MoveRestore); err != nil {
			return err
		}
		t.Seat = free[0]
		tickets[i] = t
	}
	d.Take(tickets)
	tx.Touch(d)
	for i, c := range party {
		if err := tx.PutTicket(tickets[i]); err != nil {
			return err
		}
		c = c.Withdraw()
		if err := tx.PutCase(c); err != nil {
			return err
		}
		if err := recordCase(tx, c, waitlist); err != nil {
			return err
		}
		facts := chepiao.MessageFacts{WasSeat: c.Seat, Free: true, ReasonZH: "有座位空出", ReasonEN: "a seat came free"}
		if err := o.tell(tx, chepiao.TellChanged, tickets[i:i+1], facts); err != nil {
			return err
		}
	}
	e := chepiao.Event{Kind: chepiao.DepartureChanged, By: waitlist, Reason: "有座位空出", Departure: &d.ID, Tickets: tickets}
	return tx.Record("departure "+d.ID.String(), d.Version, e)
}
