package relay

import (
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/voucher"
)

// The wire, version 1. Later programs add members and never change the meaning of
// one; whoever reads passes over members and kinds of entries that it does not know.
const (
	pathEnrol    = "/relay/v1/enrol"
	pathHello    = "/relay/v1/hello"
	pathSnapshot = "/relay/v1/snapshot"
	pathFeed     = "/relay/v1/feed"
	pathTime     = "/relay/v1/time"

	headNode      = "Chepiao-Node"      // number of the station
	headTime      = "Chepiao-Time"      // microseconds since 1970
	headNonce     = "Chepiao-Nonce"     // of the request, good once
	headSignature = "Chepiao-Signature" // Ed25519, base64
)

// Bounds of what is sent at once: bytes on the wire, and once unpacked.
const (
	packedMax   = 16 << 20
	unpackedMax = 128 << 20
	parcelsMax  = 500
)

// enrolling asks to become a station of the hub; it is signed with the key in it.
type enrolling struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"` // short name wished for
	Key  []byte `json:"key"`            // Ed25519, public
}

// Enrolled is what a station knows of itself and of its hub once it has enrolled.
// Secret is the province's, so it travels over encrypted connections only.
type Enrolled struct {
	No      chepiao.NodeNo        `json:"no"`
	Name    string                `json:"name"`
	Station chepiao.StationNo     `json:"station"`
	Profile chepiao.CryptoProfile `json:"profile"`
	Hub     string                `json:"hub"`
	Key     []byte                `json:"key"`    // Ed25519, public, of the hub
	Secret  []byte                `json:"secret"` // names people alike on all nodes, and binds vouchers to documents
}

// Greeting is what a station says of itself every few seconds.
type Greeting struct {
	Version string              `json:"version"`
	Speaks  int                 `json:"speaks,omitempty"` // of chepiao.Speaks; 0: 1
	Unread  int64               `json:"unread,omitempty"` // entries of the hub that it keeps until it is upgraded
	Keys    []voucher.PublicKey `json:"keys"`             // of its vouchers
	Heads   map[int64]int64     `json:"heads,omitempty"`  // how many parcels it has for the hub, by lane
	Offset  int64               `json:"offset"`           // of its clock, microseconds; positive: behind the hub's
	Stopped string              `json:"stopped,omitempty"`
	Heard   map[int64]int64     `json:"heard,omitempty"` // how far it has taken in what the hub has recorded
	Links   map[int64][]byte    `json:"links,omitempty"` // of the last parcels of that
	Lost    []chepiao.Conflict  `json:"lost,omitempty"`  // entries of its own that the hub has heard and it no longer has
}

// Welcome is the hub's answer.
type Welcome struct {
	Version  string                               `json:"version"`
	Speaks   int                                  `json:"speaks,omitempty"` // of chepiao.Speaks; 0: 1
	Snapshot string                               `json:"snapshot"`         // version of what pathSnapshot answers
	Keys     []voucher.PublicKey                  `json:"keys"`             // of the vouchers of all nodes
	Nodes    map[chepiao.StationNo]chepiao.NodeNo `json:"nodes"`            // stations that have a node of their own
	Heads    map[int64]int64                      `json:"heads,omitempty"`  // how many parcels the hub has for the station
	Received map[int64]int64                      `json:"received,omitempty"`
	Links    map[int64][]byte                     `json:"links,omitempty"` // of the last parcels that were received
}

// pictured is a snapshot with its version; without one where the station has it.
type pictured struct {
	Version  string           `json:"version"`
	Snapshot *office.Snapshot `json:"snapshot,omitempty"`
}

// feeding is a part of a feed.
type feeding struct {
	Parcels []chepiao.Parcel `json:"parcels"`
	More    bool             `json:"more,omitempty"`
}

// taken is how far a feed was taken in; Stop says why it was not taken in wholly.
type taken struct {
	Received map[int64]int64 `json:"received"`
	Stop     string          `json:"stop,omitempty"`
}

// Why a feed was not taken in wholly.
const (
	stopGap    = "gap"    // send again from what was received
	stopBroken = "broken" // the chain does not fit: a person must look
)

// clockSays is the hub's clock, in microseconds since 1970.
type clockSays struct {
	Now int64 `json:"now"`
}

// trouble is why a request was turned away.
type trouble struct {
	Reason string `json:"reason"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// requestText is what a station signs: nothing of a request can be changed, and it
// cannot be used twice.
func requestText(method, target, node, at, nonce string, body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(strings.Join([]string{"chepiao-relay-1", method, target, node, at, nonce, hex.EncodeToString(sum[:])}, "\n"))
}

// answerText is what the hub signs: it answers this very request.
func answerText(nonce string, status int, body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(strings.Join([]string{"chepiao-relay-1-answer", nonce, strconv.Itoa(status), hex.EncodeToString(sum[:])}, "\n"))
}

func sign(key ed25519.PrivateKey, text []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(key, text))
}

func signed(key []byte, text []byte, signature string) bool {
	s, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, text, s)
}

// unpack reads a body, which may be packed, into memory: at most packedMax bytes of
// it, and unpackedMax once unpacked.
func unpack(body io.Reader, encoding string, into any) (raw []byte, err error) {
	raw, err = io.ReadAll(io.LimitReader(body, packedMax+1))
	if err != nil {
		return nil, fmt.Errorf("reading a message: %w", err)
	}
	if len(raw) > packedMax {
		return nil, errors.New("reading a message: it is too large")
	}
	return raw, decode(raw, encoding, into)
}

func decode(raw []byte, encoding string, into any) error {
	if into == nil || len(raw) == 0 {
		return nil
	}
	r := io.Reader(strings.NewReader(string(raw)))
	if encoding == "gzip" {
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("unpacking a message: %w", err)
		}
		r = io.LimitReader(z, unpackedMax)
	}
	if err := json.NewDecoder(r).Decode(into); err != nil {
		return fmt.Errorf("reading a message: %w", err)
	}
	return nil
}

// pack makes a body of a message, packed.
func pack(v any) ([]byte, error) {
	var out strings.Builder
	z := gzip.NewWriter(&out)
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return nil, fmt.Errorf("writing a message: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("writing a message: %w", err)
	}
	return []byte(out.String()), nil
}

// cursor writes how far the lanes were heard as lane:n,lane:n, in their order.
func cursor(received map[int64]int64) string {
	var parts []string
	for _, lane := range slices.Sorted(maps.Keys(received)) {
		parts = append(parts, fmt.Sprintf("%d:%d", lane, received[lane]))
	}
	return strings.Join(parts, ",")
}

func readCursor(text string) (map[int64]int64, error) {
	received := map[int64]int64{}
	if text == "" {
		return received, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		lane, n, ok := strings.Cut(part, ":")
		l, err := strconv.ParseInt(lane, 10, 64)
		if err == nil && ok {
			received[l], err = strconv.ParseInt(n, 10, 64)
		}
		if err != nil || !ok || l < 1 || received[l] < 0 {
			return nil, errors.New("the cursor is malformed")
		}
	}
	return received, nil
}

// lag is how many parcels lie between two cursors.
func lag(heads, received map[int64]int64) (n int64) {
	for lane, head := range heads {
		n += max(head-received[lane], 0)
	}
	return n
}

// microsOf reads the time in a header.
func microsOf(h http.Header) (time.Time, bool) {
	n, err := strconv.ParseInt(h.Get(headTime), 10, 64)
	return time.UnixMicro(n), err == nil
}
