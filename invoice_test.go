package chepiao_test

import (
	"strings"
	"testing"
	"time"

	"chepiao"
)

// TestTaxNo: real codes and the example of GB 32100-2015 pass, and none of them
// with any one character changed.
func TestTaxNo(t *testing.T) {
	for _, good := range []string{"91350100M000100Y43", "91110000600037341L", "92371000MA3MXH0E3W"} {
		if err := chepiao.CheckTaxNo(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		for i := range good {
			for _, c := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
				if bad := good[:i] + string(c) + good[i+1:]; bad != good && chepiao.Why(chepiao.CheckTaxNo(bad)) != chepiao.Invalid {
					t.Errorf("%s passes", bad)
				}
			}
		}
	}
	for _, bad := range []string{"", "91350100M000100Y4", "91350100M000100Y433", "91350100m000100y43", strings.Repeat("统", 6)} {
		if err := chepiao.CheckTaxNo(bad); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got := chepiao.CleanTaxNo(" 9135 0100m000100y43 "); got != "91350100M000100Y43" {
		t.Error(got)
	}
}

// TestInvoiceMoves walks the whole square of an invoice's states.
func TestInvoiceMoves(t *testing.T) {
	states := []chepiao.InvoiceState{"asked", "issued", "declined", "reversing", "reversed"}
	for _, typed := range []bool{false, true} {
		allowed := map[string]bool{"asked issued": true, "asked declined": true, "reversing reversed": true, "reversing issued": true}
		allowed[map[bool]string{false: "issued reversing", true: "issued reversed"}[typed]] = true
		for _, from := range states {
			for _, to := range states {
				got, err := chepiao.Invoice{State: from, Typed: typed}.Become(to)
				if ok := allowed[string(from)+" "+string(to)]; ok != (err == nil) || ok && (got.State != to || got.Version != 1) || !ok && chepiao.Why(err) != chepiao.WrongState {
					t.Errorf("%s to %s, typed %v: %+v, %v", from, to, typed, got, err)
				}
			}
		}
	}
}

// TestAskInvoice: for which ticket, sum and buyer, and how often.
func TestAskInvoice(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	used := chepiao.Ticket{State: chepiao.TicketUsed, Price: 4500}
	lowered := used
	lowered.Lowered = 500
	printed := used
	printed.Receipt = chepiao.ReceiptPaper
	refunded := chepiao.Ticket{State: chepiao.TicketRefunded, Price: 4500, Fee: 900, Refund: 3600}
	free := chepiao.Ticket{State: chepiao.TicketRefunded, Price: 4500, Refund: 4500}
	company := chepiao.InvoiceBuyer{Company: true, Title: "石家庄运输有限公司", TaxNo: "91350100M000100Y43"}
	fare, fee := chepiao.InvoiceFare, chepiao.InvoiceFee
	was := func(what chepiao.InvoiceFor, states ...chepiao.InvoiceState) (list []chepiao.Invoice) {
		for _, s := range states {
			list = append(list, chepiao.Invoice{For: what, State: s})
		}
		return list
	}
	for _, c := range []struct {
		name    string
		ticket  chepiao.Ticket
		what    chepiao.InvoiceFor
		buyer   chepiao.InvoiceBuyer
		earlier []chepiao.Invoice
		after   time.Duration
		amount  chepiao.Money
		again   bool
		reason  chepiao.Reason
		field   string
	}{
		{name: "the fare", ticket: used, what: fare, after: time.Hour, amount: 4500},
		{name: "the fare of who paid less in the end", ticket: lowered, what: fare, after: time.Hour, amount: 4000},
		{name: "for a company", ticket: used, what: fare, buyer: company, after: time.Hour, amount: 4500},
		{name: "no title", ticket: used, what: fare, buyer: chepiao.InvoiceBuyer{Company: true, TaxNo: company.TaxNo}, after: time.Hour, reason: chepiao.Invalid, field: "title"},
		{name: "a wrong number", ticket: used, what: fare, buyer: chepiao.InvoiceBuyer{Company: true, Title: "公司", TaxNo: "1"}, after: time.Hour, reason: chepiao.Invalid, field: "tax_no"},
		{name: "too early", ticket: used, what: fare, after: time.Minute, reason: chepiao.ReceiptNotOpen},
		{name: "too late", ticket: used, what: fare, after: 181 * 24 * time.Hour, reason: chepiao.ReceiptTimeOver},
		{name: "paper is out", ticket: printed, what: fare, after: time.Hour, reason: chepiao.ReceiptIsOut},
		{name: "twice", ticket: used, what: fare, earlier: was(fare, "asked"), after: time.Hour, reason: chepiao.ReceiptIsOut},
		{name: "after a no", ticket: used, what: fare, earlier: was(fare, "declined"), after: time.Hour, amount: 4500},
		{name: "beside the fee's", ticket: refunded, what: fee, earlier: was(fare, "reversed", "reversed"), after: -time.Hour, amount: 900},
		{name: "the fee again", ticket: refunded, what: fee, earlier: was(fee, "reversed"), amount: 900, again: true},
		{name: "the fee a third time", ticket: refunded, what: fee, earlier: was(fee, "reversed", "reversed"), reason: chepiao.WrongState},
		{name: "the fee too late", ticket: refunded, what: fee, after: 181 * 24 * time.Hour, reason: chepiao.ReceiptTimeOver},
		{name: "no fee was kept", ticket: free, what: fee, reason: chepiao.WrongState},
		{name: "the fare of what was given back", ticket: refunded, what: fare, after: time.Hour, reason: chepiao.WrongState},
		{name: "something else", ticket: used, what: "meal", after: time.Hour, reason: chepiao.Invalid, field: "for"},
	} {
		moved, v, err := c.ticket.AskInvoice(c.what, c.buyer, c.earlier, chepiao.ReceiptCase{Now: departs.Add(c.after), Departs: departs}, chepiao.DefaultRules())
		if c.reason != "" {
			if no := chepiao.AsRefusal(err); no == nil || no.Reason != c.reason || no.Field != c.field || moved != c.ticket {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || v.Amount != c.amount || v.Again != c.again || v.State != chepiao.InvoiceAsked || (moved.Receipt == chepiao.ReceiptInvoicing) != (c.what == fare) {
			t.Errorf("%s: %+v, %+v, %v", c.name, v, moved.Receipt, err)
		}
	}
}
