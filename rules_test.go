package chepiao_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"chepiao"
)

func TestDefaultRulesAreValid(t *testing.T) {
	r := chepiao.DefaultRules()
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	back, err := chepiao.ParseRules(r.JSON())
	if err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("the rules read back as %+v, %v", back, err)
	}
}

// TestRulesAreRefusedByName: every number has bounds, and the refusal names it.
func TestRulesAreRefusedByName(t *testing.T) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(chepiao.DefaultRules().JSON(), &fields); err != nil {
		t.Fatal(err)
	}
	for name := range fields {
		if name == "version" || name == "refund" {
			continue
		}
		for _, wrong := range []string{"-1", "100000001"} {
			if strings.HasSuffix(name, "rounding") && wrong != "-1" {
				wrong = "5"
			}
			body := `{"` + name + `":` + wrong + `}`
			full := withMember(t, fields, name, wrong)
			_, err := chepiao.ParseRules(full)
			if r := chepiao.AsRefusal(err); r == nil || r.Reason != chepiao.Invalid || r.Field != name {
				t.Errorf("%s passes as %v", body, err)
			}
		}
	}
	for _, c := range []struct {
		name, member, value, field string
	}{
		{"check closes before it opens", "check_closes", "1201", "check_closes"},
		{"a ladder that rises in time", "refund", `[{"before":0,"share":0,"least":0},{"before":3600,"share":1000,"least":0}]`, "refund[1]"},
		{"twice the same rung", "refund", `[{"before":0,"share":0,"least":0},{"before":0,"share":1000,"least":0}]`, "refund[1]"},
		{"later is cheaper", "refund", `[{"before":0,"share":2000,"least":0},{"before":-60,"share":1000,"least":0}]`, "refund[1]"},
		{"more than all", "refund", `[{"before":0,"share":10001,"least":0}]`, "refund[0]"},
		{"less than nothing", "refund", `[{"before":0,"share":-1,"least":0}]`, "refund[0]"},
		{"a negative least", "refund", `[{"before":0,"share":1,"least":-1}]`, "refund[0]"},
		{"a member nobody knows", "hold_onlin", "60", "rules"},
		{"a number in words", "hold_online", `"ten"`, "rules"},
	} {
		_, err := chepiao.ParseRules(withMember(t, fields, c.member, c.value))
		if r := chepiao.AsRefusal(err); r == nil || r.Reason != chepiao.Invalid || r.Field != c.field {
			t.Errorf("%s: %v; want INVALID at %s", c.name, err, c.field)
		}
	}
	for _, text := range []string{"", "null x", "{} {}", "[]", strings.Repeat("[", 20000)} {
		if _, err := chepiao.ParseRules([]byte(text)); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%.20q reads as rules: %v", text, err)
		}
	}
}

func withMember(t *testing.T, fields map[string]json.RawMessage, name, value string) []byte {
	t.Helper()
	all := map[string]json.RawMessage{}
	for k, v := range fields {
		all[k] = v
	}
	all[name] = json.RawMessage(value)
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRulesByChannel(t *testing.T) {
	r := chepiao.DefaultRules()
	if r.Hold(chepiao.Window) != 2*time.Minute || r.Hold(chepiao.Online) != 10*time.Minute || r.Hold(chepiao.Platform) != 10*time.Minute {
		t.Error("holds differ from requirements 7.1")
	}
	if r.StopSale(chepiao.Window) != 3*time.Minute || r.StopSale(chepiao.Online) != 15*time.Minute || r.StopSale(chepiao.Platform) != 15*time.Minute {
		t.Error("stop-sale times differ from requirements 7.1")
	}
	for seats, want := range map[int]int{49: 4, 50: 5, 9: 0, 10: 1, 0: 0, 2000: 200} {
		if got := r.Quota(seats, false); got != want {
			t.Errorf("a coach of %d seats carries %d free children, want %d", seats, got, want)
		}
	}
}
