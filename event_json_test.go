package chepiao_test

import (
	"encoding/json"
	"testing"
	"time"

	"chepiao"

	"pgregory.net/rapid"
)

// TestEventJSON holds the fast way of writing an event to encoding/json, byte
// for byte, whatever is in it.
func TestEventJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		want, err := json.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.AppendJSON([]byte("x"))
		if err != nil || string(got) != "x"+string(want) {
			t.Fatalf("%v\n%s\n%s", err, got[1:], want)
		}
		var back chepiao.Event
		if err := json.Unmarshal(got[1:], &back); err != nil {
			t.Fatal(err)
		}
	})
}

func drawEvent(t *rapid.T) chepiao.Event {
	n := func(name string) int64 { return rapid.Int64Range(0, 1<<40).Draw(t, name) }
	s := func(name string) string { return rapid.String().Draw(t, name) }
	at := func(name string) time.Time {
		return time.UnixMicro(rapid.Int64Range(1, 4e15).Draw(t, name)).UTC()
	}
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	e := chepiao.Event{Kind: chepiao.EventKind(s("kind")), By: s("by"), Reason: s("reason")}
	id := chepiao.MakeDepartureID(chepiao.TemplateNo(n("template")%1e6+1), chepiao.Day(20_000+n("day")%9000))
	if yes("order") {
		e.Order = &chepiao.Order{
			ID: chepiao.OrderID(n("o")), Channel: chepiao.Channel(s("channel")), Outlet: s("outlet"), Departure: id, From: 1, To: 2,
			State: chepiao.OrderState(s("state")), Total: chepiao.Money(n("total")), Created: at("created"), Deadline: at("deadline"),
			Extended: int(n("extended") % 3), Count: int(n("count") % 9), Payment: chepiao.PaymentID(n("paid") % 2 * 77), Version: n("version"),
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "tickets") {
		k := chepiao.Ticket{
			ID: chepiao.TicketID(n("t")), Order: chepiao.OrderID(n("to")), Departure: id, State: chepiao.TicketState(s("ts")), Board: 1, Alight: 2,
			Seat: int(n("seat") % 50), Kind: chepiao.TicketKind(n("tk") % 4), Children: int(n("children") % 2), Full: chepiao.Money(n("full")),
			Price: chepiao.Money(n("price")), Refund: chepiao.Money(n("refund") % 2), Fee: chepiao.Money(n("fee") % 2), Rules: n("rules"),
			Person: chepiao.PersonToken{byte(n("p1")), 15: byte(n("p2"))}, Voucher: int(n("voucher")), Version: n("tv"), CheckedBy: s("checked by"),
		}
		if yes("checked") {
			k.CheckedAt = at("checked at")
		}
		e.Tickets = append(e.Tickets, k)
	}
	if yes("payment") {
		e.Payment = &chepiao.Payment{ID: chepiao.PaymentID(n("y")), Channel: chepiao.PaymentChannel(s("yc")), Amount: chepiao.Money(n("ya")), State: chepiao.PaymentState(s("ys")), Created: at("yt"), Version: n("yv")}
	}
	if yes("payback") {
		e.Payback = &chepiao.Payback{ID: chepiao.PaybackID(n("b")), Channel: chepiao.PaymentChannel(s("bc")), Amount: chepiao.Money(n("ba")), State: chepiao.PaybackState(s("bs")), Created: at("bt"), Tries: int(n("tries") % 3), Version: n("bv")}
	}
	for range rapid.IntRange(0, 2).Draw(t, "because") {
		x := chepiao.Explanation{Rule: s("rule"), Version: n("edition"), ZH: s("zh") + "退票", EN: s("en")}
		for range rapid.IntRange(0, 2).Draw(t, "inputs") {
			x.Inputs = append(x.Inputs, chepiao.Input{Name: s("input"), Value: s("value")})
		}
		e.Because = append(e.Because, x)
	}
	if yes("departure") {
		e.Departure = &id
	}
	return e
}

// TestEventJSONText: characters that JSON or HTML give a meaning, and bytes that
// are no text, are written as encoding/json writes them.
func TestEventJSONText(t *testing.T) {
	for _, text := range []string{"", "退票，按票价", "a\"b", `a\b`, "<&>", "\n\t\b\x00\x7f", "\u2028\u2029", "\xff\xfe", "\ufffd", "🚌", "站\xe7"} {
		e := chepiao.Event{Kind: "k", Reason: text, Because: []chepiao.Explanation{{ZH: text, Inputs: []chepiao.Input{{Name: text}}}}}
		want, err := json.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.AppendJSON(nil); err != nil || string(got) != string(want) {
			t.Errorf("%q: %v\n%s\n%s", text, err, got, want)
		}
	}
}

func BenchmarkEventJSON(b *testing.B) {
	now := time.Unix(1_800_000_000, 123456000).UTC()
	e := chepiao.Event{Kind: chepiao.OrderWasIssued, By: "window-1", Order: &chepiao.Order{ID: 1_000_000_001, Channel: chepiao.Window, Created: now, Deadline: now, Count: 1},
		Tickets: []chepiao.Ticket{{ID: 1_000_000_002, Order: 1_000_000_001, State: chepiao.TicketValid}}, Payment: &chepiao.Payment{ID: 1_000_000_003, Created: now}}
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			if _, err := e.AppendJSON(nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		for b.Loop() {
			if _, err := json.Marshal(&e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
