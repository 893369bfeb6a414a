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

// Order is an order as its buyer and the staff see it.
type Order struct {
	ID        string     `json:"id" example:"OD10000000018"`
	Key       string     `json:"key,omitempty" doc:"The buyer's secret for this order; only where it is given out."`
	State     string     `json:"state" enum:"held,paying,issued,lapsed,released,refunded,asked,waiting"`
	Channel   string     `json:"channel" enum:"online,window,platform"`
	Departure string     `json:"departure"`
	Number    string     `json:"number" doc:"Departure number people know."`
	From      Place      `json:"from"`
	To        Place      `json:"to"`
	Departs   time.Time  `json:"departs" doc:"At the boarding stop; the first coach of a flow departure."`
	Last      *time.Time `json:"last,omitempty" doc:"Last coach of a flow departure."`
	Total     int64      `json:"total" doc:"In fen."`
	Created   time.Time  `json:"created"`
	Deadline  *time.Time `json:"deadline,omitempty" doc:"The seats are kept until then; absent once paid or ended."`
	Extended  int        `json:"extended,omitempty" doc:"Times the hold was extended."`
	Tickets   []Ticket   `json:"tickets"`
	Payments  []Payment  `json:"payments,omitempty"`
	Origin    string     `json:"origin,omitempty" doc:"The order this one was rebooked from."`
	Credit    int64      `json:"credit,omitempty" doc:"Carried over from it, in fen."`
	Due       int64      `json:"due,omitempty" doc:"Of an order that was rebooked and is not paid yet: what is to pay, in fen."`
	Wait      *WaitTerms `json:"wait,omitempty" doc:"Of an order that waits, or has waited, for departures that were full."`
}

// Ticket is one passenger's ticket.
type Ticket struct {
	ID        string     `json:"id" example:"TK10000000026"`
	Order     string     `json:"order,omitempty"`
	State     string     `json:"state" enum:"held,waiting,lapsed,released,valid,checked,departed,used,no_show,refunded,voided,rebooked,cancelled,suspended"`
	Seat      int        `json:"seat,omitempty" doc:"Absent on a flow departure."`
	Kind      string     `json:"kind" enum:"full,half,student,discount,disabled"`
	Children  int        `json:"children,omitempty" doc:"Accompanying free children."`
	Price     int64      `json:"price" doc:"In fen."`
	Refund    int64      `json:"refund,omitempty" doc:"Given back, in fen, once refunded."`
	Fee       int64      `json:"fee,omitempty" doc:"Kept, in fen, once refunded."`
	CheckedAt *time.Time `json:"checked_at,omitempty"`
	CheckedBy string     `json:"checked_by,omitempty"`
	Passenger *Person    `json:"passenger,omitempty" doc:"Masked."`
	Proof     string     `json:"proof,omitempty" doc:"What a reduced fare rests on."`
	Guardian  string     `json:"guardian,omitempty" doc:"Ticket of the adult whom this child travels with."`
	Replaces  string     `json:"replaces,omitempty" doc:"The ticket it was rebooked from."`
	Replaced  string     `json:"replaced_by,omitempty" doc:"The ticket it was rebooked to."`
	Receipt   string     `json:"receipt,omitempty" enum:"paper,surrendered,invoicing,invoiced,reversed,reinvoicing,reinvoiced,annulled" doc:"State of its receipt; while it is out no money goes back."`
	ReceiptNo string     `json:"receipt_no,omitempty"`
	Fare      *FareLine  `json:"fare,omitempty" doc:"How its price came about, by the rules it was sold under; only where one ticket is asked for."`
}

// Person is who travels, masked.
type Person struct {
	Name     string       `json:"name" example:"张**"`
	Document MaskedNumber `json:"document"`
	Phone    string       `json:"phone,omitempty" example:"138****5678"`
	Children []Person     `json:"children,omitempty" doc:"Free children who were named."`
}

