package chepiao

import (
	"encoding/json"
	"fmt"
	"time"
)

// Rules are the numbers of the domain as they stand from one moment on. They
// are stored, versioned and journaled; a ticket pins the version it was sold
// under for fare and refund, a check uses the current one. Times are seconds in
// the stored form, so that a file of rules can be read by a person.
type Rules struct {
	Version int64 `json:"version"`

	AdvanceDays    int `json:"advance_days"`     // 预售期: days ahead that are on sale
	StopSaleOnline int `json:"stop_sale_online"` // seconds before departure
	StopSaleWindow int `json:"stop_sale_window"`
	HoldOnline     int `json:"hold_online"` // seconds a seat is kept unpaid (P1009)
	HoldWindow     int `json:"hold_window"` // (P1008)
	HoldExtensions int `json:"hold_extensions"`
	PayGrace       int `json:"pay_grace"`   // seconds after the deadline for a channel that does not answer
	TicketsMax     int `json:"tickets_max"` // tickets an order

	FenPerKm      int64    `json:"fen_per_km"` // fare by distance, where no table names the pair
	FareLeast     Money    `json:"fare_least"`
	FareRounding  Rounding `json:"fare_rounding"` // P1042
	HalfShare     int64    `json:"half_share"`    // basis points of the full fare
	StudentShare  int64    `json:"student_share"`
	DiscountShare int64    `json:"discount_share"`
	ChildQuota    int64    `json:"child_quota"` // free children, basis points of the seats, rounded down (P1061)

	Refund         []RefundStep `json:"refund"`
	RefundRounding Rounding     `json:"refund_rounding"` // P1105

	CheckOpens  int `json:"check_opens"`  // seconds before departure (P3001)
	CheckCloses int `json:"check_closes"` // seconds before departure
	CheckTwice  int `json:"check_twice"`  // seconds in which the same device may read the same ticket again
	DispatchMin int `json:"dispatch_min"` // a coach leaves at most so many seconds early (P3008)

	VoucherDays int `json:"voucher_days"` // a voucher stays readable so long after the service day
}

// RefundStep is one rung of the refund ladder (requirements 7.3): it applies
// while at least Before seconds remain to departure (negative: after it).
type RefundStep struct {
	Before int64 `json:"before"`
	Share  int64 `json:"share"` // fee in basis points of the price
	Least  Money `json:"least"` // smallest fee
}

// DefaultRules are the defaults of requirements section 7.
func DefaultRules() *Rules {
	return &Rules{
		Version: 1, AdvanceDays: 14, StopSaleOnline: 15 * 60, StopSaleWindow: 3 * 60,
		HoldOnline: 10 * 60, HoldWindow: 120, HoldExtensions: 1, PayGrace: 120, TicketsMax: 5,
		FenPerKm: 32, FareLeast: 200, FareRounding: RoundHalfYuan,
		HalfShare: 5000, StudentShare: 7500, DiscountShare: 9000, ChildQuota: 1000,
		Refund: []RefundStep{
			{Before: 2 * 3600, Share: 1000, Least: 50},
			{Before: 0, Share: 2000, Least: 100},
			{Before: -3600, Share: 5000, Least: 100},
		},
		RefundRounding: RoundHalfYuan,
		CheckOpens:     20 * 60, CheckCloses: 0, CheckTwice: 10, DispatchMin: 10 * 60,
		VoucherDays: 3,
	}
}

// Hold is how long a channel keeps a seat for an unpaid order.
func (r *Rules) Hold(c Channel) time.Duration {
	if c == Window {
		return seconds(r.HoldWindow)
	}
	return seconds(r.HoldOnline)
}

// StopSale is how long before departure a channel stops selling.
func (r *Rules) StopSale(c Channel) time.Duration {
	if c == Window {
		return seconds(r.StopSaleWindow)
	}
	return seconds(r.StopSaleOnline)
}

// Grace is how long past its deadline an order waits for a silent channel.
func (r *Rules) Grace() time.Duration { return seconds(r.PayGrace) }

// Quota is how many free children a departure of so many seats carries.
func (r *Rules) Quota(seats int) int { return int(int64(seats) * r.ChildQuota / 10_000) }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// Validate refuses numbers that contradict each other or make no sense; Field
// names the rule. The bounds of section 7.1 are per station; these are theirs.
func (r *Rules) Validate() error {
	for _, c := range []struct {
		field         string
		value, lo, hi int64
	}{
		{"advance_days", int64(r.AdvanceDays), 1, 1000},
		{"stop_sale_online", int64(r.StopSaleOnline), 0, 7200},
		{"stop_sale_window", int64(r.StopSaleWindow), 0, 7200},
		{"hold_online", int64(r.HoldOnline), 1, 7200},
		{"hold_window", int64(r.HoldWindow), 1, 7200},
		{"hold_extensions", int64(r.HoldExtensions), 0, 10},
		{"pay_grace", int64(r.PayGrace), 0, 3600},
		{"tickets_max", int64(r.TicketsMax), 1, 60},
		{"fen_per_km", r.FenPerKm, 0, 100_000},
		{"fare_least", int64(r.FareLeast), 0, 10_000_000},
		{"fare_rounding", int64(r.FareRounding), 0, 4},
		{"half_share", r.HalfShare, 0, 10_000},
		{"student_share", r.StudentShare, 0, 10_000},
		{"discount_share", r.DiscountShare, 0, 10_000},
		{"child_quota", r.ChildQuota, 0, 10_000},
		{"refund_rounding", int64(r.RefundRounding), 0, 4},
		{"check_opens", int64(r.CheckOpens), 0, 86_400},
		{"check_closes", int64(r.CheckCloses), 0, int64(r.CheckOpens)},
		{"check_twice", int64(r.CheckTwice), 0, 600},
		{"dispatch_min", int64(r.DispatchMin), 0, 86_400},
		{"voucher_days", int64(r.VoucherDays), 1, 30},
	} {
		if c.value < c.lo || c.value > c.hi {
			return Refuse(Invalid, fmt.Sprintf("规则 %s 应在 %d 与 %d 之间", c.field, c.lo, c.hi),
				fmt.Sprintf("the rule %s must be between %d and %d", c.field, c.lo, c.hi)).At(c.field)
		}
	}
	return r.validateLadder()
}

func (r *Rules) validateLadder() error {
	for i, s := range r.Refund {
		if s.Share < 0 || s.Share > 10_000 || s.Least < 0 || (i > 0 && (s.Before >= r.Refund[i-1].Before || s.Share < r.Refund[i-1].Share)) {
			return Refuse(Invalid, "退票阶梯须按时间由早到晚、费率由低到高", "the refund ladder must run from early to late with rising shares").At(fmt.Sprintf("refund[%d]", i))
		}
	}
	return nil
}

// ParseRules reads the stored form. A member it does not know is refused, so
// that a misspelt rule cannot silently keep its default.
func ParseRules(b []byte) (*Rules, error) {
	var r Rules
	if err := strictJSON(b, &r); err != nil {
		return nil, Refuse(Invalid, "规则文件有误:"+err.Error(), "the rules cannot be read: "+err.Error()).At("rules")
	}
	return &r, r.Validate()
}

// JSON is the stored form.
func (r *Rules) JSON() []byte {
	b, err := json.Marshal(r)
	must(err == nil, "rules do not marshal")
	return b
}
