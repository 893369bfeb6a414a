package chepiao_test

import (
	"strings"
	"testing"
	"time"

	"chepiao"
)

// TestRuleFile: what one node exports another takes over; twice is once; and
// each layer keeps its say.
func TestRuleFile(t *testing.T) {
	b := with(t, book(t), sheet(t, "station:SJZ", 0, `{"advance_days":20}`))
	b = with(t, b, sheet(t, "national", 24, `{"advance_days":10}`))
	b = with(t, b, sheet(t, "line:L1", 48, `{"fare_least":300}`))
	b, _, err := b.Without(4, ruleDay)
	if err != nil {
		t.Fatal(err)
	}
	text := b.Export().JSON()
	f, err := chepiao.ParseRuleFile(text)
	if err != nil || len(f.Sheets) != 3 || string(f.JSON()) != string(text) {
		t.Fatalf("%v, %d sheets\n%s", err, len(f.Sheets), text)
	}
	later := ruleDay.Add(time.Hour)
	other, fresh, err := chepiao.NewBook(nil).Import(f, later)
	if err != nil || len(fresh) != 3 || fresh[1].Effective != later || !fresh[2].Effective.Equal(ruleDay.Add(24*time.Hour)) {
		t.Fatalf("%v: %+v", err, fresh)
	}
	for at, days := range map[chepiao.Where]int{{}: 7, {Station: "SJZ"}: 20} {
		if r, err := other.Rules(other.Edition(later), at); err != nil || r.AdvanceDays != days {
			t.Errorf("at %v: %d days, %v", at, r.AdvanceDays, err)
		}
	}
	again, fresh, err := other.Import(f, later.Add(time.Hour))
	if err != nil || len(fresh) != 0 || len(again.All()) != 3 {
		t.Errorf("taken twice: %v, %d new", err, len(fresh))
	}
	if _, fresh, err = b.Import(f, later); err != nil || len(fresh) != 0 {
		t.Errorf("taken home: %v, %d new", err, len(fresh))
	}
	// The same values in another sheet are another sheet.
	f.Sheets[1].Reason = "another reason"
	if _, fresh, err = b.Import(f, later); err != nil || len(fresh) != 1 {
		t.Errorf("another reason: %v, %d new", err, len(fresh))
	}
}

func TestRefusedRuleFiles(t *testing.T) {
	good := func(sheets string) string { return `{"format":"chepiao-rules-1","sheets":[` + sheets + `]}` }
	fine := `{"scope":"national","author":"a","reason":"r","values":{"advance_days":9}}`
	for _, c := range []struct{ name, text, field string }{
		{"nothing", "", "sheets"},
		{"another format", `{"format":"chepiao-rules-2","sheets":[]}`, "format"},
		{"a member nobody knows", `{"format":"chepiao-rules-1","sheets":[],"x":1}`, "sheets"},
		{"no such layer", good(fine + `,{"scope":"village:1","author":"a","reason":"r","values":{"advance_days":9}}`), "sheets[1].scope"},
		{"no such rule", good(`{"scope":"national","author":"a","reason":"r","values":{"advance_day":9}}`), "sheets[0].advance_day"},
		{"no author", good(fine + `,{"scope":"national","author":"","reason":"r","values":{"advance_days":9}}`), "sheets[1].author"},
		{"a contradiction", good(fine + `,{"scope":"national","author":"a","reason":"r","values":{"check_closes":1201}}`), "sheets[1].check_closes"},
	} {
		f, err := chepiao.ParseRuleFile([]byte(c.text))
		if err == nil {
			var next *chepiao.Book
			if next, _, err = book(t).Import(f, ruleDay); next != nil {
				t.Errorf("%s: half a file is taken", c.name)
			}
		}
		if r := chepiao.AsRefusal(err); r == nil || r.Field != c.field {
			t.Errorf("%s: %v; want a refusal at %s", c.name, err, c.field)
		}
	}
	if _, err := chepiao.ParseRuleFile([]byte(good(strings.Repeat(fine+",", chepiao.RuleFileSheetsMax) + fine))); chepiao.Why(err) != chepiao.TooMany {
		t.Errorf("a file without end: %v", err)
	}
}

func FuzzParseRuleFile(f *testing.F) {
	b := chepiao.NewBook(nil)
	b, _, err := b.With(chepiao.Sheet{Scope: chepiao.Scope{Layer: chepiao.National}, Recorded: ruleDay, Effective: ruleDay, Author: "a", Reason: "r", Values: chepiao.DefaultRules().JSON()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Export().JSON())
	f.Add([]byte(`{"format":"chepiao-rules-1","sheets":[{"scope":"line:X","values":{"refund":[null]}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := chepiao.ParseRuleFile(text)
		if err != nil {
			return
		}
		if next, fresh, err := b.Import(file, ruleDay); err == nil {
			if again, _, err := next.Import(file, ruleDay); err != nil || len(again.All()) != len(next.All()) {
				t.Errorf("taken twice it changes the book, %v, %d", err, len(fresh))
			}
		}
	})
}
