package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
)

type quoteInput struct {
	OrderRef
	Tickets []string  `query:"tickets" maxItems:"60" doc:"Ticket numbers, separated by commas; absent: every ticket of the order that can be refunded."`
	At      time.Time `query:"at" doc:"What it would be at this moment; absent: now."`
}

type ticketQuoteInput struct {
	TicketRef
	Key string    `header:"Order-Key" maxLength:"64" doc:"The buyer's secret for the ticket's order; staff need none."`
	At  time.Time `query:"at" doc:"What it would be at this moment; absent: now."`
}

// Quote is what a refund would cost and give back.
type Quote struct {
	Tickets []TicketQuote `json:"tickets"`
	Price   int64         `json:"price" doc:"Paid for these tickets, in fen."`
	Fee     int64         `json:"fee" doc:"Kept, in fen."`
	Back    int64         `json:"back" doc:"Given back, in fen: confirm this sum to refund."`
	At      time.Time     `json:"at"`
}

// TicketQuote is the quote of one ticket with its reason.
type TicketQuote struct {
	Ticket  string              `json:"ticket"`
	Price   int64               `json:"price"`
	Fee     int64               `json:"fee"`
	Back    int64               `json:"back"`
	Days    int                 `json:"days" doc:"Working days within which money by a channel is there."`
	Rules   int64               `json:"rules" doc:"Version of the rules under which the ticket was sold."`
	ZH      string              `json:"zh"`
	EN      string              `json:"en"`
	Because chepiao.Explanation `json:"because" doc:"The rule that decided, and what went into it."`
	Steps   []QuoteStep         `json:"steps" doc:"Until when the ticket gives what back, those that are over included."`
}

// QuoteStep is a stretch of time in which a refund gives the same.
type QuoteStep struct {
	Until  *time.Time `json:"until,omitempty" doc:"Inclusive; absent: without end."`
	Fee    int64      `json:"fee"`
	Back   int64      `json:"back"`
	Window bool       `json:"window,omitempty" doc:"Only at a window of the boarding station."`
	ZH     string     `json:"zh"`
	EN     string     `json:"en"`
}

type refundInput struct {
	OrderVerb
	Body struct {
		Tickets []string `json:"tickets" minItems:"1" maxItems:"60" doc:"Ticket numbers of this order."`
		Back    int64    `json:"back" minimum:"0" maximum:"1000000000000" doc:"The sum that the quote named, in fen; when it has changed nothing happens."`
	} `nameHint:"RefundBody"`
}

// refunds puts up quoting and refunding.
func (d *door) refunds() {
	register(d, huma.Operation{OperationID: "quoteRefund", Method: http.MethodGet, Path: "/orders/{order}/refund-quote", Tags: []string{"orders"}, Security: buyerOrStaff, Summary: "What a refund would give back",
		Description: "Now, or at a moment to come: the answer says why, and until when it holds."}, d.quoteRefund)
	register(d, huma.Operation{OperationID: "quoteTicketRefund", Method: http.MethodGet, Path: "/tickets/{ticket}/refund-quote", Tags: []string{"tickets"}, Security: buyerOrStaff,
		Summary: "What refunding one ticket would give back"}, d.quoteTicketRefund)
	register(d, huma.Operation{OperationID: "refund", Method: http.MethodPost, Path: "/orders/{order}/refund", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "Give tickets back", Description: "All the tickets or none; the money goes back the way it came. Cash that was paid at a window waits there when the ticket is given back on line."}, d.refund)
}

func (d *door) quoteRefund(ctx context.Context, in *quoteInput) (*body[Quote], error) {
	id, _, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	f, err := d.Office.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	at := d.momentAsked(in.At)
	wanted, err := ticketIDs(in.Tickets)
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		for _, t := range f.Tickets {
			if _, err := d.Office.QuoteRefund(ctx, at, d.askedAt(ctx), t.ID); err == nil {
				wanted = append(wanted, t.ID)
			}
		}
	}
	if len(wanted) == 0 {
		return nil, chepiao.Refuse(chepiao.NotRefundable, "该订单没有可退的车票", "no ticket of this order can be refunded").At("tickets")
	}
	q := Quote{At: d.moment(at)}
	for i, ticket := range wanted {
		err := noSuchTicketIn(f.Order, ticket)
		if err == nil {
			err = d.addQuote(ctx, &q, ticket, at)
		}
		if err != nil {
			return nil, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
	}
	return &body[Quote]{q}, nil
}

