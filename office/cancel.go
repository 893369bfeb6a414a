package office

import (
	"slices"

	"chepiao"
)

// cancel stops a departure (停班), sold or not. Stopped at its first stop it does
// not run at all where the rule stop_passes says so; else nobody boards at the
// stop. Whoever has a ticket is told, and asked to choose: all the money back, or
// another departure. Nothing is chosen for anybody.
func (a *acting) cancel() error {
	whole := 0
	err := a.each(func(on *target) error {
		if err := on.standing(); err != nil {
			return err
		}
		ops := on.was.Clone()
		all := on.first() && on.rules.StopPasses
		if all {
			whole++
			ops.Fault = a.fault("", chepiao.FaultStopped)
			on.d.State = chepiao.Stopped
		} else {
			if !slices.Contains(ops.StopSale, on.stop) {
				ops.StopSale = append(ops.StopSale, on.stop)
				slices.Sort(ops.StopSale)
			}
			a.warn("stop_passes", on.rules, on.Template.Number+" 次仅本站停班，其他站照常", "only this stop of "+on.Template.Number+" is stopped, the others stand", chepiao.Given("stop", on.stop))
		}
		on.d.Change(ops)
		a.touch(on.d)
		riding, err := a.tx.Riding(on.ID)
		if err != nil {
			return err
		}
		concerned := slices.DeleteFunc(riding, func(t chepiao.Ticket) bool { return !t.State.ToBoard() || !all && t.Board != on.stop })
		if err := a.strand(on, concerned, a.fault("", chepiao.FaultStopped)); err != nil {
			return err
		}
		if all {
			return a.office.dropped(a.tx, on.d)
		}
		return a.office.freed(a.tx, on.d)
	})
	switch whole {
	case len(a.act.Departures):
		a.undo(chepiao.ActRun, func(*chepiao.Act) {})
	case 0:
		a.undo(chepiao.ActSell, func(*chepiao.Act) {})
	}
	return err
}

// first says that nobody boards the departure ahead of the act's stop.
func (on *target) first() bool {
	return !slices.ContainsFunc(on.Template.Stops[:on.stop], func(s chepiao.Stop) bool { return s.Board })
}

// strandedChoices are what a passenger may choose whose journey is gone.
var strandedChoices = []chepiao.Choice{chepiao.ChooseNext, chepiao.ChooseRefund}

// strand takes the journey of tickets away: paid ones are cancelled and their
// passengers asked to choose, unpaid orders end. An order that is being paid
// keeps its seats until its channel has answered: then the money goes back. A
// ticket under dispute stays as it is.
func (a *acting) strand(on *target, tickets []chepiao.Ticket, fault chepiao.Fault) error {
	var told []chepiao.Ticket
	for _, t := range tickets {
		was := a.journey(on.Run, on.was, t)
		switch t.State {
		case chepiao.TicketHeld:
			if err := a.endUnpaid(on, t); err != nil {
				return err
			}
		case chepiao.TicketSuspended:
			if _, err := a.affect(t, t, was, was); err != nil {
				return err
			}
		default:
			gone, err := a.strandOne(on, t, fault)
			if err != nil {
				return err
			}
			told = append(told, gone)
		}
	}
	for _, t := range told {
		facts := chepiao.MessageFacts{Free: true, Until: a.replyBy(), ReasonZH: a.act.Reason}
		if err := a.tell(chepiao.TellCancelled, []chepiao.Ticket{t}, facts); err != nil {
			return err
		}
	}
	return nil
}

// strandOne cancels one paid ticket and opens its case.
func (a *acting) strandOne(on *target, t chepiao.Ticket, fault chepiao.Fault) (chepiao.Ticket, error) {
	gone, err := t.Move(chepiao.MoveCancel)
	if err != nil {
		return t, err
	}
	gone = gone.Off(fault)
	because := chepiao.Explanation{Rule: "refund_fault_free", Version: on.rules.Version, Inputs: []chepiao.Input{chepiao.Given("fault", string(fault))},
		ZH: "班次停运：可全额退票或免费改乘", EN: "the departure does not run: all the money back, or another departure free of charge"}
	if err := a.openCase(&gone, t, strandedChoices, 0, because); err != nil {
		return t, err
	}
	on.d.Free(t)
	was := a.journey(on.Run, on.was, t)
	return a.affect(t, gone, was, was)
}

