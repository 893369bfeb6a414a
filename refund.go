package chepiao

import (
	"fmt"
	"strconv"
	"time"
)

// WrongWindow is the reason of what is done only at a window, or only at one of
// the boarding station.
const WrongWindow Reason = "WRONG_WINDOW"

// AskedAt is where somebody stands who asks for something: on line, or at a
// window of a station.
type AskedAt struct {
	Window  bool      `json:"window,omitempty"`
	Station StationNo `json:"station,omitempty"` // of the window; 0: one that serves any station
	When    time.Time `json:"when,omitzero"`     // when it was asked for, where that was earlier at another node
}

// serves says whether this is a window of a station.
func (c AskedAt) serves(s StationNo) bool { return c.Window && (c.Station == 0 || c.Station == s) }

// RefundCase is what a refund is judged by, beside the ticket and its rules.
type RefundCase struct {
	Now     time.Time
	Departs time.Time // last coach at the boarding stop, delays included
	Flow    bool
	Gone    bool  // the coach has left the boarding stop, perhaps early
	Fault   Fault // of the whole departure; a ticket may have its own
	At      AskedAt
}

// RefundQuote is what a passenger would get back at a moment, and why.
type RefundQuote struct {
	Ticket  TicketID    `json:"ticket"`
	Price   Money       `json:"price"`
	Fee     Money       `json:"fee"`
	Back    Money       `json:"back"`
	Days    int         `json:"days"`  // working days until money on its way by a channel is there
	Rules   int64       `json:"rules"` // version pinned by the ticket
	ZH      string      `json:"zh"`
	EN      string      `json:"en"`
	Because Explanation `json:"because"`
}

// QuoteRefund says what refunding a ticket would cost and give back
// (requirements 7.3); r is the version the ticket pins. Refusals: WrongState,
// ReceiptIsOut, Suspended, WrongWindow, NotRefundable for a rebooked ticket and
// after the last step of the ladder.
func QuoteRefund(t Ticket, c RefundCase, r *Rules) (RefundQuote, error) {
	q, err := t.quoteRefund(c, r)
	if err == nil {
		q.Days = r.RefundDays
	}
	return q, err
}

func (t Ticket) quoteRefund(c RefundCase, r *Rules) (RefundQuote, error) {
	if err := t.mayGoBack(MoveRefund, c.At); err != nil {
		return RefundQuote{}, err
	}
	if f := t.faultOf(c.Fault); f != "" && r.RefundFaultFree {
		return t.freeRefund(f, r), nil
	}
	left := t.left(c)
	switch {
	case t.Rebooked > 0 && !r.RefundRebooked:
		return RefundQuote{}, Refuse(NotRefundable, "改签后的车票不能退票", "a ticket that was rebooked is not refunded").
			By("refund_rebooked", r, Given("rebooked", t.Rebooked))
	case !r.RefundAnywhere && !c.At.serves(t.From):
		return RefundQuote{}, Refuse(WrongWindow, "请到上车站窗口退票", "refunded only at a window of the boarding station").
			By("refund_anywhere", r, Given("window", c.At.Window))
	case left < 0 && r.RefundLateOrigin && !c.At.serves(t.From):
		return RefundQuote{}, Refuse(WrongWindow, "发车后请到上车站窗口退票", "after departure refunded only at a window of the boarding station").
			By("refund_late_origin", r, Given("left", left), Given("window", c.At.Window))
	}
	ladder, name := r.ladder(c.Flow)
	for _, s := range ladder {
		if left >= time.Duration(s.Before)*time.Second {
			return t.refundAt(s, name, left, r), nil
		}
	}
	return RefundQuote{}, Refuse(NotRefundable, "已超过可退票时间", "the time for a refund is over").By(name, r, Given("left", left))
}

