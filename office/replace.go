package office

import (
	"chepiao"
	"chepiao/store"
)

// write makes the new order. With nothing to pay it takes the old tickets' place
// at once; else it is held.
func (b *rebooking) write(tx *store.Tx, d *chepiao.Departure, old chepiao.Order, chosen []chepiao.Ticket, seats []int, sums RebookSums) (*chepiao.Event, error) {
	order, tickets := b.order(tx, old, chosen, seats, sums)
	people := make([]store.Sealed, len(chosen))
	for i, t := range chosen {
		people[i] = b.people[t.ID]
	}
	e := &chepiao.Event{Kind: chepiao.OrderWasHeld, By: b.v.By}
	for _, q := range sums.Quotes {
		e.Because = append(e.Because, q.Because)
	}
	var err error
	if order.Due() == 0 {
		e.Kind = chepiao.OrderWasIssued
		if order, err = order.Move(chepiao.OrderIssue); err != nil {
			return nil, err
		}
		for i := range tickets {
			if tickets[i], err = tickets[i].Move(chepiao.MoveIssue); err != nil {
				return nil, err
			}
		}
	}
	d.Take(tickets)
	tx.Touch(d)
	if err := tx.AddOrder(order, tickets, people); err != nil {
		return nil, err
	}
	tx.FollowOrder(order.ID, old.ID)
	if order.State == chepiao.OrderIssued {
		if err := b.office.replace(tx, b.v, order, tickets); err != nil {
			return nil, err
		}
		if e.Payback, err = b.office.sendBack(tx, b.v, order, order.Excess()); err != nil {
			return nil, err
		}
	}
	e.Order, e.Tickets = &order, tickets
	return record(tx, e)
}

// order makes the new order and its tickets, held.
func (b *rebooking) order(tx *store.Tx, old chepiao.Order, chosen []chepiao.Ticket, seats []int, sums RebookSums) (chepiao.Order, []chepiao.Ticket) {
	first := tx.NextIDs(1 + len(chosen))
	channel := b.channel(old)
	order := chepiao.Order{
		ID: chepiao.OrderID(first), Key: old.Key, Channel: channel, Outlet: old.Outlet, Departure: b.run.ID, From: b.from, To: b.to,
		State: chepiao.OrderHeld, Total: sums.Total, Created: tx.Now, Deadline: tx.Now.Add(b.rules.Hold(channel)), Count: len(chosen), Version: 1,
		OrderMore: chepiao.OrderMore{Origin: old.ID, Credit: sums.Credit},
	}
	if b.v.At.Window {
		order.Outlet = b.v.By
	}
	numbers := map[chepiao.TicketID]chepiao.TicketID{}
	tickets := make([]chepiao.Ticket, len(chosen))
	for i, t := range chosen {
		numbers[t.ID] = chepiao.TicketID(first + 1 + int64(i))
		tickets[i] = sums.Quotes[i].Take(t, chepiao.Ticket{
			ID: numbers[t.ID], Order: order.ID, Departure: b.run.ID, State: chepiao.TicketHeld,
			From: b.from, To: b.to, Board: b.board, Alight: b.alight, Seat: seats[i],
			Full: b.fare(t).Full, Rules: b.rules.Version, Voucher: 1, Version: 1,
		})
	}
	for i, t := range chosen {
		if t.Guardian == 0 {
			continue
		}
		if tickets[i].Guardian = numbers[t.Guardian]; tickets[i].Guardian == 0 {
			tickets[i].Guardian = firstAdult(tickets, chosen) // its own stays: together saw to it that another one goes along
		}
	}
	return order, tickets
}

func firstAdult(tickets, old []chepiao.Ticket) chepiao.TicketID {
	for i, t := range old {
		if t.Guardian == 0 {
			return tickets[i].ID
		}
	}
	return 0
}

// replace has the tickets of a rebooked order take the place of the old ones:
// those are over, and their seats free. It is recorded on the old order, ahead
// of the verb's own event. Refusals: those of replaced.
func (o *Office) replace(tx *store.Tx, v Verb, order chepiao.Order, tickets []chepiao.Ticket) error {
	moved, err := o.replaced(tx, order, tickets)
	if err != nil {
		return err
	}
	var seated []chepiao.Ticket // a cancelled ticket has no seat any more
	for _, t := range moved {
		was, err := tx.Ticket(t.ID)
		if err != nil {
			return err
		}
		if was.State.Live() {
			seated = append(seated, t)
		}
		if err := tx.PutTicket(t); err != nil {
			return err
		}
		if err := o.settleCase(tx, t, chepiao.ChooseNext, order.Departure, v.By); err != nil {
			return err
		}
	}
	if err := o.freeSeats(tx, seated); err != nil {
		return err
	}
	if err := countTickets(tx, v, 0, 0, len(moved)); err != nil {
		return err
	}
	old, err := tx.Order(order.Origin)
	if err != nil {
		return err
	}
	if old, err = o.lessTickets(tx, old); err != nil {
		return err
	}
	for i, t := range moved {
		f := chepiao.MessageFacts{WasDeparture: t.Departure, WasSeat: t.Seat, Free: tickets[i].Rebooked == t.Rebooked}
		if err := o.tell(tx, chepiao.TellChanged, tickets[i:i+1], f); err != nil {
			return err
		}
	}
	_, err = record(tx, &chepiao.Event{Kind: chepiao.TicketWasRebooked, By: v.By, Order: &old, Tickets: moved})
	return err
}

// replaced are the old tickets as a rebooked order would leave them. It refuses
// when something happened to them while the new ones waited for their money:
// WrongState, ReceiptIsOut, or QuoteChanged when they are worth something else.
func (o *Office) replaced(tx *store.Tx, order chepiao.Order, tickets []chepiao.Ticket) (moved []chepiao.Ticket, err error) {
	credit := chepiao.Money(0)
	for _, next := range tickets {
		t, err := tx.Ticket(next.Replaces)
		if err != nil {
			return nil, err
		}
		t, q, err := chepiao.Replace(t, next, o.rulesOf(t))
		if err != nil {
			return nil, atField("order", err)
		}
		moved, credit = append(moved, t), credit+q.Credit
	}
	if credit != order.Credit {
		return nil, chepiao.Refuse(chepiao.QuoteChanged, "原车票已变更，请重新改签", "the old tickets have changed: please rebook anew").At("order")
	}
	return moved, nil
}

// mayReplace refuses when an order that was rebooked can no longer be issued.
func (o *Office) mayReplace(tx *store.Tx, order chepiao.Order) error {
	if order.Origin == 0 {
		return nil
	}
	tickets, err := tx.Tickets(order)
	if err != nil {
		return err
	}
	_, err = o.replaced(tx, order, tickets)
	return err
}
