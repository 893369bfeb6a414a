package alipaysim

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Keys are what one merchant's application and Alipay know of each other.
type Keys struct {
	AppID, SellerID string
	App             *rsa.PrivateKey // the application's
	Alipay          *rsa.PrivateKey
}

// NewKeys draws keys of an invented merchant.
func NewKeys(random io.Reader) (k *Keys, err error) {
	k = &Keys{AppID: "2021000000000018", SellerID: "2088000000000018"}
	if k.App, err = rsa.GenerateKey(random, 2048); err == nil {
		k.Alipay, err = rsa.GenerateKey(random, 2048)
	}
	if err != nil {
		return nil, fmt.Errorf("drawing keys: %w", err)
	}
	return k, nil
}

// Save writes the merchant's half into a folder, as the operator of a hub would
// lay it down: alipay.json is what `chepiao hub --alipay` reads.
func (k *Keys) Save(folder, url string) (settings string, err error) {
	failed := func(err error) (string, error) { return "", fmt.Errorf("saving the practice merchant: %w", err) }
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return failed(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&k.Alipay.PublicKey)
	if err != nil {
		return failed(err)
	}
	text, err := json.MarshalIndent(map[string]any{
		"app_id": k.AppID, "seller_id": k.SellerID, "key_file": "app_private_key.pem", "alipay_public_key_file": "alipay_public_key.pem",
		"ways": []string{"page", "code", "scan"}, "url": url,
	}, "", "  ")
	if err != nil {
		return failed(err)
	}
	for name, content := range map[string][]byte{
		"alipay_key.pem":        privateText(k.Alipay), // the simulator's own half
		"app_private_key.pem":   privateText(k.App),
		"alipay_public_key.pem": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		"alipay.json":           text,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return failed(err)
		}
	}
	return filepath.Join(folder, "alipay.json"), nil
}

func privateText(k *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)})
}

// LoadKeys reads what Save wrote, so that a simulator that is started again knows
// its merchant. The error is fs.ErrNotExist where nothing was saved.
func LoadKeys(folder string) (*Keys, error) {
	failed := func(err error) (*Keys, error) { return nil, fmt.Errorf("reading the practice merchant: %w", err) }
	text, err := os.ReadFile(filepath.Join(folder, "alipay.json"))
	if err != nil {
		return failed(err)
	}
	var set struct {
		AppID    string `json:"app_id"`
		SellerID string `json:"seller_id"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return failed(err)
	}
	k := &Keys{AppID: set.AppID, SellerID: set.SellerID}
	for name, into := range map[string]**rsa.PrivateKey{"app_private_key.pem": &k.App, "alipay_key.pem": &k.Alipay} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return failed(err)
		}
		block, _ := pem.Decode(text)
		if block == nil {
			return failed(errors.New(name + " is not a PEM file"))
		}
		if *into, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
			return failed(err)
		}
	}
	return k, nil
}
