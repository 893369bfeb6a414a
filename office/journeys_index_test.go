package office_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestIndexOfStories holds the index of the stories to what is there: every
// story and test it names exists.
func TestIndexOfStories(t *testing.T) {
	text, err := os.ReadFile("../testdata/journeys/README.md")
	must(t, err)
	tests := ""
	for _, pattern := range []string{"../*_test.go", "../*/*_test.go", "../*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range files {
			code, err := os.ReadFile(name)
			must(t, err)
			tests += string(code)
		}
	}
	rows := 0
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.Contains(line, "---") {
			continue
		}
		for _, name := range regexp.MustCompile(`[A-Za-z_]{4,}`).FindAllString(cells[len(cells)-2], -1) {
			rows++
			if _, err := os.Stat("../testdata/journeys/" + name + ".txt"); err != nil && !strings.Contains(tests, "func "+name+"(t *testing.T)") && name != "story" && name != "test" {
				t.Errorf("the index names %s, which is neither a story nor a test", name)
			}
		}
	}
	if rows < 40 {
		t.Errorf("only %d stories and tests are named", rows)
	}
}
