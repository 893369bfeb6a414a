package office

import (
	"context"
	"fmt"
	"net/http"

	"chepiao"
	"chepiao/pay"
)

// Reply is what a channel wants to hear after it has posted a notice.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Notice takes in what a channel posted, header and body as they came, settles
// what it says, once, however often it comes, and answers in the channel's own
// words. The error is for the log and says nothing to the channel.
// Refusal NotFound where the channel is not set up: there is no answer then.
func (o *Office) Notice(ctx context.Context, name chepiao.PaymentChannel, header http.Header, body []byte) (Reply, error) {
	c := o.channel(name)
	if c == nil {
		return Reply{}, chepiao.Refuse(chepiao.NotFound, "未开通该支付渠道", "this payment channel is not set up here").At("channel")
	}
	n, err := c.ParseNotify(header, body)
	if err == nil {
		err = o.Notified(ctx, name, n)
	}
	var r Reply
	r.Status, r.ContentType, r.Body = c.Answer(err)
	if err != nil {
		err = fmt.Errorf("taking in a notice of %s: %w", name, err)
	}
	return r, err
}

// Notified settles what a channel has reported, about a charge or a refund of
// its own.
func (o *Office) Notified(ctx context.Context, name chepiao.PaymentChannel, n pay.Notice) error {
	if n.Refund != nil {
		return o.settleRefund(ctx, name, *n.Refund)
	}
	if n.Charge == nil {
		return nil // about something that we do not follow
	}
	id, err := chepiao.ParsePaymentID(n.Charge.ID)
	if err != nil {
		return err
	}
	return o.settleResult(ctx, name, id, *n.Charge)
}
