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

type rebookQuoteInput struct {
	OrderRef
	Tickets   []string  `query:"tickets" minItems:"1" maxItems:"60" required:"true" doc:"Ticket numbers of this order, separated by commas."`
	Departure string    `query:"departure" maxLength:"24" required:"true" doc:"Where to move them." example:"1042-20261122"`
	From      string    `query:"from" maxLength:"60" doc:"Business code of the boarding station; absent: as before."`
	To        string    `query:"to" maxLength:"60" doc:"Business code of the alighting station; absent: as before."`
	At        time.Time `query:"at" doc:"What it would be at this moment; absent: now."`
}

// RebookQuote is what moving tickets to another departure costs or gives back.
type RebookQuote struct {
	Tickets    []TicketRebooking `json:"tickets"`
	Credit     int64             `json:"credit" doc:"Carried over from the old tickets, in fen."`
	Total      int64             `json:"total" doc:"Of the new tickets, in fen."`
	Difference int64             `json:"difference" doc:"Still to pay, in fen; negative: what comes back. Confirm this sum to rebook."`
	At         time.Time         `json:"at"`
}

// TicketRebooking is the quote of one ticket with its reason.
type TicketRebooking struct {
	Ticket  string              `json:"ticket"`
	Paid    int64               `json:"paid" doc:"For the old ticket, in fen."`
	Fee     int64               `json:"fee" doc:"Kept of it, in fen."`
	Price   int64               `json:"price" doc:"Of the new ticket, in fen."`
	Free    bool                `json:"free" doc:"By fault of carrier or station: it does not count as a rebooking."`
	Because chepiao.Explanation `json:"because"`
}

type rebookInput struct {
	OrderVerb
	Place string `header:"Waiting-Place" maxLength:"120" doc:"A called place in the waiting room of the new departure, where there is one."`
	Body  struct {
		Tickets    []string `json:"tickets" minItems:"1" maxItems:"60" doc:"Ticket numbers of this order: all of them are rebooked or none."`
		Departure  string   `json:"departure" maxLength:"24" example:"1042-20261122"`
		From       string   `json:"from,omitempty" maxLength:"60" doc:"Absent: as before."`
		To         string   `json:"to,omitempty" maxLength:"60" doc:"Absent: as before."`
		Seats      []SeatNo `json:"seats,omitempty" maxItems:"60" doc:"Chosen seats, one a ticket; absent: the system chooses."`
		Difference int64    `json:"difference" minimum:"-1000000000000" maximum:"1000000000000" doc:"The difference that the quote named; when it has changed nothing happens."`
	} `nameHint:"RebookBody"`
}

type ticketsInput struct {
	OrderVerb
	Body struct {
		Tickets []string `json:"tickets" minItems:"1" maxItems:"60" doc:"Ticket numbers of this order."`
	} `nameHint:"VoidBody"`
}

// rebooks puts up rebooking and undoing a sale.
func (d *door) rebooks() {
	register(d, huma.Operation{OperationID: "quoteRebook", Method: http.MethodGet, Path: "/orders/{order}/rebook-quote", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary: "What moving to another departure would cost"}, d.quoteRebook)
	register(d, huma.Operation{OperationID: "rebook", Method: http.MethodPost, Path: "/orders/{order}/rebook", Tags: []string{"orders"}, Security: buyerOrStaff, DefaultStatus: http.StatusCreated,
		Summary: "Move tickets to another departure", Description: "Makes a new order, which has the key of the old one. With nothing to pay it is issued at once and the old tickets are over. " +
			"Else it is held until its `due` is paid; the old tickets stay valid so long, and change places with the new ones in the moment they are issued."}, d.rebook)
	register(d, huma.Operation{OperationID: "void", Method: http.MethodPost, Path: "/orders/{order}/void", Tags: []string{"staff"}, Security: staff,
		Summary: "Undo a sale", Description: "By the window that made it, within minutes, for cash: all of it comes out of the drawer again."}, d.void)
}

func (d *door) quoteRebook(ctx context.Context, in *rebookQuoteInput) (*body[RebookQuote], error) {
	id, _, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	ask, err := d.rebookOf(id, in.Tickets, in.Departure, in.From, in.To, nil)
	if err != nil {
		return nil, err
	}
	at := d.momentAsked(in.At)
	sums, err := d.Office.QuoteRebook(ctx, at, d.askedAt(ctx), ask)
	if err != nil {
		return nil, err
	}
	q := RebookQuote{Credit: int64(sums.Credit), Total: int64(sums.Total), Difference: int64(sums.Difference()), At: d.moment(at)}
	for _, t := range sums.Quotes {
		q.Tickets = append(q.Tickets, TicketRebooking{t.Ticket.String(), int64(t.Paid), int64(t.Fee), int64(t.Price), t.Free, t.Because})
	}
	return &body[RebookQuote]{q}, nil
}

// rebookOf reads what is asked for. Refusals: Invalid and NotFound with the
// field.
func (d *door) rebookOf(id chepiao.OrderID, tickets []string, departure, from, to string, seats []SeatNo) (in office.RebookInput, err error) {
	in.Order = id
	if in.Tickets, err = ticketIDs(tickets); err != nil {
		return in, err
	}
	if in.Departure, err = chepiao.ParseDepartureID(departure); err != nil {
		return in, err
	}
	if in.From, err = d.stationOr(from, "from"); err != nil {
		return in, err
	}
	if in.To, err = d.stationOr(to, "to"); err != nil {
		return in, err
	}
	for _, n := range seats {
		in.Seats = append(in.Seats, int(n))
	}
	return in, nil
}

// stationOr is a station by its code; 0 for none.
func (d *door) stationOr(code, field string) (chepiao.StationNo, error) {
	if code == "" {
		return 0, nil
	}
	s, err := d.Office.Timetable().StationByCode(code, field)
	if err != nil {
		return 0, err
	}
	return s.No, nil
}

func (d *door) rebook(ctx context.Context, in *rebookInput) (*createdOrder, error) {
	id, by, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	ask, err := d.rebookOf(id, b.Tickets, b.Departure, b.From, b.To, b.Seats)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	v.At, v.Place = d.askedAt(ctx), in.Place
	a, err := d.Office.Rebook(ctx, d.Now(), v, ask, chepiao.Money(b.Difference))
	if err != nil {
		return nil, err
	}
	order := d.orderOf(a.Order, a.Tickets)
	return &createdOrder{Root + "/orders/" + order.ID, orderAnswer{order}}, nil
}

func (d *door) void(ctx context.Context, in *ticketsInput) (*body[orderAnswer], error) {
	device, err := d.may(ctx, ident.TakeCash)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseOrderID(in.Order)
	if err != nil {
		return nil, err
	}
	tickets, err := ticketIDs(in.Body.Tickets)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	v.At = d.askedAt(ctx)
	if _, err := d.may(ctx, ident.Agree); err == nil {
		v.Agreed = v.Who
	}
	a, err := d.Office.Void(ctx, v, id, tickets)
	if err != nil {
		return nil, err
	}
	return &body[orderAnswer]{orderAnswer{d.orderOf(a.Order, a.Tickets)}}, nil
}
