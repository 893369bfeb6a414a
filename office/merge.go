package office

import (
	"fmt"
	"slices"

	"chepiao"
)

// merge has the passengers of a departure travel with another one (并班), each
// with a seat, or none of them. Neither may have left, and neither may have been
// merged before. All of it is decided in the transaction that does it, so a sale
// in that very moment is either counted or comes too late.
func (a *acting) merge() error {
	return a.carry(chepiao.Merged, func(on, into *target) error {
		if len(on.was.Clone().Carries) > 0 || len(into.was.Clone().Carries) > 0 {
			return chepiao.Refuse(chepiao.WrongState, "已并过班的班次不能再并班", "a departure is merged once").At("into")
		}
		return nil
	})
}

// stow puts the passengers of several departures on the coach of another one
// (配载): together they need no more seats than it has free. Who is stowed is not
// stowed again, and stows nobody.
func (a *acting) stow() error {
	return a.carry(chepiao.Stowed, func(on, _ *target) error {
		if len(on.was.Clone().Carries) > 0 {
			return chepiao.Refuse(chepiao.WrongState, "该班次已承载其他班次，不能再配载", "the departure carries others: it cannot be stowed").At("departures")
		}
		return nil
	})
}

// carry moves the passengers of each departure of the act to another one.
func (a *acting) carry(state chepiao.DepartureState, may func(on, into *target) error) error {
	if a.act.Into == 0 {
		return chepiao.Refuse(chepiao.Invalid, "请选择并入的班次", "choose the departure that carries them").At("into")
	}
	station := a.act.Station
	a.act.Station = "" // whole departures are carried
	defer func() { a.act.Station = station }()
	into, err := a.target(a.act.Into)
	if err != nil {
		return atField("into", err)
	}
	if err := atField("into", a.waiting(into)); err != nil {
		return err
	}
	return a.each(func(on *target) error {
		switch {
		case on.ID == into.ID:
			return chepiao.Refuse(chepiao.Invalid, "不能并入本班次", "a departure cannot carry itself").At("into")
		case into.ID.Day() < on.ID.Day():
			return chepiao.Refuse(chepiao.Invalid, "不能并入更早日期的班次", "not into a departure of an earlier day").At("into")
		}
		if err := a.waiting(on); err != nil {
			return err
		}
		if err := may(on, into); err != nil {
			return err
		}
		into.was = into.d.Ops // with those that the act has carried already
		return a.board(on, into, state)
	})
}

// waiting refuses with WrongState a departure that does not run or whose coach
// has left a stop, or should have.
func (a *acting) waiting(on *target) error {
	if err := on.standing(); err != nil {
		return err
	}
	_, last := a.office.spanOf(on.Run, on.was, on.stop)
	if on.d.Left > 0 || last.Before(a.tx.Now) {
		return chepiao.Refuse(chepiao.WrongState, "该班次已发车", "the coach has left").At("departures")
	}
	return nil
}

// board moves everybody who is to board a departure to another one.
func (a *acting) board(on, into *target, state chepiao.DepartureState) error {
	riding, err := a.tx.Riding(on.ID)
	if err != nil {
		return err
	}
	riding = slices.DeleteFunc(riding, func(t chepiao.Ticket) bool { return !t.State.ToBoard() })
	if len(riding) == 0 {
		return chepiao.Refuse(chepiao.WrongState, "该班次没有已售车票，请办理停班", "nobody has a ticket: stop the departure instead").At("departures")
	}
	tokens := make([]chepiao.PersonToken, len(riding))
	for i, t := range riding {
		tokens[i] = t.Person
	}
	if err := a.tx.Riders(into.d, tokens); err != nil {
		return err
	}
	_, twice := part(riding, func(t chepiao.Ticket) bool {
		_, has := into.d.Riders[t.Person]
		return t.Person.IsZero() || !has || !into.rules.OneDocument
	})
	ops := on.was.Clone()
	ops.Into, ops.Fault = into.ID, a.fault("", chepiao.FaultMerged)
	on.d.Change(ops)
	on.d.State = state
	a.touch(on.d)
	if err := a.strand(on, twice, a.fault("", chepiao.FaultMerged)); err != nil { // they have a ticket there already
		return err
	}
	if riding, err = a.tx.Riding(on.ID); err != nil {
		return err
	}
	moved, err := a.places(on, into, slices.DeleteFunc(riding, func(t chepiao.Ticket) bool { return !t.State.ToBoard() }))
	if err != nil {
		return err
	}
	carrier := into.d.Ops.Clone()
	carrier.Carries = append(carrier.Carries, on.ID)
	into.d.Change(carrier)
	a.touch(into.d)
	if err := a.transfer(on, into, moved); err != nil {
		return err
	}
	return a.office.dropped(a.tx, on.d)
}

