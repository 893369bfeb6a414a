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

// bills puts up the comparison of payment channels' daily bills with our books, and
// money that could not be sent back.
func (d *door) bills() {
	register(d, huma.Operation{OperationID: "listBills", Method: http.MethodGet, Path: "/bills", Tags: []string{"staff"}, Security: staff,
		Summary: "Days whose bills were compared, the last first"}, d.listBills)
	register(d, huma.Operation{OperationID: "compareBill", Method: http.MethodPost, Path: "/bills/{channel}/{day}", Tags: []string{"staff"}, Security: staff,
		Summary: "Fetch a channel's bill of a day and compare it", Description: "What a person has settled stays settled while it is the same difference; what has righted itself is gone. `TOO_EARLY` while the channel has no bill of the day."}, d.compareBill)
	register(d, huma.Operation{OperationID: "settleDifference", Method: http.MethodPost, Path: "/bills/{channel}/{day}/settled", Tags: []string{"staff"}, Security: staff,
		Summary: "Say what was done about a difference"}, d.settleDifference)
	register(d, huma.Operation{OperationID: "stuckPaybacks", Method: http.MethodGet, Path: "/paybacks/stuck", Tags: []string{"staff"}, Security: staff,
		Summary: "Money that a channel will not send back before a person has looked"}, d.stuckPaybacks)
	register(d, huma.Operation{OperationID: "sendPaybackAgain", Method: http.MethodPost, Path: "/paybacks/{payback}/again", Tags: []string{"staff"}, Security: staff,
		Summary: "Send it once more", Description: "Under its own number: nothing is paid twice."}, d.sendPaybackAgain)
}

// Bill is a channel's day beside our books. Sums are fen.
type Bill struct {
	Channel     string           `json:"channel" enum:"sandbox,wechat,alipay"`
	Day         string           `json:"day" example:"2026-11-22"`
	Compared    time.Time        `json:"compared"`
	Lines       int              `json:"lines" doc:"Of the bill."`
	BillIn      chepiao.Money    `json:"bill_in"`
	BillBack    chepiao.Money    `json:"bill_back"`
	OursIn      chepiao.Money    `json:"ours_in"`
	OursBack    chepiao.Money    `json:"ours_back"`
	Open        int              `json:"open" doc:"Differences that nobody has settled."`
	Differences []BillDifference `json:"differences"`
}

// BillDifference is one movement on which bill and books differ.
type BillDifference struct {
	Kind    chepiao.DifferenceKind `json:"kind" enum:"foreign,twice,amount,undone,missing,late"`
	Number  string                 `json:"number" doc:"Of the payment or payback, as the bill or our books name it."`
	Back    bool                   `json:"back,omitempty" doc:"Money that went back."`
	Order   string                 `json:"order,omitempty"`
	Bill    chepiao.Money          `json:"bill" doc:"By the bill, fen; 0: not in it."`
	Ours    chepiao.Money          `json:"ours" doc:"By our books, fen; 0: not in them."`
	At      time.Time              `json:"at"`
	Settled string                 `json:"settled,omitempty" doc:"What was done about it."`
	By      string                 `json:"by,omitempty"`
}

type billsInput struct {
	From string `query:"from" maxLength:"10" example:"2026-11-15" doc:"First day; absent: two weeks ago."`
}

type billList struct {
	Channels []chepiao.PaymentChannel `json:"channels" doc:"Those whose bills can be compared."`
	Bills    []Bill                   `json:"bills"`
}

// BillRef names the bill of a day.
type BillRef struct {
	Channel     string `path:"channel" maxLength:"20" example:"wechat"`
	Day         string `path:"day" maxLength:"10" example:"2026-11-22"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
}

type settleInput struct {
	BillRef
	Body struct {
		Number string `json:"number" maxLength:"80" doc:"Of the difference."`
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"What was done about it."`
	} `nameHint:"SettleBody"`
}

// billsBack is how many days the list goes back where no day is given.
const billsBack = 14

func (d *door) billOf(r chepiao.Reconciliation) Bill {
	out := Bill{
		Channel: string(r.Channel), Day: r.Day.String(), Compared: d.moment(r.At), Lines: r.Lines, BillIn: r.BillIn, BillBack: r.BillBack, OursIn: r.OursIn, OursBack: r.OursBack,
		Open: r.Open(), Differences: []BillDifference{},
	}
	for _, x := range r.Differences {
		one := BillDifference{Kind: x.Kind, Number: x.Number, Back: x.Back, Bill: x.Bill, Ours: x.Ours, At: d.moment(x.At), Settled: x.Settled, By: x.By}
		if x.Order != 0 {
			one.Order = x.Order.String()
		}
		out.Differences = append(out.Differences, one)
	}
	return out
}

