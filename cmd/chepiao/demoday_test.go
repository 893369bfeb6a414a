package main

import (
	"context"
	"testing"
	"time"

	"chepiao"
)

// TestDemoDay: a demo that opens in the afternoon has seen its coaches leave in time,
// with those passengers who came.
func TestDemoDay(t *testing.T) {
	ctx := context.Background()
	shanghai := time.FixedZone("CST", 8*3600)
	afternoon := time.Date(2026, 11, 22, 15, 20, 30, 0, shanghai)
	clock := &demoClock{real: func() time.Time { return afternoon }}
	clock.set(demoEvening(afternoon, shanghai))
	n, feed := demoNode(t, afternoon, clock.Now)
	riders, err := (&demoCmd{Sales: 240}).fill(ctx, n, feed, chepiao.DayOf(afternoon))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.liveThrough(ctx, clock, riders); err != nil {
		t.Fatal(err)
	}
	if now := n.store.Now(); !now.Equal(afternoon) {
		t.Errorf("the clock shows %s", now)
	}

	left, waiting := 0, 0
	runs, err := runsOn(n.office.Timetable(), chepiao.DayOf(afternoon)-1, chepiao.DayOf(afternoon))
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if first, _ := n.office.Span(run, 0); first.Before(demoEvening(afternoon, shanghai)) {
			continue // before the demo began
		}
		o, err := n.office.Operations(ctx, afternoon, run.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range o.Stops[:len(o.Stops)-1] {
			switch gone := s.Phase == chepiao.Dispatched; {
			case gone != !s.Last.After(afternoon) || s.Delay != 0:
				t.Errorf("%s at stop %d: %s, due at %s, delayed by %s", run.ID, s.Stop, s.Phase, s.Last, s.Delay)
			case gone:
				left++
			default:
				waiting++
			}
		}
	}
	if left == 0 || waiting == 0 {
		t.Errorf("%d have left, %d have not", left, waiting)
	}
	aboard, missing := count(t, n, riders, afternoon)
	if aboard == 0 || missing == 0 || missing > aboard/10 {
		t.Errorf("%d boarded what has left, %d did not come", aboard, missing)
	}
}

// count are the riders of coaches that have left, with and without having boarded.
func count(t *testing.T, n *node, riders []*demoRider, now time.Time) (aboard, missing int) {
	for _, r := range riders {
		run, err := n.office.Timetable().Run(r.departure)
		if err != nil {
			t.Fatal(err)
		}
		if departs, _ := n.office.Span(run, 0); departs.After(now) {
			continue
		}
		ticket, err := n.office.Ticket(context.Background(), r.ticket)
		if err != nil {
			t.Fatal(err)
		}
		if ticket.State == chepiao.TicketValid || ticket.State == chepiao.TicketNoShow {
			missing++
		} else {
			aboard++
		}
	}
	return aboard, missing
}
