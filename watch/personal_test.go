package watch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chepiao/api"
	"chepiao/demo"
	"chepiao/watch"
	"chepiao/web"
	"chepiao/web/stage"
)

// personal are values that no log and no count may ever hold: a name in both
// writings, a resident's number, a phone, a passport.
type personal struct{ name, latin, number, phone, passport string }

func somebody() personal {
	name, number := demo.Person(777_001)
	return personal{name, "OUYANG TESTONE", number, "13800138000", "E98765432"}
}

func (p personal) all() []string {
	return []string{p.name, p.latin, p.number, p.phone, p.passport, p.number[6:], p.phone[3:], url.QueryEscape(p.name), url.QueryEscape(p.latin)}
}

// leaks are the personal values in a text, each with what stands around it.
func (p personal) leaks(text string) (found []string) {
	for _, secret := range p.all() {
		if at := strings.Index(text, secret); at >= 0 {
			found = append(found, fmt.Sprintf("%q: …%s…", secret, text[max(0, at-300):min(len(text), at+100)]))
		}
	}
	return found
}

// dice are chance that can be made to fail.
type dice struct{ broken bool }

func (d *dice) Read(b []byte) (int, error) {
	if d.broken {
		return 0, errors.New("no chance is left")
	}
	for i := range b {
		b[i] = byte(i * 7)
	}
	return len(b), nil
}

// TestNothingPersonalIsLogged sends a name, numbers and a phone in every place
// of every request that a route takes: path, query, headers, form and body; on a
// node that works, on one whose chance fails, and on one whose store is closed.
// Then it searches the log, at its finest, and the counts.
func TestNothingPersonalIsLogged(t *testing.T) {
	p, log, chance := somebody(), &bytes.Buffer{}, &dice{}
	s := stage.Open(t, stage.Options{})
	w, err := watch.New(watch.Config{Now: s.Now, Rand: chance, Log: watch.NewLog(log, "json", slog.LevelDebug-8)})
	if err != nil {
		t.Fatal(err)
	}
	lines := watch.NewLog(log, "json", slog.LevelDebug-8)
	rest, err := api.New(api.Config{Office: s.Office, Devices: s.Devices, Now: s.Now, Rand: chance, Log: lines, Rate: api.Rate{Off: true}, Health: w.Health})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(web.Config{Office: s.Office, Devices: s.Devices, Now: s.Now, Rand: chance, Log: lines, Assets: web.AssetsIn(os.DirFS("."))})
	if err != nil {
		t.Fatal(err)
	}
	doors := http.NewServeMux()
	doors.Handle("/api/", rest)
	doors.Handle("/", pages)
	front := w.Front(doors)
	asked, answers := 0, map[int]int{}
	send := func(method, target, kind, body string) {
		r := httptest.NewRequest(method, "/", strings.NewReader(body))
		r.URL, err = url.Parse(target)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for _, name := range []string{"X-Request-Id", "Idempotency-Key", "Order-Key", "Waiting-Place", "Authorization", "User-Agent", "Referer"} {
			r.Header.Set(name, p.number)
		}
		rec := httptest.NewRecorder()
		front.ServeHTTP(rec, r)
		asked++
		answers[rec.Code]++
		if id := rec.Header().Get("X-Request-Id"); id == p.number || id == "" {
			t.Errorf("%s %s: the number is %q", method, target, id)
		}
	}
	everything := func() {
		askAPI(t, p, send)
		askPages(t, p, send)
	}
	everything()
	chance.broken = true
	everything()
	chance.broken = false
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	everything()
	t.Logf("%d requests, answers by status: %v, %d bytes of log", asked, answers, log.Len())
	if answers[200] < 50 || answers[422] < 50 || answers[500] < 5 || answers[503] < 10 {
		t.Errorf("the requests did not reach what they should: %v", answers)
	}
	counts := httptest.NewRecorder()
	w.Private().ServeHTTP(counts, httptest.NewRequest("GET", "/metrics", nil))
	for name, text := range map[string]string{"log": log.String(), "counts": counts.Body.String()} {
		for _, leak := range p.leaks(text) {
			t.Errorf("the %s has %s", name, leak)
		}
	}
	if n := strings.Count(log.String(), `"msg":"request"`); n != asked {
		t.Errorf("%d lines for %d requests", n, asked)
	}
	if bytes.Contains(log.Bytes(), []byte(`"request":""`)) || strings.Count(log.String(), `"request":`) != strings.Count(log.String(), "\n") {
		t.Error("a line has no request's number")
	}
	lines.Info("planted", "path", "/o/"+p.phone)
	if len(p.leaks(log.String())) == 0 {
		t.Error("the search does not find what is there")
	}
}

type sender func(method, target, kind, body string)

