package office

import (
	"context"
	"net/http"

	"chepiao"
)

// Notice takes in what the wallet posted, header and body as they came, and
// settles what it says, once, however often it comes. Errors: pay.ErrBadSignature,
// pay.ErrStale and pay.ErrMalformed for a notice that is not to be believed.
// Refusals: NotFound, also where no wallet is set up.
func (o *Office) Notice(ctx context.Context, header http.Header, body []byte) error {
	if o.wallet == nil {
		return chepiao.Refuse(chepiao.NotFound, "未开通线上支付", "no online payment is set up here")
	}
	r, err := o.wallet.ParseNotify(header, body)
	if err != nil {
		return err
	}
	return o.Notified(ctx, r)
}
