package chepiao_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

// TestCheckLaws: whatever stands before a gate, the verdict is explained, the
// same every time, and green only for a ticket that may board.
func TestCheckLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticket, scan, facts := anyPassage(t)
		v := chepiao.Check(ticket, scan, facts)
		if again := chepiao.Check(ticket, scan, facts); !reflect.DeepEqual(v, again) {
			t.Fatalf("asked twice: %+v and %+v", v, again)
		}
		if v.Reason == "" || v.ZH == "" || v.EN == "" || v.Next.ZH == "" || v.Next.EN == "" || v.Light == "" || v.Sound == "" {
			t.Fatalf("a verdict without words: %+v", v)
		}
		if v.Pass != (v.Light == chepiao.Green) || v.Pass != (v.Sound == chepiao.SoundPass) || v.Pass != (v.Reason == chepiao.CheckOK || v.Reason == chepiao.OfflineAccepted) {
			t.Fatalf("light, sound and reason differ: %+v", v)
		}
		if because := v.Because; because != nil && (because.Rule == "" || because.ZH == "" || because.EN == "" || because.Version != facts.Rules.Version) {
			t.Fatalf("half an explanation: %+v", because)
		}
		if because := v.Because; because != nil {
			if _, err := chepiao.RuleNamed(because.Rule); err != nil {
				t.Fatalf("%s is no rule", because.Rule)
			}
		}
		if v.Pass && !scan.StaffCard {
			mayBoard(t, ticket, scan, facts, v)
		}
		if v.Overrode != "" && (scan.Override == nil || !v.Overrode.MayOverride()) {
			t.Fatalf("overridden by nobody: %+v", v)
		}
	})
}

// mayBoard fails for a green light that must not be.
func mayBoard(t *rapid.T, ticket chepiao.Ticket, s chepiao.Scan, f chepiao.Facts, v chepiao.Verdict) {
	r := f.Rules
	switch ticket.State {
	case chepiao.TicketValid:
	case chepiao.TicketChecked:
		again := v.Again && s.Device == ticket.CheckedBy && !f.Now.After(ticket.CheckedAt.Add(time.Duration(r.CheckTwice)*time.Second))
		if s.Place != chepiao.AtHall && !again && ticket.Passes+1 >= r.PassesGate {
			t.Fatalf("passed twice: %+v", v)
		}
	case chepiao.TicketNoShow:
		if !r.CheckForeign && !r.MixedAfter && r.CheckDispatched < 0 {
			t.Fatalf("a missed coach: %+v", v)
		}
	default:
		t.Fatalf("a ticket that is %s: %+v", ticket.State, v)
	}
	if s.HasDocument && ticket.Person != (chepiao.PersonToken{}) && s.Document != ticket.Person && s.Document != f.Guardian {
		t.Fatalf("somebody else: %+v", v)
	}
	if s.Version != 0 && s.Version < ticket.Voucher {
		t.Fatalf("an older voucher: %+v", v)
	}
	if s.Place == chepiao.AtHall && ticket.HallPasses >= r.PassesHall {
		t.Fatalf("the hall too often: %+v", v)
	}
	if !v.Again && s.Place != chepiao.AtHall && !v.Move && f.Seats > 0 && f.Checked >= f.Seats && ticket.State != chepiao.TicketChecked {
		t.Fatalf("over the seats: %+v", v)
	}
	if v.Move && (f.Other == nil || f.Other.Alight == 0 || !f.Other.Free && !f.Other.Kept || f.Other.Taken) {
		t.Fatalf("moved to a coach that has no seat: %+v", v)
	}
}

// anyPassage draws a passage of which most things are right.
func anyPassage(t *rapid.T) (chepiao.Ticket, chepiao.Scan, chepiao.Facts) {
	ticket, s, f := atTheGate()
	rules := *f.Rules
	f.Rules = &rules
	rarely := func(what string) bool { return rapid.IntRange(0, 5).Draw(t, what) == 0 }
	pick := func(what string, of ...int) int { return rapid.SampledFrom(of).Draw(t, what) }
	states := []chepiao.TicketState{}
	for _, state := range []chepiao.TicketState{"held", "waiting", "lapsed", "released", "valid", "checked", "departed", "used", "no_show", "refunded", "voided", "rebooked", "cancelled", "suspended"} {
		states = append(states, state, "valid")
	}
	ticket.State = rapid.SampledFrom(states).Draw(t, "state")
	if ticket.State == chepiao.TicketChecked {
		ticket.CheckedAt, ticket.CheckedBy = f.Now.Add(-time.Duration(pick("since", -1, 0, 9, 10, 11, 3600))*time.Second), rapid.SampledFrom([]string{"gate-1", "gate-2"}).Draw(t, "by")
	}
	ticket.Passes, ticket.HallPasses = pick("passes", 0, 1), pick("hall", 0, 2, 3)
	s.Place = rapid.SampledFrom([]chepiao.CheckPlace{"", chepiao.AtGate, chepiao.AtHall, chepiao.AtWindow, chepiao.EnRoute}).Draw(t, "place")
	s.Version = pick("version", 0, 1, 2, 3)
	s.HasDocument = !rarely("no document")
	if rarely("another document") {
		s.Document = other
	}
	s.Seen, s.NoMatch, s.StaffCard, f.Staff = rarely("seen"), rarely("no match"), rarely("staff"), rarely("known")
	s.Method = rapid.SampledFrom([]chepiao.Method{chepiao.ByVoucher, chepiao.ByDocument, chepiao.ByNumber, chepiao.ByFace, chepiao.ByHand}).Draw(t, "method")
	s.Station = chepiao.StationNo(pick("station", 0, 1, 1, 1, 2))
	if rarely("override") {
		s.Override = &chepiao.Override{By: "desk", Reason: "because"}
	}
	if rarely("clock") {
		s.At = f.Now.Add(time.Hour)
	}
	if rarely("child") {
		ticket.Guardian, f.GuardianPassed = 8, rarely("guardian passed")
	}
	f.Offline, f.RealName, f.Reported = rarely("offline"), !rarely("no names"), !rarely("not reported")
	f.State = rapid.SampledFrom([]chepiao.DepartureState{chepiao.Running, chepiao.Running, chepiao.Running, chepiao.Stopped, chepiao.Merged, chepiao.Missed}).Draw(t, "departure")
	f.Left, f.Here, f.Checked = pick("left", 0, 0, 0, 1), pick("here", 0, 1), pick("checked", 0, 0, 44, 45)
	f.Now = f.Now.Add(time.Duration(pick("minutes", 0, 0, 0, -20, 3, 10, -1440)) * time.Minute)
	rules.OtherDay, rules.MixedAfter, rules.MixedFixedFixed = rarely("other day"), rarely("mixed after"), !rarely("mixed")
	rules.PassesGate, rules.CheckDispatched = pick("most", 1, 2), pick("dispatched", -1, 60)
	if rarely("mixed check") {
		o := f.Coach
		o.ID, o.Number, o.Alight, o.Free, o.Seat = chepiao.MakeDepartureID(2, f.ID.Day()), "G103", 2, !rarely("full"), 9
		o.Taken = rarely("taken")
		s.Departure, f.Other = o.ID, &o
	}
	return ticket, s, f
}

