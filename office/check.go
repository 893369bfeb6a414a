package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// Passage is what a gate read: one of a voucher's code, a ticket's number, or a
// document.
type Passage struct {
	Code        string // voucher
	Ticket      string // number as printed
	Document    string // kind
	Number      string
	Nationality string

	Station chepiao.StationNo // where the gate stands; 0: any
	Gate    string            // "": any
	Device  string
}

// Checked is a gate's answer with what the clerk compares: the masked passenger
// and the journey. Ticket is zero when nothing was found.
type Checked struct {
	Verdict   chepiao.Verdict
	Ticket    chepiao.Ticket
	Passenger chepiao.Passenger
	Run       Run
	Departs   time.Time
	Found     bool
}

// deviceMax bounds the name of a gate.
const deviceMax = 40

// Check lets a passenger through a gate, or says why not. Every attempt is
// recorded, refused ones too; a refusal to board is an answer, not an error.
// Refusals: Invalid when the gate sent nothing to look for or bad fields.
func (o *Office) Check(ctx context.Context, now time.Time, v Verb, in Passage) (Checked, error) {
	if len(in.Device) > deviceMax || in.Device == "" {
		return Checked{}, chepiao.Refuse(chepiao.Invalid, "缺少检票设备名称", "name the device that checks").At("device")
	}
	s := chepiao.Scan{Station: in.Station, Gate: in.Gate, Device: in.Device}
	id, method, unread, err := o.find(ctx, now, in, &s)
	if err != nil {
		return Checked{}, err
	}
	e, err := o.once(ctx, v, []any{"check", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		if unread != nil {
			return recordCheck(tx, v.By, chepiao.CheckRecord{Ticket: id, Station: in.Station, Device: in.Device, Method: method, Verdict: *unread}, nil)
		}
		return o.checkTicket(tx, v.By, id, s, method)
	})
	if err != nil {
		return Checked{}, err
	}
	return o.checked(ctx, e)
}

// find names the ticket that a gate means. unread is the verdict on what names
// none.
func (o *Office) find(ctx context.Context, now time.Time, in Passage, s *chepiao.Scan) (id chepiao.TicketID, method string, unread *chepiao.Verdict, err error) {
	switch {
	case in.Code != "":
		code := o.Ring().Keys().Verify(in.Code, now)
		if !code.Signed {
			r := code.Refusal
			return 0, "voucher", &chepiao.Verdict{Reason: r.Reason, Light: chepiao.Red, ZH: r.ZH, EN: r.EN}, nil
		}
		// The signature names the ticket; the ticket itself says whether it passes,
		// so a voucher of a revoked key passes if it is listed.
		s.Version = code.Claims.Version
		return code.Claims.Ticket, "voucher", nil, nil
	case in.Ticket != "":
		id, err := chepiao.ParseTicketID(in.Ticket)
		return id, "number", nil, err
	case in.Number != "":
		token, err := o.token(now, in.Document, in.Number, in.Nationality)
		if err != nil {
			return 0, "", nil, err
		}
		s.Document, s.HasDocument = token, true
		id, err := o.ticketToday(ctx, now, token, *s)
		if id == 0 && err == nil {
			unread = &chepiao.Verdict{Reason: chepiao.NotFound, Light: chepiao.Red, ZH: "该证件没有车票", EN: "no ticket under this document"}
		}
		return id, "document", unread, err
	}
	return 0, "", nil, chepiao.Refuse(chepiao.Invalid, "请扫码,或输入票号、证件号", "scan a code, or type a ticket or document number").At("code")
}

// ticketToday chooses among a person's tickets the one a gate most likely
// means: one that passes now, else the one whose departure is nearest.
func (o *Office) ticketToday(ctx context.Context, now time.Time, token chepiao.PersonToken, s chepiao.Scan) (best chepiao.TicketID, err error) {
	const lately = 20
	var tickets []chepiao.Ticket
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		tickets, err = r.TicketsOf(token, lately)
		return err
	})
	nearest := time.Duration(1<<63 - 1)
	for _, t := range tickets {
		f, err := o.facts(t, now)
		if err != nil {
			continue // its departure is no longer in the timetable
		}
		if v := chepiao.Check(t, s, f); v.Pass {
			return t.ID, nil
		}
		away := max(f.Departs.Sub(now), now.Sub(f.Last))
		if !t.State.Live() {
			away += 1000 * time.Hour
		}
		if away < nearest {
			best, nearest = t.ID, away
		}
	}
	return best, err
}

