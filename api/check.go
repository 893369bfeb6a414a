package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

type checkInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
	Body        checkBody
}

type checkBody struct {
	Code      string        `json:"code,omitempty" maxLength:"4096" doc:"What a scanner read from a voucher."`
	Ticket    string        `json:"ticket,omitempty" maxLength:"40" doc:"Or: a ticket number."`
	After     string        `json:"after,omitempty" maxLength:"40" doc:"Beside a document alone: the number of the ticket that was answered NEED_ID a moment ago. A document without a ticket of its own is held against it."`
	Document  *DocumentRead `json:"document,omitempty" doc:"A document: alone it finds the ticket, beside a code or number it must be the ticket's."`
	StaffCard string        `json:"staff_card,omitempty" maxLength:"200" doc:"Or: what a reader got from a staff card, the secret of a device or desk of this node."`
	Method    string        `json:"method,omitempty" enum:"face,manual" doc:"Said only when a camera recognised the passenger, or a clerk looked at a document that no reader reads."`
	Seen      DocumentKind  `json:"seen,omitempty" doc:"manual: the kind of document that the clerk looked at."`
	Name      string        `json:"name,omitempty" maxLength:"200" doc:"The name as read or typed: a hint for the clerk, it decides nothing where the document is the ticket's."`
	NoMatch   bool          `json:"no_match,omitempty" doc:"face: the camera did not recognise the passenger."`
	Station   string        `json:"station,omitempty" maxLength:"60" doc:"Code of the station where the gate stands; absent: the device's, or any."`
	Place     string        `json:"place,omitempty" enum:"gate,hall,window,en_route" doc:"Absent: a gate. The hall counts who enters and marks no ticket."`
	Gate      string        `json:"gate,omitempty" maxLength:"40" doc:"Name of the gate; absent: any."`
	Device    string        `json:"device,omitempty" maxLength:"40" doc:"Name of the reader, where one device has several; absent: the device's."`
	At        *time.Time    `json:"at,omitempty" doc:"The gate's own clock. Too far from the node's, only checks by hand pass."`
	Departure string        `json:"departure,omitempty" maxLength:"24" example:"1042-20261122" doc:"The coach that is boarding at this gate; absent: any. A passenger of another one boards it where the rules of mixed checks (混检) allow."`
	Override  string        `json:"override,omitempty" maxLength:"200" doc:"A supervisor's reason to let the passenger through in spite of what a person can see to be right; no personal data."`
	Children  bool          `json:"children,omitempty" doc:"The tickets of children who name this one as guardian pass with it."`
}

// DocumentRead is a document read or typed at a gate.
type DocumentRead struct {
	Kind        DocumentKind `json:"kind"`
	Number      string       `json:"number" minLength:"1" maxLength:"128"`
	Nationality string       `json:"nationality,omitempty" maxLength:"64"`
	Expires     string       `json:"expires,omitempty" maxLength:"10" example:"2030-05-01" doc:"Last day of its own validity, where it was read."`
}

// Checked is a gate's answer. A passenger who may not board is an answer, too.
type Checked struct {
	Verdict   Verdict       `json:"verdict"`
	Ticket    *ticketAnswer `json:"ticket,omitempty" doc:"When one was found."`
	Passenger *Compared     `json:"passenger,omitempty" doc:"For comparing with the person and the document shown."`
	Children  []Ticket      `json:"children,omitempty" doc:"Tickets of children that passed with it."`
}

