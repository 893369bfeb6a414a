package office

import (
	"context"
	"slices"

	"chepiao"
	"chepiao/store"
)

// GiveSeats hands seats of a departure, or places of a flow departure, over to
// another node: up to n of those that nobody has bought on any leg. They are gone
// from here when it returns. Refusals: NotFound, Invalid, SoldOut when none can be
// spared.
func (o *Office) GiveSeats(ctx context.Context, v Verb, id chepiao.DepartureID, to chepiao.NodeNo, n int) (chepiao.HandOver, error) {
	run, err := o.Timetable().Run(id)
	if err != nil {
		return chepiao.HandOver{}, err
	}
	e, err := o.once(ctx, v, []any{"give seats", id, to, n}, func(tx *store.Tx) (*chepiao.Event, error) {
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return nil, err
		}
		return o.give(tx, d, to, n, v.By)
	})
	if err != nil {
		return chepiao.HandOver{}, err
	}
	return *e.Hand, nil
}

func (o *Office) give(tx *store.Tx, d *chepiao.Departure, to chepiao.NodeNo, n int, by string) (*chepiao.Event, error) {
	hand, err := d.Give(to, n, o.RulesAt(tx.Now, chepiao.Where{}))
	if err != nil {
		return nil, err
	}
	tx.Touch(d)
	e := &chepiao.Event{Kind: chepiao.SeatsWereGiven, By: by, Departure: &d.ID, Hand: &hand}
	return e, tx.Record("departure "+d.ID.String(), d.Version, *e)
}

// giveIn gives what can be given; nothing is no error.
func (o *Office) giveIn(tx *store.Tx, d *chepiao.Departure, to chepiao.NodeNo, n int, by string) error {
	if n < 1 {
		return nil
	}
	_, err := o.give(tx, d, to, n, by)
	if chepiao.AsRefusal(err) != nil {
		return nil
	}
	return err
}

// sparing is how many seats this node gives away at once when it is asked: all but
// every fifth of those that nobody has bought, rounded up, so that two nodes that ask
// each other in turn do not leave one of them empty.
func (o *Office) sparing(d *chepiao.Departure) int { return d.Spare() * 4 / 5 }

// AskSeats asks another node for seats of a departure. Nothing moves here: what it
// can spare comes when it has heard. Refusals: NotFound, Invalid.
func (o *Office) AskSeats(ctx context.Context, v Verb, id chepiao.DepartureID, of chepiao.NodeNo, n int) error {
	run, err := o.Timetable().Run(id)
	if err != nil {
		return err
	}
	if n < 1 || of < chepiao.Hub || of == o.No() {
		return chepiao.Refuse(chepiao.Invalid, "请填写要申请的座位数和持有节点", "say how many seats which other node should give").At("seats")
	}
	_, err = o.once(ctx, v, []any{"ask seats", id, of, n}, func(tx *store.Tx) (*chepiao.Event, error) {
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return nil, err
		}
		tx.Touch(d)
		e := &chepiao.Event{Kind: chepiao.SeatsWereAsked, By: v.By, Departure: &d.ID, Hand: &chepiao.HandOver{From: of, To: o.No(), Departure: id, Wanted: n}}
		return e, tx.Record("departure "+d.ID.String(), d.Version, *e)
	})
	return err
}

// GiveOrder hands an order with all its tickets over to another node, which alone
// may refund, rebook, void or check them from then on. Orders that were rebooked
// from it or to it go along: their money is one. What was paid stays with the node
// that took it. Refusals: NotFound, Invalid, NotOwner, WrongState for orders that are
// not paid.
func (o *Office) GiveOrder(ctx context.Context, v Verb, id chepiao.OrderID, to chepiao.NodeNo) error {
	if to < chepiao.Hub || to == o.No() {
		return chepiao.Refuse(chepiao.Invalid, "请选择另一个节点", "choose another node").At("node")
	}
	_, err := o.once(o.store.With(ctx, store.Needs{Order: id}), v, []any{"give order", id, to}, func(tx *store.Tx) (e *chepiao.Event, err error) {
		family, err := familyOf(tx, id)
		if err != nil {
			return nil, err
		}
		for _, order := range family {
			if e, err = o.giveOrder(tx, v, order, to); err != nil {
				return nil, err
			}
		}
		return e, nil
	})
	return err
}

// familyOf are the orders that were rebooked from each other, the first one first.
func familyOf(tx *store.Tx, id chepiao.OrderID) (family []chepiao.Order, err error) {
	for range familyMax {
		order, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if order.Origin == 0 {
			break
		}
		id = order.Origin
	}
	ids := []chepiao.OrderID{id}
	for i := 0; i < len(ids) && i < familyMax; i++ {
		order, err := tx.Order(ids[i])
		if err != nil {
			return nil, err
		}
		family = append(family, order)
		tickets, err := tx.Tickets(order)
		if err != nil {
			return nil, err
		}
		for _, t := range tickets {
			if t.ReplacedBy == 0 {
				continue
			}
			next, err := tx.Ticket(t.ReplacedBy)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(ids, next.Order) {
				ids = append(ids, next.Order)
			}
		}
	}
	return family, nil
}

func (o *Office) giveOrder(tx *store.Tx, v Verb, order chepiao.Order, to chepiao.NodeNo) (*chepiao.Event, error) {
	if order.Payment == 0 && order.Origin == 0 || order.State == chepiao.OrderPaying || order.State == chepiao.OrderHeld {
		return nil, chepiao.Refuse(chepiao.WrongState, "只有已出票的订单可以移交", "only a paid order can be handed over").At("order")
	}
	tickets, err := tx.Tickets(order)
	if err != nil {
		return nil, err
	}
	for i := range tickets {
		tickets[i].At = to
		tickets[i].Version++
		if err := tx.PutTicket(tickets[i]); err != nil {
			return nil, err
		}
	}
	order.At = to
	order.Version++
	if err := tx.PutOrder(order); err != nil {
		return nil, err
	}
	hand := chepiao.HandOver{From: o.No(), To: to, Departure: order.Departure}
	if hand.Payments, hand.Paybacks, err = tx.MoneyOf(order.ID); err != nil {
		return nil, err
	}
	return record(tx, &chepiao.Event{Kind: chepiao.OrderWasGiven, By: v.By, Order: &order, Tickets: tickets, Hand: &hand})
}

// ownerOf is the node that owns an order; none for one that is not known here.
func ownerOf(tx *store.Tx, id chepiao.OrderID) []chepiao.NodeNo {
	order, err := tx.Order(id)
	if err != nil {
		return nil
	}
	return []chepiao.NodeNo{order.Owner()}
}
