package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// judgeScale adds the targets of check-in, seat choice and scale.
func (r *Report) judgeScale() {
	atMost := func(what, way string, value, goal float64, unit, command string) {
		r.Targets = append(r.Targets, TargetResult{What: what, Way: way, Value: value, Goal: goal, AtMost: true, Unit: unit, Reached: value <= goal, Command: command})
	}
	for _, c := range r.Checkin {
		if c.close(); c.Sales != noSales {
			atMost(fmt.Sprintf("p99 of a check, %d a second, while %s: %s", c.Rate, c.meanwhile(), c.Contender), overHTTP, c.P99, float64(checkinGoal.Milliseconds()), "ms", "--scenario checkin")
		}
	}
	for _, s := range r.Seats {
		if best := s.Ways[0]; s.Demand == 1 {
			r.Targets = append(r.Targets, TargetResult{What: "seat-legs sold at 100 % demand, beside the offline optimum", Way: inProcess, Value: 100 * best.Share, Goal: 100 * seatsWithin, Unit: "%", Reached: best.Share >= seatsWithin, Command: "--scenario seats"})
			atMost("choosing a seat", inProcess, best.Nanos, choiceGoal, "ns", "--scenario seats")
		}
	}
	for _, c := range r.Counter {
		switch {
		case c.Page == wholeSale:
			atMost("p99 of all requests of a window sale, first key to slip, 100 clerks and 100 phones at once", overHTTP, c.P99, float64(saleGoal.Milliseconds()), "ms", "--scenario counter")
		case c.Door == "phone":
			atMost("p99 of a passenger's page: "+c.Page, overHTTP, c.P99, float64(pageGoal.Milliseconds()), "ms", "--scenario counter")
		}
	}
	for _, p := range r.Paper {
		if p.goal > 0 {
			atMost("p99 of a "+p.What, inProcess, p.P99, float64(p.goal.Milliseconds()), "ms", "--scenario paper")
		}
	}
	r.judgeStation()
	if r.Scale == nil {
		return
	}
	least := map[string]*ScaleStore{}
	for _, s := range r.Scale.Stores {
		command := fmt.Sprintf("--scenario scale --tickets %d", s.Tickets)
		if first := least[s.Contender]; first == nil {
			least[s.Contender] = s
		} else if len(s.HubCost) > 0 {
			atMost(fmt.Sprintf("processor time of an order with %s tickets in the store, beside %s: %s", thousands(s.Tickets), thousands(first.Tickets), s.Contender), overHTTP,
				Median(s.StoreCost)/Median(first.StoreCost), 1+flatWithin, "×", command)
		}
		if s.Tickets >= startTickets && s.Tickets < 2*startTickets {
			atMost("start to first sale with 1,000,000 live tickets: "+s.Contender, overHTTP, s.Start, startGoal.Seconds(), "s", command)
			atMost("resident memory with 1,000,000 live tickets, all departures in use: "+s.Contender, overHTTP, s.TouchedMB/1024, memoryGoal, "GiB", command)
		}
	}
}

