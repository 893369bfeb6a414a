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

// cases puts up what passengers are asked to choose when an act changed their
// journey.
func (d *door) cases() {
	register(d, huma.Operation{OperationID: "listCases", Method: http.MethodGet, Path: "/cases", Tags: []string{"staff"}, Security: staff,
		Summary: "Passengers who are asked to choose", Description: "With `lost=true` the follow-up list: who was not reached, or has not answered in time. Names and phones are masked."}, d.listCases)
	register(d, huma.Operation{OperationID: "orderCases", Method: http.MethodGet, Path: "/orders/{order}/cases", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "What the passengers of an order may choose", Description: "With the next departures that have seats for those who have not chosen yet."}, d.orderCases)
	register(d, huma.Operation{OperationID: "chooseCase", Method: http.MethodPost, Path: "/cases/{case}/choice", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "Choose", Description: "`refund`: all the money goes back. `next`: another departure between the same stations, free of charge. `second`: wait for a second coach. `keep`: travel as arranged. " +
			"With `whole` it is for everybody of the order who has something to choose, or for nobody."}, d.chooseCase)
}

// Case is one passenger who is asked to choose.
type Case struct {
	ID        string              `json:"id" example:"CS10000000018"`
	Ticket    string              `json:"ticket"`
	Order     string              `json:"order"`
	Departure string              `json:"departure" doc:"That was changed."`
	Act       chepiao.ActKind     `json:"act" doc:"What was done to it."`
	Fault     chepiao.Fault       `json:"fault"`
	Reason    string              `json:"reason"`
	Seat      int                 `json:"seat,omitempty" doc:"That the passenger had."`
	State     chepiao.CaseState   `json:"state" enum:"open,waits,settled,withdrawn"`
	Choices   []chepiao.Choice    `json:"choices" doc:"keep, second, next, refund: those that may be chosen."`
	Choice    chepiao.Choice      `json:"choice,omitempty" doc:"What was chosen."`
	To        string              `json:"to,omitempty" doc:"next: with what the passenger travels now."`
	Until     time.Time           `json:"until" doc:"An answer is wanted by then. Silence chooses nothing."`
	Overdue   bool                `json:"overdue,omitempty"`
	Told      string              `json:"told,omitempty" doc:"State of the last message about it, for staff."`
	Name      string              `json:"name,omitempty" doc:"Masked, for staff."`
	Phone     string              `json:"phone,omitempty" doc:"Masked, for staff."`
	Because   chepiao.Explanation `json:"because" doc:"The rule that decided, and what went into it."`
}

