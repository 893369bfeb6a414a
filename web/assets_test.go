package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

var shelf = fstest.MapFS{
	"manifest.json":     {Data: []byte(`{"gate.js": "gate-12345.js", "verify.wasm": "verify-1.wasm"}`)},
	"gate-12345.js":     {Data: []byte("plain script")},
	"gate-12345.js.gz":  {Data: []byte("gzip script")},
	"verify-1.wasm":     {Data: []byte("\x00asm")},
	"not-published.txt": {Data: []byte("secret")},
}

func TestAssets(t *testing.T) {
	a := newAssets(shelf)
	if a.Missing() || a.URL("gate.js") != "/assets/gate-12345.js" || a.URL("none.js") != "" {
		t.Fatalf("missing %v, gate.js at %q, none.js at %q", a.Missing(), a.URL("gate.js"), a.URL("none.js"))
	}
	for _, c := range []struct {
		path, accept   string
		status         int
		body, encoding string
	}{
		{"/assets/gate-12345.js", "", 200, "plain script", ""},
		{"/assets/gate-12345.js", "br, gzip", 200, "gzip script", "gzip"},
		{"/assets/verify-1.wasm", "gzip", 200, "\x00asm", ""},
		{"/assets/not-published.txt", "", 404, "", ""},
		{"/assets/manifest.json", "", 404, "", ""},
		{"/assets/gate-12345.js.gz", "", 404, "", ""},
		{"/assets/../assets.go", "", 404, "", ""},
		{"/assets/", "", 404, "", ""},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != c.status || (c.status == http.StatusOK && w.Body.String() != c.body) || w.Header().Get("Content-Encoding") != c.encoding {
			t.Errorf("%s (%s): %d %q, encoding %q", c.path, c.accept, w.Code, w.Body, w.Header().Get("Content-Encoding"))
		}
		if kept := w.Header().Get("Cache-Control") != ""; kept != (c.status == http.StatusOK) {
			t.Errorf("%s: a browser may keep it: %v", c.path, kept)
		}
	}
}

func TestAssetTypes(t *testing.T) {
	for file, want := range map[string]string{
		"/assets/gate-12345.js": "text/javascript; charset=utf-8",
		"/assets/verify-1.wasm": "application/wasm",
	} {
		w := httptest.NewRecorder()
		newAssets(shelf).ServeHTTP(w, httptest.NewRequest("GET", file, nil))
		if got := w.Header().Get("Content-Type"); got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
}

func TestAssetsMissing(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"no build":     {".keep": {}},
		"broken build": {"manifest.json": {Data: []byte("{")}},
	} {
		if !newAssets(files).Missing() {
			t.Errorf("%s: not noticed", name)
		}
	}
}
