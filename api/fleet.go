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

// fleet puts up the register of vehicles and drivers.
func (d *door) fleet() {
	register(d, huma.Operation{OperationID: "registerVehicle", Method: http.MethodPost, Path: "/vehicles", Tags: []string{"staff"}, Security: staff,
		Summary: "Register a vehicle, or register it anew", Description: "Papers that are a must: road_permit, vehicle_permit, insurance. Others: line_badge, maintenance, extinguisher."}, d.registerVehicle)
	register(d, huma.Operation{OperationID: "listVehicles", Method: http.MethodGet, Path: "/vehicles", Tags: []string{"staff"}, Security: staff, Summary: "The vehicles that are registered"}, d.listVehicles)
	register(d, huma.Operation{OperationID: "checkVehicle", Method: http.MethodPost, Path: "/vehicles/safety-checks", Tags: []string{"staff"}, Security: staff,
		Summary: "Note that a vehicle has passed its safety check"}, d.checkVehicle)
	register(d, huma.Operation{OperationID: "registerDriver", Method: http.MethodPost, Path: "/drivers", Tags: []string{"staff"}, Security: staff,
		Summary: "Register a driver by staff number, or anew", Description: "Papers that are a must: driver_permit, qualification. Names are not asked for."}, d.registerDriver)
	register(d, huma.Operation{OperationID: "listDrivers", Method: http.MethodGet, Path: "/drivers", Tags: []string{"staff"}, Security: staff, Summary: "The drivers that are registered"}, d.listDrivers)
}

// Paper is a certificate and its last good day.
type Paper struct {
	Kind  chepiao.PaperKind `json:"kind" maxLength:"20" example:"insurance"`
	Until string            `json:"until" maxLength:"10" example:"2027-06-30" doc:"Last day on which it is good."`
}

// VehicleBody is a vehicle as its carrier registers it.
type VehicleBody struct {
	Plate    string   `json:"plate" minLength:"1" maxLength:"40" example:"冀A12345"`
	Carrier  string   `json:"carrier" minLength:"1" maxLength:"60" doc:"Code."`
	Coach    string   `json:"coach,omitempty" maxLength:"60" doc:"Code of its vehicle type."`
	Seats    int      `json:"seats" minimum:"1" maximum:"120" doc:"For passengers."`
	Approved int      `json:"approved,omitempty" minimum:"0" maximum:"240" doc:"People it may carry; absent: as many as seats."`
	Papers   []Paper  `json:"papers" maxItems:"20"`
	Lines    []string `json:"lines,omitempty" maxItems:"200" doc:"Codes of the lines it is assigned to; absent: any."`
}

// FleetVehicle is a registered vehicle.
type FleetVehicle struct {
	VehicleBody
	Checked *time.Time `json:"checked,omitempty" doc:"Last safety check that it passed."`
	Form    string     `json:"form,omitempty" doc:"Number of that check's form."`
}

func vehicleOf(v chepiao.Vehicle) FleetVehicle {
	out := FleetVehicle{VehicleBody{v.Plate, v.Carrier, v.Coach, v.Seats, v.Approved, papersOf(v.Papers), v.Lines}, nil, v.Form}
	if !v.Checked.IsZero() {
		out.Checked = &v.Checked
	}
	return out
}

func papersOf(papers []chepiao.Paper) []Paper {
	out := make([]Paper, len(papers))
	for i, p := range papers {
		out[i] = Paper{p.Kind, p.Until.String()}
	}
	return out
}

func readPapers(papers []Paper) (out []chepiao.Paper, err error) {
	for _, p := range papers {
		day, err := chepiao.ParseDay(p.Until)
		if err != nil {
			return nil, atField("papers", err)
		}
		out = append(out, chepiao.Paper{Kind: p.Kind, Until: day})
	}
	return out, nil
}

type vehicleInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        VehicleBody
}

// staffVerb is what a device of staff may do and under which id.
func (d *door) staffVerb(ctx context.Context, may ident.Verb, key string) (office.Verb, error) {
	device, err := d.may(ctx, may)
	if err != nil {
		return office.Verb{}, err
	}
	return d.verb(ctx, key, device.Name)
}

