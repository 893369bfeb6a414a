package chepiao_test

import (
	"encoding/json"
	"os"
	"testing"

	"chepiao"
)

// readCorpus reads a file of testdata/corpus. A member that this program does
// not know is an error: a case that nobody tests is no case.
func readCorpus(t *testing.T, file string, into any) {
	t.Helper()
	f, err := os.Open("testdata/corpus/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// corpusRefusal is the part of an expected answer that all corpora share.
type corpusRefusal struct {
	OK     bool           `json:"ok"`
	Reason chepiao.Reason `json:"reason"`
	Field  string         `json:"field"`
}

// judge compares an answer with the expected one and tells whether there is
// more to compare.
func (want corpusRefusal) judge(t *testing.T, err error) bool {
	t.Helper()
	r := chepiao.AsRefusal(err)
	switch {
	case err != nil && r == nil:
		t.Fatalf("a fault: %v", err)
	case want.OK && r != nil:
		t.Fatalf("refused: %v at %s", r, r.Field)
	case want.OK:
		return true
	case r == nil:
		t.Fatal("accepted")
	case r.Reason != want.Reason || r.Field != want.Field:
		t.Errorf("%s at %q, want %s at %q", r.Reason, r.Field, want.Reason, want.Field)
	}
	return false
}

type corpusDocument struct {
	Name        string               `json:"name,omitempty"` // of corrections: the passenger's
	Kind        chepiao.DocumentKind `json:"kind"`
	Number      string               `json:"number"`
	Nationality string               `json:"nationality"`
}

func TestCorpusOfDocuments(t *testing.T) {
	var corpus struct {
		About string `json:"about"`
		Cases []struct {
			Name  string `json:"name"`
			Input struct {
				corpusDocument
				Today string `json:"today"`
			} `json:"input"`
			Want struct {
				corpusRefusal
				Number      string      `json:"number"`
				Nationality string      `json:"nationality"`
				Shown       string      `json:"shown"`
				Online      bool        `json:"online"`
				Birth       string      `json:"birth"`
				Age         *int        `json:"age"`
				Sex         chepiao.Sex `json:"sex"`
				Person      string      `json:"person"`
			} `json:"want"`
		} `json:"cases"`
	}
	readCorpus(t, "documents.json", &corpus)
	if len(corpus.Cases) < 80 {
		t.Errorf("only %d cases", len(corpus.Cases))
	}
	tokens, people := map[string]chepiao.PersonToken{}, map[chepiao.PersonToken]string{}
	kinds := map[chepiao.DocumentKind]bool{}
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			today, err := chepiao.ParseDay(c.Input.Today)
			if err != nil {
				t.Fatal(err)
			}
			d, err := chepiao.NewDocument(c.Input.Kind, c.Input.Number, c.Input.Nationality, today)
			if !c.Want.judge(t, err) {
				return
			}
			kinds[d.Kind()] = true
			if d.Reveal() != c.Want.Number || d.Nationality() != c.Want.Nationality || d.String() != c.Want.Shown || d.Kind().Online() != c.Want.Online || d.Sex() != c.Want.Sex {
				t.Errorf("%s of %q, shown %s, online %v, sex %q", d.Reveal(), d.Nationality(), d, d.Kind().Online(), d.Sex())
			}
			birth, known := d.Birth()
			age, _ := d.Age(today)
			if known != (c.Want.Birth != "") || known && (birth.String() != c.Want.Birth || c.Want.Age == nil || age != *c.Want.Age) {
				t.Errorf("born %v, %v, %d years", birth, known, age)
			}
			if c.Want.Person == "" {
				return
			}
			token := chepiao.TokenOf(bindKey, d)
			if before, ok := tokens[c.Want.Person]; ok && before != token {
				t.Errorf("another person than before: %s", c.Want.Person)
			}
			if other, ok := people[token]; ok && other != c.Want.Person {
				t.Errorf("the same person as %s", other)
			}
			tokens[c.Want.Person], people[token] = token, c.Want.Person
		})
	}
	for _, k := range chepiao.DocumentKinds() {
		if !kinds[k] {
			t.Errorf("no case accepts %s", k)
		}
	}
}

func TestCorpusOfNames(t *testing.T) {
	var corpus struct {
		About string `json:"about"`
		Cases []struct {
			Name  string `json:"name"`
			Input struct {
				Typed string `json:"typed"`
			} `json:"input"`
			Want struct {
				corpusRefusal
				Name  string `json:"name"`
				Shown string `json:"shown"`
			} `json:"want"`
		} `json:"cases"`
		Pairs []struct {
			Name  string `json:"name"`
			Input struct {
				A string `json:"a"`
				B string `json:"b"`
			} `json:"input"`
			Want struct {
				Hint chepiao.NameMatch `json:"hint"`
			} `json:"want"`
		} `json:"pairs"`
	}
	readCorpus(t, "names.json", &corpus)
	if len(corpus.Cases) < 40 || len(corpus.Pairs) < 15 {
		t.Errorf("only %d cases and %d pairs", len(corpus.Cases), len(corpus.Pairs))
	}
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			n, err := chepiao.NewName(c.Input.Typed)
			if c.Want.judge(t, err) && (n.Reveal() != c.Want.Name || n.String() != c.Want.Shown) {
				t.Errorf("%q, shown %q", n.Reveal(), n)
			}
		})
	}
	for _, c := range corpus.Pairs {
		a, errA := chepiao.NewName(c.Input.A)
		b, errB := chepiao.NewName(c.Input.B)
		if got := chepiao.NameHint(a, b); errA != nil || errB != nil || got != c.Want.Hint || a.Matches(b) != (got == chepiao.NameSame) {
			t.Errorf("%s: %s, %v, %v", c.Name, got, errA, errB)
		}
	}
}

func TestCorpusOfCorrections(t *testing.T) {
	var corpus struct {
		About string `json:"about"`
		Cases []struct {
			Name  string `json:"name"`
			Input struct {
				Old       corpusDocument `json:"old"`
				New       corpusDocument `json:"new"`
				Corrected bool           `json:"corrected"`
			} `json:"input"`
			Want corpusRefusal `json:"want"`
		} `json:"cases"`
	}
	readCorpus(t, "corrections.json", &corpus)
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			c.Want.judge(t, chepiao.Correct(c.Input.Old.passenger(t), c.Input.New.passenger(t), c.Input.Corrected))
		})
	}
}

func (d corpusDocument) passenger(t *testing.T) chepiao.Passenger {
	t.Helper()
	name, err := chepiao.NewName(d.Name)
	if err != nil {
		t.Fatal(err)
	}
	return chepiao.Passenger{Name: name, Document: mustDocument(t, d.Kind, d.Number, d.Nationality)}
}