type casesInput struct {
	Departure string `query:"departure" maxLength:"24" example:"1042-20261122" doc:"Absent: all."`
	Standing  bool   `query:"standing" doc:"Only those where somebody still has to do something."`
	Lost      bool   `query:"lost" doc:"Only those whom somebody must call."`
	After     string `query:"after" maxLength:"40" doc:"The last case of the page before."`
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type caseList struct {
	Cases []Case `json:"cases"`
	Next  string `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

type orderCaseList struct {
	Cases []Case     `json:"cases"`
	Next  []CaseNext `json:"next,omitempty" doc:"Departures with seats for all who have not chosen yet, the earliest first."`
}

// CaseNext is a departure that a passenger may travel with instead.
type CaseNext struct {
	Departure string    `json:"departure" example:"1042-20261122"`
	Number    string    `json:"number" doc:"Departure number people know."`
	Departs   time.Time `json:"departs"`
	Arrives   time.Time `json:"arrives"`
	Free      int       `json:"free" doc:"Seats left."`
}

type choiceInput struct {
	Case        string `path:"case" maxLength:"40" example:"CS10000000018"`
	Key         string `header:"Order-Key" maxLength:"64" doc:"The buyer's secret for the order; staff need none."`
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
	Body        struct {
		Choice    chepiao.Choice `json:"choice" enum:"keep,second,next,refund"`
		Departure string         `json:"departure,omitempty" maxLength:"24" doc:"next: which one."`
		Whole     bool           `json:"whole,omitempty" doc:"For everybody of the order who has something to choose."`
	} `nameHint:"ChoiceBody"`
}

func (d *door) caseOf(c chepiao.Case) Case {
	out := Case{
		ID: c.ID.String(), Ticket: c.Ticket.String(), Order: c.Order.String(), Departure: c.Departure.String(), Act: c.Act, Fault: c.Fault, Reason: c.Reason,
		Seat: c.Seat, State: c.State, Choices: c.Choices, Choice: c.Choice, Until: d.moment(c.Until), Overdue: c.Overdue(d.Now()), Because: c.Because,
	}
	if c.To != 0 {
		out.To = c.To.String()
	}
	return out
}

func (d *door) listCases(ctx context.Context, in *casesInput) (*body[caseList], error) {
	if _, err := d.may(ctx, ident.Operate); err != nil {
		return nil, err
	}
	q := office.CaseQuery{Standing: in.Standing, Lost: in.Lost, Limit: in.Limit}
	var err error
	if in.Departure != "" {
		if q.Departure, err = chepiao.ParseDepartureID(in.Departure); err != nil {
			return nil, err
		}
	}
	if in.After != "" {
		if q.After, err = chepiao.ParseCaseID(in.After); err != nil {
			return nil, atField("after", err)
		}
	}
	lines, next, err := d.Office.Cases(ctx, d.Now(), q)
	if err != nil {
		return nil, err
	}
	list := caseList{Cases: make([]Case, len(lines))}
	for i, l := range lines {
		list.Cases[i] = d.caseOf(l.Case)
		list.Cases[i].Told, list.Cases[i].Name, list.Cases[i].Phone = string(l.Told), l.Name.String(), l.Phone.String()
	}
	if next != 0 {
		list.Next = next.String()
	}
	return &body[caseList]{list}, nil
}

// nextMax bounds the departures that are offered instead.
const nextMax = 5

func (d *door) orderCases(ctx context.Context, in *OrderRef) (*body[orderCaseList], error) {
	id, _, err := d.reach(ctx, *in)
	if err != nil {
		return nil, err
	}
	f, err := d.Office.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	cases, err := d.Office.CasesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	list, standing := orderCaseList{Cases: make([]Case, len(cases))}, 0
	for i, c := range cases {
		list.Cases[i] = d.caseOf(c)
		if c.State.Stands() {
			standing++
		}
	}
	if standing > 0 {
		offers, err := d.Office.Alternatives(d.Now(), f.Tickets[0], standing, nextMax, chepiao.Online)
		if err != nil {
			return nil, err
		}
		for _, o := range offers {
			list.Next = append(list.Next, CaseNext{o.Run.ID.String(), o.Template.Number, d.moment(o.Departs), d.moment(o.Arrives), o.Free})
		}
	}
	return &body[orderCaseList]{list}, nil
}

func (d *door) chooseCase(ctx context.Context, in *choiceInput) (*body[orderAnswer], error) {
	id, err := chepiao.ParseCaseID(in.Case)
	if err != nil {
		return nil, err
	}
	c, err := d.Office.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	order, by, err := d.reach(ctx, OrderRef{Order: c.Order.String(), Key: in.Key})
	if err != nil {
		return nil, err
	}
	choice := office.ChoiceInput{Order: order, Tickets: []chepiao.TicketID{c.Ticket}, Choice: in.Body.Choice}
	if in.Body.Whole {
		choice.Tickets = nil
	}
	if in.Body.Departure != "" {
		if choice.Departure, err = chepiao.ParseDepartureID(in.Body.Departure); err != nil {
			return nil, err
		}
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	v.At = d.askedAt(ctx)
	a, err := d.Office.Choose(ctx, d.Now(), v, choice)
	if err != nil {
		return nil, err
	}
	return &body[orderAnswer]{orderAnswer{d.orderOf(a.Order, a.Tickets)}}, nil
}
