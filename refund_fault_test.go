package chepiao_test

import (
	"strings"
	"testing"

	"chepiao"
)

// TestBlame walks who may name a fault for a refund, and what it changes.
func TestBlame(t *testing.T) {
	window, r := chepiao.AskedAt{Window: true}, chepiao.DefaultRules()
	alone := chepiao.DefaultRules()
	alone.RefundFaultAgreed = false
	for _, c := range []struct {
		name        string
		fault       chepiao.Fault // that the clerk names
		own, of     chepiao.Fault // that the ticket, and its departure have already
		at          chepiao.AskedAt
		who, agreed chepiao.StaffNo
		r           *chepiao.Rules
		want        chepiao.Fault // of the ticket afterwards
		no          chepiao.Reason
	}{
		{"the passenger's own wish", "", "", "", chepiao.AskedAt{}, "", "", r, "", ""},
		{"a supervisor agrees", "station", "", "", window, "1001", "4001", r, "station", ""},
		{"nobody agrees", "station", "", "", window, "1001", "", r, "", chepiao.SupervisorNeeded},
		{"the clerk agrees", "station", "", "", window, "4001", "4001", r, "", chepiao.SecondHand},
		{"on line", "station", "", "", chepiao.AskedAt{}, "", "4001", r, "", chepiao.WrongWindow},
		{"the rule asks for nobody", "station", "", "", window, "1001", "", alone, "station", ""},
		{"the rule asks for nobody, on line", "station", "", "", chepiao.AskedAt{}, "1001", "", alone, "", chepiao.WrongWindow},
		{"the departure's is known", "station", "", "delayed", window, "1001", "", r, "", ""},
		{"the ticket's own is known", "station", "coach", "", window, "1001", "", r, "coach", ""},
	} {
		ticket := chepiao.Ticket{State: chepiao.TicketValid, Price: 4500}
		ticket.Fault = c.own
		got, _, err := ticket.Blame(chepiao.Blame{Fault: c.fault, Why: "x"}, c.of, c.at, c.who, c.agreed, c.r)
		if chepiao.Why(err) != c.no || got.Fault != c.want {
			t.Errorf("%s: fault %q, %v; want %q, %q", c.name, got.Fault, err, c.want, c.no)
		}
	}
	for _, f := range chepiao.Blames() {
		if b, err := (chepiao.Blame{Fault: f, Why: " x "}).Read(); err != nil || b.Why != "x" {
			t.Errorf("%s: %+v, %v", f, b, err)
		}
		q, err := chepiao.QuoteRefund(chepiao.Ticket{State: chepiao.TicketValid, Price: 4500}.Blamed(f, ""), chepiao.RefundCase{}, r)
		if err != nil || q.Back != 4500 || strings.HasPrefix(q.ZH, "因全额") {
			t.Errorf("%s: %+v, %v", f, q, err)
		}
	}
	for _, b := range []chepiao.Blame{{Fault: "station"}, {Fault: "bored", Why: "x"}, {Why: strings.Repeat("长", 101)}} {
		if _, err := b.Read(); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%+v: %v", b, err)
		}
	}
}
