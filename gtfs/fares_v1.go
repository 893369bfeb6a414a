package gtfs

import (
	"fmt"

	"chepiao"
)

// faresV1 are fare_attributes.txt and fare_rules.txt: a fare belongs to a
// route, a zone to board in and a zone to alight in; each may be empty and then
// means any.
type faresV1 struct {
	fares map[string]priced
	rules []ruleV1
	least map[keyV1]chepiao.Money
}

type keyV1 struct{ route, from, to string }

type ruleV1 struct {
	fare string
	keyV1
}

func (r *reading) readFaresV1() (*faresV1, error) {
	if !r.tables.has("fare_attributes.txt") {
		return nil, nil
	}
	v := &faresV1{fares: map[string]priced{}}
	err := r.tables.each("fare_attributes.txt", []string{"fare_id", "price", "currency_type"}, func(row *row) error {
		id := row.id("fare_id")
		p, ok := readPrice(row, "price", "currency_type")
		if !ok {
			return nil
		}
		if _, twice := v.fares[id]; twice {
			row.add(Warning, "duplicate-id", "fare_id", id, "this id has a row already", "the first row stands")
			return nil
		}
		v.fares[id] = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	contains, ruled := 0, map[string]bool{}
	err = r.tables.each("fare_rules.txt", []string{"fare_id"}, func(row *row) error {
		id := row.id("fare_id")
		ruled[id] = true
		if row.raw("contains_id") != "" {
			contains++
			return nil
		}
		if _, ok := v.fares[id]; !ok {
			row.add(Warning, "unknown-id", "fare_id", id, "no such fare", "the rule was left out")
			return nil
		}
		if route := row.raw("route_id"); route != "" {
			if _, ok := r.routeIDs[route]; !ok {
				row.add(Warning, "unknown-id", "route_id", route, "no such route", "the rule was left out")
				return nil
			}
		}
		v.rules = append(v.rules, ruleV1{id, keyV1{row.id("route_id"), row.id("origin_id"), row.id("destination_id")}})
		return nil
	})
	if contains > 0 {
		r.rep.add(Warning, "fare-contains", "fare_rules.txt", 0, "contains_id", "", fmt.Sprintf("rules that ask which zones the journey passes: %d", contains), "these rules were left out")
	}
	for id := range v.fares {
		if !ruled[id] { // a fare without rules holds everywhere
			v.rules = append(v.rules, ruleV1{fare: id})
		}
	}
	return v, err
}

// index keeps the lowest price of rules that say the same.
func (v *faresV1) index() {
	v.least = make(map[keyV1]chepiao.Money, len(v.rules))
	for _, rule := range v.rules {
		p, ok := v.fares[rule.fare]
		if was, known := v.least[rule.keyV1]; ok && (!known || p.fen < was) {
			v.least[rule.keyV1] = p.fen
		}
	}
}

// price takes the rule that says most: route and both zones first, the fare
// that holds everywhere last; the lower price where two say as much.
func (v *faresV1) price(rt *route, from, to *stop) (least chepiao.Money, ok bool) {
	const route, origin, destination = 4, 2, 1
	best := -1
	for mask := 7; mask >= 0; mask-- {
		var k keyV1
		said := 0
		if mask&route != 0 {
			k.route = rt.id
			said++
		}
		if mask&origin != 0 {
			k.from = from.zone
			said++
		}
		if mask&destination != 0 {
			k.to = to.zone
			said++
		}
		if mask&origin != 0 && k.from == "" || mask&destination != 0 && k.to == "" {
			continue // no zone matches only the rules without one
		}
		if m, known := v.least[k]; known && (said > best || said == best && m < least) {
			least, best, ok = m, said, true
		}
	}
	return least, ok
}
