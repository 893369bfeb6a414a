package chepiao_test

import (
	"strings"
	"testing"
	"time"

	"chepiao"
)

var (
	anna  = chepiao.PersonToken{1}
	other = chepiao.PersonToken{2}
)

// atTheGate is a passage where everything is right: 08:25 for the 08:30.
func atTheGate() (chepiao.Ticket, chepiao.Scan, chepiao.Facts) {
	t := chepiao.Ticket{ID: 9, State: chepiao.TicketValid, From: 1, To: 3, Board: 0, Alight: 2, Seat: 12, Person: anna, Voucher: 2}
	s := chepiao.Scan{Station: 1, Gate: "3", Device: "gate-1", Version: 2, Document: anna, HasDocument: true}
	f := chepiao.Facts{
		Now: moment("2026-11-22 08:25"), Zone: shanghai, Rules: chepiao.DefaultRules(), RealName: true,
		Coach: chepiao.Coach{
			ID: chepiao.MakeDepartureID(1, day("2026-11-22")), Number: "G101", Line: 1, Departs: moment("2026-11-22 08:30"), Last: moment("2026-11-22 08:30"),
			Gate: "3", State: chepiao.Running, Reported: true, Seats: 45,
		},
	}
	t.Departure = f.ID
	return t, s, f
}

// change makes one thing of a passage different.
type change func(*chepiao.Ticket, *chepiao.Scan, *chepiao.Facts)

// wrongs break one thing each, in the order in which a gate finds them
// (requirements section 9). Whatever is broken beside it, the first one speaks.
var wrongs = []struct {
	name   string
	break_ change
	reason chepiao.Reason
	light  chepiao.Light
}{
	{"an unknown staff card", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.StaffCard = true }, chepiao.StaffUnknown, chepiao.Red},
	{"a gate whose clock is wrong", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.At = f.Now.Add(-121 * time.Second) }, chepiao.ClockDrift, chepiao.Amber},
	{"a code of nobody", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
		s.Unread = chepiao.Refuse(chepiao.Tampered, "签名错误", "the signature is wrong")
	}, chepiao.Tampered, chepiao.Red},
	{"another person's document", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Document, s.HasDocument = other, true }, chepiao.WrongDocument, chepiao.Red},
	{"an older voucher", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Version = 1 }, chepiao.VoucherRotated, chepiao.Red},
	{"suspended", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { t.State = chepiao.TicketSuspended }, chepiao.Suspended, chepiao.Red},
	{"an expired document", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Expires = day("2026-11-21") }, chepiao.DocumentExpired, chepiao.Amber},
	{"passed before", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
		if t.State == chepiao.TicketValid {
			t.State, t.CheckedAt, t.CheckedBy = chepiao.TicketChecked, f.Now.Add(-time.Minute), "gate-1"
		}
	}, chepiao.AlreadyUsed, chepiao.Red},
	{"another station", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Station = 2 }, chepiao.WrongStation, chepiao.Red},
	{"another coach is boarding", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
		to := f.Coach
		to.ID, to.Number, to.Alight, to.Free, to.Seat = chepiao.MakeDepartureID(2, day("2026-11-22")), "G103", 2, true, 7
		s.Departure, f.Other = to.ID, &to
	}, chepiao.WrongDeparture, chepiao.Amber},
	{"another day", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
		f.Departs, f.Last = f.Departs.AddDate(0, 0, 1), f.Last.AddDate(0, 0, 1)
	}, chepiao.WrongDate, chepiao.Red},
	{"another gate", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Gate = "4" }, chepiao.WrongGate, chepiao.Amber},
	{"it does not run", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { f.State = chepiao.Stopped }, chepiao.DepartureStopped, chepiao.Amber},
	{"the coach has left", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { f.Left = 1 }, chepiao.Departed, chepiao.Red},
	{"too early", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
		f.Departs, f.Last = f.Departs.Add(time.Hour), f.Last.Add(time.Hour)
	}, chepiao.TooEarly, chepiao.Amber},
	{"no coach yet", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { f.Reported = false }, chepiao.NotReported, chepiao.Amber},
	{"a child alone", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { t.Guardian = 8 }, chepiao.ChildNeedsAdult, chepiao.Amber},
	{"a full coach", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { f.Checked = f.Seats }, chepiao.Overload, chepiao.Red},
}

