package chepiao_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"chepiao"
)

var rewriteReseat = flag.Bool("rewrite-reseat", false, "write the re-seatings of testdata/corpus/reseat.json instead of comparing them")

const reseatCorpus = "testdata/corpus/reseat.json"

// corpusReseat is one case of the corpus: a departure as it was sold, the coach
// that comes, and who rides.
type corpusReseat struct {
	Name       string              `json:"name"`
	Why        string              `json:"why"`
	Legs       int                 `json:"legs"`
	Old        corpusCoach         `json:"old"`
	Coach      corpusCoach         `json:"coach"`
	Rules      json.RawMessage     `json:"rules,omitempty"` // those that are not the default
	Travellers []chepiao.Traveller `json:"travellers"`
	Expect     chepiao.Reseating   `json:"expect"`
}

type corpusCoach struct {
	Seats    int               `json:"seats"`
	Layout   []string          `json:"layout,omitempty"`
	Flow     bool              `json:"flow,omitempty"`
	Reserved []chepiao.Reserve `json:"reserved,omitempty"`
}

func (c corpusCoach) plan() chepiao.SeatPlan {
	return chepiao.VehicleType{Seats: c.Seats, Layout: c.Layout}.Plan()
}

func (c corpusCoach) seats(legs int) chepiao.SeatMap {
	m := chepiao.NewSeats(c.Seats, legs)
	if c.Flow {
		m = chepiao.NewFlow(c.Seats, legs)
	}
	for _, r := range c.Reserved {
		m.Take(r.From, r.To, []int{r.Seat})
	}
	return m
}

// TestReseatCorpus: each case of the corpus, to the last word of its explanation.
func TestReseatCorpus(t *testing.T) {
	b, err := os.ReadFile(reseatCorpus)
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct {
		About []string       `json:"about"`
		Cases []corpusReseat `json:"cases"`
	}
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&corpus); err != nil {
		t.Fatal(err)
	}
	if len(corpus.Cases) < 12 {
		t.Fatalf("only %d cases", len(corpus.Cases))
	}
	for i := range corpus.Cases {
		c := &corpus.Cases[i]
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			rules := chepiao.DefaultRules()
			if c.Rules != nil {
				if rules, err = chepiao.ParseRules(c.Rules); err != nil {
					t.Fatal(err)
				}
			}
			got := chepiao.Reseat(c.Travellers, c.Coach.seats(c.Legs), c.Old.plan(), c.Coach.plan(), rules)
			if *rewriteReseat {
				c.Expect = got
			} else if diff := cmp.Diff(c.Expect, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n(- corpus, + now)\n%s", c.Why, diff)
			}
		})
	}
	if *rewriteReseat {
		writeReseatCorpus(t, corpus.About, corpus.Cases)
	}
}

// writeReseatCorpus writes one traveller and one answer a line, so that a person
// can read a case and a difference.
func writeReseatCorpus(t *testing.T, about []string, cases []corpusReseat) {
	var w strings.Builder
	line := func(v any) string {
		var one bytes.Buffer
		e := json.NewEncoder(&one)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(one.String())
	}
	list := func(indent, name string, n int, item func(int) any) {
		fmt.Fprintf(&w, "%s%s: [", indent, line(name))
		for i := range n {
			fmt.Fprintf(&w, "\n%s  %s%s", indent, line(item(i)), strings.Repeat(",", min(1, n-1-i)))
		}
		if n > 0 {
			w.WriteString("\n" + indent)
		}
		w.WriteString("]")
	}
	w.WriteString("{\n")
	list("  ", "about", len(about), func(i int) any { return about[i] })
	w.WriteString(",\n  \"cases\": [")
	for i, c := range cases {
		fmt.Fprintf(&w, "%s\n    {\n      \"name\": %s,\n      \"why\": %s,\n      \"legs\": %d,\n      \"old\": %s,\n      \"coach\": %s,\n",
			strings.Repeat(",", min(1, i)), line(c.Name), line(c.Why), c.Legs, line(c.Old), line(c.Coach))
		if c.Rules != nil {
			fmt.Fprintf(&w, "      \"rules\": %s,\n", line(c.Rules))
		}
		list("      ", "travellers", len(c.Travellers), func(i int) any { return c.Travellers[i] })
		w.WriteString(",\n      \"expect\": {\n")
		list("        ", "seats", len(c.Expect.Seats), func(i int) any { return c.Expect.Seats[i] })
		w.WriteString(",\n")
		list("        ", "left", len(c.Expect.Left), func(i int) any { return c.Expect.Left[i] })
		fmt.Fprintf(&w, ",\n        \"parted\": %s,\n        \"kept\": %d,\n        \"moved\": %d,\n        \"because\": %s\n      }\n    }",
			line(c.Expect.Parted), c.Expect.Kept, c.Expect.Moved, line(c.Expect.Because))
	}
	w.WriteString("\n  ]\n}\n")
	if err := os.WriteFile(reseatCorpus, []byte(w.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
