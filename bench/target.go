package bench

import (
	"fmt"
	"math"
)

// TargetResult is one speed that was to be reached, and what was measured.
// Ratios are of medians; Least is the worst round's.
type TargetResult struct {
	What    string  `json:"what"`
	Way     string  `json:"way"`
	Value   float64 `json:"value"`
	Least   float64 `json:"least,omitempty"` // the worst round; 0 where rounds are not compared
	Goal    float64 `json:"goal,omitempty"`  // 0: stated only
	AtMost  bool    `json:"at_most,omitempty"`
	Reached bool    `json:"reached"`
	Unit    string  `json:"unit,omitempty"` // of value and goal; "": a ratio
	Command string  `json:"command"`
}

// goals are Chepiao's orders beside the row-lock yardstick's on the same server.
var goals = []struct {
	load, way, ours string
	goal            float64
}{
	{"spread", inProcess, oursPostgres, 7},
	{"spread", overHTTP, oursPostgres, 6},
	{"ten", inProcess, oursPostgres, 9},
	{"ten", overHTTP, oursPostgres, 7},
	{"flow", inProcess, oursPostgres, 9},
	{"flow", overHTTP, oursPostgres, 0},
	{"spread", inProcess, oursEmbedded, 14},
	{"spread", overHTTP, oursEmbedded, 9},
	{"opening", inProcess, oursPostgres, 25},
	{"opening", overHTTP, oursPostgres, 0},
}

// Shares of the bare JSON handler's rate, and of the yardstick's p99 of a hold.
const (
	commandsShare = 0.40
	looksShare    = 0.60
	holdShare     = 0.20
)

// judge closes the accounts: percentiles, and every target with what was
// measured.
func (r *Report) judge() {
	for _, l := range r.Loads {
		for _, c := range l.Contenders {
			c.Hold, c.Pay, c.Refund = percentiles(c.hold), percentiles(c.pay), percentiles(c.refund)
		}
	}
	for _, base := range []string{rowLocks, sentTogether} {
		for _, g := range goals {
			ours, other := r.find(g.load, g.way, g.ours), r.find(g.load, g.way, base)
			if ours == nil || other == nil {
				continue
			}
			t := TargetResult{
				What: fmt.Sprintf("%s: %s, beside %s", titles[g.load], g.ours, base), Way: g.way,
				Value: Median(ours.Orders) / Median(other.Orders), Least: least(ours.Orders, other.Orders), Goal: g.goal, Command: "--scenario " + g.load,
			}
			if base != rowLocks {
				t.Goal = 0 // a stricter yardstick than was asked for: stated
			}
			t.Reached = t.Value >= t.Goal && t.Least >= 1
			r.Targets = append(r.Targets, t)
		}
	}
	r.judgeHolds()
	defer r.judgeScale()
	for _, l := range r.Looks {
		t := TargetResult{
			What: fmt.Sprintf("%s: %s, beside a bare JSON handler", titles[l.Name], l.Contender), Way: overHTTP,
			Value: Median(l.Requests) / Median(l.Bare), Least: least(l.Requests, l.Bare), Goal: looksShare, Command: "--scenario look",
		}
		if l.Name == "commands" {
			t.Goal = commandsShare
		}
		if l.Name == "mixed" { // a hundred looks at their share, an order's three commands at theirs
			t.Goal = math.Floor(103/(100/looksShare+3/commandsShare)*100) / 100
		}
		t.Reached = t.Value >= t.Goal
		r.Targets = append(r.Targets, t)
	}
}

var titles = map[string]string{
	"spread": "orders, evenly spread", "ten": "orders, 90 % on ten departures", "flow": "orders, one flow departure", "opening": "answers at a sold-out opening",
	"search": "search", "seats": "seat maps", "commands": "commands", "mixed": "100 looks and an order",
}

// judgeHolds compares the slowest holds.
func (r *Report) judgeHolds() {
	for _, way := range []string{inProcess, overHTTP} {
		for _, l := range loads {
			ours, base := r.find(l.name, way, oursPostgres), r.find(l.name, way, rowLocks)
			if ours == nil || base == nil || base.Hold.P99 == 0 {
				continue
			}
			share := ours.Hold.P99 / base.Hold.P99
			t := TargetResult{What: fmt.Sprintf("p99 of a hold, %s: %s, beside %s", titles[l.name], oursPostgres, rowLocks), Way: way, Value: share, AtMost: true, Command: "--scenario " + l.name}
			if way == overHTTP {
				t.Goal = holdShare
			}
			t.Reached = t.Goal == 0 || share <= t.Goal
			r.Targets = append(r.Targets, t)
		}
	}
}

// least is the smallest ratio of two lists, round by round.
func least(ours, base []float64) float64 {
	worst := math.Inf(1)
	for i := range min(len(ours), len(base)) {
		worst = min(worst, ours[i]/base[i])
	}
	if math.IsInf(worst, 1) {
		return 0
	}
	return worst
}
