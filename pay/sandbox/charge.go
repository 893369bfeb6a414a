package sandbox

import (
	"time"

	"chepiao"
	"chepiao/pay"
)

// charge is everything the wallet knows about one charge; it is also the
// form in which it is kept in the file.
type charge struct {
	pay.Charge
	Token       string               `json:"token"` // the secret part of the checkout's address
	State       chepiao.PaymentState `json:"state"` // as last decided; ask stateAt
	Created     time.Time            `json:"created"`
	PaidAt      time.Time            `json:"paid_at,omitzero"`
	Transaction string               `json:"transaction,omitempty"`
	Late        bool                 `json:"late,omitempty"` // paid after it was closed
	Refunds     []pay.RefundResult   `json:"refunds,omitempty"`
	Notice      *notice              `json:"notice,omitempty"` // nil until there is something to tell
}

// An outcome is what the payer does at the checkout.
type outcome string

const (
	success    outcome = "success"
	failure    outcome = "failure"
	later      outcome = "later"       // leaves without paying; the charge stays pending
	lateNotice outcome = "late_notice" // success, but the notice comes some seconds later
)

// stateAt is the charge's state at a time: nobody can pay from Expires on.
func (c *charge) stateAt(now time.Time) chepiao.PaymentState {
	if c.State == chepiao.PaymentPending && !now.Before(c.Expires) {
		return chepiao.PaymentClosed
	}
	return c.State
}

// payable says whether the payer can still decide. lateSuccess is the switch
// that lets a closed charge be paid, as happens to a payer who was typing the
// password at that moment.
func (c *charge) payable(now time.Time, lateSuccess bool) bool {
	state := c.stateAt(now)
	return state == chepiao.PaymentPending || (lateSuccess && state == chepiao.PaymentClosed)
}

// settle applies what the payer did and says whether that was possible. A
// payer who fails to pay a closed charge leaves it closed.
func (c *charge) settle(o outcome, delay time.Duration, now time.Time, transaction string, lateSuccess bool) bool {
	if !c.payable(now, lateSuccess) {
		return false
	}
	closed := c.stateAt(now) == chepiao.PaymentClosed
	switch o {
	case success, lateNotice:
		c.State, c.PaidAt, c.Transaction, c.Late = chepiao.PaymentPaid, now, transaction, closed
		c.Notice = &notice{State: waiting, Due: now}
		if o == lateNotice {
			c.Notice.Due = now.Add(delay)
		}
	case failure:
		if !closed {
			c.State = chepiao.PaymentFailed
			c.Notice = &notice{State: waiting, Due: now}
		}
	case later:
	default:
		return false
	}
	return true
}

// close ends a pending charge; any other keeps its state.
func (c *charge) close(now time.Time) {
	if c.stateAt(now) == chepiao.PaymentPending || c.stateAt(now) == chepiao.PaymentClosed {
		c.State = chepiao.PaymentClosed
	}
}

// refunded is the sum sent back or on its way.
func (c *charge) refunded() (sum chepiao.Money) {
	for _, r := range c.Refunds {
		sum += r.Amount
	}
	return sum
}

// refund sends an amount back, once per refund id: the caller has made sure
// that the id does not belong to another charge. While pending is set, new
// refunds stay due; asking again after it is off settles them. A refused
// refund leaves no trace, so a person may try it again.
func (c *charge) refund(in pay.RefundRequest, now time.Time, sw Switches) (pay.RefundResult, error) {
	for i := range c.Refunds {
		r := &c.Refunds[i]
		if r.ID != in.ID {
			continue
		}
		if r.Amount != in.Amount {
			return pay.RefundResult{}, pay.ErrMismatch
		}
		if !sw.RefundPending {
			r.State = chepiao.PaybackSettled
		}
		return *r, nil
	}
	switch {
	case c.State != chepiao.PaymentPaid:
		return pay.RefundResult{}, pay.ErrNotPaid
	case in.Amount > c.Amount-c.refunded():
		return pay.RefundResult{}, pay.ErrTooMuch
	case sw.RefundRefused:
		return pay.RefundResult{}, pay.ErrRefundRefused
	}
	r := pay.RefundResult{ID: in.ID, Charge: c.ID, Amount: in.Amount, State: chepiao.PaybackSettled, At: now}
	if sw.RefundPending {
		r.State = chepiao.PaybackDue
	}
	c.Refunds = append(c.Refunds, r)
	return r, nil
}

// result is what the merchant is told about the charge.
func (c *charge) result(now time.Time) pay.Result {
	return pay.Result{
		ID: c.ID, State: c.stateAt(now), Amount: c.Amount, Refunded: c.refunded(),
		Transaction: c.Transaction, PaidAt: c.PaidAt,
	}
}

// same says whether a repeated request to create asks for the same charge.
func (c *charge) same(d pay.Charge) bool {
	return c.ID == d.ID && c.Amount == d.Amount && c.Subject == d.Subject &&
		c.NotifyURL == d.NotifyURL && c.ReturnURL == d.ReturnURL && c.Expires.Equal(d.Expires)
}
