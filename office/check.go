package office

import (
	"context"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// Passage is what a gate read: a voucher's code or a ticket's number, a
// document, both, or a staff card.
type Passage struct {
	Code        string // voucher
	Ticket      string // number as printed
	After       string // number of a ticket that waits for its document: a document without a ticket of its own is held against it
	Document    string // kind
	Number      string
	Nationality string

	Method  chepiao.Method       // only ByFace and ByHand are said; the others follow from what was read
	Seen    chepiao.DocumentKind // ByHand: the document that a clerk looked at
	Expires chepiao.Day          // last day of the document's own validity; 0: unknown
	Name    string               // as read or typed: a hint
	NoMatch bool                 // the camera did not recognise the passenger
	WalkUp  bool                 `json:",omitempty"` // ByFace: nobody was claimed, the passenger confirmed name or seat
	Look    *FaceLook            `json:"-"`          // ByFace: what was measured; it decides nothing

	StaffCard  bool // a staff card was read, and no ticket
	StaffKnown bool // the door knows the card

	Station   chepiao.StationNo // where the gate stands; 0: any
	Place     chepiao.CheckPlace
	Gate      string // "": any
	Device    string
	At        time.Time           // the gate's own clock; zero: it has none
	Departure chepiao.DepartureID // the coach that is boarding here; 0: any
	Override  string              // a supervisor's reason to let the passenger through
	Children  bool                // the children of this ticket's order pass with it
	Fetch     time.Duration       `json:"-"` // how long to wait for a ticket that another node has to give first
}

// Checked is a gate's answer with what the clerk compares: the masked passenger
// and the journey. Ticket is zero when nothing was found.
type Checked struct {
	Verdict   chepiao.Verdict
	Ticket    chepiao.Ticket
	Children  []chepiao.Ticket // that passed with it
	Passenger chepiao.Passenger
	Run       Run
	Departs   time.Time
	Found     bool
}

// deviceMax bounds the name of a gate.
const deviceMax = 40

// Check lets a passenger through a gate, or says why not. Every attempt is
// recorded, refused ones too; a refusal to board is an answer, not an error.
// Refusals: Invalid when the gate sent nothing to look for or bad fields,
// NotFound for a departure that is not in the timetable.
func (o *Office) Check(ctx context.Context, now time.Time, v Verb, in Passage) (Checked, error) {
	if err := o.wellFormed(in); err != nil {
		return Checked{}, err
	}
	s := chepiao.Scan{
		Station: in.Station, Place: in.Place, Gate: in.Gate, Device: in.Device, At: in.At, Departure: in.Departure, Method: in.Method,
		Expires: in.Expires, Seen: in.Seen != "", NoMatch: in.NoMatch, StaffCard: in.StaffCard,
	}
	if in.Override != "" {
		s.Override = &chepiao.Override{By: v.By, Reason: strings.TrimSpace(in.Override)}
	}
	id, err := o.find(ctx, now, in, &s)
	if err != nil {
		return Checked{}, err
	}
	if err := o.fetchFirst(ctx, v, id, in.Fetch); err != nil {
		return Checked{}, err
	}
	in.Fetch = 0
	sample := o.faces.sample(id, in.Look)
	e, err := o.once(o.store.With(ctx, store.Needs{Ticket: id}), v, []any{"check", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		c := checking{office: o, tx: tx, by: v.By, in: in, s: s, sample: sample}
		return c.do(id)
	})
	if err != nil {
		return Checked{}, err
	}
	o.faceSeen(e, in.Look)
	return o.checked(ctx, e)
}

func (o *Office) wellFormed(in Passage) error {
	switch {
	case len(in.Device) > deviceMax || in.Device == "":
		return chepiao.Refuse(chepiao.Invalid, "缺少检票设备名称", "name the device that checks").At("device")
	case !in.Place.Known():
		return chepiao.Refuse(chepiao.Invalid, "检票地点应为 gate、hall、window 或 en_route", "the place must be gate, hall, window or en_route").At("place")
	case in.Method != "" && in.Method != chepiao.ByFace && in.Method != chepiao.ByHand:
		return chepiao.Refuse(chepiao.Invalid, "检票方式只能指明 face 或 manual", "only face or manual is said as the method").At("method")
	case (in.Method == chepiao.ByHand) != (in.Seen != "") && in.Number == "":
		return chepiao.Refuse(chepiao.Invalid, "人工核验请注明所看证件", "name the document that was looked at").At("seen")
	case in.WalkUp && in.Method != chepiao.ByFace:
		return chepiao.Refuse(chepiao.Invalid, "免声明只用于人脸核验", "only a face walks up without a claim").At("method")
	case in.Seen != "" && !in.Seen.Valid():
		return chepiao.Refuse(chepiao.Invalid, "没有这种证件", "there is no such kind of document").At("seen")
	case in.Override != "" && (strings.TrimSpace(in.Override) == "" || len(in.Override) > reasonMax):
		return chepiao.Refuse(chepiao.Invalid, "请填写放行原因(200 字节以内)", "say why the passenger is let through, in at most 200 bytes").At("override")
	}
	if in.Departure != 0 {
		_, err := o.Timetable().Run(in.Departure)
		return err
	}
	return nil
}

// checking is one check under way.
type checking struct {
	office *Office
	tx     *store.Tx
	by     string
	in     Passage
	s      chepiao.Scan
	sample faceSample
}

func (c *checking) do(id chepiao.TicketID) (*chepiao.Event, error) {
	rec := chepiao.CheckRecord{Ticket: id, Station: c.s.Station, Place: c.s.Place, Device: c.s.Device, Method: c.s.Method, Seen: c.in.Seen, WalkUp: c.in.WalkUp}
	facts := chepiao.Facts{Now: c.tx.Now, Zone: c.office.Timetable().Zone, Rules: c.office.RulesAt(c.tx.Now, chepiao.Where{}), Staff: c.in.StaffKnown}
	t, err := c.tx.Ticket(id)
	switch {
	case id == 0 || chepiao.Why(err) == chepiao.NotFound:
		rec.Verdict = chepiao.Check(chepiao.Ticket{}, c.s, facts)
		return c.record(rec, nil)
	case err != nil:
		return nil, err
	}
	if facts, err = c.facts(t); err != nil {
		return nil, err
	}
	rec.Verdict = chepiao.Check(t, c.s, facts)
	if rec.Verdict.Overrode != "" {
		rec.Override = c.s.Override
	}
	tickets := []chepiao.Ticket{t}
	if rec.Verdict.Pass && !rec.Verdict.Again {
		if tickets[0], err = c.mark(t, &rec, facts); err != nil {
			return nil, err
		}
	}
	if c.in.Children && (rec.Verdict.Pass || rec.Verdict.Reason == chepiao.AlreadyUsed) {
		children, err := c.children(tickets[0], facts)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, children...)
		rec.Verdict = rec.Verdict.With(len(children))
	}
	c.countFace(rec)
	return c.record(rec, tickets)
}

