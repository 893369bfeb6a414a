package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/api"
	"chepiao/demo"
	"chepiao/ident"
	"chepiao/store"
)

// secretName stands wherever a passenger's data might be repeated by mistake.
const secretName = "司马隐私"

// refused is one request that must be turned down without a trace.
type refused struct {
	name   string
	do     string
	body   string
	head   []string
	status int
	reason chepiao.Reason
	field  string
}

// unknown fills in numbers that are right in form and stand for nothing.
var unknown = strings.NewReplacer("{order}", chepiao.OrderID(7_000_000_003).String(), "{ticket}", chepiao.TicketID(7_000_000_004).String())

// one is the body of a hold with one thing changed: member=value of the
// passenger, or of the order when it starts with a dot.
func one(changes ...string) string {
	name, number := demo.Person(9)
	passenger := map[string]any{"name": name, "document": map[string]any{"kind": "resident_id", "number": number}}
	order := map[string]any{"departure": t1, "from": "SJZ", "to": "BJ", "passengers": []any{passenger}}
	for _, c := range changes {
		path, value, _ := strings.Cut(c, "=")
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			panic(err)
		}
		switch {
		case strings.HasPrefix(path, "."):
			order[path[1:]] = v
		case strings.HasPrefix(path, "document."):
			passenger["document"].(map[string]any)[strings.TrimPrefix(path, "document.")] = v
		default:
			passenger[path] = v
		}
	}
	b, err := json.Marshal(order)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func without(member string) string {
	var order map[string]any
	if err := json.Unmarshal([]byte(one()), &order); err != nil {
		panic(err)
	}
	delete(order, member)
	b, _ := json.Marshal(order)
	return string(b)
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

var badHolds = []refused{
	{"no body", "POST /orders", "", nil, 422, "INVALID", "body"},
	{"no JSON", "POST /orders", "{", nil, 400, "MALFORMED", "body"},
	{"two values", "POST /orders", one() + one(), nil, 400, "MALFORMED", "body"},
	{"another type of content", "POST /orders", one(), []string{"Content-Type: text/xml"}, 415, "UNSUPPORTED_TYPE", "Content-Type"},
	{"too large", "POST /orders", one(".more=" + quoted(strings.Repeat("x", api.BodyBytesMax))), nil, 413, "TOO_LARGE", "body"},
	{"a list", "POST /orders", "[]", nil, 422, "INVALID", "body"},
	{"null", "POST /orders", "null", nil, 422, "INVALID", "body"},
	{"deep", "POST /orders", strings.Repeat("[", 20000), nil, 400, "MALFORMED", "body"},
	{"no departure", "POST /orders", without("departure"), nil, 422, "INVALID", "departure"},
	{"no from", "POST /orders", without("from"), nil, 422, "INVALID", "from"},
	{"no passengers", "POST /orders", without("passengers"), nil, 422, "INVALID", "passengers"},
	{"departure a number", "POST /orders", one(".departure=7"), nil, 422, "INVALID", "departure"},
	{"departure malformed", "POST /orders", one(`.departure="tomorrow"`), nil, 422, "INVALID", "departure"},
	{"departure too long", "POST /orders", one(".departure=" + quoted(strings.Repeat("1", 25))), nil, 422, "INVALID", "departure"},
	{"departure unknown", "POST /orders", one(`.departure="99-20260303"`), nil, 404, "NOT_FOUND", "departure"},
	{"departure past", "POST /orders", one(`.departure="2-20260302"`), nil, 409, "PAST_DEPARTURE", "departure"},
	{"departure not on sale", "POST /orders", one(`.departure="1-20260401"`), nil, 409, "NOT_ON_SALE_YET", "departure"},
	{"departure of a day without it", "POST /orders", one(`.departure="1-20270101"`), nil, 404, "NOT_FOUND", "departure"},
	{"from unknown", "POST /orders", one(`.from="NOWHERE"`), nil, 404, "NOT_FOUND", "from"},
	{"from empty", "POST /orders", one(`.from=""`), nil, 422, "INVALID", "from"},
	{"to null", "POST /orders", one(`.to=null`), nil, 422, "INVALID", "to"},
	{"to a list", "POST /orders", one(`.to=[]`), nil, 422, "INVALID", "to"},
	{"stops not served", "POST /orders", one(`.to="ZD"`), nil, 404, "NOT_FOUND", "to"},
	{"stops in the wrong order", "POST /orders", one(`.from="BD"`, `.to="SJZ"`), nil, 422, "INVALID", "to"},
	{"from twice", "POST /orders", one(`.to="SJZ"`), nil, 404, "NOT_FOUND", "to"},
	{"passengers empty", "POST /orders", one(`.passengers=[]`), nil, 422, "INVALID", "passengers"},
	{"passengers an object", "POST /orders", one(`.passengers={}`), nil, 422, "INVALID", "passengers"},
	{"a passenger a string", "POST /orders", one(`.passengers=["` + secretName + `"]`), nil, 422, "INVALID", "passengers[0]"},
	{"six passengers", "POST /orders", (&house{}).hold(t1, "SJZ", "BJ", 6, ""), nil, 422, "TOO_MANY", "passengers"},
	{"sixty-one passengers", "POST /orders", (&house{}).hold(t1, "SJZ", "BJ", 61, ""), nil, 422, "INVALID", "passengers"},
	{"a document for the window", "POST /orders", one(`document.kind="temporary_id"`), nil, 422, "DOCUMENT_NOT_ONLINE", "passengers[0].document.kind"},
	{"the same document twice", "POST /orders", func() string {
		p := (&house{}).person()
		return `{"departure":"` + t1 + `","from":"SJZ","to":"BJ","passengers":[` + p + "," + p + `]}`
	}(), nil, 409, "DUPLICATE_RIDER", "passengers[1].document.number"},
	{"name a number", "POST /orders", one(`name=7`), nil, 422, "INVALID", "passengers[0].name"},
	{"name empty", "POST /orders", one(`name=""`), nil, 422, "INVALID", "passengers[0].name"},
	{"name with a sign", "POST /orders", one(`name="` + secretName + `$"`), nil, 422, "INVALID", "passengers[0].name"},
	{"name too long", "POST /orders", one("name=" + quoted(strings.Repeat("司", 61))), nil, 422, "INVALID", "passengers[0].name"},
	{"name far too long", "POST /orders", one("name=" + quoted(strings.Repeat("司", 201))), nil, 422, "INVALID", "passengers[0].name"},
	{"document kind unknown", "POST /orders", one(`document.kind="library_card"`), nil, 422, "INVALID", "passengers[0].document.kind"},
	{"document number wrong", "POST /orders", one(`document.number="130102195001010012"`), nil, 422, "INVALID", "passengers[0].document.number"},
	{"document number a number", "POST /orders", one(`document.number=130102195001010011`), nil, 422, "INVALID", "passengers[0].document.number"},
	{"document number endless", "POST /orders", one("document.number=" + quoted(strings.Repeat("1", 129))), nil, 422, "INVALID", "passengers[0].document.number"},
	{"document missing", "POST /orders", one(`document=null`), nil, 422, "INVALID", "passengers[0].document.kind"},
	{"passport without a country", "POST /orders", one(`document.kind="passport"`, `document.number="E12345678"`), nil, 422, "INVALID", "passengers[0].document.nationality"},
	{"phone wrong", "POST /orders", one(`phone="123"`), nil, 422, "INVALID", "passengers[0].phone"},
	{"phone too long", "POST /orders", one("phone=" + quoted(strings.Repeat("1", 65))), nil, 422, "INVALID", "passengers[0].phone"},
	{"kind unknown", "POST /orders", one(`kind="senior"`), nil, 422, "INVALID", "passengers[0].kind"},
	{"children negative", "POST /orders", one(`children=-1`), nil, 422, "INVALID", "passengers[0].children"},
	{"children a fraction", "POST /orders", one(`children=0.5`), nil, 422, "INVALID", "passengers[0].children"},
	{"children two", "POST /orders", one(`children=2`), nil, 422, "TOO_MANY", "passengers[0].children"},
	{"seat that is not there", "POST /orders", one(`.seats=[7]`), nil, 422, "INVALID", "seats[0]"},
	{"seat zero", "POST /orders", one(`.seats=[0]`), nil, 422, "INVALID", "seats[0]"},
	{"seat a word", "POST /orders", one(`.seats=["window"]`), nil, 422, "INVALID", "seats[0]"},
	{"seat out of any range", "POST /orders", one(`.seats=[1e30]`), nil, 422, "INVALID", "seats[0]"},
	{"seat written as 1e0", "POST /orders", strings.Replace(one(`.seats=[1]`), "[1]", "[1e0]", 1), nil, 422, "INVALID", "seats"},
	{"seats too many", "POST /orders", one(`.seats=[1,2]`), nil, 422, "INVALID", "seats"},
	{"seat on a flow departure", "POST /orders", one(`.departure="`+t3+`"`, `.to="ZD"`, `.seats=[1]`), nil, 422, "INVALID", "seats[0]"},
	{"channel unknown", "POST /orders", one(`.channel="telepathy"`), nil, 422, "INVALID", "channel"},
	{"idempotency key with a space", "POST /orders", one(), []string{"Idempotency-Key: a b"}, 422, "INVALID", "Idempotency-Key"},
	{"idempotency key too long", "POST /orders", one(), []string{"Idempotency-Key: " + strings.Repeat("k", 101)}, 422, "INVALID", "Idempotency-Key"},
}

var badRequests = []refused{
	{"search without from", "GET /departures?to=BJ", "", nil, 422, "INVALID", "from"},
	{"search of one station", "GET /departures?from=BJ&to=BJ", "", nil, 422, "INVALID", "to"},
	{"search from nowhere", "GET /departures?from=" + secretName + "&to=BJ", "", nil, 404, "NOT_FOUND", "from"},
	{"search on no day", "GET /departures?from=SJZ&to=BJ&day=today", "", nil, 422, "INVALID", "day"},
	{"search with a wrong limit", "GET /departures?from=SJZ&to=BJ&limit=many", "", nil, 422, "INVALID", "limit"},
	{"search with limit 0", "GET /departures?from=SJZ&to=BJ&limit=0", "", nil, 422, "INVALID", "limit"},
	{"search with limit 101", "GET /departures?from=SJZ&to=BJ&limit=101", "", nil, 422, "INVALID", "limit"},
	{"search after -1", "GET /departures?from=SJZ&to=BJ&after=-1", "", nil, 422, "INVALID", "after"},
	{"search through another channel", "GET /departures?from=SJZ&to=BJ&channel=x", "", nil, 422, "INVALID", "channel"},
	{"stations with a long question", "GET /stations?q=" + strings.Repeat("x", 61), "", nil, 422, "INVALID", "q"},
	{"departure malformed", "GET /departures/x?from=SJZ&to=BJ", "", nil, 422, "INVALID", "departure"},
	{"order malformed", "GET /orders/" + strings.Repeat("9", 39), "", []string{"Order-Key: x"}, 422, "INVALID", "order"},
	{"order too long", "GET /orders/" + strings.Repeat("9", 41), "", []string{"Order-Key: x"}, 422, "INVALID", "order"},
	{"order unknown", "GET /orders/{order}", "", []string{"Order-Key: x"}, 404, "NOT_FOUND", "order"},
	{"quote at no time", "GET /orders/{order}/refund-quote?at=noon", "", []string{"Order-Key: x"}, 422, "INVALID", "at"},
	{"pay nothing", "POST /orders/{order}/pay", "{}", []string{"Order-Key: x"}, 422, "INVALID", "channel"},
	{"pay with shells", "POST /orders/{order}/pay", `{"channel":"shells"}`, []string{"Order-Key: x"}, 422, "INVALID", "channel"},
	{"pay a negative sum", "POST /orders/{order}/pay", `{"channel":"cash","amount":-1}`, nil, 422, "INVALID", "amount"},
	{"pay a fraction", "POST /orders/{order}/pay", `{"channel":"cash","amount":1.5}`, nil, 422, "INVALID", "amount"},
	{"refund nothing", "POST /orders/{order}/refund", `{"tickets":[],"back":0}`, []string{"Order-Key: x"}, 422, "INVALID", "tickets"},
	{"refund without a sum", "POST /orders/{order}/refund", `{"tickets":["{ticket}"]}`, []string{"Order-Key: x"}, 422, "INVALID", "back"},
	{"look up with nothing", "POST /lookup", `{}`, nil, 422, "INVALID", "document"},
	{"look up with a wrong number", "POST /lookup", `{"order":"{order}","document":{"kind":"resident_id","number":"130102195001010012"}}`, nil, 422, "INVALID", "document.number"},
	{"voucher of no ticket", "GET /orders/{order}/tickets/x/voucher", "", []string{"Order-Key: x"}, 404, "NOT_FOUND", "order"},
	{"picture of no size", "GET /orders/{order}/tickets/x/voucher.png?pixels=5000", "", nil, 422, "INVALID", "pixels"},
	{"no such path", "GET /trains", "", nil, 404, "NOT_FOUND", ""},
	{"no such method", "DELETE /orders", "", nil, 405, "WRONG_METHOD", ""},
	{"no such method of an order", "PUT /orders/{order}", "{}", nil, 405, "WRONG_METHOD", ""},
	{"wrong secret", "GET /tickets/{ticket}", "", []string{"Authorization: Bearer cpd_aaaa"}, 401, "UNAUTHORIZED", "Authorization"},
	{"secret without its scheme", "GET /tickets/{ticket}", "", []string{"Authorization: Basic eDp5"}, 401, "UNAUTHORIZED", "Authorization"},
}

// TestBadInput: each is a clear problem, nothing is written, and neither answer
// nor log repeats what was sent.
func TestBadInput(t *testing.T) {
	h := newHouse(t)
	head := h.journal()
	for _, c := range append(badHolds, badRequests...) {
		t.Run(c.name, func(t *testing.T) {
			h.t = t
			method, path, _ := strings.Cut(unknown.Replace(c.do), " ")
			w := h.ask(method, api.Root+path, unknown.Replace(c.body), c.head...)
			var p api.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%d %q: %v", w.Code, w.Body, err)
			}
			if w.Code != c.status || p.Status != c.status || p.Reason != c.reason || p.Field != c.field {
				t.Errorf("%d %s at %q, want %d %s at %q: %s", w.Code, p.Reason, p.Field, c.status, c.reason, c.field, w.Body)
			}
			if w.Header().Get("Content-Type") != "application/problem+json" || p.ZH == "" || p.EN == "" || p.Title == "" || p.Type == "" || p.Request == "" {
				t.Errorf("not a whole problem: %s", w.Body)
			}
			_, number := demo.Person(9)
			for _, personal := range []string{secretName, "130102195001010012", number, "cpd_"} {
				if strings.Contains(w.Body.String(), personal) {
					t.Errorf("the problem repeats what was sent: %s", w.Body)
				}
			}
		})
	}
	h.t = t
	if now := h.journal(); now != head {
		t.Errorf("something was written: the journal stood at %s and stands at %s", head, now)
	}
	if found := regexp.MustCompile(secretName + `|130102|"error"|cpd_|"level":"ERROR"|from=`).FindString(h.logged.String()); found != "" {
		t.Errorf("the log holds %q", found)
	}
}

