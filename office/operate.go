package office

import (
	"fmt"
	"slices"

	"chepiao"
)

// gate has passengers board at another gate or berth. They are told.
func (a *acting) gate() error {
	var undo []chepiao.Act
	err := a.each(func(on *target) error {
		gate, berth := a.act.Gate, a.act.Berth
		if len(a.act.Gates) > 0 {
			gate = a.act.Gates[slices.Index(a.act.Departures, on.ID)]
		}
		if gate == "" && berth == "" || len(gate) > deviceMax || len(berth) > deviceMax {
			return chepiao.Refuse(chepiao.Invalid, "请填写检票口或发车位", "name a gate or a berth").At("gate")
		}
		if err := a.office.operates(on.Template.Stops[on.stop].Station); err != nil {
			return err
		}
		if err := on.standing(); err != nil {
			return err
		}
		was, at := on.was.Gate(on.stop, on.Template.Gate)
		ops := on.was.Clone()
		ops.SetGate(on.stop, gate, berth)
		on.d.Change(ops)
		if now, stand := ops.Gate(on.stop, on.Template.Gate); now == was && stand == at {
			return chepiao.Refuse(chepiao.Invalid, "检票口没有变化", "that is its gate already").At("gate")
		}
		undo = append(undo, chepiao.Act{Gate: was, Berth: at})
		a.touch(on.d)
		return a.boardElsewhere(on)
	})
	if err != nil {
		return err
	}
	a.undoGates(undo)
	return a.warnOfClashes()
}

// boardElsewhere tells everybody who boards at the act's stop where that is now.
func (a *acting) boardElsewhere(on *target) error {
	riding, err := a.tx.Riding(on.ID)
	if err != nil {
		return err
	}
	var told []chepiao.Ticket
	for _, t := range riding {
		if t.Board != on.stop || !t.State.ToBoard() {
			continue
		}
		if _, err := a.affect(t, t, a.journey(on.Run, on.was, t), a.journey(on.Run, on.d.Ops, t)); err != nil {
			return err
		}
		told = append(told, t)
	}
	gate, berth := on.d.Ops.Gate(on.stop, plannedGate(on.Run, on.stop))
	return a.tell(chepiao.TellBoarding, told, chepiao.MessageFacts{Gate: gate, Berth: berth})
}

// undoGates says how the gates are put back, where one act can do that.
func (a *acting) undoGates(was []chepiao.Act) {
	var gates []string
	for _, w := range was {
		gates = append(gates, w.Gate)
	}
	alike := slices.CompactFunc(slices.Clone(was), func(x, y chepiao.Act) bool { return x.Gate == y.Gate && x.Berth == y.Berth })
	switch {
	case len(alike) == 1 && (alike[0].Gate != "" || alike[0].Berth != ""):
		a.undo(a.act.Kind, func(back *chepiao.Act) { back.Gate, back.Berth = alike[0].Gate, alike[0].Berth })
	case len(a.act.Gates) > 0 && !slices.Contains(gates, ""):
		a.undo(a.act.Kind, func(back *chepiao.Act) { back.Gates = gates })
	}
}

// warnOfClashes says which of the act's departures board at their gate together with
// another one.
func (a *acting) warnOfClashes() error {
	var uses []chepiao.GateUse
	var rules *chepiao.Rules
	for _, id := range a.act.Departures {
		on, err := a.target(id)
		if err != nil {
			return err
		}
		rules = on.rules
		station := on.Template.Stops[on.stop].Station
		first, last := a.office.spanOf(on.Run, on.d.Ops, on.stop)
		gate, _ := on.d.Ops.Gate(on.stop, plannedGate(on.Run, on.stop))
		own := chepiao.UseOf(id, on.Template.Number, gate, first, last, on.rules)
		uses = append(uses, own)
		t := a.office.Timetable()
		for _, b := range t.leaving(own.From.Add(-chepiao.DelayMax), chepiao.DayOf(own.Until.Add(chepiao.DelayMax).In(t.Zone)), station) {
			if slices.Contains(a.act.Departures, b.ID) || slices.ContainsFunc(uses, func(u chepiao.GateUse) bool { return u.Departure == b.ID }) || b.Departs.After(own.Until.Add(chepiao.DelayMax)) {
				continue
			}
			if s := a.office.stands(a.tx.Now, b); s.State == chepiao.Running && s.Phase != chepiao.Dispatched {
				uses = append(uses, chepiao.UseOf(b.ID, s.Template.Number, s.Gate, s.Departs, s.Last, a.office.RulesFor(a.tx.Now, b.Run, b.Stop)))
			}
		}
	}
	for _, c := range chepiao.GateClashes(uses) {
		if !slices.Contains(a.act.Departures, c.First.Departure) && !slices.Contains(a.act.Departures, c.Second.Departure) {
			continue
		}
		from := a.office.clock(c.Second.From)
		a.warn("check_opens", rules, c.First.Gate+" 号检票口："+c.First.Number+" 与 "+c.Second.Number+" 从 "+from+" 起同时检票", "gate "+c.First.Gate+": "+c.First.Number+" and "+c.Second.Number+" board at once from "+from, chepiao.Given("gate", c.First.Gate))
	}
	return nil
}

