package gate_test

import (
	"encoding/json"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/alone"
	"chepiao/voucher"
	"chepiao/web/stage"
)

// open takes the node's list as a gate's browser does.
func open(t *testing.T, s *stage.Stage) *alone.Gate {
	t.Helper()
	page := s.Get("/gate/list" + gate).Want(200)
	g, head, err := alone.OpenSigned([]byte(page.Body), func(raw []byte) (alone.Verify, error) {
		var list []voucher.PublicKey
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
		keys, err := voucher.NewKeys(list...)
		return func(code string, now time.Time) (*chepiao.Claims, *chepiao.Refusal) {
			v := keys.Verify(code, now)
			if !v.Signed {
				return nil, v.Refusal
			}
			return v.Claims, v.Refusal
		}, err
	})
	if err != nil || head.Departures == 0 {
		t.Fatal(head, err)
	}
	return g
}

// TestAGateAlone runs the same passengers through the node's check and through a
// gate that has only its list, and then tells the node.
func TestAGateAlone(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one, two, gone := s.Sell("JA1707", from, to, 1), s.Sell("JA1707", from, to, 2), s.Sell("JA1707", from, to, 3)
	g := open(t, s)
	ask := func(in alone.Ask, wants chepiao.Reason) alone.Answer {
		t.Helper()
		in.Gate, in.Device, in.Now = "7", "gate seven", s.Now().UnixMilli()
		a := g.Decide(in)
		if a.Verdict.Reason != wants {
			t.Fatalf("%+v: %s %s, not %s", in, a.Verdict.Reason, a.Verdict.EN, wants)
		}
		return a
	}
	byDocument := func(number string) alone.Ask { return alone.Ask{Document: "resident_id", Number: number} }
	ask(byDocument(one.Number), chepiao.TooEarly)
	s.Pass(85 * time.Minute)
	ask(byDocument(one.Number), chepiao.NotReported)
	s.Report("JA1707")
	late := s.Sell("JA1707", from, to, 4) // the list does not have it, but after the next load
	before := g
	g = open(t, s)

	ask(alone.Ask{Code: one.Code}, chepiao.NeedDocument)
	ask(alone.Ask{Code: one.Code[:90]}, chepiao.BadCode)
	ask(alone.Ask{Ticket: chepiao.TicketID(99 << 32).String()}, chepiao.NotFound)
	ask(alone.Ask{Code: one.Code, Document: "resident_id", Number: two.Number}, chepiao.WrongDocument)
	if a := ask(byDocument(one.Number), chepiao.OfflineAccepted); a.Seat != one.Ticket.Seat || a.Confirmed || a.Level != alone.ByList {
		t.Errorf("%+v", a)
	}
	g.Passed(one.Ticket.ID, s.Now(), "gate seven")
	s.Pass(time.Minute)
	ask(byDocument(one.Number), chepiao.AlreadyUsed)
	ask(alone.Ask{Code: one.Code, Seen: "resident_id"}, chepiao.AlreadyUsed)

	// Another gate's list has not this ticket: the signature alone is a clerk's to confirm.
	g = before
	s.Pass(time.Minute)
	if a := g.Decide(alone.Ask{Code: late.Code, Gate: "7", Device: "gate seven", Now: s.Now().UnixMilli()}); a.Level != alone.BySignature || a.Verdict.Pass {
		t.Errorf("by its signature: %+v", a)
	}
	g = open(t, s)
	in := alone.Ask{Document: "resident_id", Number: two.Number, Gate: "8", Device: "gate eight", Now: s.Now().UnixMilli()}
	if a := g.Decide(in); a.Verdict.Pass {
		t.Errorf("another gate than the departure's: %+v", a)
	}
	in.Gate = ""
	if a := g.Decide(in); a.Verdict.Reason != chepiao.ConfirmAlone || !a.Hand {
		t.Errorf("a gate for any departure asks a clerk: %+v", a)
	}

	tell := func(id string, ticket chepiao.TicketID, wants string) {
		t.Helper()
		body := `{"passages":[{"id":"` + id + `","ticket":"` + ticket.String() + `","at":` + strconv.FormatInt(s.Now().UnixMilli(), 10) + `,"gate":"7","method":"document"}]}`
		r := httptest.NewRequest("POST", "/gate/passages"+gate, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		page := s.Visit(r)
		if page.Status != 200 || !strings.Contains(page.Body, `"taken":["`+id+`"]`) || !strings.Contains(page.Body, wants) {
			t.Fatalf("%s: %d %s", id, page.Status, page.Body)
		}
	}
	tell("a", one.Ticket.ID, `"doubt":0`)
	tell("a", one.Ticket.ID, `"doubt":0`) // sent twice, done once
	scan(s, gate, two.Number).Want(200, `data-light="green"`)
	s.Pass(10 * time.Minute)
	tell("b", two.Ticket.ID, `"doubt":1`) // passed at the node, and alone ten minutes later
	tell("c", chepiao.TicketID(99<<32), `"doubt":1`)
	tell("d", gone.Ticket.ID, `"doubt":0`)
	s.Get("/gate/review"+"?what=alone").Want(200, two.Ticket.ID.String()).Lacks(one.Ticket.ID.String())
	scan(s, gate, one.Number).Want(200, "ALREADY_USED")
}

// TestALoadedListIsChecked refuses what is damaged before anybody stands there.
func TestALoadedListIsChecked(t *testing.T) {
	for _, bad := range []string{``, `{}`, `{"key":"AAAAAAAAAAAAAAAAAAAAAA==","tickets":"AAAA"}`, `{"key":"AAAAAAAAAAAAAAAAAAAAAA==","departures":[{"id":"1-2026-01-01","rules":3}]}`} {
		if _, err := alone.Open([]byte(bad), nil); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestASupervisorAlone sets a refusal aside at a gate without its node: by list and
// by signature, and never what may not be set aside; the node hears who and why.
func TestASupervisorAlone(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	before := open(t, s)
	late := s.Sell("JA1707", from, to, 2)
	ask := func(g *alone.Gate, in alone.Ask) alone.Answer {
		in.Device, in.Now = "gate seven", s.Now().UnixMilli()
		return g.Decide(in)
	}
	if a := ask(before, alone.Ask{Document: "resident_id", Number: one.Number}); a.Verdict.Reason != chepiao.TooEarly || !a.Override {
		t.Fatalf("%+v", a)
	}
	for _, read := range []alone.Ask{{Document: "resident_id", Number: one.Number}, {Code: late.Code}} {
		read.Override = "coach leaves early"
		a := ask(before, read)
		if !a.Verdict.Pass || a.Verdict.Overrode == "" || !a.Confirmed || a.Override {
			t.Fatalf("%+v", a)
		}
		body, _ := json.Marshal(map[string]any{"passages": []map[string]any{{
			"id": a.Ticket, "ticket": a.Ticket, "at": s.Now().UnixMilli(), "gate": "7", "method": a.Method, "override": read.Override, "overrode": a.Verdict.Overrode, "device": "zhang at seven", "confirmed": true,
		}}})
		r := httptest.NewRequest("POST", "/gate/passages"+gate, strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if page := s.Visit(r); page.Status != 200 || !strings.Contains(page.Body, `"taken":["`+a.Ticket+`"]`) {
			t.Fatalf("%d %s", page.Status, page.Body)
		}
		id, _ := chepiao.ParseTicketID(a.Ticket)
		before.Passed(id, s.Now(), "gate seven")
		s.Pass(5 * time.Minute)
		if a = ask(before, read); a.Verdict.Pass || a.Override {
			t.Errorf("twice by override: %+v", a)
		}
	}
	s.Get("/gate/review"+"?what=alone").Want(200, one.Ticket.ID.String(), late.Ticket.ID.String(), "coach leaves early", "zhang at seven")
}
