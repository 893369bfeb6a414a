package chepiao

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// InvoiceID is our number of an electronic invoice (电子发票), and the one under
// which the tax service makes it once. It prints as FP, the digits and a check digit.
type InvoiceID int64

func (id InvoiceID) String() string { return printNumber("FP", int64(id)) }

// ParseInvoiceID reads an invoice's number of ours. Refusal Invalid.
func ParseInvoiceID(s string) (InvoiceID, error) {
	n, err := parseNumber("FP", s, "invoice")
	return InvoiceID(n), err
}

func (id InvoiceID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *InvoiceID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseInvoiceID(string(b))
	return err
}

// InvoiceFor is what an invoice is for.
type InvoiceFor string

const (
	InvoiceFare InvoiceFor = "fare" // the journey
	InvoiceFee  InvoiceFor = "fee"  // what was kept when the ticket was refunded or rebooked
)

// InvoiceState is how far an invoice has come. What is asked and reversing is
// with the tax service; nothing else may happen meanwhile.
//
//	asked ─▶ issued ─▶ reversing ─▶ reversed
//	  └▶ declined  ▲──────┘ declined
type InvoiceState string

const (
	InvoiceAsked     InvoiceState = "asked"
	InvoiceIssued    InvoiceState = "issued"
	InvoiceDeclined  InvoiceState = "declined" // the tax service will not make it: Why says why
	InvoiceReversing InvoiceState = "reversing"
	InvoiceReversed  InvoiceState = "reversed" // 红冲: a red invoice takes the blue one back
)

// Live says that the invoice stands, or soon will.
func (s InvoiceState) Live() bool {
	return s == InvoiceAsked || s == InvoiceIssued || s == InvoiceReversing
}

// Text is the state in words.
func (s InvoiceState) Text() (zh, en string) {
	w := map[InvoiceState][2]string{
		InvoiceAsked: {"正在开具", "being issued"}, InvoiceIssued: {"已开具", "issued"}, InvoiceDeclined: {"未能开具", "declined"},
		InvoiceReversing: {"正在红冲", "being reversed"}, InvoiceReversed: {"已红冲", "reversed"},
	}[s]
	return w[0], w[1]
}

// InvoiceBuyer is who an invoice is made out to. A person's is in the name on the
// ticket, which stands nowhere but there; a company has a title and a tax number.
// Neither is in the journal.
type InvoiceBuyer struct {
	Company bool   `json:"company,omitempty"`
	Title   string `json:"-"`
	TaxNo   string `json:"-"` // unified social credit code
}

// Check refuses Invalid at title or tax_no.
func (b InvoiceBuyer) Check() error {
	if !b.Company {
		return nil
	}
	n := utf8.RuneCountInString(b.Title)
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	if n < 2 || n > 100 || strings.TrimSpace(b.Title) != b.Title || strings.ContainsFunc(b.Title, odd) {
		return Refuse(Invalid, "单位名称应为 2 到 100 个字", "the company's name has 2 to 100 characters").At("title")
	}
	return CheckTaxNo(b.TaxNo)
}

// The characters of a unified social credit code, by value: no I, O, S, V and Z.
const taxDigits = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CheckTaxNo refuses what is no unified social credit code (统一社会信用代码): 18
// characters, the last one a check character, GB 32100-2015. Refusal Invalid at
// tax_no.
func CheckTaxNo(s string) error {
	wrong := Refuse(Invalid, "纳税人识别号应为 18 位统一社会信用代码，请核对", "the tax number is an 18-character unified social credit code: please check it").At("tax_no")
	if len(s) != 18 {
		return wrong
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(taxDigits, s[i])
		if v < 0 || i >= 2 && i < 8 && !isDigit(s[i]) { // the region of registration
			return wrong
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	if taxDigits[(31-sum%31)%31] != s[17] {
		return wrong
	}
	return nil
}

// CleanTaxNo is a tax number as it is written: capitals, no spaces.
func CleanTaxNo(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(s), ""))
}

