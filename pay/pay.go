// Package pay takes money through a payment channel: an outside firm with
// which the passenger pays by phone. The office asks the channel to open a
// charge, sends the passenger to the channel's page, and learns how it ended
// in three ways: the channel's signed notice, a query, or the answer to
// closing the charge at the deadline. Closing is the one that decides: it says
// "paid" when the money was there first, "closed" when it can no longer come.
//
// A state is only ever what the channel has said. When nobody can be asked, or
// the answer cannot be trusted, there is no state but the error
// ErrUnreachable, and the office asks again later.
//
// What every channel can do is the interface Channel. Sandbox is a practice
// wallet (package pay/sandbox) that speaks HTTP and behaves as real ones do;
// package pay/wechat is WeChat Pay. Cash needs no channel: the clerk has it in
// hand.
package pay

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"

	"chepiao"
)

// Charge is a sum to be paid once, before a deadline.
type Charge struct {
	ID        string        `json:"id"`                   // the office's payment id: letters, digits, - and _, at most 64
	Amount    chepiao.Money `json:"amount"`               // fen, 1..AmountMax
	Subject   string        `json:"subject"`              // what the payer reads, at most 127 characters; never a person's name, number or phone
	NotifyURL string        `json:"notify_url"`           // where the channel posts its notice
	ReturnURL string        `json:"return_url,omitempty"` // where the payer's browser goes afterwards; may be empty
	Expires   time.Time     `json:"expires"`              // nobody can pay from here on; whole seconds

	Way      chepiao.PayWay `json:"-"` // how the payer meets the channel; "" is its usual way
	AuthCode string         `json:"-"` // PayByScan: the digits of the code on the payer's phone
	Payer    string         `json:"-"` // PayInApp: who pays, as the channel's app calls them (WeChat's openid)
	PayerIP  string         `json:"-"` // PayByPage: the payer's address, which some channels compare
}

// Created says where the payer can pay.
type Created struct {
	PayURL string `json:"pay_url"` // to open on the payer's own phone; comes back to ReturnURL
	QRText string `json:"qr_text"` // to show as a QR code at a window or kiosk; does not come back

	InApp  string  `json:"-"` // PayInApp: what the page passes to the app, as JSON
	Result *Result `json:"-"` // PayByScan: how it stands already
}

// Result is what the channel says about a charge. State is pending, paid,
// failed or closed and nothing else. Paid, failed and closed are final, but for
// one race that real channels have: a payer who was already typing the
// password may turn closed into paid.
type Result struct {
	ID          string               `json:"id"`
	State       chepiao.PaymentState `json:"state"`
	Amount      chepiao.Money        `json:"amount"`                // of the charge; the office compares it with the order
	Refunded    chepiao.Money        `json:"refunded"`              // sum sent back or on its way back
	Transaction string               `json:"transaction,omitempty"` // the channel's own number, once paid
	PaidAt      time.Time            `json:"paid_at,omitzero"`
}

// RefundResult is money on its way back to the payer. State is due (the
// channel has the order, the money is under way: ask again with the same
// refund), settled, or stuck (it cannot arrive where it was sent: a person must
// look).
type RefundResult struct {
	ID     string               `json:"id"`
	Charge string               `json:"charge"`
	Amount chepiao.Money        `json:"amount"`
	State  chepiao.PaybackState `json:"state"`
	At     time.Time            `json:"at"` // when the channel accepted it
}

// RefundRequest asks for money of a paid charge to be sent back, once per ID.
type RefundRequest struct {
	ID     string        `json:"id"`
	Charge string        `json:"charge"`
	Amount chepiao.Money `json:"amount"`

	Total     chepiao.Money `json:"-"` // of the charge, for channels that want to hear it
	NotifyURL string        `json:"-"` // where a channel that reports on refunds posts its notice
}

// Limits of what travels to and from a channel.
const (
	AmountMax       chepiao.Money = 100_000_00     // fen of one charge
	IDBytesMax                    = 64             // of charge and refund ids
	SubjectRunesMax               = 127            // as WeChat Pay's description
	URLBytesMax                   = 512            // of notify and return addresses
	LifeMax                       = 24 * time.Hour // from creation to Expires
	BodyBytesMax                  = 64 << 10       // of a request, an answer and a notice
)

// ErrUnreachable: the channel did not answer, or not in a way that can be
// trusted. What was asked may or may not have happened.
var ErrUnreachable = errors.New("the payment channel cannot be reached")

// Declined is a clear no of the channel, and its code in the protocol. Unlike
// ErrUnreachable it settles the matter: asking again changes nothing.
type Declined string

// The channel's refusals, to be compared with errors.Is.
const (
	ErrNotFound      Declined = "NOT_FOUND"      // the channel never saw this charge
	ErrMismatch      Declined = "ID_REUSED"      // the id was used before with other inputs
	ErrNotPaid       Declined = "NOT_PAID"       // a refund of what was not paid
	ErrTooMuch       Declined = "TOO_MUCH"       // the refunds would be more than the charge
	ErrExpired       Declined = "EXPIRED"        // a charge whose deadline has passed already
	ErrRefundRefused Declined = "REFUND_REFUSED" // the channel will not send it: a person must look, and may try again
	ErrMalformed     Declined = "MALFORMED"      // a field is missing or outside its limits
	ErrUnsigned      Declined = "UNSIGNED"       // the merchant's signature or its time is wrong
	ErrCode          Declined = "CODE_REFUSED"   // the code on the payer's phone is old, used or another firm's: scan again
	ErrFunds         Declined = "NO_FUNDS"       // the payer's balance or card does not cover it
	ErrNoBill        Declined = "NO_BILL"        // there is no bill of that day, or not yet
)

// Error names the code.
func (d Declined) Error() string { return "the payment channel declined: " + string(d) }

var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CheckID says what is wrong with a charge or refund id, nil if nothing.
func CheckID(id string) error {
	if !idShape.MatchString(id) {
		return fmt.Errorf("id must be 1 to %d letters, digits, - or _", IDBytesMax)
	}
	return nil
}

// Check says what is wrong with a charge, nil if nothing. Both sides of the
// protocol use it. It does not look at the clock.
func (c Charge) Check() error {
	if err := CheckID(c.ID); err != nil {
		return err
	}
	if err := checkAmount(c.Amount); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(c.Subject); n < 1 || n > SubjectRunesMax || !plain(c.Subject) {
		return fmt.Errorf("subject must be 1 to %d printable characters", SubjectRunesMax)
	}
	if !webAddress(c.NotifyURL) {
		return errors.New("notify_url must be an http or https address")
	}
	if c.ReturnURL != "" && !webAddress(c.ReturnURL) {
		return errors.New("return_url must be empty or an http or https address")
	}
	if c.Expires.IsZero() {
		return errors.New("expires is missing")
	}
	return nil
}

// Check says what is wrong with a refund's form, nil if nothing.
func (r RefundRequest) Check() error {
	if err := CheckID(r.ID); err != nil {
		return fmt.Errorf("refund %w", err)
	}
	if err := CheckID(r.Charge); err != nil {
		return fmt.Errorf("charge %w", err)
	}
	return checkAmount(r.Amount)
}

func checkAmount(m chepiao.Money) error {
	if m < 1 || m > AmountMax {
		return fmt.Errorf("amount must be 1 to %d fen", AmountMax)
	}
	return nil
}

func plain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func webAddress(s string) bool {
	if len(s) > URLBytesMax || !plain(s) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
