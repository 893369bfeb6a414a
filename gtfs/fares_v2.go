package gtfs

import (
	"fmt"

	"chepiao"
)

// faresV2 are fare_products.txt, fare_leg_rules.txt and stop_areas.txt: a
// product belongs to a network of routes, an area to board in and an area to
// alight in. How empty fields match depends on whether rules have priorities.
type faresV2 struct {
	products map[string]priced // full fare of an ordinary adult
	rules    []ruleV2
	areas    map[int32][]string // of a stop
	stopOf   map[*stop]int32
	priority bool
	byKey    map[keyV2]bestV2
	// networks, from, to are what the rules name: without priorities an empty
	// field means everything that no rule names.
	networks, from, to map[string]bool
}

type keyV2 struct{ network, from, to string }

type ruleV2 struct {
	product  string
	priority int
	keyV2
}

type bestV2 struct {
	priority int
	fen      chepiao.Money
}

func (r *reading) readFaresV2() (*faresV2, error) {
	if !r.tables.has("fare_products.txt") || !r.tables.has("fare_leg_rules.txt") {
		return nil, nil
	}
	v := &faresV2{products: map[string]priced{}, areas: map[int32][]string{}, networks: map[string]bool{}, from: map[string]bool{}, to: map[string]bool{}}
	if err := r.readProducts(v); err != nil {
		return nil, err
	}
	err := r.tables.each("stop_areas.txt", []string{"area_id", "stop_id"}, func(row *row) error {
		i, ok := r.stopIDs[row.raw("stop_id")]
		if !ok {
			row.add(Warning, "unknown-id", "stop_id", row.raw("stop_id"), "no such stop", "the row was left out")
			return nil
		}
		if i != leftOut && len(v.areas[i]) < 16 {
			v.areas[i] = append(v.areas[i], row.id("area_id"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.stopOf = make(map[*stop]int32, len(r.stops))
	for i := range r.stops {
		v.stopOf[&r.stops[i]] = int32(i)
	}
	return v, r.readLegRules(v)
}

// readProducts keeps the full fare of every product: what an ordinary passenger
// pays, and the highest where it depends on the means of payment.
func (r *reading) readProducts(v *faresV2) error {
	ordinary, named := "", false
	err := r.tables.each("rider_categories.txt", []string{"rider_category_id"}, func(row *row) error {
		if row.raw("is_default_fare_category") == "1" && !named {
			ordinary, named = row.id("rider_category_id"), true
		}
		return nil
	})
	if err != nil {
		return err
	}
	others := 0
	err = r.tables.each("fare_products.txt", []string{"fare_product_id", "amount", "currency"}, func(row *row) error {
		if c := row.raw("rider_category_id"); c != "" && (!named || c != ordinary) {
			others++
			return nil
		}
		id := row.id("fare_product_id")
		p, ok := readPrice(row, "amount", "currency")
		if !ok {
			return nil
		}
		if was, twice := v.products[id]; !twice || p.fen > was.fen && p.currency == was.currency {
			v.products[id] = p
		}
		return nil
	})
	if others > 0 {
		r.rep.add(Note, "rider-category", "fare_products.txt", 0, "rider_category_id", "", fmt.Sprintf("prices for particular passengers: %d", others), "left out; reduced fares follow the rules of this system")
	}
	return err
}

func (r *reading) readLegRules(v *faresV2) error {
	timed, some := 0, false
	err := r.tables.each("fare_leg_rules.txt", []string{"fare_product_id"}, func(row *row) error {
		_, v.priority = row.cols["rule_priority"]
		rule := ruleV2{row.id("fare_product_id"), row.whole("rule_priority", 0, 1<<30, 0), keyV2{row.id("network_id"), row.id("from_area_id"), row.id("to_area_id")}}
		v.networks[rule.network], v.from[rule.from], v.to[rule.to] = true, true, true
		if row.raw("from_timeframe_group_id") != "" || row.raw("to_timeframe_group_id") != "" {
			timed++
			return nil
		}
		if _, ok := v.products[rule.product]; !ok {
			some = true
			return nil
		}
		v.rules = append(v.rules, rule)
		return nil
	})
	if timed > 0 {
		r.rep.add(Warning, "fare-timeframe", "fare_leg_rules.txt", 0, "from_timeframe_group_id", "", fmt.Sprintf("rules that hold at certain times only: %d", timed), "these rules were left out")
	}
	if some {
		r.rep.add(Note, "unknown-id", "fare_leg_rules.txt", 0, "fare_product_id", "", "some rules sell no product for ordinary passengers", "these rules were left out")
	}
	return err
}

// index keeps, of rules that say the same, the highest priority, then the
// lowest price.
func (v *faresV2) index() {
	v.byKey = make(map[keyV2]bestV2, len(v.rules))
	for _, rule := range v.rules {
		p, ok := v.products[rule.product]
		if !ok {
			continue
		}
		now := bestV2{rule.priority, p.fen}
		if was, known := v.byKey[rule.keyV2]; !known || now.beats(was) {
			v.byKey[rule.keyV2] = now
		}
	}
}

func (b bestV2) beats(other bestV2) bool {
	return b.priority > other.priority || b.priority == other.priority && b.fen < other.fen
}

func (v *faresV2) price(rt *route, from, to *stop) (chepiao.Money, bool) {
	var best bestV2
	found := false
	for _, n := range v.fits([]string{rt.network}, v.networks) {
		for _, a := range v.fits(v.areas[v.stopOf[from]], v.from) {
			for _, b := range v.fits(v.areas[v.stopOf[to]], v.to) {
				if now, ok := v.byKey[keyV2{n, a, b}]; ok && (!found || now.beats(best)) {
					best, found = now, true
				}
			}
		}
	}
	return best.fen, found
}

// fits are the values of a rule's field that match any of what a journey has.
// The empty field matches everything where rules have priorities; otherwise
// only what no rule names.
func (v *faresV2) fits(has []string, named map[string]bool) []string {
	fit := make([]string, 0, len(has)+1)
	any := false
	for _, h := range has {
		if h != "" && named[h] {
			fit = append(fit, h)
			any = true
		}
	}
	if v.priority || !any {
		fit = append(fit, "")
	}
	return fit
}
