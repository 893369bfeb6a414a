package chepiao

import (
	"fmt"
	"time"
)

// Reasons of receipts.
const (
	ReceiptIsOut    Reason = "RECEIPT_OUT"   // a receipt is with the passenger: it must come back first
	ReceiptNotOpen  Reason = "RECEIPT_EARLY" // not before the journey, except at a window that was told so
	ReceiptTimeOver Reason = "RECEIPT_OVER"  // too long after the journey
)

// More states of a receipt: an invoice that was reversed is issued once more,
// and if that one is reversed, too, there is no third.
const (
	ReceiptReinvoiced Receipt = "reinvoiced"
	ReceiptAnnulled   Receipt = "annulled"

	ReceiptInvoicing   Receipt = "invoicing"   // the tax service was asked for the invoice
	ReceiptReinvoicing Receipt = "reinvoicing" // for the second one
)

// ReceiptMove is a verb in the life of a ticket's receipt (报销凭证).
type ReceiptMove string

// The moves of a receipt.
const (
	ReceiptPrint     ReceiptMove = "print"     // a paper ticket with a serial of the stock
	ReceiptSurrender ReceiptMove = "surrender" // 回收: the paper comes back
	ReceiptAsk       ReceiptMove = "ask"       // 申请开票: the tax service shall make an invoice
	ReceiptDecline   ReceiptMove = "decline"   // it will not
	ReceiptInvoice   ReceiptMove = "invoice"   // an electronic invoice
	ReceiptReverse   ReceiptMove = "reverse"   // 红冲
	ReceiptSpoil     ReceiptMove = "spoil"     // 作废: the sheet jammed or was misprinted, and never left the counter
)

// receiptMoves is a receipt's whole life (requirements 6.4): paper and invoice
// exclude each other, and what is not listed is refused.
//
//	none ◀─ print, spoil ─▶ paper ── surrender ──▶ surrendered
//	 ├──── invoice ─▶ invoiced ── reverse ─▶ reversed ── invoice ─▶ reinvoiced ── reverse ─▶ annulled
//	 └ ask ▶ invoicing ┘ invoice               └ ask ▶ reinvoicing ┘ invoice
//
// Where a tax service is asked, its no leads back to where the asking began.
var receiptMoves = map[Receipt]map[ReceiptMove]Receipt{
	ReceiptNone:        {ReceiptPrint: ReceiptPaper, ReceiptAsk: ReceiptInvoicing, ReceiptInvoice: ReceiptInvoiced},
	ReceiptPaper:       {ReceiptSurrender: ReceiptSurrendered, ReceiptSpoil: ReceiptNone},
	ReceiptInvoicing:   {ReceiptInvoice: ReceiptInvoiced, ReceiptDecline: ReceiptNone},
	ReceiptInvoiced:    {ReceiptReverse: ReceiptReversed},
	ReceiptReversed:    {ReceiptAsk: ReceiptReinvoicing, ReceiptInvoice: ReceiptReinvoiced},
	ReceiptReinvoicing: {ReceiptInvoice: ReceiptReinvoiced, ReceiptDecline: ReceiptReversed},
	ReceiptReinvoiced:  {ReceiptReverse: ReceiptAnnulled},
}

// Out says that the receipt is with the passenger, or on its way there: while it
// is, no money goes back and nothing is rebooked.
func (r Receipt) Out() bool {
	return r == ReceiptPaper || r == ReceiptInvoiced || r == ReceiptReinvoiced || r.underWay()
}

// underWay says that the tax service was asked and has not answered.
func (r Receipt) underWay() bool { return r == ReceiptInvoicing || r == ReceiptReinvoicing }

// Text is the state of a receipt in words; "" for none.
func (r Receipt) Text() (zh, en string) {
	w := receiptWords[r]
	return w[0], w[1]
}

var receiptWords = map[Receipt][2]string{
	ReceiptPaper: {"纸质报销凭证已打印", "paper receipt issued"}, ReceiptSurrendered: {"纸质报销凭证已收回", "paper receipt taken back"},
	ReceiptInvoiced: {"电子发票已开具", "invoice issued"}, ReceiptReversed: {"电子发票已红冲", "invoice reversed"},
	ReceiptInvoicing: {"正在开具电子发票", "invoice being issued"}, ReceiptReinvoicing: {"正在重开电子发票", "invoice being issued again"},
	ReceiptReinvoiced: {"电子发票已重开", "invoice issued again"}, ReceiptAnnulled: {"重开的发票已红冲", "second invoice reversed"},
}

// receiptNoMax bounds a paper serial or an invoice's number (requirements 4.1).
const receiptNoMax = 20

