package office_test

import (
	"testing"
	"time"
)

// TestGateListGoesByDelays: a coach that is hours late stays on the gates' list until
// it may be gone, and one that was put forward is on it in time.
func TestGateListGoesByDelays(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明")
	at := func(hour int) time.Time { return time.Date(2026, 11, 2, hour, 30, 0, 0, shanghai) }
	listed := func(now time.Time) int {
		t.Helper()
		l, err := m.office.GateList(t.Context(), now, m.stationNo("石家庄"))
		must(t, err)
		return l.Len()
	}
	m.set(at(7))
	delayed := 0
	for _, step := range []struct{ delay, hour, tickets int }{
		{0, 7, 1}, {0, 13, 0}, // left at half past eight, as far as anybody knows
		{300, 13, 1}, {300, 17, 0}, // comes at half past one
		{1320, 7, 0}, {1320, 20, 1}, // comes tomorrow
	} {
		if step.delay != delayed {
			delayed = step.delay
			m.delay(delayed)
		}
		if n := listed(at(step.hour)); n != step.tickets {
			t.Errorf("delayed by %d minutes, at %d:30 the list has %d tickets", step.delay, step.hour, n)
		}
	}
}
