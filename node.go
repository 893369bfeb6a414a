package chepiao

import (
	"strconv"
	"strings"
)

// A lane is one process's numbered sequence of journal entries; ids made in a
// lane are the lane's number and a counter, so they are unique without asking
// anyone and ordered in time.
const (
	laneSpan = 1_000_000_000 // ids a lane can make
	LaneMax  = 9_000_000     // highest lane number: ids stay within 63 bits
)

// LaneID composes the n-th id of a lane. lane is 1..LaneMax, n below 10^9.
func LaneID(lane int64, n int64) int64 { return lane*laneSpan + n }

// LaneOf is the lane that an id was made in.
func LaneOf(id int64) int64 { return id / laneSpan }

// OrderID is an order's number. It prints as OD, the digits and a check digit.
type OrderID int64

// TicketID is a ticket's number. It prints as TK, the digits and a check digit.
type TicketID int64

func (id OrderID) String() string  { return printNumber("OD", int64(id)) }
func (id TicketID) String() string { return printNumber("TK", int64(id)) }

// ParseOrderID reads an order number as people type it: any case, spaces and
// hyphens allowed. Refusal Invalid when the prefix or check digit is wrong.
func ParseOrderID(s string) (OrderID, error) {
	n, err := parseNumber("OD", s, "order")
	return OrderID(n), err
}

// ParseTicketID reads a ticket number as people type it. Refusal Invalid when
// the prefix or check digit is wrong.
func ParseTicketID(s string) (TicketID, error) {
	n, err := parseNumber("TK", s, "ticket")
	return TicketID(n), err
}

// MarshalText and UnmarshalText let ids travel in JSON as their printed form.
func (id OrderID) MarshalText() ([]byte, error)  { return []byte(id.String()), nil }
func (id TicketID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *OrderID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseOrderID(string(b))
	return err
}

func (id *TicketID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseTicketID(string(b))
	return err
}

func printNumber(prefix string, n int64) string {
	var room [24]byte
	return string(appendNumber(room[:0], prefix, n))
}

// appendNumber appends a printed number: prefix, digits, check digit.
func appendNumber(b []byte, prefix string, n int64) []byte {
	b = append(b, prefix...)
	first := len(b)
	b = strconv.AppendInt(b, n, 10)
	return append(b, checkDigit(b[first:]))
}

func parseNumber(prefix, s, field string) (int64, error) {
	if strings.ContainsAny(s, " -") {
		s = strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), "-", "")
	}
	s = strings.ToUpper(s)
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || len(digits) < 2 || len(digits) > 20 {
		return 0, malformedNumber.At(field)
	}
	body, check := digits[:len(digits)-1], digits[len(digits)-1]
	n, err := strconv.ParseInt(body, 10, 64)
	if err != nil || n < 0 || body != strconv.FormatInt(n, 10) || checkDigit(body) != check {
		return 0, malformedNumber.At(field)
	}
	return n, nil
}

var malformedNumber = Refuse(Invalid, "号码有误，请核对后重新输入", "the number is wrong: please check it and type it again")

// checkDigit is the check character of ISO 7064 MOD 11,10 over decimal digits:
// it finds every single wrong digit and nearly every swap of neighbours.
func checkDigit[T string | []byte](digits T) byte {
	p := 10
	for i := 0; i < len(digits); i++ {
		s := p + int(digits[i]-'0') // 1 to 19; modulo 10, with 10 for 0
		if s > 10 {
			s -= 10
		}
		if p = s * 2; p > 10 { // modulo 11
			p -= 11
		}
	}
	return byte('0' + (11-p)%10)
}

// CryptoProfile names the algorithms a node signs and hashes with. It is
// written in the first entry of each lane and never changes within one.
type CryptoProfile string

// The profiles: Ed25519 by default, ES256 where a smart card or HSM has only
// P-256, SM2 with SM3 as the Chinese national profile.
const (
	ProfileEd25519 CryptoProfile = "ed25519-sha256"
	ProfileES256   CryptoProfile = "es256-sha256"
	ProfileSM2     CryptoProfile = "sm2-sm3"
)
