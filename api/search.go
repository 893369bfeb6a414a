package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/office"
)

// Offer is a departure between two stops, as it can be bought now.
type Offer struct {
	Ride
	Free  int   `json:"free" doc:"Seats or places left between the two stops."`
	Price int64 `json:"price" doc:"Full fare in fen."`
	Why   *Why  `json:"why_not,omitempty" doc:"Why it cannot be bought now; absent when it can."`
}

// Ride is the part of an offer that stays as it is while the timetable stands.
type Ride struct {
	ID      string     `json:"id" doc:"Departure: template and service day." example:"1042-20261122"`
	Number  string     `json:"number" doc:"Departure number people know." example:"JA1001"`
	Line    string     `json:"line"`
	Class   int        `json:"class,omitempty" doc:"1 cross-province … 4 within a county."`
	Carrier string     `json:"carrier,omitempty"`
	Kind    string     `json:"kind" enum:"fixed,flow" doc:"flow: no seat numbers, any coach of the day."`
	Vehicle string     `json:"vehicle,omitempty"`
	Gate    string     `json:"gate,omitempty"`
	From    Place      `json:"from"`
	To      Place      `json:"to"`
	Departs time.Time  `json:"departs" doc:"At the boarding stop; the first coach of a flow departure."`
	Last    *time.Time `json:"last,omitempty" doc:"Last coach of a flow departure."`
	Arrives time.Time  `json:"arrives"`
	Metres  int        `json:"metres"`
	Seats   int        `json:"seats" doc:"Seats or places in all."`
}

// Why is a reason in both languages.
type Why struct {
	Reason chepiao.Reason `json:"reason" example:"STOP_SALE"`
	ZH     string         `json:"zh"`
	EN     string         `json:"en"`
}

type offerList struct {
	Departures []Offer `json:"departures"`
	Total      int     `json:"total" doc:"Departures of the day in all."`
	Next       int     `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`

	door   *door
	offers []office.Offer // what Departures says, written by appendJSON
}

type departureDetail struct {
	Offer
	Fares  []FareOption `json:"fares" doc:"A price for each kind of ticket, with how it came about."`
	Refund RefundTerms  `json:"refund" doc:"The refund ladder in words."`
	Stops  []StopTime   `json:"stops" doc:"Every stop of the coach."`
}

// FareOption is what one kind of ticket costs.
type FareOption struct {
	Kind  string `json:"kind" enum:"full,half,student,discount,disabled"`
	Price int64  `json:"price" doc:"In fen."`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
}

// RefundTerms are the steps of the refund ladder, from early to late.
type RefundTerms struct {
	ZH []string `json:"zh"`
	EN []string `json:"en"`
}

// StopTime is one stop of a departure.
type StopTime struct {
	Station Place     `json:"station"`
	Arrives time.Time `json:"arrives"`
	Departs time.Time `json:"departs"`
	Metres  int       `json:"metres" doc:"From the first stop."`
	Board   bool      `json:"board"`
	Alight  bool      `json:"alight"`
}

// search puts up the routes about departures.
func (d *door) search() {
	register(d, huma.Operation{OperationID: "searchDepartures", Method: http.MethodGet, Path: "/departures", Tags: []string{"timetable"},
		Summary: "Departures between two stations on a day", Description: "In the order of their times. One that cannot be bought is listed with the reason."}, d.searchDepartures)
	register(d, huma.Operation{OperationID: "getDeparture", Method: http.MethodGet, Path: "/departures/{id}", Tags: []string{"timetable"}, Summary: "One departure between two stops"}, d.getDeparture)
	register(d, huma.Operation{OperationID: "listSeats", Method: http.MethodGet, Path: "/departures/{id}/seats", Tags: []string{"timetable"}, Summary: "The seats of a departure between two stops"}, d.listSeats)
}

