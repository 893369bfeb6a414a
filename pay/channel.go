package pay

import (
	"context"
	"net/http"
	"time"

	"chepiao"
)

// Channel is one outside firm, as every channel is to the office. Its methods
// may be called from many goroutines, and each may be repeated with the same
// ids: it does its work once. Errors are ErrUnreachable or a Declined.
type Channel interface {
	Name() chepiao.PaymentChannel
	// Ways are how a payer can meet this channel here, the usual one first.
	Ways() []chepiao.PayWay
	// Create opens a charge. The same charge again gets the same answer, or one
	// that is as good. Where the clerk scans the payer's code it takes the money
	// if it can: Created.Result says so.
	Create(context.Context, Charge) (Created, error)
	// Query asks how a charge stands. ErrNotFound: the channel never saw it.
	Query(ctx context.Context, id string) (Result, error)
	// Close ends a charge that has not been paid. The answer is never pending:
	// closed, or what the charge had become before.
	Close(ctx context.Context, id string) (Result, error)
	// Refund sends back an amount of a paid charge, once per refund id however
	// often it is asked, and never more than the charge in sum. Asking again is
	// how one learns what became of it.
	Refund(context.Context, RefundRequest) (RefundResult, error)
	// ParseNotify reads what the channel posted, header and body as received.
	// ErrBadSignature, ErrStale, ErrMalformed: it is not to be believed.
	ParseNotify(http.Header, []byte) (Notice, error)
	// Answer is what the channel wants to hear after a notice: err is nil when it
	// was taken in. With anything else it comes again.
	Answer(err error) (status int, contentType string, body []byte)
	// Bill is what the channel says has happened on a day of China's calendar.
	// ErrNoBill: it has not made the day's bill yet, or has none.
	Bill(ctx context.Context, day chepiao.Day) ([]BillLine, error)
}

// Notice is what a channel reports by itself: either how a charge ended or how
// a refund did.
type Notice struct {
	Charge *Result
	Refund *RefundResult
}

// BillLine is one movement of money in a channel's daily bill: money that came,
// or where Refund is set money that went back.
type BillLine struct {
	Charge      string        `json:"charge"`           // the merchant's number of the charge, as the channel wrote it
	Refund      string        `json:"refund,omitempty"` // the merchant's number of the refund; "" for money that came
	Undone      bool          `json:"undone,omitempty"` // all of the charge went back, under no refund of ours: a scan that was undone
	Transaction string        `json:"transaction"`      // the channel's own number of the charge
	Amount      chepiao.Money `json:"amount"`           // fen that came or went, always positive
	At          time.Time     `json:"at"`               // when, by the channel's clock
}

// China is the zone of a channel's bills and of the times in its messages: one
// zone without summer time since 1991.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)
