package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// huma reads every body twice, once as a tree to hold against the schema and
// once into its struct, which costs more than all else the door does. Nearly
// every body is right, so here the struct is read first and held against the
// same schema by a quick look; only when the look has doubts does the tree
// decide, and say what is wrong.

// look says that a decoded value surely fits its schema. False is a doubt, not
// a no: a required string that is empty may be missing or be sent so.
type look func(reflect.Value) bool

// reader reads the bodies of operations.
type reader struct {
	registry huma.Registry
	looks    map[reflect.Type]look
	schemas  map[reflect.Type]*huma.Schema
}

func newReader() *reader {
	return &reader{looks: map[reflect.Type]look{}, schemas: map[reflect.Type]*huma.Schema{}}
}

// know prepares for the bodies of an operation before the first request.
func (r *reader) know(input reflect.Type, op *huma.Operation) {
	body, ok := input.FieldByName("Body")
	if !ok {
		return
	}
	schema := op.RequestBody.Content["application/json"].Schema
	r.schemas[body.Type] = schema
	r.looks[body.Type] = r.lookAt(body.Type, schema)
}

// errUnfit is told to huma, which asks inputProblem to word it.
var errUnfit = errors.New("the body does not fit its schema")

// read is huma's Format.Unmarshal.
func (r *reader) read(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	v := reflect.ValueOf(into).Elem()
	if fits := r.looks[v.Type()]; fits == nil || fits(v) {
		return nil
	}
	if found, err := examine(r.registry, r.schemas[v.Type()], data); err != nil || len(found) > 0 {
		return errUnfit
	}
	return nil
}

// examine holds a body against its schema member by member. An error says that
// it is not JSON at all.
func examine(registry huma.Registry, schema *huma.Schema, data []byte) ([]error, error) {
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	var result huma.ValidateResult
	path := huma.NewPathBuffer(nil, 0)
	path.Push("body")
	huma.Validate(registry, schema, path, huma.ModeWriteToServer, tree, &result)
	return result.Errors, nil
}

func (r *reader) lookAt(t reflect.Type, s *huma.Schema) look {
	for s != nil && s.Ref != "" {
		s = r.registry.SchemaFromRef(s.Ref)
	}
	if s == nil || s.Pattern != "" || s.Format == "date-time" || len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 || s.Not != nil {
		return func(reflect.Value) bool { return false } // more than a quick look can tell
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner := r.lookAt(t.Elem(), s)
		return func(v reflect.Value) bool { return v.IsNil() || inner(v.Elem()) }
	case reflect.Struct:
		return r.lookAtStruct(t, s)
	case reflect.Slice:
		inner := r.lookAt(t.Elem(), s.Items)
		return func(v reflect.Value) bool {
			n := v.Len()
			if s.MinItems != nil && n < *s.MinItems || s.MaxItems != nil && n > *s.MaxItems {
				return false
			}
			for i := range n {
				if !inner(v.Index(i)) {
					return false
				}
			}
			return true
		}
	case reflect.String:
		return func(v reflect.Value) bool {
			text := v.String() // its bytes are at least as many as its characters
			return (s.MaxLength == nil || len(text) <= *s.MaxLength) && (s.MinLength == nil || text != "") &&
				(len(s.Enum) == 0 || slices.ContainsFunc(s.Enum, func(e any) bool { return e == text }))
		}
	case reflect.Int, reflect.Int64:
		return func(v reflect.Value) bool {
			n := float64(v.Int())
			return (s.Minimum == nil || n >= *s.Minimum) && (s.Maximum == nil || n <= *s.Maximum)
		}
	case reflect.Bool:
		return func(reflect.Value) bool { return true }
	}
	return func(reflect.Value) bool { return false }
}

func (r *reader) lookAtStruct(t reflect.Type, s *huma.Schema) look {
	type member struct {
		index    int
		required bool
		fits     look
	}
	var members []member
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		members = append(members, member{i, slices.Contains(s.Required, name), r.lookAt(f.Type, s.Properties[name])})
	}
	return func(v reflect.Value) bool {
		for _, m := range members {
			f := v.Field(m.index)
			if f.IsZero() {
				if m.required {
					return false // missing, or sent as it is
				}
				continue
			}
			if !m.fits(f) {
				return false
			}
		}
		return true
	}
}
