package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Everything that passes is signed with a key that both sides share:
// HMAC-SHA256, in hexadecimal, over
//
//	timestamp "." body
//
// where timestamp is Unix seconds. Between hub and gateway a purpose and another
// "." stand before it, so that nobody can send a text back as a report.
const (
	HeaderTime      = "Chepiao-Timestamp"
	HeaderSignature = "Chepiao-Signature"

	ReplayWindow = 5 * time.Minute // what is older, or further ahead, is refused
)

// Purpose keeps one kind of message from passing for another.
type Purpose string

// The purposes.
const (
	ForHook   Purpose = ""       // to a webhook
	ForText   Purpose = "text"   // hub to gateway
	ForReport Purpose = "report" // gateway to hub
)

// Why what came is not believed.
var (
	ErrBadSignature = errors.New("the signature is missing or wrong")
	ErrStale        = errors.New("the message is outside the replay window")
)

// Sign puts time and signature of a body into its header.
func Sign(h http.Header, key []byte, purpose Purpose, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderTime, stamp)
	h.Set(HeaderSignature, hex.EncodeToString(mac(key, purpose, stamp, body)))
}

// Verify checks a body's signature in constant time, then its age. The errors
// are ErrBadSignature and ErrStale.
func Verify(h http.Header, key []byte, purpose Purpose, now time.Time, body []byte) error {
	stamp := only(h, HeaderTime)
	signature, err := hex.DecodeString(only(h, HeaderSignature))
	if err != nil || !hmac.Equal(signature, mac(key, purpose, stamp, body)) {
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

func mac(key []byte, purpose Purpose, stamp string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	if purpose != "" {
		io.WriteString(m, string(purpose)+".")
	}
	io.WriteString(m, stamp+".")
	m.Write(body)
	return m.Sum(nil)
}
