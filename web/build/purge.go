package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// WeUI has a style for everything a phone can show; our pages use a tenth of it,
// and on a slow phone the rest is a second of waiting. So only those rules are
// kept whose classes some page names. Dark colours go too: our pages are light
// (their pictures of codes must be), and half a dark theme would be unreadable.

var (
	classNamed = regexp.MustCompile(`weui-[A-Za-z0-9_-]*`)
	classIn    = regexp.MustCompile(`\.([A-Za-z_][A-Za-z0-9_-]*)`)
	dark       = regexp.MustCompile(`data-weui-theme=|prefers-color-scheme: ?dark|data-weui-mode=`)
	varUsed    = regexp.MustCompile(`var\((--[A-Za-z0-9_-]+)`)
	varSet     = regexp.MustCompile(`^(--[A-Za-z0-9_-]+)\s*:`)
	animates   = regexp.MustCompile(`animation(?:-name)?\s*:([^;}]*)`)
)

// pagesIn are where pages and their scripts name classes.
var pagesIn = []string{".html", ".go", ".ts"}

// classesNamed collects the weui classes that the pages in a folder name. One
// that ends in "_" or "-" is completed in the page: every class that begins so
// is meant.
func classesNamed(folder string) (whole map[string]bool, begun []string, err error) {
	whole = map[string]bool{}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || name == "dist" || name == "testdata" || name == "build" {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(pagesIn, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("looking for classes: %w", err)
		}
		for _, name := range classNamed.FindAllString(string(text), -1) {
			if strings.HasSuffix(name, "_") || strings.HasSuffix(name, "-") {
				begun = append(begun, name)
			} else {
				whole[name] = true
			}
		}
		return nil
	})
	return whole, begun, err
}

// rule is one rule of a style sheet: what stands before its braces, and the
// declarations, or the rules of a block such as @media.
type rule struct {
	head, body string
	rules      []rule
}

// purge keeps of a style sheet what named classes need; beside are other sheets
// whose use of its variables counts.
func purge(css string, whole map[string]bool, begun []string, beside string) string {
	rules := keep(parse(css), func(class string) bool {
		return whole[class] || slices.ContainsFunc(begun, func(b string) bool { return strings.HasPrefix(class, b) })
	})
	for { // a variable may be there for another variable only
		before := write(rules)
		used := map[string]bool{}
		for _, m := range varUsed.FindAllStringSubmatch(before+beside, -1) {
			used[m[1]] = true
		}
		moves := ""
		for _, m := range animates.FindAllStringSubmatch(before+beside, -1) {
			moves += " " + m[1]
		}
		rules = tidy(rules, used, strings.Fields(strings.ReplaceAll(moves, ",", " ")))
		if write(rules) == before {
			return before
		}
	}
}

// parse reads rules. It knows comments, strings and nesting: as much of the
// grammar as a minified sheet has.
func parse(css string) (rules []rule) {
	for i := 0; i < len(css); {
		open, semicolon := seek(css, i, '{'), seek(css, i, ';')
		if semicolon < open { // @charset, @import
			i = semicolon + 1
			continue
		}
		if open == len(css) {
			break
		}
		end := closing(css, open)
		r := rule{head: strings.TrimSpace(css[i:open]), body: css[open+1 : end]}
		if strings.HasPrefix(r.head, "@media") || strings.HasPrefix(r.head, "@supports") {
			r.rules, r.body = parse(r.body), ""
		}
		rules = append(rules, r)
		i = end + 1
	}
	return rules
}

// seek is the place of a character from i on, outside strings, comments and
// brackets; the length of the text where there is none.
func seek(css string, i int, want byte) int {
	depth := 0
	for ; i < len(css); i++ {
		switch c := css[i]; {
		case c == want && depth == 0:
			return i
		case c == '"' || c == '\'':
			for i++; i < len(css) && css[i] != c; i++ {
				if css[i] == '\\' {
					i++
				}
			}
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '/' && strings.HasPrefix(css[i:], "/*"):
			i += max(strings.Index(css[i:], "*/")+1, 1)
		}
	}
	return len(css)
}

// closing is the place of the brace that closes the one at open.
func closing(css string, open int) int {
	for i := open + 1; ; {
		end, inner := seek(css, i, '}'), seek(css, i, '{')
		if inner > end || inner == len(css) {
			return end
		}
		i = closing(css, inner) + 1
	}
}

// keep drops the selectors that need a class nobody names, and dark colours.
func keep(rules []rule, named func(class string) bool) (kept []rule) {
	for _, r := range rules {
		switch {
		case dark.MatchString(r.head) && !strings.Contains(r.head, ","):
			continue
		case r.rules != nil:
			if r.rules = keep(r.rules, named); len(r.rules) > 0 {
				kept = append(kept, r)
			}
			continue
		case strings.HasPrefix(r.head, "@"):
			kept = append(kept, r)
			continue
		}
		var selectors []string
		for _, s := range strings.Split(r.head, ",") {
			needed := classIn.FindAllStringSubmatch(s, -1)
			if !dark.MatchString(s) && !slices.ContainsFunc(needed, func(m []string) bool { return !named(m[1]) }) {
				selectors = append(selectors, s)
			}
		}
		if len(selectors) > 0 {
			r.head = strings.Join(selectors, ",")
			kept = append(kept, r)
		}
	}
	return kept
}

// tidy drops variables that nothing uses and movements that nothing makes.
func tidy(rules []rule, used map[string]bool, moves []string) (kept []rule) {
	for _, r := range rules {
		switch {
		case r.rules != nil:
			r.rules = tidy(r.rules, used, moves)
			if len(r.rules) == 0 {
				continue
			}
		case strings.Contains(r.head, "keyframes"):
			if fields := strings.Fields(r.head); !slices.Contains(moves, fields[len(fields)-1]) {
				continue
			}
		case !strings.HasPrefix(r.head, "@"):
			var lines []string
			for _, line := range declarations(r.body) {
				if m := varSet.FindStringSubmatch(line); m == nil || used[m[1]] {
					lines = append(lines, line)
				}
			}
			if r.body = strings.Join(lines, ";"); r.body == "" {
				continue
			}
		}
		kept = append(kept, r)
	}
	return kept
}

func declarations(body string) (lines []string) {
	for i := 0; i < len(body); {
		end := seek(body, i, ';')
		if line := strings.TrimSpace(body[i:end]); line != "" {
			lines = append(lines, line)
		}
		i = end + 1
	}
	return lines
}

func write(rules []rule) string {
	var b strings.Builder
	for _, r := range rules {
		b.WriteString(r.head + "{")
		if r.rules != nil {
			b.WriteString(write(r.rules))
		} else {
			b.WriteString(r.body)
		}
		b.WriteString("}")
	}
	return b.String()
}
