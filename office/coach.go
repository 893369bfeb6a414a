package office

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chepiao"
	"chepiao/store"
)

// coach has another type of coach run (换车). Nobody's seat is cut silently:
// whoever is seated elsewhere is told the new number and why, whoever the coach
// cannot take is asked to choose, and so is whoever is parted from the company.
// A cheaper class gives its difference back at once, a dearer one costs nothing
// more. A coach that had reported has to report anew.
func (a *acting) coach() error {
	v, err := a.office.Timetable().Coach(a.act.Coach)
	if err != nil {
		return err
	}
	var undo []string
	err = a.each(func(on *target) error {
		if err := on.standing(); err != nil {
			return err
		}
		was := a.office.coachOf(on.Run, on.was)
		switch {
		case on.Template.Kind == chepiao.Flow:
			return chepiao.Refuse(chepiao.Invalid, "流水班的车辆在报班时登记", "each coach of a flow departure is named when it reports").At("departures")
		case on.d.Left > 0:
			return chepiao.Refuse(chepiao.WrongState, "该班次已从始发站发车", "the coach has left its first station").At("departures")
		case was != nil && was.Code == v.Code:
			return chepiao.Refuse(chepiao.Invalid, "车型没有变化", "that is its type of coach already").At("coach")
		}
		if was == nil {
			was = &chepiao.VehicleType{}
		}
		undo = append(undo, was.Code)
		return a.reseat(on, was, v)
	})
	if undo = slices.Compact(undo); len(undo) == 1 && undo[0] != "" {
		a.undo(a.act.Kind, func(back *chepiao.Act) { back.Coach = undo[0] })
	}
	return err
}

// Coach finds a type of coach by its code; "coach-33" is a plain one with so many
// seats, whether or not some departure is planned with it. Refusal NotFound.
func (t *Timetable) Coach(code string) (*chepiao.VehicleType, error) {
	if v := t.vehicles[code]; v != nil {
		return v, nil
	}
	seats := 0
	if n, err := fmt.Sscanf(code, "coach-%d", &seats); err == nil && n == 1 && seats >= 1 && seats <= chepiao.SeatsMax && code == fmt.Sprintf("coach-%d", seats) {
		return &chepiao.VehicleType{Code: code, Name: fmt.Sprintf("%d座客车 · %d-seat coach", seats, seats), Seats: seats}, nil
	}
	return nil, chepiao.Refuse(chepiao.NotFound, "没有这种车型", "there is no such type of coach").At("coach")
}

// coachOf is the type of coach that runs; nil when the timetable names none.
func (o *Office) coachOf(run Run, ops *chepiao.Ops) *chepiao.VehicleType {
	if ops != nil && ops.Coach != "" {
		if v, err := o.Timetable().Coach(ops.Coach); err == nil {
			return v
		}
	}
	return run.Vehicle
}

// plan is where the seats stand in the coach that runs.
func (o *Office) plan(run Run, ops *chepiao.Ops) chepiao.SeatPlan {
	if ops != nil && ops.Coach != "" {
		if v, err := o.Timetable().Coach(ops.Coach); err == nil {
			return v.Plan()
		}
	}
	return run.Plan
}

// reseat puts everybody into the other coach, as far as it has seats.
func (a *acting) reseat(on *target, was, v *chepiao.VehicleType) error {
	if no := a.office.seatsAway(on.d.Away); no != nil {
		return no
	}
	ops, coach, err := a.otherCoach(on, v)
	if err != nil {
		return err
	}
	plan, riding, err := a.proposal(on, coach, v)
	if err != nil {
		return err
	}
	a.impact.Warnings = append(a.impact.Warnings, plan.Because)
	byID := map[chepiao.TicketID]chepiao.Ticket{}
	for _, t := range riding {
		on.d.Free(t)
		byID[t.ID] = t
	}
	on.d.Seats = coach
	on.d.Change(ops)
	a.touch(on.d)
	if err := a.seated(on, plan, byID, was, v); err != nil {
		return err
	}
	if err := a.leftOver(on, plan, byID); err != nil {
		return err
	}
	return a.office.freed(a.tx, on.d)
}

