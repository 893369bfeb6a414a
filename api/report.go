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

// reports puts up what happens to coaches before they leave.
func (d *door) reports() {
	register(d, huma.Operation{OperationID: "report", Method: http.MethodPost, Path: "/departures/{id}/report", Tags: []string{"staff"}, Security: staff,
		Summary: "Have a coach report for a departure", Description: "Papers, safety check, drivers and seats are looked at; passengers are told gate and plate. `COACH_TOO_SMALL`: change the coach first."}, d.report)
	register(d, huma.Operation{OperationID: "cancelReport", Method: http.MethodPost, Path: "/departures/{id}/report/cancel", Tags: []string{"staff"}, Security: staff,
		Summary: "Take a report back", Description: "Another coach may report then."}, d.cancelReport)
	register(d, huma.Operation{OperationID: "getOperations", Method: http.MethodGet, Path: "/departures/{id}/operations", Tags: []string{"staff"}, Security: staff,
		Summary: "How a departure stands at each of its stops"}, d.getOperations)
	d.fleet()
}

type reportInput struct {
	ID          string `path:"id" maxLength:"24" example:"1042-20261122"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Station string   `json:"station,omitempty" maxLength:"60" doc:"Where it reports; absent: the device's."`
		Plate   string   `json:"plate" minLength:"1" maxLength:"40" example:"冀A12345"`
		Drivers []string `json:"drivers" minItems:"1" maxItems:"4" doc:"Staff numbers."`
		Berth   string   `json:"berth,omitempty" maxLength:"40"`
	} `nameHint:"ReportBody"`
}

// CoachReport is a coach that has reported.
type CoachReport struct {
	Station  Place         `json:"station"`
	Plate    string        `json:"plate"`
	Coach    string        `json:"coach,omitempty" doc:"Code of its vehicle type."`
	Seats    int           `json:"seats"`
	Approved int           `json:"approved" doc:"People it may carry."`
	Drivers  []string      `json:"drivers"`
	Berth    string        `json:"berth,omitempty"`
	At       time.Time     `json:"at"`
	Late     int           `json:"late,omitempty" doc:"Seconds after it was due."`
	Fine     chepiao.Money `json:"fine,omitempty"`
}

func (d *door) reportOf(run office.Run, r chepiao.Report) CoachReport {
	return CoachReport{d.place(run.Template.Stops[r.Stop].Station), r.Plate, r.Coach, r.Seats, r.Approved, r.Drivers, r.Berth, d.moment(r.At), r.Late, r.Fine}
}

func (d *door) report(ctx context.Context, in *reportInput) (*body[CoachReport], error) {
	device, err := d.may(ctx, ident.Report)
	if err != nil {
		return nil, err
	}
	a := office.Arrival{Plate: in.Body.Plate, Drivers: in.Body.Drivers, Berth: in.Body.Berth}
	if a.Departure, err = chepiao.ParseDepartureID(in.ID); err != nil {
		return nil, err
	}
	if a.Station, err = d.stands(device, in.Body.Station, true); err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	r, err := d.Office.Report(ctx, v, a)
	if err != nil {
		return nil, err
	}
	run, err := d.Office.Timetable().Run(a.Departure)
	if err != nil {
		return nil, err
	}
	return &body[CoachReport]{d.reportOf(run, r)}, nil
}

type cancelReportInput struct {
	ID          string `path:"id" maxLength:"24" example:"1042-20261122"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Station string `json:"station,omitempty" maxLength:"60" doc:"Where it reported; absent: the device's."`
		Reason  string `json:"reason" minLength:"1" maxLength:"200" doc:"For the journal; no personal data."`
	} `nameHint:"CancelReportBody"`
}

