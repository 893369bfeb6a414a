package chepiao_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

func TestOverlaps(t *testing.T) {
	at := func(clock string) time.Time { return moment("2026-11-22 " + clock) }
	fixed := func(from string, minutes int) chepiao.Ride {
		return chepiao.Ride{Number: "G1", From: "甲", To: "乙", First: at(from), Last: at(from), Takes: time.Duration(minutes) * time.Minute}
	}
	flow := func(from, until string, minutes int) chepiao.Ride {
		r := fixed(from, minutes)
		r.Last = at(until)
		return r
	}
	for _, c := range []struct {
		name string
		a, b chepiao.Ride
		gap  time.Duration
		want bool
	}{
		{"the same", fixed("08:30", 100), fixed("08:30", 100), 0, true},
		{"one within the other", fixed("08:30", 100), fixed("09:00", 10), 0, true},
		{"a minute too early", fixed("08:30", 100), fixed("10:09", 10), 0, true},
		{"one after the other", fixed("08:30", 100), fixed("10:10", 10), 0, false},
		{"a gap too small", fixed("08:30", 100), fixed("10:39", 10), 30 * time.Minute, true},
		{"a gap large enough", fixed("08:30", 100), fixed("10:40", 10), 30 * time.Minute, false},
		{"a flow ticket before a fixed one", flow("06:00", "20:00", 60), fixed("07:00", 600), 0, false},
		{"a flow ticket after a fixed one", flow("08:00", "20:00", 60), fixed("08:30", 690), 0, false},
		{"a flow ticket that fits neither before nor after", flow("08:00", "09:00", 60), fixed("08:30", 100), 0, true},
		{"two flow tickets one after the other", flow("08:00", "09:00", 60), flow("08:00", "09:00", 60), 0, false},
		{"two flow tickets that never fit", flow("08:00", "09:00", 61), flow("08:00", "09:00", 61), 0, true},
	} {
		if got := c.a.Overlaps(c.b, c.gap); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if got := c.b.Overlaps(c.a, c.gap); got != c.want {
			t.Errorf("%s, the other way round: %v", c.name, got)
		}
	}

	r := chepiao.DefaultRules()
	a, b := fixed("08:30", 100), fixed("09:00", 60)
	b.Number = "G7"
	no := a.Meets(b, shanghai, r)
	if no == nil || no.Reason != chepiao.Overlap || no.Because.Rule != "overlap_refused" {
		t.Fatalf("%+v", no)
	}
	for _, part := range []string{"G1 11-22 08:30–10:10 甲→乙", "G7 11-22 09:00–10:00 甲→乙"} {
		if !strings.Contains(no.ZH, part) || !strings.Contains(no.EN, part) {
			t.Errorf("%q is not shown: %s / %s", part, no.ZH, no.EN)
		}
	}
	r.OverlapRefused = false
	if no := a.Meets(b, shanghai, r); no != nil {
		t.Errorf("the rule is off: %v", no)
	}
	r.OverlapRefused, r.JourneyGap = true, 3600
	if no := fixed("08:30", 30).Meets(fixed("09:30", 30), shanghai, r); no == nil || no.Because.Rule != "journey_gap" {
		t.Errorf("the gap is too small: %+v", no)
	}
}

// TestOverlapLaws: it does not matter which journey is asked first, and a longer
// gap never lets more through.
func TestOverlapLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ride := func(name string) chepiao.Ride {
			first := moment("2026-11-22 00:00").Add(time.Duration(rapid.IntRange(0, 600).Draw(t, name+" first")) * time.Minute)
			return chepiao.Ride{First: first, Last: first.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, name+" span")) * time.Minute), Takes: time.Duration(rapid.IntRange(1, 300).Draw(t, name+" takes")) * time.Minute}
		}
		a, b := ride("a"), ride("b")
		gap := time.Duration(rapid.IntRange(0, 120).Draw(t, "gap")) * time.Minute
		if a.Overlaps(b, gap) != b.Overlaps(a, gap) {
			t.Fatal("it matters which one is asked")
		}
		if a.Overlaps(b, gap) && !a.Overlaps(b, gap+time.Minute) {
			t.Fatal("a longer gap lets through what a shorter one does not")
		}
	})
}

func TestChildToken(t *testing.T) {
	mother, father := chepiao.PersonToken{1}, chepiao.PersonToken{2}
	seen := map[chepiao.PersonToken]bool{mother: true, father: true}
	for n := 1; n <= 5; n++ {
		for _, guardian := range []chepiao.PersonToken{mother, father} {
			child := chepiao.ChildToken(guardian, n)
			if child.IsZero() || seen[child] {
				t.Errorf("child %d of %s has the token of somebody else", n, guardian)
			}
			seen[child] = true
			if !child.RidesOn(guardian) || chepiao.ChildToken(guardian, n) != child {
				t.Errorf("child %d does not ride on its guardian's document", n)
			}
		}
		if chepiao.ChildToken(mother, n).RidesOn(father) {
			t.Errorf("child %d of the mother rides on the father's document", n)
		}
	}
	if mother.RidesOn(mother) || mother.RidesOn(father) || (chepiao.PersonToken{}).RidesOn(mother) || chepiao.ChildToken(mother, 1).RidesOn(chepiao.PersonToken{}) {
		t.Error("somebody rides on a document who is no child of it")
	}
	if !chepiao.ChildToken(chepiao.PersonToken{}, 1).IsZero() {
		t.Error("a guardian without a document has a child with a token")
	}
}