// endUnpaid ends the order of a held ticket, once for all its tickets. Seats that
// come free are offered to nobody before the act is done. An order that is being
// paid is left to its channel where the departure does not run; where it does,
// the act has to wait for the answer.
func (a *acting) endUnpaid(on *target, t chepiao.Ticket) error {
	was := a.journey(on.Run, on.was, t)
	order, err := a.tx.Order(t.Order)
	if err != nil {
		return err
	}
	switch {
	case order.State == chepiao.OrderReleased: // with another ticket of it
	case order.State == chepiao.OrderPaying && on.d.State != chepiao.Stopped:
		return chepiao.Refuse(chepiao.Busy, "有订单正在支付，请稍后再试", "an order is being paid right now: try again in a moment").At("departures")
	case order.State == chepiao.OrderHeld:
		if err := a.endOrder(on, order); err != nil {
			return err
		}
	}
	now, err := a.tx.Ticket(t.ID)
	if err != nil {
		return err
	}
	_, err = a.affect(now, now, was, was)
	return err
}

func (a *acting) endOrder(on *target, order chepiao.Order) error {
	order, err := order.Move(chepiao.OrderRelease)
	if err != nil {
		return err
	}
	tickets, err := moveTickets(a.tx, order, chepiao.MoveRelease)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		on.d.Free(t)
	}
	if err := a.tx.PutOrder(order); err != nil {
		return err
	}
	_, err = record(a.tx, &chepiao.Event{Kind: chepiao.OrderWasReleased, By: a.by, Reason: a.act.Reason, Order: &order, Tickets: tickets})
	return err
}

// again has a departure run after all that was stopped, or whose coach seemed
// not to come. Whoever has not chosen yet travels as before, if the seat is
// still there, and may still have the money back.
func (a *acting) again() error {
	for _, id := range a.act.Departures {
		if on, err := a.target(id); err == nil && on.d.State == chepiao.Stopped {
			return a.each(a.restore)
		}
	}
	return a.comes()
}

func (a *acting) restore(on *target) error {
	switch {
	case on.d.State != chepiao.Stopped:
		return chepiao.Refuse(chepiao.WrongState, "该班次没有停班，不能恢复", "the departure is not stopped").At("departures")
	case on.d.Left > 0:
		return chepiao.Refuse(chepiao.WrongState, "该班次已发车", "the coach has left").At("departures")
	}
	ops := on.was.Clone()
	ops.Fault = ""
	on.d.Change(ops)
	on.d.State = chepiao.Running
	a.touch(on.d)
	cases, err := a.tx.Standing(on.ID)
	if err != nil {
		return err
	}
	var told []chepiao.Ticket
	for _, c := range cases {
		t, err := a.tx.Ticket(c.Ticket)
		if err != nil {
			return err
		}
		if c.Act != chepiao.ActCancel || t.State != chepiao.TicketCancelled || !on.d.CanRetake([]chepiao.Ticket{t}, on.rules) {
			continue
		}
		back, err := t.Move(chepiao.MoveRestore)
		if err != nil {
			return err
		}
		on.d.Take([]chepiao.Ticket{back})
		was := a.journey(on.Run, on.was, t)
		if back, err = a.affect(t, back, was, was); err != nil {
			return err
		}
		c = c.Withdraw()
		if err := a.tx.PutCase(c); err != nil {
			return err
		}
		if err := recordCase(a.tx, c, a.by); err != nil {
			return err
		}
		told = append(told, back)
	}
	if err := a.tell(chepiao.TellChanged, told, chepiao.MessageFacts{Free: true, ReasonZH: a.act.Reason}); err != nil {
		return err
	}
	return a.office.freed(a.tx, on.d)
}
