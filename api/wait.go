package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// waits puts up the waitlist and the virtual queue of flow departures.
func (d *door) waits() {
	register(d, huma.Operation{OperationID: "wait", Method: http.MethodPost, Path: "/waits", Tags: []string{"orders"}, DefaultStatus: http.StatusCreated,
		Summary: "Ask for departures that are full",
		Description: "A request for the waitlist is an order in the state `asked`: pay it ahead like any other, at the price of the dearest departure, and it waits. " +
			"Seats that come back go to the first request that they satisfy, the whole party or nobody. What a cheaper departure costs less goes back, and all of it when the request ends in vain. " +
			"`409 SEATS_FREE` when one of the departures has seats. Release the order to stop waiting."}, d.wait)
	register(d, huma.Operation{OperationID: "getWaitlist", Method: http.MethodGet, Path: "/departures/{departure}/waitlist", Tags: []string{"staff"}, Security: staff,
		Summary: "How many wait for a departure", Description: "And whether an extra departure is worth proposing."}, d.getWaitlist)
	const queue = "/tickets/{ticket}/queue"
	register(d, huma.Operation{OperationID: "getQueue", Method: http.MethodGet, Path: queue, Tags: []string{"tickets"}, Security: buyerOrStaff,
		Summary: "A ticket's place in the virtual queue", Description: "Of a flow departure: number, people ahead, and how long it is expected to take. Without a number: how it would be."}, d.getQueue)
	register(d, huma.Operation{OperationID: "getCalling", Method: http.MethodGet, Path: "/departures/{departure}/queue", Tags: []string{"timetable"},
		Summary: "Numbers called at a station of a flow departure", Description: "For boards and gates. Numbers name nobody."}, d.getCalling)
	register(d, huma.Operation{OperationID: "joinQueue", Method: http.MethodPost, Path: queue, Tags: []string{"tickets"}, Security: buyerOrStaff,
		Summary: "Take a virtual queue number", Description: "On the day of travel. Passengers sit down until their number is called."}, d.joinQueue)
	register(d, huma.Operation{OperationID: "leaveQueue", Method: http.MethodPost, Path: queue + "/leave", Tags: []string{"tickets"}, Security: buyerOrStaff,
		Summary: "Give a virtual queue number up"}, d.leaveQueue)
}

type waitBody struct {
	Departures []string    `json:"departures" minItems:"1" maxItems:"20" doc:"Wanted, best first; any of them will do. The rules say how many." example:"[\"1042-20261122\"]"`
	From       string      `json:"from" maxLength:"60" doc:"Business code of the boarding station."`
	To         string      `json:"to" maxLength:"60" doc:"Business code of the alighting station."`
	Passengers []Passenger `json:"passengers" minItems:"1" maxItems:"60" doc:"All of them get a seat on the same departure, or none."`
	Until      *time.Time  `json:"until,omitempty" doc:"The request ends then; absent: as late as it can."`
	Channel    string      `json:"channel,omitempty" enum:"online,window,platform" doc:"window is for staff; absent: online."`
}

type waitInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
	Body        waitBody
}

