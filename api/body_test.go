package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// holdReader is a reader that knows holds.
func holdReader(t *testing.T) *reader {
	t.Helper()
	d := &door{Config: Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, reader: newReader()}
	d.api = humago.NewWithPrefix(http.NewServeMux(), Root, describe(d.reader))
	d.reader.registry = d.api.OpenAPI().Components.Schemas
	d.orders()
	return d.reader
}

const rightHold = `{"departure":"1-20260303","from":"SJZ","to":"BJ","passengers":[{"name":"张三","document":{"kind":"passport","number":"E1","nationality":"CHN"},"phone":"1","kind":"half","children":1}],"seats":[1,2],"channel":"window","more":{}}`

// TestLook: a right body is taken at a glance; whatever the schema refuses is
// doubted, and then refused by the schema.
func TestLook(t *testing.T) {
	r := holdReader(t)
	fits := r.looks[reflect.TypeFor[holdBody]()]
	var right holdBody
	if err := json.Unmarshal([]byte(rightHold), &right); err != nil || !fits(reflect.ValueOf(right)) {
		t.Fatalf("a right body is doubted (%v)", err)
	}
	for _, c := range []struct{ was, is string }{
		{`"from":"SJZ",`, ``},
		{`"from":"SJZ"`, `"from":null`},
		{`"SJZ"`, `"` + strings.Repeat("x", 61) + `"`},
		{`"window"`, `"telepathy"`},
		{`"half"`, `"senior"`},
		{`"children":1`, `"children":10`},
		{`"children":1`, `"children":-1`},
		{`[1,2]`, `[1,121]`},
		{`[1,2]`, `[-1]`},
		{`[1,2]`, `[` + strings.Repeat("1,", 60) + `1]`},
		{`"kind":"passport",`, ``},
		{`"passport"`, `"library_card"`},
		{`"number":"E1",`, ``},
		{`"E1"`, `"` + strings.Repeat("1", 129) + `"`},
		{`"张三"`, `"` + strings.Repeat("三", 201) + `"`},
		{`"children":1`, `"guardian":60`},
	} {
		body := strings.Replace(rightHold, c.was, c.is, 1)
		if body == rightHold {
			t.Fatalf("%s is not in the body", c.was)
		}
		var b holdBody
		if err := json.Unmarshal([]byte(body), &b); err != nil {
			t.Fatal(err)
		}
		if fits(reflect.ValueOf(b)) {
			t.Errorf("taken at a glance with %s", c.is)
		}
		if err := r.read([]byte(body), new(holdBody)); err != errUnfit {
			t.Errorf("read with %s: %v", c.is, err)
		}
	}
}

// TestLookDoubtsWithoutCause: a required text sent empty and a long one of few
// characters are doubted, but they fit.
func TestLookDoubtsWithoutCause(t *testing.T) {
	r := holdReader(t)
	for _, c := range []struct{ was, is string }{{`"SJZ"`, `""`}, {`"SJZ"`, `"` + strings.Repeat("站", 60) + `"`}} {
		body := strings.Replace(rightHold, c.was, c.is, 1)
		var b holdBody
		if err := r.read([]byte(body), &b); err != nil || b.To != "BJ" {
			t.Errorf("with %s: %v", c.is, err)
		}
	}
}

// TestEveryBodyIsKnown: no operation with a body goes without its look.
func TestEveryBodyIsKnown(t *testing.T) {
	d := &door{reader: newReader()}
	d.api = humago.NewWithPrefix(http.NewServeMux(), Root, describe(d.reader))
	d.reader.registry = d.api.OpenAPI().Components.Schemas
	for _, part := range []func(){d.orders, d.payments, d.refunds, d.lookups, d.gates} {
		part()
	}
	bodies := 0
	for _, item := range d.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op != nil && op.RequestBody != nil {
				bodies++
			}
		}
	}
	if bodies < 7 || len(d.reader.looks) != bodies {
		t.Errorf("%d operations have a body, %d are known", bodies, len(d.reader.looks))
	}
}
