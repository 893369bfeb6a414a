package chepiao_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every reason the program can give stands in the glossary, and every reason of
// the glossary is one that the program can give.
func TestGlossaryKnowsEveryReason(t *testing.T) {
	b, err := os.ReadFile("GLOSSARY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "\n## Reasons\n")
	section, _, ok2 := strings.Cut(section, "\n## ")
	if !ok || !ok2 {
		t.Fatal("the section of reasons is gone")
	}
	written := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(section, -1) {
		written[m[1]] = true
	}

	given := map[string]bool{}
	constant := regexp.MustCompile(`\bReason\s*=\s*"([A-Z_]+)"`)
	for path, text := range readTree(t, ".") {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range constant.FindAllStringSubmatch(text, -1) {
			given[m[1]] = true
		}
	}
	if len(given) < 20 {
		t.Fatalf("only %d reasons found in the code", len(given))
	}
	for r := range given {
		if !written[r] {
			t.Errorf("%s is a reason in the code but stands in no table of GLOSSARY.md", r)
		}
	}
	for r := range written {
		if !given[r] {
			t.Errorf("%s stands in GLOSSARY.md but no code gives it", r)
		}
	}
}
