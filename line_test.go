package chepiao_test

import (
	"math"
	"testing"

	"chepiao"
)

func TestFindStops(t *testing.T) {
	stops := []chepiao.Stop{
		{Station: 1, Board: true},
		{Station: 2, Board: true, Alight: true},
		{Station: 3, Board: true}, // boarding only
		{Station: 4, Alight: true},
		{Station: 2, Board: true, Alight: true}, // calls a second time
		{Station: 5, Board: true, Alight: true},
	}
	m := &chepiao.Template{Stops: stops}
	for _, c := range []struct {
		from, to      chepiao.StationNo
		board, alight int
		want          chepiao.Reason
		field         string
	}{
		{1, 5, 0, 5, "", ""},
		{1, 2, 0, 1, "", ""}, // the first call
		{3, 2, 2, 4, "", ""}, // the second call is the one ahead
		{2, 4, 1, 3, "", ""},
		{2, 2, 1, 4, "", ""}, // round and back
		{1, 3, 0, 0, chepiao.NotFound, "to"},
		{1, 9, 0, 0, chepiao.NotFound, "to"},
		{4, 5, 0, 0, chepiao.NotFound, "from"}, // nobody boards there
		{5, 1, 0, 0, chepiao.NotFound, "from"}, // nobody boards at the last stop
		{9, 5, 0, 0, chepiao.NotFound, "from"},
		{2, 1, 0, 0, chepiao.Invalid, "to"}, // the wrong way
		{3, 1, 0, 0, chepiao.Invalid, "to"},
	} {
		board, alight, err := m.Find(c.from, c.to)
		if chepiao.Why(err) != c.want || board != c.board || alight != c.alight {
			t.Errorf("%d→%d: %d, %d, %v; want %d, %d, %q", c.from, c.to, board, alight, err, c.board, c.alight, c.want)
		}
		if r := chepiao.AsRefusal(err); r != nil && r.Field != c.field {
			t.Errorf("%d→%d: field %q, want %q", c.from, c.to, r.Field, c.field)
		}
	}
}

func TestSpan(t *testing.T) {
	m := threeStops()
	d := day("2026-11-22")
	if first, last := m.Span(1, d, shanghai); !first.Equal(moment("2026-11-22 09:20")) || !last.Equal(first) {
		t.Errorf("a fixed departure leaves from %v to %v", first, last)
	}
	m.Kind, m.Last = chepiao.Flow, clock(18, 30)
	if first, last := m.Span(1, d, shanghai); !first.Equal(moment("2026-11-22 09:20")) || !last.Equal(moment("2026-11-22 19:20")) {
		t.Errorf("a flow departure leaves from %v to %v", first, last)
	}
	m.Last = 0 // not given
	if first, last := m.Span(1, d, shanghai); !last.Equal(first) {
		t.Errorf("a flow departure without a last time leaves until %v", last)
	}
}

func TestMetres(t *testing.T) {
	// Shijiazhuang and Beijing: 272 km as the crow flies.
	if got := chepiao.Metres(38.0136, 114.4873, 39.8650, 116.3790); math.Abs(got-263_000) > 3000 {
		t.Errorf("%.0f metres", got)
	}
	if got := chepiao.Metres(38, 114, 38, 114); got != 0 {
		t.Errorf("a place is %.0f metres from itself", got)
	}
	if got := chepiao.Metres(0, 0, 0, 180); math.Abs(got-math.Pi*6_371_008.8) > 1 {
		t.Errorf("half way round is %.0f metres", got)
	}
}