func (d *door) wait(ctx context.Context, in *waitInput) (*createdOrder, error) {
	b := &in.Body
	one, by, err := d.holdOf(ctx, &holdBody{Departure: b.Departures[0], From: b.From, To: b.To, Passengers: b.Passengers, Channel: b.Channel})
	if err != nil {
		if r := chepiao.AsRefusal(err); r != nil && r.Field == "departure" {
			err = r.At("departures[0]")
		}
		return nil, err
	}
	member, err := d.withMember(ctx, b.Passengers, one.Passengers)
	if err != nil {
		return nil, err
	}
	ask := office.WaitInput{Member: member, From: one.From, To: one.To, Passengers: one.Passengers, Channel: one.Channel, Outlet: one.Outlet}
	for i, s := range b.Departures {
		id, err := chepiao.ParseDepartureID(s)
		if err != nil {
			return nil, atField(fmt.Sprintf("departures[%d]", i), err)
		}
		ask.Departures = append(ask.Departures, id)
	}
	if b.Until != nil {
		ask.Until = *b.Until
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	key, err := d.secret(orderKeyBytes)
	if err != nil {
		return nil, err
	}
	a, err := d.Office.Wait(ctx, d.Now(), v, key, ask)
	if err != nil {
		return nil, err
	}
	order := d.orderOf(a.Order, a.Tickets)
	order.Key = a.Order.Key
	return &createdOrder{Root + "/orders/" + order.ID, orderAnswer{order}}, nil
}

// WaitTerms is what a request for the waitlist asks for and how it stands.
type WaitTerms struct {
	Departures []WaitPlace `json:"departures" doc:"Wanted, best first."`
	Until      time.Time   `json:"until" doc:"The request ends then, and the money goes back."`
	Prepaid    int64       `json:"prepaid" doc:"To be paid ahead, in fen: the price of the dearest departure."`
}

// WaitPlace is how a request stands for one of its departures.
type WaitPlace struct {
	Departure string    `json:"departure"`
	Number    string    `json:"number"`
	Departs   time.Time `json:"departs"`
	Ahead     *int      `json:"ahead,omitempty" doc:"Requests before it; only while it waits, and only where the order is asked for."`
	Waiting   *int      `json:"waiting,omitempty" doc:"Requests in all."`
}

// waitOf shows a request's terms, nil for an order that never waited.
func (d *door) waitOf(o chepiao.Order) *WaitTerms {
	if o.Wait == nil {
		return nil
	}
	w := &WaitTerms{Until: d.moment(o.Wait.Until), Prepaid: int64(o.Wait.Prepaid)}
	for _, id := range o.Wait.Departures {
		place := WaitPlace{Departure: id.String()}
		if run, err := d.Office.Timetable().Run(id); err == nil {
			place.Number = run.Template.Number
			if board, _, err := run.Template.Find(o.From, o.To); err == nil {
				place.Departs, _ = d.Office.Span(run, board)
			}
		}
		w.Departures = append(w.Departures, place)
	}
	return w
}

// withPlaces adds how a request stands in its queues.
func (d *door) withPlaces(ctx context.Context, o chepiao.Order, v Order) (Order, error) {
	places, err := d.Office.WaitPlaces(ctx, o)
	for i := range places {
		v.Wait.Departures[i].Ahead, v.Wait.Departures[i].Waiting = &places[i].Ahead, &places[i].Waiting
	}
	return v, err
}

// Waitlist is how much is asked of a departure that is full.
type Waitlist struct {
	Departure string               `json:"departure"`
	Requests  int                  `json:"requests"`
	People    int                  `json:"people"`
	Prepaid   int64                `json:"prepaid" doc:"What they have paid ahead, in fen."`
	Extra     bool                 `json:"extra" doc:"An extra departure is proposed."`
	Because   *chepiao.Explanation `json:"because,omitempty"`
}

func (d *door) getWaitlist(ctx context.Context, in *struct {
	Departure string `path:"departure" maxLength:"24" example:"1042-20261122"`
}) (*body[Waitlist], error) {
	if _, err := d.may(ctx, ident.SeeManifest); err != nil {
		return nil, err
	}
	id, err := chepiao.ParseDepartureID(in.Departure)
	if err != nil {
		return nil, err
	}
	p, err := d.Office.WaitPressure(ctx, id)
	if err != nil {
		return nil, err
	}
	return &body[Waitlist]{Waitlist{id.String(), p.Requests, p.People, int64(p.Prepaid), p.Extra, p.Because}}, nil
}

// QueuePlace is a ticket's place in the virtual queue of its flow departure.
type QueuePlace struct {
	Ticket  string              `json:"ticket"`
	Number  int                 `json:"number,omitempty" doc:"Absent: the ticket has none; the rest is as if it took one now."`
	Ahead   int                 `json:"ahead" doc:"People with an earlier number who still wait at this stop."`
	Called  bool                `json:"called" doc:"A coach stands there and has a place for this number: go to the gate."`
	Known   bool                `json:"known" doc:"Whether a wait can be named at all."`
	Coach   int                 `json:"coach,omitempty" doc:"1: the coach that leaves next."`
	Least   int                 `json:"least,omitempty" doc:"Minutes until the passenger's coach leaves, at least."`
	Likely  int                 `json:"likely,omitempty" doc:"Minutes."`
	Most    int                 `json:"most,omitempty" doc:"Minutes."`
	Because chepiao.Explanation `json:"because"`
}

type TicketWithKey struct {
	TicketRef
	Key string `header:"Order-Key" maxLength:"64" doc:"The buyer's secret for the ticket's order; staff need none."`
}

type queueVerb struct {
	TicketWithKey
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
}

func (d *door) getQueue(ctx context.Context, in *TicketWithKey) (*body[QueuePlace], error) {
	id, _, err := d.reachTicket(ctx, in)
	if err != nil {
		return nil, err
	}
	return d.queuePlace(ctx, id)
}

func (d *door) joinQueue(ctx context.Context, in *queueVerb) (*body[QueuePlace], error) {
	return d.queueUp(ctx, in, d.Office.JoinQueue)
}

func (d *door) leaveQueue(ctx context.Context, in *queueVerb) (*body[QueuePlace], error) {
	return d.queueUp(ctx, in, d.Office.LeaveQueue)
}

func (d *door) queueUp(ctx context.Context, in *queueVerb, do func(context.Context, office.Verb, chepiao.TicketID) (chepiao.Ticket, error)) (*body[QueuePlace], error) {
	id, by, err := d.reachTicket(ctx, &in.TicketWithKey)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	if _, err := do(ctx, v, id); err != nil {
		return nil, err
	}
	return d.queuePlace(ctx, id)
}

// reachTicket finds a ticket for whoever may act on its order.
func (d *door) reachTicket(ctx context.Context, in *TicketWithKey) (id chepiao.TicketID, by string, err error) {
	if id, err = chepiao.ParseTicketID(in.Ticket); err != nil {
		return 0, "", err
	}
	t, err := d.Office.Ticket(ctx, id)
	by, staff, fault := d.staffMay(ctx, ident.SeeTicket)
	if fault != nil {
		return 0, "", fault
	}
	if staff {
		return id, by, err
	}
	if in.Key == "" {
		return 0, "", wrongKey
	}
	if err != nil && chepiao.Why(err) != chepiao.NotFound {
		return 0, "", err
	}
	_, err = d.Office.LookWithKey(ctx, t.Order, in.Key) // a buyer learns nothing of other orders
	return id, "buyer", err
}

func (d *door) queuePlace(ctx context.Context, id chepiao.TicketID) (*body[QueuePlace], error) {
	p, err := d.Office.QueuePlace(ctx, d.Now(), id)
	if err != nil {
		return nil, err
	}
	minutes := func(t time.Duration) int { return int(t.Minutes()) }
	return &body[QueuePlace]{QueuePlace{
		Ticket: id.String(), Number: p.Number, Ahead: p.Ahead, Called: p.Called, Known: p.Wait.Known, Coach: p.Wait.Coach,
		Least: minutes(p.Wait.Least), Likely: minutes(p.Wait.Likely), Most: minutes(p.Wait.Most), Because: p.Wait.Because,
	}}, nil
}

// Calling is the virtual queue at a station.
type Calling struct {
	Waiting int                 `json:"waiting" doc:"Numbers in all."`
	Called  []int               `json:"called" doc:"To the gate now, lowest first."`
	Known   bool                `json:"known" doc:"Whether a wait can be named for who takes a number now."`
	Likely  int                 `json:"likely,omitempty" doc:"Minutes."`
	Because chepiao.Explanation `json:"because"`
}

type callingInput struct {
	Departure string `path:"departure" maxLength:"24" example:"1042-20261122"`
	Station   string `query:"station" required:"true" maxLength:"60" doc:"Business code of the station."`
}

func (d *door) getCalling(ctx context.Context, in *callingInput) (*body[Calling], error) {
	id, err := chepiao.ParseDepartureID(in.Departure)
	if err != nil {
		return nil, err
	}
	s, err := d.Office.Timetable().StationByCode(in.Station, "station")
	if err != nil {
		return nil, err
	}
	c, err := d.Office.Calling(ctx, d.Now(), id, s.No)
	if err != nil {
		return nil, err
	}
	called := append([]int{}, c.Called...)
	return &body[Calling]{Calling{c.Waiting, called, c.Wait.Known, int(c.Wait.Likely.Minutes()), c.Wait.Because}}, nil
}