// thousands writes a number with commas, rounded to a thousand where it is large:
// the last order of a filling may have been of several people.
func thousands(n int) string {
	if n >= 10_000 {
		n = (n + 500) / 1000 * 1000
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	if n < 1_000_000 {
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return fmt.Sprintf("%d,%03d,%03d", n/1_000_000, n/1000%1000, n%1000)
}

func (r *CheckinResult) meanwhile() string {
	switch r.Sales {
	case allOut:
		return fmt.Sprintf("%d clients buy all the time", checkinSellers)
	case steadySales:
		return fmt.Sprintf("%d clients buy at a steady pace", checkinSellers)
	}
	return "nobody buys"
}

// scaleRows are the three tables, the first row of each its head.
func (r *Report) scaleRows() (tables [][][]string) {
	if len(r.Checkin) > 0 {
		rows := [][]string{{"checks at the gate", "meanwhile", "a second", "checks", "p50 ms", "p99 ms", "longest ms", "orders a second", "hub's processor time of a check, µs"}}
		for _, c := range r.Checkin {
			orders, cost := "–", "–"
			if c.Sales == noSales {
				cost = fmt.Sprintf("%.0f", Median(c.Cost))
			} else {
				orders = fmt.Sprintf("%.0f", Median(c.Orders))
			}
			rows = append(rows, []string{c.Contender, c.meanwhile(), fmt.Sprint(c.Rate), fmt.Sprint(c.Checks), fmt.Sprintf("%.1f", c.P50), fmt.Sprintf("%.1f", c.P99), fmt.Sprintf("%.1f", c.Max), orders, cost})
		}
		tables = append(tables, rows)
	}
	if len(r.Seats) > 0 {
		rows := [][]string{{"choice of a seat", "demand", "optimum sells", "÷ optimum", "worst coach", "÷ planner who may refuse", "a choice"}}
		for _, s := range r.Seats {
			for _, w := range s.Ways {
				rows = append(rows, []string{w.Name, fmt.Sprintf("%.0f %%", 100*s.Demand), fmt.Sprintf("%.1f %%", 100*s.Sold), fmt.Sprintf("%.2f %%", 100*w.Share), fmt.Sprintf("%.1f %%", 100*w.Least), fmt.Sprintf("%.1f %%", 100*w.Picked), fmt.Sprintf("%.0f ns", w.Nanos)})
			}
		}
		tables = append(tables, rows)
	}
	if len(r.Counter) > 0 {
		rows := [][]string{{"door", "page", "asked", "p50 ms", "p99 ms"}}
		for _, c := range r.Counter {
			rows = append(rows, []string{c.Door, c.Page, fmt.Sprint(c.Asked), fmt.Sprintf("%.1f", c.P50), fmt.Sprintf("%.1f", c.P99)})
		}
		tables = append(tables, rows)
	}
	if len(r.Paper) > 0 {
		rows := [][]string{{"paper", "bytes", "p50 ms", "p99 ms"}}
		for _, p := range r.Paper {
			rows = append(rows, []string{p.What, fmt.Sprint(p.Bytes), fmt.Sprintf("%.2f", p.P50), fmt.Sprintf("%.2f", p.P99)})
		}
		tables = append(tables, rows)
	}
	if r.Station != nil {
		tables = append(tables, r.Station.rows())
	}
	if r.Scale != nil {
		rows := [][]string{{"store", "live tickets", "departures", "filled, tickets/s", "orders a second", "processor time of an order, µs", "of it the hub's", "sold meanwhile", "start to first sale", "memory", "all departures in use"}}
		for _, s := range r.Scale.Stores {
			rows = append(rows, []string{s.Contender, thousands(s.Tickets), fmt.Sprint(s.Runs), fmt.Sprintf("%.0f", s.FillRate), fmt.Sprintf("%.0f (%s)", Median(s.Orders), span(s.Orders)), fmt.Sprintf("%.0f", Median(s.StoreCost)), fmt.Sprintf("%.0f", Median(s.HubCost)), fmt.Sprint(s.Sold),
				fmt.Sprintf("%.1f s", s.Start), fmt.Sprintf("%.0f MB", s.StartMB), fmt.Sprintf("%.0f MB", s.TouchedMB)})
		}
		tables = append(tables, rows)
	}
	return tables
}

// writeScale prints the tables for a terminal.
func (r *Report) writeScale(out io.Writer) error {
	for _, rows := range r.scaleRows() {
		fmt.Fprintln(out)
		w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
		for _, cells := range rows {
			fmt.Fprintln(w, "  "+strings.Join(cells, "\t"))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// scaleTables prints them for a page.
func (r *Report) scaleTables(b *strings.Builder) {
	for _, rows := range r.scaleRows() {
		b.WriteString("\n")
		for i, cells := range rows {
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
			if i == 0 {
				b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
			}
		}
	}
}
