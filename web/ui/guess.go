package ui

import (
	"strings"

	"chepiao"
)

// Read is what somebody typed or scanned into a field that takes anything: a
// voucher's code, the number of a ticket or an order, or a document.
type Read struct {
	Code     string
	Ticket   chepiao.TicketID
	Order    chepiao.OrderID
	Document chepiao.DocumentKind // the likely kind
	Number   string               // of the document, as typed
}

// Guess tells what was read by its looks. A number that is nothing else is
// taken for a document; a wrong check digit of a ticket or an order is refused
// by who asks for it, so the refusals of both are given back at field "code".
func Guess(s string) (r Read, err error) {
	s = strings.TrimSpace(s)
	plain := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	switch {
	case s == "":
		return r, chepiao.Refuse(chepiao.Invalid, "请扫码，或输入票号、证件号", "scan a code, or type a ticket or document number").At("code")
	case strings.HasPrefix(s, "CP1:") || len(s) > 60:
		r.Code = s
	case numbered(plain, "TK"):
		r.Ticket, err = chepiao.ParseTicketID(plain)
	case numbered(plain, "OD"):
		r.Order, err = chepiao.ParseOrderID(plain)
	default:
		r.Document, r.Number = GuessDocument(plain), s
	}
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		err = refusal.At("code")
	}
	return r, err
}

func numbered(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && len(rest) >= 8 && strings.Trim(rest, "0123456789") == ""
}

// GuessDocument is the kind of document whose numbers look like this one, in
// capitals without spaces. Only a form's first choice: the person may change
// it, and the domain judges the number.
func GuessDocument(s string) chepiao.DocumentKind {
	digits := strings.Trim(s, "0123456789") == ""
	switch {
	case len(s) == 18 && (strings.HasPrefix(s, "81") || strings.HasPrefix(s, "82") || strings.HasPrefix(s, "83")):
		return chepiao.HMTResidencePermit
	case len(s) == 18 && s[0] == '9':
		return chepiao.ForeignPRCard
	case len(s) == 18:
		return chepiao.ResidentID
	case len(s) == 15 && letters(s[:3]) && strings.Trim(s[3:], "0123456789") == "":
		return chepiao.ForeignPRCard
	case (len(s) == 9 || len(s) == 11) && (s[0] == 'H' || s[0] == 'M') && strings.Trim(s[1:], "0123456789") == "":
		return chepiao.HKMacauPermit
	case digits && len(s) == 8:
		return chepiao.TaiwanPermit
	case digits && len(s) > 11:
		return chepiao.ResidentID
	default:
		return chepiao.Passport
	}
}

func letters(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c < 'A' || c > 'Z' }) < 0
}
