package voucher

import "strings"

// base45 is the alphabet of RFC 9285, which is also the alphabet of an
// alphanumeric QR code, so that a code fills 5.5 bits a character there.
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// encodeBase45 writes two bytes as three characters, a last single byte as two.
func encodeBase45(b []byte) string {
	var s strings.Builder
	s.Grow((len(b)*3 + 1) / 2)
	for ; len(b) >= 2; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		s.WriteByte(base45[n%45])
		s.WriteByte(base45[n/45%45])
		s.WriteByte(base45[n/2025])
	}
	if len(b) == 1 {
		s.WriteByte(base45[b[0]%45])
		s.WriteByte(base45[b[0]/45])
	}
	return s.String()
}

// decodeBase45 is the inverse. ok is false for a foreign character (lower case
// is foreign), a length that cannot be, and a group above 65535 or 255.
func decodeBase45(s string) (b []byte, ok bool) {
	if len(s)%3 == 1 {
		return nil, false
	}
	b = make([]byte, 0, len(s)*2/3+1)
	for len(s) > 0 {
		n, unit := 0, 1
		group := min(3, len(s))
		for i := range group {
			v := strings.IndexByte(base45, s[i])
			if v < 0 {
				return nil, false
			}
			n += v * unit
			unit *= 45
		}
		switch {
		case group == 3 && n <= 0xFFFF:
			b = append(b, byte(n>>8), byte(n))
		case group == 2 && n <= 0xFF:
			b = append(b, byte(n))
		default:
			return nil, false
		}
		s = s[group:]
	}
	return b, true
}
