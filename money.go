package chepiao

import "strconv"

// Money is an amount in fen, one hundredth of a yuan (or of the network's
// currency unit). Integer, so sums balance exactly.
type Money int64

// String shows the amount with two decimals and no currency sign: "22.50".
func (m Money) String() string {
	var room [24]byte
	return string(m.append(room[:0]))
}

// Yuan shows the amount the way a ticket prints it: "¥22.50".
func (m Money) Yuan() string {
	var room [28]byte
	return string(m.append(append(room[:0], "¥"...)))
}

func (m Money) append(b []byte) []byte {
	if m < 0 {
		b, m = append(b, '-'), -m
	}
	b = append(strconv.AppendInt(b, int64(m/100), 10), '.')
	return append(b, byte('0'+m%100/10), byte('0'+m%10))
}

// Rounding says how a computed price or fee becomes a payable amount
// (parameter P1042 and P1105 of live station systems).
type Rounding int8

const (
	RoundFen      Rounding = 0 // keep the fen, half up
	RoundNearest  Rounding = 1 // to the nearest yuan, half up
	RoundDown     Rounding = 2 // to the yuan below
	RoundUp       Rounding = 3 // to the yuan above
	RoundHalfYuan Rounding = 4 // up to the next half yuan
)

// Share is the part of m given in basis points (1/10,000), rounded by r.
// m must not be negative.
func (m Money) Share(basisPoints int64, r Rounding) Money {
	return roundRatio(int64(m)*basisPoints, 10_000, r)
}

// roundRatio is num/den fen, both not negative, rounded by r.
func roundRatio(num, den int64, r Rounding) Money {
	switch r {
	case RoundNearest:
		den *= 100
		return Money((2*num+den)/(2*den)) * 100
	case RoundDown:
		return Money(num/(den*100)) * 100
	case RoundUp:
		den *= 100
		return Money((num+den-1)/den) * 100
	case RoundHalfYuan:
		den *= 50
		return Money((num+den-1)/den) * 50
	default:
		return Money((2*num + den) / (2 * den))
	}
}
