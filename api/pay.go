package api

import (
	"context"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

type payInput struct {
	OrderVerb
	Body struct {
		Channel  string `json:"channel" enum:"cash,sandbox,wechat,alipay" doc:"cash is for staff, who have it in hand; sandbox is the practice wallet."`
		Way      string `json:"way,omitempty" enum:"page,app,code,scan" doc:"How the payer meets the channel: its page in a browser (pay_url), its own app (in_app), a code to scan (qr_text), or staff scan the code on the payer's phone. Left out: the channel's usual one."`
		AuthCode string `json:"auth_code,omitempty" maxLength:"24" doc:"Only with scan: the digits of the payer's code."`
		Payer    string `json:"payer,omitempty" maxLength:"128" doc:"Only with app: who pays, as the channel calls them (WeChat's openid)."`
		Amount   int64  `json:"amount,omitempty" minimum:"0" maximum:"1000000000000" doc:"Cash taken, in fen: the order's total. Not used otherwise."`
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
	InApp   string   `json:"in_app,omitempty" doc:"JSON that the page passes to the channel's app."`
}

// payments puts up paying.
func (d *door) payments() {
	register(d, huma.Operation{OperationID: "pay", Method: http.MethodPost, Path: "/orders/{order}/pay", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary:     "Pay an order",
		Description: "Cash issues the tickets at once (200). A channel answers 202 with the address where the payer pays; fetch the order to see how it ended.",
		Responses: map[string]*huma.Response{"202": {Description: "Waits for the payer", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/PayAnswer"}}}}},
		Errors: []int{400, 401, 403, 404, 409, 413, 415, 429, 503, 504}}, d.pay)
	register(d, huma.Operation{OperationID: "stop-paying", Method: http.MethodPost, Path: "/orders/{order}/pay/stop", Tags: []string{"orders"}, Security: buyerOrStaff,
		Summary:     "End the open charge, to pay another way",
		Description: "The charge is closed at its channel and the order is held again. Money that was first is money: the order is issued then. PAYMENT_PENDING: the channel cannot say; try again.",
		Errors:      []int{400, 401, 403, 404, 409, 429, 503, 504}}, d.stopPaying)
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
	if in.Body.Way == string(chepiao.PayByScan) {
		if _, err := d.may(ctx, ident.TakeCash); err != nil {
			return nil, err // who scans a payer's phone stands before the payer
		}
	}
	host, _, _ := net.SplitHostPort(callOf(ctx).r.RemoteAddr)
	c, err := d.Office.Charge(ctx, v, office.ChargeInput{
		Order: id, Channel: chepiao.PaymentChannel(in.Body.Channel), Way: chepiao.PayWay(in.Body.Way), AuthCode: in.Body.AuthCode, Payer: in.Body.Payer, PayerIP: host,
	})
	if err != nil {
		return nil, err
	}
	payment, status := d.paymentOf(c.Payment), http.StatusAccepted
	if c.Payment.State == chepiao.PaymentPaid {
		status = http.StatusOK
	}
	return &payOutput{status, payAnswer{d.orderOf(c.Order, c.Tickets), &payment, c.PayURL, c.QRText, c.InApp}}, nil
}

func (d *door) stopPaying(ctx context.Context, in *OrderVerb) (*body[orderAnswer], error) {
	return d.move(ctx, in, d.Office.StopCharge)
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
