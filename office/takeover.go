package office

import (
	"context"
	"strings"

	"chepiao"
	"chepiao/store"
)

// OwnedBy is how many paid orders a node owns, as far as it is known here, at most most.
func (o *Office) OwnedBy(ctx context.Context, node chepiao.NodeNo, most int) (n int, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err := r.OwnedBy(node, 0, most)
		for _, one := range list {
			if movable(one) {
				n++
			}
		}
		return err
	})
	return n, err
}

// movable says that an order has tickets that somebody has paid: what was only held at a
// node that is gone can be paid by nobody.
func movable(o chepiao.Order) bool {
	return (o.Payment != 0 || o.Origin != 0) && o.State != chepiao.OrderPaying && o.State != chepiao.OrderHeld
}

// TakeOver makes the orders that a revoked node owned the hub's, for a reason that a
// person gives and with the node's name typed again: the hub refunds, rebooks and checks
// them from then on, as they were when that node was last heard. What it did to them
// since is not known: a passenger may have boarded. Its entries are refused from now on,
// and listed when it brings some. It returns how many orders came. Refusals: Invalid
// without a reason or with another name, NotFound, WrongState for a node that is not
// revoked, or at a station.
func (o *Office) TakeOver(ctx context.Context, v Verb, node chepiao.NodeNo, reason, again string) (orders int, err error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return 0, chepiao.Refuse(chepiao.Invalid, "请填写接管车票的原因", "say why the tickets are taken over").At("reason")
	}
	if err := o.revoked(ctx, node, strings.TrimSpace(again)); err != nil {
		return 0, err
	}
	for after := chepiao.OrderID(0); ; {
		var page []chepiao.Order
		err := o.store.Read(ctx, func(r *store.Reader) (err error) {
			page, err = r.OwnedBy(node, after, takeOverAtOnce)
			return err
		})
		if err != nil {
			return orders, err
		}
		for _, one := range page {
			after = one.ID
			if !movable(one) {
				continue
			}
			came, err := o.takeOver(ctx, v, node, one.ID, reason)
			if err != nil {
				return orders, err
			}
			if came {
				orders++
			}
		}
		if len(page) < takeOverAtOnce {
			return orders, nil
		}
	}
}

const takeOverAtOnce = 200

func (o *Office) takeOver(ctx context.Context, v Verb, node chepiao.NodeNo, id chepiao.OrderID, reason string) (came bool, err error) {
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where, came = v.Who, v.At.Station, false
		tx.Repeat() // its owner cannot: that is what the person has decided
		order, err := tx.Order(id)
		if err != nil || order.Owner() != node || !movable(order) {
			return err
		}
		tickets, err := tx.Tickets(order)
		if err != nil {
			return err
		}
		for i := range tickets {
			tickets[i].At = chepiao.Hub
			tickets[i].Version++
			if err := tx.PutTicket(tickets[i]); err != nil {
				return err
			}
		}
		order.At = chepiao.Hub
		order.Version++
		if err := tx.PutOrder(order); err != nil {
			return err
		}
		came = true
		if err := askAgain(tx, id); err != nil {
			return err
		}
		hand := chepiao.HandOver{From: node, To: chepiao.Hub, Departure: order.Departure}
		return tx.Record("order "+id.String(), order.Version, chepiao.Event{Kind: chepiao.OrderWasTakenOver, By: v.By, Reason: reason, Order: &order, Tickets: tickets, Hand: &hand})
	})
	return came && err == nil, err
}

// askAgain ends what waits for the answer of a node that will never give one.
func askAgain(tx *store.Tx, id chepiao.OrderID) error {
	asked, err := tx.StaffReader().Asked(id)
	if err != nil {
		return err
	}
	for _, a := range asked {
		if a.State != chepiao.AskedWaiting {
			continue
		}
		a.State = chepiao.AskedRefused
		a.Why = chepiao.Refuse(chepiao.WrongState, "该订单已由省级平台接管，请重新办理", "the hub has taken this order over: please ask again").At("order")
		if err := tx.PutAsked(a); err != nil {
			return err
		}
		if err := tx.Record("asked "+a.ID.String(), 2, chepiao.Event{Kind: chepiao.OwnerHasAnswered, By: relayed, Asked: &a, Tell: []chepiao.NodeNo{a.From()}}); err != nil {
			return err
		}
	}
	return nil
}

// Refused lists what a revoked node brings and this node has not heard: none of it is
// taken in, and a person looks at it.
func (o *Office) Refused(ctx context.Context, node chepiao.NodeNo, parcels []chepiao.Parcel) error {
	received, err := o.Received(ctx, node)
	if err != nil {
		return err
	}
	var words []chepiao.RefusedWord
	for _, p := range parcels {
		if p.N > received[p.Lane] && chepiao.NodeOfLane(p.Lane) == node && len(words) < chepiao.RefusedMost {
			words = append(words, chepiao.RefusedWord{Lane: p.Lane, N: p.N, At: p.At, Kind: p.Kind, Aggregate: p.Aggregate})
		}
	}
	if len(words) == 0 {
		return nil
	}
	return o.store.Write(ctx, func(tx *store.Tx) error {
		c := chepiao.Conflict{Kind: chepiao.ConflictRevoked, Node: node, Refused: words}
		was, known, err := tx.StaffReader().ConflictNamed(c.What())
		if err != nil || !known {
			if err == nil {
				err = o.openConflict(tx, c)
			}
			return err
		}
		more, grew := was.Bring(words)
		if !grew {
			return nil
		}
		return o.putConflict(tx, more, chepiao.ConflictWasFound, relayed)
	})
}