func (d *door) cancelReport(ctx context.Context, in *cancelReportInput) (*body[CoachReport], error) {
	device, err := d.may(ctx, ident.Report)
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
	r, err := d.Office.CancelReport(ctx, v, id, station, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	run, err := d.Office.Timetable().Run(id)
	if err != nil {
		return nil, err
	}
	return &body[CoachReport]{d.reportOf(run, r)}, nil
}

type operationsInput struct {
	ID string `path:"id" maxLength:"24" example:"1042-20261122"`
}

// DepartureOperations is a departure as its stations see it.
type DepartureOperations struct {
	Departure string                 `json:"departure"`
	Number    string                 `json:"number"`
	State     chepiao.DepartureState `json:"state" doc:"running, stopped, merged, stowed or no_show."`
	Coach     string                 `json:"coach,omitempty" doc:"Vehicle type that runs instead of the planned one."`
	Into      string                 `json:"into,omitempty" doc:"Departure that carries its passengers."`
	Of        string                 `json:"of,omitempty" doc:"Departure that this extra one relieves."`
	Stops     []OperationsStop       `json:"stops" doc:"Where passengers board."`
	Reserved  []ReservedSeat         `json:"reserved,omitempty"`
	Trips     []CoachTrip            `json:"trips,omitempty" doc:"Of a flow departure: coaches that have left."`
}

// OperationsStop is how a departure stands at one stop.
type OperationsStop struct {
	Station Place         `json:"station"`
	Planned time.Time     `json:"planned" doc:"Leaves, by the timetable."`
	Departs time.Time     `json:"departs" doc:"Leaves, delays included; the first coach of a flow departure."`
	Last    time.Time     `json:"last" doc:"The last coach of a flow departure."`
	Phase   chepiao.Phase `json:"phase" doc:"planned, on_sale, sale_closed, reported, checking, check_closed, dispatched, or the departure's state when it does not run."`
	Selling bool          `json:"selling" doc:"The station's windows sell it."`
	Late    bool          `json:"late,omitempty"`
	Absent  bool          `json:"absent,omitempty" doc:"Past its time and no coach has reported."`
	Delay   int           `json:"delay,omitempty" doc:"Seconds later than planned."`
	Gate    string        `json:"gate,omitempty"`
	Berth   string        `json:"berth,omitempty"`
	Report  *CoachReport  `json:"report,omitempty" doc:"The coach that stands there or will come."`
	Valid   int           `json:"valid" doc:"Passengers who board here and have not been checked."`
	Aboard  int           `json:"aboard" doc:"Checked here, or departed from here."`
	Held    int           `json:"held" doc:"Unpaid."`
	Free    int           `json:"free" doc:"Seats to the last stop."`
}

// ReservedSeat is a seat that is kept back.
type ReservedSeat struct {
	Seat   int                 `json:"seat,omitempty" doc:"Absent: a place of a flow departure."`
	From   Place               `json:"from"`
	To     Place               `json:"to"`
	Kind   chepiao.ReserveKind `json:"kind" doc:"fixed, auto or manual."`
	Reason string              `json:"reason"`
	Until  *time.Time          `json:"until,omitempty"`
}

// CoachTrip is one coach of a flow departure that has left.
type CoachTrip struct {
	No      int       `json:"no"`
	Station Place     `json:"station"`
	Plate   string    `json:"plate,omitempty"`
	Places  int       `json:"places"`
	Aboard  int       `json:"aboard"`
	At      time.Time `json:"at"`
}

func (d *door) getOperations(ctx context.Context, in *operationsInput) (*body[DepartureOperations], error) {
	if _, err := d.may(ctx, ident.SeeManifest); err != nil {
		return nil, err
	}
	id, err := chepiao.ParseDepartureID(in.ID)
	if err != nil {
		return nil, err
	}
	o, err := d.Office.Operations(ctx, d.Now(), id)
	if err != nil {
		return nil, err
	}
	return &body[DepartureOperations]{d.operationsOf(id, o)}, nil
}

func (d *door) operationsOf(id chepiao.DepartureID, o office.Operations) DepartureOperations {
	out := DepartureOperations{Departure: id.String(), Number: o.Run.Template.Number, State: o.State, Coach: o.Ops.Coach, Stops: []OperationsStop{}}
	if o.Ops.Into != 0 {
		out.Into = o.Ops.Into.String()
	}
	if o.Ops.Of != 0 {
		out.Of = o.Ops.Of.String()
	}
	at := func(stop int) Place { return d.place(o.Run.Template.Stops[stop].Station) }
	for _, s := range o.Stops {
		stop := OperationsStop{
			d.place(s.Station), s.Planned, d.moment(s.Departs), d.moment(s.Last), s.Phase, s.Selling, s.Late, s.Absent, int(s.Delay / time.Second),
			s.Gate, s.Berth, nil, s.Valid, s.Aboard, s.Held, s.Free,
		}
		if s.Report != nil {
			r := d.reportOf(o.Run, *s.Report)
			stop.Report = &r
		}
		out.Stops = append(out.Stops, stop)
	}
	for _, r := range o.Ops.Reserved {
		seat := ReservedSeat{Seat: r.Seat, From: at(r.From), To: at(r.To), Kind: r.Kind, Reason: r.Reason}
		if !r.Until.IsZero() {
			until := d.moment(r.Until)
			seat.Until = &until
		}
		out.Reserved = append(out.Reserved, seat)
	}
	for _, t := range o.Ops.Trips {
		out.Trips = append(out.Trips, CoachTrip{t.No, at(t.Stop), t.Plate, t.Places, t.Aboard, d.moment(t.At)})
	}
	return out
}