// ReceiptCase is what a move of a receipt is judged by.
type ReceiptCase struct {
	Now     time.Time
	Departs time.Time // last coach at the boarding stop, delays included
	At      AskedAt
	No      string // paper serial or invoice number: the new one, or the one that comes back
	Early   bool   // the passenger was warned that it binds the ticket to the window
}

// MoveReceipt moves the receipt of a ticket. It opens some minutes after
// departure and stays open for some months (requirements 11.3); a window may
// print before, once the passenger was warned. Paper is taken back at a window
// only, by its serial. Refusals: WrongState for a ticket that carries nobody or
// a move that the receipt's table does not have, ReceiptIsOut when the other
// kind is out, Invalid at no, WrongWindow, ReceiptNotOpen, ReceiptTimeOver.
func (t Ticket) MoveReceipt(m ReceiptMove, c ReceiptCase, r *Rules) (Ticket, error) {
	next, ok := receiptMoves[t.Receipt][m]
	switch {
	case !ok && t.Receipt.Out():
		zh, en := t.Receipt.Text()
		return t, Refuse(ReceiptIsOut, zh+"，不能办理", en+": this cannot be done now")
	case !ok:
		return t, Refuse(WrongState, "该车票的报销凭证不能这样办理", "this cannot be done with the ticket's receipt")
	case m != ReceiptAsk && m != ReceiptDecline && (len(c.No) == 0 || len(c.No) > receiptNoMax || !plainText(c.No)):
		return t, Refuse(Invalid, fmt.Sprintf("凭证号应为 1 到 %d 位字母或数字", receiptNoMax), fmt.Sprintf("the number has 1 to %d letters or digits", receiptNoMax)).At("no")
	case m == ReceiptSpoil && !c.At.Window:
		return t, Refuse(WrongWindow, "只有打印它的窗口可以作废", "only the window that printed it can spoil it")
	case m == ReceiptSurrender && !c.At.Window:
		return t, Refuse(WrongWindow, "请到窗口交回报销凭证", "the paper is taken back at a window")
	case (m == ReceiptSurrender || m == ReceiptReverse || m == ReceiptSpoil) && c.No != t.ReceiptNo:
		return t, Refuse(Invalid, "凭证号与开出的不符", "that is not the number of this ticket's receipt").At("no")
	}
	if m == ReceiptPrint || m == ReceiptAsk || m == ReceiptInvoice && !t.Receipt.underWay() {
		if err := t.mayHaveReceipt(c, r); err != nil {
			return t, err
		}
	}
	t.Receipt = next
	if m != ReceiptAsk && m != ReceiptDecline {
		t.ReceiptNo = c.No
	}
	if next == ReceiptNone {
		t.ReceiptNo = ""
	}
	t.Version++
	return t, nil
}

// LacksReceipt says that somebody has travelled and could have a receipt or an invoice,
// but has none.
func (t Ticket) LacksReceipt() bool {
	travelled := t.State == TicketDeparted || t.State == TicketUsed
	return travelled && (t.Receipt == ReceiptNone || t.Receipt == ReceiptSurrendered || t.Receipt == ReceiptReversed)
}

// ReceiptReminded is the service day whose passengers are reminded today: the time in
// which they can have a receipt ends in receipt_remind days.
func (r *Rules) ReceiptReminded(today Day) Day {
	return today - Day(max(r.ReceiptDays-r.ReceiptRemind, 1))
}

func (t Ticket) mayHaveReceipt(c ReceiptCase, r *Rules) error {
	switch t.State {
	case TicketValid, TicketChecked, TicketDeparted, TicketUsed:
	default:
		zh, en := t.State.Text()
		return Refuse(WrongState, "车票"+zh+"，不能开具报销凭证", "the ticket "+en+": it has no receipt")
	}
	opens, closes := c.Departs.Add(seconds(r.ReceiptOpens)), c.Departs.Add(time.Duration(r.ReceiptDays)*24*time.Hour)
	since := c.Now.Sub(c.Departs)
	switch {
	case c.Now.After(closes):
		return receiptTimeOver(c, r)
	case c.Now.Before(opens) && !c.At.Window:
		zh, en := span(int64(r.ReceiptOpens))
		return Refuse(ReceiptNotOpen, "发车 "+zh+"后才能开具报销凭证", "receipts are given from "+en+" after departure").By("receipt_opens", r, Given("since", since))
	case c.Now.Before(opens) && !c.Early:
		return Refuse(ReceiptNotOpen, "尚未乘车：打印后退票、改签须先到窗口交回凭证，请旅客确认", "before the journey: a refund or rebooking will then need the paper back at a window; ask the passenger first").
			At("early").By("receipt_opens", r, Given("since", since))
	}
	return nil
}

// plainText says that a text has ASCII letters and digits only.
func plainText(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
