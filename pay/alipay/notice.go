package alipay

import (
	"fmt"
	"net/http"
	"net/url"

	"chepiao/pay"
)

// ParseNotify checks a notice's signature and that it is meant for this merchant. A
// notice that tells of a refund tells of a charge that is paid as well; how far
// the refund has come is asked for. Errors: ErrBadSignature, ErrMalformed.
func (c *Channel) ParseNotify(_ http.Header, body []byte) (pay.Notice, error) {
	if len(body) > pay.BodyBytesMax {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	for _, v := range values { // what is signed has each name once
		if len(v) != 1 {
			return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
		}
	}
	n, err := c.client.DecodeNotification(values)
	if err != nil || values.Get("sign_type") != "RSA2" {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrBadSignature)
	}
	if n.AppId != c.set.AppID || n.SellerId != c.set.SellerID {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w: it is for another merchant", pay.ErrBadSignature)
	}
	if n.NotifyType != "trade_status_sync" {
		return pay.Notice{}, nil
	}
	r, err := result(said{n.OutTradeNo, n.TradeNo, n.TradeStatus, n.TotalAmount, n.GmtPayment}, n.OutTradeNo)
	if err != nil {
		return pay.Notice{}, fmt.Errorf("reading a notice: %w", pay.ErrMalformed)
	}
	return pay.Notice{Charge: &r}, nil
}
