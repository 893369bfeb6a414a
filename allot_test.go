package chepiao

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAllot(t *testing.T) {
	r := DefaultRules()
	r.AllotFirst, r.AllotLast, r.AllotWithin = 1000, 6000, 24*3600
	for _, c := range []struct {
		unsold int
		left   time.Duration
		want   int
	}{
		{40, 10 * 24 * time.Hour, 4}, {40, 24 * time.Hour, 4}, {40, 12 * time.Hour, 14}, {40, 0, 24}, {40, -time.Hour, 24},
		{0, time.Hour, 0}, {1, 10 * 24 * time.Hour, 0},
	} {
		if got := r.Allot(c.unsold, c.left); got != c.want {
			t.Errorf("of %d seats, %s before departure: %d, want %d", c.unsold, c.left, got, c.want)
		}
	}
}

// TestAllotGrows: the later, the more, and never more than there are.
func TestAllotGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := DefaultRules()
		r.AllotFirst = rapid.Int64Range(0, 10_000).Draw(t, "first")
		r.AllotLast = rapid.Int64Range(r.AllotFirst, 10_000).Draw(t, "last")
		r.AllotWithin = rapid.IntRange(0, 7*24*3600).Draw(t, "within")
		unsold := rapid.IntRange(0, 60).Draw(t, "unsold")
		early := time.Duration(rapid.IntRange(0, 20*24*3600).Draw(t, "early")) * time.Second
		late := early - time.Duration(rapid.IntRange(0, 24*3600).Draw(t, "sooner"))*time.Second
		a, b := r.Allot(unsold, early), r.Allot(unsold, late)
		if a > b || b > unsold || a < 0 {
			t.Fatalf("of %d seats %d at %s and %d at %s", unsold, a, early, b, late)
		}
	})
}
