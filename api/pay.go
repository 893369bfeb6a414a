package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
)

type payInput struct {
	OrderVerb
	Body struct {
		Channel string `json:"channel" enum:"cash,sandbox" doc:"cash is for staff, who have it in hand; sandbox is the practice wallet."`
		Amount  int64  `json:"amount,omitempty" minimum:"0" maximum:"1000000000000" doc:"Cash taken, in fen: the order's total. Not used for sandbox."`
	} `nameHint:"PayBody"`
}

type payOutput struct {
	Status int
	Body   payAnswer
}

type payAnswer struct {
	Order   Order    `json:"order"`
	Payment *Payment `json:"payment,omitempty" doc:"The open charge."`
	PayURL  string   `json:"pay_url,omitempty" doc:"To open on the payer's own phone."`
	QRText  string   `json:"qr_text,omitempty" doc:"To show as a QR code at a window or kiosk."`
}

// payments puts up paying.
func (d *door) payments() {
	register(d, huma.Operation{OperationID: "pay", Method: http.MethodPost, Path: "/orders/{order}/pay", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary:     "Pay an order",
		Description: "Cash issues the tickets at once (200). A channel answers 202 with the address where the payer pays; fetch the order to see how it ended.",
		Responses: map[string]*huma.Response{"202": {Description: "Waits for the payer", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/PayAnswer"}}}}},
		Errors: []int{400, 401, 403, 404, 409, 413, 415, 429, 503, 504}}, d.pay)
}

func (d *door) pay(ctx context.Context, in *payInput) (*payOutput, error) {
	if in.Body.Channel == string(chepiao.Cash) {
		return d.payCash(ctx, in)
	}
	id, by, err := d.reach(ctx, in.OrderRef)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, by)
	if err != nil {
		return nil, err
	}
	c, err := d.Office.Charge(ctx, v, id)
	if err != nil {
		return nil, err
	}
	payment := d.paymentOf(c.Payment)
	return &payOutput{http.StatusAccepted, payAnswer{d.orderOf(c.Order, c.Tickets), &payment, c.PayURL, c.QRText}}, nil
}

func (d *door) payCash(ctx context.Context, in *payInput) (*payOutput, error) {
	device, err := d.may(ctx, ident.TakeCash)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseOrderID(in.Order)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	a, err := d.Office.PayCash(ctx, v, id, chepiao.Money(in.Body.Amount))
	if err != nil {
		return nil, err
	}
	return &payOutput{http.StatusOK, payAnswer{Order: d.orderOf(a.Order, a.Tickets)}}, nil
}
