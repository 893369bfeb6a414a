package office

import (
	"cmp"
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// ToldPassage is a passage that a gate decided without its node. ID is the gate's
// own, made before it showed green.
type ToldPassage struct {
	ID        string
	Ticket    chepiao.TicketID
	At        time.Time // by the node's clock as the gate last measured it
	Station   chepiao.StationNo
	Place     chepiao.CheckPlace
	Device    string
	Method    chepiao.Method
	Seen      chepiao.DocumentKind
	Override  string
	Overrode  chepiao.Reason `json:",omitempty"` // what the override set aside
	By        string         `json:",omitempty"` // who stood at the gate then, as its page knew
	Confirmed bool           // a clerk confirmed it: another gate may have passed it, too
}

// TakenDown is what became of it.
type TakenDown struct {
	Ticket chepiao.TicketID
	Doubt  bool // a supervisor looks at it
}

// TellPassage takes down a passage that has happened. It is never refused for what
// the ticket has become: what the node finds doubtful is marked for review. Told
// twice it is recorded once. Refusals: Invalid for bad fields, NotOwner where
// another node owns the ticket: then it is told to that one later.
func (o *Office) TellPassage(ctx context.Context, now time.Time, v Verb, in ToldPassage) (TakenDown, error) {
	switch {
	case in.Device == "" || len(in.Device) > deviceMax || !in.Place.Known() || in.Place == chepiao.AtHall || in.Ticket <= 0:
		return TakenDown{}, chepiao.Refuse(chepiao.Invalid, "通行记录不完整", "the passage lacks its ticket, place or device").At("passages")
	case in.Seen != "" && !in.Seen.Valid() || len(in.Override) > reasonMax || len(in.By) > deviceMax || in.Overrode != "" && (in.Override == "" || !in.Overrode.MayOverride()):
		return TakenDown{}, chepiao.Refuse(chepiao.Invalid, "通行记录有误", "the passage has a document or reason that there is not").At("passages")
	case in.At.After(now) || in.At.IsZero():
		in.At = now // a wrong clock loses no passage
	}
	e, err := o.once(o.store.With(ctx, store.Needs{Ticket: in.Ticket}), v, []any{"told", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		s := chepiao.Scan{Station: in.Station, Place: in.Place, Device: in.Device, Method: in.Method, Seen: in.Seen != ""}
		c := checking{office: o, tx: tx, by: v.By, in: Passage{Seen: in.Seen}, s: s}
		return c.told(in)
	})
	if err != nil {
		return TakenDown{}, err
	}
	return TakenDown{in.Ticket, e.Check.Verdict.Doubt}, nil
}

func (c *checking) told(in ToldPassage) (*chepiao.Event, error) {
	rec := chepiao.CheckRecord{Ticket: in.Ticket, Station: in.Station, Place: in.Place, Device: in.Device, Method: in.Method, Seen: in.Seen}
	if in.Override != "" {
		rec.Override = &chepiao.Override{By: cmp.Or(in.By, c.by), Reason: in.Override}
	}
	t, err := c.tx.Ticket(in.Ticket)
	if chepiao.Why(err) == chepiao.NotFound {
		rec.Verdict = chepiao.Check(chepiao.Ticket{}, c.s, chepiao.Facts{Now: c.tx.Now, Zone: c.office.Timetable().Zone, Rules: c.office.RulesAt(c.tx.Now, chepiao.Where{})})
		rec.Verdict.Doubt = true
		return c.record(rec, nil)
	}
	if err != nil {
		return nil, err
	}
	facts, err := c.facts(t)
	if err != nil {
		return nil, err
	}
	moves, doubt := t.Told(in.Device, in.At, in.Confirmed, t.Board < facts.Left)
	if len(moves) == 0 {
		s := c.s
		s.Method, s.Seen = chepiao.ByHand, true // whose it was is not the question any more
		facts.Rules = facts.Rules.Once()
		if rec.Verdict = chepiao.Check(t, s, facts); !doubt { // the node has recorded this passage itself
			rec.Verdict = chepiao.PassedAlone(true)
		}
		rec.Verdict.Doubt = doubt
		return c.record(rec, []chepiao.Ticket{t})
	}
	for _, m := range moves {
		if t, err = t.Move(m); err != nil {
			return nil, err
		}
	}
	t.CheckedAt, t.CheckedBy = in.At, in.Device
	run, err := c.office.Timetable().Run(t.Departure)
	if err != nil {
		return nil, err
	}
	d, err := c.tx.Departure(t.Departure, run.Template)
	if err != nil {
		return nil, err
	}
	c.tx.Touch(d)
	if err := c.tx.PutTicket(t); err != nil {
		return nil, err
	}
	rec.Verdict = chepiao.PassedAlone(false)
	rec.Verdict.Doubt, rec.Verdict.Overrode = doubt, in.Overrode
	return c.record(rec, []chepiao.Ticket{t})
}
