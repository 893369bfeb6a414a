package api

import (
	"context"
	"net/http"
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
	Code     string        `json:"code,omitempty" maxLength:"4096" doc:"What a scanner read from a voucher."`
	Ticket   string        `json:"ticket,omitempty" maxLength:"40" doc:"Or: a ticket number."`
	Document *DocumentRead `json:"document,omitempty" doc:"Or: a document."`
	Station  string        `json:"station,omitempty" maxLength:"60" doc:"Code of the station where the gate stands; absent: the device's, or any."`
	Gate     string        `json:"gate,omitempty" maxLength:"40" doc:"Name of the gate; absent: any."`
	Device   string        `json:"device,omitempty" maxLength:"40" doc:"Name of the reader, where one device has several; absent: the device's."`
}

// DocumentRead is a document read or typed at a gate.
type DocumentRead struct {
	Kind        DocumentKind `json:"kind"`
	Number      string       `json:"number" minLength:"1" maxLength:"128"`
	Nationality string       `json:"nationality,omitempty" maxLength:"64"`
}

// Checked is a gate's answer. A passenger who may not board is an answer, too.
type Checked struct {
	Verdict   Verdict       `json:"verdict"`
	Ticket    *ticketAnswer `json:"ticket,omitempty" doc:"When one was found."`
	Passenger *Compared     `json:"passenger,omitempty" doc:"For comparing with the person and the document shown."`
}

// Verdict says whether a passenger may pass and why.
type Verdict struct {
	Pass   bool           `json:"pass"`
	Reason chepiao.Reason `json:"reason" example:"WRONG_DATE"`
	Light  string         `json:"light" enum:"green,amber,red"`
	Again  bool           `json:"again,omitempty" doc:"The same gate read the same ticket a moment ago."`
	ZH     string         `json:"zh"`
	EN     string         `json:"en"`
}

// Compared is what a clerk compares with the person before the gate.
type Compared struct {
	Name     string `json:"name" doc:"Masked."`
	Document string `json:"document" doc:"Kind of document."`
	Tail     string `json:"tail" doc:"Its last characters."`
}

// gates puts up what gates and departure desks do.
func (d *door) gates() {
	register(d, huma.Operation{OperationID: "check", Method: http.MethodPost, Path: "/checks", Tags: []string{"staff"}, Security: staff,
		Summary: "Check a passenger at a gate", Description: "One of code, ticket or document. The answer is 200 with a verdict also when the passenger may not pass; every attempt is recorded."}, d.check)
	register(d, huma.Operation{OperationID: "uncheck", Method: http.MethodPost, Path: "/tickets/{ticket}/uncheck", Tags: []string{"staff"}, Security: staff, Summary: "Take a check back before the coach leaves"}, d.uncheck)
	register(d, huma.Operation{OperationID: "dispatch", Method: http.MethodPost, Path: "/departures/{id}/dispatch", Tags: []string{"staff"}, Security: staff, Summary: "Let a coach leave a station"}, d.dispatch)
	register(d, huma.Operation{OperationID: "listManifest", Method: http.MethodGet, Path: "/departures/{id}/manifest", Tags: []string{"staff"}, Security: staff, Summary: "Who travels on a departure, masked"}, d.listManifest)
}

