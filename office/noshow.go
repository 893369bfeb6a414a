package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// noShow notes that a departure's coach did not come (脱班). Everybody may have
// the whole money back or travel with another one.
func (a *acting) noShow() error {
	a.undo(chepiao.ActRun, func(*chepiao.Act) {})
	return a.each(func(on *target) error {
		if err := on.standing(); err != nil {
			return err
		}
		_, last := a.office.spanOf(on.Run, on.was, on.stop)
		if no := on.d.Absent(on.Template, on.stop, last.In(a.office.Timetable().Zone), a.tx.Now, on.rules); no != nil {
			return no
		}
		ops := on.was.Clone()
		ops.Fault = chepiao.FaultNoShow
		on.d.Change(ops)
		on.d.State = chepiao.Missed
		a.touch(on.d)
		told, err := a.concern(on, chepiao.FaultNoShow)
		if err != nil {
			return err
		}
		return a.tell(chepiao.TellCancelled, told, chepiao.MessageFacts{Free: true, ReasonZH: a.act.Reason})
	})
}

// comes takes a no-show back: the coach came after all. What passengers were
// told of their money stands.
func (a *acting) comes() error {
	return a.each(func(on *target) error {
		if on.d.State != chepiao.Missed {
			return chepiao.Refuse(chepiao.WrongState, "该班次没有脱班，不能恢复", "the departure is no no-show").At("departures")
		}
		ops := on.was.Clone()
		ops.Fault = "" // each ticket of then keeps its own
		on.d.Change(ops)
		on.d.State = chepiao.Running
		a.touch(on.d)
		told, err := a.concern(on, chepiao.FaultNoShow)
		if err != nil {
			return err
		}
		return a.tell(chepiao.TellChanged, told, chepiao.MessageFacts{Free: true, ReasonZH: a.act.Reason})
	})
}

// concern gives everybody who is still to board a departure the right to a free
// refund.
func (a *acting) concern(on *target, fault chepiao.Fault) (told []chepiao.Ticket, err error) {
	riding, err := a.tx.Riding(on.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range riding {
		if !t.State.ToBoard() || t.Board < on.stop {
			continue
		}
		moved := t
		moved.Fault = a.fault(t.Fault, fault)
		if moved, err = a.affect(t, moved, a.journey(on.Run, on.was, t), a.journey(on.Run, on.d.Ops, t)); err != nil {
			return nil, err
		}
		told = append(told, moved)
	}
	return told, nil
}

// watchMax bounds the departures that one round of Watch looks after.
const watchMax = 100

// Watch looks after departures without being asked, and says how many it
// changed: reserved seats come back at their time, and where the rules say so a
// coach that has not reported by its time is a no-show.
func (o *Office) Watch(ctx context.Context, now time.Time) (changed int, err error) {
	yesterday := chepiao.DayOf(now.In(o.Timetable().Zone)) - 1
	for _, id := range o.store.Started(yesterday) {
		if changed >= watchMax {
			break
		}
		did, one := o.watch(ctx, now, id)
		if did {
			changed++
		}
		err = errors.Join(err, one)
	}
	return changed, err
}

func (o *Office) watch(ctx context.Context, now time.Time, id chepiao.DepartureID) (bool, error) {
	view := o.store.View(id)
	run, err := o.Timetable().Run(id)
	if view == nil || err != nil {
		return false, nil // no longer in the timetable: nobody travels with it
	}
	if view.Ops != nil {
		for _, r := range view.Ops.Reserved {
			if r.Due(now) {
				return true, o.releaseReserves(ctx, run)
			}
		}
	}
	first := 0
	for !run.Template.Stops[first].Board {
		first++
	}
	rules := o.RulesFor(now, run, first)
	_, last := o.spanOf(run, view.Ops, first)
	d := chepiao.Departure{ID: id, State: view.State, Left: view.Left, Ops: view.Ops}
	if !rules.NoShowAuto || d.State != chepiao.Running || d.Left > first || d.Absent(run.Template, first, last, now, rules) != nil {
		return false, nil
	}
	act := chepiao.Act{Kind: chepiao.ActNoShow, Departures: []chepiao.DepartureID{id}, Reason: "过发车时间未报班"}
	_, err = o.Commit(ctx, Verb{ID: fmt.Sprintf("no-show-%s-%d", id, view.Version), By: "watch"}, act, Unseen)
	if chepiao.AsRefusal(err) != nil {
		return false, nil // the coach came in this very moment
	}
	return err == nil, err
}

// releaseReserves gives back the reserved seats of a departure whose time has
// come.
func (o *Office) releaseReserves(ctx context.Context, run Run) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Departure(run.ID, run.Template)
		if err != nil {
			return err
		}
		_, err = o.reservesDue(tx, d)
		return err
	})
}

// reservesDue gives back the reserved seats of a departure whose time has come,
// and says how many. They are dead the moment it comes, whether or not Watch has
// been round.
func (o *Office) reservesDue(tx *store.Tx, d *chepiao.Departure) (int, error) {
	back := d.Unreserve(func(r chepiao.Reserve) bool { return r.Due(tx.Now) })
	if len(back) == 0 {
		return 0, nil
	}
	tx.Touch(d)
	if err := o.freed(tx, d); err != nil {
		return 0, err
	}
	e := chepiao.Event{Kind: chepiao.DepartureChanged, By: "watch", Departure: &d.ID, Detail: struct {
		Returned []chepiao.Reserve `json:"returned"`
	}{back}}
	return len(back), tx.Record("departure "+d.ID.String(), d.Version, e)
}