// record puts the passage into the journal, and on the supervisor's list where
// it belongs there.
func (c *checking) record(rec chepiao.CheckRecord, tickets []chepiao.Ticket) (*chepiao.Event, error) {
	e := &chepiao.Event{Kind: chepiao.TicketWasChecked, By: c.by, Check: &rec, Tickets: tickets}
	switch {
	case !rec.Verdict.Pass:
		e.Kind = chepiao.CheckWasRefused
	case rec.Verdict.Again && len(tickets) == 1:
		e.Kind = chepiao.CheckWasRepeated
	case rec.Place == chepiao.AtHall:
		e.Kind = chepiao.HallWasEntered
	}
	if rec.Verdict.Because != nil {
		e.Because = []chepiao.Explanation{*rec.Verdict.Because}
	}
	if what := rec.Verdict.Review(rec.Method); what != "" {
		c.tx.AddReview(store.Review{At: c.tx.Now, Day: c.office.day(c.tx.Now), By: c.by, What: what, Check: rec})
	}
	version := int64(0)
	if len(tickets) > 0 {
		version = tickets[0].Version
	}
	return e, c.tx.Record("ticket "+rec.Ticket.String(), version, *e)
}

// day is the calendar day of a moment at the stations.
func (o *Office) day(at time.Time) chepiao.Day { return chepiao.DayOf(at.In(o.Timetable().Zone)) }

// checked dresses a recorded passage for the gate's screen.
func (o *Office) checked(ctx context.Context, e *chepiao.Event) (Checked, error) {
	c := Checked{Verdict: e.Check.Verdict}
	if len(e.Tickets) == 0 {
		return c, nil
	}
	c.Ticket, c.Children, c.Found = e.Tickets[0], e.Tickets[1:], true
	run, err := o.Timetable().Run(c.Ticket.Departure)
	if err != nil {
		return c, err
	}
	c.Run = run
	c.Departs, _ = o.Span(run, c.Ticket.Board)
	c.Passenger, err = o.passenger(ctx, c.Ticket)
	return c, err
}

// passenger is who travels on a ticket, empty when the record was destroyed.
func (o *Office) passenger(ctx context.Context, t chepiao.Ticket) (p chepiao.Passenger, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		sealed, ok, err := r.Person(t.ID)
		if err == nil && ok {
			p, _ = o.secret.open(sealed, t.Person)
		}
		return err
	})
	return p, err
}
