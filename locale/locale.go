// Package locale holds every sentence that pages show, in Chinese and in
// English, and decides which language a reader gets. A sentence has a key such
// as "search.title"; the catalogues are zh.json and en.json, one line a key, so
// that somebody who speaks the language but not Go can mend them.
//
// Sentences that explain a decision (why a refund costs what it costs) are not
// here: the domain gives them in both languages with the decision.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// Lang is a language of the pages.
type Lang string

// The languages. Chinese comes first: it is what a reader gets who asks for
// neither.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Langs are all languages in the order in which pages offer them.
func Langs() []Lang { return []Lang{ZH, EN} }

// Parse reads "zh" or "en"; ok is false for anything else.
func Parse(s string) (l Lang, ok bool) {
	l = Lang(s)
	return l, slices.Contains(Langs(), l)
}

// Tag is the language as an HTML page states it (BCP 47).
func (l Lang) Tag() string {
	if l == EN {
		return "en"
	}
	return "zh-CN"
}

// Other is the language a reader may change to.
func (l Lang) Other() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// Pick is the one of two sentences that is in this language.
func (l Lang) Pick(zh, en string) string {
	if l == EN {
		return en
	}
	return typeset(zh)
}

// fullWidth are the marks of Chinese typesetting for those of the keyboard.
var fullWidth = map[rune]rune{',': '\uFF0C', ':': '\uFF1A', ';': '\uFF1B', '?': '\uFF1F', '!': '\uFF01', '(': '\uFF08', ')': '\uFF09'}

// typeset gives a Chinese sentence its full-width marks where they stand beside
// a Chinese character: decisions explain themselves in plain ones.
func typeset(zh string) string {
	text := []rune(zh)
	chinese := func(i int) bool {
		return i >= 0 && i < len(text) && (unicode.Is(unicode.Han, text[i]) || strings.ContainsRune("“”", text[i]))
	}
	set := slices.Clone(text)
	open := -1 // the bracket that waits for its other half
	for i, c := range text {
		mark, ok := fullWidth[c]
		switch {
		case !ok:
		case c == '(':
			open = i
		case c == ')' && open >= 0 && (chinese(open-1) || chinese(open+1) || chinese(i-1) || chinese(i+1)):
			set[open], set[i], open = fullWidth['('], mark, -1
		case c != ')' && (chinese(i-1) || chinese(i+1)):
			set[i] = mark
		}
	}
	return string(set)
}

// acceptMax bounds the Accept-Language header that is looked at, in bytes.
const acceptMax = 500

var matcher = language.NewMatcher([]language.Tag{language.Chinese, language.English, language.TraditionalChinese})

// Choose is the language for a reader: the first of the wishes (a query, a
// cookie) that names one, else the best fit to an Accept-Language header, else
// Chinese.
func Choose(accept string, wishes ...string) Lang {
	for _, w := range wishes {
		if l, ok := Parse(w); ok {
			return l
		}
	}
	if accept == "" || len(accept) > acceptMax {
		return ZH
	}
	if _, i := language.MatchStrings(matcher, accept); i == 1 {
		return EN
	}
	return ZH
}

//go:embed zh.json en.json
var files embed.FS

var catalogues = map[Lang]map[string]string{ZH: read("zh.json"), EN: read("en.json")}

func read(name string) map[string]string {
	var c map[string]string
	b, err := files.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		panic("locale: " + name + ": " + err.Error()) // embedded: the test reads it, too
	}
	return c
}

// Say is the sentence of a key with its arguments put in, as fmt does. A key
// that no catalogue has is shown in brackets: ugly, so that it is noticed.
func (l Lang) Say(key string, args ...any) string {
	s, ok := catalogues[l][key]
	switch {
	case !ok:
		return "[" + key + "]"
	case len(args) == 0:
		return s
	}
	return fmt.Sprintf(s, args...)
}

// Has tells whether the catalogues have a key.
func Has(key string) bool { return catalogues[ZH][key] != "" }

// Keys are all keys in order.
func Keys() []string {
	keys := make([]string, 0, len(catalogues[ZH]))
	for k := range catalogues[ZH] {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
