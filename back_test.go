package chepiao_test

import (
	"slices"
	"testing"
	"time"

	"chepiao"
)

// TestVoid undoes a sale on every edge of its terms (requirements 7.1, F17).
func TestVoid(t *testing.T) {
	sold := moment("2026-11-22 08:30")
	r := chepiao.DefaultRules()
	good := chepiao.VoidCase{Now: sold.Add(5 * time.Minute), Sold: sold, At: chepiao.AskedAt{Window: true}, By: "w1", SoldBy: "w1", Channel: chepiao.Cash}
	for _, c := range []struct {
		name   string
		change func(*chepiao.Ticket, *chepiao.VoidCase)
		reason chepiao.Reason
	}{
		{"to the very second", func(*chepiao.Ticket, *chepiao.VoidCase) {}, ""},
		{"a moment later", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Now = c.Now.Add(time.Nanosecond) }, chepiao.SupervisorNeeded},
		{"another clerk", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.By = "w2" }, chepiao.SupervisorNeeded},
		{"another clerk's shift", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.SoldIn, c.In = 7, 8 }, chepiao.SupervisorNeeded},
		{"late, a supervisor agrees", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Now, c.Agreed = c.Now.Add(5*time.Hour), "4001" }, ""},
		{"another clerk, a supervisor agrees", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.By, c.Who, c.Agreed = "w2", "1002", "4001" }, ""},
		{"a supervisor undoes what another one sold", func(_ *chepiao.Ticket, c *chepiao.VoidCase) {
			c.By, c.SoldIn, c.SoldWho, c.Who, c.Agreed = "w2", 7, "1001", "4001", "4001"
		}, ""},
		{"who sold it agrees", func(_ *chepiao.Ticket, c *chepiao.VoidCase) {
			c.By, c.SoldIn, c.SoldWho, c.Who, c.Agreed = "w2", 7, "4001", "1001", "4001"
		}, chepiao.SecondHand},
		{"late, and nobody else agrees", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Now, c.Who, c.Agreed = c.Now.Add(1), "4001", "4001" }, chepiao.SecondHand},
		{"by the wallet, a supervisor agrees", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Channel, c.Agreed = chepiao.Sandbox, "4001" }, chepiao.VoidOver},
		{"the coach has left, a supervisor agrees", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Gone, c.Agreed = true, "4001" }, chepiao.VoidOver},
		{"by the wallet", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Channel = chepiao.Sandbox }, chepiao.VoidOver},
		{"rebooked", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Origin = true }, chepiao.VoidOver},
		{"the coach has left", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.Gone = true }, chepiao.VoidOver},
		{"on line", func(_ *chepiao.Ticket, c *chepiao.VoidCase) { c.At = chepiao.AskedAt{} }, chepiao.WrongWindow},
		{"a receipt is out", func(t *chepiao.Ticket, _ *chepiao.VoidCase) { t.Receipt = chepiao.ReceiptPaper }, chepiao.ReceiptIsOut},
		{"checked", func(t *chepiao.Ticket, _ *chepiao.VoidCase) { t.State = chepiao.TicketChecked }, chepiao.WrongState},
		{"refunded", func(t *chepiao.Ticket, _ *chepiao.VoidCase) { t.State = chepiao.TicketRefunded }, chepiao.WrongState},
	} {
		ticket, asked := chepiao.Ticket{State: chepiao.TicketValid, Price: 4500}, good
		c.change(&ticket, &asked)
		voided, why, err := chepiao.Void(ticket, asked, r)
		if c.reason != "" {
			if chepiao.Why(err) != c.reason || voided != ticket {
				t.Errorf("%s: %+v, %v; want %s and the ticket as it was", c.name, voided, err, c.reason)
			}
			continue
		}
		if err != nil || voided.State != chepiao.TicketVoided || voided.Refund != 4500 || voided.Fee != 0 || why.Rule != "void_within" {
			t.Errorf("%s: %+v, %+v, %v", c.name, voided, why, err)
		}
	}
}

