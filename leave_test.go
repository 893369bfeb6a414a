package chepiao_test

import (
	"testing"
	"time"

	"chepiao"
)

// aLeaving is a coach that may leave: five passengers and a child aboard, at its
// time.
func aLeaving(kind chepiao.DepartureKind) (*chepiao.Departure, *chepiao.Template, chepiao.Leaving) {
	d, tpl, c := aReport()
	tpl.Kind = kind
	if _, err := d.Report(tpl, c); err != nil {
		panic(err)
	}
	l := chepiao.Leaving{First: c.First, Last: c.First, Now: c.First, Seated: 5, Children: 1, Approved: 99, Counted: -1, Rules: c.Rules}
	if kind == chepiao.Flow {
		l.Last = c.First.Add(8 * time.Hour)
	}
	return d, tpl, l
}

func TestLeave(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*chepiao.Departure, *chepiao.Leaving)
		want   chepiao.Reason
	}{
		{"as it should be", func(*chepiao.Departure, *chepiao.Leaving) {}, ""},
		{"ten minutes before", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Now = l.First.Add(-10 * time.Minute) }, ""},
		{"a second sooner", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Now = l.First.Add(-10*time.Minute - time.Second) }, chepiao.TooEarly},
		{"no coach has come", func(d *chepiao.Departure, _ *chepiao.Leaving) { d.Change(chepiao.Ops{}) }, chepiao.NotReported},
		{"the same, where none needs to", func(d *chepiao.Departure, l *chepiao.Leaving) {
			d.Change(chepiao.Ops{})
			l.Rules.NeedReport = false
		}, ""},
		{"more passengers than seats", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Seated = 11 }, chepiao.Overload},
		{"ten on seats and three children, approved for 12", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Seated, l.Children = 10, 3 }, ""},
		{"ten on seats and four children", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Seated, l.Children = 10, 4 }, chepiao.Overload},
		{"six counted", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Counted = 6 }, ""},
		{"five counted", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Counted = 5 }, chepiao.HeadcountDiffers},
		{"nobody counted, nobody there", func(_ *chepiao.Departure, l *chepiao.Leaving) { l.Counted, l.Seated, l.Children = 0, 0, 0 }, ""},
		{"a departure that is a no-show", func(d *chepiao.Departure, _ *chepiao.Leaving) { d.State = chepiao.Missed }, chepiao.WrongState},
		{"a coach that has left", func(d *chepiao.Departure, _ *chepiao.Leaving) { d.Left = 1 }, chepiao.WrongState},
	} {
		d, tpl, l := aLeaving(chepiao.Fixed)
		c.change(d, &l)
		gone, err := d.Leave(tpl, l)
		if chepiao.Why(err) != c.want || gone != (c.want == "") || c.want == "" && d.Left != 1 {
			t.Errorf("%s: gone %v, left %d, %v; want %q", c.name, gone, d.Left, err, c.want)
		}
	}
}

// TestTrips: a flow departure sends coaches until the last time or a word.
func TestTrips(t *testing.T) {
	d, tpl, l := aLeaving(chepiao.Flow)
	if gone, err := d.Leave(tpl, l); gone || err != nil || d.Left != 0 || len(d.Ops.Trips) != 1 || d.Ops.Trips[0].Aboard != 5 || d.Ops.Trips[0].Plate != "冀A1" {
		t.Fatalf("the first coach: %v, %v, %+v", gone, err, d.Ops.Trips)
	}
	if _, came := d.Ops.Reported(0); came {
		t.Error("a coach that has left still stands there")
	}
	if _, err := d.Leave(tpl, l); chepiao.Why(err) != chepiao.NotReported {
		t.Errorf("the next one leaves without a coach: %v", err)
	}
	l.Rules.NeedReport, l.Now = false, l.Last.Add(-11*time.Minute)
	if gone, err := d.Leave(tpl, l); gone || err != nil {
		t.Errorf("before the last time: %v, %v", gone, err)
	}
	l.Now = l.Last.Add(-10 * time.Minute)
	if gone, err := d.Leave(tpl, l); !gone || err != nil || d.Left != 1 || d.Ops.Trips[2].No != 3 {
		t.Errorf("the last coach: %v, %v, %+v", gone, err, d.Ops.Trips)
	}
	if trip, err := d.Recall(tpl, 0, reportDay, l.Rules); trip != 3 || err != nil || d.Left != 0 || len(d.Ops.Trips) != 2 {
		t.Errorf("recalled: %d, %v, %+v", trip, err, d.Ops.Trips)
	}
}

// TestLeaveLatePassesOn: a coach that leaves late comes late, where that rule
// stands; one that leaves in time moves nothing.
func TestLeaveLatePassesOn(t *testing.T) {
	for _, c := range []struct {
		late   time.Duration
		passes bool
		want   time.Duration
	}{{12*time.Minute + 30*time.Second, true, 12 * time.Minute}, {12 * time.Minute, false, 0}, {0, true, 0}, {-5 * time.Minute, true, 0}} {
		d, tpl, l := aLeaving(chepiao.Fixed)
		l.Now, l.Rules.DelayPasses = l.First.Add(c.late), c.passes
		if _, err := d.Leave(tpl, l); err != nil || d.Ops.Shift(1) != c.want || d.Ops.Shift(0) != 0 {
			t.Errorf("%s late: %v, shifted %s, want %s", c.late, err, d.Ops.Shift(1), c.want)
		}
	}
}

func TestRecall(t *testing.T) {
	d, tpl, l := aLeaving(chepiao.Fixed)
	if _, err := d.Recall(tpl, 0, reportDay, l.Rules); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("before it left: %v", err)
	}
	if _, err := d.Leave(tpl, l); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Recall(tpl, 1, reportDay, l.Rules); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("from a stop it has not left: %v", err)
	}
	if _, err := d.Recall(tpl, 0, reportDay+2, l.Rules); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("two days later: %v", err)
	}
	if _, err := d.Recall(tpl, 0, reportDay+1, l.Rules); err != nil || d.Left != 0 {
		t.Errorf("the next day: %v, left %d", err, d.Left)
	}
}
