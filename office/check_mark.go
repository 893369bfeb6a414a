package office

import (
	"chepiao"
)

// mark writes down that a ticket passed: a count in the hall, else the first
// passage with its time and device, and the seat of another coach in a mixed
// check.
func (c *checking) mark(t chepiao.Ticket, rec *chepiao.CheckRecord, f chepiao.Facts) (chepiao.Ticket, error) {
	if c.s.Place == chepiao.AtHall {
		t.HallPasses++
		t.Version++
		return t, c.tx.PutTicket(t)
	}
	if t.State == chepiao.TicketChecked { // the rules let it pass more than once
		t.Passes++
		t.Version++
		return t, c.tx.PutTicket(t)
	}
	moves := []chepiao.TicketMove{chepiao.MoveCheck}
	if t.State == chepiao.TicketNoShow { // the miss is taken back: the passenger has come after all
		moves = []chepiao.TicketMove{chepiao.MoveRecall, chepiao.MoveCheck}
		if !rec.Verdict.Move && t.Board < f.Left && f.Here <= t.Board { // after dispatch, at the same stop: the coach has gone
			moves = append(moves, chepiao.MoveDispatch)
		}
	}
	if rec.Verdict.Move {
		rec.Bought = t.Departure
		var err error
		if t, err = c.board(t, *f.Other); err != nil {
			return t, err
		}
	}
	for _, m := range moves {
		var err error
		if t, err = t.Move(m); err != nil {
			return t, err
		}
	}
	t.CheckedAt, t.CheckedBy = c.tx.Now, c.s.Device
	run, err := c.office.Timetable().Run(t.Departure)
	if err != nil {
		return t, err
	}
	d, err := c.tx.Departure(t.Departure, run.Template)
	if err != nil {
		return t, err
	}
	c.tx.Touch(d)
	return t, c.tx.PutTicket(t)
}

// board moves a ticket to the coach that stands at the gate (混检): a seat there,
// and the old one is free.
func (c *checking) board(t chepiao.Ticket, to chepiao.Coach) (chepiao.Ticket, error) {
	net := c.office.Timetable()
	from, err := net.Run(t.Departure)
	if err != nil {
		return t, err
	}
	onto, err := net.Run(to.ID)
	if err != nil {
		return t, err
	}
	old, err := c.tx.Departure(from.ID, from.Template)
	if err != nil {
		return t, err
	}
	d, err := c.tx.Departure(onto.ID, onto.Template)
	if err != nil {
		return t, err
	}
	order, err := c.tx.Order(t.Order)
	if err != nil {
		return t, err
	}
	old.Free(t)
	c.tx.Touch(old)
	if to.Kept {
		first := true
		d.Unreserve(func(r chepiao.Reserve) bool {
			mine := first && r.Seat == to.Seat && r.Reason != chepiao.NoSuchSeat && r.From <= to.Board && r.To >= to.Alight
			first = first && !mine
			return mine
		})
	}
	if t.Mixed == 0 {
		t.Mixed = t.Departure
	}
	t.Departure, t.Board, t.Alight, t.Seat = to.ID, to.Board, to.Alight, to.Seat
	if c.office.RulesFor(c.tx.Now, from, to.Board).MixedIsRebook && order.Channel == chepiao.Platform {
		t.Rebooked++
	}
	d.Take([]chepiao.Ticket{t})
	return t, c.office.freed(c.tx, old)
}

// children lets the children of a ticket's order pass with it. Whoever may not
// is left for a check of his own.
func (c *checking) children(adult chepiao.Ticket, f chepiao.Facts) (passed []chepiao.Ticket, err error) {
	if adult.State != chepiao.TicketChecked || c.s.Place == chepiao.AtHall {
		return nil, nil
	}
	waiting, err := c.childrenOf(adult)
	if err != nil {
		return nil, err
	}
	s := c.s
	s.Version, s.HasDocument = 0, false // the adult's voucher and document were read, not the child's
	for _, t := range waiting {
		facts, err := c.facts(t)
		if err != nil {
			return nil, err
		}
		facts.RealName = false // the adult vouches for a child (requirements 7.2)
		v := chepiao.Check(t, s, facts)
		if !v.Pass || v.Move {
			continue
		}
		if t, err = c.mark(t, &chepiao.CheckRecord{Verdict: v}, facts); err != nil {
			return nil, err
		}
		passed = append(passed, t)
	}
	return passed, nil
}