func (d *door) check(ctx context.Context, in *checkInput) (*body[Checked], error) {
	device, err := d.may(ctx, ident.Check)
	if err != nil {
		return nil, err
	}
	p := office.Passage{Code: in.Body.Code, Ticket: in.Body.Ticket, Gate: in.Body.Gate, Device: in.Body.Device}
	if p.Device == "" {
		p.Device = device.Name
	}
	if doc := in.Body.Document; doc != nil {
		p.Document, p.Number, p.Nationality = string(doc.Kind), doc.Number, doc.Nationality
	}
	if p.Station, err = d.stands(device, in.Body.Station, false); err != nil {
		return nil, err
	}
	v, err := d.verb(in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	c, err := d.Office.Check(ctx, d.Now(), v, p)
	if err != nil {
		return nil, err
	}
	answer := Checked{Verdict: Verdict{c.Verdict.Pass, c.Verdict.Reason, string(c.Verdict.Light), c.Verdict.Again, c.Verdict.ZH, c.Verdict.EN}}
	if c.Found {
		t := ticketAnswer{d.ticketOf(c.Ticket), c.Ticket.Departure.String(), c.Run.Template.Number, d.place(c.Ticket.From), d.place(c.Ticket.To), c.Departs}
		t.Ticket.Order = c.Ticket.Order.String()
		answer.Ticket = &t
		if doc := c.Passenger.Document; !doc.IsZero() {
			answer.Passenger = &Compared{c.Passenger.Name.String(), string(doc.Kind()), doc.Tail()}
		}
	}
	return &body[Checked]{answer}, nil
}

// stands is the station at which a device acts: the one it is bound to, else
// the one it names; 0 for any, unless one is needed. Refusals: Invalid,
// NotFound, and Unauthorized for another station than its own.
func (d *door) stands(device ident.Device, code string, needed bool) (chepiao.StationNo, error) {
	if device.Station != "" {
		if code != "" && code != device.Station {
			return 0, chepiao.Refuse(chepiao.Unauthorized, "本设备不属于该车站", "this device belongs to another station").At("station")
		}
		code = device.Station
	}
	if code == "" && !needed {
		return 0, nil
	}
	s, err := d.Office.Timetable().StationByCode(code, "station")
	if err != nil {
		return 0, err
	}
	return s.No, nil
}

type uncheckInput struct {
	TicketRef
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"For the journal; no personal data."`
	} `nameHint:"UncheckBody"`
}

type ticketBody struct {
	Ticket Ticket `json:"ticket"`
}

func (d *door) uncheck(ctx context.Context, in *uncheckInput) (*body[ticketBody], error) {
	device, err := d.may(ctx, ident.Uncheck)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseTicketID(in.Ticket)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	t, err := d.Office.Uncheck(ctx, v, id, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &body[ticketBody]{ticketBody{d.ticketOf(t)}}, nil
}

type dispatchInput struct {
	ID          string `path:"id" maxLength:"24" example:"1042-20261122"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Station   string `json:"station,omitempty" maxLength:"60" doc:"The station it leaves; absent: the device's."`
		Headcount *int   `json:"headcount,omitempty" minimum:"0" maximum:"1000" doc:"People counted aboard, without drivers. The coach leaves only if the list has as many."`
		Final     bool   `json:"final,omitempty" doc:"Of a flow departure: no more coach leaves today."`
	} `nameHint:"DispatchBody"`
}

// Left is a coach that has left a station.
type Left struct {
	Departure string    `json:"departure"`
	Station   Place     `json:"station"`
	Aboard    int       `json:"aboard" doc:"Passengers checked here."`
	Children  int       `json:"children,omitempty" doc:"Free children with them."`
	Missed    int       `json:"missed" doc:"Passengers with a ticket who did not come."`
	Trip      int       `json:"trip,omitempty" doc:"Of a flow departure: number of the coach at this station today."`
	More      bool      `json:"more,omitempty" doc:"Of a flow departure: further coaches leave today."`
	At        time.Time `json:"at"`
}

func (d *door) dispatch(ctx context.Context, in *dispatchInput) (*body[Left], error) {
	device, err := d.may(ctx, ident.Dispatch)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseDepartureID(in.ID)
	if err != nil {
		return nil, err
	}
	station, err := d.stands(device, in.Body.Station, true)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	left, err := d.Office.Dispatch(ctx, v, office.Leaving{Departure: id, Station: station, Headcount: in.Body.Headcount, Final: in.Body.Final})
	if err != nil {
		return nil, err
	}
	return &body[Left]{Left{left.Departure.String(), d.place(left.Station), left.Aboard, left.Children, left.Missed, left.Trip, left.More, d.moment(d.Now())}}, nil
}

type manifestInput struct {
	ID    string `path:"id" maxLength:"24" example:"1042-20261122"`
	After string `query:"after" maxLength:"40" doc:"The last ticket of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type manifest struct {
	Tickets []ManifestEntry `json:"tickets"`
	Next    string          `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

// ManifestEntry is one ticket of a departure and between which stops it is for.
type ManifestEntry struct {
	Ticket
	From Place `json:"from"`
	To   Place `json:"to"`
}

func (d *door) listManifest(ctx context.Context, in *manifestInput) (*body[manifest], error) {
	if _, err := d.may(ctx, ident.SeeManifest); err != nil {
		return nil, err
	}
	id, err := chepiao.ParseDepartureID(in.ID)
	if err != nil {
		return nil, err
	}
	var after chepiao.TicketID
	if in.After != "" {
		if after, err = chepiao.ParseTicketID(in.After); err != nil {
			return nil, atField("after", err)
		}
	}
	tickets, people, err := d.Office.Manifest(ctx, id, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	list := manifest{Tickets: []ManifestEntry{}}
	for i, t := range tickets[:min(in.Limit, len(tickets))] {
		e := ManifestEntry{d.ticketOf(t), d.place(t.From), d.place(t.To)}
		e.Order, e.Passenger = t.Order.String(), personOf(people[i])
		list.Tickets = append(list.Tickets, e)
	}
	if len(tickets) > in.Limit {
		list.Next = tickets[in.Limit-1].ID.String()
	}
	return &body[manifest]{list}, nil
}
