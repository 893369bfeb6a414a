package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sheet is a document in rows, before anybody knows on what it is printed.
type sheet struct {
	title string
	rows  []row
	wide  bool // needs a full page
}

// row is one of: cells side by side, a rule, a code, or room.
type row struct {
	cells []cell
	size  int // of the letters: 1, 2 or 3 times the small ones
	bold  bool
	rule  bool
	code  string
	room  int // tenths of a line
}

type cell struct {
	text  string
	align align
	share int // of the width, beside the others
}

type align int

const (
	left align = iota
	centre
	right
)

func (s *sheet) add(r row) { s.rows = append(s.rows, r) }
func (s *sheet) rule()     { s.add(row{rule: true}) }
func (s *sheet) gap(n int) { s.add(row{room: n}) }

// line is a row of one cell, left out when there is nothing to say.
func (s *sheet) line(size int, bold bool, a align, text string) {
	if text != "" {
		s.add(row{cells: []cell{{text, a, 1}}, size: size, bold: bold})
	}
}

// pair says what something is, and what it is; left out when that is empty.
func (s *sheet) pair(what, is string) {
	if is != "" {
		s.line(1, false, left, what+" "+is)
	}
}

// two are two facts side by side.
func (s *sheet) two(size int, bold bool, a, b string) {
	switch {
	case a == "":
		s.line(size, bold, left, b)
	case b == "":
		s.line(size, bold, left, a)
	default:
		s.add(row{cells: []cell{{a, left, 1}, {b, left, 1}}, size: size, bold: bold})
	}
}

// Of punctuation, what may not begin a line and what may not end one.
const (
	notFirst = "、。,;:!?)》」』】”’%…·!?),.:;"
	notLast  = "(《「『【“‘("
)

// wrap breaks a text into lines no wider than width, in the units of measure. It
// breaks between Chinese characters and between words, and inside a word only
// where the word alone is wider than a line.
func wrap(text string, width int, measure func(rune) int) (lines []string) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		rest := strings.TrimSpace(paragraph)
		for rest != "" {
			n := fits(rest, width, measure)
			lines = append(lines, strings.TrimRight(rest[:n], " "))
			rest = strings.TrimLeft(rest[n:], " ")
		}
	}
	return lines
}

// fits is how many bytes of a text stand on one line.
func fits(text string, width int, measure func(rune) int) int {
	used, last := 0, 0 // last: bytes after which the line may end
	for i, r := range text {
		if i > 0 && mayBreak(text, i, r) {
			last = i
		}
		if used += measure(r); used > width {
			switch {
			case last > 0:
				return last
			case i > 0:
				return i
			}
			return utf8.RuneLen(r) // a line holds one character at least
		}
	}
	return len(text)
}

// mayBreak says whether a line may end before the character r at byte i.
func mayBreak(text string, i int, r rune) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	switch {
	case strings.ContainsRune(notFirst, r) || strings.ContainsRune(notLast, before):
		return false
	case before == ' ':
		return true
	}
	return ideograph(before) || ideograph(r)
}

func ideograph(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFF60
}
