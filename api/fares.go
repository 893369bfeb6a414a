package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/office"
)

// FareTable is what every kind of ticket costs on a departure, of what, and why.
type FareTable struct {
	Departure    string              `json:"departure"`
	From         Place               `json:"from"`
	To           Place               `json:"to"`
	RealNames    bool                `json:"real_names" doc:"Tickets are sold and checked under names and documents."`
	Names        chepiao.Explanation `json:"names" doc:"Why, or why not."`
	ChildrenLeft int                 `json:"children_left" doc:"Free children the departure may still take."`
	Fares        []FareLine          `json:"fares"`
}

// FareLine is what one kind of ticket costs.
type FareLine struct {
	Kind    string              `json:"kind" enum:"full,half,student,discount,disabled,free" doc:"free is a child on its adult's ticket."`
	Full    int64               `json:"full" doc:"Full fare in fen."`
	Price   int64               `json:"price" doc:"To pay, in fen."`
	Limit   int64               `json:"limit,omitempty" doc:"Upper limit of the full fare (上限票价), in fen; absent: none."`
	Items   []FarePart          `json:"items" doc:"Of the full fare; they add up to it."`
	Parts   []FarePart          `json:"parts" doc:"Of the price; they add up to it."`
	Because chepiao.Explanation `json:"because" doc:"The rule that decided, and what went into it."`
}

// FarePart is what a part of a fare is for.
type FarePart struct {
	Item string `json:"item" doc:"base is what is left of the others." example:"base"`
	Fen  int64  `json:"fen"`
}

// ChildFare is how a child would travel.
type ChildFare struct {
	Kind         string              `json:"kind" enum:"free,half,full"`
	Price        int64               `json:"price" doc:"In fen."`
	ChildrenLeft int                 `json:"children_left" doc:"Free children the departure may still take."`
	Because      chepiao.Explanation `json:"because"`
}

// fares puts up what journeys cost, and for children.
func (d *door) fares() {
	register(d, huma.Operation{OperationID: "listFares", Method: http.MethodGet, Path: "/departures/{id}/fares", Tags: []string{"timetable"},
		Summary: "What every kind of ticket costs, of what, and why"}, d.listFares)
	register(d, huma.Operation{OperationID: "getChildFare", Method: http.MethodGet, Path: "/departures/{id}/child", Tags: []string{"timetable"},
		Summary: "How a child would travel", Description: "Free, at half fare or as an adult: by age on the day of travel or by height. What is not known is left out."}, d.getChildFare)
}

func (d *door) listFares(_ context.Context, in *DepartureQuery) (*body[FareTable], error) {
	o, err := d.offer(in)
	if err != nil {
		return nil, err
	}
	stops := o.Template.Stops
	f, err := d.Office.Fares(d.Now(), o.ID, stops[o.Board].Station, stops[o.Alight].Station)
	if err != nil {
		return nil, err
	}
	v := FareTable{Departure: o.ID.String(), From: d.place(stops[f.Board].Station), To: d.place(stops[f.Alight].Station), RealNames: f.RealName, Names: f.Names, ChildrenLeft: f.ChildrenLeft}
	for _, l := range f.Lines {
		v.Fares = append(v.Fares, fareLineOf(l))
	}
	return &body[FareTable]{v}, nil
}

func fareLineOf(l office.FareLine) FareLine {
	return FareLine{l.Kind.String(), int64(l.Fare.Full), int64(l.Fare.Price), int64(l.Fare.Limit), partsOf(l.Items), partsOf(l.Parts), l.Because}
}

func partsOf(items []chepiao.FareItem) []FarePart {
	parts := make([]FarePart, len(items))
	for i, item := range items {
		parts[i] = FarePart{item.Item, int64(item.Fen)}
	}
	return parts
}

type childQuery struct {
	DepartureQuery
	Birth    string `query:"birth" maxLength:"10" doc:"Day of birth; absent where nobody knows." example:"2019-11-22"`
	Height   int    `query:"height" minimum:"0" maximum:"250" doc:"In centimetres; 0 where not measured."`
	OwnSeat  bool   `query:"own_seat" doc:"A seat of its own, which is not free."`
	FreeLeft int    `query:"free_left" minimum:"0" maximum:"9" default:"1" doc:"Free children that its adult may still take."`
}

func (d *door) getChildFare(_ context.Context, in *childQuery) (*body[ChildFare], error) {
	o, err := d.offer(&in.DepartureQuery)
	if err != nil {
		return nil, err
	}
	stops := o.Template.Stops
	a, err := d.Office.Child(d.Now(), office.ChildInput{
		Departure: o.ID, From: stops[o.Board].Station, To: stops[o.Alight].Station,
		Birth: in.Birth, Height: in.Height, OwnSeat: in.OwnSeat, FreeLeft: in.FreeLeft,
	})
	if err != nil {
		return nil, err
	}
	return &body[ChildFare]{ChildFare{a.Kind.String(), int64(a.Price), a.ChildrenLeft, a.Because}}, nil
}
