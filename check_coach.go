package chepiao

import "time"

// station refuses a ticket that boards elsewhere, but for loading stations.
func (q *question) station() *Verdict {
	if q.s.Station == 0 || q.s.Station == q.t.From || q.foreign() {
		return nil
	}
	v := no(WrongStation, "上车站不是本站", "this ticket boards at another station")
	if q.s.Place == EnRoute {
		v.by("check_foreign", q.f.Rules, Given("check_foreign", q.f.Rules.CheckForeign))
	}
	return v
}

// coach asks about the coach that is boarding at this gate, where it is another
// one than the ticket's (混检): from here on its gate, state, times and load
// decide.
func (q *question) coach() *Verdict {
	other := q.f.Other
	if q.s.Departure == 0 || q.s.Departure == q.t.Departure || q.s.Place == AtHall || other == nil {
		return nil
	}
	if refusal := Mixed(q.t, q.f.Coach, *other, q.f.Now, q.f.Zone, q.f.Rules); refusal != nil {
		v := no(refusal.Reason, refusal.ZH, refusal.EN)
		v.Because = refusal.Because
		return v
	}
	rule, on := mixedRule(q.f.Coach, *other, q.f.Rules)
	q.v.Because = &Explanation{
		Rule: rule, Version: q.f.Rules.Version, Inputs: []Input{Given(rule, on), Given("from", q.t.Departure), Given("to", other.ID)},
		ZH: "允许混检", EN: "passengers of this kind may board this coach",
	}
	q.v.Move = true
	q.f.Coach = *other
	q.t.Board, q.t.Alight, q.t.Gone = other.Board, other.Alight, false
	return nil
}

// day refuses a ticket of another day. Where the rules let other days pass, its
// times are taken to be today's.
func (q *question) day() *Verdict {
	opens, closes := q.window()
	today := DayOf(q.f.Now.In(q.f.Zone))
	first, last := DayOf(opens.In(q.f.Zone)), DayOf(closes.In(q.f.Zone))
	if today == first || today == last || q.f.Flow && first < today && today < last {
		return nil
	}
	if q.f.Rules.OtherDay {
		days := int(today - DayOf(q.f.Departs.In(q.f.Zone)))
		q.f.Departs, q.f.Last = q.f.Departs.AddDate(0, 0, days), q.f.Last.AddDate(0, 0, days)
		return nil
	}
	on := q.f.Departs.In(q.f.Zone)
	return no(WrongDate, "不是今天的票，乘车日期 "+on.Format("01-02"), "not today's ticket: it is for "+on.Format("2 Jan")).
		by("other_day", q.f.Rules, Given("other_day", q.f.Rules.OtherDay), Given("departs", q.f.Departs))
}

// gate points to the right gate. In the hall the verdict only says it.
func (q *question) gate() *Verdict {
	if q.s.place() != AtGate || q.s.Gate == "" || q.f.Gate == "" || q.s.Gate == q.f.Gate || !q.f.Rules.GateMustMatch {
		return nil
	}
	return no(WrongGate, "请到检票口 "+q.f.Gate, "please go to gate "+q.f.Gate).
		by("gate_must_match", q.f.Rules, Given("gate", q.f.Gate), Given("here", q.s.Gate))
}

// running refuses where the departure does not run, or not by gate.
func (q *question) running() *Verdict {
	switch q.f.State {
	case Stopped:
		return no(DepartureStopped, "班次停班，请到窗口全额退票或改乘", "this departure does not run: full refund or another coach at the window")
	case Merged, Stowed:
		return no(DepartureStopped, "本班次已并入其他班次，请到窗口换乘", "another coach takes these passengers: please go to the window")
	case Missed:
		return no(CoachMissed, "班次脱班，请到窗口改乘或全额退票", "the coach did not come: another coach or a full refund at the window")
	}
	if q.f.Flow && !q.f.Rules.CheckFlow && q.s.place() == AtGate && !q.byHand() {
		return no(FlowManual, "流水班请走人工通道", "flow departures are checked in the staffed lane").
			by("check_flow", q.f.Rules, Given("check_flow", q.f.Rules.CheckFlow))
	}
	return nil
}

// time refuses before check opens and after it has closed.
func (q *question) time() *Verdict {
	r := q.f.Rules
	opens, closes := q.window()
	switch {
	case q.t.Board < q.f.Left && !q.foreign() && !q.late():
		return no(Departed, "该班次已发车", "this coach has left").by("check_dispatched", r, Given("check_dispatched", r.CheckDispatched), Given("departs", q.f.Departs))
	case q.f.Now.Before(opens):
		rule := "check_opens"
		if q.s.Place == AtHall {
			rule = "hall_opens"
		}
		at := q.f.clockText(opens, "15:04")
		if opens.In(q.f.Zone).Second() != 0 {
			at = q.f.clockText(opens, "15:04:05")
		}
		return no(TooEarly, at+" 开始检票", "check opens at "+at).by(rule, r, Given("opens", opens), Given("departs", q.f.Departs))
	case q.f.Now.After(closes) && !q.late():
		return no(Departed, "检票已截止", "check has closed").by("check_closes", r, Given("closes", closes), Given("departs", q.f.Last), Given("check_late", seconds(r.CheckLate)))
	}
	return nil
}

// window is when check opens and when it closes.
func (q *question) window() (opens, closes time.Time) {
	latest := q.f.Departs
	if q.f.Flow {
		latest = q.f.Last
	}
	return q.f.Rules.CheckWindow(q.s.Place, q.f.Departs, latest)
}

// CheckWindow is when check opens and closes for coaches that leave from first
// to last: a late check replaces the closing before departure.
func (r *Rules) CheckWindow(place CheckPlace, first, last time.Time) (opens, closes time.Time) {
	before := r.CheckOpens
	if place == AtHall {
		before = r.HallOpens
	}
	closes = last.Add(-seconds(r.CheckCloses))
	if r.CheckLate > 0 {
		closes = last.Add(seconds(r.CheckLate))
	}
	return first.Add(-seconds(before)), closes
}

// reported waits for the coach. The hall does not.
func (q *question) reported() *Verdict {
	if q.f.Reported || !q.f.Rules.NeedReport || q.s.Place == AtHall {
		return nil
	}
	return no(NotReported, "车辆未报班，请稍候", "the coach is not here yet: please wait").
		by("need_report", q.f.Rules, Given("need_report", true), Given("departs", q.f.Departs))
}

// load refuses more seated passengers than the coach that came has seats, or,
// where the rules let more be sold, than it is approved for. Free children have
// no seat; the plan's seats do not count once a coach has reported.
func (q *question) load() *Verdict {
	most := q.f.Seats
	if q.f.Rules.SoldOverSeats {
		most = max(most, q.f.Approved)
	}
	if q.f.Seats <= 0 || q.f.Checked < most || q.s.Place == AtHall || q.t.State == TicketChecked && !q.v.Move {
		return nil
	}
	return no(Overload, "满载，请稍候", "the coach is full: please wait").
		by("sold_over_seats", q.f.Rules, Given("sold_over_seats", q.f.Rules.SoldOverSeats), Given("checked", q.f.Checked), Given("seats", q.f.Seats), Given("reported", q.f.Reported))
}