// TestReceiptMoves walks the whole square of a receipt's states and moves, the
// forbidden half included (requirements 6.4).
func TestReceiptMoves(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	allowed := map[string]chepiao.Receipt{
		" print": chepiao.ReceiptPaper, " invoice": chepiao.ReceiptInvoiced, "paper surrender": chepiao.ReceiptSurrendered, "paper spoil": chepiao.ReceiptNone,
		"invoiced reverse": chepiao.ReceiptReversed, "reversed invoice": chepiao.ReceiptReinvoiced, "reinvoiced reverse": chepiao.ReceiptAnnulled,
		" ask": chepiao.ReceiptInvoicing, "invoicing invoice": chepiao.ReceiptInvoiced, "invoicing decline": chepiao.ReceiptNone,
		"reversed ask": chepiao.ReceiptReinvoicing, "reinvoicing invoice": chepiao.ReceiptReinvoiced, "reinvoicing decline": chepiao.ReceiptReversed,
	}
	seen := 0
	for _, state := range []chepiao.Receipt{"", "paper", "surrendered", "invoiced", "reversed", "reinvoiced", "annulled", "invoicing", "reinvoicing"} {
		if out := slices.Contains([]chepiao.Receipt{"paper", "invoiced", "reinvoiced", "invoicing", "reinvoicing"}, state); state.Out() != out {
			t.Errorf("%q is out: %v", state, state.Out())
		}
		for _, move := range []chepiao.ReceiptMove{"print", "surrender", "ask", "decline", "invoice", "reverse", "spoil", "burn"} {
			ticket := chepiao.Ticket{State: chepiao.TicketUsed}
			ticket.Receipt, ticket.ReceiptNo = state, "R1"
			got, err := ticket.MoveReceipt(move, chepiao.ReceiptCase{Now: departs.Add(time.Hour), Departs: departs, At: chepiao.AskedAt{Window: true}, No: "R1"}, chepiao.DefaultRules())
			want, ok := allowed[string(state)+" "+string(move)]
			reason := chepiao.WrongState
			if state.Out() {
				reason = chepiao.ReceiptIsOut
			}
			if ok != (err == nil) || ok && (got.Receipt != want || got.Version != ticket.Version+1) || !ok && (chepiao.Why(err) != reason || got != ticket) {
				t.Errorf("%q %s: %+v, %v; allowed is %v", state, move, got.Receipt, err, ok)
			}
			if ok {
				seen++
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d moves seen, want %d", seen, len(allowed))
	}
}

// TestReceiptTimes: from some minutes after departure for half a year; before it
// at a window, to a passenger who was warned (requirements 11.3).
func TestReceiptTimes(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	window := chepiao.AskedAt{Window: true}
	for _, c := range []struct {
		name   string
		after  time.Duration
		at     chepiao.AskedAt
		move   chepiao.ReceiptMove
		no     string
		early  bool
		state  chepiao.TicketState
		reason chepiao.Reason
		field  string
	}{
		{name: "five minutes after", after: 5 * time.Minute, move: "invoice", no: "R1"},
		{name: "a moment before that", after: 5*time.Minute - 1, move: "invoice", no: "R1", reason: chepiao.ReceiptNotOpen},
		{name: "the last moment", after: 180 * 24 * time.Hour, move: "print", no: "R1"},
		{name: "too late", after: 180*24*time.Hour + 1, move: "print", no: "R1", reason: chepiao.ReceiptTimeOver},
		{name: "before, on line, warned", after: -time.Hour, move: "invoice", no: "R1", early: true, reason: chepiao.ReceiptNotOpen},
		{name: "before, at a window", after: -time.Hour, at: window, move: "print", no: "R1", reason: chepiao.ReceiptNotOpen, field: "early"},
		{name: "before, at a window, warned", after: -time.Hour, at: window, move: "print", no: "R1", early: true},
		{name: "refunded", after: time.Hour, move: "print", no: "R1", state: chepiao.TicketRefunded, reason: chepiao.WrongState},
		{name: "never came", after: time.Hour, move: "print", no: "R1", state: chepiao.TicketNoShow, reason: chepiao.WrongState},
		{name: "without a number", after: time.Hour, move: "print", reason: chepiao.Invalid, field: "no"},
		{name: "a number too long", after: time.Hour, move: "print", no: "123456789012345678901", reason: chepiao.Invalid, field: "no"},
		{name: "a number with a blank", after: time.Hour, move: "print", no: "R 1", reason: chepiao.Invalid, field: "no"},
	} {
		ticket := chepiao.Ticket{State: chepiao.TicketValid}
		if c.state != "" {
			ticket.State = c.state
		}
		got, err := ticket.MoveReceipt(c.move, chepiao.ReceiptCase{Now: departs.Add(c.after), Departs: departs, At: c.at, No: c.no, Early: c.early}, chepiao.DefaultRules())
		if chepiao.Why(err) != c.reason || (c.reason == "") != (err == nil) || (err == nil) == (got == ticket) {
			t.Errorf("%s: %+v, %v; want %q", c.name, got.Receipt, err, c.reason)
		}
		if r := chepiao.AsRefusal(err); r != nil && r.Field != c.field {
			t.Errorf("%s: at %q, want %q", c.name, r.Field, c.field)
		}
	}
	paper := chepiao.Ticket{State: chepiao.TicketValid}
	paper.Receipt, paper.ReceiptNo = chepiao.ReceiptPaper, "R1"
	if _, err := paper.MoveReceipt("surrender", chepiao.ReceiptCase{No: "R2", At: window}, chepiao.DefaultRules()); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("another serial comes back: %v", err)
	}
	if _, err := paper.MoveReceipt("surrender", chepiao.ReceiptCase{No: "R1"}, chepiao.DefaultRules()); chepiao.Why(err) != chepiao.WrongWindow {
		t.Errorf("paper comes back on line: %v", err)
	}
}

// TestCorrectTicket: only a valid ticket, and its old voucher is dead.
func TestCorrectTicket(t *testing.T) {
	for state := range ticketLife {
		ticket := chepiao.Ticket{State: state, Voucher: 1, Version: 4, Person: chepiao.PersonToken{1}}
		got, err := ticket.Correct(chepiao.PersonToken{2})
		if state != chepiao.TicketValid {
			if chepiao.Why(err) != chepiao.WrongState || got != ticket {
				t.Errorf("%s: %+v, %v", state, got, err)
			}
			continue
		}
		if err != nil || got.Person != (chepiao.PersonToken{2}) || got.Voucher != 2 || got.Corrected != 1 || got.Version != 5 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestDue(t *testing.T) {
	for _, c := range []struct{ total, credit, due, excess chepiao.Money }{{100, 0, 100, 0}, {100, 60, 40, 0}, {100, 100, 0, 0}, {60, 100, 0, 40}} {
		o := chepiao.Order{Total: c.total}
		o.Credit = c.credit
		if o.Due() != c.due || o.Excess() != c.excess {
			t.Errorf("%+v: %s due, %s back", c, o.Due(), o.Excess())
		}
	}
}
