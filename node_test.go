package chepiao_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"chepiao"
)

func drawID(t *rapid.T) int64 {
	return chepiao.LaneID(rapid.Int64Range(1, chepiao.LaneMax).Draw(t, "lane"), rapid.Int64Range(0, 999_999_999).Draw(t, "n"))
}

// TestCheckDigit: every single wrong digit of a number is found, in every place.
func TestCheckDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := chepiao.OrderID(drawID(t))
		text := id.String()
		if back, err := chepiao.ParseOrderID(text); err != nil || back != id {
			t.Fatalf("%s reads as %d, %v", text, back, err)
		}
		for i := 2; i < len(text); i++ {
			for d := byte('0'); d <= '9'; d++ {
				if d == text[i] {
					continue
				}
				wrong := text[:i] + string(d) + text[i+1:]
				if _, err := chepiao.ParseOrderID(wrong); chepiao.Why(err) != chepiao.Invalid {
					t.Fatalf("%s passes for %s", wrong, text)
				}
			}
		}
	})
}

// TestCheckDigitFindsMostSwaps: of neighbouring digits typed in the wrong order
// nearly all are found (ISO 7064 MOD 11,10).
func TestCheckDigitFindsMostSwaps(t *testing.T) {
	swaps, missed := 0, 0
	for n := int64(0); n < 3000; n++ {
		text := chepiao.TicketID(chepiao.LaneID(1, n*331)).String()
		for i := 2; i+1 < len(text); i++ {
			if text[i] == text[i+1] {
				continue
			}
			b := []byte(text)
			b[i], b[i+1] = b[i+1], b[i]
			swaps++
			if _, err := chepiao.ParseTicketID(string(b)); err == nil {
				missed++
			}
		}
	}
	if missed*50 > swaps {
		t.Errorf("%d of %d swaps pass: more than 2 in a hundred", missed, swaps)
	}
}

func TestNumbersAsPeopleTypeThem(t *testing.T) {
	id := chepiao.TicketID(chepiao.LaneID(1, 42))
	text := id.String()
	for _, typed := range []string{text, strings.ToLower(text), text[:4] + "-" + text[4:], " " + text[:6] + " " + text[6:] + " "} {
		if got, err := chepiao.ParseTicketID(typed); err != nil || got != id {
			t.Errorf("%q reads as %d, %v", typed, got, err)
		}
	}
	for _, typed := range []string{
		"", "TK", "TK1", text[2:], "OD" + text[2:], text + "0", "TK0" + text[2:], "TK-" + strings.Repeat("9", 40), "TK+42", "TK4２", text[:len(text)-1],
	} {
		if got, err := chepiao.ParseTicketID(typed); chepiao.Why(err) != chepiao.Invalid || got != 0 {
			t.Errorf("%q reads as %d, %v", typed, got, err)
		}
	}
}

// TestNumbersTravelAsText: every kind of number goes through JSON as printed.
func TestNumbersTravelAsText(t *testing.T) {
	type all struct {
		Order   chepiao.OrderID
		Ticket  chepiao.TicketID
		Payment chepiao.PaymentID
		Payback chepiao.PaybackID
	}
	rapid.Check(t, func(t *rapid.T) {
		v := all{chepiao.OrderID(drawID(t)), chepiao.TicketID(drawID(t)), chepiao.PaymentID(drawID(t)), chepiao.PaybackID(drawID(t))}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back all
		if err := json.Unmarshal(text, &back); err != nil || back != v {
			t.Fatalf("%s reads back as %+v, %v", text, back, err)
		}
		for _, prefix := range []string{`"OD`, `"TK`, `"PY`, `"PB`} {
			if !strings.Contains(string(text), prefix) {
				t.Fatalf("%s has no %s", text, prefix)
			}
		}
	})
	if chepiao.LaneID(chepiao.LaneMax, 999_999_999) < 0 {
		t.Error("the highest id does not fit 63 bits")
	}
}
