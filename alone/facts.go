package alone

import (
	"time"

	"chepiao"
)

// listed is the check of a ticket on the list. Only the gate at which its
// departure boards passes it without a clerk: no other gate alone does.
func (g *Gate) listed(i int, s chepiao.Scan, children bool, now time.Time) Answer {
	t, on := g.ticket(i)
	d := g.list.Departures[on]
	f := g.facts(t, on, s, now)
	own := s.Gate != "" && d.Gate == s.Gate && s.Override == nil
	a := g.answer(chepiao.CheckAlone(t, s, f, own, s.Method == chepiao.ByHand), ByList, s)
	a.Ticket, a.Seat, a.Number, a.ToZH, a.ToEN, a.Confirmed = t.ID.String(), t.Seat, d.Number, d.ToZH, d.ToEN, !own
	if !d.Flow {
		a.Departs = d.Departs.In(g.zone).Format("15:04")
	}
	if children && s.Place != chepiao.AtHall && (a.Verdict.Pass || a.Verdict.Reason == chepiao.AlreadyUsed) {
		a.With = g.with(t, on, s, now)
		a.Verdict = a.Verdict.With(len(a.With))
	}
	return a
}

// with are the children that may pass with their adult, who vouches for them
// (requirements 7.2). Whoever may not is left for a check of their own.
func (g *Gate) with(adult chepiao.Ticket, on int, s chepiao.Scan, now time.Time) (pass []string) {
	s.Version, s.HasDocument, s.Override = 0, false, nil // the adult's were read, not the child's
	for _, i := range g.children[adult.ID] {
		t, at := g.ticket(int(i))
		if at != on || t.State != chepiao.TicketValid {
			continue
		}
		f := g.facts(t, on, s, now)
		f.RealName, f.GuardianPassed = false, true
		if v := chepiao.CheckAlone(t, s, f, false, true); v.Pass && !v.Again && !v.Move {
			pass = append(pass, t.ID.String())
		}
	}
	return pass
}

// signed is the check of a true voucher that the list does not have. Where its
// departure is listed, its times and state decide; else those of the voucher.
func (g *Gate) signed(c chepiao.Claims, s chepiao.Scan, now time.Time) Answer {
	on, known := g.byRun[c.Departure]
	board := 0
	if known {
		board = g.list.Departures[on].Stop
	}
	t := c.Signed(board)
	if p, twice := g.passed[t.ID]; twice {
		t.State, t.CheckedAt, t.CheckedBy = chepiao.TicketChecked, p.at, p.device
	}
	f := g.claimed(c, now)
	if known {
		f = g.facts(t, on, s, now)
	}
	s.HasDocument = false // nothing here says whose the ticket is: a clerk looks
	a := g.answer(chepiao.CheckAlone(t, s, f, false, s.Method == chepiao.ByHand), BySignature, s)
	a.Ticket, a.Seat, a.Number, a.Confirmed = t.ID.String(), t.Seat, c.Number, true
	a.Departs = f.Departs.In(g.zone).Format("15:04")
	return a
}

func (g *Gate) answer(v chepiao.Verdict, level string, s chepiao.Scan) Answer {
	a := Answer{Verdict: v, Level: level, Method: s.Method, Override: !v.Pass && v.Reason.MayOverride()}
	switch v.Reason {
	case chepiao.NeedDocument, chepiao.DocumentExpired, chepiao.NameMismatch, chepiao.FlowManual, chepiao.ConfirmAlone:
		a.Hand = true
	}
	return a
}

// claimed are the facts of a departure that the list does not have.
func (g *Gate) claimed(c chepiao.Claims, now time.Time) chepiao.Facts {
	departs := c.Depart.On(c.Day, g.zone)
	return chepiao.Facts{
		Now: now, Zone: g.zone, Rules: g.anyRules(), RealName: true, Offline: true,
		Coach: chepiao.Coach{ID: c.Departure, Number: c.Number, Departs: departs, Last: departs, State: chepiao.Running, Reported: true},
	}
}

// facts are those of the node, as of the list.
func (g *Gate) facts(t chepiao.Ticket, on int, s chepiao.Scan, now time.Time) chepiao.Facts {
	d := g.list.Departures[on]
	f := chepiao.Facts{
		Now: now, Zone: g.zone, Rules: g.list.Rules[d.Rules].Rules, Coach: coach(d), RealName: d.RealName, Offline: true,
	}
	if i, ok := g.byRun[s.Departure]; ok && s.Departure != t.Departure {
		other := coach(g.list.Departures[i]) // Alight is 0: without the node nobody moves to another coach
		f.Other = &other
	} else if !ok && s.Departure != 0 && s.Departure != t.Departure {
		f.Other = &chepiao.Coach{ID: s.Departure, Departs: f.Departs, Last: f.Last}
	}
	if i, ok := g.byID[t.Guardian]; ok && t.Guardian != 0 {
		adult, _ := g.ticket(int(i))
		f.Guardian = adult.Person
		f.GuardianPassed = adult.State == chepiao.TicketChecked || adult.State == chepiao.TicketDeparted
	}
	for _, i := range g.children[t.ID] {
		if child, at := g.ticket(int(i)); at == on && child.State == chepiao.TicketValid {
			f.Children++
		}
	}
	return f
}

func coach(d Departure) chepiao.Coach {
	c := chepiao.Coach{
		ID: d.ID, Number: d.Number, Line: d.Line, Flow: d.Flow, Departs: d.Departs, Last: d.Last, Gate: d.Gate, State: d.State, Left: d.Left, Dispatched: d.Dispatched,
		Reported: d.Reported, Approved: d.Approved, Here: d.Stop,
	}
	if d.Checked >= 0 && d.Reported {
		c.Seats, c.Checked = d.Seats, d.Checked
	}
	return c
}

// anyRules are rules of the list, the domain's own where it is empty.
func (g *Gate) anyRules() *chepiao.Rules {
	if len(g.list.Rules) > 0 {
		return g.list.Rules[0].Rules
	}
	return chepiao.DefaultRules()
}
