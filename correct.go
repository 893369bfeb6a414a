package chepiao

import (
	"fmt"
	"strings"
)

// Reasons of a correction (failure path F4).
const (
	NotACorrection  Reason = "NOT_A_CORRECTION" // more differs than a slip can explain: it would be another passenger
	CorrectedBefore Reason = "CORRECTED_BEFORE" // a ticket is corrected once
)

// The limits of a correction. They are not rules of the book: wider ones would
// let a ticket be handed on.
const (
	correctNameMax   = 2 // characters of the name
	correctNumberMax = 1 // characters of a number without a check character
)

// Correct decides whether a passenger's data on a ticket may be corrected from
// old to new (F4). before says that the ticket was corrected already. nil: the
// correction stands, free of charge.
//
// Either the name may differ, in at most two characters that are put in, left
// out or replaced (case, spaces, dots and hyphens do not count), or the
// document, never both; the phone is not looked at. Of a document
//   - the kind stays;
//   - of a number of GB 11643 one digit differs, or two neighbouring ones, and
//     the check character with them; the birth date stays. Both numbers passed
//     their check, so a single wrong digit can only have come with a wrong check
//     character;
//   - of any other number one character differs, is missing or too many;
//   - or the number stays and the nationality of the passport differs.
//
// That the ticket may still be corrected (issued, not checked) is the ticket's
// own matter. Refusals: CorrectedBefore, NotACorrection at name,
// document.number, document.kind or document.nationality, Invalid when nothing
// differs. They say what differs and repeat nothing of it.
func Correct(old, new Passenger, before bool) error {
	name, document := !old.Name.Equal(new.Name), !old.Document.Equal(new.Document)
	switch {
	case before:
		return Refuse(CorrectedBefore, "每张车票只能更正一次，本票已更正过", "a ticket is corrected once, and this one was corrected before")
	case !name && !document:
		return Refuse(Invalid, "姓名和证件与原票相同，无需更正", "name and document are those of the ticket: there is nothing to correct").At("name")
	case name && document:
		return noCorrection("name", "姓名和证件同时不同", "name and document both differ")
	case name:
		return correctName(old.Name, new.Name)
	default:
		return correctDocument(old.Document, new.Document)
	}
}

func correctName(old, new Name) error {
	a, b := []rune(strings.ToLower(nameLetters(old.Reveal()))), []rune(strings.ToLower(nameLetters(new.Reveal())))
	if n := editDistance(a, b); n > correctNameMax {
		return noCorrection("name", fmt.Sprintf("姓名相差 %d 个字，最多可更正 %d 个", n, correctNameMax),
			fmt.Sprintf("%d characters of the name differ, at most %d can be corrected", n, correctNameMax))
	}
	return nil
}

func correctDocument(old, new Document) error {
	switch {
	case old.kind != new.kind:
		return noCorrection("document.kind", "证件种类不同", "it is another kind of document")
	case old.Reveal() == new.Reveal():
		return nil // another nationality
	case old.nationality != new.nationality:
		return noCorrection("document.nationality", "证件号码和国籍同时不同", "number and nationality both differ")
	case old.checked() && new.checked():
		return correctChecked(old.Reveal(), new.Reveal())
	}
	if n := editDistance([]rune(old.Reveal()), []rune(new.Reveal())); n > correctNumberMax {
		return noCorrection("document.number", fmt.Sprintf("证件号码相差 %d 位，最多可更正 %d 位", n, correctNumberMax),
			fmt.Sprintf("%d characters of the number differ, at most %d can be corrected", n, correctNumberMax))
	}
	return nil
}

// correctChecked compares two numbers of 18 characters: 6 region, 8 birth, 3
// sequence, check. The check character follows from the others.
func correctChecked(old, new string) error {
	if old[6:14] != new[6:14] {
		return noCorrection("document.number", "号码中的出生日期不同", "the birth date in the number differs")
	}
	first, last, n := -1, -1, 0
	for i := range 17 {
		if old[i] != new[i] {
			if first < 0 {
				first = i
			}
			last = i
			n++
		}
	}
	if n > 2 || last-first > 1 {
		return noCorrection("document.number", fmt.Sprintf("除校验位外号码相差 %d 位，只能更正 1 位或相邻的 2 位", n),
			fmt.Sprintf("%d digits of the number differ beside the check character, only one or two neighbouring ones can be corrected", n))
	}
	return nil
}

func noCorrection(field, zh, en string) error {
	return Refuse(NotACorrection, zh+";更正超出范围，按转让处理，不予办理", en+": that would hand the ticket to somebody else").At(field)
}
