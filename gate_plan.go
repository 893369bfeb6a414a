package chepiao

import (
	"cmp"
	"slices"
	"time"
)

// GateUse is when a departure boards at a gate of a station: a gate checks one
// departure at a time, and one that is cut off passes only its own.
type GateUse struct {
	Departure DepartureID
	Number    string
	Gate      string
	From      time.Time // check opens, or GateBusyMost before it leaves
	Until     time.Time // check closes
}

// GateBusyMost is how long before a departure its gate counts as taken, where check
// opens earlier than that: who comes hours ahead is no queue.
const GateBusyMost = 30 * time.Minute

// UseOf is when a departure keeps a gate busy, by the rules.
func UseOf(id DepartureID, number, gate string, departs, last time.Time, r *Rules) GateUse {
	opens := min(seconds(r.CheckOpens), GateBusyMost)
	return GateUse{id, number, gate, departs.Add(-opens), last.Add(-seconds(r.CheckCloses))}
}

// GateClash is two departures that board at one gate at once; First opens first.
type GateClash struct{ First, Second GateUse }

// GateClashes are the departures that board at one gate at once, by gate and time.
// What has no gate clashes with nothing. It is worth a warning, no refusal: two short
// queues share a gate when they must.
func GateClashes(uses []GateUse) (list []GateClash) {
	uses = slices.Clone(uses)
	slices.SortStableFunc(uses, func(a, b GateUse) int {
		return cmp.Or(cmp.Compare(a.Gate, b.Gate), a.From.Compare(b.From), cmp.Compare(a.Departure, b.Departure))
	})
	for i, a := range uses {
		if a.Gate == "" {
			continue
		}
		for _, b := range uses[i+1:] {
			if b.Gate != a.Gate {
				break
			}
			if b.From.Before(a.Until) && b.Departure != a.Departure {
				list = append(list, GateClash{a, b})
			}
		}
	}
	return list
}
