package pay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// Everything that passes between merchant and channel is signed with the key
// they share: HMAC-SHA256, in hexadecimal, over
//
//	purpose "\n" timestamp "\n" nonce "\n" body
//
// where timestamp is Unix seconds and nonce 32 hexadecimal digits. The purpose
// keeps one kind of message from passing for another: see ForRequest,
// ForAnswer and ForNotice.
const (
	HeaderTime      = "Chepiao-Timestamp"
	HeaderNonce     = "Chepiao-Nonce"
	HeaderSignature = "Chepiao-Signature"

	ReplayWindow = 5 * time.Minute // a message older, or further ahead, is refused
	KeyBytesMin  = 16              // of the shared key
)

// ForNotice is the purpose of a channel's notice.
const ForNotice = "notice"

// ForRequest is the purpose of a merchant's request. path begins with /v1/.
func ForRequest(method, path string) string { return "request " + method + " " + path }

// ForAnswer is the purpose of the answer to the request that had this nonce,
// so that no recorded answer fits another question.
func ForAnswer(nonce string) string { return "answer " + nonce }

// Why a message is not believed.
var (
	ErrBadSignature = errors.New("the signature is missing or wrong")
	ErrStale        = errors.New("the message is outside the replay window")
)

// NewNonce draws 16 bytes of chance and returns them as a nonce.
func NewNonce(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("drawing a nonce: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// Sign puts time, nonce and signature of a message into its header.
func Sign(h http.Header, key []byte, purpose string, at time.Time, nonce string, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderTime, stamp)
	h.Set(HeaderNonce, nonce)
	h.Set(HeaderSignature, hex.EncodeToString(mac(key, purpose, stamp, nonce, body)))
}

var nonceShape = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Verify checks a message's signature in constant time, then its age. The
// errors are ErrBadSignature and ErrStale. A message may be verified again
// within the window: whoever acts on one must be content to see it twice,
// since channels repeat their notices anyway.
func Verify(h http.Header, key []byte, purpose string, now time.Time, body []byte) error {
	stamp, nonce, given := only(h, HeaderTime), only(h, HeaderNonce), only(h, HeaderSignature)
	signature, err := hex.DecodeString(given)
	if err != nil || !nonceShape.MatchString(nonce) {
		return ErrBadSignature
	}
	if !hmac.Equal(signature, mac(key, purpose, stamp, nonce, body)) {
		return ErrBadSignature
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return ErrBadSignature
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > ReplayWindow || age < -ReplayWindow {
		return ErrStale
	}
	return nil
}

// only is the value of a header that must stand there exactly once.
func only(h http.Header, name string) string {
	if v := h.Values(name); len(v) == 1 {
		return v[0]
	}
	return ""
}

func mac(key []byte, purpose, stamp, nonce string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	io.WriteString(m, purpose+"\n"+stamp+"\n"+nonce+"\n")
	m.Write(body)
	return m.Sum(nil)
}
