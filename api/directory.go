package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/voucher"
)

// publishedKeys is the signed key directory of a ring, made once.
type publishedKeys struct {
	ring *voucher.Ring
	list json.RawMessage
}

// directory puts up what the node publishes about itself.
func (d *door) directory() {
	register(d, huma.Operation{OperationID: "getKeys", Method: http.MethodGet, Path: "/keys", Tags: []string{"node"}, Summary: "The signed list of public keys that verify vouchers",
		Description: "Whoever has this list can verify a voucher without asking anybody; docs/voucher.md describes it."}, d.getKeys)
	register(d, huma.Operation{OperationID: "getRules", Method: http.MethodGet, Path: "/rules", Tags: []string{"node"}, Summary: "The numbers by which this node sells, refunds and checks"}, d.getRules)
	register(d, huma.Operation{OperationID: "getProblem", Method: http.MethodGet, Path: "/problems/{reason}", Tags: []string{"node"}, Summary: "What a reason means"}, d.getProblem)
}

type keysOutput struct {
	ContentType string `header:"Content-Type"`
	Body        keyDirectory
}

// keyDirectory says for the document what the signed list looks like; its bytes
// are the voucher package's.
type keyDirectory struct {
	json.RawMessage
}

// Schema leaves the members to docs/voucher.md.
func (keyDirectory) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "Signed key directory: see docs/voucher.md.", AdditionalProperties: true}
}

func (d *door) getKeys(context.Context, *struct{}) (*keysOutput, error) {
	ring := d.Office.Ring()
	keys := d.keys.Load()
	if keys == nil || keys.ring != ring {
		list, err := ring.Publish(d.Directory, d.Now(), ring.Public()...)
		if err != nil {
			return nil, err
		}
		keys = &publishedKeys{ring, list}
		d.keys.Store(keys)
	}
	return &keysOutput{"application/json", keyDirectory{keys.list}}, nil
}

// Rules are the numbers of the domain as they stand. Shares are basis points,
// times seconds, money fen.
type Rules struct {
	Version        int64        `json:"version"`
	AdvanceDays    int          `json:"advance_days" doc:"Days ahead that are on sale."`
	StopSaleOnline int          `json:"stop_sale_online" doc:"Seconds before departure."`
	StopSaleWindow int          `json:"stop_sale_window" doc:"Seconds before departure."`
	HoldOnline     int          `json:"hold_online" doc:"Seconds a seat is kept unpaid."`
	HoldWindow     int          `json:"hold_window" doc:"Seconds a seat is kept unpaid."`
	HoldExtensions int          `json:"hold_extensions"`
	PayGrace       int          `json:"pay_grace" doc:"Seconds after the deadline for a channel that does not answer."`
	TicketsMax     int          `json:"tickets_max" doc:"Tickets an order."`
	FenPerKm       int64        `json:"fen_per_km"`
	FareLeast      int64        `json:"fare_least" doc:"In fen."`
	HalfShare      int64        `json:"half_share" doc:"Basis points of the full fare."`
	StudentShare   int64        `json:"student_share"`
	DiscountShare  int64        `json:"discount_share"`
	ChildQuota     int64        `json:"child_quota" doc:"Free children, basis points of the seats."`
	Refund         []RefundStep `json:"refund" doc:"From early to late."`
	CheckOpens     int          `json:"check_opens" doc:"Seconds before departure."`
	CheckCloses    int          `json:"check_closes" doc:"Seconds before departure."`
	VoucherDays    int          `json:"voucher_days" doc:"A voucher stays readable so long after the service day."`
}

// RefundStep is one rung of the refund ladder.
type RefundStep struct {
	Before int64  `json:"before" doc:"Seconds to departure that must remain; negative: after it."`
	Share  int64  `json:"share" doc:"Fee in basis points of the price."`
	Least  int64  `json:"least" doc:"Smallest fee, in fen."`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

func (d *door) getRules(context.Context, *struct{}) (*body[Rules], error) {
	r := d.Office.Rules()
	v := Rules{
		Version: r.Version, AdvanceDays: r.AdvanceDays, StopSaleOnline: r.StopSaleOnline, StopSaleWindow: r.StopSaleWindow,
		HoldOnline: r.HoldOnline, HoldWindow: r.HoldWindow, HoldExtensions: r.HoldExtensions, PayGrace: r.PayGrace, TicketsMax: r.TicketsMax,
		FenPerKm: r.FenPerKm, FareLeast: int64(r.FareLeast), HalfShare: r.HalfShare, StudentShare: r.StudentShare, DiscountShare: r.DiscountShare,
		ChildQuota: r.ChildQuota, CheckOpens: r.CheckOpens, CheckCloses: r.CheckCloses, VoucherDays: r.VoucherDays, Refund: []RefundStep{},
	}
	zh, en := r.Ladder("zh"), r.Ladder("en")
	for i, s := range r.Refund {
		v.Refund = append(v.Refund, RefundStep{s.Before, s.Share, int64(s.Least), zh[i], en[i]})
	}
	return &body[Rules]{v}, nil
}

// ProblemKind explains the type of a problem.
type ProblemKind struct {
	Reason chepiao.Reason `json:"reason"`
	Status int            `json:"status"`
	ZH     string         `json:"zh"`
	EN     string         `json:"en"`
}

type problemPath struct {
	Reason string `path:"reason" maxLength:"40" example:"SOLD_OUT"`
}

func (d *door) getProblem(_ context.Context, in *problemPath) (*body[ProblemKind], error) {
	k, ok := kinds[chepiao.Reason(in.Reason)]
	if !ok {
		return nil, chepiao.Refuse(chepiao.NotFound, "没有这种原因", "there is no such reason").At("reason")
	}
	return &body[ProblemKind]{ProblemKind{chepiao.Reason(in.Reason), k.status, k.zh, k.en}}, nil
}