type searchQuery struct {
	From    string `query:"from" required:"true" maxLength:"60" doc:"Business code of the boarding station."`
	To      string `query:"to" required:"true" maxLength:"60" doc:"Business code of the alighting station."`
	Day     string `query:"day" maxLength:"10" doc:"Service day; today when absent." example:"2026-11-22"`
	Channel string `query:"channel" enum:"online,window,platform" default:"online" doc:"Sales stop at other times for each channel."`
	After   int    `query:"after" minimum:"0" maximum:"100000" doc:"Departures to skip."`
	Limit   int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

func (d *door) searchDepartures(_ context.Context, in *searchQuery) (*body[offerList], error) {
	from, to, err := d.journey(in.From, in.To)
	if err != nil {
		return nil, err
	}
	day := d.today()
	if in.Day != "" {
		if day, err = chepiao.ParseDay(in.Day); err != nil {
			return nil, err
		}
	}
	offers, total, err := d.Office.Search(d.Now(), office.Question{From: from, To: to, Day: day, Channel: chepiao.Channel(in.Channel), After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	list := offerList{Total: total, door: d, offers: offers}
	if in.After+len(offers) < total {
		list.Next = in.After + len(offers)
	}
	return &body[offerList]{list}, nil
}

func (d *door) offerOf(o office.Offer) Offer {
	v := Offer{Ride: d.rideOf(o), Free: o.Free, Price: int64(o.Price)}
	if r := o.Refusal; r != nil {
		v.Why = &Why{r.Reason, r.ZH, r.EN}
	}
	return v
}

func (d *door) rideOf(o office.Offer) Ride {
	m := o.Template
	v := Ride{
		ID: o.ID.String(), Number: m.Number, Kind: string(m.Kind),
		From: d.place(m.Stops[o.Board].Station), To: d.place(m.Stops[o.Alight].Station),
		Departs: o.Departs, Arrives: o.Arrives, Metres: int(m.Stops[o.Alight].Metres - m.Stops[o.Board].Metres), Seats: m.Seats,
	}
	if o.Board == 0 { // the timetable's gate is that of the first stop
		v.Gate = m.Gate
	}
	if o.Line != nil {
		v.Line, v.Class = o.Line.Name, o.Line.Class
	}
	if o.Carrier != nil {
		v.Carrier = o.Carrier.Name
	}
	if o.Vehicle != nil {
		v.Vehicle = o.Vehicle.Name
	}
	if m.Kind == chepiao.Flow {
		v.Last = &o.Last
	}
	return v
}

// DepartureQuery names a departure between two stops, as a channel sells it.
type DepartureQuery struct {
	ID      string `path:"id" maxLength:"24" example:"1042-20261122"`
	From    string `query:"from" required:"true" maxLength:"60"`
	To      string `query:"to" required:"true" maxLength:"60"`
	Channel string `query:"channel" enum:"online,window,platform" default:"online"`
}

func (d *door) offer(in *DepartureQuery) (office.Offer, error) {
	id, err := chepiao.ParseDepartureID(in.ID)
	if err != nil {
		return office.Offer{}, err
	}
	from, to, err := d.journey(in.From, in.To)
	if err != nil {
		return office.Offer{}, err
	}
	return d.Office.Offer(d.Now(), id, from, to, chepiao.Channel(in.Channel))
}

func (d *door) getDeparture(_ context.Context, in *DepartureQuery) (*body[departureDetail], error) {
	o, err := d.offer(in)
	if err != nil {
		return nil, err
	}
	rules, zone, day := d.Office.RulesFor(d.Now(), o.Run, o.Board), d.Office.Timetable().Zone, o.ID.Day()
	detail := departureDetail{Offer: d.offerOf(o), Refund: RefundTerms{ZH: rules.Ladder("zh"), EN: rules.Ladder("en")}}
	for _, k := range []chepiao.TicketKind{chepiao.Full, chepiao.Half, chepiao.Student, chepiao.Discount, chepiao.Disabled} {
		fare := chepiao.Price(o.Line, o.Template, o.Board, o.Alight, k, rules)
		why := fare.Explain(k, rules)
		detail.Fares = append(detail.Fares, FareOption{k.String(), int64(fare.Price), why.ZH, why.EN})
	}
	for _, s := range o.Template.Stops {
		detail.Stops = append(detail.Stops, StopTime{d.place(s.Station), s.Arrive.On(day, zone), s.Depart.On(day, zone), int(s.Metres), s.Board, s.Alight})
	}
	return &body[departureDetail]{detail}, nil
}

type seatList struct {
	Numbered bool     `json:"numbered" doc:"False on a flow departure, which has no seat numbers."`
	Seats    int      `json:"seats"`
	Free     int      `json:"free"`
	Rows     [][]Seat `json:"rows" doc:"Rows from the front, as the coach has them."`
}

// Seat is one place in a row of the coach.
type Seat struct {
	Seat int  `json:"seat" doc:"Number; 0 where there is no seat (aisle, door)."`
	Free bool `json:"free" doc:"On every leg between the two stops."`
}

func (d *door) listSeats(_ context.Context, in *DepartureQuery) (*body[seatList], error) {
	o, err := d.offer(in)
	if err != nil {
		return nil, err
	}
	list := seatList{Numbered: o.Template.Kind != chepiao.Flow, Seats: o.Template.Seats, Free: o.Free, Rows: [][]Seat{}}
	for _, row := range d.Office.Seats(o) {
		line := make([]Seat, len(row))
		for i, s := range row {
			line[i] = Seat{s.Seat, s.Free}
		}
		list.Rows = append(list.Rows, line)
	}
	return &body[seatList]{list}, nil
}