// MaskedNumber is a document of which only the ends show.
type MaskedNumber struct {
	Kind        string `json:"kind"`
	Number      string `json:"number" example:"1101**********0011"`
	Nationality string `json:"nationality,omitempty"`
}

// Payment is one attempt to pay.
type Payment struct {
	ID      string    `json:"id" example:"PY10000000034"`
	Channel string    `json:"channel" enum:"cash,sandbox,wechat,alipay"`
	Amount  int64     `json:"amount" doc:"In fen."`
	State   string    `json:"state" enum:"pending,paid,failed,closed,returned"`
	Created time.Time `json:"created"`
}

type orderAnswer struct {
	Order Order `json:"order"`
}

// orders puts up the routes of an order's life before it is paid.
func (d *door) orders() {
	register(d, huma.Operation{OperationID: "hold", Method: http.MethodPost, Path: "/orders", Tags: []string{"orders"}, DefaultStatus: http.StatusCreated,
		Summary: "Hold seats", Description: "Keeps a seat for every passenger, or none, until the deadline. The key in the answer is the buyer's secret for the order: send it as Order-Key."}, d.hold)
	register(d, huma.Operation{OperationID: "getOrder", Method: http.MethodGet, Path: "/orders/{order}", Tags: []string{"orders"}, Security: buyerOrStaff, Summary: "An order with its tickets"}, d.getOrder)
	register(d, huma.Operation{OperationID: "extend", Method: http.MethodPost, Path: "/orders/{order}/extend", Tags: []string{"orders"}, Security: buyerOrStaff, Summary: "Keep a hold for another while"}, d.extend)
	register(d, huma.Operation{OperationID: "release", Method: http.MethodPost, Path: "/orders/{order}/release", Tags: []string{"orders"}, Security: buyerOrStaff, Summary: "Give a hold or a place on the waitlist up", Description: "What was paid ahead for the waitlist goes back."}, d.release)
}

// OrderRef names an order and proves the right to it.
type OrderRef struct {
	Order string `path:"order" maxLength:"40" example:"OD10000000018"`
	Key   string `header:"Order-Key" maxLength:"64" doc:"The buyer's secret for the order; staff need none."`
}

type OrderVerb struct {
	OrderRef
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
}

// reach finds an order for whoever may act on it: staff, or the holder of its
// key. by names them for the journal. Refusals: Invalid, NotFound, Unauthorized.
func (d *door) reach(ctx context.Context, in OrderRef) (id chepiao.OrderID, by string, err error) {
	if id, err = chepiao.ParseOrderID(in.Order); err != nil {
		return 0, "", err
	}
	by, staff, err := d.staffMay(ctx, ident.ActOnOrder)
	if staff || err != nil {
		return id, by, err
	}
	if in.Key == "" {
		return 0, "", wrongKey
	}
	_, err = d.Office.LookWithKey(ctx, id, in.Key)
	return id, "buyer", err
}

func (d *door) getOrder(ctx context.Context, in *OrderRef) (*body[orderAnswer], error) {
	id, err := chepiao.ParseOrderID(in.Order)
	if err != nil {
		return nil, err
	}
	var f office.File
	_, staff, err := d.staffMay(ctx, ident.ActOnOrder)
	if err != nil {
		return nil, err
	}
	if staff {
		f, err = d.Office.Look(ctx, id)
	} else if in.Key == "" {
		err = wrongKey
	} else {
		f, err = d.Office.LookWithKey(ctx, id, in.Key)
	}
	if err != nil {
		return nil, err
	}
	v, err := d.withPlaces(ctx, f.Order, d.fileOf(f))
	if err != nil {
		return nil, err
	}
	return &body[orderAnswer]{orderAnswer{v}}, nil
}

func (d *door) extend(ctx context.Context, in *OrderVerb) (*body[orderAnswer], error) {
	return d.move(ctx, in, d.Office.Extend)
}

func (d *door) release(ctx context.Context, in *OrderVerb) (*body[orderAnswer], error) {
	return d.move(ctx, in, d.Office.Release)
}

