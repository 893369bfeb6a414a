package api_test

import (
	"fmt"
	"strings"
	"testing"

	"chepiao/ident"
)

// TestFares: what a journey costs each kind of passenger, of what, and why.
func TestFares(t *testing.T) {
	h := newHouse(t)
	v := h.get(200, "GET", "/api/v1/departures/"+t1+"/fares?from=SJZ&to=BD", "")
	if dig(v, "real_names") != true || dig(v, "names.rule") != "real_name_class" || dig(v, "children_left") != 0.0 {
		t.Errorf("%v", v)
	}
	for i, want := range []struct {
		kind  string
		price float64
		rule  string
	}{{"full", 5000, "fen_per_km"}, {"half", 2500, "half_share"}, {"student", 3750, "student_share"}, {"discount", 4500, "discount_share"}, {"disabled", 2500, "disabled_share"}, {"free", 0, "free_per_adult"}} {
		at := fmt.Sprintf("fares.%d.", i)
		if dig(v, at+"kind") != want.kind || dig(v, at+"price") != want.price || dig(v, at+"full") != 5000.0 || dig(v, at+"because.rule") != want.rule || dig(v, at+"parts.0.fen") != want.price {
			t.Errorf("%s: %v", want.kind, dig(v, strings.TrimSuffix(at, ".")))
		}
	}
	h.get(404, "GET", "/api/v1/departures/9999-20260303/fares?from=SJZ&to=BD", "")
	for query, want := range map[string]string{
		"birth=2020-03-03":              "half", // six would be free, but six seats carry no free child
		"birth=2011-03-04":              "half",
		"birth=2011-03-03":              "full",
		"height=150":                    "half",
		"height=151":                    "full",
		"birth=2011-03-03&height=150":   "half",
		"birth=2020-03-03&own_seat=1":   "half",
		"birth=2020-03-03&free_left=0":  "half",
		"birth=1990-03-03&height=100":   "full",
		"birth=2020-03-03&from=SJZ&x=1": "half",
	} {
		if got := h.get(200, "GET", "/api/v1/departures/"+t1+"/child?from=SJZ&to=BD&"+query, ""); dig(got, "kind") != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	if got := h.get(200, "GET", "/api/v1/departures/"+t3+"/child?from=SJZ&to=ZD&birth=2020-03-03", ""); dig(got, "kind") != "free" || dig(got, "price") != 0.0 || dig(got, "because.rule") != "free_age" {
		t.Errorf("%v", got)
	}
	if got := h.get(422, "GET", "/api/v1/departures/"+t1+"/child?from=SJZ&to=BD&birth=2036-03-03", ""); dig(got, "field") != "birth" {
		t.Errorf("%v", got)
	}
}

// TestChildrenAreSold: a child on its guardian's document, and what is refused.
func TestChildrenAreSold(t *testing.T) {
	h := newHouse(t)
	ask := func(status int, people, more string, headers ...string) map[string]any {
		t.Helper()
		return h.get(status, "POST", "/api/v1/orders", fmt.Sprintf(`{"departure":%q,"from":"SJZ","to":"BD","passengers":[%s]%s}`, t1, people, more), headers...)
	}
	adult, child := h.person(), `{"name":"小宝","kind":"half","guardian":0,"birth":"2016-05-01"}`
	held := ask(201, adult+","+child, "")
	if dig(held, "order.total") != 7500.0 || dig(held, "order.tickets.1.guardian") != dig(held, "order.tickets.0.id") || dig(held, "order.tickets.1.proof") != "guardian" {
		t.Errorf("%v", held)
	}
	ticket := h.get(200, "GET", "/api/v1/tickets/"+dig(held, "order.tickets.1.id").(string), "", h.as(ident.Window))
	if dig(ticket, "ticket.fare.because.rule") != "half_share" || dig(ticket, "ticket.fare.price") != 2500.0 || dig(ticket, "ticket.passenger.document.number") == "" {
		t.Errorf("%v", ticket)
	}
	for _, c := range []struct{ people, reason, field, rule string }{
		{h.person() + `,{"name":"小宝","kind":"half","guardian":0,"birth":"2010-05-01"}`, "NOT_ELIGIBLE", "passengers[1].kind", "half_age"},
		{h.person() + `,{"name":"小宝","kind":"half","guardian":1,"birth":"2016-05-01"}`, "INVALID", "passengers[1].guardian", ""},
		{h.person() + `,{"name":"小宝","kind":"half","guardian":7,"birth":"2016-05-01"}`, "INVALID", "passengers[1].guardian", ""},
		{h.person() + `,{"name":"小宝","kind":"half","guardian":0,"birth":"2016"}`, "INVALID", "passengers[1].birth", ""},
		{child, "INVALID", "passengers[0].guardian", ""},
		{strings.Replace(h.person(), `{"name"`, `{"kind":"half","name"`, 1), "NOT_ELIGIBLE", "passengers[0].kind", "half_age"},
		{strings.Replace(h.person(), `{"name"`, `{"kind":"student","proof":"offer","name"`, 1), "NOT_ELIGIBLE", "passengers[0].proof", "proof_needed"},
		{strings.Replace(h.person(), `{"name"`, `{"accompanied":[{"name":"小宝"}],"name"`, 1), "INVALID", "passengers[0].accompanied", ""},
		{strings.Replace(h.person(), `{"name"`, `{"children":1,"name"`, 1), "TOO_MANY", "passengers", "child_quota"},
		{`{"phone":"13800005678"}`, "INVALID", "passengers[0].name", ""},
	} {
		got := ask(422, c.people, "")
		rule, _ := dig(got, "because.rule").(string)
		if dig(got, "reason") != c.reason || dig(got, "field") != c.field || rule != c.rule {
			t.Errorf("%s: %v", c.people, got)
		}
	}
	// A document is read at a window too where names are needed.
	if got := ask(422, `{"phone":"13800005678"}`, `,"channel":"window"`, h.as(ident.Window)); dig(got, "field") != "passengers[0].name" {
		t.Errorf("%v", got)
	}
}
