package chepiao

import (
	"fmt"
	"time"
)

// NotRebookable is the reason of what the terms of rebooking forbid.
const NotRebookable Reason = "NOT_REBOOKABLE"

// RebookCase is what a rebooking is judged by, beside the ticket and its rules:
// the departure it leaves and the one it goes to.
type RebookCase struct {
	Now      time.Time
	Departs  time.Time // of the old departure: last coach at the boarding stop, delays included
	Gone     bool      // the old coach has left the boarding stop
	Fault    Fault     // of the whole old departure; a ticket may have its own
	At       AskedAt
	Same     bool // the new departure is the old one
	SameLine bool
	SameDay  bool      // of service
	From, To StationNo // on the new departure
	Price    Money     // of the same kind there, today
}

// RebookQuote is what moving one ticket to another departure costs or gives
// back, and why. Credit − Price is what comes back, or what is still to pay.
type RebookQuote struct {
	Ticket  TicketID    `json:"ticket"`
	Paid    Money       `json:"paid"`   // for the old ticket
	Fee     Money       `json:"fee"`    // kept of it
	Credit  Money       `json:"credit"` // carried over: Paid − Fee
	Price   Money       `json:"price"`  // of the new ticket
	Free    bool        `json:"free"`   // by fault of carrier or station: it does not count
	Because Explanation `json:"because"`
}

// Difference is what the passenger still pays; negative: what comes back.
func (q RebookQuote) Difference() Money { return q.Price - q.Credit }

// QuoteRebook says whether a ticket may move to another departure and for what
// money (requirements 7.4); r is the version the ticket pins. By fault of
// carrier or station any departure between the same stations will do, it costs
// nothing even if it is dearer, and it does not count. That seats are free and
// the new departure is on sale is for others to say.
// Refusals: WrongState, ReceiptIsOut, Suspended, WrongWindow, Invalid for the
// same departure, NotRebookable naming the rule.
func QuoteRebook(t Ticket, c RebookCase, r *Rules) (RebookQuote, error) {
	if err := t.mayGoBack(MoveRebook, c.At); err != nil {
		return RebookQuote{}, err
	}
	if c.Same {
		return RebookQuote{}, Refuse(Invalid, "请选择另一个班次", "choose another departure").At("departure")
	}
	q := RebookQuote{Ticket: t.ID, Paid: t.Price, Credit: t.Price, Price: c.Price}
	if f := t.faultOf(c.Fault); f != "" {
		return t.freeRebook(q, f, c, r)
	}
	if err := t.mayRebook(c, r); err != nil {
		return RebookQuote{}, err
	}
	if err := t.priceFits(c, r); err != nil {
		return RebookQuote{}, err
	}
	q.Fee = min(t.Price.Share(r.RebookFee, r.RefundRounding), t.Price)
	q.Credit -= q.Fee
	zh, en := "改签不收手续费", "rebooking is free"
	if q.Fee > 0 {
		zh, en = "改签手续费 "+q.Fee.Yuan(), "the fee for rebooking is "+q.Fee.Yuan()
	}
	q.because("rebook_fee", zh, en, r, Given("times", t.Rebooked), Given("left", c.Departs.Sub(c.Now)))
	return q, nil
}

func (t Ticket) freeRebook(q RebookQuote, f Fault, c RebookCase, r *Rules) (RebookQuote, error) {
	if c.From != t.From || c.To != t.To {
		return RebookQuote{}, Refuse(NotRebookable, "免费改签只限原上下车站之间的班次", "free of charge only between the same stations").
			At("departure").By("refund_fault_free", r, Given("fault", string(f)))
	}
	q.Free, q.Price = true, min(c.Price, t.Price)
	w := faultWords[f]
	q.because("refund_fault_free", "因"+w[0]+"免费改签", w[1]+": rebooked free of charge", r, Given("fault", string(f)), Given("there", c.Price))
	return q, nil
}

