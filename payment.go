package chepiao

import "time"

// PaymentID is a payment's number, PaybackID that of money on its way back.
// They print as PY and PB, the digits and a check digit; a payment's printed
// number is the merchant order number at its channel.
type (
	PaymentID int64
	PaybackID int64
)

func (id PaymentID) String() string { return printNumber("PY", int64(id)) }
func (id PaybackID) String() string { return printNumber("PB", int64(id)) }

func (id PaymentID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
func (id PaybackID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// ParsePaymentID reads a payment's number. Refusal Invalid.
func ParsePaymentID(s string) (PaymentID, error) {
	n, err := parseNumber("PY", s, "payment")
	return PaymentID(n), err
}

func (id *PaymentID) UnmarshalText(b []byte) (err error) {
	*id, err = ParsePaymentID(string(b))
	return err
}

// ParsePaybackID reads a payback's number. Refusal Invalid.
func ParsePaybackID(s string) (PaybackID, error) {
	n, err := parseNumber("PB", s, "payback")
	return PaybackID(n), err
}

func (id *PaybackID) UnmarshalText(b []byte) (err error) {
	*id, err = ParsePaybackID(string(b))
	return err
}

// PaymentState is where one payment of an order is.
type PaymentState string

const (
	PaymentPending  PaymentState = "pending"  // the channel waits for the payer
	PaymentPaid     PaymentState = "paid"     // the money is ours
	PaymentFailed   PaymentState = "failed"   // the channel said no
	PaymentClosed   PaymentState = "closed"   // closed unpaid at the deadline
	PaymentReturned PaymentState = "returned" // came too late: sent back whole
)

// PaymentChannel is how the money comes.
type PaymentChannel string

const (
	Cash    PaymentChannel = "cash"
	Sandbox PaymentChannel = "sandbox" // a practice wallet that behaves like a real one
	WeChat  PaymentChannel = "wechat"  // 微信支付
	Alipay  PaymentChannel = "alipay"  // 支付宝
)

// PayWay is how a payer meets the channel.
type PayWay string

// The ways. Which of them a channel offers is its own affair.
const (
	PayByPage PayWay = "page" // a page of the channel's, in the browser of a phone or a desk
	PayInApp  PayWay = "app"  // within the channel's own app: WeChat's JSAPI
	PayByCode PayWay = "code" // the payer scans a code that window, kiosk or page shows
	PayByScan PayWay = "scan" // the clerk scans the code on the payer's phone
)

// Payment is one attempt to pay an order.
type Payment struct {
	ID      PaymentID      `json:"id"`
	Order   OrderID        `json:"order"`
	Channel PaymentChannel `json:"channel"`
	Amount  Money          `json:"amount"`
	State   PaymentState   `json:"state"`
	Created time.Time      `json:"created"`
	Shift   ShiftID        `json:"shift,omitempty"` // in whose drawer the money is counted; 0: nobody's
	Version int64          `json:"version"`
	PaymentMore
}

// PaymentMore is what cash has none of. It is stored in one column.
type PaymentMore struct {
	Way         PayWay `json:"way,omitempty"`
	Transaction string `json:"transaction,omitempty"` // the channel's own number, once paid
	Unsure      bool   `json:"unsure,omitempty"`      // closed here without the channel's word: it is asked until it has said so
}

// paymentMoves: what a payment may become. Money may still arrive after the
// channel was told to close, or after it seemed to fail.
var paymentMoves = map[PaymentState][]PaymentState{
	PaymentPending: {PaymentPaid, PaymentFailed, PaymentClosed, PaymentReturned},
	PaymentFailed:  {PaymentPaid, PaymentReturned},
	PaymentClosed:  {PaymentPaid, PaymentReturned},
}

// Become moves the payment. Refusal WrongState when it cannot.
func (p Payment) Become(s PaymentState) (Payment, error) {
	for _, next := range paymentMoves[p.State] {
		if next == s {
			p.State = s
			p.Version++
			return p, nil
		}
	}
	return p, Refuse(WrongState, "该笔支付已结束", "this payment is over")
}

// PaybackState is how far money given back has come (requirements 6.5).
type PaybackState string

const (
	PaybackDue     PaybackState = "due"     // decided, to be sent by the channel
	PaybackSent    PaybackState = "sent"    // the channel has taken it on: a bank may need days
	PaybackSettled PaybackState = "settled" // the channel, or the clerk's drawer, has paid it out
	PaybackStuck   PaybackState = "stuck"   // the channel refused: a person must look
)

// Payback is money on its way back to a payer. It is sent under its own number,
// so it is paid once however often the sending is tried.
type Payback struct {
	ID      PaybackID      `json:"id"`
	Payment PaymentID      `json:"payment"`
	Order   OrderID        `json:"order"`
	Channel PaymentChannel `json:"channel"`
	Amount  Money          `json:"amount"`
	State   PaybackState   `json:"state"`
	Created time.Time      `json:"created"`
	Tries   int            `json:"tries,omitempty"`
	Shift   ShiftID        `json:"shift,omitempty"` // out of whose drawer cash was handed; 0: nobody's
	Version int64          `json:"version"`
}
