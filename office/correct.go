package office

import (
	"context"
	"errors"

	"chepiao"
	"chepiao/store"
)

// CorrectInput is a passenger as the document spells it, for a ticket that has
// name or number wrong (F4).
type CorrectInput struct {
	Ticket      chepiao.TicketID
	Name        string
	Document    string // kind
	Number      string
	Nationality string
}

// Correct mends a slip in the name or number of a ticket, free of charge, as
// often as the rules allow and before the passenger is checked. The ticket gets
// a new voucher; the old one no longer passes. What was wrong is told to nobody:
// the journal knows that a correction happened, of what, and by whom.
// Refusals: Invalid, NotFound, WrongWindow, WrongState, CorrectedBefore,
// NotACorrection, DuplicateRider.
func (o *Office) Correct(ctx context.Context, v Verb, in CorrectInput) (chepiao.Ticket, error) {
	if !v.At.Window {
		return chepiao.Ticket{}, chepiao.Refuse(chepiao.WrongWindow, "请携带证件到窗口更正", "please come to a window with the document")
	}
	c := correcting{office: o, in: in, v: v}
	if err := c.read(ctx); err != nil {
		return chepiao.Ticket{}, err
	}
	e, err := o.once(ctx, v, []any{"correct", in}, c.do)
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}

// correcting is a correction under way.
type correcting struct {
	office   *Office
	in       CorrectInput
	v        Verb
	was      chepiao.PersonToken // whom old was read for
	old, new chepiao.Passenger
	token    chepiao.PersonToken
	sealed   store.Sealed
}

// read opens who travels, checks what was typed and seals it.
func (c *correcting) read(ctx context.Context) error {
	o := c.office
	t, err := o.Ticket(ctx, c.in.Ticket)
	if err != nil {
		return err
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return err
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		sealed, ok, err := r.Person(t.ID)
		if err == nil && !ok {
			err = errors.New("correcting a ticket: there is no record of who travels")
		}
		if err == nil {
			c.old, err = o.secret.open(sealed, t.Person)
		}
		return err
	})
	if err != nil {
		return err
	}
	r := Rider{Name: c.in.Name, Document: c.in.Document, Number: c.in.Number, Nationality: c.in.Nationality}
	if c.new, err = r.passenger(run.ID.Day()); err != nil {
		return err
	}
	c.new.Phone, c.new.Children = c.old.Phone, c.old.Children
	c.was, c.token = t.Person, chepiao.TokenOf(o.secret.node, c.new.Document)
	c.sealed, err = o.secret.seal(c.new, c.token)
	return err
}

func (c *correcting) do(tx *store.Tx) (*chepiao.Event, error) {
	t, err := tx.Ticket(c.in.Ticket)
	if err != nil {
		return nil, err
	}
	rules := c.office.rulesOf(t)
	next, err := t.Correct(c.token)
	if err != nil {
		return nil, err
	}
	before := t.Corrected >= rules.NameCorrections
	if !before && t.Person != c.was {
		return nil, chepiao.Refuse(chepiao.Busy, "旅客信息刚刚被更正，请重试", "the passenger was corrected this very moment: try again")
	}
	if err := chepiao.Correct(c.old, c.new, before); err != nil {
		return nil, err
	}
	run, err := c.office.Timetable().Run(t.Departure)
	if err != nil {
		return nil, err
	}
	d, err := tx.Departure(t.Departure, run.Template)
	if err != nil {
		return nil, err
	}
	if err := tx.Riders(d, []chepiao.PersonToken{c.token}); err != nil {
		return nil, err
	}
	if err := d.Rename(t.Person, c.token, t.ID); err != nil {
		return nil, err
	}
	tx.Touch(d)
	tx.PutPerson(t.ID, c.sealed)
	what := "name"
	if t.Person != c.token {
		what = "number"
	}
	return c.office.recordTicket(tx, next, &chepiao.Event{Kind: chepiao.TicketWasCorrected, By: c.v.By, Reason: what, Because: []chepiao.Explanation{{
		Rule: "name_corrections", Version: rules.Version, Inputs: []chepiao.Input{chepiao.Given("corrected", t.Corrected)},
		ZH: "免费更正一次，已换发乘车凭证", EN: "corrected free of charge; the voucher was issued anew",
	}}})
}
