package locale

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCataloguesSayTheSame(t *testing.T) {
	verb := regexp.MustCompile(`%[-+# 0]*[0-9.]*(\[\d+\])?[a-z%]`)
	for key, zh := range catalogues[ZH] {
		en, ok := catalogues[EN][key]
		if !ok {
			t.Errorf("%s is missing in en.json", key)
			continue
		}
		a, b := verb.FindAllString(zh, -1), verb.FindAllString(en, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s takes %v in Chinese and %v in English", key, a, b)
		}
		if strings.TrimSpace(zh) == "" || strings.TrimSpace(en) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range catalogues[EN] {
		if _, ok := catalogues[ZH][key]; !ok {
			t.Errorf("%s is missing in zh.json", key)
		}
	}
}

// TestChinesePunctuation: a Chinese sentence has Chinese punctuation. What stands
// between letters and digits, as in 08:30, is not looked at.
func TestChinesePunctuation(t *testing.T) {
	beside := regexp.MustCompile(`\p{Han}[,:;!?()]|[,:;!?()]\p{Han}|%[sd][,:;!?]\p{Han}`)
	for _, wrong := range []string{"请登录,", "本设备:%s", "(净)", "共 %s,按"} {
		if !beside.MatchString(wrong) {
			t.Errorf("%q passes", wrong)
		}
	}
	for key, zh := range catalogues[ZH] {
		if at := beside.FindString(zh); at != "" {
			t.Errorf("%s: %q in %q should be one of ，：；！？（）", key, at, zh)
		}
	}
}

// TestKeysAreUsed reads the pages: every key stands in one, and every key that
// stands in one is in the catalogues.
func TestKeysAreUsed(t *testing.T) {
	used, begun := keysOfPages(t)
	if len(used) < 50 {
		t.Fatalf("only %d keys found in the pages", len(used))
	}
	for key := range used {
		if !Has(key) {
			t.Errorf("a page says %q, which no catalogue has", key)
		}
	}
	for _, key := range Keys() {
		if !used[key] && !slices.ContainsFunc(begun, func(b string) bool { return strings.HasPrefix(key, b) }) {
			t.Errorf("%s stands in the catalogues but on no page", key)
		}
	}
}

// keysOfPages finds the whole keys in templates and code of web, and the
// beginnings to which something is added ("seat." and a state).
func keysOfPages(t *testing.T) (used map[string]bool, begun []string) {
	whole := regexp.MustCompile(`(?:\bt |\bSay\(|\bsay\()"([a-z0-9_.]+)"`)
	part := regexp.MustCompile(`(?:\bt \(print |\bSay\(|\bsay\()"([a-z0-9_.]+\.)"`)
	used = map[string]bool{}
	err := filepath.WalkDir("../web", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == "node_modules" || d.Name() == "dist" || d.Name() == "testdata" {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return err
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".html" && ext != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, m := range part.FindAllStringSubmatch(string(b), -1) {
			begun = append(begun, m[1])
		}
		for _, m := range whole.FindAllStringSubmatch(string(b), -1) {
			if !strings.HasSuffix(m[1], ".") {
				used[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return used, begun
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		accept, query, cookie string
		want                  Lang
	}{
		{"", "", "", ZH},
		{"en-GB,en;q=0.9", "", "", EN},
		{"zh-TW,en;q=0.5", "", "", ZH},
		{"ja,en;q=0.5", "", "", EN},
		{"fi", "", "", ZH},
		{"en", "zh", "", ZH},
		{"zh", "", "en", EN},
		{"zh", "zh", "en", ZH},
		{"en", "xx", "", EN},
		{"en;q=", "", "", ZH},
		{strings.Repeat("en,", 400), "", "", ZH},
	} {
		if got := Choose(c.accept, c.query, c.cookie); got != c.want {
			t.Errorf("accept %.20q, query %q, cookie %q: %s, want %s", c.accept, c.query, c.cookie, got, c.want)
		}
	}
}

func TestSay(t *testing.T) {
	if got := ZH.Say("no.such.key"); got != "[no.such.key]" {
		t.Errorf("an unknown key reads %q", got)
	}
}

func TestPickTypesets(t *testing.T) {
	const plain = "车票已退，退还 1,200 元(按 10:30), 收 ¥5.50,共 2"
	if got, want := ZH.Pick(plain, "x"), "车票已退，退还 1,200 元（按 10:30）, 收 ¥5.50，共 2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := EN.Pick(plain, "one, two"); got != "one, two" {
		t.Errorf("English became %q", got)
	}
}
