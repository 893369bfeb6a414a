package chepiao

import (
	"fmt"
	"strconv"
)

// Fare is the price of one ticket and how it came about.
type Fare struct {
	Start  Money // by table or distance, before the price difference and the limit
	Full   Money // full fare of the journey, never above the limit
	Price  Money // to pay
	Limit  Money // 上限票价 of the journey; 0: none
	Table  bool  // from the line's fare table; otherwise by distance
	Metres int   // of the journey
	Rules  int64 // version
}

// Price is what a ticket of a kind costs between two stop positions of a
// template. The full fare is the line's table where it names the pair, else
// distance times the rate per kilometre, at least the least fare, rounded; the
// price difference is added; the upper limit cuts it, rounded down so that it is
// never above. Then comes the kind's share, rounded again. The kind is valid; a
// free child costs nothing.
func Price(l *Line, t *Template, board, alight int, kind TicketKind, r *Rules) Fare {
	a, b := t.Stops[board], t.Stops[alight]
	f := Fare{Metres: int(b.Metres - a.Metres), Rules: r.Version}
	f.Start, f.Table = l.Fares[Pair{a.Station, b.Station}]
	if !f.Table {
		f.Start = max(roundRatio(int64(f.Metres)*r.FenPerKm, 1000, r.FareRounding), r.FareLeast)
	}
	f.Full = f.Start
	if r.FareDifference != 0 {
		f.Full = f.Start.Share(max(10_000+r.FareDifference, 0), r.FareRounding)
	}
	if r.FareLimit > 0 {
		f.Limit = Money(int64(f.Metres) * r.FareLimit / 1000)
		if f.Full > f.Limit {
			f.Full = f.Limit.payable(r.FareRounding)
		}
	}
	f.Price = f.Full
	if share := r.share(kind); share != 10_000 {
		f.Price = min(f.Full.Share(share, r.FareRounding), f.Full)
	}
	return f
}

// payable is the greatest amount that the rounding can give and that is not
// above m; m itself where that would be nothing.
func (m Money) payable(r Rounding) Money {
	unit := Money(1)
	switch r {
	case RoundNearest, RoundDown, RoundUp:
		unit = 100
	case RoundHalfYuan:
		unit = 50
	}
	if m < unit {
		return m
	}
	return m - m%unit
}

// share is what a kind pays of the full fare, in basis points, and name the
// rule that says so.
func (r *Rules) share(k TicketKind) int64 {
	switch k {
	case Half:
		return r.HalfShare
	case Student:
		return r.StudentShare
	case Discount:
		return r.DiscountShare
	case Disabled:
		return r.DisabledShare
	case Free:
		return 0
	default:
		return 10_000
	}
}

// shareRules name the rule of each kind's share.
var shareRules = map[TicketKind]string{Half: "half_share", Student: "student_share", Discount: "discount_share", Disabled: "disabled_share", Free: "free_per_adult"}

// FareBase is the name of what is left of a fare when its items are taken away.
const FareBase = "base"

// Items are the parts of the full fare, the base first. They add up to it: where
// a cheap journey costs less than its items, the last ones are cut.
func (f Fare) Items(r *Rules) []FareItem { return ItemsOf(f.Full, f.Full, r) }

// Parts are the parts of the price, in the proportion of the full fare's. They
// add up to it.
func (f Fare) Parts(r *Rules) []FareItem { return ItemsOf(f.Full, f.Price, r) }

// ItemsOf are the parts of a ticket's price, the base first, as Fare.Parts has
// them: for a ticket that remembers its full fare and its price. Items are
// rounded down to the fen, and the base is the rest.
func ItemsOf(full, price Money, r *Rules) []FareItem {
	parts := make([]FareItem, 1, 1+len(r.FareItems))
	parts[0] = FareItem{Item: FareBase, Fen: price}
	left := full
	for _, item := range r.FareItems {
		fen := min(item.Fen+Money(int64(full)*item.Share/10_000), left)
		left -= fen
		if full > 0 {
			fen = Money(int64(fen) * int64(price) / int64(full))
		}
		parts[0].Fen -= fen
		parts = append(parts, FareItem{Item: item.Item, Fen: fen})
	}
	return parts
}

