package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// lookupsMax is how many tickets of a person a look-up shows.
const lookupsMax = 50

type lookupInput struct {
	Body struct {
		Order    string   `json:"order,omitempty" maxLength:"40" doc:"Order number. Absent: staff look by the document alone."`
		Document Document `json:"document"`
		Why      string   `json:"why,omitempty" enum:"presented,asked,trouble,authority" doc:"Why staff look by the document alone; absent: presented. It is recorded, and the passenger may see it."`
	} `nameHint:"LookupBody"`
}

type lookupAnswer struct {
	Order   *Order   `json:"order,omitempty" doc:"With its key: whoever knows the number and a document used in it may go on with it."`
	Tickets []Ticket `json:"tickets,omitempty" doc:"Of the document alone, newest first."`
}

// lookups puts up finding an order again.
func (d *door) lookups() {
	register(d, huma.Operation{OperationID: "lookup", Method: http.MethodPost, Path: "/lookup", Tags: []string{"orders"},
		Summary: "Find an order again", Description: "By its number and a document used in it; staff may also look by a document alone. A POST, because documents never stand in an address."}, d.lookup)
}

func (d *door) lookup(ctx context.Context, in *lookupInput) (*body[lookupAnswer], error) {
	doc := in.Body.Document
	if in.Body.Order == "" {
		device, err := d.may(ctx, ident.LookUp)
		if err != nil {
			return nil, err
		}
		v, err := d.verb(ctx, "", device.Name)
		if err != nil {
			return nil, err
		}
		v.At = d.askedAt(ctx)
		tickets, err := d.Office.LookUp(ctx, d.Now(), v, office.LookUpInput{
			Kind: string(doc.Kind), Number: doc.Number, Nationality: doc.Nationality, Why: cmp.Or(chepiao.LookWhy(in.Body.Why), chepiao.LookPresented), Limit: lookupsMax,
		})
		if err != nil {
			return nil, err
		}
		found := lookupAnswer{Tickets: make([]Ticket, len(tickets))}
		for i, t := range tickets {
			found.Tickets[i] = d.ticketOf(t)
			found.Tickets[i].Order = t.Order.String()
		}
		return &body[lookupAnswer]{found}, nil
	}
	id, err := chepiao.ParseOrderID(in.Body.Order)
	if err != nil {
		return nil, err
	}
	f, err := d.Office.LookWithDocument(ctx, d.Now(), id, string(doc.Kind), doc.Number, doc.Nationality)
	if err != nil {
		return nil, err
	}
	order := d.fileOf(f)
	order.Key = f.Order.Key
	return &body[lookupAnswer]{lookupAnswer{Order: &order}}, nil
}
