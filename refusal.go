package chepiao

import "errors"

// Reason names why the system says no. Programs compare reasons; people read
// the sentences of the Refusal.
type Reason string

// The reasons. The ones of a check (section "gate" of the glossary) are in
// check.go.
const (
	Invalid         Reason = "INVALID"          // a field is missing or malformed; Field names it
	NotFound        Reason = "NOT_FOUND"        // no such station, departure, order, ticket …
	PastDeparture   Reason = "PAST_DEPARTURE"   // the departure has left or its sale is over
	NotOnSaleYet    Reason = "NOT_ON_SALE_YET"  // beyond the advance-sale days
	SoldOut         Reason = "SOLD_OUT"         // not enough seats on the wanted legs
	SeatTaken       Reason = "SEAT_TAKEN"       // a chosen seat is not free
	TooMany         Reason = "TOO_MANY"         // over a limit: tickets an order, children …
	DuplicateRider  Reason = "DUPLICATE_RIDER"  // one document, one ticket per departure
	HoldExpired     Reason = "HOLD_EXPIRED"     // the hold's deadline has passed
	HoldLimit       Reason = "HOLD_LIMIT"       // the hold cannot be extended further
	WrongState      Reason = "WRONG_STATE"      // the move is not in the table of moves
	NotRefundable   Reason = "NOT_REFUNDABLE"   // outside the refund terms
	QuoteChanged    Reason = "QUOTE_CHANGED"    // the refund now differs from what was confirmed
	ReplayMismatch  Reason = "REPLAY_MISMATCH"  // same idempotency key, other inputs
	PaymentRefused  Reason = "PAYMENT_REFUSED"  // the channel refused the payment
	PaymentOpen     Reason = "PAYMENT_PENDING"  // another payment of the order is under way
	AmountMismatch  Reason = "AMOUNT_MISMATCH"  // the paid amount is not the order's total
	Unauthorized    Reason = "UNAUTHORIZED"     // no or wrong credential for this verb
	StopSale        Reason = "STOP_SALE"        // the channel's stop-sale time before departure has come
	DepartureClosed Reason = "DEPARTURE_CLOSED" // dispatched, stopped or otherwise closed
	Busy            Reason = "BUSY"             // a queue is full: try again soon
	NotOwner        Reason = "NOT_OWNER"        // another node of the province owns the order
	Restored        Reason = "RESTORED"         // restored from a backup: nothing is done until the operator has confirmed it
)

// A Refusal is the system saying no for a reason the passenger may hear.
// Every other error is a fault, told to the operator and never to the public.
// The sentences hold no personal data.
type Refusal struct {
	Reason Reason `json:"reason"`
	Field  string `json:"field,omitempty"` // the input that is wrong, as the API names it: "passengers[1].document.number"
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	// Because names the rule that said no, nil where no rule of the book did.
	Because *Explanation `json:"because,omitempty"`
}

// Refuse makes a refusal with its sentence in Chinese and English.
func Refuse(reason Reason, zh, en string) *Refusal {
	return &Refusal{Reason: reason, ZH: zh, EN: en}
}

// At returns the refusal with the field it is about.
func (r *Refusal) At(field string) *Refusal {
	c := *r
	c.Field = field
	return &c
}

// Error is the English sentence, so a refusal can travel as an error.
func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.EN }

// AsRefusal returns the refusal inside err, or nil when err is a fault or nil.
func AsRefusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// Why is the reason of the refusal inside err, or "" when there is none.
func Why(err error) Reason {
	if r := AsRefusal(err); r != nil {
		return r.Reason
	}
	return ""
}
