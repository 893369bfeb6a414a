package api_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao/api"
	"chepiao/demo"
	"chepiao/ident"
	"chepiao/pay"
	"chepiao/pay/sandbox"
)

// step is one request of a story and what must come back. {name} in path, body
// and headers stands for a value that an earlier step kept; a wanted value of
// nil means absent.
type step struct {
	do     string // method and path below /api/v1
	body   string
	head   []string
	status int
	want   map[string]any
	keep   map[string]string // name → path in the answer
	at     string            // "15:04" of Tuesday, the day of the departures
	wait   time.Duration     // before the request
}

// teller tells stories to a house.
type teller struct {
	h    *house
	said map[string]string
}

func (s *teller) fill(text string) string {
	for name, value := range s.said {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

func (s *teller) tell(t *testing.T, steps []step) {
	for i, st := range steps {
		if st.at != "" {
			clock, err := time.Parse("15:04", st.at)
			check(t, err)
			s.h.at(time.Date(2026, 3, 3, clock.Hour(), clock.Minute(), 0, 0, shanghai))
		}
		s.h.at(s.h.now().Add(st.wait))
		method, path, _ := strings.Cut(s.fill(st.do), " ")
		head := make([]string, len(st.head))
		for j, line := range st.head {
			head[j] = s.fill(line)
		}
		w := s.h.ask(method, api.Root+path, s.fill(st.body), head...)
		if w.Code != st.status {
			t.Fatalf("step %d, %s: %d, want %d: %s", i, st.do, w.Code, st.status, w.Body)
		}
		var answer any
		if strings.Contains(w.Header().Get("Content-Type"), "json") {
			check(t, json.Unmarshal(w.Body.Bytes(), &answer))
		}
		for path, want := range st.want {
			if text, ok := want.(string); ok {
				want = s.fill(text)
			}
			if n, ok := want.(int); ok {
				want = float64(n)
			}
			if got := dig(answer, path); got != want {
				t.Errorf("step %d, %s: %s is %v, want %v\n%s", i, st.do, path, got, want, w.Body)
			}
		}
		for name, path := range st.keep {
			got := dig(answer, path)
			if n, ok := got.(float64); ok {
				got = int(n)
			}
			if got == nil {
				t.Fatalf("step %d, %s: no %s in %s", i, st.do, path, w.Body)
			}
			s.said[name] = fmt.Sprint(got)
		}
	}
}

// newTeller knows the devices' headers, four people and a hold for the first.
func newTeller(h *house) *teller {
	s := &teller{h: h, said: map[string]string{"t1": t1, "t2": t2, "t3": t3}}
	for _, r := range ident.Roles() {
		s.said[string(r)] = h.as(r)
	}
	for i := 1; i <= 4; i++ {
		name, number := demo.Person(i)
		s.said[fmt.Sprintf("doc%d", i)] = fmt.Sprintf(`{"kind":"resident_id","number":%q}`, number)
		s.said[fmt.Sprintf("p%d", i)] = fmt.Sprintf(`{"name":%q,"document":{"kind":"resident_id","number":%q}}`, name, number)
		s.said[fmt.Sprintf("number%d", i)] = number
	}
	s.said["hold"] = `{"departure":"` + t1 + `","from":"SJZ","to":"BJ","passengers":[` + s.said["p1"] + `]}`
	s.said["cash"] = `{"departure":"` + t1 + `","from":"SJZ","to":"BJ","channel":"window","passengers":[` + s.said["p1"] + `,` + s.said["p2"] + `]}`
	return s
}

var heldOrder = map[string]string{"order": "order.id", "key": "order.key", "total": "order.total", "ticket": "order.tickets.0.id"}

var stories = map[string][]step{
	"the timetable": {
		{do: "GET /network", status: 200, want: map[string]any{"currency": "CNY", "zone": "Asia/Shanghai", "stations": 4, "departures": 3, "today": "2026-03-02", "node": "T1"}},
		{do: "GET /stations?q=sjz", status: 200, want: map[string]any{"stations.0.code": "SJZ", "stations.0.name": "石家庄", "stations.1": nil, "next": nil}},
		{do: "GET /stations?limit=1", status: 200, want: map[string]any{"stations.1": nil, "next": 1}, keep: map[string]string{"next": "next"}},
		{do: "GET /stations?limit=1&after={next}", status: 200, want: map[string]any{"stations.1": nil, "next": nil}},
		{do: "GET /stations?after=5000", status: 200, want: map[string]any{"stations.0": nil}},
		{do: "GET /stations/BD", status: 200, want: map[string]any{"name": "保定"}},
		{do: "GET /stations/NO", status: 404, want: map[string]any{"reason": "NOT_FOUND", "field": "code", "type": "/api/v1/problems/NOT_FOUND"}},
		{do: "GET /stations/SJZ/reach", status: 200, want: map[string]any{"stations.0.code": "ZD", "stations.3": nil}},
		{do: "GET /departures?from=SJZ&to=BJ&day=2026-03-03&limit=1", status: 200, want: map[string]any{"total": 2, "next": 1, "departures.0.id": t2, "departures.0.departs": "2026-03-03T08:00:00+08:00", "departures.0.free": 6, "departures.1": nil}},
		{do: "GET /departures?from=SJZ&to=BJ&day=2026-03-03&limit=1&after=1", status: 200, want: map[string]any{"departures.0.id": t1, "next": nil}},
		{do: "GET /departures?from=SJZ&to=BJ&day=2026-03-30", status: 200, want: map[string]any{"departures.0.why_not.reason": "NOT_ON_SALE_YET"}},
		{do: "GET /departures?from=SJZ&to=BJ", status: 200, want: map[string]any{"departures.0.why_not.reason": "PAST_DEPARTURE", "departures.1.why_not": nil}},
		{do: "GET /departures?from=BJ&to=SJZ&day=2026-03-03", status: 200, want: map[string]any{"total": 0, "departures.0": nil}},
		{do: "GET /departures/{t1}?from=SJZ&to=BD", status: 200, want: map[string]any{"to.code": "BD", "fares.0.kind": "full", "fares.1.kind": "half", "stops.2.station.code": "BJ", "refund.en.0": "2 hours or more before departure: 10% (at least ¥0.50)"}},
		{do: "GET /departures/{t1}/seats?from=SJZ&to=BD", status: 200, want: map[string]any{"numbered": true, "free": 6, "rows.0.0.seat": 1, "rows.0.0.free": true}},
		{do: "GET /departures/{t3}/seats?from=SJZ&to=ZD", status: 200, want: map[string]any{"numbered": false, "seats": 40, "rows.0": nil}},
		{do: "GET /rules", status: 200, want: map[string]any{"version": 1, "rules.0.name": "advance_days", "rules.0.value": 7, "rules.0.said_zh": "7 天", "rules.0.said_en": "7 days", "rules.0.scope": "national", "rules.0.sheet": 1}},
		{do: "GET /keys", status: 200, want: map[string]any{"issuer": "T1", "number": 1}},
		{do: "GET /problems/SOLD_OUT", status: 200, want: map[string]any{"status": 409}},
		{do: "GET /problems/NOTHING", status: 404},
	},
	"a buyer holds, looks, extends, gives up": {
		{do: "POST /orders", body: "{hold}", status: 201, keep: heldOrder, want: map[string]any{"order.state": "held", "order.channel": "online", "order.deadline": "2026-03-02T09:10:00+08:00", "order.tickets.0.state": "held", "order.tickets.0.passenger": nil}},
		{do: "GET /orders/{order}", status: 401, want: map[string]any{"reason": "UNAUTHORIZED", "field": "Order-Key"}},
		{do: "GET /orders/{order}", head: []string{"Order-Key: WRONG"}, status: 404, want: map[string]any{"field": "order"}},
		{do: "GET /orders/{order}", head: []string{"{gate}"}, status: 401},
		{do: "GET /orders/{order}", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.key": nil, "order.tickets.0.passenger.name": "钱**", "order.tickets.0.passenger.document.number": "1301**********0025"}},
		{do: "GET /orders/{order}", head: []string{"{window}"}, status: 200, want: map[string]any{"order.key": nil}},
		{do: "GET /orders/OD10000000019", head: []string{"{window}"}, status: 422, want: map[string]any{"field": "order"}},
		{do: "GET /orders/{order}/tickets/{ticket}/voucher", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "POST /orders/{order}/extend", status: 401},
		{wait: 5 * time.Minute, do: "POST /orders/{order}/extend", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.extended": 1, "order.deadline": "2026-03-02T09:15:00+08:00"}},
		{do: "POST /orders/{order}/extend", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "HOLD_LIMIT"}},
		{do: "GET /departures/{t1}/seats?from=SJZ&to=BJ", status: 200, want: map[string]any{"free": 5}},
		{do: "POST /orders/{order}/release", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.state": "released", "order.deadline": nil}},
		{do: "POST /orders/{order}/release", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "GET /departures/{t1}/seats?from=SJZ&to=BJ", status: 200, want: map[string]any{"free": 6}},
	},
	"sent twice, done once": {
		{do: "POST /orders", body: "{hold}", head: []string{"Idempotency-Key: k1"}, status: 201, keep: heldOrder},
		{do: "POST /orders", body: "{hold}", head: []string{"Idempotency-Key: k1"}, status: 201, want: map[string]any{"order.id": "{order}", "order.key": "{key}"}},
		{do: "POST /orders", body: `{"departure":"{t1}","from":"SJZ","to":"BD","passengers":[{p1}]}`, head: []string{"Idempotency-Key: k1"}, status: 422, want: map[string]any{"reason": "REPLAY_MISMATCH", "field": "Idempotency-Key"}},
		{wait: time.Minute, do: "POST /orders/{order}/extend", head: []string{"Order-Key: {key}", "Idempotency-Key: k2"}, status: 200},
		{do: "POST /orders/{order}/extend", head: []string{"Order-Key: {key}", "Idempotency-Key: k2"}, status: 200, want: map[string]any{"order.extended": 1}},
		{do: "POST /orders/{order}/release", head: []string{"Order-Key: {key}", "Idempotency-Key: k2"}, status: 422, want: map[string]any{"reason": "REPLAY_MISMATCH"}},
		{do: "GET /departures/{t1}/seats?from=SJZ&to=BJ", status: 200, want: map[string]any{"free": 5}},
	},
	"cash, a voucher, money back": {
		{do: "POST /orders", body: "{cash}", status: 401, want: map[string]any{"field": "Authorization"}},
		{do: "POST /orders", body: "{cash}", head: []string{"{gate}"}, status: 403, want: map[string]any{"reason": "UNAUTHORIZED"}},
		{do: "POST /orders", body: "{cash}", head: []string{"{window}"}, status: 201, keep: map[string]string{"order": "order.id", "key": "order.key", "total": "order.total", "ticket": "order.tickets.0.id", "second": "order.tickets.1.id"}},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"Order-Key: {key}"}, status: 401},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":1}`, head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "AMOUNT_MISMATCH", "field": "amount"}},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"{window}"}, status: 200, want: map[string]any{"order.state": "issued", "order.key": nil, "pay_url": nil}},
		{do: "GET /orders/{order}/tickets/{ticket}/voucher", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"ticket": "{ticket}", "version": 1, "claims.0.value": "T1"}},
		{do: "GET /orders/{order}/tickets/{ticket}/voucher.svg", head: []string{"Order-Key: {key}"}, status: 200},
		{do: "GET /orders/{order}/tickets/{ticket}/voucher.png?pixels=200", head: []string{"{window}"}, status: 200},
		{do: "GET /orders/{order}/tickets/TK10000000999/voucher", head: []string{"{window}"}, status: 422},
		{do: "GET /tickets/{ticket}", status: 401},
		{do: "GET /tickets/{ticket}", head: []string{"{gate}"}, status: 200, want: map[string]any{"ticket.id": "{ticket}", "ticket.order": "{order}", "ticket.passenger.name": "钱**", "number": "JA1001"}},
		{do: "GET /orders/{order}/refund-quote", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"price": 21200, "fee": 2200, "back": 19000}},
		{do: "GET /orders/{order}/refund-quote?tickets={ticket}", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"back": 9500, "tickets.0.ticket": "{ticket}"}},
		{do: "GET /orders/{order}/refund-quote?tickets={ticket}&at=2026-03-03T09:30:00%2B08:00", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"back": 8450, "at": "2026-03-03T09:30:00+08:00"}},
		{do: "GET /orders/{order}/refund-quote?tickets={order}", head: []string{"Order-Key: {key}"}, status: 422, want: map[string]any{"field": "tickets[0]"}},
		{do: "POST /orders/{order}/refund", body: `{"tickets":["{ticket}"],"back":10600}`, head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "QUOTE_CHANGED", "field": "back"}},
		{do: "POST /orders/{order}/refund", body: `{"tickets":["{ticket}"],"back":9500}`, head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.state": "issued", "order.tickets.0.state": "refunded", "order.tickets.0.refund": 9500, "order.tickets.0.fee": 1100}},
		{do: "POST /orders/{order}/refund", body: `{"tickets":["{ticket}"],"back":9500}`, head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE", "field": "tickets[0]"}},
		{do: "POST /orders/{order}/refund", body: `{"tickets":["{second}"],"back":9500}`, head: []string{"{window}"}, status: 200, want: map[string]any{"order.state": "refunded"}},
		{do: "GET /orders/{order}/refund-quote", head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "NOT_REFUNDABLE"}},
	},
	"the gate": {
		{do: "POST /orders", body: "{cash}", head: []string{"{window}"}, status: 201, keep: map[string]string{"order": "order.id", "total": "order.total", "ticket": "order.tickets.0.id", "second": "order.tickets.1.id"}},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"{window}"}, status: 200},
		{do: "GET /orders/{order}/tickets/{ticket}/voucher", head: []string{"{desk}"}, status: 200, keep: map[string]string{"code": "code"}},
		{do: "POST /checks", body: `{"ticket":"{ticket}"}`, status: 401},
		{do: "POST /checks", body: `{"ticket":"{ticket}"}`, head: []string{"{window}"}, status: 403},
		{do: "POST /checks", body: `{"document":{doc1}}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.pass": false, "verdict.reason": "WRONG_DATE", "verdict.light": "red", "verdict.because.rule": "other_day", "verdict.next.en": "Send to the window to rebook"}},
		{at: "09:30", do: "POST /checks", body: `{"document":{doc1}}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "TOO_EARLY", "verdict.light": "amber", "verdict.sound": "wait", "verdict.may_override": true}},
		{at: "09:45", do: "POST /checks", body: `{"code":"{code}","document":{doc1},"station":"BD"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "WRONG_STATION"}},
		{do: "POST /checks", body: `{"document":{doc1}}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "NOT_REPORTED"}},
		{do: "POST /vehicles", body: `{"plate":"冀A00001","carrier":"X","seats":6,"papers":[{"kind":"road_permit","until":"2027-01-01"},{"kind":"vehicle_permit","until":"2027-01-01"},{"kind":"insurance","until":"2027-01-01"}]}`, head: []string{"{desk}"}, status: 200},
		{do: "POST /vehicles/safety-checks", body: `{"plate":"冀A00001","form":"F1"}`, head: []string{"{desk}"}, status: 200},
		{do: "POST /drivers", body: `{"no":"D1","carrier":"X","papers":[{"kind":"driver_permit","until":"2027-01-01"},{"kind":"qualification","until":"2027-01-01"}]}`, head: []string{"{desk}"}, status: 200},
		{do: "POST /departures/{t1}/report", body: `{"station":"SJZ","plate":"冀A00001","drivers":["D1"]}`, head: []string{"{desk}"}, status: 200},
		{do: "POST /checks", body: `{"code":"{code}","station":"SJZ"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.pass": false, "verdict.reason": "NEED_ID", "passenger.tail": "0025"}},
		{do: "POST /checks", body: `{"document":{doc4},"after":"{ticket}"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "ID_MISMATCH", "verdict.sound": "alarm", "verdict.en": "please see the staff"}},
		{do: "POST /checks", body: `{"ticket":"{ticket}","override":"我认识他"}`, head: []string{"{gate}"}, status: 403, want: map[string]any{"reason": "UNAUTHORIZED"}},
		{do: "POST /checks", body: `{"ticket":"{ticket}","method":"manual"}`, head: []string{"{gate}"}, status: 422, want: map[string]any{"field": "seen"}},
		{do: "POST /checks", body: `{"ticket":"{ticket}","departure":"99-20260303"}`, head: []string{"{gate}"}, status: 404},
		{do: "POST /checks", body: `{"document":{doc1},"departure":"{t2}"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "WRONG_DEPARTURE", "verdict.because.rule": "mixed_fixed_fixed"}},
		{do: "POST /checks", body: `{"document":{doc1},"at":"2026-03-03T09:40:00+08:00"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "CLOCK_DRIFT"}},
		{do: "POST /checks", body: `{"staff_card":"nobody's"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "STAFF_UNKNOWN", "ticket": nil}},
		{do: "POST /checks", body: `{"code":"{code}","document":{doc1},"station":"SJZ"}`, head: []string{"{gate}", "Idempotency-Key: c1"}, status: 200, want: map[string]any{"verdict.pass": true, "verdict.light": "green", "verdict.sound": "pass", "ticket.ticket.state": "checked", "ticket.ticket.checked_by": "gate-1", "passenger.name": "钱**", "passenger.tail": "0025"}},
		{do: "POST /checks", body: `{"code":"{code}","document":{doc1},"station":"SJZ"}`, head: []string{"{gate}", "Idempotency-Key: c1"}, status: 200, want: map[string]any{"verdict.pass": true, "verdict.again": nil}},
		{do: "POST /checks", body: `{"code":"{code}"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.pass": true, "verdict.again": true}},
		{at: "09:46", do: "POST /checks", body: `{"document":{doc1}}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "ALREADY_USED"}},
		{do: "POST /checks", body: `{"document":{doc4}}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.reason": "NOT_FOUND", "ticket": nil, "passenger": nil}},
		{do: "GET /checks/review", head: []string{"{gate}"}, status: 403},
		{do: "GET /checks/review?what=mismatch", head: []string{"{desk}"}, status: 200, want: map[string]any{"passages.0.ticket": "{ticket}", "passages.0.reason": "ID_MISMATCH", "passages.0.passenger.name": "钱**", "passages.1": nil, "next": nil}},
		{do: "GET /checks/review?day=yesterday", head: []string{"{desk}"}, status: 422, want: map[string]any{"field": "day"}},
		{do: "GET /checks/review?day=2026-03-02", head: []string{"{desk}"}, status: 200, want: map[string]any{"passages.0": nil}},
		{do: "POST /tickets/{ticket}/uncheck", body: `{"reason":"上错车"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"ticket.state": "valid", "ticket.checked_at": nil}},
		{do: "POST /tickets/{ticket}/uncheck", body: `{"reason":"again"}`, head: []string{"{gate}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "POST /checks", body: `{"document":{doc1},"device":"gate-1b"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.pass": true, "ticket.ticket.checked_by": "gate-1b"}},
		{do: "GET /departures/{t1}/manifest?limit=1", head: []string{"{gate}"}, status: 200, want: map[string]any{"tickets.0.id": "{ticket}", "tickets.0.passenger.name": "钱**", "tickets.1": nil, "next": "{ticket}"}},
		{do: "GET /departures/{t1}/manifest?after={ticket}", head: []string{"{gate}"}, status: 200, want: map[string]any{"tickets.0.id": "{second}", "next": nil}},
		{do: "GET /departures/{t1}/manifest", status: 401},
		{do: "POST /departures/{t1}/dispatch", body: `{"station":"SJZ"}`, head: []string{"{gate}"}, status: 409, want: map[string]any{"reason": "TOO_EARLY"}},
		{do: "POST /departures/{t1}/dispatch", body: `{}`, head: []string{"{gate}"}, status: 422, want: map[string]any{"field": "station"}},
		{at: "10:00", do: "POST /departures/{t1}/dispatch", body: `{"station":"SJZ"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"aboard": 1, "missed": 1, "station.code": "SJZ"}},
		{do: "POST /departures/{t1}/dispatch", body: `{"station":"SJZ"}`, head: []string{"{gate}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "POST /checks", body: `{"ticket":"{second}"}`, head: []string{"{gate}"}, status: 200, want: map[string]any{"verdict.pass": false}},
		{do: "POST /checks", body: `{"ticket":"{second}","method":"manual","seen":"passport","override":"赶到了"}`, head: []string{"{desk}"}, status: 200, want: map[string]any{"verdict.reason": "DEPARTED"}},
	},
	"finding an order again": {
		{do: "POST /orders", body: "{hold}", status: 201, keep: heldOrder},
		{do: "POST /lookup", body: `{"order":"{order}","document":{doc1}}`, status: 200, want: map[string]any{"order.id": "{order}", "order.key": "{key}", "tickets": nil}},
		{do: "POST /lookup", body: `{"order":"{order}","document":{doc2}}`, status: 404, want: map[string]any{"reason": "NOT_FOUND", "field": "order"}},
		{do: "POST /lookup", body: `{"document":{doc1}}`, status: 401},
		{do: "POST /lookup", body: `{"document":{doc1}}`, head: []string{"{gate}"}, status: 403},
		{do: "POST /lookup", body: `{"document":{doc1}}`, head: []string{"{window}"}, status: 200, want: map[string]any{"tickets.0.id": "{ticket}", "tickets.0.order": "{order}", "order": nil}},
		{do: "POST /lookup", body: `{"document":{doc2}}`, head: []string{"{window}"}, status: 200, want: map[string]any{"tickets": nil}},
	},
}

func TestStories(t *testing.T) {
	for name, steps := range stories {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			newTeller(h).tell(t, steps)
			nothingPersonal(t, h)
		})
	}
}

// TestWallet pays through the practice wallet, whose notice comes in by the
// channel's own route.
func TestWallet(t *testing.T) {
	key := []byte("a key of at least 16 bytes")
	noticed := make(chan int, 8)
	var wallet *sandbox.Server
	h := newHouse(t, func(h *house, _ *api.Config) {
		var err error
		wallet, err = sandbox.New(sandbox.Options{Now: h.now, Rand: rand.Reader, Key: key, Transport: transport(func(r *http.Request) *http.Response {
			w := httptest.NewRecorder()
			h.door.ServeHTTP(w, r)
			noticed <- w.Code
			return w.Result()
		})})
		check(t, err)
		client, err := pay.NewSandbox(pay.Config{URL: "http://wallet.example", Key: key, Now: h.now, Rand: rand.Reader, Transport: transport(func(r *http.Request) *http.Response {
			w := httptest.NewRecorder()
			wallet.ServeHTTP(w, r)
			return w.Result()
		})})
		check(t, err)
		h.channels = []pay.Channel{client}
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { wallet.Run(ctx); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })

	s := newTeller(h)
	s.tell(t, []step{
		{do: "POST /orders", body: "{hold}", status: 201, keep: heldOrder},
		{do: "POST /orders/{order}/pay", body: `{"channel":"sandbox"}`, status: 401},
		{do: "POST /orders/{order}/pay", body: `{"channel":"sandbox"}`, head: []string{"Order-Key: {key}"}, status: 202, keep: map[string]string{"url": "pay_url", "qr": "qr_text", "payment": "payment.id"},
			want: map[string]any{"order.state": "paying", "payment.state": "pending", "payment.channel": "sandbox"}},
		{do: "POST /orders/{order}/pay", body: `{"channel":"sandbox"}`, head: []string{"Order-Key: {key}"}, status: 202, want: map[string]any{"pay_url": "{url}"}},
		{do: "POST /orders/{order}/release", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "POST /channels/sandbox/notify", body: `{"id":"{payment}","state":"paid","amount":10600}`, status: 401, want: map[string]any{"code": "UNSIGNED"}},
		{do: "POST /channels/wechat/notify", body: `{}`, status: 404},
		{do: "POST /channels/sandbox/notify", body: `nonsense`, status: 401},
	})
	r := httptest.NewRequest("POST", "http://wallet.example/control/charges/"+s.said["payment"]+"/outcome", strings.NewReader(`{"outcome":"success"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	wallet.ServeHTTP(w, r)
	if w.Code >= 300 {
		t.Fatalf("the payer pays: %d %s", w.Code, w.Body)
	}
	select {
	case code := <-noticed:
		if code != http.StatusNoContent {
			t.Fatalf("the notice was answered %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no notice came")
	}
	s.tell(t, []step{
		{do: "GET /orders/{order}", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.state": "issued", "order.payments.0.state": "paid", "order.tickets.0.state": "valid"}},
	})
	nothingPersonal(t, h)
}

// TestNoWallet: a node without one says so.
func TestNoWallet(t *testing.T) {
	newTeller(newHouse(t)).tell(t, []step{
		{do: "POST /orders", body: "{hold}", status: 201, keep: heldOrder},
		{do: "POST /orders/{order}/pay", body: `{"channel":"sandbox"}`, head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "PAYMENT_REFUSED", "field": "channel"}},
		{do: "POST /channels/sandbox/notify", body: `{}`, status: 404},
	})
}

type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	res := f(r)
	res.Request = r
	return res, nil
}

// nothingPersonal fails when the log holds a passenger's name, a document's
// number or part of one, an order's key or a device's secret.
func nothingPersonal(t *testing.T, h *house) {
	t.Helper()
	log := h.logged.String()
	if !strings.Contains(log, `"msg":"request"`) {
		t.Error("nothing was logged at all")
	}
	for i := 0; i <= 20; i++ {
		name, number := demo.Person(i)
		if strings.Contains(log, name) || strings.Contains(log, number) {
			t.Errorf("the log names a passenger:\n%s", log)
		}
	}
	if found := regexp.MustCompile(`cpd_|\*\*|130102|WRONG|"error":|[A-Z2-7]{26}`).FindString(log); found != "" {
		t.Errorf("the log holds %q:\n%s", found, log)
	}
}