// TestBadCodes: what a gate reads is judged, not refused: a forged, cut or
// random code is a red verdict, and the attempt is recorded.
func TestBadCodes(t *testing.T) {
	h := newHouse(t)
	o := h.bought(t1, "SJZ", "BJ", 1)
	v := h.get(200, "GET", "/api/v1/orders/"+o["id"].(string)+"/tickets/"+dig(o, "tickets.0.id").(string)+"/voucher", "", h.as(ident.Desk))
	code := v["code"].(string)
	forged := code[:60] + string("0123456789"[(code[60]+1)%10]) + code[61:]
	other := newHouse(t)
	o2 := other.bought(t1, "SJZ", "BJ", 1)
	foreign := other.get(200, "GET", "/api/v1/orders/"+o2["id"].(string)+"/tickets/"+dig(o2, "tickets.0.id").(string)+"/voucher", "", other.as(ident.Desk))["code"].(string)
	for name, c := range map[string]struct {
		code   string
		reason chepiao.Reason
	}{
		"cut":          {code[:len(code)-7], chepiao.BadCode},
		"forged":       {forged, ""},
		"of others":    {foreign, "UNKNOWN_KEY"},
		"random":       {"CP1:HELLO WORLD", chepiao.BadCode},
		"a web page":   {"https://example.com/", chepiao.BadCode},
		"very long":    {"CP1:" + strings.Repeat("A", 4000), chepiao.BadCode},
		"bytes":        {"\x00\x01\xff", chepiao.BadCode},
		"another case": {strings.ToLower(code), chepiao.BadCode},
	} {
		body, _ := json.Marshal(map[string]string{"code": c.code})
		got := h.get(200, "POST", "/api/v1/checks", string(body), h.as(ident.Gate))
		if dig(got, "verdict.pass") != false || dig(got, "verdict.light") != "red" || got["ticket"] != nil {
			t.Errorf("%s: %v", name, got)
		}
		if c.reason != "" && dig(got, "verdict.reason") != string(c.reason) {
			t.Errorf("%s: %v, want %s", name, dig(got, "verdict.reason"), c.reason)
		}
	}
	got := h.get(422, "POST", "/api/v1/checks", `{"code":"`+strings.Repeat("A", 4097)+`"}`, h.as(ident.Gate))
	if got["field"] != "code" {
		t.Errorf("over the limit: %v", got)
	}
	nothingPersonal(t, h)
}

