package chepiao_test

import (
	"encoding/json"
	"testing"
	"time"

	"chepiao"
)

// backTicket is a ticket of the corpora of refunds and rebookings, from station
// 1 to station 2.
type backTicket struct {
	State    chepiao.TicketState `json:"state"`
	Price    chepiao.Money       `json:"price"`
	Full     *chepiao.Money      `json:"full"`
	Rebooked int                 `json:"rebooked"`
	Receipt  chepiao.Receipt     `json:"receipt"`
	Fault    chepiao.Fault       `json:"fault"`
}

func (b backTicket) ticket() chepiao.Ticket {
	t := chepiao.Ticket{ID: 9, State: b.State, Price: b.Price, Full: b.Price, From: 1, To: 2}
	t.Rebooked, t.Receipt, t.Fault = b.Rebooked, b.Receipt, b.Fault
	if b.Full != nil {
		t.Full = *b.Full
	}
	if t.State == "" {
		t.State = chepiao.TicketValid
	}
	return t
}

func corpusRules(t *testing.T, values json.RawMessage) *chepiao.Rules {
	t.Helper()
	if values == nil {
		values = json.RawMessage("{}")
	}
	r, err := chepiao.ParseRules(values)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// decided compares the rule that decided: of an answer, or of a refusal.
func decided(t *testing.T, want string, because *chepiao.Explanation) {
	t.Helper()
	got := ""
	if because != nil {
		got = because.Rule
	}
	if got != want {
		t.Errorf("the rule %q decided, want %q", got, want)
	}
}

func TestCorpusOfRefunds(t *testing.T) {
	var corpus struct {
		About string `json:"about"`
		Cases []struct {
			Name  string `json:"name"`
			Input struct {
				Ticket backTicket `json:"ticket"`
				Case   struct {
					Left  int64           `json:"left"`
					Flow  bool            `json:"flow"`
					Gone  bool            `json:"gone"`
					Fault chepiao.Fault   `json:"fault"`
					At    chepiao.AskedAt `json:"at"`
				} `json:"case"`
				Rules json.RawMessage `json:"rules"`
			} `json:"input"`
			Want struct {
				corpusRefusal
				Rule string        `json:"rule"`
				Fee  chepiao.Money `json:"fee"`
				Back chepiao.Money `json:"back"`
			} `json:"want"`
		} `json:"cases"`
	}
	readCorpus(t, "refunds.json", &corpus)
	if len(corpus.Cases) < 80 {
		t.Fatalf("%d cases", len(corpus.Cases))
	}
	departs := moment("2026-11-22 08:30")
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			in, rules := c.Input.Case, corpusRules(t, c.Input.Rules)
			asked := chepiao.RefundCase{Now: departs.Add(-time.Duration(in.Left) * time.Second), Departs: departs, Flow: in.Flow, Gone: in.Gone, Fault: in.Fault, At: in.At}
			q, err := chepiao.QuoteRefund(c.Input.Ticket.ticket(), asked, rules)
			if !c.Want.judge(t, err) {
				decided(t, c.Want.Rule, chepiao.AsRefusal(err).Because)
				return
			}
			decided(t, c.Want.Rule, &q.Because)
			if q.Fee != c.Want.Fee || q.Back != c.Want.Back || q.Price != c.Input.Ticket.Price {
				t.Errorf("of %s: a fee of %s, %s back; want %s and %s", q.Price, q.Fee, q.Back, c.Want.Fee, c.Want.Back)
			}
			holdsInStages(t, c.Input.Ticket.ticket(), asked, rules, q)
		})
	}
}

// holdsInStages holds a quote against the stages: the one that a moment lies in
// gives what the quote says.
func holdsInStages(t *testing.T, ticket chepiao.Ticket, c chepiao.RefundCase, r *chepiao.Rules, q chepiao.RefundQuote) {
	t.Helper()
	for _, s := range chepiao.RefundStages(ticket, c, r) {
		if s.Until.IsZero() || !c.Now.After(s.Until) {
			if s.Back != q.Back || s.Fee != q.Fee {
				t.Errorf("its stage until %v gives %s back, the quote %s", s.Until, s.Back, q.Back)
			}
			return
		}
	}
	t.Error("no stage has this moment")
}

