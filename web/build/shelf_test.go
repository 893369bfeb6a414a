package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShelf(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{".keep", "stale-0000000000.js"} {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("检票 check ", 500)
	for name, content := range map[string]string{"gate.js": text, "tiny.css": "a{}"} {
		if err := s.put(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.put("gate.js", []byte("another")); err == nil {
		t.Error("two files under one plain name were accepted")
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}

	var manifest map[string]string
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest) != 2 || !strings.HasPrefix(manifest["gate.js"], "gate-") || !strings.HasSuffix(manifest["gate.js"], ".js") {
		t.Errorf("manifest is %v", manifest)
	}
	if got := unzip(t, filepath.Join(dir, manifest["gate.js"]+".gz")); got != text {
		t.Error("the gzip form holds other bytes than the file")
	}
	if _, err := os.Stat(filepath.Join(dir, manifest["tiny.css"]+".gz")); err == nil {
		t.Error("a gzip form that saves nothing was kept")
	}
	if _, err := os.Stat(filepath.Join(dir, ".keep")); err != nil {
		t.Error(".keep is gone: the program no longer builds without its pages")
	}
	if _, err := os.Stat(filepath.Join(dir, "stale-0000000000.js")); err == nil {
		t.Error("a file of an earlier build is still there")
	}
}

// A browser keeps a file for ever, so other content must get another name and
// the same content the same.
func TestShelfNamesFollowContent(t *testing.T) {
	name := func(content string) string {
		s, err := newShelf(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.put("a.js", []byte(content)); err != nil {
			t.Fatal(err)
		}
		return s.manifest["a.js"]
	}
	one, again, two := name("one"), name("one"), name("two")
	if one != again || one == two {
		t.Errorf("names do not follow content: %s, %s, %s", one, again, two)
	}
}

func unzip(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
