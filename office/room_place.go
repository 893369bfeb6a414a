package office

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"chepiao"
)

// A place travels as base64url of a version byte, its numbers as varints, eight
// bytes of chance, and sixteen bytes of HMAC-SHA256 over all of that. The key
// is derived from the node's, so that every process that shares it and every
// later run knows the place.

const (
	placeVersion  = 1
	placeMAC      = 16
	placeTextMost = 120 // letters
)

func placeKey(node []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, node, nil, "chepiao waiting room", 32)
}

// sign writes a place.
func (rs *rooms) sign(p chepiao.RoomPlace) string {
	b := make([]byte, 1, 64)
	b[0] = placeVersion
	in := int64(0)
	if p.In {
		in = 1
	}
	for _, n := range []int64{int64(p.Room), p.No, p.At, in} {
		b = binary.AppendVarint(b, n)
	}
	b = binary.BigEndian.AppendUint64(b, p.Chance)
	return base64.RawURLEncoding.EncodeToString(append(b, rs.mac(b)...))
}

func (rs *rooms) mac(b []byte) []byte {
	h := hmac.New(sha256.New, rs.key)
	h.Write(b)
	return h.Sum(nil)[:placeMAC]
}

// read reads a place that this node signed; false for anything else.
func (rs *rooms) read(text string) (p chepiao.RoomPlace, ok bool) {
	if text == "" || len(text) > placeTextMost {
		return p, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 1+8+placeMAC || b[0] != placeVersion {
		return p, false
	}
	b, mac := b[:len(b)-placeMAC], b[len(b)-placeMAC:]
	if !hmac.Equal(mac, rs.mac(b)) {
		return p, false
	}
	var n [4]int64
	at := 1
	for i := range n {
		v, size := binary.Varint(b[at:])
		if size <= 0 {
			return p, false
		}
		n[i], at = v, at+size
	}
	if len(b) != at+8 {
		return p, false
	}
	return chepiao.RoomPlace{Room: chepiao.RoomID(n[0]), No: n[1], At: n[2], In: n[3] == 1, Chance: binary.BigEndian.Uint64(b[at:])}, true
}
