package chepiao

import (
	"fmt"
	"time"
)

// Mixed decides about a mixed check (混检): whether the passenger of one coach
// may board another that stands at the gate. nil says yes. Refusals, in this
// order: WrongDeparture for another line, stop, kind or time than the rules
// allow, WrongDate for another day, AlreadyUsed when the same document has a
// ticket for the other coach, Overload when no seat is free there.
//
// A ticket that moves gets a seat of the other coach: mixed_full cannot let
// anybody board without one, it only lets a passenger ask where no seat is on
// sale any more but a reserved one is free (mixed_reserved).
func Mixed(t Ticket, own, other Coach, now time.Time, zone *time.Location, r *Rules) *Refusal {
	elsewhere := func(rule string, on bool) *Refusal {
		at := own.Departs.In(zone).Format("15:04")
		zh, en := fmt.Sprintf("本口正在检 %s 次，请乘 %s 次 %s", other.Number, own.Number, at), fmt.Sprintf("%s is boarding here: yours is %s at %s", other.Number, own.Number, at)
		if own.Gate != "" {
			zh, en = zh+"，检票口 "+own.Gate, en+", gate "+own.Gate
		}
		return Refuse(WrongDeparture, zh, en).By(rule, r, Given(rule, on), Given("from", own.ID), Given("to", other.ID))
	}
	ownDay, otherDay := DayOf(own.Departs.In(zone)), DayOf(other.Departs.In(zone))
	latest := own.Departs
	if own.Flow {
		latest = own.Last
	}
	rule, on := mixedRule(own, other, r)
	switch {
	case own.Line != other.Line && !r.MixedLines:
		return elsewhere("mixed_lines", false)
	case other.Alight == 0:
		return elsewhere("mixed_lines", r.MixedLines)
	case !on:
		return elsewhere(rule, false)
	case ownDay > otherDay || ownDay < otherDay && !r.MixedPastDay:
		day := own.Departs.In(zone)
		return Refuse(WrongDate, "不是今天的票，乘车日期 "+day.Format("01-02"), "not today's ticket: it is for "+day.Format("2 Jan")).
			By("mixed_past_day", r, Given("mixed_past_day", r.MixedPastDay), Given("day", ownDay), Given("boarding", otherDay))
	case now.After(latest) && !r.MixedAfter:
		return Refuse(Departed, "已过本班次发车时间，请到窗口办理", "the ticket's own time is over: please go to the window").
			By("mixed_after", r, Given("mixed_after", false), Given("departs", latest))
	case other.Taken:
		return Refuse(AlreadyUsed, "该证件已有本班次车票，请出示该票", "this document has a ticket for this very coach: show that one").
			By("one_document", r, Given("to", other.ID))
	case !other.Free && !(other.Kept && r.MixedFull && r.MixedReserved):
		rule := "mixed_full"
		if r.MixedFull {
			rule = "mixed_reserved"
		}
		return Refuse(Overload, "本班次已无空座，请乘 "+own.Number+" 次", "no seat is free on this coach: yours is "+own.Number).
			By(rule, r, Given("mixed_full", r.MixedFull), Given("mixed_reserved", r.MixedReserved), Given("kept", other.Kept))
	}
	return nil
}

// mixedRule is the rule about boarding a coach of one kind with a ticket of
// another, and what it says.
func mixedRule(own, other Coach, r *Rules) (rule string, on bool) {
	switch {
	case own.Flow && other.Flow:
		return "mixed_flow_flow", r.MixedFlowFlow
	case own.Flow:
		return "mixed_flow_fixed", r.MixedFlowFixed
	case other.Flow:
		return "mixed_fixed_flow", r.MixedFixedFlow
	}
	return "mixed_fixed_fixed", r.MixedFixedFixed
}
