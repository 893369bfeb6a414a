package wechatsim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chepiao/pay"
	"chepiao/pay/practice"
)

// authorize says who the user is and goes back, without asking.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Host == "" || q.Get("appid") != s.keys.AppID || q.Get("response_type") != "code" {
		http.Error(w, "redirect_uri 参数错误", http.StatusBadRequest)
		return
	}
	code, err := pay.NewNonce(s.opt.Rand)
	if err != nil {
		http.Error(w, "fault", http.StatusInternalServerError)
		return
	}
	s.mu.Lock()
	s.asked["code-"+code] = true
	s.mu.Unlock()
	to := back.Query()
	to.Set("code", "code-"+code)
	to.Set("state", q.Get("state"))
	back.RawQuery = to.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// token gives the openid for a code, once. Each code is a payer of its own.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := strings.TrimPrefix(q.Get("code"), "code-")
	s.mu.Lock()
	good := s.asked[q.Get("code")]
	delete(s.asked, q.Get("code"))
	s.mu.Unlock()
	if !good || q.Get("appid") != s.keys.AppID || q.Get("secret") != s.keys.AppSecret || q.Get("grant_type") != "authorization_code" {
		say(w, http.StatusOK, []byte(`{"errcode":40029,"errmsg":"invalid code"}`))
		return
	}
	text, _ := json.Marshal(map[string]any{"access_token": "practice", "expires_in": 7200, "openid": "o" + code[:min(27, len(code))], "scope": "snsapi_base"})
	say(w, http.StatusOK, text)
}

// app is what WeChat's own app does when a page inside it calls
// getBrandWCPayRequest (pay.weixin.qq.com/doc/v3/merchant/4012791870): it believes
// what the merchant has signed, and nothing else, and the payer confirms. The page's
// call is the body, the answer what the page hears.
func (s *Server) app(w http.ResponseWriter, r *http.Request) {
	var in struct{ AppID, TimeStamp, NonceStr, Package, SignType, PaySign string }
	how := "fail"
	if json.NewDecoder(r.Body).Decode(&in) == nil && in.AppID == s.keys.AppID && in.SignType == "RSA" {
		hash := sha256.Sum256([]byte(in.AppID + "\n" + in.TimeStamp + "\n" + in.NonceStr + "\n" + in.Package + "\n"))
		signature, err := base64.StdEncoding.DecodeString(in.PaySign)
		if err == nil && rsa.VerifyPKCS1v15(&s.keys.Merchant.PublicKey, crypto.SHA256, hash[:], signature) == nil && s.confirm(in.Package) {
			how = "ok"
		}
	}
	text, _ := json.Marshal(map[string]string{"err_msg": "get_brand_wcpay_request:" + how})
	say(w, http.StatusOK, text)
}

// confirm pays the charge that the page was given.
func (s *Server) confirm(prepaid string) bool {
	token, ok := strings.CutPrefix(prepaid, "prepay_id=wx")
	all := s.Trades()
	at := slices.IndexFunc(all, func(t practice.Trade) bool { return ok && t.Kind == "JSAPI" && t.Token == token })
	return at >= 0 && s.Pay(all[at].ID, true)
}
