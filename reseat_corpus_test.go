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

// A coach with two seats comes for three passengers: who is 68 keeps a seat, the
// earliest buyer the other; the third is offered a choice.
func ExampleReseat() {
	bought := saleDay
	travellers := []chepiao.Traveller{
		{Ticket: 1, Order: 10, Alight: 1, Seat: 3, Age: 68, Bought: bought.AddDate(0, 0, 2)},
		{Ticket: 2, Order: 20, Alight: 1, Seat: 1, Age: 30, Bought: bought},
		{Ticket: 3, Order: 30, Alight: 1, Seat: 2, Age: -1, Bought: bought.AddDate(0, 0, 1)},
	}
	old, small := chepiao.VehicleType{Seats: 3}, chepiao.VehicleType{Seats: 2}
	r := chepiao.Reseat(travellers, chepiao.NewSeats(2, 1), old.Plan(), small.Plan(), chepiao.DefaultRules())
	for _, s := range r.Seats {
		fmt.Println(s.Ticket, s.Because.EN)
	}
	for _, l := range r.Left {
		fmt.Println(l.Ticket, l.Choices, l.Why)
	}
	// Output:
	// TK19 seat 3 cannot be had on this coach: it is seat 2 now (a passenger whose seat is kept first)
	// TK27 seat 1 is kept (by time of purchase)
	// TK35 [second next refund] full
}
