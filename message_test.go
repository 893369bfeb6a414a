package chepiao_test

import (
	"slices"
	"testing"
	"time"

	"chepiao"
)

var messageStates = []chepiao.MessageState{chepiao.MessageDue, chepiao.MessageSent, chepiao.MessageDelivered, chepiao.MessageFailed, chepiao.MessageUnreachable, chepiao.MessageDropped}

// The whole square of states: what is not listed is refused and changes nothing.
func TestMessageMoves(t *testing.T) {
	may := map[chepiao.MessageState][]chepiao.MessageState{
		"due":         {"due", "sent", "delivered", "failed", "unreachable", "dropped"},
		"sent":        {"delivered", "failed", "due"},
		"delivered":   {"due"},
		"failed":      {"delivered", "due"},
		"unreachable": {"due"},
	}
	for _, from := range messageStates {
		for _, to := range messageStates {
			m := chepiao.Message{State: from, Version: 7}
			got, err := m.Become(to, "X")
			if slices.Contains(may[from], to) {
				if err != nil || got.State != to || got.Why != "X" || got.Version != 8 {
					t.Errorf("%s → %s: %+v, %v", from, to, got, err)
				}
			} else if chepiao.Why(err) != chepiao.WrongState || got != m {
				t.Errorf("%s → %s: %+v, %v; want a refusal", from, to, got, err)
			}
		}
	}
}

func TestMessageResend(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, state := range messageStates {
		m := chepiao.Message{State: state, Channel: chepiao.BySMS, Tries: 3, Lead: 5, Why: "BLOCKED"}
		got, err := m.Resend(now)
		if state == chepiao.MessageDue || state == chepiao.MessageDropped {
			if chepiao.Why(err) != chepiao.WrongState {
				t.Errorf("%s: %v", state, err)
			}
			continue
		}
		if err != nil || got.State != chepiao.MessageDue || got.Tries != 0 || got.Lead != 0 || got.Why != "" || got.Resent != 1 || !got.Next.Equal(now) {
			t.Errorf("%s: %+v, %v", state, got, err)
		}
	}
	m := chepiao.Message{State: chepiao.MessageFailed, Channel: chepiao.BySMS, Resent: chepiao.ResendsMax}
	if _, err := m.Resend(now); chepiao.Why(err) != chepiao.TooMany {
		t.Errorf("once too often: %v", err)
	}
	m = chepiao.Message{State: chepiao.MessageUnreachable, Channel: chepiao.Nowhere}
	if _, err := m.Resend(now); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("without a gateway: %v", err)
	}
}

// A message is tried with growing pauses for some hours, then given up.
func TestMessageFail(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	start, m := now, chepiao.Message{State: chepiao.MessageDue}
	pause := time.Duration(0)
	for m.State == chepiao.MessageDue {
		m = m.Fail(now, "UNREACHABLE", false)
		if m.State == chepiao.MessageDue {
			if next := m.Next.Sub(now); next < pause || next > 30*time.Minute {
				t.Fatalf("try %d: a pause of %v after one of %v", m.Tries, next, pause)
			} else {
				pause = next
			}
			now = m.Next
		}
	}
	if took := now.Sub(start); m.State != chepiao.MessageFailed || m.Tries != chepiao.MessageTriesMax || took < 5*time.Hour || took > 8*time.Hour {
		t.Errorf("given up as %s after %d tries in %v", m.State, m.Tries, took)
	}
	if m := (chepiao.Message{State: chepiao.MessageDue}).Fail(now, "BLOCKED", true); m.State != chepiao.MessageFailed || m.Tries != 1 || m.Why != "BLOCKED" {
		t.Errorf("a final no: %+v", m)
	}
}

func TestHookFail(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	h := chepiao.Hook{State: chepiao.HookOn}
	if gone := h.Fail(now, "X", true); gone.State != chepiao.HookOff {
		t.Errorf("said goodbye, but is %s", gone.State)
	}
	for range chepiao.HookTriesMax - 1 {
		h = h.Fail(now, "X", false)
	}
	if h.State != chepiao.HookOn || h.Next.Sub(now) != 30*time.Minute {
		t.Errorf("before the last try: %+v", h)
	}
	if h = h.Fail(now, "X", false); h.State != chepiao.HookOff {
		t.Errorf("after the last try: %s", h.State)
	}
	if !h.Wants(chepiao.TellDelayed) {
		t.Error("a hook without kinds wants all of them")
	}
	h.Kinds = []chepiao.MessageKind{chepiao.TellIssued}
	if h.Wants(chepiao.TellDelayed) || !h.Wants(chepiao.TellIssued) {
		t.Error("a hook is told of its kinds and no others")
	}
}

