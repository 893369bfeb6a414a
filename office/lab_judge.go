package office

import (
	"time"

	"chepiao"
)

// The areas of a report, in its order.
const (
	labFare = iota
	labFee
	labSale
	labCheck
)

// judged notes a decision that was looked at, with its money then and now.
func (l *lab) judged(area int, t chepiao.TicketID, old, new chepiao.Money, other bool) {
	a := &l.report.Areas[area]
	a.Judged, a.Old, a.New = a.Judged+1, a.Old+old, a.New+new
	if other || old != new {
		a.Changed++
		if len(a.Examples) < LabExamples {
			a.Examples = append(a.Examples, t)
		}
	}
}

// other notes a refusal that would have been added, or none any more.
func (l *lab) other(area int, more bool, rule string) {
	a := &l.report.Areas[area]
	if more {
		a.More++
	} else {
		a.Fewer++
	}
	a.Reasons[rule]++
}

// place finds a ticket's departure and its rules: those of an edition as they
// were, and with the proposal.
func (l *lab) place(t chepiao.Ticket, edition int64) (run Run, old, new *chepiao.Rules, ok bool) {
	run, err := l.office.Timetable().Run(t.Departure)
	if err != nil || t.Board >= len(run.Template.Stops) || run.Line == nil {
		return run, nil, nil, false
	}
	where := l.office.where(run, t.Board)
	return run, l.office.rules.Load().rules(edition, where), l.under(edition, where), true
}

// fares are what the tickets of a paid order would have cost.
func (l *lab) fares(e chepiao.Event) {
	for _, t := range e.Tickets {
		run, old, new, ok := l.place(t, t.Rules)
		if !ok || chepiao.Price(run.Line, run.Template, t.Board, t.Alight, t.Kind, old).Price != t.Price {
			l.report.Areas[labFare].Unclear++ // the fare table has changed since, or it was rebooked
			continue
		}
		f := chepiao.Price(run.Line, run.Template, t.Board, t.Alight, t.Kind, new)
		l.judged(labFare, t.ID, t.Price, f.Price, false)
	}
}

// refunds are what giving tickets back would have cost at that moment. The price
// is the one that was paid.
func (l *lab) refunds(at time.Time, e chepiao.Event) {
	for _, t := range e.Tickets {
		_, old, new, ok := l.place(t, t.Rules)
		fee := t.Fee
		t.State, t.Fee, t.Refund = chepiao.TicketValid, 0, 0
		c, err := l.office.refundCase(t, at, chepiao.AskedAt{Window: true, Station: t.From})
		c.Gone = false // as it stood then; the ladder looks at the time
		if !ok || err != nil || feeUnder(t, c, old) != fee {
			l.report.Areas[labFee].Unclear++ // delayed since, or another case than the plain one
			continue
		}
		_, err = chepiao.QuoteRefund(t, c, new)
		if no := chepiao.AsRefusal(err); no != nil {
			l.other(labFee, true, ruleOf(no))
		}
		l.judged(labFee, t.ID, fee, feeUnder(t, c, new), err != nil)
	}
}

// sale is whether an order would have been taken: the time of sale, the number
// of its tickets, kinds and children. Seats are not asked for again.
func (l *lab) sale(at time.Time, e chepiao.Event) {
	if e.Order == nil || len(e.Tickets) == 0 {
		return
	}
	first := e.Tickets[0]
	run, old, new, ok := l.place(first, first.Rules)
	if !ok {
		l.report.Areas[labSale].Unclear++
		return
	}
	was, is := l.taken(run, at, e, old), l.taken(run, at, e, new)
	if was != nil { // what the journal does not tell, a proof perhaps, decided then
		l.report.Areas[labSale].Unclear++
		return
	}
	if is != nil {
		l.other(labSale, true, ruleOf(is))
	}
	l.judged(labSale, first.ID, 0, 0, is != nil)
}

// taken refuses an order under some rules, on a departure that carries no other.
func (l *lab) taken(run Run, at time.Time, e chepiao.Event, r *chepiao.Rules) *chepiao.Refusal {
	first := e.Tickets[0]
	d := chepiao.NewDeparture(run.ID, run.Template)
	_, departs := l.office.Span(run, first.Board)
	today := chepiao.DayOf(at.In(l.office.Timetable().Zone))
	if err := d.OnSale(e.Order.Channel, first.Board, departs, at, today, r); err != nil {
		return chepiao.AsRefusal(err)
	}
	w := chepiao.Wish{Channel: e.Order.Channel, Board: first.Board, Alight: first.Alight}
	for _, t := range e.Tickets {
		w.Riders = append(w.Riders, chepiao.Rider{Token: t.Person, Kind: t.Kind, Children: t.Children})
	}
	_, err := d.Seat(w, run.Plan, r)
	return chepiao.AsRefusal(err)
}

// check is whether a passenger would have passed at that moment, as far as the
// times of check decide.
func (l *lab) check(at time.Time, e chepiao.Event) {
	if e.Check == nil || len(e.Tickets) != 1 {
		return
	}
	t, v := e.Tickets[0], e.Check.Verdict
	run, old, new, ok := l.place(t, l.office.rules.Load().book.Edition(at))
	if !ok {
		l.report.Areas[labCheck].Unclear++
		return
	}
	first, last := l.office.Span(run, t.Board)
	was, is := outside(old, e.Check.Place, first, last, at), outside(new, e.Check.Place, first, last, at)
	switch {
	case v.Pass && was == "" && is != "":
		l.other(labCheck, true, is)
	case !v.Pass && was != "" && is == "" && (v.Reason == chepiao.TooEarly || v.Reason == chepiao.Departed):
		l.other(labCheck, false, was)
	case v.Pass && was != "":
		l.report.Areas[labCheck].Unclear++ // a supervisor's word, or a delay since
		return
	}
	l.judged(labCheck, t.ID, 0, 0, v.Pass != (is == "") && was != is)
}

// outside names the rule by which a moment lies outside of the times of check,
// "" when it lies within.
func outside(r *chepiao.Rules, place chepiao.CheckPlace, first, last, at time.Time) string {
	opens, closes := r.CheckWindow(place, first, last)
	switch {
	case at.Before(opens) && place == chepiao.AtHall:
		return "hall_opens"
	case at.Before(opens):
		return "check_opens"
	case at.After(closes):
		return "check_closes"
	}
	return ""
}

// ruleOf names the rule that refused, or the reason where no rule did.
func ruleOf(no *chepiao.Refusal) string {
	if no.Because != nil {
		return no.Because.Rule
	}
	return string(no.Reason)
}