// mayGoBack refuses what stands in the way of any refund or rebooking: the
// ticket's state, a dispute, a receipt that is out (requirements 6.4). Paper
// that was taken back binds the ticket to the window, where the serial is seen.
func (t Ticket) mayGoBack(m TicketMove, at AskedAt) error {
	if _, err := t.Move(m); err != nil {
		return err
	}
	switch {
	case t.Receipt.Out():
		zh, en := "已打印报销凭证，请到窗口交回后办理", "a paper receipt is out: give it back at a window first"
		if t.Receipt != ReceiptPaper {
			zh, en = "已开具电子发票，请先申请红冲", "an invoice is out: have it reversed first"
		}
		if t.Receipt.underWay() {
			zh, en = "正在开具电子发票，请稍后红冲再办理", "an invoice is being issued: have it reversed then"
		}
		return Refuse(ReceiptIsOut, zh, en)
	case t.Receipt == ReceiptSurrendered && !at.Window:
		return Refuse(WrongWindow, "报销凭证已交回，请到窗口办理", "its receipt was given back at a window: this is done there, too")
	case t.State == TicketSuspended && !at.Window:
		return Refuse(Suspended, "车票暂停使用，请到窗口办理", "the ticket is suspended: please come to a window")
	}
	return nil
}

// faultOf is the fault of carrier or station that a ticket suffers from, its
// own or its departure's.
func (t Ticket) faultOf(departure Fault) Fault {
	switch {
	case t.Fault != "":
		return t.Fault
	case departure != "":
		return departure
	case t.State == TicketCancelled:
		return FaultStopped
	}
	return ""
}

func (t Ticket) freeRefund(f Fault, r *Rules) RefundQuote {
	w := faultWords[f]
	zh := fmt.Sprintf("因%s全额退票，不收退票费，退还 %s", w[0], t.Price.Yuan())
	en := fmt.Sprintf("%s: all of %s comes back, there is no fee", w[1], t.Price.Yuan())
	return RefundQuote{
		Ticket: t.ID, Price: t.Price, Back: t.Price, Rules: r.Version, ZH: zh, EN: en,
		Because: Explanation{Rule: "refund_fault_free", Version: r.Version, Inputs: []Input{Given("price", t.Price), Given("fault", string(f))}, ZH: zh, EN: en},
	}
}

var faultWords = map[Fault][2]string{
	FaultStopped: {"停班", "the departure was stopped"},
	FaultDelayed: {"晚点", "the departure is delayed"},
	FaultNoShow:  {"脱班", "the coach did not come"},
	FaultMerged:  {"并班", "the departure was merged"},
	FaultCoach:   {"更换车辆", "another coach came"},
	FaultRetimed: {"调整发车时间", "the departure time was changed"},
	FaultWeather: {"天气原因", "the weather"},
	FaultStation: {"车站原因", "a mistake of the station"},
}

// left is how much time remains to departure. For who missed the coach it is
// never more than none, even if the coach left a little early.
func (t Ticket) left(c RefundCase) time.Duration {
	left := c.Departs.Sub(c.Now)
	if t.State == TicketNoShow || c.Gone {
		left = min(left, -1)
	}
	return left
}

// ladder is the refund ladder of a kind of departure and its name (P1078).
func (r *Rules) ladder(flow bool) ([]RefundStep, string) {
	if flow && len(r.RefundFlow) > 0 {
		return r.RefundFlow, "refund_flow"
	}
	return r.Refund, "refund"
}

// refundAt quotes a ticket on one rung.
func (t Ticket) refundAt(s RefundStep, name string, left time.Duration, r *Rules) RefundQuote {
	fee, items := t.fee(s, r)
	q := RefundQuote{Ticket: t.ID, Price: t.Price, Fee: fee, Back: t.Price - fee, Rules: r.Version}
	baseZH, baseEN := "票价", ""
	switch {
	case items > 0 && r.RefundBase == 1:
		baseZH, baseEN = fmt.Sprintf("扣除代收费用 %s 的票价", items.Yuan()), fmt.Sprintf(" less items of %s, and the items themselves", items.Yuan())
	case items > 0 && r.RefundBase == 2:
		baseEN = fmt.Sprintf(", and items of %s", items.Yuan())
	}
	plusZH := ""
	if items > 0 && r.RefundBase > 0 {
		plusZH = fmt.Sprintf("加代收费用 %s", items.Yuan()) // the items are not given back
	}
	price, kept, back, share := q.Price.Yuan(), q.Fee.Yuan(), q.Back.Yuan(), percent(s.Share)
	q.ZH = s.when("zh") + "退票，按" + baseZH + " " + price + " 的 " + share + plusZH + " 收取退票费 " + kept + "，退还 " + back
	q.EN = "refunded " + s.when("en") + ": the fee is " + share + " of " + price + baseEN + ", " + kept + "; " + back + " comes back"
	q.Because = Explanation{Rule: name, Version: r.Version, ZH: q.ZH, EN: q.EN, Inputs: []Input{
		Given("left", left), Given("price", t.Price), Given("share", s.Share), Given("least", s.Least),
		Given("rounding", int(r.RefundRounding)), Given("base", r.RefundBase), Given("items", items),
	}}
	return q
}

