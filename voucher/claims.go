package voucher

import (
	"bytes"
	"time"
	"unicode"
	"unicode/utf8"

	"chepiao"
)

// Limits of the claims.
const (
	issuerMax   = 8
	numberMax   = 12 // characters
	childrenMax = 9
	versionMax  = 255
	templateMax = 1<<31 - 1
	timeMax     = 1<<32 - 1 // seconds: 2106
)

// cwt is the claims map (RFC 8392): three registered claims and one private
// one. Private claims must lie below -65536, which costs five bytes each, so
// all of ours stand in one map of their own.
type cwt struct {
	Issuer    string `cbor:"1,keyasint"`
	Expires   int64  `cbor:"4,keyasint"`
	NotBefore int64  `cbor:"5,keyasint"`
	Ride      ride   `cbor:"-65537,keyasint"`
}

// ride is the private claim. What is zero or empty is left out. The departure
// travels as its template and its service day, which are its id.
type ride struct {
	Ticket   int64  `cbor:"1,keyasint"`
	Template int64  `cbor:"2,keyasint"`
	Day      int32  `cbor:"3,keyasint"`
	Number   string `cbor:"4,keyasint,omitempty"`
	Depart   int32  `cbor:"5,keyasint"`
	From     int32  `cbor:"6,keyasint"`
	To       int32  `cbor:"7,keyasint"`
	Seat     int    `cbor:"8,keyasint,omitempty"`
	Kind     int8   `cbor:"9,keyasint,omitempty"`
	Children int    `cbor:"10,keyasint,omitempty"`
	Version  int    `cbor:"11,keyasint"`
	Binding  []byte `cbor:"12,keyasint,omitempty"`
}

func marshalClaims(c chepiao.Claims) ([]byte, error) {
	w := cwt{Issuer: c.Issuer, Expires: c.Expires.Unix(), NotBefore: c.NotBefore.Unix(), Ride: ride{
		Ticket: int64(c.Ticket), Template: int64(c.Departure.Template()), Day: int32(c.Day), Number: c.Number,
		Depart: int32(c.Depart), From: int32(c.From), To: int32(c.To), Seat: c.Seat, Kind: int8(c.Kind),
		Children: c.Children, Version: c.Version,
	}}
	if c.Binding != [8]byte{} {
		w.Ride.Binding = c.Binding[:]
	}
	return deterministic.Marshal(w)
}

// unmarshalClaims reads claims; ok is false when they are malformed, out of
// range or not written the one deterministic way.
func unmarshalClaims(payload []byte) (c chepiao.Claims, ok bool) {
	var w cwt
	if bounded.Unmarshal(payload, &w) != nil || w.Ride.Template > templateMax {
		return c, false
	}
	r := w.Ride
	c = chepiao.Claims{
		Issuer: w.Issuer, Ticket: chepiao.TicketID(r.Ticket),
		Departure: chepiao.MakeDepartureID(chepiao.TemplateNo(r.Template), chepiao.Day(r.Day)),
		Number:    r.Number, Day: chepiao.Day(r.Day), Depart: chepiao.Clock(r.Depart),
		From: chepiao.StationNo(r.From), To: chepiao.StationNo(r.To),
		Seat: r.Seat, Kind: chepiao.TicketKind(r.Kind), Children: r.Children,
		NotBefore: time.Unix(w.NotBefore, 0).UTC(), Expires: time.Unix(w.Expires, 0).UTC(), Version: r.Version,
	}
	copy(c.Binding[:], r.Binding)
	if checkClaims(c) != "" {
		return c, false
	}
	again, err := marshalClaims(c)
	return c, err == nil && bytes.Equal(again, payload)
}

// checkClaims names the first claim that is out of range, or "". The same
// limits hold when signing and when reading.
func checkClaims(c chepiao.Claims) string {
	switch {
	case !validIssuer(c.Issuer):
		return "issuer"
	case c.Ticket <= 0:
		return "ticket"
	case c.Departure.Template() <= 0 || c.Departure.Day() != c.Day:
		return "departure"
	case !validNumber(c.Number):
		return "number"
	case c.Depart < 0 || c.Depart > chepiao.ClockMax:
		return "depart"
	case c.From <= 0:
		return "from"
	case c.To <= 0:
		return "to"
	case c.Seat < 0 || c.Seat > chepiao.SeatsMax:
		return "seat"
	case c.Kind < chepiao.Full || c.Kind > chepiao.Discount:
		return "kind"
	case c.Children < 0 || c.Children > childrenMax:
		return "children"
	case !wholeMinute(c.NotBefore):
		return "not before"
	case !wholeMinute(c.Expires) || !c.NotBefore.Before(c.Expires):
		return "expires"
	case c.Version < 1 || c.Version > versionMax:
		return "version"
	}
	return ""
}

// validIssuer says whether s is a node's short name: 1 to 8 of A-Z and 0-9.
func validIssuer(s string) bool {
	if len(s) < 1 || len(s) > issuerMax {
		return false
	}
	for i := range len(s) {
		if !(s[i] >= 'A' && s[i] <= 'Z' || s[i] >= '0' && s[i] <= '9') {
			return false
		}
	}
	return true
}

// validNumber says whether s can be a departure's number: printable, short.
func validNumber(s string) bool {
	if len(s) > numberMax*utf8.UTFMax || !utf8.ValidString(s) || utf8.RuneCountInString(s) > numberMax {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func wholeMinute(t time.Time) bool {
	s := t.Unix()
	return t.Nanosecond() == 0 && s > 0 && s <= timeMax && s%60 == 0
}
