package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// shelf is the output folder: files named by content, and the manifest that
// leads from plain names to them.
type shelf struct {
	dir      string
	manifest map[string]string
}

// newShelf empties the folder but for .keep, which lets the program build
// before its pages are.
func newShelf(dir string) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making %s: %w", dir, err)
	}
	old, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	for _, f := range old {
		if f.Name() == ".keep" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, f.Name())); err != nil {
			return nil, fmt.Errorf("emptying %s: %w", dir, err)
		}
	}
	return &shelf{dir: dir, manifest: map[string]string{}}, nil
}

func (s *shelf) copy(name, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return s.put(name, content)
}

// put stores a file under its plain name: "gate.js" becomes
// "gate-5f3a9c01d2.js", with "gate-5f3a9c01d2.js.gz" beside it where that saves
// a tenth or more. A plain name may be used once.
func (s *shelf) put(name string, content []byte) error {
	if other, taken := s.manifest[name]; taken {
		return fmt.Errorf("two files want the name %s: one is already %s", name, other)
	}
	sum := sha256.Sum256(content)
	ext := filepath.Ext(name)
	file := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:5]) + ext
	s.manifest[name] = file
	if err := os.WriteFile(filepath.Join(s.dir, file), content, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	small, err := shrink(content)
	if err != nil || len(small) > len(content)*9/10 {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, file+".gz"), small, 0o644); err != nil {
		return fmt.Errorf("writing %s.gz: %w", file, err)
	}
	return nil
}

func shrink(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("opening gzip: %w", err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return b.Bytes(), nil
}

// close writes the manifest last, so that its presence means a whole build.
func (s *shelf) close() error {
	b, err := json.MarshalIndent(s.manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return os.WriteFile(filepath.Join(s.dir, "manifest.json"), append(b, '\n'), 0o644)
}