func TestMessageMoot(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	last := now.Add(time.Hour)
	valid := chepiao.Ticket{State: chepiao.TicketValid, Departure: 9}
	refunded, elsewhere := valid, valid
	refunded.State, elsewhere.Departure = chepiao.TicketRefunded, 10
	for _, c := range []struct {
		name   string
		kind   chepiao.MessageKind
		ticket chepiao.Ticket
		now    time.Time
		later  []chepiao.MessageKind
		want   string
	}{
		{"delayed", chepiao.TellDelayed, valid, now, nil, ""},
		{"delayed, gate told since", chepiao.TellDelayed, valid, now, []chepiao.MessageKind{chepiao.TellBoarding}, ""},
		{"delayed again since", chepiao.TellDelayed, valid, now, []chepiao.MessageKind{chepiao.TellDelayed}, chepiao.WhySuperseded},
		{"cancelled since", chepiao.TellBoarding, valid, now, []chepiao.MessageKind{chepiao.TellCancelled}, chepiao.WhySuperseded},
		{"moved since", chepiao.TellDelayed, elsewhere, now, nil, chepiao.WhySuperseded},
		{"given back", chepiao.TellReminder, refunded, now, nil, chepiao.WhyGone},
		{"the coach has left", chepiao.TellBoarding, valid, last, nil, chepiao.WhyTooLate},
		{"two reminders", chepiao.TellReminder, valid, now, []chepiao.MessageKind{chepiao.TellReminder}, ""},
		{"a receipt of a refund", chepiao.TellRefunded, refunded, last, nil, ""},
		{"cancelled is always told", chepiao.TellCancelled, refunded, last, []chepiao.MessageKind{chepiao.TellCancelled}, ""},
		{"issued, cancelled since", chepiao.TellIssued, valid, last, []chepiao.MessageKind{chepiao.TellCancelled}, ""},
	} {
		m := chepiao.Message{Kind: c.kind, Departure: 9}
		if got := m.Moot(c.ticket, last, c.now, c.later); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestReminders(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	day, _ := chepiao.ParseDay("2026-11-23")
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		bought, departs string
		want            []string
	}{
		{"2026-11-20 10:00", "2026-11-23 08:30", []string{"2026-11-22 18:00", "2026-11-23 06:30"}},
		{"2026-11-22 17:30", "2026-11-23 08:30", []string{"2026-11-23 06:30"}},
		{"2026-11-23 06:00", "2026-11-23 08:30", nil},
		{"2026-11-23 09:00", "2026-11-23 20:00", []string{"2026-11-23 18:00"}},
		{"2026-11-24 09:00", "2026-11-23 20:00", nil},
	} {
		var got []string
		for _, r := range chepiao.Reminders(at(c.departs), at(c.bought), day, zone) {
			got = append(got, r.Format("2006-01-02 15:04"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("bought %s, departs %s: reminded %v, want %v", c.bought, c.departs, got, c.want)
		}
	}
}

func TestMessageNumbers(t *testing.T) {
	for _, s := range []string{chepiao.MessageID(1_000_000_005).String(), chepiao.HookID(1_000_000_005).String()} {
		m, errM := chepiao.ParseMessageID(s)
		h, errH := chepiao.ParseHookID(s)
		if (errM == nil) == (errH == nil) || int64(m)+int64(h) != 1_000_000_005 {
			t.Errorf("%s reads as %v %v, %v %v", s, m, errM, h, errH)
		}
	}
}

func TestHookTakes(t *testing.T) {
	id := func(lane, n int64) chepiao.MessageID { return chepiao.MessageID(chepiao.LaneID(lane, n)) }
	h := chepiao.Hook{}
	for _, m := range []chepiao.MessageID{id(2, 5), id(1, 9), id(3, 1), id(1, 10)} {
		before := slices.Clone(h.Taken)
		next := h.Take(m)
		if !slices.Equal(h.Taken, before) {
			t.Errorf("taking %s changed the hook it was taken by", m)
		}
		h = next
	}
	if want := []chepiao.MessageID{id(1, 10), id(2, 5), id(3, 1)}; !slices.Equal(h.Taken, want) {
		t.Errorf("taken: %v, want %v", h.Taken, want)
	}
	if h.After(1) != id(1, 10) || h.After(4) != 0 {
		t.Errorf("after: %v, %v", h.After(1), h.After(4))
	}
}
