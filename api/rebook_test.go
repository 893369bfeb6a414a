package api_test

import "testing"

// backStories are of money that goes back and tickets that change places.
var backStories = map[string][]step{
	"to another coach, with nothing to pay": {
		{do: "POST /orders", body: "{cash}", head: []string{"{window}"}, status: 201, keep: map[string]string{"order": "order.id", "key": "order.key", "total": "order.total", "ticket": "order.tickets.0.id", "second": "order.tickets.1.id"}},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"{window}"}, status: 200},
		{do: "GET /orders/{order}/rebook-quote?tickets={ticket}&departure={t2}", status: 401},
		{do: "GET /orders/{order}/rebook-quote?tickets={ticket}&departure={t2}", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"difference": 0, "credit": 10600, "tickets.0.because.rule": "rebook_fee", "tickets.0.free": false}},
		{do: "GET /orders/{order}/rebook-quote?tickets={ticket}&departure={t1}", head: []string{"Order-Key: {key}"}, status: 422, want: map[string]any{"reason": "INVALID"}},
		{do: "GET /orders/{order}/rebook-quote?tickets={ticket}&departure={t3}&to=ZD", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "NOT_REBOOKABLE", "field": "tickets[0]"}},
		{do: "GET /orders/{order}/rebook-quote?tickets={ticket}&departure={t2}&to=NO", head: []string{"Order-Key: {key}"}, status: 404, want: map[string]any{"field": "to"}},
		{do: "POST /orders/{order}/rebook", body: `{"tickets":["{ticket}"],"departure":"{t2}","difference":1}`, head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "QUOTE_CHANGED", "field": "difference"}},
		{do: "POST /orders/{order}/rebook", body: `{"tickets":["{ticket}"],"departure":"{t2}","difference":0}`, head: []string{"Order-Key: {key}", "Idempotency-Key: r1"}, status: 201, keep: map[string]string{"new": "order.id", "moved": "order.tickets.0.id"},
			want: map[string]any{"order.state": "issued", "order.origin": "{order}", "order.credit": 10600, "order.due": nil, "order.key": nil, "order.tickets.0.replaces": "{ticket}"}},
		{do: "POST /orders/{order}/rebook", body: `{"tickets":["{ticket}"],"departure":"{t2}","difference":0}`, head: []string{"Order-Key: {key}", "Idempotency-Key: r1"}, status: 201, want: map[string]any{"order.id": "{new}"}},
		{do: "GET /orders/{order}", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.state": "issued", "order.tickets.0.state": "rebooked", "order.tickets.0.replaced_by": "{moved}", "order.tickets.1.state": "valid"}},
		{do: "GET /orders/{new}", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{"order.state": "issued"}},
		{do: "GET /tickets/{moved}/refund-quote", head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "NOT_REFUNDABLE"}},
	},
	"further on, for more money": {
		{do: "POST /orders", body: `{"departure":"{t1}","from":"SJZ","to":"BD","passengers":[{p1}]}`, status: 201, keep: heldOrder},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"{window}"}, status: 200},
		{do: "GET /orders/{order}/rebook-quote?tickets={ticket}&departure={t2}&to=BJ", head: []string{"{window}"}, status: 200, keep: map[string]string{"more": "difference"}, want: map[string]any{"total": 10600}},
		{do: "POST /orders/{order}/rebook", body: `{"tickets":["{ticket}"],"departure":"{t2}","to":"BJ","difference":{more}}`, head: []string{"{window}"}, status: 201, keep: map[string]string{"new": "order.id"},
			want: map[string]any{"order.state": "held", "order.channel": "window"}},
		{do: "GET /orders/{order}", head: []string{"{window}"}, status: 200, want: map[string]any{"order.tickets.0.state": "valid"}},
		{do: "POST /orders/{new}/pay", body: `{"channel":"cash","amount":10600}`, head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "AMOUNT_MISMATCH"}},
		{do: "POST /orders/{new}/pay", body: `{"channel":"cash","amount":{more}}`, head: []string{"{window}"}, status: 200, want: map[string]any{"order.state": "issued", "order.due": nil}},
		{do: "GET /orders/{order}", head: []string{"{window}"}, status: 200, want: map[string]any{"order.state": "refunded", "order.tickets.0.state": "rebooked"}},
	},
	"what would I get back": {
		{do: "POST /orders", body: "{hold}", status: 201, keep: heldOrder},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"{window}"}, status: 200},
		{do: "GET /tickets/{ticket}/refund-quote", status: 401, want: map[string]any{"field": "Order-Key"}},
		{do: "GET /tickets/{ticket}/refund-quote", head: []string{"Order-Key: WRONG"}, status: 404, want: map[string]any{"field": "order"}},
		{do: "GET /tickets/{ticket}/refund-quote", head: []string{"{gate}"}, status: 401},
		{do: "GET /tickets/{ticket}/refund-quote?at=2026-03-03T09:30:00%2B08:00", head: []string{"Order-Key: {key}"}, status: 200, want: map[string]any{
			"back": 8450, "tickets.0.because.rule": "refund", "tickets.0.because.version": 1, "tickets.0.because.inputs.0.name": "left", "tickets.0.because.inputs.0.value": "1800",
			"tickets.0.steps.0.until": "2026-03-03T08:00:00+08:00", "tickets.0.steps.0.back": 9500, "tickets.0.steps.2.until": "2026-03-03T11:00:00+08:00", "tickets.0.steps.3": nil}},
		// Cash that is given back on line waits at a window.
		{do: "POST /orders/{order}/refund", body: `{"tickets":["{ticket}"],"back":9500}`, head: []string{"Order-Key: {key}"}, status: 200},
		{do: "GET /orders/{order}/to-hand-over", head: []string{"Order-Key: {key}"}, status: 200, keep: map[string]string{"payback": "paybacks.0.id"}, want: map[string]any{"paybacks.0.amount": 9500, "paybacks.0.state": "due"}},
		{do: "POST /paybacks/{payback}/hand-over", status: 401},
		{do: "POST /paybacks/PB1/hand-over", head: []string{"{window}"}, status: 422, want: map[string]any{"field": "payback"}},
		{do: "POST /paybacks/{payback}/hand-over", head: []string{"{window}"}, status: 200, want: map[string]any{"payback.state": "settled"}},
		{do: "POST /paybacks/{payback}/hand-over", head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "GET /orders/{order}/to-hand-over", head: []string{"{window}"}, status: 200, want: map[string]any{"paybacks.0": nil}},
	},
	"a slip, a receipt, a dispute, a sale undone": {
		{do: "POST /orders", body: "{cash}", head: []string{"{window}"}, status: 201, keep: map[string]string{"order": "order.id", "key": "order.key", "total": "order.total", "ticket": "order.tickets.0.id", "second": "order.tickets.1.id"}},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{"{window}"}, status: 200},
		{do: "POST /tickets/{ticket}/correct", body: `{"name":"钱某","document":{doc1}}`, status: 401},
		{do: "POST /tickets/{ticket}/correct", body: `{"name":"","document":{doc1}}`, head: []string{"{window}"}, status: 422, want: map[string]any{"field": "name"}},
		{do: "POST /tickets/{ticket}/correct", body: `{"name":"欧阳某某某","document":{doc2}}`, head: []string{"{window}"}, status: 422, want: map[string]any{"reason": "NOT_A_CORRECTION"}},
		{do: "POST /tickets/{ticket}/receipt", body: `{"move":"print","no":"A1"}`, head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "RECEIPT_EARLY", "field": "early"}},
		{do: "POST /tickets/{ticket}/receipt", body: `{"move":"print","no":"A1","early":true}`, head: []string{"{window}"}, status: 200, want: map[string]any{"ticket.receipt": "paper", "ticket.receipt_no": "A1"}},
		{do: "GET /orders/{order}/refund-quote?tickets={ticket}", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "RECEIPT_OUT"}},
		{do: "POST /tickets/{ticket}/receipt", body: `{"move":"surrender","no":"A1"}`, head: []string{"{window}"}, status: 200, want: map[string]any{"ticket.receipt": "surrendered"}},
		{do: "GET /orders/{order}/refund-quote?tickets={ticket}", head: []string{"Order-Key: {key}"}, status: 409, want: map[string]any{"reason": "WRONG_WINDOW"}},
		{do: "POST /tickets/{second}/suspend", body: `{"reason":"警方要求"}`, head: []string{"{window}"}, status: 403},
		{do: "POST /tickets/{second}/suspend", body: `{"reason":"警方要求"}`, head: []string{"{desk}"}, status: 200, want: map[string]any{"ticket.state": "suspended"}},
		{do: "POST /tickets/{second}/resume", body: `{"reason":"已查清"}`, head: []string{"{desk}"}, status: 200, want: map[string]any{"ticket.state": "valid"}},
		{do: "POST /orders/{order}/void", body: `{"tickets":["{second}"]}`, head: []string{"Order-Key: {key}"}, status: 401},
		{do: "POST /orders/{order}/void", body: `{"tickets":["{second}"]}`, head: []string{"{desk}"}, status: 409, want: map[string]any{"reason": "SUPERVISOR_NEEDED"}},
		{do: "POST /orders/{order}/void", body: `{"tickets":["{second}"]}`, head: []string{"{window}"}, status: 200, want: map[string]any{"order.tickets.0.state": "voided", "order.tickets.0.refund": 10600}},
		{wait: 301e9, do: "POST /orders/{order}/void", body: `{"tickets":["{ticket}"]}`, head: []string{"{window}"}, status: 409, want: map[string]any{"reason": "SUPERVISOR_NEEDED"}},
	},
}

func TestBackStories(t *testing.T) {
	for name, steps := range backStories {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			newTeller(h).tell(t, steps)
			nothingPersonal(t, h)
		})
	}
}