// TestCheckOrder: alone each wrong is found; together the earlier one is named.
func TestCheckOrder(t *testing.T) {
	ticket, scan, facts := atTheGate()
	if v := chepiao.Check(ticket, scan, facts); !v.Pass || v.Reason != chepiao.CheckOK || v.Light != chepiao.Green || v.ZH != "12 号座" || v.EN != "Seat 12" || v.Again {
		t.Fatalf("everything is right, but: %+v", v)
	}
	for i, first := range wrongs {
		for j := i; j < len(wrongs); j++ {
			ticket, scan, facts := atTheGate()
			wrongs[j].break_(&ticket, &scan, &facts)
			if first.reason == chepiao.Suspended && wrongs[j].reason == chepiao.AlreadyUsed {
				continue // a ticket has one state
			}
			if j != i {
				first.break_(&ticket, &scan, &facts)
			}
			v := chepiao.Check(ticket, scan, facts)
			if v.Pass || v.Reason != first.reason || v.Light != first.light || v.ZH == "" || v.EN == "" || v.Next.ZH == "" || v.Next.EN == "" {
				t.Errorf("%s and %s: %+v, want %s", first.name, wrongs[j].name, v, first.reason)
			}
		}
	}
}

// TestCheckByState: only a valid ticket passes; a gate that has checked it a
// moment ago says so.
func TestCheckByState(t *testing.T) {
	want := map[chepiao.TicketState]chepiao.Reason{
		chepiao.TicketHeld: chepiao.NotPaid, chepiao.TicketLapsed: chepiao.NotPaid, chepiao.TicketReleased: chepiao.NotPaid,
		chepiao.TicketValid: chepiao.CheckOK, chepiao.TicketChecked: chepiao.AlreadyUsed, chepiao.TicketDeparted: chepiao.Departed,
		chepiao.TicketUsed: chepiao.Departed, chepiao.TicketNoShow: chepiao.Departed, chepiao.TicketRefunded: chepiao.Refunded,
		chepiao.TicketVoided: chepiao.Refunded, chepiao.TicketRebooked: chepiao.WasRebooked, chepiao.TicketCancelled: chepiao.DepartureStopped, chepiao.TicketWaiting: chepiao.NotPaid,
		chepiao.TicketSuspended: chepiao.Suspended,
	}
	for state := range ticketLife {
		ticket, scan, facts := atTheGate()
		ticket.State = state
		v := chepiao.Check(ticket, scan, facts)
		if v.Reason != want[state] || v.Pass != (state == chepiao.TicketValid) {
			t.Errorf("%s: %+v, want %s", state, v, want[state])
		}
	}
}

// TestDoubleScan is failure path F7.
func TestDoubleScan(t *testing.T) {
	for _, c := range []struct {
		name   string
		device string
		since  time.Duration
		pass   bool
	}{
		{"the same gate at once", "gate-1", 0, true},
		{"the same gate after ten seconds", "gate-1", 10 * time.Second, true},
		{"the same gate a moment later", "gate-1", 10*time.Second + time.Nanosecond, false},
		{"another gate at once", "gate-2", 0, false},
		{"before it happened", "gate-1", -time.Second, false},
	} {
		ticket, scan, facts := atTheGate()
		ticket.State, ticket.CheckedBy, ticket.CheckedAt = chepiao.TicketChecked, "gate-1", facts.Now.Add(-c.since)
		scan.Device = c.device
		v := chepiao.Check(ticket, scan, facts)
		if v.Pass != c.pass || v.Again != c.pass {
			t.Errorf("%s: %+v", c.name, v)
		}
		if !c.pass && (v.Reason != chepiao.AlreadyUsed || !strings.Contains(v.EN, "gate-1") || !strings.Contains(v.ZH, ticket.CheckedAt.In(shanghai).Format("15:04:05"))) {
			t.Errorf("%s does not say when and where: %+v", c.name, v)
		}
	}
}

