package api

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/office"
)

// SavedPassenger is somebody whom a member has saved, masked.
type SavedPassenger struct {
	ID string `json:"id" example:"SP10000000018" doc:"To hold for them: passengers[].saved."`
	Person
}

type savedList struct {
	Passengers []SavedPassenger `json:"passengers"`
}

func (d *door) savedPassengers(ctx context.Context, _ *struct{}) (*body[savedList], error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	list, err := d.Office.SavedPassengers(ctx, s.Member)
	if err != nil {
		return nil, err
	}
	out := savedList{Passengers: make([]SavedPassenger, 0, len(list))}
	for _, one := range list {
		out.Passengers = append(out.Passengers, SavedPassenger{one.ID.String(), *personOf(one.Passenger)})
	}
	return &body[savedList]{out}, nil
}

type saveInput struct {
	Body struct {
		ID       string   `json:"id,omitempty" maxLength:"40" doc:"Absent: a new one."`
		Name     string   `json:"name" maxLength:"200"`
		Document Document `json:"document"`
		Phone    string   `json:"phone,omitempty" maxLength:"64"`
		Consent  bool     `json:"consent,omitempty" doc:"Of the guardian, for a child under fourteen."`
	} `nameHint:"SaveBody"`
}

type savedOne struct {
	ID string `json:"id"`
}

func (d *door) savePassenger(ctx context.Context, in *saveInput) (*body[savedOne], error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	b := in.Body
	ask := office.SaveInput{Name: b.Name, Document: string(b.Document.Kind), Number: b.Document.Number, Nationality: b.Document.Nationality, Phone: b.Phone, Consent: b.Consent}
	if b.ID != "" {
		if ask.ID, err = chepiao.ParseSavedID(b.ID); err != nil {
			return nil, atField("id", err)
		}
	}
	id, err := d.Office.SavePassenger(ctx, d.Now(), s.Member, ask)
	if err != nil {
		return nil, err
	}
	return &body[savedOne]{savedOne{id.String()}}, nil
}

func (d *door) forgetPassenger(ctx context.Context, in *struct {
	Saved string `path:"saved" maxLength:"40" example:"SP10000000018"`
}) (*struct{}, error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseSavedID(in.Saved)
	if err != nil {
		return nil, err
	}
	return nil, d.Office.ForgetPassenger(ctx, s.Member, id)
}

// Look is a look-up of somebody on a member's ticket.
type Look struct {
	At        time.Time `json:"at"`
	Passenger string    `json:"passenger" example:"张**" doc:"Masked."`
	Order     string    `json:"order"`
	Staff     string    `json:"staff,omitempty" doc:"Staff number."`
	Device    string    `json:"device"`
	Station   string    `json:"station,omitempty"`
	How       string    `json:"how" enum:"document,phone,name"`
	Why       string    `json:"why" enum:"presented,asked,trouble,authority"`
}

type lookList struct {
	Looks []Look `json:"looks"`
}

func (d *door) memberLooks(ctx context.Context, _ *struct{}) (*body[lookList], error) {
	s, err := d.mustMember(ctx)
	if err != nil {
		return nil, err
	}
	list, err := d.Office.MemberLooks(ctx, s.Member)
	if err != nil {
		return nil, err
	}
	out := lookList{Looks: make([]Look, 0, len(list))}
	for _, l := range list {
		out.Looks = append(out.Looks, Look{d.moment(l.At), l.Who.Name.String(), l.Order.String(), string(l.Staff), l.By, l.Station, string(l.How), string(l.Why)})
	}
	return &body[lookList]{out}, nil
}

// withMember says whose a hold is, and puts the passengers in whom it names by the
// numbers under which a member has saved them. Refusals: Unauthorized for a session
// that has ended, NotFound at the passenger.
func (d *door) withMember(ctx context.Context, passengers []Passenger, riders []office.Rider) (chepiao.MemberID, error) {
	s, ok, err := d.member(ctx)
	if err != nil {
		return 0, err
	}
	for i, p := range passengers {
		if p.Saved == "" {
			continue
		}
		field := fmt.Sprintf("passengers[%d].saved", i)
		id, err := chepiao.ParseSavedID(p.Saved)
		if err == nil && !ok {
			err = noMember
		}
		if err != nil {
			return 0, atField(field, err)
		}
		one, err := d.Office.SavedPassenger(ctx, s.Member, id)
		if err != nil {
			return 0, atField(field, err)
		}
		r, doc := &riders[i], one.Passenger.Document
		r.Name, r.Document, r.Number, r.Nationality = one.Passenger.Name.Reveal(), string(doc.Kind()), doc.Reveal(), doc.Nationality()
		if r.Phone == "" {
			r.Phone = one.Passenger.Phone.Reveal()
		}
	}
	return s.Member, nil
}