// askAPI sends each operation of the API with fitting and with unfitting values.
func askAPI(t *testing.T, p personal, send sender) {
	t.Helper()
	b, err := os.ReadFile("../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name, In string }
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) < 40 {
		t.Fatalf("%d paths in the API's document", len(doc.Paths))
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			op := doc.Paths[path][method]
			query := url.Values{}
			for _, q := range op.Parameters {
				if q.In == "query" {
					query.Set(q.Name, p.name+p.number)
				}
			}
			for _, value := range []string{p.name, p.number, "TK" + p.number} {
				target := api.Root + braces.ReplaceAllString(path, url.PathEscape(value))
				send(strings.ToUpper(method), target, "application/json", p.phone+" is no JSON {")
				send(strings.ToUpper(method), target+"?"+query.Encode(), "application/json", `{"`+p.name+`":1}`)
				for _, fits := range []bool{true, false} {
					v := p.fill(doc.Components.Schemas, op.RequestBody.Content["application/json"].Schema, "", fits)
					body, err := json.Marshal(v)
					if err != nil {
						t.Fatal(err)
					}
					send(strings.ToUpper(method), target, "application/json", string(body))
				}
			}
		}
	}
	found := strings.NewReplacer("NAME", p.name, "NUMBER", p.number, "PHONE", p.phone).Replace(`{"name":"NAME","document":{"kind":"resident_id","number":"NUMBER"},"phone":"PHONE"}`)
	send("POST", api.Root+"/lookup", "application/json", found)
}

var braces = regexp.MustCompile(`\{[^}]*\}`)

// fill makes a value of a schema. Where fits is false, every text is personal,
// whatever the schema asks for.
func (p personal) fill(schemas map[string]map[string]any, s map[string]any, name string, fits bool) any {
	if ref, ok := s["$ref"].(string); ok {
		return p.fill(schemas, schemas[filepath.Base(ref)], name, fits)
	}
	kind := s["type"]
	if several, ok := kind.([]any); ok && len(several) > 0 {
		kind = several[0]
	}
	switch kind {
	case "object":
		v := map[string]any{}
		if props, ok := s["properties"].(map[string]any); ok {
			for member, of := range props {
				v[member] = p.fill(schemas, of.(map[string]any), member, fits)
			}
		}
		return v
	case "array":
		items, _ := s["items"].(map[string]any)
		return []any{p.fill(schemas, items, name, fits)}
	case "string":
		return p.text(s, name, fits)
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	return nil
}

func (p personal) text(s map[string]any, name string, fits bool) string {
	if fits {
		if choice, ok := s["enum"].([]any); ok {
			return fmt.Sprint(choice[0])
		}
		switch name {
		case "day", "birth", "from_day", "effective":
			return "2026-11-23"
		case "name":
			return p.name
		case "phone":
			return p.phone
		case "nationality":
			return "CHN"
		}
		return p.number
	}
	return p.name + " " + p.latin + " " + p.number + " " + p.phone + " " + p.passport
}

// askPages sends each page its own address and a form with every name of a field
// that stands in a page.
func askPages(t *testing.T, p personal, send sender) {
	t.Helper()
	patterns, fields := readPages(t)
	form := url.Values{"count": {"1"}, "p0_kind": {"resident_id"}, "kind": {"resident_id"}}
	for i, name := range fields {
		form.Set(name, []string{p.number, p.name, p.phone, p.passport, p.latin}[i%5])
	}
	fit := url.Values{"count": {"1"}, "once": {"a-form"}, "p0_kind": {"resident_id"}, "p0_name": {p.name}, "p0_number": {p.number}, "p0_phone": {p.phone},
		"name": {p.name}, "number": {p.number}, "kind": {"resident_id"}, "code": {p.number}}
	for _, pattern := range patterns {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{$}", "")
		for _, value := range []string{p.name, p.number} {
			target := braces.ReplaceAllString(path, url.PathEscape(value))
			for _, f := range []url.Values{form, fit} {
				send(method, target, "application/x-www-form-urlencoded", f.Encode())
				send(method, target+"?"+f.Encode(), "application/x-www-form-urlencoded", f.Encode())
			}
		}
	}
}

// readPages finds the patterns of all routes in the code of the pages, and the
// names of all fields in the pages themselves.
func readPages(t *testing.T) (patterns, fields []string) {
	t.Helper()
	route := regexp.MustCompile(`"((?:GET|POST) /[^"]*)"`)
	field := regexp.MustCompile(`name="([a-z_]+)"`)
	err := filepath.WalkDir("../web", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"node_modules", "dist", "testdata"}, d.Name()) {
			return filepath.SkipDir
		}
		into, find := &patterns, route
		if filepath.Ext(path) == ".html" {
			into, find = &fields, field
		}
		if d.IsDir() || filepath.Ext(path) != ".go" && filepath.Ext(path) != ".html" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		for _, m := range find.FindAllSubmatch(text, -1) {
			*into = append(*into, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(patterns)
	slices.Sort(fields)
	patterns, fields = slices.Compact(patterns), slices.Compact(fields)
	if len(patterns) < 50 || len(fields) < 20 {
		t.Fatalf("%d routes, %d fields found: is the test looking at the pages?", len(patterns), len(fields))
	}
	return patterns, fields
}