// stopSale ends the sale at a stop (站点停售); what is sold stays. Where the rule
// stop_sale_passes says so, no later stop sells either once the first does not.
func (a *acting) stopSale() error {
	a.undo(chepiao.ActSell, func(*chepiao.Act) {})
	return a.each(func(on *target) error {
		if err := on.standing(); err != nil {
			return err
		}
		ops := on.was.Clone()
		if slices.Contains(ops.StopSale, on.stop) {
			return chepiao.Refuse(chepiao.Invalid, "本站已停售", "its sale here is stopped already").At("departures")
		}
		ops.StopSale = append(ops.StopSale, on.stop)
		slices.Sort(ops.StopSale)
		if on.stop == 0 && on.rules.StopSalePasses && on.Template.Legs() > 1 {
			a.warn("stop_sale_passes", on.rules, on.Template.Number+" 次始发站停售，沿途各站同时停售", "the later stops of "+on.Template.Number+" stop selling, too",
				chepiao.Given("departure", on.ID))
		}
		on.d.Change(ops)
		a.touch(on.d)
		return nil
	})
}

// sell takes a stopped sale up again.
func (a *acting) sell() error {
	a.undo(chepiao.ActStopSale, func(*chepiao.Act) {})
	return a.each(func(on *target) error {
		if err := on.standing(); err != nil {
			return err
		}
		ops := on.was.Clone()
		at := slices.Index(ops.StopSale, on.stop)
		if at < 0 {
			return chepiao.Refuse(chepiao.Invalid, "本站没有停售", "its sale here is not stopped").At("departures")
		}
		ops.StopSale = slices.Delete(ops.StopSale, at, at+1)
		on.d.Change(ops)
		a.touch(on.d)
		return nil
	})
}

// reserve keeps seats back for somebody (留座): for good, until a time, or until
// somebody gives them back.
func (a *acting) reserve() error {
	act := a.act
	switch {
	case act.Reserve != chepiao.ReserveFixed && act.Reserve != chepiao.ReserveAuto && act.Reserve != chepiao.ReserveManual:
		return chepiao.Refuse(chepiao.Invalid, "留座方式应为 fixed、auto 或 manual", "seats are reserved as fixed, auto or manual").At("reserve")
	case act.Reserve == chepiao.ReserveAuto && !act.Until.After(a.tx.Now):
		return chepiao.Refuse(chepiao.Invalid, "请填写自动取消的时间", "say until when").At("until")
	case act.Reserve != chepiao.ReserveAuto && !act.Until.IsZero():
		return chepiao.Refuse(chepiao.Invalid, "只有自动取消的留座才有取消时间", "only seats of the kind auto come back at a time").At("until")
	case len(act.Seats)+act.Places < 1 || act.Places < 0 || len(act.Seats)+act.Places > chepiao.SeatsMax:
		return chepiao.Refuse(chepiao.Invalid, "请选择座位", "choose seats").At("seats")
	}
	a.undo(chepiao.ActUnreserve, func(back *chepiao.Act) { back.Seats, back.Places = act.Seats, act.Places })
	return a.each(func(on *target) error {
		if err := on.standing(); err != nil {
			return err
		}
		to, err := a.until(on)
		if err != nil {
			return err
		}
		seats := slices.Concat(act.Seats, make([]int, act.Places))
		if on.Template.Kind != chepiao.Flow && act.Places > 0 {
			return chepiao.Refuse(chepiao.Invalid, "定点班请选择座位号", "choose the seats of this departure by number").At("places")
		}
		reserves := make([]chepiao.Reserve, len(seats))
		for i, seat := range seats {
			reserves[i] = chepiao.Reserve{Seat: seat, From: on.stop, To: to, Kind: act.Reserve, Reason: act.Reason, By: a.by, Until: act.Until}
		}
		if err := on.d.Reserve(reserves); err != nil {
			return err
		}
		a.touch(on.d)
		return nil
	})
}

// until is the stop up to which the act reserves. Refusal NotFound.
func (a *acting) until(on *target) (int, error) {
	if a.act.To == "" {
		return on.Template.Legs(), nil
	}
	s, err := a.office.Timetable().StationByCode(a.act.To, "to")
	if err != nil {
		return 0, err
	}
	for i := on.stop + 1; i < len(on.Template.Stops); i++ {
		if on.Template.Stops[i].Station == s.No {
			return i, nil
		}
	}
	return 0, chepiao.Refuse(chepiao.NotFound, "该班次不到此站", "this departure does not serve that station").At("to")
}

// unreserve gives reserved seats back for sale.
func (a *acting) unreserve() error {
	if len(a.act.Seats)+a.act.Places < 1 || a.act.Places < 0 {
		return chepiao.Refuse(chepiao.Invalid, "请选择座位", "choose seats").At("seats")
	}
	return a.each(func(on *target) error {
		places, found := a.act.Places, map[int]bool{}
		back := on.d.Unreserve(func(r chepiao.Reserve) bool {
			if r.From != on.stop || r.Reason == chepiao.NoSuchSeat {
				return false
			}
			if r.Seat == 0 {
				places--
				return places >= 0
			}
			found[r.Seat] = true
			return slices.Contains(a.act.Seats, r.Seat)
		})
		for i, seat := range a.act.Seats {
			if !found[seat] {
				return chepiao.Refuse(chepiao.NotFound, fmt.Sprintf("%d 号座没有在本站留座", seat), fmt.Sprintf("seat %d is not reserved from here", seat)).At(fmt.Sprintf("seats[%d]", i))
			}
		}
		if places > 0 {
			return chepiao.Refuse(chepiao.NotFound, "没有这么多留座", "so many places are not reserved from here").At("places")
		}
		a.touch(on.d)
		if len(back) == 0 {
			return nil
		}
		return a.office.freed(a.tx, on.d)
	})
}
