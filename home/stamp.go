package home

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"chepiao/watch"
)

// header marks a request that was passed on: it is not passed on again, by
// whomever the mark is. What else the mark says counts only with a signature by
// the key that the processes of a node share:
//
//	version ; microseconds since 1970 ; "s" when the client came by TLS, else "p" ; the client's address ; signature
const header = "Chepiao-Passed"

// stampMax is how far a stamp's time may be from our clock.
const stampMax = 30 * time.Second

// stamp is what the next process shall know of a request.
func (h *Home) stamp(r *http.Request) string {
	way := "p"
	if watch.Secure(r) {
		way = "s"
	}
	text := "1;" + strconv.FormatInt(h.conf.Now().UnixMicro(), 10) + ";" + way + ";" + r.RemoteAddr
	return text + ";" + h.signature(r, text)
}

// signature binds a stamp to its request.
func (h *Home) signature(r *http.Request, text string) string {
	mac := hmac.New(sha256.New, h.sign)
	for _, part := range []string{text, r.Method, r.URL.RequestURI()} {
		_, _ = mac.Write([]byte(part)) // it never fails
		_, _ = mac.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// take is a request that another process says to have passed on, with the
// client's own address if that is so.
func (h *Home) take(r *http.Request, stamped string) *http.Request {
	r.Header.Del(header)
	address, secure, ok := h.open(r, stamped)
	if !ok {
		h.conf.Log.DebugContext(r.Context(), "a request says that a peer has passed it on, which is not so")
		return r
	}
	h.taken.Add(1)
	if known := watch.Of(r.Context()); known != nil && secure {
		known.CameSecurely()
	}
	from := *r
	from.RemoteAddr = address
	return &from
}

func (h *Home) open(r *http.Request, stamped string) (address string, secure, ok bool) {
	parts := strings.Split(stamped, ";")
	if len(parts) != 5 || parts[0] != "1" {
		return "", false, false
	}
	text := stamped[:len(stamped)-len(parts[4])-1]
	if !hmac.Equal([]byte(parts[4]), []byte(h.signature(r, text))) {
		return "", false, false
	}
	micros, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || h.conf.Now().Sub(time.UnixMicro(micros)).Abs() > stampMax {
		return "", false, false
	}
	if _, err := netip.ParseAddrPort(parts[3]); err != nil {
		return "", false, false
	}
	return parts[3], parts[2] == "s", true
}

// hop are headers that are about one connection, not about the request (RFC 9110,
// 7.6.1), and those that the next process makes itself.
var hop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect"}

func withoutHops(h http.Header) http.Header {
	for line := range strings.SplitSeq(h.Get("Connection"), ",") {
		h.Del(strings.TrimSpace(line))
	}
	for _, name := range hop {
		delete(h, name)
	}
	return h
}