// fee is what a rung keeps of a ticket: a share by the chosen base (P1107),
// rounded whole (P1105), at least the rung's least and at most the price.
func (t Ticket) fee(s RefundStep, r *Rules) (fee, items Money) {
	items = r.itemsOf(t)
	var of int64 // ten thousandths of a fen
	switch r.RefundBase {
	case 1:
		of = int64(t.Price-items)*s.Share + int64(items)*10_000
	case 2:
		of = int64(t.Price)*s.Share + int64(items)*10_000
	default:
		of = int64(t.Price) * s.Share
	}
	return min(max(roundRatio(of, 10_000, r.RefundRounding), s.Least), t.Price), items
}

// itemsOf is what of a ticket's price is not base fare.
func (r *Rules) itemsOf(t Ticket) Money {
	return t.Price - ItemsOf(t.Full, t.Price, r)[0].Fen
}

// RefundStage is a stretch of time in which a refund gives the same.
type RefundStage struct {
	Until  time.Time `json:"until,omitzero"` // inclusive; zero: without end
	Fee    Money     `json:"fee"`
	Back   Money     `json:"back"`
	Window bool      `json:"window,omitempty"` // only at a window of the boarding station
	ZH     string    `json:"zh"`
	EN     string    `json:"en"`
}

// RefundStages says until when a ticket gives what back, one stage after the
// other, those that are over included. There is none for a ticket that cannot
// be refunded at all.
func RefundStages(t Ticket, c RefundCase, r *Rules) []RefundStage {
	if err := t.mayGoBack(MoveRefund, AskedAt{Window: true}); err != nil {
		return nil
	}
	if f := t.faultOf(c.Fault); f != "" && r.RefundFaultFree {
		q := t.freeRefund(f, r)
		return []RefundStage{{Back: q.Back, ZH: q.ZH, EN: q.EN}}
	}
	if t.Rebooked > 0 && !r.RefundRebooked {
		return nil
	}
	var stages []RefundStage
	ladder, _ := r.ladder(c.Flow)
	for _, s := range ladder {
		if s.Before >= 0 && (t.State == TicketNoShow || c.Gone) {
			continue
		}
		fee, _ := t.fee(s, r)
		stages = append(stages, RefundStage{
			Until: c.Departs.Add(-time.Duration(s.Before) * time.Second), Fee: fee, Back: t.Price - fee,
			Window: !r.RefundAnywhere || s.Before < 0 && r.RefundLateOrigin, ZH: s.when("zh"), EN: s.when("en"),
		})
	}
	return stages
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
	count := strconv.FormatInt(n, 10)
	return count + " " + zh, count + " " + en
}

// Ladder is the whole refund ladder in words, one line a step.
func (r *Rules) Ladder(lang string) []string {
	lines := make([]string, 0, len(r.Refund))
	for _, s := range r.Refund {
		if lang == "zh" {
			lines = append(lines, fmt.Sprintf("%s:%s(最低 %s)", s.when(lang), percent(s.Share), s.Least.Yuan()))
		} else {
			lines = append(lines, fmt.Sprintf("%s: %s (at least %s)", s.when(lang), percent(s.Share), s.Least.Yuan()))
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