// itemsAbove says that the items can be more than the least fare by distance.
// Such rules are refused; a table's fare may still be lower than its items, and
// ItemsOf cuts them.
func (r *Rules) itemsAbove() bool {
	fen, share := Money(0), int64(0)
	for _, item := range r.FareItems {
		fen, share = fen+item.Fen, share+item.Share
	}
	return len(r.FareItems) > 0 && fen+Money(int64(r.FareLeast)*share/10_000) > r.FareLeast
}

// Explain says how the price came about.
func (f Fare) Explain(kind TicketKind, r *Rules) Explanation {
	e := Explanation{Rule: "fares", Version: r.Version, Inputs: []Input{
		Given("metres", f.Metres), Given("start", f.Start), Given("full", f.Full), Given("kind", kind), Given("share", r.share(kind)),
		Given("rounding", int(r.FareRounding)), Given("price", f.Price),
	}}
	km := strconv.FormatFloat(float64(f.Metres)/1000, 'f', 1, 64)
	switch {
	case f.Table:
		e.ZH, e.EN = "票价表 "+f.Start.Yuan(), "fare table "+f.Start.Yuan()
	case f.Start > 0 && f.Start == r.FareLeast && roundRatio(int64(f.Metres)*r.FenPerKm, 1000, r.FareRounding) < f.Start:
		e.Rule = "fare_least"
		e.ZH, e.EN = "最低票价 "+f.Start.Yuan(), "least fare "+f.Start.Yuan()
	default:
		e.Rule = "fen_per_km"
		e.ZH = fmt.Sprintf("%s 公里 × %s 元/公里，全价 %s", km, Money(r.FenPerKm), f.Start.Yuan())
		e.EN = fmt.Sprintf("%s km × %s per km, full fare %s", km, Money(r.FenPerKm), f.Start.Yuan())
	}
	if r.FareDifference != 0 {
		changed := f.Start.Share(max(10_000+r.FareDifference, 0), r.FareRounding)
		e.Rule, e.Inputs = "fare_difference", append(e.Inputs, Given("difference", r.FareDifference))
		e.ZH += fmt.Sprintf("，票价差 %s 后 %s", signed(r.FareDifference), changed.Yuan())
		e.EN += fmt.Sprintf(", with a price difference of %s %s", signed(r.FareDifference), changed.Yuan())
	}
	if f.Limit > 0 {
		e.Inputs = append(e.Inputs, Given("limit", f.Limit))
	}
	if f.Full != f.beforeLimit(r) {
		e.Rule = "fare_limit"
		e.ZH += fmt.Sprintf("，不超过上限票价 %s，执行 %s", f.Limit.Yuan(), f.Full.Yuan())
		e.EN += fmt.Sprintf(", but not above the limit of %s: %s", f.Limit.Yuan(), f.Full.Yuan())
	}
	switch {
	case kind == Free:
		e.Rule = shareRules[kind]
		e.ZH, e.EN = "免票儿童不占座，不收费", "a free child has no seat and pays nothing"
	case kind != Full:
		e.Rule = shareRules[kind]
		e.ZH += fmt.Sprintf("，按 %s 收取 %s", percent(r.share(kind)), f.Price.Yuan())
		e.EN += fmt.Sprintf(", of which %s is %s", percent(r.share(kind)), f.Price.Yuan())
	}
	return e
}

func (f Fare) beforeLimit(r *Rules) Money {
	if r.FareDifference == 0 {
		return f.Start
	}
	return f.Start.Share(max(10_000+r.FareDifference, 0), r.FareRounding)
}

// percent is a share of basis points as people say it: "50%", "7.5%".
func percent(share int64) string {
	return strconv.FormatFloat(float64(share)/100, 'f', -1, 64) + "%"
}

func signed(share int64) string {
	if share > 0 {
		return "+" + percent(share)
	}
	return percent(share)
}