// journal is where the node's journal stands.
func (h *house) journal() string {
	var at string
	check(h.t, h.store.Read(context.Background(), func(r *store.Reader) error {
		entries, err := r.Journal("T1", 1, 0, 100_000)
		if len(entries) > 0 {
			last := entries[len(entries)-1]
			at = fmt.Sprintf("%d %x", last.Seq, last.Hash)
		}
		return err
	}))
	return at
}

// TestEveryFieldIsNamed: several wrong members are all listed.
func TestEveryFieldIsNamed(t *testing.T) {
	h := newHouse(t)
	p := h.get(422, "POST", "/api/v1/orders", one(`.from=1`, `name=2`, `children="x"`))
	for i, field := range []string{"from", "passengers[0].name", "passengers[0].children"} {
		found := false
		for _, e := range p["errors"].([]any) {
			found = found || dig(e, "field") == field
		}
		if !found {
			t.Errorf("%d: %s is not among %v", i, field, p["errors"])
		}
	}
}

// TestUnknownMembers are ignored.
func TestUnknownMembers(t *testing.T) {
	h := newHouse(t)
	h.get(201, "POST", "/api/v1/orders", one(`.colour="blue"`, `mood={"good":true}`, `document.issued="2020"`))
}

// TestRoles walks the square of staff routes and roles.
func TestRoles(t *testing.T) {
	h := newHouse(t)
	for do, may := range map[string]string{
		"GET /tickets/{ticket}": "window gate desk",
		"POST /checks {}":       "gate desk",
		"GET /checks/review":    "desk",
		"POST /tickets/{ticket}/uncheck {\"reason\":\"x\"}":                   "window gate desk",
		"POST /departures/" + t1 + "/dispatch {\"station\":\"NO\"}":           "window gate desk",
		"GET /departures/" + t1 + "/manifest":                                 "window gate desk",
		"POST /orders " + one(`.channel="window"`, `.from="NO"`):              "window desk",
		"POST /orders/{order}/pay {\"channel\":\"cash\"}":                     "window desk",
		"GET /orders/{order}":                                                 "window desk",
		"POST /orders/{order}/extend":                                         "window desk",
		"POST /orders/{order}/release":                                        "window desk",
		"GET /orders/{order}/refund-quote":                                    "window desk",
		"POST /orders/{order}/refund {\"tickets\":[\"{ticket}\"],\"back\":1}": "window desk",
		"GET /orders/{order}/tickets/{ticket}/voucher":                        "window desk",
	} {
		method, rest, _ := strings.Cut(unknown.Replace(do), " ")
		path, body, _ := strings.Cut(rest, " ")
		for _, role := range append(ident.Roles(), "") {
			var head []string
			if role != "" {
				head = append(head, h.as(role))
			}
			w := h.ask(method, api.Root+path, body, head...)
			refused := w.Code == 401 || w.Code == 403
			if want := role == "" || !strings.Contains(may, string(role)); refused != want {
				t.Errorf("%s as %q: %d, refused should be %v: %s", do, role, w.Code, want, w.Body)
			}
		}
	}
}

