// Package web serves the pages that people see: a passenger on a phone, a clerk
// at a window, a gate. Pages are rendered here, on the server; what browsers
// load beside them (styles, scripts, the voucher verifier) is made from web/src
// by web/build and embedded in the program, so one file is the whole system.
package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Assets are the files browsers load beside a page. A file's public name
// carries a hash of its content, so a browser keeps it for ever and a new
// version of the program is seen at once.
type Assets struct {
	files    fs.FS
	manifest map[string]string // plain name → file
}

// EmbeddedAssets are the ones built into this program.
func EmbeddedAssets() *Assets {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: the embedded folder is gone: " + err.Error()) // a fixed name: cannot fail
	}
	return AssetsIn(files)
}

// AssetsIn are the ones in a folder with a manifest.json.
func AssetsIn(files fs.FS) *Assets { return newAssets(files) }

func newAssets(files fs.FS) *Assets {
	a := &Assets{files: files}
	if b, err := fs.ReadFile(files, "manifest.json"); err == nil && json.Unmarshal(b, &a.manifest) != nil {
		a.manifest = nil
	}
	return a
}

// Missing says that the program was built without its pages' files: `go build`
// alone does that, `make build` does not. Pages then say so.
func (a *Assets) Missing() bool { return len(a.manifest) == 0 }

// URL is where a browser finds the file of a plain name ("window.js"); "" when
// there is none.
func (a *Assets) URL(name string) string {
	file, ok := a.manifest[name]
	if !ok {
		return ""
	}
	return "/assets/" + file
}

// ServeHTTP answers /assets/FILE, compressed where the browser can and it helps.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file := strings.TrimPrefix(path.Clean(r.URL.Path), "/assets/")
	if !a.published(file) {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(path.Ext(file))
	if path.Ext(file) == ".wasm" {
		kind = "application/wasm" // browsers compile it while it loads only under this type
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if _, err := fs.Stat(a.files, file+".gz"); err == nil {
			h.Set("Content-Encoding", "gzip")
			file += ".gz"
		}
	}
	http.ServeFileFS(w, r, a.files, file)
}

// Whole answers with a file under an address of its own, never kept without
// asking: for a file whose address a browser must know beforehand, such as a
// service worker, which may then work for the pages in scope.
func (a *Assets) Whole(name, kind, scope string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := fs.ReadFile(a.files, a.manifest[name])
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		if scope != "" {
			h.Set("Service-Worker-Allowed", scope)
		}
		w.Write(b) //nolint:errcheck // the reader has gone
	}
}

// published says whether a file is one of the manifest's.
func (a *Assets) published(file string) bool {
	for _, f := range a.manifest {
		if f == file {
			return true
		}
	}
	return false
}
