package wechatsim

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chepiao/pay"
)

// Keys are what one merchant and WeChat Pay know of each other.
type Keys struct {
	AppID, MchID, AppSecret string
	Merchant                *rsa.PrivateKey
	MerchantSerial          string
	V3Key                   string // 32 characters
	Platform                *rsa.PrivateKey
	Certificate             []byte // of the platform, PEM
	PlatformSerial          string
	PublicKeyID             string // "": the merchant checks by certificates
}

// NewKeys draws keys of an invented merchant. With certificates the merchant
// fetches the platform's; else it knows the platform's public key.
func NewKeys(random io.Reader, now time.Time, certificates bool) (k *Keys, err error) {
	k = &Keys{AppID: "wx0000practice0000", MchID: "1900000001"}
	if k.Merchant, err = rsa.GenerateKey(random, 2048); err == nil {
		k.Platform, err = rsa.GenerateKey(random, 2048)
	}
	if err != nil {
		return nil, fmt.Errorf("drawing keys: %w", err)
	}
	draw := func() string {
		text, drawErr := pay.NewNonce(random)
		if drawErr != nil {
			err = drawErr
		}
		return text
	}
	k.V3Key, k.AppSecret, k.MerchantSerial = draw(), draw(), strings.ToUpper(draw())
	if err != nil {
		return nil, err
	}
	if !certificates {
		k.PublicKeyID = "PUB_KEY_ID_0119000000012026110100000001"
	}
	return k, k.certify(random, now)
}

// certify makes the platform's certificate, as WeChat Pay's own authority would.
func (k *Keys) certify(random io.Reader, now time.Time) error {
	serial := big.NewInt(0x7e57)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "practice platform of WeChat Pay"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(5 * 365 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(random, template, template, &k.Platform.PublicKey, k.Platform)
	if err != nil {
		return fmt.Errorf("making the platform's certificate: %w", err)
	}
	k.Certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	k.PlatformSerial = strings.ToUpper(hex.EncodeToString(serial.Bytes()))
	return nil
}

// Save writes the merchant's half into a folder, as the operator of a hub would
// lay it down: wechat.json is what `chepiao hub --wechat` reads.
func (k *Keys) Save(folder, url string) (settings string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("saving the practice merchant: %w", err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(k.Merchant)
	if err != nil {
		return "", fmt.Errorf("saving the practice merchant: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&k.Platform.PublicKey)
	if err != nil {
		return "", fmt.Errorf("saving the practice merchant: %w", err)
	}
	set := map[string]any{
		"appid": k.AppID, "mchid": k.MchID, "serial": k.MerchantSerial, "key_file": "apiclient_key.pem", "api_v3_key_file": "api_v3_key",
		"app_secret_file": "app_secret", "ways": []string{"page", "app", "code", "scan"}, "url": url,
	}
	if k.PublicKeyID != "" {
		set["public_key_id"], set["public_key_file"] = k.PublicKeyID, "pub_key.pem"
	}
	text, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return "", fmt.Errorf("saving the practice merchant: %w", err)
	}
	platform, err := x509.MarshalPKCS8PrivateKey(k.Platform)
	if err != nil {
		return "", fmt.Errorf("saving the practice merchant: %w", err)
	}
	for name, content := range map[string][]byte{
		"platform_key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: platform}), // the simulator's own half
		"apiclient_key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"pub_key.pem":       pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		"api_v3_key":        []byte(k.V3Key), "app_secret": []byte(k.AppSecret), "wechat.json": text,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return "", fmt.Errorf("saving the practice merchant: %w", err)
		}
	}
	return filepath.Join(folder, "wechat.json"), nil
}

// LoadKeys reads what Save wrote, so that a simulator that is started again knows
// its merchant. The error is fs.ErrNotExist where nothing was saved.
func LoadKeys(folder string, random io.Reader, now time.Time) (*Keys, error) {
	var set struct {
		AppID  string `json:"appid"`
		MchID  string `json:"mchid"`
		Serial string `json:"serial"`
		Public string `json:"public_key_id"`
	}
	files := map[string][]byte{}
	for _, name := range []string{"wechat.json", "apiclient_key.pem", "platform_key.pem", "api_v3_key", "app_secret"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("reading the practice merchant: %w", err)
		}
		files[name] = text
	}
	if err := json.Unmarshal(files["wechat.json"], &set); err != nil {
		return nil, fmt.Errorf("reading the practice merchant: %w", err)
	}
	k := &Keys{AppID: set.AppID, MchID: set.MchID, MerchantSerial: set.Serial, PublicKeyID: set.Public, V3Key: string(files["api_v3_key"]), AppSecret: string(files["app_secret"])}
	var err error
	if k.Merchant, err = readKey(files["apiclient_key.pem"]); err == nil {
		k.Platform, err = readKey(files["platform_key.pem"])
	}
	if err != nil {
		return nil, err
	}
	return k, k.certify(random, now)
}

func readKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("reading the practice merchant: not a PEM file")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the practice merchant: %w", err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("reading the practice merchant: not an RSA key")
	}
	return private, nil
}

// resource is an encrypted part of a message: AEAD_AES_256_GCM under the APIv3
// key.
type resource struct {
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	OriginalType   string `json:"original_type,omitempty"`
	Nonce          string `json:"nonce"`
}

func (s *Server) seal(v3, kind string, content any) (resource, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return resource{}, fmt.Errorf("sealing: %w", err)
	}
	return s.sealBytes(v3, kind, text)
}

func (s *Server) sealBytes(v3, kind string, text []byte) (resource, error) {
	block, err := aes.NewCipher([]byte(v3))
	if err != nil {
		return resource{}, fmt.Errorf("sealing: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return resource{}, fmt.Errorf("sealing: %w", err)
	}
	long, err := pay.NewNonce(s.opt.Rand)
	if err != nil {
		return resource{}, err
	}
	nonce := long[:gcm.NonceSize()]
	sealed := gcm.Seal(nil, []byte(nonce), text, []byte(kind))
	return resource{"AEAD_AES_256_GCM", base64.StdEncoding.EncodeToString(sealed), kind, kind, nonce}, nil
}

func (s *Server) certificates(question) (any, error) {
	sealed, err := s.sealBytes(s.keys.V3Key, "certificate", s.keys.Certificate)
	if err != nil {
		return nil, err
	}
	now := s.opt.Now().In(pay.China)
	return map[string]any{"data": []any{map[string]any{
		"serial_no": s.keys.PlatformSerial, "effective_time": now.Add(-time.Hour).Format(time.RFC3339), "expire_time": now.AddDate(5, 0, 0).Format(time.RFC3339), "encrypt_certificate": sealed,
	}}}, nil
}

func newPost(ctx context.Context, to string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("writing a notice: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}