// seatsAway refuses to change the coach of a departure whose seats other nodes hold, and
// says who holds how many: each may be selling one at this moment. nil: nobody does.
func (o *Office) seatsAway(away *chepiao.Away) *chepiao.Refusal {
	if away.Count() == 0 {
		return nil
	}
	held := map[chepiao.NodeNo]string{chepiao.Hub: "省级平台"}
	english := map[chepiao.NodeNo]string{chepiao.Hub: "the hub"}
	for station, node := range o.Stations() {
		if s := o.Timetable().Station(station); s != nil {
			held[node], english[node] = s.Name, cmp.Or(s.English, s.Name)
		}
	}
	nodes := slices.Collect(maps.Keys(away.Places))
	for _, node := range away.Seats {
		nodes = append(nodes, node)
	}
	slices.Sort(nodes)
	var zh, en []string
	for _, node := range slices.Compact(nodes) {
		zh = append(zh, fmt.Sprintf("%s %d 个", cmp.Or(held[node], fmt.Sprintf("节点 %d", node)), away.At(node)))
		en = append(en, fmt.Sprintf("%s %d", cmp.Or(english[node], fmt.Sprintf("node %d", node)), away.At(node)))
	}
	return chepiao.Refuse(chepiao.WrongState,
		"部分座位由其他节点持有（"+strings.Join(zh, "，")+"），须交回后才能换车；断网的车站请先恢复联网，也可加开班次",
		"other nodes hold seats of it ("+strings.Join(en, ", ")+"): they have to give them back before another coach is sent, a station that is cut off when it is joined again. An extra departure needs no seats of theirs").At("departures")
}

// proposal says who sits where. An unpaid order that the coach has no room for
// ends; the others have been heard before it, so that changes nothing for them.
func (a *acting) proposal(on *target, coach chepiao.SeatMap, v *chepiao.VehicleType) (plan chepiao.Reseating, riding []chepiao.Ticket, err error) {
	for {
		if riding, err = a.tx.Riding(on.ID); err != nil {
			return plan, nil, err
		}
		travellers, err := a.travellers(riding)
		if err != nil {
			return plan, nil, err
		}
		plan = chepiao.Reseat(travellers, coach.Clone(), a.office.plan(on.Run, on.was), v.Plan(), on.rules)
		again := false
		for _, l := range plan.Left {
			t, err := a.tx.Ticket(l.Ticket)
			if err != nil {
				return plan, nil, err
			}
			switch t.State {
			case chepiao.TicketHeld:
				if err := a.endUnpaid(on, t); err != nil {
					return plan, nil, err
				}
				again = true
			case chepiao.TicketSuspended:
				return plan, nil, chepiao.Refuse(chepiao.WrongState, "有暂停使用的车票无法安排座位，请先处理", "a suspended ticket has no seat on that coach: settle the dispute first").At("coach")
			}
		}
		if !again {
			return plan, riding, nil
		}
	}
}

// travellers are the riders of a departure as the re-seating sees them.
func (a *acting) travellers(riding []chepiao.Ticket) ([]chepiao.Traveller, error) {
	list := make([]chepiao.Traveller, len(riding))
	for i, t := range riding {
		order, err := a.tx.Order(t.Order)
		if err != nil {
			return nil, err
		}
		age, known := a.ages[t.ID]
		if !known {
			age = -1
		}
		list[i] = chepiao.Traveller{
			Ticket: t.ID, Order: t.Order, Board: t.Board, Alight: t.Alight, Seat: t.Seat, Kind: t.Kind, Age: age,
			Needs: t.Kind == chepiao.Disabled || t.Proof == chepiao.ProofDisabled || t.State == chepiao.TicketSuspended, Child: t.Kind == chepiao.Half || t.Guardian != 0, Guardian: t.Guardian,
			Bought: order.Created, Checked: t.State == chepiao.TicketChecked, Held: t.State == chepiao.TicketHeld,
		}
	}
	return list, nil
}

// otherCoach is the empty coach with the seats that stay reserved. Seats that it
// does not have are reserved no longer, and a coach that had reported is gone.
func (a *acting) otherCoach(on *target, v *chepiao.VehicleType) (chepiao.Ops, chepiao.SeatMap, error) {
	ops, coach := on.was.Clone(), chepiao.NewSeats(v.Seats, on.Template.Legs())
	ops.Coach, ops.Reserved, ops.Reports = v.Code, nil, nil
	lost := 0
	if on.was == nil {
		return ops, coach, nil
	}
	for _, r := range on.was.Reserved {
		switch {
		case r.Reason == chepiao.NoSuchSeat:
		case r.Seat > v.Seats:
			lost++
		default:
			coach.Take(r.From, r.To, []int{r.Seat})
			ops.Reserved = append(ops.Reserved, r)
		}
	}
	if lost > 0 {
		a.warn("seats_cut", on.rules, fmt.Sprintf("%d 个留座在新车上没有，已取消", lost), fmt.Sprintf("%d reserved seats are not on the new coach", lost), chepiao.Given("seats", v.Seats))
	}
	var drivers []string // each once, though a coach reports at several stops
	for _, r := range on.was.Reports {
		drivers = append(drivers, r.Drivers...)
	}
	slices.Sort(drivers)
	return ops, coach, a.office.dismiss(a.tx, chepiao.Report{Drivers: slices.Compact(drivers)}, on.ID)
}

