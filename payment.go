package chepiao

import "time"

// PaymentState is where one payment of an order is.
type PaymentState string

const (
	PaymentOpen      PaymentState = "pending"   // the channel waits for the payer
	PaymentPaid      PaymentState = "paid"      // the money is ours
	PaymentFail      PaymentState = "failed"    // the channel said no
	PaymentClosed    PaymentState = "closed"    // closed unpaid at the deadline
	PaymentReturning PaymentState = "returning" // came too late: being sent back whole
	PaymentReturned  PaymentState = "returned"
)

// PaymentChannel is how the money comes.
type PaymentChannel string

const (
	Cash    PaymentChannel = "cash"
	Sandbox PaymentChannel = "sandbox" // a practice wallet that behaves like a real one
)

// Payment is one attempt to pay an order.
type Payment struct {
	ID      string // ours, unique: the channel's merchant order number
	Order   OrderID
	Channel PaymentChannel
	Amount  Money
	State   PaymentState
	Created time.Time
	Version int64
}

// RefundState is how far money given back has come (requirements 6.5).
type RefundState string

const (
	RefundDue     RefundState = "due"     // decided, to be sent by the channel
	RefundSettled RefundState = "settled" // the channel, or the clerk's drawer, has paid it out
	RefundStuck   RefundState = "stuck"   // the channel refused: a person must look
)

// Payback is money on its way back to a payer.
type Payback struct {
	ID      string // unique: a refund is sent once however often it is tried
	Payment string
	Order   OrderID
	Channel PaymentChannel
	Amount  Money
	State   RefundState
	Created time.Time
	Tries   int
	Version int64
}
