package chepiao_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

// TestRuleBookLaws: whatever sheets are set and withdrawn, in whatever layer and
// from whatever day, no edition to come says at any place what rules must not
// say together; an edition that was reached keeps its meaning; a refused sheet
// leaves no trace; and the file of the book makes the same book elsewhere.
func TestRuleBookLaws(t *testing.T) {
	scopes := []string{"national", "province:13", "province:14", "station:A", "station:B", "line:X", "line:Y"}
	values := []string{"check_opens", "check_closes", "hall_opens", "stop_sale_window"}
	rapid.Check(t, func(t *rapid.T) {
		b, _, err := chepiao.NewBook(nil).With(chepiao.Sheet{Scope: chepiao.Scope{Layer: chepiao.National}, Recorded: ruleDay, Effective: ruleDay, Author: "a", Reason: "r", Values: []byte(`{"check_opens":300,"hall_opens":600,"stop_sale_window":300,"check_closes":120}`)})
		if err != nil {
			t.Fatal(err)
		}
		now := ruleDay
		for range rapid.IntRange(4, 12).Draw(t, "sheets") {
			reached := b.Edition(now)
			meant := everywhere(t, b, reached)
			before := len(b.All())
			if rapid.IntRange(0, 5).Draw(t, "withdraw") == 0 {
				if next, _, err := b.Without(int64(rapid.IntRange(1, before).Draw(t, "no")), now); err == nil {
					b = next
				}
			} else {
				scope, err := chepiao.ParseScope(rapid.SampledFrom(scopes).Draw(t, "scope"))
				if err != nil {
					t.Fatal(err)
				}
				set := fmt.Sprintf("{%q:%d}", rapid.SampledFrom(values).Draw(t, "rule"), rapid.IntRange(1, 12).Draw(t, "value")*60)
				s := chepiao.Sheet{Scope: scope, Recorded: now, Effective: now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "after")) * time.Hour), Author: "a", Reason: "r", Values: []byte(set)}
				if next, _, err := b.With(s); err == nil {
					b = next
				} else if len(b.All()) != before {
					t.Fatal("a refused sheet is in the book")
				}
			}
			if again := everywhere(t, b, reached); !bytes.Equal(meant, again) {
				t.Fatalf("edition %d changed its meaning", reached)
			}
			for n := reached; n <= int64(len(b.Sheets())); n++ {
				everywhere(t, b, n)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "wait")) * time.Hour)
		}
		file, err := chepiao.ParseRuleFile(b.Export().JSON())
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := chepiao.NewBook(nil).Import(file, ruleDay)
		if err != nil || !bytes.Equal(everywhere(t, other, int64(len(other.Sheets()))), everywhere(t, b, int64(len(b.Sheets())))) {
			t.Fatalf("the book's file makes another book: %v", err)
		}
	})
}

// everywhere is what an edition says at every place. It fails when that
// contradicts itself anywhere.
func everywhere(t *rapid.T, b *chepiao.Book, edition int64) (all []byte) {
	for _, province := range []string{"", "13", "14"} {
		for _, station := range []string{"", "A", "B"} {
			for _, line := range []string{"", "X", "Y"} {
				at := chepiao.Where{Province: province, Station: station, Line: line}
				r, err := b.Rules(edition, at)
				if err == nil {
					err = r.Validate()
				}
				if err != nil {
					t.Fatalf("edition %d at %+v: %v", edition, at, err)
				}
				all = fmt.Append(all, r.CheckOpens, r.CheckCloses, r.HallOpens, r.StopSaleWindow, ";")
			}
		}
	}
	return all
}
