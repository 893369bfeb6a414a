package chepiao_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

// TestRefundLadder stands on every rung, at its very edge and one nanosecond
// beside it (requirements 7.3).
func TestRefundLadder(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	r := chepiao.DefaultRules()
	r.Version = 7
	for _, c := range []struct {
		before time.Duration // departure
		price  chepiao.Money
		fee    chepiao.Money // -1: not refundable
	}{
		{14 * 24 * time.Hour, 4500, 450},
		{2*time.Hour + time.Nanosecond, 4500, 450},
		{2 * time.Hour, 4500, 450},
		{2*time.Hour - time.Nanosecond, 4500, 900},
		{time.Nanosecond, 4500, 900},
		{0, 4500, 900},
		{-time.Nanosecond, 4500, 2250},
		{-time.Hour, 4500, 2250},
		{-time.Hour - time.Nanosecond, 4500, -1},
		{-24 * time.Hour, 4500, -1},
		{3 * time.Hour, 2250, 250},      // 10 % is 2.25, up to the half yuan
		{3 * time.Hour, 400, 50},        // 10 % is 0.40: at least 0.50
		{time.Hour, 400, 100},           // 20 % is 0.80: at least 1.00
		{-30 * time.Minute, 150, 100},   // 50 % is 0.75, up to 1.00
		{time.Hour, 60, 60},             // never more than the price
		{3 * time.Hour, 0, 0},           // a free ticket costs nothing to give back
		{3 * time.Hour, 100_000, 10000}, // 1,000 yuan
	} {
		ticket := chepiao.Ticket{ID: 9, State: chepiao.TicketValid, Price: c.price}
		q, err := chepiao.QuoteRefund(ticket, chepiao.RefundCase{Now: departs.Add(-c.before), Departs: departs}, r)
		if c.fee < 0 {
			if chepiao.Why(err) != chepiao.NotRefundable || !reflect.DeepEqual(q, chepiao.RefundQuote{}) {
				t.Errorf("%v before: %+v, %v; want NOT_REFUNDABLE", c.before, q, err)
			}
			continue
		}
		if err != nil || q.Fee != c.fee || q.Back != c.price-c.fee || q.Price != c.price || q.Ticket != 9 || q.Rules != 7 {
			t.Errorf("%v before, %s: %+v, %v; want a fee of %s", c.before, c.price, q, err, c.fee)
		}
		if !strings.Contains(q.ZH, q.Fee.Yuan()) || !strings.Contains(q.EN, q.Back.Yuan()) {
			t.Errorf("the sentences do not name the sums: %s / %s", q.ZH, q.EN)
		}
	}
}

func TestRefundByState(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	for state, life := range ticketLife {
		ticket := chepiao.Ticket{State: state, Price: 4500, Version: 1}
		q, err := chepiao.QuoteRefund(ticket, chepiao.RefundCase{Now: departs.Add(-3 * time.Hour), Departs: departs, At: chepiao.AskedAt{Window: true}}, chepiao.DefaultRules())
		_, allowed := moveIn(life, "refund")
		if allowed != (err == nil) || (!allowed && chepiao.Why(err) != chepiao.WrongState) {
			t.Errorf("%s: %+v, %v; allowed is %v", state, q, err, allowed)
		}
		given, err := ticket.Give(chepiao.RefundQuote{Fee: 450, Back: 4050})
		if allowed && (err != nil || given.State != chepiao.TicketRefunded || given.Fee != 450 || given.Refund != 4050) {
			t.Errorf("%s is given back as %+v, %v", state, given, err)
		}
		if !allowed && (chepiao.Why(err) != chepiao.WrongState || given != ticket) {
			t.Errorf("%s is given back as %+v, %v", state, given, err)
		}
	}
}

// TestRefundBalances: whatever the rules and the time, fee and money back are
// the price, and neither is negative.
func TestRefundBalances(t *testing.T) {
	departs := moment("2026-11-22 08:30")
	rapid.Check(t, func(t *rapid.T) {
		r := chepiao.DefaultRules()
		r.RefundRounding = chepiao.Rounding(rapid.IntRange(0, 4).Draw(t, "rounding"))
		r.Refund = nil
		before, share := int64(1_000_000), int64(0)
		for range rapid.IntRange(0, 5).Draw(t, "rungs") {
			before -= rapid.Int64Range(1, 400_000).Draw(t, "down")
			share += rapid.Int64Range(0, 10_000-share).Draw(t, "up")
			r.Refund = append(r.Refund, chepiao.RefundStep{Before: before, Share: share, Least: chepiao.Money(rapid.Int64Range(0, 500).Draw(t, "least"))})
		}
		if err := r.Validate(); err != nil {
			t.Fatalf("a falling ladder is refused: %v", err)
		}
		ticket := chepiao.Ticket{State: chepiao.TicketValid, Price: chepiao.Money(rapid.Int64Range(0, 100_000).Draw(t, "price"))}
		left := time.Duration(rapid.Int64Range(-2_000_000, 2_000_000).Draw(t, "left")) * time.Second
		q, err := chepiao.QuoteRefund(ticket, chepiao.RefundCase{Now: departs.Add(-left), Departs: departs}, r)
		rung := slices.IndexFunc(r.Refund, func(s chepiao.RefundStep) bool { return int64(left/time.Second) >= s.Before })
		if (rung >= 0) != (err == nil) {
			t.Fatalf("%v left on %+v: %+v, %v", left, r.Refund, q, err)
		}
		if err == nil && (q.Fee < 0 || q.Back < 0 || q.Fee+q.Back != ticket.Price || q.Fee < min(r.Refund[rung].Least, ticket.Price)) {
			t.Fatalf("price %s: fee %s, back %s", ticket.Price, q.Fee, q.Back)
		}
	})
}

func TestLadderInWords(t *testing.T) {
	r := chepiao.DefaultRules()
	r.Refund = append([]chepiao.RefundStep{{Before: 24 * 3600, Share: 0, Least: 0}}, r.Refund...)
	r.Refund = append(r.Refund, chepiao.RefundStep{Before: -5400, Share: 9000, Least: 100})
	zh := "发车前 24 小时以上:0%(最低 ¥0.00)|发车前 2 小时以上:10%(最低 ¥0.50)|发车前:20%(最低 ¥1.00)|发车后 1 小时内:50%(最低 ¥1.00)|发车后 90 分钟内:90%(最低 ¥1.00)"
	en := "24 hours or more before departure: 0% (at least ¥0.00)|2 hours or more before departure: 10% (at least ¥0.50)|before departure: 20% (at least ¥1.00)|" +
		"within 1 hour after departure: 50% (at least ¥1.00)|within 90 minutes after departure: 90% (at least ¥1.00)"
	if got := strings.Join(r.Ladder("zh"), "|"); got != zh {
		t.Errorf("in Chinese:\n%s\nwant\n%s", got, zh)
	}
	if got := strings.Join(r.Ladder("en"), "|"); got != en {
		t.Errorf("in English:\n%s\nwant\n%s", got, en)
	}
}
