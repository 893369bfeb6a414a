package chepiao

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// keyMin is the fewest bytes of a key: a shorter one could be tried out, and
// with it every document number behind a token.
const keyMin = 16

// BindDocument ties a voucher to the document used at purchase without saying
// which it is: the first 8 bytes of HMAC-SHA256 over "kind|number|nationality"
// of its holder's document (see Document.Holder) under the departure's key. A
// gate that knows the key makes the same 8 bytes from the document shown, also
// when it only stands in for the one of purchase. No document gives eight zero bytes, which no gate
// may take for a match. It panics on a key under 16 bytes.
func BindDocument(departureKey []byte, doc Document) (binding [8]byte) {
	if !doc.IsZero() {
		sum := documentHash(departureKey, "", doc)
		copy(binding[:], sum[:])
	}
	return binding
}

// DepartureKey is the binding key of one departure, 32 bytes: HKDF-SHA256
// (RFC 5869) of the node's key, without salt, with the info "chepiao
// departure" and the id in eight bytes, big endian. Stations get it days ahead
// and learn nothing about other departures. It panics on a key under 16 bytes.
func DepartureKey(nodeKey []byte, id DepartureID) []byte {
	mustKey(nodeKey)
	info := binary.BigEndian.AppendUint64([]byte("chepiao departure"), uint64(id))
	key, err := hkdf.Key(sha256.New, nodeKey, nil, string(info), sha256.Size)
	if err != nil { // only for more than 8,160 bytes or a too short key
		panic("chepiao: deriving a departure's key: " + err.Error())
	}
	return key
}

// PersonToken stands for a document wherever the number must not: in look-up
// tables, in the journal, in "one document, one ticket per departure". The
// same document has another token under another node's key; documents that
// stand in for each other have one token.
type PersonToken [16]byte

// TokenOf is the token of a document under a node's key: the first 16 bytes of
// HMAC-SHA256 over "person|kind|number|nationality" of its holder's document.
// No document gives the zero token. It panics on a key under 16 bytes.
func TokenOf(nodeKey []byte, doc Document) (token PersonToken) {
	if !doc.IsZero() {
		sum := documentHash(nodeKey, "person|", doc)
		copy(token[:], sum[:])
	}
	return token
}

// childrenMax bounds the children who ride on one guardian's document.
const childrenMax = 60

// ChildToken stands for the n-th child of an order, from 1, who has no document
// and rides on its guardian's: the first 16 bytes of HMAC-SHA256 over "child|n"
// under the guardian's token. Whoever knows the guardian's document can find its
// children, and nobody else. A guardian without a document has children without
// a token.
func ChildToken(guardian PersonToken, n int) (token PersonToken) {
	if !guardian.IsZero() {
		mac := hmac.New(sha256.New, guardian[:])
		mac.Write(strconv.AppendInt([]byte("child|"), int64(n), 10))
		copy(token[:], mac.Sum(nil))
	}
	return token
}

// RidesOn says whether the token is that of a child on the document of a
// guardian.
func (t PersonToken) RidesOn(guardian PersonToken) bool {
	for n := 1; n <= childrenMax && !t.IsZero() && !guardian.IsZero(); n++ {
		if ChildToken(guardian, n) == t {
			return true
		}
	}
	return false
}

// ParsePersonToken reads what String prints. Refusal Invalid otherwise.
func ParsePersonToken(s string) (token PersonToken, err error) {
	if len(s) == 2*len(token) {
		if _, err = hex.Decode(token[:], []byte(s)); err == nil {
			return token, nil
		}
	}
	return PersonToken{}, Refuse(Invalid, "人员标识应为 32 位十六进制数", "a person's token has 32 hexadecimal digits").At("person")
}

// IsZero tells that the token stands for nobody.
func (t PersonToken) IsZero() bool { return t == PersonToken{} }

// String is the token as 32 lower-case hexadecimal digits.
func (t PersonToken) String() string { return hex.EncodeToString(t[:]) }

// MarshalText is what String prints.
func (t PersonToken) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what String prints. Refusal Invalid otherwise.
func (t *PersonToken) UnmarshalText(b []byte) (err error) {
	*t, err = ParsePersonToken(string(b))
	return err
}

// documentHash is HMAC-SHA256 over the label and the parts of the holder's
// document. No part holds a '|', so no two documents read alike.
func documentHash(key []byte, label string, doc Document) (sum [sha256.Size]byte) {
	mustKey(key)
	doc = doc.Holder()
	var buf [96]byte
	text := append(buf[:0], label...)
	text = append(text, doc.kind...)
	text = append(text, '|')
	text = append(text, doc.Reveal()...)
	text = append(text, '|')
	text = append(text, doc.nationality...)
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	mac.Sum(sum[:0])
	return sum
}

func mustKey(key []byte) {
	if len(key) < keyMin {
		panic("chepiao: a key of at least 16 bytes is needed to hash documents")
	}
}