func (d *door) listBills(ctx context.Context, in *billsInput) (*body[billList], error) {
	if _, err := d.may(ctx, ident.SeeMoney); err != nil {
		return nil, err
	}
	from := chepiao.DayOf(d.moment(d.Now())) - billsBack
	if in.From != "" {
		var err error
		if from, err = chepiao.ParseDay(in.From); err != nil {
			return nil, atField("from", err)
		}
	}
	list, err := d.Office.Reconciled(ctx, from)
	if err != nil {
		return nil, err
	}
	out := billList{Channels: d.Office.ReconciledChannels(), Bills: make([]Bill, len(list))}
	if out.Channels == nil {
		out.Channels = []chepiao.PaymentChannel{}
	}
	for i, r := range list {
		out.Bills[i] = d.billOf(r)
	}
	return &body[billList]{out}, nil
}

func (d *door) compareBill(ctx context.Context, in *BillRef) (*body[Bill], error) {
	return d.onBill(ctx, in, func(v office.Verb, day chepiao.Day) (chepiao.Reconciliation, error) {
		return d.Office.Reconcile(ctx, v, chepiao.PaymentChannel(in.Channel), day)
	})
}

func (d *door) settleDifference(ctx context.Context, in *settleInput) (*body[Bill], error) {
	return d.onBill(ctx, &in.BillRef, func(v office.Verb, day chepiao.Day) (chepiao.Reconciliation, error) {
		return d.Office.SettleDifference(ctx, v, chepiao.PaymentChannel(in.Channel), day, "", in.Body.Number, in.Body.Reason)
	})
}

// onBill does something with a day's bill, for who may see money.
func (d *door) onBill(ctx context.Context, in *BillRef, does func(office.Verb, chepiao.Day) (chepiao.Reconciliation, error)) (*body[Bill], error) {
	device, err := d.may(ctx, ident.SeeMoney)
	if err != nil {
		return nil, err
	}
	day, err := chepiao.ParseDay(in.Day)
	if err != nil {
		return nil, atField("day", err)
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	r, err := does(v, day)
	if err != nil {
		return nil, err
	}
	return &body[Bill]{d.billOf(r)}, nil
}

type stuckInput struct {
	After string `query:"after" maxLength:"40" doc:"The last number of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// StuckPayback is money that a channel will not send back.
type StuckPayback struct {
	ID      string        `json:"id" example:"PB10000000042"`
	Order   string        `json:"order"`
	Channel string        `json:"channel"`
	Amount  chepiao.Money `json:"amount" doc:"Fen."`
	Since   time.Time     `json:"since" doc:"When it was decided to send it back."`
}

type stuckList struct {
	Paybacks []StuckPayback `json:"paybacks"`
}

func (d *door) stuckPaybacks(ctx context.Context, in *stuckInput) (*body[stuckList], error) {
	if _, err := d.may(ctx, ident.SeeMoney); err != nil {
		return nil, err
	}
	var after chepiao.PaybackID
	if in.After != "" {
		var err error
		if after, err = chepiao.ParsePaybackID(in.After); err != nil {
			return nil, atField("after", err)
		}
	}
	list, err := d.Office.Stuck(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := stuckList{Paybacks: []StuckPayback{}}
	for _, b := range list {
		out.Paybacks = append(out.Paybacks, StuckPayback{b.ID.String(), b.Order.String(), string(b.Channel), b.Amount, d.moment(b.Created)})
	}
	return &body[stuckList]{out}, nil
}

type againInput struct {
	Payback     string `path:"payback" maxLength:"40" example:"PB10000000042"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
}

func (d *door) sendPaybackAgain(ctx context.Context, in *againInput) (*body[StuckPayback], error) {
	device, err := d.may(ctx, ident.SeeMoney)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParsePaybackID(in.Payback)
	if err != nil {
		return nil, atField("payback", err)
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	b, err := d.Office.SendAgain(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return &body[StuckPayback]{StuckPayback{b.ID.String(), b.Order.String(), string(b.Channel), b.Amount, d.moment(b.Created)}}, nil
}
