package chepiao

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Document is what a passenger proves identity with: a kind, a number and, for
// a passport, the nationality. Every way of printing it (String, all verbs of
// fmt, JSON, text) shows the number masked; only Reveal gives the clear number.
// Two documents are compared with Equal; == does not compile.
type Document struct {
	kind        DocumentKind
	nationality string // ISO 3166-1 alpha-3 or an ICAO 9303 code; passports only
	number      secret
}

// documentBytesMax bounds a number or nationality as typed, before any work
// is done on it.
const documentBytesMax = 128

// NewDocument reads a document as people type it: NFKC, upper case, spaces and
// hyphens dropped. The nationality is needed for a passport (two or three
// letters, kept as three) and dropped for the other kinds, whose kind says it.
// The renewal digits of an old HK/Macau permit are dropped too: the same
// person's permit stays the same document; so are the words 字, 第 and 号 and
// the brackets of a certificate ("军字第0123456号" is 军0123456). today refuses
// births in the future.
//
// Refusals are Invalid at document.kind, document.number or
// document.nationality; they say what is wrong and never repeat the number.
func NewDocument(kind DocumentKind, number, nationality string, today Day) (Document, error) {
	rule := kind.rule()
	if rule == nil {
		return Document{}, chooseKind()
	}
	number, bad := normaliseNumber(rule, number)
	if bad != nil {
		return Document{}, bad
	}
	country := ""
	if kind == Passport {
		if country, bad = normaliseNationality(nationality); bad != nil {
			return Document{}, bad
		}
	}
	if bad := checkNumber(rule, number, country, today); bad != nil {
		return Document{}, bad
	}
	if kind == HKMacauPermit {
		number = number[:hkMacauLength]
	}
	return Document{kind: kind, nationality: country, number: hide(number)}, nil
}

// RestoreDocument is the document whose parts were kept after NewDocument
// accepted it: for a store that decrypts them. It checks nothing, so that a
// rule which grows stricter never makes sold tickets unreadable.
func RestoreDocument(kind DocumentKind, number, nationality string) Document {
	return Document{kind: kind, nationality: nationality, number: hide(number)}
}

// Kind is the kind of the document.
func (d Document) Kind() DocumentKind { return d.kind }

// Nationality is the three-letter code of a passport's holder, "" for the
// other kinds.
func (d Document) Nationality() string { return d.nationality }

// Reveal is the clear number. Call it only to encrypt the number, to compare
// it, or to show it to its owner or to one whose right to see it was recorded.
func (d Document) Reveal() string { return d.number.reveal() }

// IsZero tells that there is no document.
func (d Document) IsZero() bool { return d.kind == "" && d.number.value == nil }

// Equal tells whether both are the same document.
func (d Document) Equal(o Document) bool {
	return d.kind == o.kind && d.nationality == o.nationality && d.Reveal() == o.Reveal()
}

// Holder is the document that names the person for good. A temporary ID, a
// household book, a driving licence or a police certificate bears the number of
// the resident ID (or residence permit, or foreigner's card) that it stands in
// for, and gives that one, so that who bought with the card may board with the
// certificate (F3). Every other document is its own holder's.
func (d Document) Holder() Document {
	rule, number := d.kind.rule(), d.Reveal()
	if rule == nil || len(number) != 18 || rule.form != formCard && rule.form != formResident {
		return d
	}
	return Document{kind: cardOf(number), number: d.number}
}

// checked tells that the number is one of 18 characters that GB 11643 checks.
func (d Document) checked() bool {
	rule := d.kind.rule()
	return rule != nil && rule.form <= formCard && len(d.Reveal()) == 18
}

// String is the number masked: its first and last four characters, so that
// neither birth date nor county shows; of a short number fewer, never more than
// half of it. "1101**********0011", "E1*****78", "军0****56".
func (d Document) String() string {
	number := []rune(d.Reveal())
	keep := min(4, len(number)/4)
	return string(number[:keep]) + strings.Repeat("*", len(number)-2*keep) + string(number[len(number)-keep:])
}

// Tail is the end of the number that a gate shows for comparing: four
// characters, of a short number at most half of it.
func (d Document) Tail() string {
	number := []rune(d.Reveal())
	return string(number[len(number)-min(4, len(number)/2):])
}

// Format makes every verb print the masked number.
func (d Document) Format(f fmt.State, verb rune) { formatMasked(f, verb, d.String()) }

// MarshalText is the masked number.
func (d Document) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalJSON is the kind, the masked number and the nationality.
func (d Document) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind        DocumentKind `json:"kind"`
		Number      string       `json:"number"`
		Nationality string       `json:"nationality,omitempty"`
	}{d.kind, d.String(), d.nationality})
}

// errMasked answers every attempt to read a masked type back: what is printed
// is not the value. Doors read their own types and call the constructor.
var errMasked = errors.New("chepiao: personal data is made by its constructor, never decoded")

// UnmarshalText always fails: see NewDocument.
func (d *Document) UnmarshalText([]byte) error { return errMasked }

// UnmarshalJSON always fails: see NewDocument.
func (d *Document) UnmarshalJSON([]byte) error { return errMasked }

// secret keeps a clear value behind a pointer. fmt prints unexported fields by
// reflection and without asking their methods; of a pointer it can only show
// the address. The function array forbids ==, which would compare addresses.
type secret struct {
	_     [0]func()
	value *string
}

func hide(s string) secret {
	if s == "" {
		return secret{}
	}
	return secret{value: &s}
}

func (s secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// formatMasked prints the masked form under the verb, flags and width asked for.
func formatMasked(f fmt.State, verb rune, masked string) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), masked)
}

// normaliseNumber drops what people type between the characters of a number.
func normaliseNumber(rule *documentRule, s string) (string, *Refusal) {
	if len(s) > documentBytesMax {
		return "", badNumber("证件号码过长，请核对", "the document number is far too long")
	}
	s = normaliseCode(s)
	switch rule.form {
	case formTaiwan: // the letter of old permits is printed in brackets
		s = strings.Trim(strings.Replace(s, "(", "", 1), ")")
	case formCertificate:
		s = strings.Map(certificateRune, s)
	}
	if s == "" {
		return "", badNumber("请填写证件号码", "the document number is missing")
	}
	return s, nil
}

// certificateRune drops what is written between the parts of a certificate's
// number and what people leave out.
func certificateRune(r rune) rune {
	if strings.ContainsRune("字第号號()[]〔〕【】<>〈〉《》", r) {
		return -1
	}
	return r
}

// normaliseCode is s in NFKC and upper case without spaces, hyphens and
// invisible characters such as pasted text brings.
func normaliseCode(s string) string {
	if plainCode(s) {
		return s
	}
	if s = strings.Map(codeRune, s); plainCode(s) {
		return s
	}
	return strings.Map(codeRune, norm.NFKC.String(s))
}

// codeRune is what one character of a number becomes; -1 drops it. ASCII and
// its full-width twins are done here, because NFKC takes ten times as long.
func codeRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r - 'a' + 'A'
	case r == ' ', r == '-':
		return -1
	case r > ' ' && r < unicode.MaxASCII:
		return r
	case r >= '\uFF01' && r <= '\uFF5E':
		return codeRune(r - '\uFF01' + '!')
	case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '\u2212', unicode.Is(unicode.Cf, r):
		return -1
	}
	return unicode.ToUpper(r)
}

// plainCode tells that there is nothing to normalise.
func plainCode(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isDigit(c) && !isCapital(c) {
			return false
		}
	}
	return true
}
