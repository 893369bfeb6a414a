package chepiao

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Layer is whose rule it is. A later layer stands over an earlier one.
type Layer string

// The layers, from the general to the particular.
const (
	National   Layer = "national"
	Provincial Layer = "province" // first two digits of GB/T 2260
	AtStation  Layer = "station"  // code of the boarding station
	OnLine     Layer = "line"     // code of the line
)

// Scope is where a sheet of rules applies: the nation, or one province,
// station or line.
type Scope struct {
	Layer Layer
	ID    string // "" for the nation
}

// String is the scope as files and the API spell it: "national", "station:SJZ".
func (s Scope) String() string {
	if s.Layer == National {
		return string(National)
	}
	return string(s.Layer) + ":" + s.ID
}

func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *Scope) UnmarshalText(b []byte) (err error) {
	*s, err = ParseScope(string(b))
	return err
}

// ZH and EN are the scope in words.
func (s Scope) ZH() string { return s.words([4]string{"全国", "省份 ", "车站 ", "线路 "}) }
func (s Scope) EN() string { return s.words([4]string{"nation", "province ", "station ", "line "}) }

func (s Scope) words(of [4]string) string {
	for i, layer := range [...]Layer{National, Provincial, AtStation, OnLine} {
		if s.Layer == layer {
			return of[i] + s.ID
		}
	}
	return s.String()
}

// ParseScope reads what String prints. Refusal Invalid.
func ParseScope(text string) (Scope, error) {
	layer, id, _ := strings.Cut(text, ":")
	s := Scope{Layer(layer), id}
	ok := s.Layer == National && id == ""
	switch s.Layer {
	case Provincial:
		ok = len(id) == 2
	case AtStation, OnLine:
		ok = id != "" && len(id) <= 60
	}
	if !ok || s.String() != text {
		return Scope{}, Refuse(Invalid, "适用范围应为 national、province:13、station:车站代码 或 line:线路代码", "the scope must be national, province:13, station:CODE or line:CODE").At("scope")
	}
	return s, nil
}

// Where is a place that rules are asked for: parts may be empty.
type Where struct{ Province, Station, Line string }

// Sheet is some rules set together: where they apply, from when, by whom and
// why. It is never changed; a later sheet stands over it. Times are whole
// microseconds, as they are stored.
type Sheet struct {
	No        int64           `json:"no"` // in the order of recording, from 1
	Scope     Scope           `json:"scope"`
	Effective time.Time       `json:"effective"` // not before Recorded
	Recorded  time.Time       `json:"recorded"`
	Withdrawn time.Time       `json:"withdrawn,omitzero"` // before it took effect; zero: it stands
	Author    string          `json:"author"`
	Reason    string          `json:"reason"`
	Values    json.RawMessage `json:"values"` // the rules it sets, in the order of the table

	sets map[string]json.RawMessage // Values taken apart, in a book
}

// Book is every sheet of the rules. It is never changed; With and Without make
// another.
//
// Its editions count the sheets in the order in which they took effect. A sheet
// takes effect no earlier than it is recorded, and is withdrawn only before it
// does, so an edition that has been reached never changes its meaning, and a
// ticket may pin its number.
type Book struct {
	all    []Sheet // in the order of recording, with those withdrawn
	sheets []Sheet // in the order of effect
}

// NewBook makes a book of sheets. It keeps no withdrawn sheet.
func NewBook(sheets []Sheet) *Book {
	b := &Book{all: slices.Clone(sheets)}
	slices.SortStableFunc(b.all, func(x, y Sheet) int { return cmp.Compare(x.No, y.No) })
	for i := range b.all {
		b.all[i].sets = b.all[i].members()
	}
	for _, s := range b.all {
		if s.Withdrawn.IsZero() {
			b.sheets = append(b.sheets, s)
		}
	}
	slices.SortStableFunc(b.sheets, func(x, y Sheet) int {
		return cmp.Or(x.Effective.Compare(y.Effective), cmp.Compare(x.No, y.No))
	})
	return b
}

// Edition is how many sheets are in effect at a moment.
func (b *Book) Edition(at time.Time) int64 {
	n := 0
	for n < len(b.sheets) && !b.sheets[n].Effective.After(at) {
		n++
	}
	return int64(n)
}

// Sheets are the sheets in the order of effect: edition n ends with the n-th.
func (b *Book) Sheets() []Sheet { return b.sheets }

// All are the sheets in the order of recording, with those withdrawn.
func (b *Book) All() []Sheet { return b.all }

// Rules are the rules of an edition at a place: the defaults, then national,
// province, station and line sheets, each layer in the order of effect. Errors
// for a sheet that cannot be read, which recording it should have refused.
func (b *Book) Rules(edition int64, at Where) (*Rules, error) {
	return resolve(b.edition(edition), nil, edition, at)
}

// RulesWith are the rules of an edition at a place as they would be with more
// sheets, each of which stands over all others of its layer.
func (b *Book) RulesWith(edition int64, more []Sheet, at Where) (*Rules, error) {
	return resolve(b.edition(edition), more, edition, at)
}

func resolve(sheets, more []Sheet, edition int64, at Where) (*Rules, error) {
	r := DefaultRules()
	for _, scope := range at.scopes() {
		for _, part := range [][]Sheet{sheets, more} {
			for _, s := range part {
				if s.Scope != scope {
					continue
				}
				if _, err := r.set(s.Values); err != nil {
					return nil, err
				}
			}
		}
	}
	r.Version = edition
	return r, nil
}

// Source is the sheet that says what a rule is in an edition at a place; false
// when no sheet names it and the program's default stands.
func (b *Book) Source(name string, edition int64, at Where) (by Sheet, found bool) {
	for _, scope := range at.scopes() {
		for _, s := range b.edition(edition) {
			if s.Scope == scope && s.Sets(name) {
				by, found = s, true
			}
		}
	}
	return by, found
}

// Coming are the sheets that will set a rule at a place after an edition, in the
// order of effect.
func (b *Book) Coming(name string, after int64, at Where) (coming []Sheet) {
	for _, s := range b.sheets[len(b.edition(after)):] {
		if slices.Contains(at.scopes(), s.Scope) && s.Sets(name) {
			coming = append(coming, s)
		}
	}
	return coming
}

// EditionBefore is the edition that a sheet ends.
func (b *Book) EditionBefore(no int64) int64 {
	return int64(max(slices.IndexFunc(b.sheets, func(s Sheet) bool { return s.No == no }), 0))
}

// Overrules are the more particular scopes with a value of their own for a rule
// in an edition, each once, in the order in which they took it. They keep it
// whatever a scope above them says. Whether a line serves a station or a station
// lies in a province is not looked at.
func (b *Book) Overrules(name string, above Scope, edition int64) (scopes []Scope) {
	depth := slices.Index(layers, above.Layer)
	for _, s := range b.edition(edition) {
		if slices.Index(layers, s.Scope.Layer) > depth && !slices.Contains(scopes, s.Scope) && s.Sets(name) {
			scopes = append(scopes, s.Scope)
		}
	}
	return scopes
}

// edition are the sheets that count in an edition.
func (b *Book) edition(n int64) []Sheet { return b.sheets[:min(max(n, 0), int64(len(b.sheets)))] }

// scopes are the layers that hold at a place, from the general to the particular.
func (w Where) scopes() []Scope {
	scopes := []Scope{{National, ""}}
	for _, s := range []Scope{{Provincial, w.Province}, {AtStation, w.Station}, {OnLine, w.Line}} {
		if s.ID != "" {
			scopes = append(scopes, s)
		}
	}
	return scopes
}
