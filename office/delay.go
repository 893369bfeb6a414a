package office

import (
	"fmt"
	"slices"
	"time"

	"chepiao"
)

// delay has a coach leave later or earlier than planned. Whoever has a ticket
// may give it back without a fee from then on, also when the delay is taken
// back: what a passenger was told stands.
func (a *acting) delay() error {
	by := time.Duration(a.act.Minutes) * time.Minute
	if by > chepiao.DelayMax || by < -chepiao.DelayMax {
		hours := int(chepiao.DelayMax.Hours())
		return chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("最多调整 %d 小时", hours), fmt.Sprintf("at most %d hours", hours)).At("minutes")
	}
	var undo []int // minutes
	err := a.each(func(on *target) error {
		if err := a.office.operates(on.Template.Stops[on.stop].Station); err != nil {
			return err
		}
		if err := on.standing(); err != nil {
			return err
		}
		ops, err := on.Template.Delayed(on.was, on.stop, by, on.rules.DelayPasses)
		if err != nil {
			return err
		}
		_, before := a.office.spanOf(on.Run, on.was, on.stop)
		_, after := a.office.spanOf(on.Run, &ops, on.stop)
		switch {
		case after.Equal(before):
			return chepiao.Refuse(chepiao.Invalid, "发车时间没有变化", "that is when it leaves already").At("minutes")
		case after.Before(a.tx.Now):
			at := a.office.clock(after)
			return chepiao.Refuse(chepiao.Invalid, at+" 已经过了，请另选时间", at+" is over: choose another time").At("minutes")
		}
		undo = append(undo, int(on.was.Shift(on.stop)/time.Minute))
		on.d.Change(ops)
		a.touch(on.d)
		return a.retime(on)
	})
	if undo = slices.Compact(undo); len(undo) == 1 { // else they were not alike before
		a.undo(a.act.Kind, func(back *chepiao.Act) { back.Minutes = undo[0] })
	}
	return err
}

// retime tells everybody whose coach leaves at another time now.
func (a *acting) retime(on *target) error {
	riding, err := a.tx.Riding(on.ID)
	if err != nil {
		return err
	}
	for stop := on.stop; stop < on.Template.Legs(); stop++ {
		var told []chepiao.Ticket
		var was, now chepiao.Journey
		for _, t := range riding {
			before, after := a.journey(on.Run, on.was, t), a.journey(on.Run, on.d.Ops, t)
			if t.Board != stop || !t.State.ToBoard() || before.Departs.Equal(after.Departs) {
				continue
			}
			moved := t
			moved.Fault = a.fault(t.Fault, chepiao.FaultDelayed)
			if after.Departs.Before(before.Departs) {
				moved.Fault = a.fault(t.Fault, chepiao.FaultRetimed)
			}
			if moved, err = a.affect(t, moved, before, after); err != nil {
				return err
			}
			told, was, now = append(told, moved), before, after
		}
		facts := chepiao.MessageFacts{Departs: now.Departs, Was: was.Departs, Free: true, ReasonZH: a.act.Reason}
		if err := a.tell(chepiao.TellDelayed, told, facts); err != nil {
			return err
		}
	}
	return nil
}

// fault is why a ticket's refund is free after the act: the first fault stays.
func (a *acting) fault(had, own chepiao.Fault) chepiao.Fault {
	switch {
	case had != "":
		return had
	case a.act.Fault != "":
		return a.act.Fault
	}
	return own
}
