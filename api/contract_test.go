package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"chepiao/api"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// TestDocument: the committed document is what the server gives out. A change
// of it is a change of the contract: look at the difference before updating.
func TestDocument(t *testing.T) {
	h := newHouse(t)
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	if got := w.Header().Get("Content-Type"); w.Code != 200 || got != "application/openapi+json" {
		t.Fatalf("%d %s", w.Code, got)
	}
	got := indented(t, w.Body.Bytes())
	if *update {
		check(t, os.WriteFile("openapi.json", got, 0o644))
	}
	want, err := os.ReadFile("openapi.json")
	check(t, err)
	if !bytes.Equal(got, want) {
		t.Fatal("the document differs from openapi.json: run go test ./api -update and look at the difference")
	}
	// A browser that has it asks whether it has changed.
	again := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/api/v1/openapi.json", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	h.door.ServeHTTP(again, r)
	if again.Code != http.StatusNotModified {
		t.Errorf("asked again: %d", again.Code)
	}
}

// contract is the committed document as another author's library reads it.
var contract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.json")
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "http://example.com" + api.Root}}
	return legacy.NewRouter(doc)
})

// validate checks an answer against the document: status, headers and body.
// It knows every route but the probes and the document itself.
func validate(t testing.TB, r *http.Request, body string, w *httptest.ResponseRecorder) {
	t.Helper()
	path := r.URL.Path
	if !strings.HasPrefix(path, api.Root) || path == api.Root+"/openapi.json" || path == api.Root+"/docs" {
		return
	}
	router, err := contract()
	check(t, err)
	r = httptest.NewRequest(r.Method, "http://example.com"+r.URL.RequestURI(), strings.NewReader(body))
	route, params, err := router.FindRoute(r)
	if err != nil {
		if w.Code != 404 && w.Code != 405 {
			t.Errorf("%s %s: %d from a route that is not in the document: %v", r.Method, path, w.Code, err)
		}
		return
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code,
		Header:                 w.Header(),
		Body:                   io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s answers what the document does not say: %v\n%s", r.Method, path, err, w.Body)
	}
}

// TestContractCanFail breaks an answer and expects the complaint.
func TestContractCanFail(t *testing.T) {
	for name, w := range map[string]struct {
		body string
		bad  bool
	}{
		"as it should be":     {`{"departures":[],"total":0}`, false},
		"a member is missing": {`{"departures":[]}`, true},
		"another type":        {`{"departures":[],"total":"many"}`, true},
		"null":                {`{"departures":null,"total":0}`, true},
	} {
		inner := &recorder{TB: t}
		res := httptest.NewRecorder()
		res.Header().Set("Content-Type", "application/json")
		res.WriteHeader(200)
		_, _ = io.WriteString(res, w.body)
		validate(inner, httptest.NewRequest("GET", "/api/v1/departures?from=A&to=B", nil), "", res)
		if inner.failed != w.bad {
			t.Errorf("%s: complaint %v, want %v", name, inner.failed, w.bad)
		}
	}
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func indented(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	check(t, json.Indent(&out, b, "", " "))
	out.WriteByte('\n')
	return out.Bytes()
}
