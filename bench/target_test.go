package bench

import (
	"strings"
	"testing"
	"time"
)

// TestJudge holds targets against made-up rounds: medians and the worst round
// both count, a share may be at most its goal, and what was not measured is not
// judged.
func TestJudge(t *testing.T) {
	r := &Report{}
	round := func(load, way, who string, orders int, hold time.Duration) {
		r.load(load, load, way).sold(who, tally{orders: orders, commands: 3 * orders, hold: []time.Duration{hold}}, time.Second)
	}
	for _, n := range []int{800, 700, 900} {
		round("spread", inProcess, oursPostgres, n, 10*time.Millisecond)
		round("spread", inProcess, rowLocks, 100, 100*time.Millisecond)
		round("spread", inProcess, sentTogether, 850, time.Millisecond)
		round("ten", overHTTP, oursPostgres, 600, 10*time.Millisecond)
		round("ten", overHTTP, rowLocks, 100, 40*time.Millisecond)
		r.look(oursPostgres, "commands", 39, 100)
		r.look(oursPostgres, "search", 61, 100)
	}
	r.judge()
	got := map[string]string{}
	for _, target := range r.Targets {
		got[target.What+", "+target.Way] = target.goal() + " " + target.value(target.Value) + " " + target.value(target.Least) + " " + target.verdict()
	}
	for what, want := range map[string]string{
		"orders, evenly spread: Chepiao on PostgreSQL, beside row locks on PostgreSQL, in process":                        "≥ 7.0× 8.0× 7.0× yes",
		"orders, evenly spread: Chepiao on PostgreSQL, beside row locks, pipelined, in process":                           "– 0.9× 0.8× below in a round",
		"orders, 90 % on ten departures: Chepiao on PostgreSQL, beside row locks on PostgreSQL, over HTTP":                "≥ 7.0× 6.0× 6.0× no",
		"p99 of a hold, orders, evenly spread: Chepiao on PostgreSQL, beside row locks on PostgreSQL, in process":         "– 10 % – ",
		"p99 of a hold, orders, 90 % on ten departures: Chepiao on PostgreSQL, beside row locks on PostgreSQL, over HTTP": "≤ 20 % 25 % – no",
		"commands: Chepiao on PostgreSQL, beside a bare JSON handler, over HTTP":                                          "≥ 40 % 39 % 39 % no",
		"search: Chepiao on PostgreSQL, beside a bare JSON handler, over HTTP":                                            "≥ 60 % 61 % 61 % yes",
	} {
		if got[what] != want {
			t.Errorf("%s: %q, want %q", what, got[what], want)
		}
		delete(got, what)
	}
	if len(got) > 0 {
		t.Errorf("judged as well: %v", got)
	}
	var page strings.Builder
	if err := r.WriteMarkdown(&page); err != nil || strings.Count(page.String(), "\n| ") < len(r.Targets)+5 {
		t.Errorf("%v\n%s", err, page.String())
	}
	for line := range strings.Lines(page.String()) { // every row of a table has as many cells as its head
		if strings.HasPrefix(line, "|---") {
			continue
		}
		if n := strings.Count(line, "|"); strings.HasPrefix(line, "|") && n != 5 && n != 8 && n != 11 {
			t.Errorf("%d bars in %s", n, line)
		}
	}
}
