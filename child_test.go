package chepiao_test

import (
	"testing"

	"chepiao"
)

func TestStaysAlone(t *testing.T) {
	const adult, other, child, named = 1, 2, 3, 4
	order := func(change func([]chepiao.Ticket)) []chepiao.Ticket {
		tickets := []chepiao.Ticket{
			{ID: adult, State: chepiao.TicketValid},
			{ID: other, State: chepiao.TicketValid},
			{ID: child, State: chepiao.TicketValid, Kind: chepiao.Half, TicketMore: chepiao.TicketMore{Guardian: adult, Proof: chepiao.ProofAge}},
			{ID: named, State: chepiao.TicketReleased, Kind: chepiao.Half, TicketMore: chepiao.TicketMore{Guardian: other, Proof: chepiao.ProofGuardian}},
		}
		if change != nil {
			change(tickets)
		}
		return tickets
	}
	for _, c := range []struct {
		name    string
		tickets []chepiao.Ticket
		leaving []chepiao.TicketID
		alone   bool
	}{
		{"nobody leaves", order(nil), nil, false},
		{"the child leaves", order(nil), []chepiao.TicketID{child}, false},
		{"one adult leaves, another stays", order(nil), []chepiao.TicketID{adult}, false},
		{"both adults leave", order(nil), []chepiao.TicketID{adult, other}, true},
		{"everybody leaves", order(nil), []chepiao.TicketID{adult, other, child}, false},
		{"the last adult leaves", order(func(o []chepiao.Ticket) { o[1].State = chepiao.TicketRefunded }), []chepiao.TicketID{adult}, true},
		{"a child that rides on its guardian's document stays, the guardian leaves", order(func(o []chepiao.Ticket) { o[3].State = chepiao.TicketValid }), []chepiao.TicketID{other}, true},
		{"and with the other adult's leaving it does not mind", order(func(o []chepiao.Ticket) { o[3].State = chepiao.TicketValid }), []chepiao.TicketID{adult}, false},
		{"a checked child counts", order(func(o []chepiao.Ticket) { o[2].State = chepiao.TicketChecked }), []chepiao.TicketID{adult, other}, true},
		{"a held one, too", order(func(o []chepiao.Ticket) {
			o[2].State, o[0].State, o[1].State = chepiao.TicketHeld, chepiao.TicketHeld, chepiao.TicketHeld
		}), []chepiao.TicketID{adult, other}, true},
		{"a child that has left does not", order(func(o []chepiao.Ticket) { o[2].State = chepiao.TicketDeparted }), []chepiao.TicketID{adult, other}, false},
		{"a refunded one does not", order(func(o []chepiao.Ticket) { o[2].State = chepiao.TicketRefunded }), []chepiao.TicketID{adult, other}, false},
		{"a child that was alone before", order(func(o []chepiao.Ticket) { o[0].State, o[1].State = chepiao.TicketRefunded, chepiao.TicketNoShow }), []chepiao.TicketID{other}, false},
		{"a child sold alone at a window", []chepiao.Ticket{{ID: 9, State: chepiao.TicketValid, Kind: chepiao.Half}}, nil, false},
	} {
		no := chepiao.StaysAlone(c.tickets, c.leaving)
		if (no != nil) != c.alone {
			t.Errorf("%s: %v", c.name, no)
		}
		if no != nil && (no.Reason != chepiao.ChildAlone || no.Because == nil) {
			t.Errorf("%s: %+v", c.name, no)
		}
	}
}

func TestHeadcountFits(t *testing.T) {
	r := chepiao.DefaultRules()
	for _, c := range []struct {
		seated, free, approved int
		fits                   bool
	}{
		{0, 0, 49, true}, {49, 4, 49, true}, {49, 5, 49, false}, {48, 5, 49, true}, {50, 0, 49, false}, {45, 8, 49, true}, {45, 9, 49, false},
		{9, 0, 9, true}, {9, 1, 9, false}, {8, 1, 9, true}, {10, 1, 10, true}, {10, 2, 10, false}, {0, 0, 0, true}, {1, 0, 0, false},
	} {
		no := chepiao.HeadcountFits(c.seated, c.free, c.approved, r)
		if (no == nil) != c.fits {
			t.Errorf("%d and %d children in a coach for %d: %v", c.seated, c.free, c.approved, no)
		}
		if no != nil && (no.Reason != chepiao.Overload || no.Because.Rule != "child_excess") {
			t.Errorf("%+v", no)
		}
	}
	r.ChildExcess = 0
	if chepiao.HeadcountFits(49, 1, 49, r) == nil {
		t.Error("no excess is allowed, and one is let through")
	}
}

func TestRealName(t *testing.T) {
	for _, c := range []struct {
		mode, upTo, class int
		code              string
		want              bool
	}{
		{chepiao.RealNamesNever, 2, 1, "L", false}, {chepiao.RealNamesNever, 2, 0, "X", false},
		{chepiao.RealNamesAll, 2, 4, "L", true}, {chepiao.RealNamesAll, 0, 0, "L", true},
		{chepiao.RealNamesListed, 2, 1, "L", true}, {chepiao.RealNamesListed, 2, 2, "L", true}, {chepiao.RealNamesListed, 2, 3, "L", false}, {chepiao.RealNamesListed, 2, 4, "L", false},
		{chepiao.RealNamesListed, 3, 3, "L", true}, {chepiao.RealNamesListed, 3, 4, "L", false},
		{chepiao.RealNamesListed, 2, 4, "X", true}, {chepiao.RealNamesListed, 2, 0, "L", true}, {chepiao.RealNamesListed, 0, 1, "L", false},
	} {
		r := chepiao.DefaultRules()
		r.RealNames, r.RealNameClass, r.RealNameLines = c.mode, c.upTo, []string{"X"}
		got, why := chepiao.RealName(&chepiao.Line{Class: c.class, Code: c.code}, r)
		if got != c.want || why.Rule == "" || why.ZH == "" || why.EN == "" {
			t.Errorf("%+v: %v %+v", c, got, why)
		}
	}
}