// Verdict says whether a passenger may pass and why.
type Verdict struct {
	Pass     bool                 `json:"pass"`
	Reason   chepiao.Reason       `json:"reason" example:"WRONG_DATE"`
	Light    string               `json:"light" enum:"green,amber,red"`
	Sound    string               `json:"sound" enum:"pass,wait,stop,alarm" doc:"An alarm sounds like a stop: it is for the supervisor's screen."`
	Again    bool                 `json:"again,omitempty" doc:"The same gate read the same ticket a moment ago."`
	Move     bool                 `json:"move,omitempty" doc:"The ticket moved to the coach that is boarding."`
	Overrode chepiao.Reason       `json:"overrode,omitempty" doc:"The refusal that a supervisor set aside."`
	May      bool                 `json:"may_override,omitempty" doc:"A supervisor may set this refusal aside with a reason."`
	Children int                  `json:"children,omitempty" doc:"Tickets of children who go with this passenger and have not passed."`
	ZH       string               `json:"zh"`
	EN       string               `json:"en"`
	Next     chepiao.Step         `json:"next" doc:"What the clerk does now."`
	Because  *chepiao.Explanation `json:"because,omitempty" doc:"The rule that decided."`
}

// Compared is what a clerk compares with the person before the gate.
type Compared struct {
	Name     string `json:"name" doc:"Masked."`
	Document string `json:"document" doc:"Kind of document."`
	Tail     string `json:"tail" doc:"Its last characters."`
}

// checks puts up the check and what is looked at afterwards.
func (d *door) checks() {
	register(d, huma.Operation{OperationID: "check", Method: http.MethodPost, Path: "/checks", Tags: []string{"staff"}, Security: staff,
		Summary: "Check a passenger at a gate", Description: "A code, ticket number, document or staff card. The answer is 200 with a verdict also when the passenger may not pass; every attempt is recorded."}, d.check)
	register(d, huma.Operation{OperationID: "reviewChecks", Method: http.MethodGet, Path: "/checks/review", Tags: []string{"staff"}, Security: staff,
		Summary: "Passages that a supervisor looks at: by hand, overridden, somebody else's document, forged"}, d.reviewChecks)
}

func (d *door) check(ctx context.Context, in *checkInput) (*body[Checked], error) {
	device, err := d.may(ctx, ident.Check)
	if err != nil {
		return nil, err
	}
	if in.Body.Override != "" {
		if _, err := d.may(ctx, ident.Override); err != nil {
			return nil, err
		}
	}
	p, err := d.passage(device, in.Body)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	p.Fetch = office.FetchWait
	c, err := d.Office.Check(ctx, d.Now(), v, p)
	if err != nil {
		return nil, err
	}
	answer := Checked{Verdict: verdictOf(c.Verdict)}
	for _, t := range c.Children {
		answer.Children = append(answer.Children, d.ticketOf(t))
	}
	if c.Found {
		t := ticketAnswer{d.ticketOf(c.Ticket), c.Ticket.Departure.String(), c.Run.Template.Number, d.place(c.Ticket.From), d.place(c.Ticket.To), c.Departs}
		t.Ticket.Order = c.Ticket.Order.String()
		answer.Ticket, answer.Passenger = &t, compared(c.Passenger)
	}
	return &body[Checked]{answer}, nil
}

// passage is a body as the office reads it.
func (d *door) passage(device ident.Device, b checkBody) (p office.Passage, err error) {
	p = office.Passage{
		Code: b.Code, Ticket: b.Ticket, After: b.After, Method: chepiao.Method(b.Method), Seen: chepiao.DocumentKind(b.Seen), Name: b.Name, NoMatch: b.NoMatch,
		Place: chepiao.CheckPlace(b.Place), Gate: b.Gate, Device: b.Device, Override: b.Override, Children: b.Children,
	}
	if p.Device == "" {
		p.Device = device.Name
	}
	if b.StaffCard != "" {
		p.StaffCard = true
		_, p.StaffKnown = d.Devices.Find(b.StaffCard)
	}
	if b.At != nil {
		p.At = *b.At
	}
	if b.Departure != "" {
		if p.Departure, err = chepiao.ParseDepartureID(b.Departure); err != nil {
			return p, err
		}
	}
	if doc := b.Document; doc != nil {
		p.Document, p.Number, p.Nationality = string(doc.Kind), doc.Number, doc.Nationality
		if doc.Expires != "" {
			if p.Expires, err = chepiao.ParseDay(doc.Expires); err != nil {
				return p, atField("document.expires", err)
			}
		}
	}
	p.Station, err = d.stands(device, b.Station, false)
	return p, err
}

