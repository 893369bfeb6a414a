package gtfs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"chepiao"
)

// faresFile is our extension: route_id,direction_id,from_stop_id,to_stop_id,fen;
// an empty direction_id means both.
const faresFile = "chepiao_fares.txt"

// PairsMax bounds the pairs of stations with a fare, of all lines together.
const PairsMax = 3_000_000

// pricer tells the fare of a journey on a route; ok is false where its tables
// say nothing.
type pricer func(rt *route, from, to *stop) (m chepiao.Money, ok bool)

// readFares fills the fare tables of the lines. Where several sources price the
// same journey, our own file comes first, then GTFS fares v2, then v1. What
// nobody prices is priced by distance.
func (r *reading) readFares(f *Feed) error {
	v1, err := r.readFaresV1()
	if err != nil {
		return err
	}
	v2, err := r.readFaresV2()
	if err != nil {
		return err
	}
	own, err := r.readOwnFares()
	if err != nil {
		return err
	}
	f.Network.Currency = r.settleCurrency(v1, v2)
	sources := []pricer{}
	if v2 != nil {
		sources = append(sources, v2.price)
	}
	if v1 != nil {
		sources = append(sources, v1.price)
	}
	if len(sources) == 0 && len(own) == 0 {
		r.rep.add(Note, "no-fares", "feed", 0, "", "", "the feed has no fares", "fares come from the distance, in "+f.Network.Currency)
		return nil
	}
	r.price(f, own, sources)
	return nil
}

// journey is a pair of stops on a line, as the fare tables know them.
type journey struct {
	line     lineKey
	from, to int32
}

func (r *reading) readOwnFares() (map[journey]chepiao.Money, error) {
	own := map[journey]chepiao.Money{}
	err := r.tables.each(faresFile, []string{"route_id", "from_stop_id", "to_stop_id", "fen"}, func(row *row) error {
		route, ok := r.routeIDs[row.raw("route_id")]
		from, okFrom := r.stopIDs[row.raw("from_stop_id")]
		to, okTo := r.stopIDs[row.raw("to_stop_id")]
		if !ok || !okFrom || !okTo || from == leftOut || to == leftOut {
			row.add(Warning, "unknown-id", "route_id", row.raw("route_id"), "no such route or stop", "the fare was left out")
			return nil
		}
		fen := row.whole("fen", 1, 1_000_000_00, 0)
		if route == leftOut || fen == 0 {
			return nil
		}
		for _, back := range []bool{false, true} {
			if d := row.raw("direction_id"); d == "" || (d == "1") == back {
				own[journey{lineKey{route, back}, from, to}] = chepiao.Money(fen)
			}
		}
		return nil
	})
	return own, err
}

// price asks the sources for every pair of stations that a line serves.
func (r *reading) price(f *Feed, own map[journey]chepiao.Money, sources []pricer) {
	stopOf := make([]int32, len(f.StationKeys))
	for i, key := range f.StationKeys {
		stopOf[i] = r.stopIDs[key]
	}
	total, full := 0, false
	seen := map[string]bool{} // line and stations: most trips of a line are alike
	var pattern []byte
	for i := range f.Network.Templates {
		t := &f.Network.Templates[i]
		pattern = appendPattern(pattern[:0], t)
		if seen[string(pattern)] {
			continue
		}
		seen[string(pattern)] = true
		line := &f.Network.Lines[t.Line-1]
		k := r.trips[r.built[i].trip].key()
		for a, from := range t.Stops {
			for _, to := range t.Stops[a+1:] {
				pair := chepiao.Pair{From: from.Station, To: to.Station}
				if _, known := line.Fares[pair]; known || !from.Board || !to.Alight || full {
					continue
				}
				j := journey{k, stopOf[from.Station-1], stopOf[to.Station-1]}
				m, ok := r.ask(j, own, sources)
				if !ok {
					continue
				}
				if line.Fares == nil {
					line.Fares = map[chepiao.Pair]chepiao.Money{}
				}
				line.Fares[pair] = m
				total++
				full = total >= PairsMax
			}
		}
	}
	if full {
		r.rep.add(Error, "many-fares", "feed", 0, "", "", fmt.Sprintf("more than %d pairs of stations have a fare", PairsMax), "the others are priced by distance")
	}
}

func (r *reading) ask(j journey, own map[journey]chepiao.Money, sources []pricer) (chepiao.Money, bool) {
	if m, ok := own[j]; ok {
		return m, true
	}
	for _, price := range sources {
		if m, ok := price(&r.routes[j.line.route], &r.stops[j.from], &r.stops[j.to]); ok {
			return m, true
		}
	}
	return 0, false
}

func appendPattern(b []byte, t *chepiao.Template) []byte {
	b = append(b, byte(t.Line), byte(t.Line>>8), byte(t.Line>>16), byte(t.Line>>24))
	for _, s := range t.Stops {
		flags := byte(0)
		if s.Board {
			flags |= 1
		}
		if s.Alight {
			flags |= 2
		}
		b = append(b, byte(s.Station), byte(s.Station>>8), byte(s.Station>>16), byte(s.Station>>24), flags)
	}
	return b
}

// priced is an amount of a fare table that was read.
type priced struct {
	fen      chepiao.Money
	currency string
}

// readPrice reads an amount and its currency; ok is false when it is none.
func readPrice(row *row, amountCol, currencyCol string) (p priced, ok bool) {
	p.currency = row.id(currencyCol)
	if p.fen, ok = parseMoney(row.raw(amountCol)); !ok {
		row.add(Warning, "bad-fare", amountCol, row.raw(amountCol), "not an amount of money", "the fare was left out")
		return p, false
	}
	if len(p.currency) != 3 {
		row.add(Warning, "bad-fare", currencyCol, p.currency, "not a currency like CNY", "the fare was left out")
		return p, false
	}
	return p, true
}

// settleCurrency is the currency most fares are in. Fares in another one cannot
// be added up with them and are dropped.
func (r *reading) settleCurrency(v1 *faresV1, v2 *faresV2) string {
	count := map[string]int{}
	if v1 != nil {
		for _, p := range v1.fares {
			count[p.currency]++
		}
	}
	if v2 != nil {
		for _, p := range v2.products {
			count[p.currency]++
		}
	}
	if len(count) == 0 {
		return r.o.Currency
	}
	var names []string
	for c := range count {
		names = append(names, c)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	most := names[0]
	for _, c := range names[1:] {
		r.rep.add(Error, "mixed-currency", "feed", 0, "currency", c, fmt.Sprintf("fares not in %s: %d", most, count[c]), "these fares were left out")
	}
	other := func(_ string, p priced) bool { return p.currency != most }
	if v1 != nil {
		maps.DeleteFunc(v1.fares, other)
		v1.index()
	}
	if v2 != nil {
		maps.DeleteFunc(v2.products, other)
		v2.index()
	}
	return most
}
