package chepiao

// SeatPlan is where each seat stands in the coach: index seat-1. It comes from
// VehicleType.Plan and serves to keep parties together.
type SeatPlan []Place

// Place is a row from the front and a column from the left, both from 0.
type Place struct{ Row, Col int }

// Plan compiles the layout.
func (v VehicleType) Plan() SeatPlan {
	plan := make(SeatPlan, v.Seats)
	for r, row := range v.Rows() {
		for c, n := range row {
			if n > 0 {
				plan[n-1] = Place{r, c}
			}
		}
	}
	return plan
}

// place is a seat's place; a seat the plan does not know sits in rows of four.
func (p SeatPlan) place(n int) Place {
	if n <= len(p) {
		return p[n-1]
	}
	return Place{(n - 1) / 4, (n - 1) % 4}
}

// together finds n free seats in reading order that lie closest: every run of n
// consecutive free seats is a candidate.
func (m *SeatMap) together(from, to, n int, plan SeatPlan) ([]int, error) {
	want := LegMask(from, to)
	free := make([]int, 0, len(m.masks))
	for i, taken := range m.masks {
		if taken&want == 0 {
			free = append(free, i+1)
		}
	}
	if len(free) < n {
		return nil, soldOut(len(free))
	}
	var best []int
	var bestScore [3]int
	for i := 0; i+n <= len(free); i++ {
		run := free[i : i+n]
		score := m.scatter(run, from, to, plan)
		if best == nil || less(score, bestScore) {
			best, bestScore = run, score
		}
	}
	return append([]int(nil), best...), nil
}

// scatter scores a run of seats, lower is better: rows spanned, columns left
// empty between neighbours of a row, then the free gaps the seats would break.
func (m *SeatMap) scatter(run []int, from, to int, plan SeatPlan) (score [3]int) {
	first, last := plan.place(run[0]), plan.place(run[len(run)-1])
	score[0] = last.Row - first.Row
	for i, n := range run {
		score[2] += freeGap(m.masks[n-1], from, to, m.legs)
		if i == 0 {
			continue
		}
		a, b := plan.place(run[i-1]), plan.place(n)
		if a.Row == b.Row {
			score[1] += b.Col - a.Col - 1
		}
	}
	return score
}

func less(a, b [3]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}
