package chepiao_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
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

// TestRulesAreRefusedByName: every number has bounds, every list a length, and
// the refusal names the rule. At its bounds each is taken.
func TestRulesAreRefusedByName(t *testing.T) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(chepiao.DefaultRules().JSON(), &fields); err != nil {
		t.Fatal(err)
	}
	refused := func(name, value string) {
		t.Helper()
		_, err := chepiao.ParseRules(withMember(t, fields, name, value))
		if r := chepiao.AsRefusal(err); r == nil || r.Reason != chepiao.Invalid || r.Field != name {
			t.Errorf("%s: %.40s is answered with %v", name, value, err)
		}
	}
	for _, r := range chepiao.RuleTable() {
		if !strings.HasPrefix(string(fields[r.Name]), "[") {
			refused(r.Name, "null")
		}
		refused(r.Name, `"ten"`)
		refused(r.Name, `{}`)
		switch {
		case r.Unit == chepiao.UnitSwitch:
			refused(r.Name, "1")
		case strings.HasPrefix(string(fields[r.Name]), "["):
			refused(r.Name, "["+strings.Repeat("null,", int(r.Hi))+"null]")
		default:
			refused(r.Name, strconv.FormatInt(r.Lo-1, 10))
			refused(r.Name, strconv.FormatInt(r.Hi+1, 10))
			refused(r.Name, "1.5")
			for _, n := range []int64{r.Lo, r.Hi} {
				rules := chepiao.DefaultRules()
				if err := json.Unmarshal([]byte(fmt.Sprintf(`{%q:%d}`, r.Name, n)), rules); err != nil {
					t.Fatal(err)
				}
				no := chepiao.AsRefusal(rules.Validate())
				if no != nil && strings.Contains(no.EN, "between") && strings.Contains(no.EN, r.Name) {
					t.Errorf("%s: %d is out of its own bounds: %v", r.Name, n, no)
				}
			}
		}
	}
	for _, text := range []string{"", "null x", "{} {}", "[]", "null", "{", strings.Repeat("[", 20000)} {
		if _, err := chepiao.ParseRules([]byte(text)); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%.20q reads as rules: %v", text, err)
		}
	}
	for text, field := range map[string]string{`{"hold_onlin":60}`: "hold_onlin", `{"free_age":6,"free_age":6}`: "free_age", `{"version":1}`: "version"} {
		_, err := chepiao.ParseRules([]byte(text))
		if r := chepiao.AsRefusal(err); r == nil || r.Field != field {
			t.Errorf("%s: %v; want a refusal at %s", text, err, field)
		}
	}
}

// TestContradictions: what rules must not say together is refused, by the name
// of one of them; just inside it is taken.
func TestContradictions(t *testing.T) {
	for _, c := range []struct {
		name, values, field string // field "": it is taken
	}{
		{"check closes before it opens", `{"check_closes":1201,"stop_sale_online":1800,"stop_sale_window":1800}`, "check_closes"},
		{"check closes as it opens", `{"check_closes":1200,"stop_sale_online":1800,"stop_sale_window":1800}`, ""},
		{"the gate opens before the hall", `{"check_opens":10801}`, "check_opens"},
		{"the gate opens with the hall", `{"check_opens":10800}`, ""},
		{"windows sell when check has closed", `{"stop_sale_window":179}`, "stop_sale_window"},
		{"sales on line go on when check has closed", `{"stop_sale_online":179}`, "stop_sale_online"},
		{"outlets sell when check has closed", `{"stop_sale_outlet":179}`, "stop_sale_outlet"},
		{"all stop with check", `{"stop_sale_window":180,"stop_sale_online":180,"stop_sale_outlet":180}`, ""},
		{"due before it may come", `{"report_due":14401}`, "report_due"},
		{"due as it may come", `{"report_due":14400}`, ""},
		{"free at an age above half", `{"free_age":15}`, "free_age"},
		{"free and half end together", `{"free_age":14}`, ""},
		{"free at a height above half", `{"half_height":119}`, "free_height"},
		{"a smaller coach cuts seats", `{"seats_cut":true}`, "seats_cut"},
		{"a ladder that rises in time", `{"refund":[{"before":0,"share":0,"least":0},{"before":3600,"share":1000,"least":0}]}`, "refund[1]"},
		{"twice the same rung", `{"refund":[{"before":0,"share":0,"least":0},{"before":0,"share":1000,"least":0}]}`, "refund[1]"},
		{"later is cheaper", `{"refund":[{"before":0,"share":2000,"least":0},{"before":-60,"share":1000,"least":0}]}`, "refund[1]"},
		{"more than all", `{"refund":[{"before":0,"share":10001,"least":0}]}`, "refund[0]"},
		{"less than nothing", `{"refund":[{"before":0,"share":-1,"least":0}]}`, "refund[0]"},
		{"a negative least", `{"refund":[{"before":0,"share":1,"least":-1}]}`, "refund[0]"},
		{"a rung with a member nobody knows", `{"refund":[{"before":0,"shares":1}]}`, "refund"},
		{"the flow ladder, too", `{"refund_flow":[{"before":0,"share":1000,"least":0},{"before":-1,"share":0,"least":0}]}`, "refund_flow[1]"},
		{"no refund at all", `{"refund":[]}`, ""},
		{"flow refunds only", `{"refund":[],"refund_flow":[{"before":0,"share":0,"least":0}]}`, "refund"},
		{"an item nobody knows", `{"fare_items":[{"item":"tea","fen":100}]}`, "fare_items"},
		{"an item twice", `{"fare_items":[{"item":"fuel","fen":100},{"item":"fuel","fen":100}]}`, "fare_items"},
		{"a sum and a share", `{"fare_items":[{"item":"fuel","fen":100,"share":100}]}`, "fare_items"},
		{"more than the fare", `{"fare_items":[{"item":"fuel","share":6000},{"item":"air","share":4001}]}`, "fare_items"},
		{"all of the fare", `{"fare_items":[{"item":"fuel","share":6000},{"item":"air","share":4000}]}`, ""},
		{"a line without a code", `{"real_name_lines":["L1",""]}`, "real_name_lines"},
		{"a line twice", `{"real_name_lines":["L1","L1"]}`, "real_name_lines"},
	} {
		_, err := chepiao.ParseRules([]byte(c.values))
		if r := chepiao.AsRefusal(err); (c.field == "") != (err == nil) || (r != nil && (r.Reason != chepiao.Invalid || r.Field != c.field || r.ZH == "" || r.EN == "")) {
			t.Errorf("%s: %v; want INVALID at %q", c.name, err, c.field)
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