// mayRebook judges how often, until when and to where.
func (t Ticket) mayRebook(c RebookCase, r *Rules) error {
	no := func(rule, zh, en string, in ...Input) error {
		return Refuse(NotRebookable, zh, en).By(rule, r, in...)
	}
	left := c.Departs.Sub(c.Now)
	late := left < 0 || c.Gone || t.State == TicketNoShow
	switch {
	case t.Rebooked >= r.RebookTimes:
		return no("rebook_times", fmt.Sprintf("每张车票最多改签 %d 次", r.RebookTimes), fmt.Sprintf("a ticket is rebooked at most %d time(s)", r.RebookTimes), Given("times", t.Rebooked))
	case !late && left < seconds(r.RebookUntil):
		zh, en := span(int64(r.RebookUntil))
		return no("rebook_until", "发车前 "+zh+"内不能改签", "within "+en+" of departure a ticket is not rebooked", Given("left", left))
	case late && !r.RebookDeparted && r.RebookGrace == 0:
		return no("rebook_departed", "班次已发车，不能改签", "the coach has left: too late to rebook", Given("left", left))
	case late && !r.RebookDeparted && -left > seconds(r.RebookGrace):
		zh, en := span(int64(r.RebookGrace))
		return no("rebook_grace", "发车超过 "+zh+"，不能改签", "more than "+en+" after departure a ticket is not rebooked", Given("left", left))
	case late && !r.RebookDeparted && !c.SameDay:
		return no("rebook_grace", "误车后只能改签当日班次", "after departure only to a departure of the same day", Given("left", left))
	case r.RebookSameLine && !c.SameLine:
		return no("rebook_same_line", "只能改签同一线路的班次", "only to a departure of the same line")
	case r.RebookSameStops && (c.From != t.From || c.To != t.To):
		return no("rebook_same_stops", "只能改签相同上下车站的班次", "only between the same stations")
	}
	return nil
}

func (t Ticket) priceFits(c RebookCase, r *Rules) error {
	given := []Input{Given("paid", t.Price), Given("price", c.Price)}
	switch {
	case r.RebookSamePrice && c.Price != t.Price:
		return Refuse(NotRebookable, "只能改签票价相同的班次", "only to a departure at the same price").By("rebook_same_price", r, given...)
	case c.Price < t.Price && !r.RebookCheaper:
		return Refuse(NotRebookable, "不能改签票价更低的班次", "not to a cheaper departure").By("rebook_cheaper", r, given...)
	}
	return nil
}

// because explains the quote: the terms first, then the sum.
func (q *RebookQuote) because(rule, zh, en string, r *Rules, in ...Input) {
	switch d := q.Difference(); {
	case d > 0:
		zh, en = zh+"，补差价 "+d.Yuan(), en+"; "+d.Yuan()+" more is to pay"
	case d < 0:
		zh, en = zh+"，退还差价 "+(-d).Yuan(), en+"; "+(-d).Yuan()+" comes back"
	default:
		zh, en = zh+"，票价无差额", en+"; no money changes hands"
	}
	in = append(in, Given("paid", q.Paid), Given("fee", q.Fee), Given("price", q.Price))
	q.Because = Explanation{Rule: rule, Version: r.Version, Inputs: in, ZH: zh, EN: en}
}

// Replace is a ticket as another one takes its place, on the terms that the new
// one took from its quote. Refusals WrongState, ReceiptIsOut: something happened
// to the old ticket since.
func Replace(old, next Ticket, r *Rules) (Ticket, RebookQuote, error) {
	q := RebookQuote{Ticket: old.ID, Paid: old.Price, Credit: old.Price, Price: next.Price, Free: next.Rebooked == old.Rebooked}
	if err := old.mayGoBack(MoveRebook, AskedAt{Window: true}); err != nil {
		return old, q, err
	}
	if !q.Free {
		q.Fee = min(old.Price.Share(r.RebookFee, r.RefundRounding), old.Price)
		q.Credit -= q.Fee
	}
	moved, err := old.Move(MoveRebook)
	if err != nil {
		return old, q, err
	}
	moved.Fee, moved.ReplacedBy = q.Fee, next.ID
	return moved, q, nil
}

// Take gives a new ticket what it has of the one it replaces: person, kind,
// children and how often it was rebooked.
func (q RebookQuote) Take(old, next Ticket) Ticket {
	next.Kind, next.Children, next.Person, next.Proof = old.Kind, old.Children, old.Person, old.Proof
	next.Price, next.Replaces, next.Rebooked, next.Corrected = q.Price, old.ID, old.Rebooked, old.Corrected
	if !q.Free {
		next.Rebooked++
	}
	return next
}

// Returned says that a ticket in this state is given back: its order owes
// nothing for it any more.
func (s TicketState) Returned() bool {
	return s == TicketRefunded || s == TicketVoided || s == TicketRebooked
}

// Due is what is to pay for an order: all of it, or what its credit leaves.
func (o Order) Due() Money { return max(o.Total-o.Credit, 0) }

// Excess is what of an order's credit goes back when it is issued.
func (o Order) Excess() Money { return max(o.Credit-o.Total, 0) }
