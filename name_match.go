package chepiao

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NameMatch is how alike two spellings of a name are.
type NameMatch string

// The degrees of likeness, best first.
const (
	NameSame      NameMatch = "same"      // as Name.Matches
	NameReordered NameMatch = "reordered" // the same words in another order
	NameNear      NameMatch = "near"      // a slip, accents left out, or a word left out
	NameDifferent NameMatch = "different"
)

// NameHint says how alike two names are. It is a hint for the clerk and decides
// nothing: passports of many countries put the words in another order than
// tickets do, and a document is matched by number and nationality (F15).
//
// Near is: one letter in three differs, at most two; or all words of one name,
// at least two, are among those of the other.
func NameHint(a, b Name) NameMatch {
	if a.Matches(b) {
		return NameSame
	}
	left, right := nameWords(a), nameWords(b)
	if reordered(left, right) {
		return NameReordered
	}
	if a.IsZero() || b.IsZero() {
		return NameDifferent
	}
	x, y := []rune(strings.Join(left, "")), []rune(strings.Join(right, ""))
	if n := min(len(x), len(y)); editDistance(x, y) <= min(2, n/3) || within(left, right) || within(right, left) {
		return NameNear
	}
	return NameDifferent
}

// Matches tells whether both spell one person's name as different systems
// write it: case, spaces, dots and hyphens do not count, a compatibility
// ideograph counts as the ordinary one, and so does a variant of a shape.
func (n Name) Matches(o Name) bool {
	return strings.EqualFold(nameLetters(n.Reveal()), nameLetters(o.Reveal()))
}

func nameLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(nameSeparators, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// nameSeparators stand between the words of a name.
const nameSeparators = " ·'-.,"

// nameWords are the words of a name in lower case without accents, as the
// machine-readable line of a passport has them.
func nameWords(n Name) []string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(n.Reveal()))
	return strings.FieldsFunc(norm.NFC.String(bare), func(r rune) bool { return strings.ContainsRune(nameSeparators, r) })
}

// reordered tells that two names have the same words in another order, or that
// one begins where the other ends: "Xiao Ming Wang" and "WANG XIAOMING".
func reordered(a, b []string) bool {
	if slices.Equal(a, b) || len(a) < 2 && len(b) < 2 {
		return false
	}
	if slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))) {
		return true
	}
	if len(a) < len(b) {
		a, b = b, a
	}
	whole := strings.Join(b, "")
	for i := 1; i < len(a); i++ {
		if strings.Join(a[i:], "")+strings.Join(a[:i], "") == whole {
			return true
		}
	}
	return false
}

// within tells that each of two or more words stands among the others.
func within(words, others []string) bool {
	left := slices.Clone(others)
	for _, w := range words {
		i := slices.Index(left, w)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(words) >= 2
}

// editDistance is how many characters must be put in, left out or replaced to
// make one text the other (Levenshtein).
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		before := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := before
			if x != y {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