// seated gives the riders their seats in the other coach.
func (a *acting) seated(on *target, plan chepiao.Reseating, byID map[chepiao.TicketID]chepiao.Ticket, was, v *chepiao.VehicleType) error {
	for _, s := range plan.Seats {
		t := byID[s.Ticket]
		now := t
		now.Seat, now.Fault = s.Now, a.fault(t.Fault, chepiao.FaultCoach)
		if len(s.Choices) > 0 && t.State != chepiao.TicketHeld {
			if err := a.openCase(&now, t, s.Choices, 0, s.Because); err != nil {
				return err
			}
		}
		now, err := a.cheaper(now, was, v)
		if err != nil {
			return err
		}
		on.d.Take([]chepiao.Ticket{now})
		before, after := a.journey(on.Run, on.was, t), a.journey(on.Run, on.d.Ops, now)
		if now, err = a.affect(t, now, before, after); err != nil {
			return err
		}
		facts := chepiao.MessageFacts{Free: true, ReasonZH: a.act.Reason}
		if s.Now != t.Seat {
			facts.WasSeat, facts.ReasonZH, facts.ReasonEN = t.Seat, s.Because.ZH, s.Because.EN
		}
		if len(s.Choices) > 0 {
			facts.Until = a.replyBy()
		}
		if s.Now != t.Seat || len(s.Choices) > 0 {
			if err := a.tell(chepiao.TellChanged, []chepiao.Ticket{now}, facts); err != nil {
				return err
			}
		}
	}
	return nil
}

// leftOver asks those to choose whom the other coach cannot take.
func (a *acting) leftOver(on *target, plan chepiao.Reseating, byID map[chepiao.TicketID]chepiao.Ticket) error {
	for i, l := range plan.Left {
		t := byID[l.Ticket]
		was := a.journey(on.Run, on.was, t)
		gone, err := t.Move(chepiao.MoveCancel)
		if err != nil {
			return err
		}
		gone = gone.Off(a.fault("", chepiao.FaultCoach))
		if err := a.openCase(&gone, t, l.Choices, i+1, l.Because); err != nil {
			return err
		}
		if gone, err = a.affect(t, gone, was, was); err != nil {
			return err
		}
		facts := chepiao.MessageFacts{Free: true, Until: a.replyBy(), ReasonZH: l.Because.ZH, ReasonEN: l.Because.EN}
		if err := a.tell(chepiao.TellCancelled, []chepiao.Ticket{gone}, facts); err != nil {
			return err
		}
	}
	return nil
}

// agesFor reads how old the riders of a coach change are, ahead of the
// transaction: the elderly keep their seats first.
func (o *Office) agesFor(ctx context.Context, act chepiao.Act) (ages map[chepiao.TicketID]int, err error) {
	ages = map[chepiao.TicketID]int{}
	if act.Kind != chepiao.ActCoach && act.Kind != chepiao.ActMerge && act.Kind != chepiao.ActStow {
		return ages, nil
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for _, id := range act.Departures[:min(len(act.Departures), chepiao.ActDeparturesMax)] {
			tickets, err := r.Manifest(id, 0, ridersCounted)
			if err != nil {
				return err
			}
			for _, t := range tickets {
				sealed, ok, err := r.Person(t.ID)
				if err != nil {
					return err
				}
				if !ok || !t.State.Live() {
					continue
				}
				p, err := o.secret.open(sealed, t.Person)
				if err != nil {
					continue
				}
				if years, known := p.Document.Age(id.Day()); known {
					ages[t.ID] = years
				}
			}
		}
		return nil
	})
	return ages, err
}

// cheaper gives back what a coach of a cheaper class is worth less; a dearer one
// costs nothing more. An unpaid ticket keeps its price: its buyer has seen it.
func (a *acting) cheaper(t chepiao.Ticket, was, v *chepiao.VehicleType) (chepiao.Ticket, error) {
	if t.State == chepiao.TicketHeld || t.Receipt.Out() || v.FareShare() >= was.FareShare() {
		return t, nil
	}
	r := a.office.rulesOf(t)
	return a.lower(t, t.Full.Share(v.FareShare()*10_000/was.FareShare(), r.FareRounding), r)
}

// lower gives back what a ticket costs more than the same journey at another
// full fare.
func (a *acting) lower(t chepiao.Ticket, full chepiao.Money, r *chepiao.Rules) (chepiao.Ticket, error) {
	back := chepiao.Difference(t, full, r)
	if back <= 0 {
		return t, nil
	}
	t.Full, t.Price, t.Lowered = full, t.Price-back, t.Lowered+back
	a.impact.Difference += back
	order, err := a.tx.Order(t.Order)
	if err != nil {
		return t, err
	}
	order.Total -= back
	order.Version++
	if err := a.tx.PutOrder(order); err != nil {
		return t, err
	}
	payback, err := a.office.sendBack(a.tx, Verb{By: a.by}, order, back)
	if err != nil {
		return t, err
	}
	_, err = record(a.tx, &chepiao.Event{Kind: chepiao.PaybackBegan, By: a.by, Reason: a.act.Reason, Order: &order, Payback: payback})
	return t, err
}
