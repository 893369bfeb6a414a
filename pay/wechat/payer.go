package wechat

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"chepiao/pay"
)

// Addresses where WeChat says who its user is (OAuth 2, scope snsapi_base: only
// an openid, without asking the user).
const (
	authorizePage = "https://open.weixin.qq.com/connect/oauth2/authorize"
	tokenPage     = "https://api.weixin.qq.com/sns/oauth2/access_token"
)

var _ pay.PayerFinder = (*Channel)(nil)

// PayerPage is where a page that was opened inside WeChat is sent to learn who
// pays; WeChat comes back to the given address with ?code= and ?state=.
func (c *Channel) PayerPage(back, state string) string {
	page := authorizePage
	if c.set.URL != "" {
		page = c.set.URL + "/connect/oauth2/authorize"
	}
	q := url.Values{"appid": {c.set.AppID}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {state}}
	return page + "?" + q.Encode() + "#wechat_redirect"
}

// Payer is who came back with a code: pay.Charge.Payer for PayInApp. A code is
// good once. ErrUnreachable, ErrCode.
func (c *Channel) Payer(ctx context.Context, code string) (string, error) {
	q := url.Values{"appid": {c.set.AppID}, "secret": {c.set.AppSecret}, "code": {code}, "grant_type": {"authorization_code"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, tokenPage+"?"+q.Encode(), nil)
	if err != nil {
		return "", fmt.Errorf("learning who pays: %w", pay.ErrUnreachable)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("learning who pays: %w", unreachable(err)) // the address holds a secret
	}
	defer res.Body.Close()
	var answer struct {
		OpenID string `json:"openid"`
		Code   int    `json:"errcode"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, pay.BodyBytesMax)).Decode(&answer); err != nil {
		return "", fmt.Errorf("learning who pays: %w", pay.ErrUnreachable)
	}
	if answer.OpenID == "" || answer.Code != 0 {
		return "", fmt.Errorf("learning who pays: %w", pay.ErrCode)
	}
	return answer.OpenID, nil
}
