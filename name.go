package chepiao

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Name is a passenger's name as the document spells it. Every way of printing
// it shows it masked, "张**" or "J*"; only Reveal gives the clear name. Two
// names are compared with Equal or Matches; == does not compile.
type Name struct{ clear secret }

// NameMax is the longest name in characters.
const NameMax = 60

// nameBytesMax bounds a name as typed, before any work is done on it.
const nameBytesMax = 1024

// NewName reads a name as people type it: NFKC, but ideographs beyond the basic
// plane and compatibility ideographs (U+F900, U+2F800 and on) stay exactly as
// typed. Unicode calls the latter the same as the ordinary character, a card
// does not: NFKC, and already NFC, would print another shape than the one its
// holder has signed all life. Matches takes both for the same.
//
// Look-alikes of the middle dot become U+00B7. Spaces are trimmed and
// collapsed, and dropped between Chinese characters and around the middle dot
// ("张　三" is 张三).
//
// Refusals are Invalid at name: empty, longer than NameMax, digits, control
// characters or signs that no name has. They never repeat the name.
func NewName(s string) (Name, error) {
	if plainName(s) {
		return Name{hide(s)}, nil
	}
	if len(s) > nameBytesMax {
		return Name{}, badName(fmt.Sprintf("姓名最多 %d 个字", NameMax), fmt.Sprintf("a name has at most %d characters", NameMax))
	}
	if !utf8.ValidString(s) {
		return Name{}, badName("姓名的文字编码有误，请重新输入", "the name is not valid text: please type it again")
	}
	s = joinName(foldName(strings.TrimSpace(s)))
	if bad := checkName(s); bad != nil {
		return Name{}, bad
	}
	return Name{hide(s)}, nil
}

// RestoreName is the name that was kept after NewName accepted it: for a store
// that decrypts it. It checks nothing.
func RestoreName(s string) Name { return Name{hide(s)} }

// Reveal is the clear name. Call it only to encrypt it, to compare it, or to
// show it to its owner or to one whose right to see it was recorded.
func (n Name) Reveal() string { return n.clear.reveal() }

// IsZero tells that there is no name.
func (n Name) IsZero() bool { return n.clear.value == nil }

// Equal tells whether both names are spelt the same.
func (n Name) Equal(o Name) bool { return n.Reveal() == o.Reveal() }

// String is the name masked: the surname and a star for each further
// character, at most two, so that long names do not show their length; of a
// name in letters the first letter and one star.
func (n Name) String() string {
	s := n.Reveal()
	first, size := utf8.DecodeRuneInString(s)
	switch {
	case s == "":
		return ""
	case size == len(s):
		return "*"
	case !ideograph(first):
		return s[:size] + "*"
	}
	count := utf8.RuneCountInString(s)
	if _, second := utf8.DecodeRuneInString(s[size:]); count > 2 && compoundSurnames[s[:size+second]] {
		size, count = size+second, count-1
	}
	return s[:size] + strings.Repeat("*", min(2, count-1))
}

// Format makes every verb print the masked name.
func (n Name) Format(f fmt.State, verb rune) { formatMasked(f, verb, n.String()) }

// MarshalText is the masked name.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText always fails: see NewName.
func (n *Name) UnmarshalText([]byte) error { return errMasked }

// UnmarshalJSON always fails: see NewName.
func (n *Name) UnmarshalJSON([]byte) error { return errMasked }

// compoundSurnames are the usual surnames of two characters (复姓).
var compoundSurnames = func() map[string]bool {
	set := make(map[string]bool)
	for s := range strings.FieldsSeq("欧阳 歐陽 太史 端木 上官 司马 司馬 东方 東方 独孤 南宫 南宮 万俟 闻人 聞人 夏侯 诸葛 諸葛 尉迟 尉遲 公羊 赫连 赫連 " +
		"澹台 皇甫 宗政 濮阳 濮陽 公冶 太叔 申屠 公孙 公孫 慕容 仲孙 钟离 鍾離 长孙 長孫 宇文 司徒 鲜于 司空 令狐 呼延 轩辕 百里 东郭 拓跋 完颜 西门 第五 淳于 单于 梁丘 左丘") {
		set[s] = true
	}
	return set
}()

// plainName tells that a name needs nothing: common ideographs, or Latin
// letters, with single separators inside. Most names pass here.
func plainName(s string) bool {
	const none, han, latin = 0, 1, 2
	last, count := none, 0
	for _, r := range s {
		count++
		switch {
		case r >= 0x4E00 && r <= 0x9FFF:
			last = han
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			last = latin
		case last == latin && r == ' ', last == han && r == middleDot:
			last = none
		default:
			return false
		}
	}
	return last != none && count <= NameMax
}

const middleDot = '\u00B7' // ·

