package chepiao

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Passenger is the person a ticket is for. It prints masked in every way,
// because each part does. The document of a child without one is its guardian's.
type Passenger struct {
	Name     Name        `json:"name"`
	Document Document    `json:"document"`
	Phone    Phone       `json:"phone,omitzero"`
	Children []Passenger `json:"children,omitempty"` // free children who were named: fewer than travel along, perhaps none
}

// Equal tells whether all parts are the same.
func (p Passenger) Equal(o Passenger) bool {
	return p.Name.Equal(o.Name) && p.Document.Equal(o.Document) && p.Phone.Equal(o.Phone) && slices.EqualFunc(p.Children, o.Children, Passenger.Equal)
}

// String is the masked parts in one line: "张** 1101**********0011 138****5678".
func (p Passenger) String() string {
	return strings.Join(strings.Fields(p.Name.String()+" "+p.Document.String()+" "+p.Phone.String()), " ")
}

// Phone is a passenger's telephone number, or none. Every way of printing it
// shows it masked, "138****5678"; only Reveal gives the clear number. Two
// phones are compared with Equal; == does not compile.
type Phone struct{ clear secret }

// phoneBytesMax bounds a phone number as typed.
const phoneBytesMax = 64

// NewPhone reads a phone number as people type it, spaces, hyphens, dots and
// brackets dropped: eleven digits of a mainland mobile, with or without +86,
// or another country's number with + or 00 (E.164). An empty one is no phone
// and no refusal. Refusals are Invalid at phone and never repeat the number.
func NewPhone(s string) (Phone, error) {
	if mainlandMobile(s) {
		return Phone{hide(s)}, nil
	}
	if len(s) > phoneBytesMax {
		return Phone{}, badPhone("手机号过长，请核对", "the phone number is far too long")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("().", r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	if s == "" {
		return Phone{}, nil
	}
	if rest, abroad := strings.CutPrefix(s, "00"); abroad {
		s = "+" + rest
	}
	if mobile := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "86"); len(mobile) == 11 && mainlandMobile(mobile) {
		return Phone{hide(mobile)}, nil
	}
	if bad := checkPhone(s); bad != nil {
		return Phone{}, bad
	}
	return Phone{hide(s)}, nil
}

// RestorePhone is the phone that was kept after NewPhone accepted it: for a
// store that decrypts it. It checks nothing.
func RestorePhone(s string) Phone { return Phone{hide(s)} }

// Reveal is the clear number. Call it only to encrypt it, to send a message to
// it, or to show it to its owner or to one whose right to see it was recorded.
func (p Phone) Reveal() string { return p.clear.reveal() }

// IsZero tells that there is no phone.
func (p Phone) IsZero() bool { return p.clear.value == nil }

// Equal tells whether both are the same number.
func (p Phone) Equal(o Phone) bool { return p.Reveal() == o.Reveal() }

// String is the number masked: of a mainland mobile the first three and the
// last four digits, of another number at most half of its digits.
func (p Phone) String() string {
	s := p.Reveal()
	if mainlandMobile(s) {
		return s[:3] + "****" + s[7:]
	}
	keep := len(s) / 4
	return s[:keep] + strings.Repeat("*", len(s)-2*keep) + s[len(s)-keep:]
}

// Format makes every verb print the masked number.
func (p Phone) Format(f fmt.State, verb rune) { formatMasked(f, verb, p.String()) }

// MarshalText is the masked number.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText always fails: see NewPhone.
func (p *Phone) UnmarshalText([]byte) error { return errMasked }

// UnmarshalJSON always fails: see NewPhone.
func (p *Phone) UnmarshalJSON([]byte) error { return errMasked }

// mainlandMobile tells eleven digits that start with 13 to 19.
func mainlandMobile(s string) bool {
	return len(s) == 11 && s[0] == '1' && s[1] >= '3' && digitsIn(s, 1, 11) < 0
}

// checkPhone refuses what is neither a mainland mobile nor E.164: + and 7 to
// 15 digits, the first of them not 0.
func checkPhone(s string) *Refusal {
	digits, abroad := strings.CutPrefix(s, "+")
	n := len(digits)
	switch {
	case digitsIn(digits, 0, n) >= 0:
		return badPhone("手机号只能包含数字，国外号码以 + 开头", "a phone number has only digits, and a leading + when it is from another country")
	case abroad && (n < 7 || n > 15):
		return badPhone(fmt.Sprintf("国际号码在 + 后应有 7 至 15 位数字，现为 %d 位", n), fmt.Sprintf("an international number has 7 to 15 digits after the +; this one has %d", n))
	case abroad && digits[0] == '0':
		return badPhone("国际号码的 + 后不能是 0", "no country's code starts with 0")
	case abroad:
		return nil
	case n != 11:
		return badPhone(fmt.Sprintf("手机号应为 11 位，现为 %d 位；国外号码请以 + 开头", n), fmt.Sprintf("a mainland mobile number has 11 digits; this one has %d. Start another country's number with +", n))
	default:
		return badPhone("手机号应以 13 至 19 开头；国外号码请以 + 开头", "a mainland mobile number starts with 13 to 19. Start another country's number with +")
	}
}

func badPhone(zh, en string) *Refusal { return Refuse(Invalid, zh, en).At("phone") }
