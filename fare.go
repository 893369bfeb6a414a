package chepiao

import "fmt"

// Fare is the price of one ticket and how it came about.
type Fare struct {
	Full   Money // full fare of the journey
	Price  Money // to pay
	Table  bool  // from the line's fare table; otherwise by distance
	Metres int   // of the journey
	Rules  int64 // version
}

// Price is what a ticket of a kind costs between two stop positions of a
// template: the line's table where it names the pair, else distance times the
// rate per kilometre, at least the least fare, rounded; then the kind's share,
// rounded again. The kind is valid.
func Price(l *Line, t *Template, board, alight int, kind TicketKind, r *Rules) Fare {
	a, b := t.Stops[board], t.Stops[alight]
	f := Fare{Metres: int(b.Metres - a.Metres), Rules: r.Version}
	f.Full, f.Table = l.Fares[Pair{a.Station, b.Station}]
	if !f.Table {
		f.Full = max(roundRatio(int64(f.Metres)*r.FenPerKm, 1000, r.FareRounding), r.FareLeast)
	}
	f.Price = f.Full
	if share := r.share(kind); share != 10_000 {
		f.Price = f.Full.Share(share, r.FareRounding)
	}
	return f
}

// Explain says how the price came about.
func (f Fare) Explain(kind TicketKind, r *Rules) (zh, en string) {
	if f.Table {
		zh, en = "票价表 "+f.Full.Yuan(), "fare table "+f.Full.Yuan()
	} else {
		zh = fmt.Sprintf("%.1f 公里 × %s 元/公里,全价 %s", float64(f.Metres)/1000, Money(r.FenPerKm), f.Full.Yuan())
		en = fmt.Sprintf("%.1f km × %s per km, full fare %s", float64(f.Metres)/1000, Money(r.FenPerKm), f.Full.Yuan())
	}
	if kind != Full {
		zh += fmt.Sprintf(",按 %d%% 收取 %s", r.share(kind)/100, f.Price.Yuan())
		en += fmt.Sprintf(", of which %d%% is %s", r.share(kind)/100, f.Price.Yuan())
	}
	return zh, en
}

func (r *Rules) share(k TicketKind) int64 {
	switch k {
	case Half:
		return r.HalfShare
	case Student:
		return r.StudentShare
	case Discount:
		return r.DiscountShare
	default:
		return 10_000
	}
}
