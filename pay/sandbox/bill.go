package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"chepiao"
	"chepiao/pay"
)

// getBill tells a part of a day's bill: every charge paid and every refund
// accepted on that day of China's calendar, oldest first. A day that is not over
// has none yet.
func (s *Server) getBill(q question) (any, error) {
	day, err := chepiao.ParseDay(q.PathValue("day"))
	from, numErr := strconv.Atoi(q.PathValue("from"))
	if err != nil || numErr != nil || from < 0 {
		return nil, pay.ErrMalformed
	}
	if day >= chepiao.DayOf(q.now.In(pay.China)) {
		return nil, pay.ErrNoBill
	}
	lines := s.billOf(day)
	from = min(from, len(lines))
	return lines[from:min(len(lines), from+pay.BillLinesMax)], nil
}

func (s *Server) billOf(day chepiao.Day) []pay.BillLine {
	s.mu.Lock()
	defer s.mu.Unlock()
	on := func(t time.Time) bool { return !t.IsZero() && chepiao.DayOf(t.In(pay.China)) == day }
	lines := []pay.BillLine{}
	for _, id := range s.order {
		c := s.charges[id]
		if c.Transaction != "" && on(c.PaidAt) {
			lines = append(lines, pay.BillLine{Charge: c.ID, Transaction: c.Transaction, Amount: c.Amount, At: c.PaidAt})
		}
		for _, r := range c.Refunds {
			if on(r.At) {
				lines = append(lines, pay.BillLine{Charge: c.ID, Refund: r.ID, Transaction: c.Transaction, Amount: r.Amount, At: r.At})
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b pay.BillLine) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Charge, b.Charge), cmp.Compare(a.Refund, b.Refund))
	})
	return lines
}
