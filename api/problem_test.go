package api

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"chepiao"
)

// TestEveryReasonHasAStatus reads the reasons that a refusal can have out of
// the domain, the office and this door.
func TestEveryReasonHasAStatus(t *testing.T) {
	b, err := os.ReadFile("../refusal.go")
	if err != nil {
		t.Fatal(err)
	}
	reasons := regexp.MustCompile(`\bReason\s*=\s*"([A-Z_]+)"`)
	found := reasons.FindAllStringSubmatch(string(b), -1)
	own, err := os.ReadFile("problem.go")
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, reasons.FindAllStringSubmatch(string(own), -1)...)
	if len(found) < 25 {
		t.Fatalf("only %d reasons found", len(found))
	}
	for _, m := range found {
		k, ok := kinds[chepiao.Reason(m[1])]
		if !ok || k.status < 400 || k.status > 599 || k.zh == "" || k.en == "" {
			t.Errorf("%s: %+v", m[1], k)
		}
	}
	// Whatever else a verb refuses with (reasons of a check) must be in the table, too.
	used := regexp.MustCompile(`Refuse\(chepiao\.([A-Za-z]+)`)
	files, err := filepath.Glob("../office/*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	names := reasonNames(t)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(string(b), "\t"+m[1]+" ") {
				continue // of refusal.go, seen above
			}
			if _, ok := kinds[names[m[1]]]; !ok {
				t.Errorf("%s refuses with %s, which has no status", f, m[1])
			}
		}
	}
}

// reasonNames are the reasons of the domain by the names of their constants.
func reasonNames(t *testing.T) map[string]chepiao.Reason {
	t.Helper()
	names := map[string]chepiao.Reason{}
	constant := regexp.MustCompile(`(\w+)\s+Reason\s*=\s*"([A-Z_]+)"`)
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = chepiao.Reason(m[2])
		}
	}
	return names
}

// TestUnknownReason: a reason that nobody put into the table is still a no.
func TestUnknownReason(t *testing.T) {
	if p := (*call)(nil).problem("NEW_REASON", "f", "中", "e"); p.Status != 409 || p.Title != "e" || p.Detail != "e" || p.Field != "f" {
		t.Errorf("%+v", p)
	}
}

// TestWords: messages of huma's validation in both languages, with their fields.
func TestWords(t *testing.T) {
	for _, c := range []struct{ location, message, field, en string }{
		{"body", "expected required property from to be present", "from", "this is required"},
		{"body.passengers[1].document", "expected required property number to be present", "passengers[1].document.number", "this is required"},
		{"query.limit", "expected number <= 100", "limit", "this must be at most 100"},
		{"header.Idempotency-Key", "expected length <= 100", "Idempotency-Key", "this has at most 100 characters"},
		{"path.order", "expected string to match pattern x", "order", "this is not in the expected form"},
		{"body.channel", `expected value to be one of "cash, sandbox"`, "channel", `this must be one of "cash, sandbox"`},
		{"body", "json: cannot unmarshal number 1e2 into Go struct field payInput.Body.amount of type int64", "Body.amount", "this is not in the expected form"},
		{"body.x", "something new", "x", "this is not in the expected form"},
	} {
		if got := fieldError(c.location, c.message); got.Field != c.field || got.EN != c.en || got.ZH == "" {
			t.Errorf("%s %q: %+v", c.location, c.message, got)
		}
	}
}