func TestCorpusOfRebookings(t *testing.T) {
	type where struct {
		From, To chepiao.StationNo
	}
	var corpus struct {
		About string `json:"about"`
		Cases []struct {
			Name  string `json:"name"`
			Input struct {
				Ticket backTicket `json:"ticket"`
				Case   struct {
					where
					Left     int64          `json:"left"`
					Gone     bool           `json:"gone"`
					Fault    chepiao.Fault  `json:"fault"`
					Window   bool           `json:"window"`
					Same     bool           `json:"same"`
					SameLine *bool          `json:"same_line"`
					SameDay  *bool          `json:"same_day"`
					Price    *chepiao.Money `json:"price"`
				} `json:"case"`
				Rules json.RawMessage `json:"rules"`
			} `json:"input"`
			Want struct {
				corpusRefusal
				Rule       string        `json:"rule"`
				Fee        chepiao.Money `json:"fee"`
				Credit     chepiao.Money `json:"credit"`
				Price      chepiao.Money `json:"price"`
				Free       bool          `json:"free"`
				Difference chepiao.Money `json:"difference"`
			} `json:"want"`
		} `json:"cases"`
	}
	readCorpus(t, "rebooks.json", &corpus)
	if len(corpus.Cases) < 30 {
		t.Fatalf("%d cases", len(corpus.Cases))
	}
	departs := moment("2026-11-22 08:30")
	for _, c := range corpus.Cases {
		t.Run(c.Name, func(t *testing.T) {
			in, ticket := c.Input.Case, c.Input.Ticket.ticket()
			asked := chepiao.RebookCase{
				Now: departs.Add(-time.Duration(in.Left) * time.Second), Departs: departs, Gone: in.Gone, Fault: in.Fault, At: chepiao.AskedAt{Window: in.Window},
				Same: in.Same, SameLine: in.SameLine == nil || *in.SameLine, SameDay: in.SameDay == nil || *in.SameDay, From: max(in.From, 1), To: max(in.To, 2), Price: ticket.Price,
			}
			if in.Price != nil {
				asked.Price = *in.Price
			}
			rules := corpusRules(t, c.Input.Rules)
			q, err := chepiao.QuoteRebook(ticket, asked, rules)
			if !c.Want.judge(t, err) {
				decided(t, c.Want.Rule, chepiao.AsRefusal(err).Because)
				return
			}
			decided(t, c.Want.Rule, &q.Because)
			if q.Fee != c.Want.Fee || q.Credit != c.Want.Credit || q.Price != c.Want.Price || q.Free != c.Want.Free || q.Difference() != c.Want.Difference {
				t.Errorf("%+v, want %+v", q, c.Want)
			}
			takesItsPlace(t, ticket, q, rules)
		})
	}
}

// takesItsPlace has a new ticket follow a quote: what was paid for the old one is
// its fee and the credit of the new.
func takesItsPlace(t *testing.T, old chepiao.Ticket, q chepiao.RebookQuote, r *chepiao.Rules) {
	t.Helper()
	next := q.Take(old, chepiao.Ticket{ID: 99, State: chepiao.TicketHeld})
	moved, again, err := chepiao.Replace(old, next, r)
	if err != nil || moved.State != chepiao.TicketRebooked || moved.ReplacedBy != 99 || next.Replaces != 9 || next.Price != q.Price {
		t.Fatalf("%+v, %+v, %v", moved, next, err)
	}
	if again.Credit != q.Credit || again.Fee != q.Fee || moved.Fee+again.Credit != old.Price {
		t.Errorf("replaced for a credit of %s and a fee of %s; quoted %s and %s", again.Credit, moved.Fee, q.Credit, q.Fee)
	}
	if counted := next.Rebooked > old.Rebooked; counted == q.Free {
		t.Errorf("it counts: %v, though free is %v", counted, q.Free)
	}
}