// TestBoundDevice: a device that belongs to a station acts there and nowhere
// else.
func TestBoundDevice(t *testing.T) {
	var secret string
	h := newHouse(t, func(h *house, c *api.Config) {
		var err error
		secret, err = c.Devices.Add(ident.Gate, "bound", "BD", strings.NewReader(strings.Repeat("x", 20)))
		check(h.t, err)
	})
	as := "Authorization: Bearer " + secret
	if p := h.get(401, "POST", "/api/v1/checks", unknown.Replace(`{"ticket":"{ticket}","station":"SJZ"}`), as); p["field"] != "station" {
		t.Errorf("checks elsewhere: %v", p)
	}
	h.at(monday.AddDate(0, 0, 1).Add(45 * time.Minute))
	o := h.bought(t1, "SJZ", "BJ", 1)
	c := h.get(200, "POST", "/api/v1/checks", `{"ticket":"`+dig(o, "tickets.0.id").(string)+`","method":"manual","seen":"passport"}`, as)
	if dig(c, "verdict.reason") != "WRONG_STATION" {
		t.Errorf("checks at its own station: %v", c)
	}
}

// TestNoGuessing: a wrong key or document is answered exactly like an order that
// is not there, so that nobody can find out which numbers exist.
func TestNoGuessing(t *testing.T) {
	h := newHouse(t)
	o := h.bought(t1, "SJZ", "BJ", 1)
	_, number := demo.Person(9)
	for _, do := range []string{
		"GET /orders/{order}", "POST /orders/{order}/extend", "GET /orders/{order}/refund-quote",
		`POST /lookup {"order":"{order}","document":{"kind":"resident_id","number":"` + number + `"}}`,
	} {
		var said [2]string
		for i, id := range []string{o["id"].(string), chepiao.OrderID(7_000_000_003).String()} {
			method, rest, _ := strings.Cut(strings.ReplaceAll(do, "{order}", id), " ")
			path, body, _ := strings.Cut(rest, " ")
			p := h.get(404, method, api.Root+path, body, "Order-Key: AAAA")
			delete(p, "request")
			said[i] = fmt.Sprint(p)
		}
		if said[0] != said[1] {
			t.Errorf("%s tells them apart:\n%s\n%s", do, said[0], said[1])
		}
	}
}

// TestLanguage: the detail follows ?lang=, then Accept-Language.
func TestLanguage(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		query, accept string
		zh            bool
	}{
		{"", "", false}, {"", "zh-CN,zh;q=0.9,en;q=0.8", true}, {"", "en-GB", false}, {"?lang=zh", "en", true}, {"?lang=en", "zh-CN", false}, {"", "fr", false},
	} {
		r := httptest.NewRequest("GET", "/api/v1/stations/NO"+c.query, nil)
		r.Header.Set("Accept-Language", c.accept)
		w := httptest.NewRecorder()
		h.door.ServeHTTP(w, r)
		var p api.Problem
		check(t, json.Unmarshal(w.Body.Bytes(), &p))
		if want := map[bool]string{true: p.ZH, false: p.EN}[c.zh]; p.Detail != want || p.ZH == p.EN {
			t.Errorf("%q %q: %q", c.query, c.accept, p.Detail)
		}
	}
}
