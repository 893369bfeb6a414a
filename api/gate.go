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

// gates puts up what gates and departure desks do.
func (d *door) gates() {
	d.checks()
	register(d, huma.Operation{OperationID: "uncheck", Method: http.MethodPost, Path: "/tickets/{ticket}/uncheck", Tags: []string{"staff"}, Security: staff, Summary: "Take a check back before the coach leaves"}, d.uncheck)
	register(d, huma.Operation{OperationID: "dispatch", Method: http.MethodPost, Path: "/departures/{id}/dispatch", Tags: []string{"staff"}, Security: staff, Summary: "Let a coach leave a station"}, d.dispatch)
	register(d, huma.Operation{OperationID: "listManifest", Method: http.MethodGet, Path: "/departures/{id}/manifest", Tags: []string{"staff"}, Security: staff, Summary: "Who travels on a departure, masked"}, d.listManifest)
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
	v, err := d.verb(ctx, in.Idempotency, device.Name)
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
	v, err := d.verb(ctx, in.Idempotency, device.Name)
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
