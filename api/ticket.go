package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/voucher"
)

type ticketAnswer struct {
	Ticket    Ticket    `json:"ticket"`
	Departure string    `json:"departure"`
	Number    string    `json:"number"`
	From      Place     `json:"from"`
	To        Place     `json:"to"`
	Departs   time.Time `json:"departs"`
}

// Voucher is the boarding credential of a ticket, and what it says.
type Voucher struct {
	Ticket    string         `json:"ticket"`
	Code      string         `json:"code" doc:"To show as an alphanumeric QR code, level M." example:"CP1:…"`
	QRVersion int            `json:"qr_version"`
	Version   int            `json:"version" doc:"Of the voucher; an older one no longer passes."`
	From      time.Time      `json:"from" doc:"Valid from."`
	Until     time.Time      `json:"until" doc:"Valid until."`
	Claims    []VoucherClaim `json:"claims" doc:"What each part of the code says."`
}

// VoucherClaim explains one claim of a voucher.
type VoucherClaim struct {
	Number string `json:"number" doc:"Place in the code."`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`
	Value  string `json:"value"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// tickets puts up tickets and their vouchers.
func (d *door) tickets() {
	register(d, huma.Operation{OperationID: "getTicket", Method: http.MethodGet, Path: "/tickets/{ticket}", Tags: []string{"tickets", "staff"}, Security: staff, Summary: "A ticket by its number"}, d.getTicket)
	const path = "/orders/{order}/tickets/{ticket}/voucher"
	register(d, huma.Operation{OperationID: "getVoucher", Method: http.MethodGet, Path: path, Tags: []string{"tickets"}, Security: buyerOrStaff, Summary: "A ticket's voucher, explained"}, d.getVoucher)
	register(d, huma.Operation{OperationID: "getVoucherSVG", Method: http.MethodGet, Path: path + ".svg", Tags: []string{"tickets"}, Security: buyerOrStaff,
		Summary: "A ticket's voucher as SVG", Responses: picture("image/svg+xml")}, d.getVoucherSVG)
	register(d, huma.Operation{OperationID: "getVoucherPNG", Method: http.MethodGet, Path: path + ".png", Tags: []string{"tickets"}, Security: buyerOrStaff,
		Summary: "A ticket's voucher as PNG", Responses: picture("image/png")}, d.getVoucherPNG)
}

func picture(media string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "The QR code", Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
}

type TicketRef struct {
	Ticket string `path:"ticket" maxLength:"40" example:"TK10000000026"`
}

func (d *door) getTicket(ctx context.Context, in *TicketRef) (*body[ticketAnswer], error) {
	if _, err := d.may(ctx, ident.SeeTicket); err != nil {
		return nil, err
	}
	id, err := chepiao.ParseTicketID(in.Ticket)
	if err != nil {
		return nil, err
	}
	t, err := d.Office.Ticket(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := d.Office.Look(ctx, t.Order)
	if err != nil {
		return nil, err
	}
	a := ticketAnswer{Departure: t.Departure.String(), Number: f.Run.Template.Number, From: d.place(t.From), To: d.place(t.To), Departs: f.Departs}
	for i, other := range f.Tickets {
		if other.ID == id {
			a.Ticket = d.ticketOf(other)
			a.Ticket.Passenger = personOf(f.Passengers[i])
		}
	}
	a.Ticket.Order = t.Order.String()
	if line, ok, err := d.Office.FareOf(t); err == nil && ok {
		fare := fareLineOf(line)
		a.Ticket.Fare = &fare
	}
	return &body[ticketAnswer]{a}, nil
}

type VoucherRef struct {
	OrderRef
	TicketRef
}

// voucherOf signs the voucher of a ticket for whoever may see its order.
func (d *door) voucherOf(ctx context.Context, in *VoucherRef) (code string, c chepiao.Claims, err error) {
	order, _, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return "", c, err
	}
	id, err := chepiao.ParseTicketID(in.Ticket)
	if err != nil {
		return "", c, err
	}
	t, err := d.Office.Ticket(ctx, id)
	if chepiao.Why(err) == chepiao.NotFound || err == nil && t.Order != order {
		return "", c, noSuchTicket
	}
	if err != nil {
		return "", c, err
	}
	return d.Office.Voucher(ctx, id)
}

func (d *door) getVoucher(ctx context.Context, in *VoucherRef) (*body[Voucher], error) {
	code, c, err := d.voucherOf(ctx, in)
	if err != nil {
		return nil, err
	}
	version, err := voucher.QRVersion(code)
	if err != nil {
		return nil, err
	}
	t := d.Office.Timetable()
	v := Voucher{Ticket: c.Ticket.String(), Code: code, QRVersion: version, Version: c.Version, From: d.moment(c.NotBefore), Until: d.moment(c.Expires)}
	for _, l := range voucher.Explain(c, t.Zone, namesOf(t, c.From, c.To)) {
		v.Claims = append(v.Claims, VoucherClaim(l))
	}
	return &body[Voucher]{v}, nil
}

func namesOf(t *office.Timetable, stations ...chepiao.StationNo) map[chepiao.StationNo]string {
	names := map[chepiao.StationNo]string{}
	for _, no := range stations {
		if s := t.Station(no); s != nil {
			names[no] = s.Name
		}
	}
	return names
}

type pictureOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (d *door) getVoucherSVG(ctx context.Context, in *VoucherRef) (*pictureOutput, error) {
	code, _, err := d.voucherOf(ctx, in)
	if err != nil {
		return nil, err
	}
	svg, err := voucher.QRSVG(code, voucher.SVGOptions{})
	return &pictureOutput{"image/svg+xml", []byte(svg)}, err
}

type pngPath struct {
	VoucherRef
	Pixels int `query:"pixels" minimum:"60" maximum:"2048" default:"480" doc:"Of a side, border included."`
}

func (d *door) getVoucherPNG(ctx context.Context, in *pngPath) (*pictureOutput, error) {
	code, _, err := d.voucherOf(ctx, &in.VoucherRef)
	if err != nil {
		return nil, err
	}
	png, err := voucher.QRPNG(code, in.Pixels)
	return &pictureOutput{"image/png", png}, atField("pixels", err)
}