func verdictOf(v chepiao.Verdict) Verdict {
	return Verdict{
		Pass: v.Pass, Reason: v.Reason, Light: string(v.Light), Sound: string(v.Sound), Again: v.Again, Move: v.Move, Overrode: v.Overrode,
		May: !v.Pass && v.Reason.MayOverride(), Children: v.Children, ZH: v.ZH, EN: v.EN, Next: v.Next, Because: v.Because,
	}
}

func compared(p chepiao.Passenger) *Compared {
	if p.Document.IsZero() {
		return nil
	}
	return &Compared{p.Name.String(), string(p.Document.Kind()), p.Document.Tail()}
}

type reviewInput struct {
	Day   string `query:"day" maxLength:"10" example:"2026-11-22" doc:"Absent: today."`
	What  string `query:"what" enum:"manual,overridden,mismatch,forged,alone" doc:"Absent: all."`
	After int64  `query:"after" minimum:"0" doc:"Value of next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type reviews struct {
	Passages []Passage `json:"passages"`
	Next     string    `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

// Passage is one attempt at a gate that somebody looks at afterwards, masked.
type Passage struct {
	What      string         `json:"what" enum:"manual,overridden,mismatch,forged,alone"`
	At        time.Time      `json:"at"`
	By        string         `json:"by" doc:"Device or duty that acted."`
	Device    string         `json:"device"`
	Station   *Place         `json:"station,omitempty"`
	Reason    chepiao.Reason `json:"reason" doc:"What the gate said."`
	Overrode  chepiao.Reason `json:"overrode,omitempty"`
	Why       string         `json:"why,omitempty" doc:"The supervisor's reason."`
	Seen      string         `json:"seen,omitempty" doc:"Kind of document that the clerk looked at."`
	Ticket    string         `json:"ticket,omitempty"`
	Number    string         `json:"number,omitempty" doc:"Of the departure."`
	Passenger *Compared      `json:"passenger,omitempty" doc:"Whose ticket it is, masked."`
}

func (d *door) reviewChecks(ctx context.Context, in *reviewInput) (*body[reviews], error) {
	if _, err := d.may(ctx, ident.Review); err != nil {
		return nil, err
	}
	day := chepiao.DayOf(d.Now().In(d.Office.Timetable().Zone))
	if in.Day != "" {
		var err error
		if day, err = chepiao.ParseDay(in.Day); err != nil {
			return nil, atField("day", err)
		}
	}
	found, err := d.Office.Reviews(ctx, day, chepiao.Review(in.What), in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	list := reviews{Passages: []Passage{}}
	for _, r := range found[:min(in.Limit, len(found))] {
		list.Passages = append(list.Passages, d.reviewed(r))
	}
	if len(found) > in.Limit {
		list.Next = strconv.FormatInt(found[in.Limit-1].ID, 10)
	}
	return &body[reviews]{list}, nil
}

func (d *door) reviewed(r office.Reviewed) Passage {
	p := Passage{
		What: string(r.What), At: d.moment(r.At), By: r.By, Device: r.Check.Device, Reason: r.Check.Verdict.Reason, Overrode: r.Check.Verdict.Overrode, Seen: string(r.Check.Seen),
	}
	if r.Check.Override != nil {
		p.Why = r.Check.Override.Reason
	}
	if r.Check.Station != 0 {
		place := d.place(r.Check.Station)
		p.Station = &place
	}
	if r.Found {
		p.Ticket, p.Number, p.Passenger = r.Ticket.ID.String(), r.Run.Template.Number, compared(r.Passenger)
	}
	return p
}
