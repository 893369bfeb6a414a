package office

import (
	"context"
	"strings"

	"chepiao"
	"chepiao/store"
)

// HeldBy is how many seats of departures from yesterday on a node holds, as far as it
// is known here.
func (o *Office) HeldBy(node chepiao.NodeNo) (held int) {
	for _, id := range o.store.Started(o.yesterday()) {
		if v := o.store.View(id); v != nil {
			held += v.Away.At(node)
		}
	}
	return held
}

func (o *Office) yesterday() chepiao.Day {
	return chepiao.DayOf(o.store.Now().In(o.Timetable().Zone)) - 1
}

// TakeBack makes the seats that a revoked node held the hub's again, for a reason that
// a person gives: never by itself, as the node may have sold some of them and not been
// able to tell, and whoever shows such a ticket stands before a seat that is sold
// again. Seats of tickets that are known stay as they are. again is the node's name,
// typed once more by who has read that. It returns how many seats came back.
// Refusals: Invalid without a reason or with another name, NotFound, WrongState for a
// node that is not revoked, or at a station.
func (o *Office) TakeBack(ctx context.Context, v Verb, node chepiao.NodeNo, reason, again string) (seats int, err error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return 0, chepiao.Refuse(chepiao.Invalid, "请填写收回座位的原因", "say why the seats are taken back").At("reason")
	}
	if err := o.revoked(ctx, node, strings.TrimSpace(again)); err != nil {
		return 0, err
	}
	for _, id := range o.store.Started(o.yesterday()) {
		view := o.store.View(id)
		if view == nil || view.Away.At(node) == 0 {
			continue
		}
		n, err := o.takeBackOf(ctx, v, node, id, reason)
		if seats += n; err != nil {
			return seats, err
		}
	}
	return seats, nil
}

func (o *Office) revoked(ctx context.Context, node chepiao.NodeNo, again string) error {
	if o.No() != chepiao.Hub {
		return onlyAtHub
	}
	return o.store.Read(ctx, func(r *store.Reader) error {
		nodes, err := r.Nodes()
		if err != nil {
			return err
		}
		for _, n := range nodes {
			switch {
			case n.No != node:
			case n.State != store.NodeRevoked:
				return chepiao.Refuse(chepiao.WrongState, "请先停用该节点，再收回座位", "revoke the node first, then take its seats back").At("node")
			case n.Name != again:
				return chepiao.Refuse(chepiao.Invalid, "请输入节点名称确认", "type the node's name to confirm").At("again")
			default:
				return nil
			}
		}
		return chepiao.Refuse(chepiao.NotFound, "没有该节点", "there is no such node").At("node")
	})
}

var onlyAtHub = chepiao.Refuse(chepiao.WrongState, "本节点是站级节点，请在省级平台操作", "this is a station's node: do it at the hub")

// atHub refuses with WrongState what only the hub decides, timetable and rules, at a
// station that has heard of its hub: it would be overwritten with the next snapshot.
func (o *Office) atHub() error {
	if o.No() != chepiao.Hub && o.Stations() != nil {
		return onlyAtHub
	}
	return nil
}

func (o *Office) takeBackOf(ctx context.Context, v Verb, node chepiao.NodeNo, id chepiao.DepartureID, reason string) (seats int, err error) {
	run, err := o.Timetable().Run(id)
	if chepiao.AsRefusal(err) != nil {
		return 0, nil // no longer in the timetable
	}
	if err != nil {
		return 0, err
	}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where, seats = v.Who, v.At.Station, 0
		d, err := tx.Departure(id, run.Template)
		if err != nil {
			return err
		}
		riding, err := tx.Riding(id)
		if err != nil {
			return err
		}
		hand := d.LeftBy(node, riding)
		if hand.Count() == 0 {
			return nil
		}
		if err := d.Accept(hand); err != nil {
			return err
		}
		seats = hand.Count()
		tx.Touch(d)
		e := chepiao.Event{Kind: chepiao.SeatsWereTaken, By: v.By, Reason: reason, Departure: &d.ID, Hand: &hand}
		if err := tx.Record("departure "+d.ID.String(), d.Version, e); err != nil {
			return err
		}
		return o.freed(tx, d)
	})
	if err != nil {
		return 0, err
	}
	return seats, nil
}
