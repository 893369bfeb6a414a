package chepiao_test

import (
	"testing"
	"time"

	"chepiao"
)

func TestGateClashes(t *testing.T) {
	at := func(clock string) time.Time {
		m, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	r := chepiao.DefaultRules() // from 20 minutes until 3 minutes before
	use := func(no chepiao.TemplateNo, gate, departs string) chepiao.GateUse {
		return chepiao.UseOf(chepiao.MakeDepartureID(no, 20000), "JA"+departs, gate, at(departs), at(departs), r)
	}
	for _, c := range []struct {
		uses []chepiao.GateUse
		want int
	}{
		{nil, 0},
		{[]chepiao.GateUse{use(1, "7", "08:00"), use(2, "7", "08:16")}, 1},
		{[]chepiao.GateUse{use(1, "7", "08:00"), use(2, "7", "08:17")}, 0}, // one closes as the other opens
		{[]chepiao.GateUse{use(2, "7", "08:10"), use(1, "7", "08:00")}, 1},
		{[]chepiao.GateUse{use(1, "7", "08:00"), use(2, "8", "08:00")}, 0},
		{[]chepiao.GateUse{use(1, "", "08:00"), use(2, "", "08:00")}, 0},
		{[]chepiao.GateUse{use(1, "7", "08:00"), use(2, "7", "08:05"), use(3, "7", "08:10")}, 3},
	} {
		got := chepiao.GateClashes(c.uses)
		if len(got) != c.want {
			t.Errorf("%+v: %d clashes, not %d", c.uses, len(got), c.want)
		}
		for _, g := range got {
			if g.Second.From.Before(g.First.From) {
				t.Errorf("%+v is in the wrong order", g)
			}
		}
	}
}
