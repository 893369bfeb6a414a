package office

import (
	"context"
	"errors"
	"time"

	"chepiao"
	"chepiao/realname"
	"chepiao/store"
)

// HasNetworkID says whether passengers may sign in by the national network identity
// (网号, 网证).
func (o *Office) HasNetworkID() bool { return o.names != nil }

// NetworkIDPage is where a passenger confirms it, and comes back from with a token
// and the state that was given. Refusal NotFound where no service is set up.
func (o *Office) NetworkIDPage(back, state string) (string, error) {
	if o.names == nil {
		return "", noNetworkID
	}
	return o.names.PageURL(back, state), nil
}

var noNetworkID = chepiao.Refuse(chepiao.NotFound, "本系统未开通国家网络身份认证", "the national network identity is not set up here")

// SignInByNetworkID signs somebody in by the token that the national service gave
// them. We learn a pseudonym by it, neither name nor document nor phone; so the
// account is another one than that of their phone. Refusals: NotFound, CodeWrong
// for a token that is not good, Busy when the service does not answer.
func (o *Office) SignInByNetworkID(ctx context.Context, now time.Time, token string) (MemberSession, error) {
	if o.names == nil {
		return MemberSession{}, noNetworkID
	}
	notGood := chepiao.Refuse(chepiao.CodeWrong, "网络身份认证未通过或已失效，请重新认证", "the confirmation is not good, or not any more: please confirm again").At("token")
	if token == "" || len(token) > 1000 {
		return MemberSession{}, notGood
	}
	a, err := o.names.Confirm(ctx, now, token, chepiao.Name{}, chepiao.Document{})
	if errors.Is(err, realname.ErrUnreachable) {
		return MemberSession{}, chepiao.Refuse(chepiao.Busy, "网络身份认证服务暂时无法访问，请稍后再试，或用手机号登录", "the service of network identities does not answer: try later, or sign in by phone")
	}
	if err != nil {
		return MemberSession{}, err
	}
	if a.Verdict != chepiao.NameMatches || a.Network == "" {
		return MemberSession{}, notGood
	}
	return o.signIn(ctx, chepiao.NetworkIDToken(o.secret.node, a.Network), "netid", chepiao.Passenger{}, func(*store.Tx) (no, err error) { return nil, nil })
}