// Invoice is one electronic invoice of a ticket.
type Invoice struct {
	ID       InvoiceID    `json:"id"`
	Ticket   TicketID     `json:"ticket"`
	Order    OrderID      `json:"order"`
	For      InvoiceFor   `json:"for"`
	State    InvoiceState `json:"state"`
	Amount   Money        `json:"amount"`
	Buyer    InvoiceBuyer `json:"buyer"`
	Asked    time.Time    `json:"asked"`
	Number   string       `json:"number,omitempty"` // the tax service's, of the blue invoice
	Issued   time.Time    `json:"issued,omitzero"`
	Red      string       `json:"red,omitempty"` // the number of the red one
	Reversed time.Time    `json:"reversed,omitzero"`
	Why      string       `json:"why,omitempty"`   // code of the tax service's last no
	Again    bool         `json:"again,omitempty"` // one was reversed before: there is no third
	Typed    bool         `json:"typed,omitempty"` // made elsewhere, its number typed by a clerk
	Version  int64        `json:"version"`
}

// AskInvoice asks for the invoice of a ticket's fare or of its fee. earlier are the
// ticket's invoices so far. The fare's invoice excludes a paper receipt and is had
// when receipts are (Ticket.MoveReceipt); the fee's as soon as the ticket was given
// back or rebooked. Each is made once, and once more after it was reversed.
// Refusals: those of MoveReceipt and InvoiceBuyer.Check, WrongState, ReceiptIsOut,
// ReceiptTimeOver.
func (t Ticket) AskInvoice(what InvoiceFor, b InvoiceBuyer, earlier []Invoice, c ReceiptCase, r *Rules) (Ticket, Invoice, error) {
	v := Invoice{Ticket: t.ID, Order: t.Order, For: what, State: InvoiceAsked, Amount: t.Price - t.Lowered, Buyer: b, Asked: c.Now, Version: 1}
	if err := b.Check(); err != nil {
		return t, v, err
	}
	reversed := 0
	for _, e := range earlier {
		if e.For == what && e.State.Live() {
			zh, en := e.State.Text()
			return t, v, Refuse(ReceiptIsOut, "电子发票"+zh, "the invoice is "+en)
		}
		if e.For == what && e.State == InvoiceReversed {
			reversed++
		}
	}
	v.Again = reversed > 0
	switch {
	case what == InvoiceFare && v.Amount <= 0, what == InvoiceFee && t.Fee <= 0:
		return t, v, Refuse(WrongState, "没有可开票的金额", "there is no sum to be invoiced")
	case what == InvoiceFare:
		moved, err := t.MoveReceipt(ReceiptAsk, c, r)
		return moved, v, err
	case what != InvoiceFee:
		return t, v, Refuse(Invalid, "请选择开票项目", "choose what the invoice is for").At("for")
	case t.State != TicketRefunded && t.State != TicketRebooked:
		return t, v, Refuse(WrongState, "该车票没有手续费", "no fee was kept of this ticket")
	case reversed > 1:
		return t, v, Refuse(WrongState, "已重开过一次，不能再开", "it was issued again once: there is no third")
	case c.Now.After(c.Departs.Add(time.Duration(r.ReceiptDays) * 24 * time.Hour)):
		return t, v, receiptTimeOver(c, r)
	}
	v.Amount = t.Fee
	return t, v, nil
}

func receiptTimeOver(c ReceiptCase, r *Rules) *Refusal {
	return Refuse(ReceiptTimeOver, fmt.Sprintf("乘车后超过 %d 天，不再开具报销凭证", r.ReceiptDays), fmt.Sprintf("receipts are given for %d days after the journey", r.ReceiptDays)).
		By("receipt_days", r, Given("since", c.Now.Sub(c.Departs)))
}

// invoiceMoves is an invoice's whole life; what is not listed is refused.
var invoiceMoves = map[InvoiceState][]InvoiceState{
	InvoiceAsked:     {InvoiceIssued, InvoiceDeclined},
	InvoiceIssued:    {InvoiceReversing, InvoiceReversed},
	InvoiceReversing: {InvoiceReversed, InvoiceIssued},
}

// Become moves an invoice. Only one whose number was typed is reversed without
// asking the tax service. Refusal WrongState.
func (v Invoice) Become(s InvoiceState) (Invoice, error) {
	if !slices.Contains(invoiceMoves[v.State], s) || v.State == InvoiceIssued && (s == InvoiceReversed) != v.Typed {
		zh, en := v.State.Text()
		return v, Refuse(WrongState, "电子发票"+zh+"，不能这样办理", "the invoice is "+en+": this cannot be done now").At("invoice")
	}
	v.State = s
	v.Version++
	return v, nil
}

// InvoiceMoved is the event of an invoice that was asked for, issued, declined or
// reversed: Detail has it as it stands.
const InvoiceMoved EventKind = "invoice_moved"