func (d *door) move(ctx context.Context, in *OrderVerb, do func(context.Context, office.Verb, chepiao.OrderID) (office.Answer, error)) (*body[orderAnswer], error) {
	id, by, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	a, err := do(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return &body[orderAnswer]{orderAnswer{d.orderOf(a.Order, a.Tickets)}}, nil
}

// orderOf shows an order as a verb left it. Its key is not shown.
func (d *door) orderOf(o chepiao.Order, tickets []chepiao.Ticket) Order {
	v := Order{
		ID: o.ID.String(), State: string(o.State), Channel: string(o.Channel), Departure: o.Departure.String(),
		From: d.place(o.From), To: d.place(o.To), Total: int64(o.Total), Created: d.moment(o.Created), Extended: o.Extended,
		Tickets: make([]Ticket, len(tickets)), Wait: d.waitOf(o),
	}
	if o.State == chepiao.OrderAsked || o.State == chepiao.OrderHeld || o.State == chepiao.OrderPaying {
		deadline := d.moment(o.Deadline)
		v.Deadline = &deadline
	}
	if o.Origin != 0 {
		v.Origin, v.Credit = o.Origin.String(), int64(o.Credit)
		if v.Deadline != nil {
			v.Due = int64(o.Due())
		}
	}
	for i, t := range tickets {
		v.Tickets[i] = d.ticketOf(t)
	}
	net := d.Office.Timetable()
	if run, err := net.Run(o.Departure); err == nil {
		v.Number = run.Template.Number
		if board, _, err := run.Template.Find(o.From, o.To); err == nil {
			first, last := d.Office.Span(run, board)
			v.Departs = first
			if run.Template.Kind == chepiao.Flow {
				v.Last = &last
			}
		}
	}
	return v
}

// fileOf shows an order with its passengers, masked, and its payments.
func (d *door) fileOf(f office.File) Order {
	v := d.orderOf(f.Order, f.Tickets)
	for i := range v.Tickets {
		if i < len(f.Passengers) {
			v.Tickets[i].Passenger = personOf(f.Passengers[i])
		}
	}
	for _, p := range f.Payments {
		v.Payments = append(v.Payments, d.paymentOf(p))
	}
	return v
}

func (d *door) ticketOf(t chepiao.Ticket) Ticket {
	v := Ticket{
		ID: t.ID.String(), State: string(t.State), Seat: t.Seat, Kind: t.Kind.String(), Children: t.Children,
		Price: int64(t.Price), Refund: int64(t.Refund), Fee: int64(t.Fee), CheckedBy: t.CheckedBy,
	}
	if !t.CheckedAt.IsZero() {
		at := d.moment(t.CheckedAt)
		v.CheckedAt = &at
	}
	v.Proof = string(t.Proof)
	if t.Guardian != 0 {
		v.Guardian = t.Guardian.String()
	}
	if t.Replaces != 0 {
		v.Replaces = t.Replaces.String()
	}
	if t.ReplacedBy != 0 {
		v.Replaced = t.ReplacedBy.String()
	}
	v.Receipt, v.ReceiptNo = string(t.Receipt), t.ReceiptNo
	return v
}

func (d *door) paymentOf(p chepiao.Payment) Payment {
	return Payment{p.ID.String(), string(p.Channel), int64(p.Amount), string(p.State), d.moment(p.Created)}
}

// personOf shows who travels, masked; nil for a person whose record was
// destroyed.
func personOf(p chepiao.Passenger) *Person {
	if p.Document.IsZero() && p.Name.IsZero() && p.Phone.IsZero() {
		return nil
	}
	v := &Person{Name: p.Name.String(), Document: MaskedNumber{string(p.Document.Kind()), p.Document.String(), p.Document.Nationality()}, Phone: p.Phone.String()}
	for _, c := range p.Children {
		v.Children = append(v.Children, *personOf(c))
	}
	return v
}
