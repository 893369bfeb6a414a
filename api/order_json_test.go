package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

// TestOrderJSON holds the order that is written by hand to encoding/json, byte
// for byte, whatever is in it.
func TestOrderJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, a := range []interface{ appendJSON([]byte) []byte }{
			orderAnswer{drawOrder(t)},
			payAnswer{drawOrder(t), drawMaybe(t, "payment", drawPayment), drawText(t, "url"), drawText(t, "qr"), drawText(t, "app")},
		} {
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(a); err != nil {
				t.Fatal(err)
			}
			if got := string(a.appendJSON([]byte("x"))); got != "x"+want.String() {
				t.Fatalf("\n%s\n%s", got[1:], want.String())
			}
		}
	})
}

// TestOrderJSONKnowsEveryMember: a member added to an order must be written, too.
func TestOrderJSONKnowsEveryMember(t *testing.T) {
	full := rapid.Custom(drawOrder)
	seen := map[string]bool{}
	for i := range 400 {
		note(seen, reflect.ValueOf(full.Example(i)))
	}
	for _, of := range []reflect.Type{reflect.TypeFor[Order](), reflect.TypeFor[Ticket](), reflect.TypeFor[Place]()} {
		for i := range of.NumField() {
			if name := of.Name() + "." + of.Field(i).Name; !seen[name] {
				t.Errorf("TestOrderJSON never draws %s", name)
			}
		}
	}
}

// note remembers which members of structs were ever other than zero.
func note(seen map[string]bool, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !v.Field(i).IsZero() {
				seen[v.Type().Name()+"."+f.Name] = true
				note(seen, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(seen, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			note(seen, v.Elem())
		}
	}
}

func drawText(t *rapid.T, name string) string {
	return rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"石家庄", "a\"b\\c", "<&>", "\u2028", "\xff", "\n\x00\x7f", "🚌"})).Draw(t, name)
}

func drawNumber(t *rapid.T, name string) int64 {
	return rapid.OneOf(rapid.Just(int64(0)), rapid.Int64()).Draw(t, name)
}

func drawTime(t *rapid.T, name string) time.Time {
	at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, name), rapid.Int64Range(0, 999_999_999).Draw(t, name+" ns"))
	return at.In(rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("CST", 8*3600), time.FixedZone("", -12_600)}).Draw(t, name+" zone"))
}

func drawMaybe[T any](t *rapid.T, name string, draw func(*rapid.T, string) T) *T {
	if !rapid.Bool().Draw(t, name+" there") {
		return nil
	}
	v := draw(t, name)
	return &v
}

func drawPlace(t *rapid.T, name string) Place {
	return Place{drawText(t, name), drawText(t, name), drawText(t, name)}
}

func drawPayment(t *rapid.T, name string) Payment {
	return Payment{drawText(t, name), drawText(t, name), drawNumber(t, name), drawText(t, name), drawTime(t, name)}
}

func drawTicket(t *rapid.T) Ticket {
	s := func(name string) string { return drawText(t, name) }
	n := func(name string) int64 { return drawNumber(t, name) }
	return Ticket{
		ID: s("id"), Order: s("order"), State: s("state"), Seat: int(n("seat")), Kind: s("kind"), Children: int(n("children")),
		Price: n("price"), Refund: n("refund"), Fee: n("fee"), CheckedAt: drawMaybe(t, "checked at", drawTime), CheckedBy: s("checked by"),
		Passenger: drawMaybe(t, "passenger", func(t *rapid.T, name string) Person {
			return Person{Name: s(name), Document: MaskedNumber{s(name), s(name), s(name)}, Phone: s(name), Children: []Person{{Name: s(name)}}}
		}),
		Proof: s("proof"), Guardian: s("guardian"), Replaces: s("replaces"), Replaced: s("replaced"), Receipt: s("receipt"), ReceiptNo: s("receipt no"),
		Fare: drawMaybe(t, "fare", func(t *rapid.T, name string) FareLine {
			return FareLine{Kind: s(name), Full: n(name), Because: chepiao.Explanation{Rule: s(name), ZH: s(name)}}
		}),
	}
}

func drawOrder(t *rapid.T) Order {
	s := func(name string) string { return drawText(t, name) }
	n := func(name string) int64 { return drawNumber(t, name) }
	o := Order{
		ID: s("id"), Key: s("key"), State: s("state"), Channel: s("channel"), Departure: s("departure"), Number: s("number"),
		From: drawPlace(t, "from"), To: drawPlace(t, "to"), Departs: drawTime(t, "departs"), Last: drawMaybe(t, "last", drawTime),
		Total: n("total"), Created: drawTime(t, "created"), Deadline: drawMaybe(t, "deadline", drawTime), Extended: int(n("extended")),
		Tickets: []Ticket{}, Origin: s("origin"), Credit: n("credit"), Due: n("due"),
		Wait: drawMaybe(t, "wait", func(t *rapid.T, name string) WaitTerms {
			return WaitTerms{[]WaitPlace{{Departure: s(name), Departs: drawTime(t, name)}}, drawTime(t, name), n(name)}
		}),
	}
	for range rapid.IntRange(0, 3).Draw(t, "tickets") {
		o.Tickets = append(o.Tickets, drawTicket(t))
	}
	for range rapid.IntRange(0, 2).Draw(t, "payments") {
		o.Payments = append(o.Payments, drawPayment(t, "payment"))
	}
	return o
}
