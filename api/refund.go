package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
)

type quoteInput struct {
	OrderRef
	Tickets []string  `query:"tickets" maxItems:"60" doc:"Ticket numbers, separated by commas; absent: every ticket of the order that can be refunded."`
	At      time.Time `query:"at" doc:"What it would be at this moment; absent: now."`
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
	Ticket string `json:"ticket"`
	Price  int64  `json:"price"`
	Fee    int64  `json:"fee"`
	Back   int64  `json:"back"`
	Rules  int64  `json:"rules" doc:"Version of the rules under which the ticket was sold."`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
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
	register(d, huma.Operation{OperationID: "quoteRefund", Method: http.MethodGet, Path: "/orders/{order}/refund-quote", Tags: []string{"orders"}, Security: buyerOrStaff, Summary: "What a refund would give back"}, d.quoteRefund)
	register(d, huma.Operation{OperationID: "refund", Method: http.MethodPost, Path: "/orders/{order}/refund", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "Give tickets back", Description: "All the tickets or none; the money goes back the way it came."}, d.refund)
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
	at := in.At
	if at.IsZero() {
		at = d.Now()
	}
	wanted, err := ticketIDs(in.Tickets)
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		for _, t := range f.Tickets {
			if _, err := d.Office.QuoteRefund(ctx, at, t.ID); err == nil {
				wanted = append(wanted, t.ID)
			}
		}
	}
	if len(wanted) == 0 {
		return nil, chepiao.Refuse(chepiao.NotRefundable, "该订单没有可退的车票", "no ticket of this order can be refunded").At("tickets")
	}
	q := Quote{At: d.moment(at)}
	for i, ticket := range wanted {
		if err := d.addQuote(ctx, &q, f.Order, ticket, at); err != nil {
			return nil, atField(fmt.Sprintf("tickets[%d]", i), err)
		}
	}
	return &body[Quote]{q}, nil
}

func (d *door) addQuote(ctx context.Context, q *Quote, o chepiao.Order, ticket chepiao.TicketID, at time.Time) error {
	if !owns(o, ticket) {
		return noSuchTicket
	}
	t, err := d.Office.QuoteRefund(ctx, at, ticket)
	if err != nil {
		return err
	}
	q.Tickets = append(q.Tickets, TicketQuote{ticket.String(), int64(t.Price), int64(t.Fee), int64(t.Back), t.Rules, t.ZH, t.EN})
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
	v, err := d.verb(in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	a, err := d.Office.Refund(ctx, v, id, tickets, chepiao.Money(in.Body.Back))
	if err != nil {
		return nil, err
	}
	return &body[orderAnswer]{orderAnswer{d.orderOf(a.Order, a.Tickets)}}, nil
}

// owns says whether a ticket is one of the order's, by its number.
func owns(o chepiao.Order, t chepiao.TicketID) bool {
	n := int64(t) - int64(o.ID)
	return n >= 1 && n <= int64(o.Count)
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