// TestOverridable: what a supervisor may set aside is listed, and nothing that
// makes a ticket good which is not.
func TestOverridable(t *testing.T) {
	for _, r := range gateReasons {
		switch may := r.MayOverride(); r {
		case chepiao.NotReported, chepiao.TooEarly, chepiao.FlowManual, chepiao.WrongGate, chepiao.NeedDocument, chepiao.DocumentExpired,
			chepiao.NameMismatch, chepiao.FaceNoMatch, chepiao.ChildNeedsAdult, chepiao.ClockDrift:
			if !may {
				t.Errorf("%s may be set aside", r)
			}
		default:
			if may {
				t.Errorf("%s must not be set aside", r)
			}
		}
	}
}

// TestNobodyIsAccused is failure path F8: what the public hears of somebody
// else's document or a forged code says nothing of it.
func TestNobodyIsAccused(t *testing.T) {
	ticket, s, f := atTheGate()
	s.Document = other
	mismatch := chepiao.Check(ticket, s, f)
	if mismatch.ZH != "请找工作人员" || mismatch.Sound != chepiao.SoundAlarm || mismatch.Review(chepiao.ByDocument) != chepiao.ReviewMismatch {
		t.Errorf("%+v", mismatch)
	}
	s.Unread = chepiao.Refuse(chepiao.Tampered, "签名错误", "the signature is wrong")
	forged := chepiao.Check(chepiao.Ticket{}, s, f)
	if forged.Next != mismatch.Next || forged.Sound != chepiao.SoundAlarm || forged.Review(chepiao.ByVoucher) != chepiao.ReviewForged {
		t.Errorf("%+v", forged)
	}
}

// TestChooseTicket is fault 11 of requirements 22: the ticket that passes now,
// else the nearest, and the adult's before the child's.
func TestChooseTicket(t *testing.T) {
	one := func(id int, pass bool, state chepiao.TicketState, guardian chepiao.TicketID, hours int, dep chepiao.DepartureID) chepiao.Candidate {
		return chepiao.Candidate{
			Ticket:  chepiao.Ticket{ID: chepiao.TicketID(id), State: state, Departure: dep, TicketMore: chepiao.TicketMore{Guardian: guardian}},
			Verdict: chepiao.Verdict{Pass: pass}, Away: time.Duration(hours) * time.Hour,
		}
	}
	early, late := one(1, false, "valid", 0, 1, 10), one(2, true, "valid", 0, 6, 20)
	child, dead, far := one(3, true, "valid", 2, 0, 10), one(4, false, "refunded", 0, 0, 10), one(5, false, "valid", 0, 9, 30)
	for _, c := range []struct {
		name     string
		all      []chepiao.Candidate
		boarding chepiao.DepartureID
		want     chepiao.TicketID
	}{
		{"the one that passes, not the earliest", []chepiao.Candidate{early, late}, 0, 2},
		{"the adult's before the child's", []chepiao.Candidate{child, late}, 0, 2},
		{"the nearest where none passes", []chepiao.Candidate{far, early}, 0, 1},
		{"a live one before a refunded one", []chepiao.Candidate{dead, far}, 0, 5},
		{"the coach that is boarding before another that passes, too", []chepiao.Candidate{late, one(6, true, "valid", 0, 0, 10)}, 20, 2},
		{"the earlier number where all is the same", []chepiao.Candidate{one(8, true, "valid", 0, 1, 1), one(7, true, "valid", 0, 1, 2)}, 0, 7},
	} {
		for range 2 {
			if i := chepiao.ChooseTicket(c.all, c.boarding); c.all[i].Ticket.ID != c.want {
				t.Errorf("%s: %d", c.name, c.all[i].Ticket.ID)
			}
			c.all[0], c.all[1] = c.all[1], c.all[0]
		}
	}
	if i := chepiao.ChooseTicket(nil, 0); i != -1 {
		t.Errorf("among none: %d", i)
	}
}