func (d *door) quoteTicketRefund(ctx context.Context, in *ticketQuoteInput) (*body[Quote], error) {
	id, err := chepiao.ParseTicketID(in.Ticket)
	if err != nil {
		return nil, err
	}
	t, err := d.Office.Ticket(ctx, id)
	if err != nil && chepiao.Why(err) != chepiao.NotFound {
		return nil, err
	}
	_, staff, fault := d.staffMay(ctx, ident.ActOnOrder)
	if fault != nil {
		return nil, fault
	}
	if !staff { // a buyer learns nothing of other orders
		if in.Key == "" {
			return nil, wrongKey
		}
		if _, err := d.Office.LookWithKey(ctx, t.Order, in.Key); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	at := d.momentAsked(in.At)
	q := Quote{At: d.moment(at)}
	if err := d.addQuote(ctx, &q, id, at); err != nil {
		return nil, err
	}
	return &body[Quote]{q}, nil
}

// momentAsked is the moment a quote is asked for: now unless one is named.
func (d *door) momentAsked(at time.Time) time.Time {
	if at.IsZero() {
		return d.Now()
	}
	return at
}

// askedAt is where a request comes from: the window of a device for staff, else
// on line.
func (d *door) askedAt(ctx context.Context) chepiao.AskedAt {
	actor, err := d.actor(ctx)
	if err != nil || !actor.May(ident.ActOnOrder) {
		return chepiao.AskedAt{}
	}
	at, code := chepiao.AskedAt{Window: true}, actor.Station()
	if s, err := d.Office.Timetable().StationByCode(code, "station"); err == nil && code != "" {
		at.Station = s.No
	}
	return at
}

func (d *door) addQuote(ctx context.Context, q *Quote, ticket chepiao.TicketID, at time.Time) error {
	t, err := d.Office.QuoteRefund(ctx, at, d.askedAt(ctx), ticket)
	if err != nil {
		return err
	}
	stages, err := d.Office.RefundStages(ctx, ticket)
	if err != nil {
		return err
	}
	one := TicketQuote{ticket.String(), int64(t.Price), int64(t.Fee), int64(t.Back), t.Days, t.Rules, t.ZH, t.EN, t.Because, []QuoteStep{}}
	for _, s := range stages {
		step := QuoteStep{Fee: int64(s.Fee), Back: int64(s.Back), Window: s.Window, ZH: s.ZH, EN: s.EN}
		if !s.Until.IsZero() {
			until := d.moment(s.Until)
			step.Until = &until
		}
		one.Steps = append(one.Steps, step)
	}
	q.Tickets = append(q.Tickets, one)
	q.Price, q.Fee, q.Back = q.Price+int64(t.Price), q.Fee+int64(t.Fee), q.Back+int64(t.Back)
	return nil
}

func (d *door) refund(ctx context.Context, in *refundInput) (*body[orderAnswer], error) {
	id, by, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	tickets, err := ticketIDs(in.Body.Tickets)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	v.At = d.askedAt(ctx)
	a, err := d.Office.Refund(ctx, v, id, tickets, chepiao.Money(in.Body.Back))
	if err != nil {
		return nil, err
	}
	return &body[orderAnswer]{orderAnswer{d.orderOf(a.Order, a.Tickets)}}, nil
}

// noSuchTicketIn refuses a ticket that is none of the order's, by its number.
func noSuchTicketIn(o chepiao.Order, t chepiao.TicketID) error {
	if n := int64(t) - int64(o.ID); n >= 1 && n <= int64(o.Count) {
		return nil
	}
	return noSuchTicket
}

var noSuchTicket = chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("ticket")

func ticketIDs(printed []string) ([]chepiao.TicketID, error) {
	ids := make([]chepiao.TicketID, len(printed))
	for i, s := range printed {
		id, err := chepiao.ParseTicketID(s)
		if err != nil {
			return nil, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
		ids[i] = id
	}
	return ids, nil
}

// atField says which input a refusal is about.
func atField(field string, err error) error {
	if r := chepiao.AsRefusal(err); r != nil {
		return r.At(field)
	}
	return err
}
