package device

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf16"

	"chepiao"
)

// Card is what pages are told of a card: what a ticket needs, and no more.
type Card struct {
	Kind    chepiao.DocumentKind `json:"kind"`
	Number  string               `json:"number"`
	Name    string               `json:"name"`
	Other   string               `json:"other,omitempty"`  // a foreigner's name in Chinese
	Nation  string               `json:"nation,omitempty"` // a foreigner's nationality, ISO 3166 alpha-3, where the card says it so
	Born    string               `json:"born"`             // 1985-01-31
	Expires string               `json:"expires"`          // 2035-01-31, "" never
	Photo   string               `json:"photo,omitempty"`  // data: URL, only where a decoder is set up
}

// String names nobody: a card in a log would be one too many.
func (c Card) String() string { return "card " + string(c.Kind) }

// GoString is String.
func (c Card) GoString() string { return c.String() }

// Format is String under every verb.
func (c Card) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue is String.
func (c Card) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Sizes of the answer to "read": two lengths, then text and photo.
const (
	textBytes  = 256
	photoBytes = 1024
)

// field is a part of the text: where it begins and how long it is, in bytes. The
// text is UTF-16, low byte first, filled up with spaces.
type field struct{ at, n int }

// The layouts of the three cards that such readers read. The type stands at the
// same place in all: "I" or "Y" for a foreigner, "J" for Hong Kong, Macau and
// Taiwan, nothing for a resident.
var (
	typeField = field{248, 2}

	// Resident (GA 448), and with the same places HK/Macau/Taiwan (GA 1468), which
	// has the travel permit's number at 220 and how often it was issued at 238.
	nameField   = field{0, 30}
	bornField   = field{36, 16}
	numberField = field{122, 36}
	untilField  = field{204, 16}

	// Foreign permanent resident of 2017, 15 characters. That of 2023 has the places
	// of a resident's card, with the name in Latin letters where the address is.
	latinField    = field{0, 120}
	oldNumField   = field{122, 30}
	nationField   = field{152, 6}
	chineseField  = field{158, 30}
	oldUntilField = field{204, 16}
	oldBornField  = field{220, 16}
	newLatinField = field{52, 70}
)

var errCard = errors.New("the card says something that no such card may say")

// ParseCard reads the text of a card. Whatever is no name, date or number of the
// kind is an error: a card is read again rather than believed half.
func ParseCard(text []byte, today chepiao.Day) (Card, error) {
	if len(text) != textBytes {
		return Card{}, fmt.Errorf("a text of %d bytes instead of %d", len(text), textBytes)
	}
	get := func(f field) string { return readText(text[f.at : f.at+f.n]) }
	var c Card
	until, born := get(untilField), get(bornField)
	switch kind := get(typeField); {
	case kind == "I":
		c = Card{Kind: chepiao.ForeignPRCard, Number: get(oldNumField), Name: get(latinField), Other: get(chineseField), Nation: get(nationField)}
		until, born = get(oldUntilField), get(oldBornField)
	case kind == "Y", kind == "" && strings.HasPrefix(get(numberField), "9"):
		c = Card{Kind: chepiao.ForeignPRCard, Number: get(numberField), Name: get(newLatinField), Other: get(nameField)}
	case kind == "J":
		c = Card{Kind: chepiao.HMTResidencePermit, Number: get(numberField), Name: get(nameField)}
	default:
		c = Card{Kind: chepiao.ResidentID, Number: get(numberField), Name: get(nameField)}
	}
	if c.Name == "" {
		c.Name, c.Other = c.Other, ""
	}
	if _, err := chepiao.NewDocument(c.Kind, c.Number, "", today); err != nil {
		return Card{}, errCard // the refusal's own words are for people who type
	}
	if _, err := chepiao.NewName(c.Name); err != nil {
		return Card{}, errCard
	}
	var err error
	if c.Born, err = readDate(born); err != nil || c.Born == "" {
		return Card{}, errCard
	}
	if until == "长期" {
		until = ""
	}
	if c.Expires, err = readDate(until); err != nil {
		return Card{}, errCard
	}
	return c, nil
}

// readText is a field without what fills it up. Half a surrogate pair, which a cut
// name may end with, is dropped.
func readText(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	s := strings.TrimRight(string(utf16.Decode(u)), " \x00\u3000\uFFFD")
	return strings.TrimSpace(strings.ReplaceAll(s, "\x00", ""))
}

// readDate is YYYYMMDD as YYYY-MM-DD; "" stays.
func readDate(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	t, err := time.Parse("20060102", s)
	if err != nil {
		return "", errCard
	}
	return t.Format("2006-01-02"), nil
}

// Text is the text part as a card of this person would hold it, for the simulator:
// the same layouts, written. What Card does not know is filled with invented or
// empty values.
func (c Card) Text() []byte {
	b := make([]byte, textBytes)
	for i := 0; i < textBytes; i += 2 {
		b[i] = ' '
	}
	put := func(f field, s string) {
		for i, u := range utf16.Encode([]rune(s)) {
			if 2*i+2 > f.n {
				return
			}
			b[f.at+2*i], b[f.at+2*i+1] = byte(u), byte(u>>8)
		}
	}
	plain := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	until := plain(c.Expires)
	if until == "" {
		until = "长期"
	}
	switch {
	case c.Kind == chepiao.ForeignPRCard && len(c.Number) == 15:
		put(latinField, c.Name)
		put(chineseField, c.Other)
		put(oldNumField, c.Number)
		put(nationField, c.Nation)
		put(oldUntilField, until)
		put(oldBornField, plain(c.Born))
		put(typeField, "I")
		return b
	case c.Kind == chepiao.ForeignPRCard:
		put(nameField, c.Other)
		put(newLatinField, c.Name)
		put(typeField, "Y")
	case c.Kind == chepiao.HMTResidencePermit:
		put(nameField, c.Name)
		put(typeField, "J")
	default:
		put(nameField, c.Name)
		put(field{32, 4}, "01")
		put(field{52, 70}, "河北省石家庄市长安区示例路1号")
	}
	put(bornField, plain(c.Born))
	put(numberField, c.Number)
	put(untilField, until)
	return b
}
