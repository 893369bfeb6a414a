package chepiao_test

import (
	"regexp"
	"strings"
	"testing"

	"chepiao"
)

// Every kind of event has the version with which it came, so that nodes of different
// ages know what they cannot read.
func TestEveryEventHasItsVersion(t *testing.T) {
	constant := regexp.MustCompile(`(?m)^(?:const )?\s*[A-Z]\w+\s+EventKind\s*=\s*"([a-z_]+)"`)
	n := 0
	for path, text := range readTree(t, ".") {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range constant.FindAllStringSubmatch(text, -1) {
			if n++; !chepiao.EventKind(m[1]).KnownTo(chepiao.Speaks) {
				t.Errorf("%s: %q is not in the table since: give it the version with which it came, and count Speaks up if nodes tell it each other", path, m[1])
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d kinds of events were found", n)
	}
	if chepiao.EventKind("from_the_future").KnownTo(chepiao.Speaks) || chepiao.ConflictWasFound.KnownTo(1) || !chepiao.OrderWasGiven.KnownTo(1) {
		t.Error("a kind is known to the wrong programs")
	}
}
