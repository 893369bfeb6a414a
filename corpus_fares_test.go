package chepiao_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chepiao"
)

// rulesWith are the defaults with some rules changed, as edition 7.
func rulesWith(t *testing.T, changed json.RawMessage) *chepiao.Rules {
	t.Helper()
	r := chepiao.DefaultRules()
	if changed != nil {
		if err := json.Unmarshal(changed, r); err != nil {
			t.Fatal(err)
		}
	}
	r.Version = 7
	return r
}

func TestCorpusOfFares(t *testing.T) {
	var corpus struct {
		About string `json:"about"`
		Cases []struct {
			Name  string `json:"name"`
			Input struct {
				Metres int32              `json:"metres"`
				Table  *chepiao.Money     `json:"table"`
				Kind   chepiao.TicketKind `json:"kind"`
				Rules  json.RawMessage    `json:"rules"`
			} `json:"input"`
			Want struct {
				Start chepiao.Money      `json:"start"`
				Full  chepiao.Money      `json:"full"`
				Price chepiao.Money      `json:"price"`
				Limit chepiao.Money      `json:"limit"`
				Items []chepiao.FareItem `json:"items"`
				Parts []chepiao.FareItem `json:"parts"`
				Rule  string             `json:"rule"`
			} `json:"want"`
		} `json:"cases"`
	}
	readCorpus(t, "fares.json", &corpus)
	if len(corpus.Cases) < 60 {
		t.Errorf("only %d cases", len(corpus.Cases))
	}
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			r := rulesWith(t, c.Input.Rules)
			line := &chepiao.Line{}
			if c.Input.Table != nil {
				line.Fares = map[chepiao.Pair]chepiao.Money{{From: 1, To: 2}: *c.Input.Table}
			}
			m := &chepiao.Template{Stops: []chepiao.Stop{{Station: 1}, {Station: 2, Metres: c.Input.Metres}}}
			f := chepiao.Price(line, m, 0, 1, c.Input.Kind, r)
			if f.Start != c.Want.Start || f.Full != c.Want.Full || f.Price != c.Want.Price || f.Limit != c.Want.Limit {
				t.Errorf("%+v, want %+v", f, c.Want)
			}
			if c.Want.Items != nil {
				if diff := cmp.Diff(c.Want.Items, f.Items(r)) + cmp.Diff(c.Want.Parts, f.Parts(r)); diff != "" {
					t.Error(diff)
				}
			}
			if why := f.Explain(c.Input.Kind, r); why.Rule != c.Want.Rule || why.Version != 7 || why.ZH == "" || why.EN == "" {
				t.Errorf("%+v, want %s", why, c.Want.Rule)
			}
		})
	}
}

func TestCorpusOfChildren(t *testing.T) {
	type rules struct {
		Rules json.RawMessage `json:"rules"`
	}
	var corpus struct {
		About     string `json:"about"`
		Decisions []struct {
			Name  string `json:"name"`
			Input struct {
				rules
				Age      *int `json:"age"`
				Height   int  `json:"height"`
				OwnSeat  bool `json:"own_seat"`
				FreeLeft int  `json:"free_left"`
			} `json:"input"`
			Want struct {
				Kind chepiao.TicketKind `json:"kind"`
				Rule string             `json:"rule"`
			} `json:"want"`
		} `json:"decisions"`
		Quotas []struct {
			Name  string `json:"name"`
			Input struct {
				rules
				Seats  int  `json:"seats"`
				Outlet bool `json:"outlet"`
			} `json:"input"`
			Want struct {
				Quota int `json:"quota"`
			} `json:"want"`
		} `json:"quotas"`
		Headcounts []struct {
			Name  string `json:"name"`
			Input struct {
				rules
				Seated   int `json:"seated"`
				Free     int `json:"free_children"`
				Approved int `json:"approved"`
			} `json:"input"`
			Want corpusRefusal `json:"want"`
		} `json:"headcounts"`
		Claims []struct {
			Name  string `json:"name"`
			Input struct {
				rules
				Kind      chepiao.TicketKind `json:"kind"`
				Channel   chepiao.Channel    `json:"channel"`
				Age       *int               `json:"age"`
				Height    int                `json:"height"`
				Proof     chepiao.Proof      `json:"proof"`
				Dependent bool               `json:"dependent"`
			} `json:"input"`
			Want struct {
				corpusRefusal
				Proof chepiao.Proof `json:"proof"`
				Rule  string        `json:"rule"`
			} `json:"want"`
		} `json:"claims"`
	}
	readCorpus(t, "children.json", &corpus)
	age := func(known *int) int {
		if known == nil {
			return -1
		}
		return *known
	}
	for _, c := range corpus.Decisions {
		t.Run("decision/"+c.Name, func(t *testing.T) {
			kind, why := chepiao.ChildDecision(age(c.Input.Age), c.Input.Height, c.Input.OwnSeat, c.Input.FreeLeft, rulesWith(t, c.Input.Rules))
			if kind != c.Want.Kind || why.Rule != c.Want.Rule || why.Version != 7 {
				t.Errorf("%s %+v", kind, why)
			}
		})
	}
	for _, c := range corpus.Quotas {
		t.Run("quota/"+c.Name, func(t *testing.T) {
			if got := rulesWith(t, c.Input.Rules).Quota(c.Input.Seats, c.Input.Outlet); got != c.Want.Quota {
				t.Errorf("%d, want %d", got, c.Want.Quota)
			}
		})
	}
	for _, c := range corpus.Headcounts {
		t.Run("headcount/"+c.Name, func(t *testing.T) {
			no := chepiao.HeadcountFits(c.Input.Seated, c.Input.Free, c.Input.Approved, rulesWith(t, c.Input.Rules))
			if (no == nil) != c.Want.OK || no != nil && no.Reason != c.Want.Reason {
				t.Errorf("%v, want %+v", no, c.Want)
			}
		})
	}
	for _, c := range corpus.Claims {
		t.Run("claim/"+c.Name, func(t *testing.T) {
			claim := chepiao.Claim{Kind: c.Input.Kind, Proof: c.Input.Proof, Age: age(c.Input.Age), HeightCM: c.Input.Height, Dependent: c.Input.Dependent}
			proof, why, no := claim.Eligible(c.Input.Channel, rulesWith(t, c.Input.Rules))
			var err error
			if no != nil {
				err, why = no, no.Because
			}
			c.Want.judge(t, err)
			rule := ""
			if why != nil {
				rule = why.Rule
			}
			if proof != c.Want.Proof || rule != c.Want.Rule {
				t.Errorf("proof %q by %q, want %q by %q", proof, rule, c.Want.Proof, c.Want.Rule)
			}
		})
	}
	if n := len(corpus.Decisions) + len(corpus.Quotas) + len(corpus.Headcounts) + len(corpus.Claims); n < 40 {
		t.Errorf("only %d cases", n)
	}
}
