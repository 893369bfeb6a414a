package api

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// holdBody asks for seats. The bounds of lengths keep the work on one request
// small; what a name or a number must be is the domain's.
type holdBody struct {
	Departure  string      `json:"departure" maxLength:"24" doc:"Id of the departure." example:"1042-20261122"`
	From       string      `json:"from" maxLength:"60" doc:"Business code of the boarding station."`
	To         string      `json:"to" maxLength:"60" doc:"Business code of the alighting station."`
	Passengers []Passenger `json:"passengers" minItems:"1" maxItems:"60" doc:"One ticket each; the rules say how many an order may have."`
	Seats      []SeatNo    `json:"seats,omitempty" maxItems:"60" doc:"Chosen seats, one a passenger; absent: the system chooses and keeps a party together."`
	Channel    string      `json:"channel,omitempty" enum:"online,window,platform" doc:"window is for staff; absent: online."`
}

// SeatNo is the number of a seat.
type SeatNo int

// Schema bounds it for the document and the validation.
func (SeatNo) Schema(huma.Registry) *huma.Schema {
	least, most := 0.0, float64(chepiao.SeatsMax)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Maximum: &most}
}

// Passenger is who shall travel. A child without a document names its guardian
// instead; at a window of a line that needs no real names, anybody may go
// without name and document.
type Passenger struct {
	Name        string   `json:"name,omitempty" maxLength:"200" doc:"As the document spells it."`
	Document    Document `json:"document,omitzero"`
	Phone       string   `json:"phone,omitempty" maxLength:"64"`
	Kind        string   `json:"kind,omitempty" enum:"full,half,student,discount,disabled" doc:"Absent: full. half is a child with a seat."`
	Children    int      `json:"children,omitempty" minimum:"0" maximum:"9" doc:"Accompanying free children, without a seat."`
	Proof       string   `json:"proof,omitempty" enum:"age,height,student_card,disabled_service,offer,guardian" doc:"What a reduced fare rests on; a birth date in the document speaks for itself."`
	Guardian    *int     `json:"guardian,omitempty" minimum:"0" maximum:"59" doc:"Of a child: place of its adult in this list, from 0. A child without a document rides on the adult's."`
	Birth       string   `json:"birth,omitempty" maxLength:"10" doc:"Of a child without a document." example:"2019-11-22"`
	Height      int      `json:"height,omitempty" minimum:"0" maximum:"250" doc:"Of a child, in centimetres, where it was measured."`
	Accompanied []Child  `json:"accompanied,omitempty" maxItems:"9" doc:"Free children who give their names, for rescuers; at most as many as children."`
	Saved       string   `json:"saved,omitempty" maxLength:"40" doc:"Somebody whom the member who is signed in has saved, instead of name and document."`
}

// Child is a free child who gives a name.
type Child struct {
	Name     string   `json:"name" maxLength:"200"`
	Document Document `json:"document,omitzero"`
	Height   int      `json:"height,omitempty" minimum:"0" maximum:"250"`
}

// rider is the passenger as the office takes it. Refusal Invalid for the kind or
// the proof.
func (p *Passenger) rider() (r office.Rider, err error) {
	r = office.Rider{
		Name: p.Name, Document: string(p.Document.Kind), Number: p.Document.Number, Nationality: p.Document.Nationality,
		Phone: p.Phone, Children: p.Children, Guardian: p.Guardian, Birth: p.Birth, Height: p.Height,
	}
	if r.Kind, err = chepiao.ParseTicketKind(p.Kind); err != nil {
		return r, err
	}
	if r.Proof, err = chepiao.ParseProof(p.Proof); err != nil {
		return r, err
	}
	for _, c := range p.Accompanied {
		r.Accompanied = append(r.Accompanied, office.Child{Name: c.Name, Document: string(c.Document.Kind), Number: c.Document.Number, Nationality: c.Document.Nationality, Height: c.Height})
	}
	return r, nil
}

// Document is what a passenger proves identity with.
type Document struct {
	Kind        DocumentKind `json:"kind"`
	Number      string       `json:"number" maxLength:"128"`
	Nationality string       `json:"nationality,omitempty" maxLength:"64" doc:"Passports only: ISO 3166-1, two or three letters."`
}

// DocumentKind is the kind of a document, as the domain spells it.
type DocumentKind string

// Schema lists the kinds.
func (DocumentKind) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString,
		Description: "A window takes every kind; on line and through platforms only the first six are sold with."}
	for _, k := range chepiao.DocumentKinds() {
		s.Enum = append(s.Enum, string(k))
	}
	return s
}

type holdInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
	Place       string `header:"Waiting-Place" maxLength:"120" doc:"A called place in the waiting room, where there is one."`
	Body        holdBody
}

type createdOrder struct {
	Location string `header:"Location" doc:"Where the order can be fetched."`
	Body     orderAnswer
}

// orderKeyBytes is 128 bits of chance in an order's key.
const orderKeyBytes = 16

func (d *door) hold(ctx context.Context, in *holdInput) (*createdOrder, error) {
	ask, by, err := d.holdOf(ctx, &in.Body)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	v.Place = in.Place
	if ask.Member, err = d.withMember(ctx, in.Body.Passengers, ask.Passengers); err != nil {
		return nil, err
	}
	if ask.Channel == chepiao.Window {
		v.At = d.askedAt(ctx)
	}
	key, err := d.secret(orderKeyBytes)
	if err != nil {
		return nil, err
	}
	a, err := d.Office.Hold(ctx, d.Now(), v, key, ask)
	if err != nil {
		return nil, err
	}
	order := d.orderOf(a.Order, a.Tickets)
	order.Key = a.Order.Key
	return &createdOrder{Root + "/orders/" + order.ID, orderAnswer{order}}, nil
}

// holdOf reads what is asked for and who asks. Refusals: Invalid and NotFound
// with the field, Unauthorized for the window's channel.
func (d *door) holdOf(ctx context.Context, b *holdBody) (in office.HoldInput, by string, err error) {
	in.Channel, by = chepiao.Channel(b.Channel), "buyer"
	switch in.Channel {
	case "":
		in.Channel = chepiao.Online
	case chepiao.Window:
		device, err := d.may(ctx, ident.SellAtWindow)
		if err != nil {
			return in, "", err
		}
		by, in.Outlet = device.Name, device.Name
	}
	if in.Departure, err = chepiao.ParseDepartureID(b.Departure); err != nil {
		return in, "", err
	}
	if in.From, in.To, err = d.journey(b.From, b.To); err != nil {
		return in, "", err
	}
	for _, n := range b.Seats {
		in.Seats = append(in.Seats, int(n))
	}
	in.Passengers = make([]office.Rider, len(b.Passengers))
	for i := range b.Passengers {
		if in.Passengers[i], err = b.Passengers[i].rider(); err != nil {
			return in, "", atField(fmt.Sprintf("passengers[%d].%s", i, chepiao.AsRefusal(err).Field), err)
		}
	}
	return in, by, nil
}