// foldName replaces look-alikes, drops invisible characters and brings the
// rest, but for ideographs that stay as typed, into NFKC.
func foldName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		// full-width and small full stop, bullet, hyphenation point, katakana dots,
		// bullet and dot operators, one-dot leader, ano teleia, sinological dot,
		// word separator dot, black circle, Z bullet, raised dot, araea, runic dot
		case '\uFF0E', '\uFE52', '\u2022', '\u2027', '\u30FB', '\uFF65', '\u2219', '\u22C5', '\u2024', '\u0387', '\uA78F', '\u2E31', '\u25CF', '\u2981',
			'\u2E33', '\u318D', '\u16EB':
			return middleDot
		case '\u2018', '\u2019', '\uFF07', '\u2032': // quotation marks, prime
			return '\''
		case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\uFF0D', '\u2212', '\uFE63': // dashes
			return '-'
		case '\u00AD', '\u200B', '\u200E', '\u200F', '\u2060', '\uFEFF',
			'\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069':
			return -1
		}
		return r
	}, s)
	if norm.NFKC.IsNormalString(s) {
		return s
	}
	var out strings.Builder
	start := 0 // of the part not yet written
	for i, r := range s {
		if beyondBasicPlane(r) || compatibilityIdeograph(r) {
			out.WriteString(norm.NFKC.String(s[start:i]))
			out.WriteRune(r)
			start = i + utf8.RuneLen(r)
		}
	}
	out.WriteString(norm.NFKC.String(s[start:]))
	return out.String()
}

// joinName puts the separators of a folded name in order: a full stop, also the
// one a Chinese keyboard types, between Chinese characters is a middle dot, no space stands beside a dot or between
// Chinese characters, nothing is doubled, nothing trails.
func joinName(s string) string {
	in := []rune(s)
	out := make([]rune, 0, len(in))
	space := false
	for i, r := range in {
		if r == ' ' || unicode.Is(unicode.Zs, r) {
			space = true
			continue
		}
		var last rune
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		if (r == '.' || r == '\u3002') && ideograph(last) && ideograph(nextVisible(in[i+1:])) {
			r = middleDot
		}
		wanted := space && last != 0 && last != middleDot && r != middleDot && !(ideograph(last) && ideograph(r))
		if wanted {
			out = append(out, ' ')
		}
		space = false
		if r != middleDot || last != middleDot {
			out = append(out, r)
		}
	}
	return strings.TrimRight(string(out), "·")
}

func nextVisible(rest []rune) rune {
	for _, r := range rest {
		if !unicode.Is(unicode.Zs, r) {
			return r
		}
	}
	return 0
}

// checkName refuses what no name is. Positions count from 1.
func checkName(s string) *Refusal {
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0:
		return badName("请填写姓名", "the name is missing")
	case n > NameMax:
		return badName(fmt.Sprintf("姓名最多 %d 个字，现为 %d 个", NameMax, n),
			fmt.Sprintf("a name has at most %d characters; this one has %d", NameMax, n))
	}
	at := 0
	for _, r := range s {
		at++
		switch {
		case ideograph(r), unicode.IsLetter(r):
		case at == 1:
			return badName("姓名应以文字开头", "a name starts with a letter")
		case unicode.IsMark(r), strings.ContainsRune(" ·'-.,\u200C\u200D\u180E", r):
		case unicode.IsNumber(r):
			return badName(fmt.Sprintf("姓名第 %d 个字是数字，请核对", at), fmt.Sprintf("character %d of the name is a digit", at))
		default:
			return badName(fmt.Sprintf("姓名第 %d 个字不能用于姓名，请核对", at), fmt.Sprintf("character %d of the name cannot stand in a name", at))
		}
	}
	return nil
}

// ideograph tells Chinese characters: the basic ones, 〇, the planes of rare
// ones, the private-use places where older systems put rare ones, and the
// selectors of variants behind them.
func ideograph(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF, r == '〇', compatibilityIdeograph(r),
		r >= 0xE000 && r <= 0xF8FF, beyondBasicPlane(r), r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return true
	}
	return false
}

// beyondBasicPlane tells the ideographs of planes 2 and 3 and the private-use
// planes 15 and 16.
func beyondBasicPlane(r rune) bool {
	return (r >= 0x20000 && r < 0x40000 || r >= 0xF0000 && r <= 0x10FFFF) && r&0xFFFE != 0xFFFE
}

// compatibilityIdeograph tells the ideographs that Unicode repeats for older
// character sets; of those beyond the basic plane see beyondBasicPlane.
func compatibilityIdeograph(r rune) bool { return r >= 0xF900 && r <= 0xFAFF }

func badName(zh, en string) *Refusal { return Refuse(Invalid, zh, en).At("name") }