// transferred is a ticket before and after it moved.
type transferred struct{ was, now chepiao.Ticket }

// places finds everybody a place on the other departure, families and groups
// together. Refusals: NotFound for a stop it does not serve, SoldOut, TooMany for
// free children.
func (a *acting) places(on, into *target, riding []chepiao.Ticket) (moved []transferred, err error) {
	travellers, err := a.travellers(riding)
	if err != nil {
		return nil, err
	}
	children := into.d.Children
	for i, t := range riding {
		board, alight, err := a.office.Timetable().Find(into.Run, t.From, t.To)
		if err != nil {
			return nil, atField("into", err)
		}
		travellers[i].Board, travellers[i].Alight = board, alight
		children += t.Children
	}
	if quota := into.rules.Quota(into.d.Seats.Places(), false); children > into.d.Children && children > quota {
		return nil, chepiao.Refuse(chepiao.TooMany, fmt.Sprintf("并入班次的免票儿童名额为 %d 名，不足", quota), fmt.Sprintf("the departure carries %d free children: they are too many", quota)).At("into").
			By("child_quota", into.rules, chepiao.Given("children", children), chepiao.Given("quota", quota))
	}
	plan := chepiao.Reseat(travellers, into.d.Seats.Clone(), a.office.plan(on.Run, on.was), a.office.plan(into.Run, into.was), into.rules)
	if n := len(plan.Left); n > 0 {
		return nil, chepiao.Refuse(chepiao.SoldOut, fmt.Sprintf("并入班次座位不足，还差 %d 个", n), fmt.Sprintf("the departure has %d seats too few", n)).At("into")
	}
	seats := map[chepiao.TicketID]int{}
	for _, s := range plan.Seats {
		seats[s.Ticket] = s.Now
	}
	for i, t := range riding {
		now := t
		if t.State == chepiao.TicketChecked { // for another gate and coach
			if now, err = t.Move(chepiao.MoveUncheck); err != nil {
				return nil, err
			}
		}
		now = now.Off(a.fault(t.Fault, chepiao.FaultMerged))
		now.Departure, now.Board, now.Alight, now.Seat, now.Gone = into.ID, travellers[i].Board, travellers[i].Alight, seats[t.ID], true
		moved = append(moved, transferred{t, now})
	}
	return moved, nil
}

// transfer writes the moves down and tells those who travel. What the other
// departure costs less goes back at once.
func (a *acting) transfer(on, into *target, moved []transferred) error {
	orders := map[chepiao.OrderID]bool{}
	for _, m := range moved {
		on.d.Free(m.was)
		into.d.Take([]chepiao.Ticket{m.now})
		if orders[m.now.Order] {
			continue
		}
		orders[m.now.Order] = true
		order, err := a.tx.Order(m.now.Order)
		if err != nil {
			return err
		}
		order.Departure = into.ID
		order.Version++
		if err := a.putOrder(order); err != nil {
			return err
		}
	}
	for _, m := range moved {
		now := m.now
		var err error
		if now.State != chepiao.TicketHeld && !now.Receipt.Out() {
			pinned := a.office.rulesOf(m.was)
			full := chepiao.Price(into.Line, into.Template, now.Board, now.Alight, chepiao.Full, pinned).Full
			if now, err = a.lower(now, full, pinned); err != nil {
				return err
			}
		}
		before, after := a.journey(on.Run, on.was, m.was), a.journey(into.Run, into.d.Ops, now)
		if now, err = a.affect(m.was, now, before, after); err != nil {
			return err
		}
		facts := chepiao.MessageFacts{WasDeparture: on.ID, WasSeat: m.was.Seat, Was: before.Departs, Departs: after.Departs, Gate: after.Gate, Berth: after.Berth, Free: true, ReasonZH: a.act.Reason}
		if err := a.tell(chepiao.TellChanged, []chepiao.Ticket{now}, facts); err != nil {
			return err
		}
	}
	return nil
}
