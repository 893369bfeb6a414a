package chepiao

import (
	"fmt"
	"time"
)

// RefundQuote is what a passenger would get back at a moment, and why.
type RefundQuote struct {
	Ticket TicketID `json:"ticket"`
	Price  Money    `json:"price"`
	Fee    Money    `json:"fee"`
	Back   Money    `json:"back"`
	Rules  int64    `json:"rules"` // version pinned by the ticket
	ZH     string   `json:"zh"`
	EN     string   `json:"en"`
}

// QuoteRefund says what refunding a ticket costs now. departs is the planned
// time at the boarding stop; r is the version the ticket pins. Refusals:
// WrongState, NotRefundable after the last step of the ladder.
func QuoteRefund(t Ticket, departs, now time.Time, r *Rules) (RefundQuote, error) {
	if _, err := t.Move(MoveRefund); err != nil {
		return RefundQuote{}, err
	}
	left := departs.Sub(now)
	for _, s := range r.Refund {
		if left < time.Duration(s.Before)*time.Second {
			continue
		}
		fee := min(max(t.Price.Share(s.Share, r.RefundRounding), s.Least), t.Price)
		q := RefundQuote{Ticket: t.ID, Price: t.Price, Fee: fee, Back: t.Price - fee, Rules: r.Version}
		q.ZH = fmt.Sprintf("%s退票,按票价 %s 的 %d%% 收取退票费 %s,退还 %s", s.when("zh"), q.Price.Yuan(), s.Share/100, q.Fee.Yuan(), q.Back.Yuan())
		q.EN = fmt.Sprintf("refunded %s: the fee is %d%% of %s, %s; %s comes back", s.when("en"), s.Share/100, q.Price.Yuan(), q.Fee.Yuan(), q.Back.Yuan())
		return q, nil
	}
	return RefundQuote{}, Refuse(NotRefundable, "已超过可退票时间", "the time for a refund is over")
}

// when says in words which rung of the ladder this is.
func (s RefundStep) when(lang string) string {
	zh, en := span(max(s.Before, -s.Before))
	switch {
	case lang == "zh" && s.Before > 0:
		return "发车前 " + zh + "以上"
	case lang == "zh" && s.Before == 0:
		return "发车前"
	case lang == "zh":
		return "发车后 " + zh + "内"
	case s.Before > 0:
		return en + " or more before departure"
	case s.Before == 0:
		return "before departure"
	default:
		return "within " + en + " after departure"
	}
}

// span is a number of seconds in whole hours or, where that is not true, minutes.
func span(seconds int64) (zh, en string) {
	n, zh, en := seconds/3600, "小时", "hour"
	if seconds%3600 != 0 {
		n, zh, en = seconds/60, "分钟", "minute"
	}
	if n != 1 {
		en += "s"
	}
	return fmt.Sprintf("%d %s", n, zh), fmt.Sprintf("%d %s", n, en)
}

// Ladder is the whole refund ladder in words, one line a step.
func (r *Rules) Ladder(lang string) []string {
	lines := make([]string, 0, len(r.Refund))
	for _, s := range r.Refund {
		if lang == "zh" {
			lines = append(lines, fmt.Sprintf("%s:%d%%(最低 %s)", s.when(lang), s.Share/100, s.Least.Yuan()))
		} else {
			lines = append(lines, fmt.Sprintf("%s: %d%% (at least %s)", s.when(lang), s.Share/100, s.Least.Yuan()))
		}
	}
	return lines
}

// Give refunds a ticket by a quote: the moved ticket with its fee and money.
func (t Ticket) Give(q RefundQuote) (Ticket, error) {
	moved, err := t.Move(MoveRefund)
	if err != nil {
		return t, err
	}
	moved.Refund, moved.Fee = q.Back, q.Fee
	return moved, nil
}