func (d *door) registerVehicle(ctx context.Context, in *vehicleInput) (*body[FleetVehicle], error) {
	verb, err := d.staffVerb(ctx, ident.Operate, in.Idempotency)
	if err != nil {
		return nil, err
	}
	b := in.Body
	v := chepiao.Vehicle{Plate: b.Plate, Carrier: b.Carrier, Coach: b.Coach, Seats: b.Seats, Approved: b.Approved, Lines: b.Lines}
	if v.Papers, err = readPapers(b.Papers); err != nil {
		return nil, err
	}
	if v, err = d.Office.RegisterVehicle(ctx, verb, v); err != nil {
		return nil, err
	}
	return &body[FleetVehicle]{vehicleOf(v)}, nil
}

type fleetInput struct {
	After string `query:"after" maxLength:"40" doc:"The last plate or number of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type fleetPage struct {
	Vehicles []FleetVehicle `json:"vehicles"`
	Next     string         `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

func (d *door) listVehicles(ctx context.Context, in *fleetInput) (*body[fleetPage], error) {
	if _, err := d.may(ctx, ident.Report); err != nil {
		return nil, err
	}
	list, err := d.Office.Fleet(ctx, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := fleetPage{Vehicles: []FleetVehicle{}}
	for _, v := range list[:min(in.Limit, len(list))] {
		page.Vehicles = append(page.Vehicles, vehicleOf(v))
	}
	if len(list) > in.Limit {
		page.Next = list[in.Limit-1].Plate
	}
	return &body[fleetPage]{page}, nil
}

type safetyInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Plate string `json:"plate" minLength:"1" maxLength:"40"`
		Form  string `json:"form" minLength:"1" maxLength:"40" doc:"Number of the check's form."`
	} `nameHint:"SafetyCheckBody"`
}

func (d *door) checkVehicle(ctx context.Context, in *safetyInput) (*body[FleetVehicle], error) {
	verb, err := d.staffVerb(ctx, ident.Report, in.Idempotency)
	if err != nil {
		return nil, err
	}
	v, err := d.Office.SafetyCheck(ctx, verb, in.Body.Plate, in.Body.Form)
	if err != nil {
		return nil, err
	}
	return &body[FleetVehicle]{vehicleOf(v)}, nil
}

// DriverBody is a driver, by staff number.
type DriverBody struct {
	No      string  `json:"no" minLength:"1" maxLength:"40" doc:"The carrier's staff number, never a name."`
	Carrier string  `json:"carrier" minLength:"1" maxLength:"60" doc:"Code."`
	Papers  []Paper `json:"papers" maxItems:"20"`
}

type driverInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        DriverBody
}

func (d *door) registerDriver(ctx context.Context, in *driverInput) (*body[DriverBody], error) {
	verb, err := d.staffVerb(ctx, ident.Operate, in.Idempotency)
	if err != nil {
		return nil, err
	}
	v := chepiao.Driver{No: in.Body.No, Carrier: in.Body.Carrier}
	if v.Papers, err = readPapers(in.Body.Papers); err != nil {
		return nil, err
	}
	if v, err = d.Office.RegisterDriver(ctx, verb, v); err != nil {
		return nil, err
	}
	return &body[DriverBody]{DriverBody{v.No, v.Carrier, papersOf(v.Papers)}}, nil
}

type driversPage struct {
	Drivers []DriverBody `json:"drivers"`
	Next    string       `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

func (d *door) listDrivers(ctx context.Context, in *fleetInput) (*body[driversPage], error) {
	if _, err := d.may(ctx, ident.Report); err != nil {
		return nil, err
	}
	list, err := d.Office.Drivers(ctx, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := driversPage{Drivers: []DriverBody{}}
	for _, v := range list[:min(in.Limit, len(list))] {
		page.Drivers = append(page.Drivers, DriverBody{v.No, v.Carrier, papersOf(v.Papers)})
	}
	if len(list) > in.Limit {
		page.Next = list[in.Limit-1].No
	}
	return &body[driversPage]{page}, nil
}
