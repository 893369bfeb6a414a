package chepiao_test

import (
	"testing"
	"time"

	"chepiao"
)

func TestAHoldIsDeadTheMomentItExpires(t *testing.T) {
	deadline := moment("2026-11-22 08:10")
	for _, c := range []struct {
		state chepiao.OrderState
		after time.Duration
		want  chepiao.Reason
	}{
		{chepiao.OrderHeld, -time.Nanosecond, ""},
		{chepiao.OrderHeld, 0, chepiao.HoldExpired},
		{chepiao.OrderHeld, time.Hour, chepiao.HoldExpired},
		{chepiao.OrderPaying, time.Hour, ""}, // its channel decides
		{chepiao.OrderLapsed, -time.Hour, chepiao.HoldExpired},
		{chepiao.OrderIssued, time.Hour, ""},
		{chepiao.OrderReleased, time.Hour, ""},
	} {
		o := chepiao.Order{State: c.state, Deadline: deadline}
		if err := o.Alive(deadline.Add(c.after)); chepiao.Why(err) != c.want {
			t.Errorf("%s %v after its deadline: %v, want %q", c.state, c.after, err, c.want)
		}
	}
}

func TestExtend(t *testing.T) {
	r := chepiao.DefaultRules()
	deadline := moment("2026-11-22 08:10")
	now := deadline.Add(-time.Minute)
	for _, c := range []struct {
		name     string
		order    chepiao.Order
		at       time.Time
		want     chepiao.Reason
		deadline time.Time
	}{
		{"online", chepiao.Order{State: chepiao.OrderHeld, Channel: chepiao.Online}, now, "", now.Add(10 * time.Minute)},
		{"window", chepiao.Order{State: chepiao.OrderHeld, Channel: chepiao.Window}, now, "", now.Add(2 * time.Minute)},
		{"twice", chepiao.Order{State: chepiao.OrderHeld, Extended: 1}, now, chepiao.HoldLimit, deadline},
		{"too late", chepiao.Order{State: chepiao.OrderHeld}, deadline, chepiao.HoldExpired, deadline},
		{"paying", chepiao.Order{State: chepiao.OrderPaying}, now, chepiao.WrongState, deadline},
		{"issued", chepiao.Order{State: chepiao.OrderIssued}, now, chepiao.WrongState, deadline},
	} {
		c.order.Deadline, c.order.Version = deadline, 1
		got, err := c.order.Extend(c.at, c.at.Add(time.Hour), r)
		if chepiao.Why(err) != c.want || !got.Deadline.Equal(c.deadline) {
			t.Errorf("%s: deadline %v, %v; want %v and %q", c.name, got.Deadline, err, c.deadline, c.want)
		}
		if err != nil && got != c.order {
			t.Errorf("%s: a refusal changed the order to %+v", c.name, got)
		}
		if err == nil && (got.Extended != 1 || got.Version != 2) {
			t.Errorf("%s: extended %d, version %d", c.name, got.Extended, got.Version)
		}
	}
}

func TestExtendEndsWhenTheCoachLeaves(t *testing.T) {
	r := chepiao.DefaultRules()
	deadline := moment("2026-11-22 08:10")
	o := chepiao.Order{State: chepiao.OrderHeld, Channel: chepiao.Online, Deadline: deadline}
	now := deadline.Add(-time.Minute)
	if got, err := o.Extend(now, deadline.Add(3*time.Minute), r); err != nil || !got.Deadline.Equal(deadline.Add(3*time.Minute)) {
		t.Errorf("deadline %v, %v; want the coach's departure", got.Deadline, err)
	}
	if got, err := o.Extend(now, deadline, r); chepiao.Why(err) != chepiao.HoldLimit || got != o {
		t.Errorf("a coach that leaves at the deadline: %v, %v; want HOLD_LIMIT", got.Deadline, err)
	}
}

func TestAnOrdersTicketsFollowItsNumber(t *testing.T) {
	ids := chepiao.Order{ID: 1_000_000_041, Count: 3}.Tickets()
	if len(ids) != 3 || ids[0] != 1_000_000_042 || ids[2] != 1_000_000_044 {
		t.Errorf("tickets %v", ids)
	}
	if n := len((chepiao.Order{ID: 5}).Tickets()); n != 0 {
		t.Errorf("an order without tickets has %d", n)
	}
}
