package chepiao

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// RuleFileFormat is how a file of rules names its form.
const RuleFileFormat = "chepiao-rules-1"

// RuleFileSheetsMax bounds the sheets of one file.
const RuleFileSheetsMax = 10_000

// RuleFile is a file of rules as nodes exchange it: sheets in the order of
// recording. JSON writes it; ParseRuleFile reads it.
type RuleFile struct {
	Format string      `json:"format"`
	Sheets []FileSheet `json:"sheets"`
}

// FileSheet is one sheet in a file. Without a time of effect it is meant to take
// effect when it is taken over.
type FileSheet struct {
	Scope     Scope           `json:"scope"`
	Effective time.Time       `json:"effective,omitzero"`
	Author    string          `json:"author"`
	Reason    string          `json:"reason"`
	Values    json.RawMessage `json:"values"`
}

// Export is the book as a file, without what was withdrawn.
func (b *Book) Export() RuleFile {
	f := RuleFile{RuleFileFormat, []FileSheet{}}
	for _, s := range b.all {
		if s.Withdrawn.IsZero() {
			f.Sheets = append(f.Sheets, FileSheet{s.Scope, s.Effective, s.Author, s.Reason, s.Values})
		}
	}
	return f
}

// JSON is the file as people read it.
func (f RuleFile) JSON() []byte {
	plain, err := json.Marshal(f)
	must(err == nil, "a file of rules does not marshal")
	var b bytes.Buffer
	must(json.Indent(&b, plain, "", "  ") == nil, "a file of rules has no form")
	b.WriteByte('\n')
	return b.Bytes()
}

// ParseRuleFile reads a file of rules. Refusal Invalid at the part that is
// wrong: "format", "sheets", "sheets[2].scope", "sheets[2].hold_onlin".
func ParseRuleFile(b []byte) (f RuleFile, err error) {
	var rough struct {
		Format string `json:"format"`
		Sheets []struct {
			FileSheet
			Scope string `json:"scope"`
		} `json:"sheets"`
	}
	if err := strictJSON(b, &rough); err != nil {
		return f, Refuse(Invalid, "规则文件无法读取", "the file of rules cannot be read: "+err.Error()).At("sheets")
	}
	if rough.Format != RuleFileFormat {
		return f, Refuse(Invalid, "规则文件的格式应为 "+RuleFileFormat, "the format of a file of rules is "+RuleFileFormat).At("format")
	}
	if len(rough.Sheets) > RuleFileSheetsMax {
		return f, Refuse(TooMany, fmt.Sprintf("规则文件最多 %d 份", RuleFileSheetsMax), fmt.Sprintf("a file of rules has at most %d sheets", RuleFileSheetsMax)).At("sheets")
	}
	f = RuleFile{rough.Format, make([]FileSheet, len(rough.Sheets))}
	for i, s := range rough.Sheets {
		f.Sheets[i] = s.FileSheet
		if f.Sheets[i].Scope, err = ParseScope(s.Scope); err == nil {
			f.Sheets[i].Values, err = oneForm(s.Values)
		}
		if err != nil {
			return f, inSheet(i, err)
		}
	}
	return f, nil
}

// oneForm is the values of a sheet in the order of the table.
func oneForm(values []byte) ([]byte, error) {
	r := DefaultRules()
	names, err := r.set(values)
	return r.members(names), err
}

func inSheet(i int, err error) error {
	if r := AsRefusal(err); r != nil {
		return r.At(fmt.Sprintf("sheets[%d].%s", i, r.Field))
	}
	return err
}

// Import is the book with the sheets of a file that it does not have, and those
// sheets. All are taken or none. What the file says took effect before now takes
// effect now, in the order of the file. A sheet is there already when one of the
// same scope, author, reason and values is, that takes effect at the same
// moment, or is in effect like it; so a file taken twice changes nothing the
// second time. Refusals as With, at "sheets[2].…".
func (b *Book) Import(f RuleFile, now time.Time) (next *Book, fresh []Sheet, err error) {
	now = now.Truncate(time.Microsecond).UTC()
	taken := map[int64]bool{}
	next = b
	for i, file := range f.Sheets {
		s := Sheet{Scope: file.Scope, Effective: file.Effective.Truncate(time.Microsecond).UTC(), Recorded: now, Author: file.Author, Reason: file.Reason, Values: file.Values}
		if s.Effective.Before(now) {
			s.Effective = now
		}
		at := slices.IndexFunc(b.sheets, func(old Sheet) bool { return !taken[old.No] && old.means(s, now) })
		if at >= 0 {
			taken[b.sheets[at].No] = true
			continue
		}
		if next, s, err = next.With(s); err != nil {
			return nil, nil, inSheet(i, err)
		}
		fresh = append(fresh, s)
	}
	return next, fresh, nil
}

// means says whether a recorded sheet says what another one is to say.
func (s Sheet) means(other Sheet, now time.Time) bool {
	inEffect := !s.Effective.After(now) && !other.Effective.After(now)
	return s.Scope == other.Scope && s.Author == other.Author && s.Reason == other.Reason && bytes.Equal(s.Values, other.Values) &&
		(inEffect || s.Effective.Equal(other.Effective))
}