func (o *Office) facts(t chepiao.Ticket, now time.Time) (chepiao.Facts, error) {
	net := o.Timetable()
	run, err := net.Run(t.Departure)
	if err != nil {
		return chepiao.Facts{}, err
	}
	f := chepiao.Facts{Now: now, Zone: net.Zone, Gate: run.Template.Gate, State: chepiao.Running, Flow: run.Template.Kind == chepiao.Flow, Rules: o.RulesFor(now, run, t.Board)}
	f.Departs, f.Last = o.Span(run, t.Board)
	if v := o.store.View(t.Departure); v != nil {
		f.State, f.Left = v.State, v.Left
	}
	return f, nil
}

func (o *Office) checkTicket(tx *store.Tx, by string, id chepiao.TicketID, s chepiao.Scan, method string) (*chepiao.Event, error) {
	rec := chepiao.CheckRecord{Ticket: id, Station: s.Station, Device: s.Device, Method: method}
	t, err := tx.Ticket(id)
	if chepiao.Why(err) == chepiao.NotFound {
		rec.Verdict = chepiao.Verdict{Reason: chepiao.NotFound, Light: chepiao.Red, ZH: "没有这张车票", EN: "no such ticket"}
		return recordCheck(tx, by, rec, nil)
	}
	if err != nil {
		return nil, err
	}
	f, err := o.facts(t, tx.Now)
	if err != nil {
		return nil, err
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return nil, err
	}
	d, err := tx.Departure(t.Departure, run.Template)
	if err != nil {
		return nil, err
	}
	f.State, f.Left = d.State, d.Left
	rec.Verdict = chepiao.Check(t, s, f)
	if !rec.Verdict.Pass || rec.Verdict.Again {
		return recordCheck(tx, by, rec, &t)
	}
	if t, err = t.Move(chepiao.MoveCheck); err != nil {
		return nil, err
	}
	t.CheckedAt, t.CheckedBy = tx.Now, s.Device
	tx.Touch(d)
	if err := tx.PutTicket(t); err != nil {
		return nil, err
	}
	return recordCheck(tx, by, rec, &t)
}

func recordCheck(tx *store.Tx, by string, rec chepiao.CheckRecord, t *chepiao.Ticket) (*chepiao.Event, error) {
	e := &chepiao.Event{Kind: chepiao.TicketWasChecked, By: by, Check: &rec}
	if !rec.Verdict.Pass || rec.Verdict.Again {
		e.Kind = chepiao.CheckWasRefused
		if rec.Verdict.Pass {
			e.Kind = chepiao.CheckWasRepeated
		}
	}
	version := int64(0)
	if t != nil {
		e.Tickets, version = []chepiao.Ticket{*t}, t.Version
	}
	return e, tx.Record("ticket "+rec.Ticket.String(), version, *e)
}

// checked dresses a recorded passage for the gate's screen.
func (o *Office) checked(ctx context.Context, e *chepiao.Event) (Checked, error) {
	c := Checked{Verdict: e.Check.Verdict}
	if len(e.Tickets) == 0 {
		return c, nil
	}
	c.Ticket, c.Found = e.Tickets[0], true
	run, err := o.Timetable().Run(c.Ticket.Departure)
	if err != nil {
		return c, err
	}
	c.Run = run
	c.Departs, _ = o.Span(run, c.Ticket.Board)
	err = o.store.Read(ctx, func(r *store.Reader) error {
		sealed, ok, err := r.Person(c.Ticket.ID)
		if err == nil && ok {
			c.Passenger, _ = o.secret.open(sealed, c.Ticket.Person)
		}
		return err
	})
	return c, err
}
