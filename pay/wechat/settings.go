package wechat

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"chepiao"
)

// Settings are what a merchant has from WeChat Pay. Keys are PEM text.
type Settings struct {
	AppID       string           // of the official account or app that is bound to the merchant
	MchID       string           // the merchant's number
	Serial      string           // of the merchant's API certificate
	Key         *rsa.PrivateKey  // of the same
	V3Key       string           // 32 characters: opens notices and certificates
	PublicKeyID string           // PUB_KEY_ID_…; "" where platform certificates are still in use
	PublicKey   *rsa.PublicKey   // of WeChat Pay, under that id
	Ways        []chepiao.PayWay // those that the merchant has a contract for
	URL         string           // of a simulator; "" is WeChat Pay
	AppSecret   string           // to learn who pays inside WeChat; "" without the way "app"
}

// settingsFile is the form of the operator's file: everything secret lies in
// files of its own, named relative to this one.
type settingsFile struct {
	AppID         string           `json:"appid"`
	MchID         string           `json:"mchid"`
	Serial        string           `json:"serial"`
	KeyFile       string           `json:"key_file"`
	V3KeyFile     string           `json:"api_v3_key_file"`
	PublicKeyID   string           `json:"public_key_id,omitempty"`
	PublicKeyFile string           `json:"public_key_file,omitempty"`
	Ways          []chepiao.PayWay `json:"ways"`
	URL           string           `json:"url,omitempty"`
	AppSecretFile string           `json:"app_secret_file,omitempty"`
}

// ReadSettings reads the operator's file. Errors name files, never what is in
// them.
func ReadSettings(file string) (s Settings, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("reading the settings of WeChat Pay: %w", err)
	}
	var f settingsFile
	if err := json.Unmarshal(text, &f); err != nil {
		return s, fmt.Errorf("reading the settings of WeChat Pay: %s is not the JSON of docs/payments.md", file)
	}
	s = Settings{AppID: f.AppID, MchID: f.MchID, Serial: f.Serial, PublicKeyID: f.PublicKeyID, Ways: f.Ways, URL: f.URL}
	read := func(name string) string {
		if name == "" || err != nil {
			return ""
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		text, readErr := os.ReadFile(name)
		if readErr != nil {
			err = fmt.Errorf("reading the settings of WeChat Pay: %w", readErr)
		}
		return strings.TrimSpace(string(text))
	}
	key, public := read(f.KeyFile), read(f.PublicKeyFile)
	s.V3Key, s.AppSecret = read(f.V3KeyFile), read(f.AppSecretFile)
	if err != nil {
		return s, err
	}
	if s.Key, err = utils.LoadPrivateKey(key); err != nil {
		return s, fmt.Errorf("reading the settings of WeChat Pay: %s holds no private key", f.KeyFile)
	}
	if public != "" {
		if s.PublicKey, err = utils.LoadPublicKey(public); err != nil {
			return s, fmt.Errorf("reading the settings of WeChat Pay: %s holds no public key", f.PublicKeyFile)
		}
	}
	return s, s.check()
}

// check says what is missing, nil if nothing.
func (s Settings) check() error {
	switch {
	case s.AppID == "" || s.MchID == "" || s.Serial == "" || s.Key == nil:
		return fmt.Errorf("WeChat Pay: appid, mchid, serial and the merchant's key are needed")
	case len(s.V3Key) != 32:
		return fmt.Errorf("WeChat Pay: the APIv3 key must have 32 characters")
	case (s.PublicKeyID == "") != (s.PublicKey == nil):
		return fmt.Errorf("WeChat Pay: the public key and its id go together")
	case len(s.Ways) == 0:
		return fmt.Errorf("WeChat Pay: say which ways of paying the contract has: page, app, code, scan")
	case slices.Contains(s.Ways, chepiao.PayInApp) && s.AppSecret == "":
		return fmt.Errorf("WeChat Pay: the way app needs the app's secret")
	}
	for _, w := range s.Ways {
		if !slices.Contains([]chepiao.PayWay{chepiao.PayByPage, chepiao.PayInApp, chepiao.PayByCode, chepiao.PayByScan}, w) {
			return fmt.Errorf("WeChat Pay: there is no way of paying called %q", w)
		}
	}
	return nil
}
