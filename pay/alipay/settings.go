package alipay

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"chepiao"
)

// Settings are what a merchant has from Alipay. Keys are PEM text, or the bare
// Base64 that Alipay's tool writes.
type Settings struct {
	AppID     string           // of the application in Alipay's open platform
	SellerID  string           // the merchant's own number (PID, 2088…): notices for another are not believed
	Key       string           // the application's private RSA key
	PublicKey string           // Alipay's public key
	Ways      []chepiao.PayWay // those that the merchant has a contract for
	URL       string           // gateway of a simulator or of Alipay's sandbox; "" is Alipay
}

// settingsFile is the form of the operator's file: keys lie in files of their own,
// named relative to this one.
type settingsFile struct {
	AppID         string           `json:"app_id"`
	SellerID      string           `json:"seller_id"`
	KeyFile       string           `json:"key_file"`
	PublicKeyFile string           `json:"alipay_public_key_file"`
	Ways          []chepiao.PayWay `json:"ways"`
	URL           string           `json:"url,omitempty"`
}

// ReadSettings reads the operator's file. Errors name files, never what is in
// them.
func ReadSettings(file string) (s Settings, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("reading the settings of Alipay: %w", err)
	}
	var f settingsFile
	if err := json.Unmarshal(text, &f); err != nil {
		return s, fmt.Errorf("reading the settings of Alipay: %s is not the JSON of docs/payments.md", file)
	}
	s = Settings{AppID: f.AppID, SellerID: f.SellerID, Ways: f.Ways, URL: f.URL}
	for name, into := range map[string]*string{f.KeyFile: &s.Key, f.PublicKeyFile: &s.PublicKey} {
		if name == "" {
			continue
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return s, fmt.Errorf("reading the settings of Alipay: %w", err)
		}
		*into = string(text)
	}
	return s, s.check()
}

// check says what is missing, nil if nothing.
func (s Settings) check() error {
	switch {
	case s.AppID == "" || s.SellerID == "" || s.Key == "" || s.PublicKey == "":
		return fmt.Errorf("Alipay: app_id, seller_id, the application's key and Alipay's public key are needed")
	case len(s.Ways) == 0:
		return fmt.Errorf("Alipay: say which ways of paying the contract has: page, code, scan")
	}
	for _, w := range s.Ways {
		if !slices.Contains([]chepiao.PayWay{chepiao.PayByPage, chepiao.PayByCode, chepiao.PayByScan}, w) {
			return fmt.Errorf("Alipay: there is no way of paying called %q", w)
		}
	}
	if s.URL != "" {
		if to, err := url.Parse(s.URL); err != nil || to.Host == "" || (to.Scheme != "http" && to.Scheme != "https") {
			return fmt.Errorf("Alipay: url must be an http or https address")
		}
	}
	return nil
}
