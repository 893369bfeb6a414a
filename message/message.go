// Package message carries what passengers are told to the two outside parties
// that bring it further: an SMS gateway, which sends texts to phones and reports
// what became of them, and the webhooks of partners, which are told what
// happened to which ticket and never who travels.
//
// Both speak HTTP with a signature (see Sign). Whoever sends says the same thing
// again under the same number until it is taken, so a receiver must be content
// to hear it twice.
package message

import (
	"errors"
	"fmt"
	"net/url"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what travels.
const (
	KeyBytesMin    = 16 // of a shared key
	URLBytesMax    = 512
	TextRunesMax   = 140
	BodyBytesMax   = 64 << 10 // of a text, a report or an answer that is read
	TimeoutDefault = 5 * time.Second
)

// ErrUnreachable: nobody answered, or not in a way that can be trusted. What
// was sent may have arrived; say it again.
var ErrUnreachable = errors.New("the receiver cannot be reached")

// ErrMalformed: a report that is not what was agreed.
var ErrMalformed = errors.New("the report is not what was agreed")

// Declined is a clear no of the gateway, and its code in the protocol. Saying
// it again changes nothing.
type Declined string

// The gateway's refusals, to be compared with errors.Is.
const (
	ErrBadNumber Declined = "BAD_NUMBER" // no phone has this number
	ErrBlocked   Declined = "BLOCKED"    // the number wants no messages
	ErrBadText   Declined = "BAD_TEXT"   // empty, too long, or not allowed
	ErrUnsigned  Declined = "UNSIGNED"   // the signature or its time is wrong
	ErrBadInput  Declined = "MALFORMED"  // a field is missing or outside its limits
)

// Error names the code.
func (d Declined) Error() string { return "the gateway declined: " + string(d) }

// CheckURL says what is wrong with an address that is to be posted to, nil if
// nothing: http or https, a host, and no name or password in it.
func CheckURL(s string) error {
	if s == "" || len(s) > URLBytesMax || !utf8.ValidString(s) {
		return fmt.Errorf("an address has 1 to %d bytes", URLBytesMax)
	}
	for _, r := range s {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return errors.New("an address has no spaces")
		}
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return errors.New("an address begins with http:// or https:// and a host")
	}
	if u.User != nil || u.Fragment != "" {
		return errors.New("an address has no user name and no #")
	}
	return nil
}