// TestCheckTimes: check opens 20 minutes before departure and closes 3 minutes
// before; a flow ticket is good until the last coach.
func TestCheckTimes(t *testing.T) {
	for _, c := range []struct {
		name          string
		departs, last string
		now           string
		want          chepiao.Reason
	}{
		{"one second early", "2026-11-22 08:30", "", "2026-11-22 08:09:59", chepiao.TooEarly},
		{"at the opening", "2026-11-22 08:30", "", "2026-11-22 08:10:00", chepiao.CheckOK},
		{"at the closing", "2026-11-22 08:30", "", "2026-11-22 08:27:00", chepiao.CheckOK},
		{"one second late", "2026-11-22 08:30", "", "2026-11-22 08:27:01", chepiao.Departed},
		{"late in the day", "2026-11-22 08:30", "", "2026-11-22 23:59:59", chepiao.Departed},
		{"the day after", "2026-11-22 08:30", "", "2026-11-23 00:00:00", chepiao.WrongDate},
		{"the evening before", "2026-11-22 08:30", "", "2026-11-21 23:59:59", chepiao.WrongDate},
		{"yesterday's time", "2026-11-22 08:30", "", "2026-11-21 08:25:00", chepiao.WrongDate},
		{"just past midnight: the evening before check is open", "2026-11-23 00:10", "", "2026-11-22 23:55:00", chepiao.CheckOK},
		{"just past midnight: earlier that evening", "2026-11-23 00:10", "", "2026-11-22 22:00:00", chepiao.TooEarly},
		{"just past midnight: the same morning", "2026-11-23 00:10", "", "2026-11-23 00:05:00", chepiao.CheckOK},
		{"just past midnight: a day early", "2026-11-23 00:10", "", "2026-11-21 23:55:00", chepiao.WrongDate},
		{"the night coach at 01:10: an hour early", "2026-11-23 01:10", "", "2026-11-23 00:20:00", chepiao.TooEarly},
		{"the night coach at 01:10: before midnight", "2026-11-23 01:10", "", "2026-11-22 23:55:00", chepiao.WrongDate},
		{"flow: first coach", "2026-11-22 06:00", "2026-11-22 18:00", "2026-11-22 05:45:00", chepiao.CheckOK},
		{"flow: at noon", "2026-11-22 06:00", "2026-11-22 18:00", "2026-11-22 12:00:00", chepiao.CheckOK},
		{"flow: last coach", "2026-11-22 06:00", "2026-11-22 18:00", "2026-11-22 17:57:00", chepiao.CheckOK},
		{"flow: after the last", "2026-11-22 06:00", "2026-11-22 18:00", "2026-11-22 17:57:01", chepiao.Departed},
		{"flow: before the first", "2026-11-22 06:00", "2026-11-22 18:00", "2026-11-22 05:30:00", chepiao.TooEarly},
	} {
		ticket, scan, facts := atTheGate()
		facts.Now, facts.Departs = moment(c.now), moment(c.departs)
		facts.Last = facts.Departs
		if c.last != "" {
			facts.Flow, facts.Last, ticket.Seat = true, moment(c.last), 0
		}
		if v := chepiao.Check(ticket, scan, facts); v.Reason != c.want {
			t.Errorf("%s: %+v, want %s", c.name, v, c.want)
		}
	}
}

// TestCheckWithoutKnowing: a gate that knows less asks less.
func TestCheckWithoutKnowing(t *testing.T) {
	for _, c := range []struct {
		name  string
		loose func(*chepiao.Ticket, *chepiao.Scan, *chepiao.Facts)
	}{
		{"a gate of any station", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Station = 0 }},
		{"a scanner without a gate", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Gate = "" }},
		{"a departure without a gate", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { f.Gate = "" }},
		{"found by number: no voucher", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { s.Version = 0 }},
		{"no document shown where names do not count", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
			s.HasDocument, s.Document, f.RealName = false, chepiao.PersonToken{}, false
		}},
		{"a ticket sold without a document", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) {
			t.Person, f.RealName = chepiao.PersonToken{}, false
		}},
		{"boards at the second stop, the coach has left the first", func(t *chepiao.Ticket, s *chepiao.Scan, f *chepiao.Facts) { t.Board, f.Left = 1, 1 }},
	} {
		ticket, scan, facts := atTheGate()
		c.loose(&ticket, &scan, &facts)
		if v := chepiao.Check(ticket, scan, facts); !v.Pass {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	ticket, scan, facts := atTheGate()
	ticket.Seat, ticket.Children = 0, 1
	if v := chepiao.Check(ticket, scan, facts); v.ZH != "请乘车 · 携童 1 人" || v.EN != "Welcome aboard · with 1 child" {
		t.Errorf("a child beside is not named: %+v", v)
	}
}
